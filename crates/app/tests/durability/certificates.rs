//! A client of Private CA: it makes authorities and has them issue. Each certificate that was answered has a record, no serial number comes twice,
//! and each authority's key is there after a restart.

use std::collections::BTreeSet;

use anyrole_ca::{RequestOrder, Subject};
use anyrole_keys::{FileKey, KeySpec};
use serde_json::{Value, json};

use crate::client::{Client, Request, Unanswered};
use crate::random::Random;
use crate::writer::Writer;

/// How many authorities, and how many certificates of long ago, are looked at after each restart.
const LOOKED_AT: usize = 4;

pub struct CertificateWriter {
    /// A signing request, base64 of PEM.
    csr: String,
    /// Authorities that were answered as active.
    authorities: Vec<String>,
    /// Every certificate that was answered.
    issued: BTreeSet<String>,
    /// Those since the last restart.
    recent: Vec<String>,
}

impl CertificateWriter {
    pub fn new(client: &mut Client) -> Self {
        let order = RequestOrder {
            subject: Subject::parse("CN=device").unwrap(),
            alternative_names: Vec::new(),
            extensions: Vec::new(),
            signature: None,
        };
        let key = FileKey::generate(KeySpec::EcP256).unwrap();
        let pem = order.sign(&key).unwrap().to_pem().unwrap();
        let mut writer = Self {
            csr: base64(&pem),
            authorities: Vec::new(),
            issued: BTreeSet::new(),
            recent: Vec::new(),
        };
        writer.make_authority(client).unwrap();
        writer
    }

    /// A root, as Terraform brings one to life.
    fn make_authority(&mut self, client: &mut Client) -> Result<(), Unanswered> {
        let made = pca(
            client,
            "CreateCertificateAuthority",
            &json!({
                "CertificateAuthorityType": "ROOT",
                "CertificateAuthorityConfiguration": {
                    "KeyAlgorithm": "EC_prime256v1",
                    "SigningAlgorithm": "SHA256WITHECDSA",
                    "Subject": {"CommonName": "Root"},
                },
            }),
        )?;
        let arn = made["CertificateAuthorityArn"].as_str().unwrap();
        let authority = json!({ "CertificateAuthorityArn": arn });
        let csr = pca(client, "GetCertificateAuthorityCsr", &authority)?;
        let csr = base64(csr["Csr"].as_str().unwrap());
        let template = "arn:aws:acm-pca:::template/RootCACertificate/V1";
        let own = self.issue(client, arn, (&csr, template), 365)?;
        let own = get(client, arn, &own)?;
        pca(
            client,
            "ImportCertificateAuthorityCertificate",
            &json!({ "CertificateAuthorityArn": arn, "Certificate": base64(&own) }),
        )?;
        self.authorities.push(arn.to_owned());
        Ok(())
    }

    fn issue(
        &mut self,
        client: &mut Client,
        authority: &str,
        (csr, template): (&str, &str),
        days: u32,
    ) -> Result<String, Unanswered> {
        let issued = pca(
            client,
            "IssueCertificate",
            &json!({
                "CertificateAuthorityArn": authority,
                "Csr": csr,
                "SigningAlgorithm": "SHA256WITHECDSA",
                "TemplateArn": template,
                "Validity": {"Type": "DAYS", "Value": days},
            }),
        )?;
        let arn = issued["CertificateArn"].as_str().unwrap().to_owned();
        assert!(
            self.issued.insert(arn.clone()),
            "a serial number twice: {arn}"
        );
        self.recent.push(arn.clone());
        Ok(arn)
    }

    fn issue_leaf(&mut self, client: &mut Client, authority: &str) -> Result<(), Unanswered> {
        let csr = self.csr.clone();
        let template = "arn:aws:acm-pca:::template/EndEntityClientAuthCertificate/V1";
        self.issue(client, authority, (&csr, template), 30)
            .map(drop)
    }
}

impl Writer for CertificateWriter {
    fn step(&mut self, client: &mut Client, random: &mut Random) -> Result<(), Unanswered> {
        if random.below(40) == 0 && self.authorities.len() < 150 {
            return self.make_authority(client);
        }
        let authority = random.pick(&self.authorities).clone();
        self.issue_leaf(client, &authority)
    }

    /// What becomes of an unanswered request does not show: no call lists certificates.
    fn check(&mut self, client: &mut Client) -> Option<bool> {
        let older = self
            .issued
            .iter()
            .step_by(self.issued.len() / LOOKED_AT + 1);
        let looked_at: Vec<String> = older.chain(&self.recent).cloned().collect();
        for arn in looked_at {
            let (authority, _) = arn.split_once("/certificate/").unwrap();
            let pem = get(client, authority, &arn).unwrap();
            assert!(
                pem.starts_with("-----BEGIN CERTIFICATE-----"),
                "{arn}: {pem}"
            );
        }
        self.recent.clear();
        let newest = self.authorities.iter().rev().take(LOOKED_AT);
        for authority in newest.cloned().collect::<Vec<_>>() {
            self.issue_leaf(client, &authority).unwrap();
        }
        None
    }
}

/// The certificate of an ARN, PEM.
fn get(client: &mut Client, authority: &str, arn: &str) -> Result<String, Unanswered> {
    let found = pca(
        client,
        "GetCertificate",
        &json!({ "CertificateAuthorityArn": authority, "CertificateArn": arn }),
    )?;
    Ok(found["Certificate"].as_str().unwrap().to_owned())
}

fn pca(client: &mut Client, operation: &str, members: &Value) -> Result<Value, Unanswered> {
    let target = format!("ACMPrivateCA.{operation}");
    let answer = client.send(&Request {
        service: "acm-pca",
        method: "POST",
        path: "/",
        headers: &[
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", &target),
        ],
        body: members.to_string().as_bytes(),
        ..Request::default()
    })?;
    Ok(serde_json::from_slice(&answer.expect(200).body).unwrap())
}

fn base64(text: &str) -> String {
    base64_simd::STANDARD.encode_to_string(text)
}
