//! A client of Private CA: it makes authorities and has them issue. Each certificate that was answered has a record, no serial number comes twice,
//! and each authority's key is there after a restart.

use std::collections::BTreeSet;

use anyrole_ca::{RequestOrder, Subject};
use anyrole_keys::{FileKey, KeySpec};
use anyrole_testkit::private_ca;
use serde_json::Value;

use crate::client::{Client, Request, Unanswered};
use crate::random::Random;
use crate::writer::Writer;

/// How many authorities, and how many certificates of long ago, are looked at after each restart.
const LOOKED_AT: usize = 4;

pub struct CertificateWriter {
    /// A signing request, PEM.
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
            csr: pem,
            authorities: Vec::new(),
            issued: BTreeSet::new(),
            recent: Vec::new(),
        };
        writer.make_authority(client).unwrap();
        writer
    }

    /// A root, as Terraform brings one to life.
    fn make_authority(&mut self, client: &mut Client) -> Result<(), Unanswered> {
        let made: Result<String, Unanswered> = private_ca::make_root(|operation, members| {
            let answer = pca(client, operation, members)?;
            self.keep(&answer);
            Ok(answer)
        });
        self.authorities.push(made?);
        Ok(())
    }

    /// Keeps the ARN, where a certificate was issued.
    fn keep(&mut self, answer: &Value) {
        let Some(arn) = answer["CertificateArn"].as_str() else {
            return;
        };
        assert!(
            self.issued.insert(arn.to_owned()),
            "a serial number twice: {arn}"
        );
        self.recent.push(arn.to_owned());
    }

    fn issue_leaf(&mut self, client: &mut Client, authority: &str) -> Result<(), Unanswered> {
        let template = "EndEntityClientAuthCertificate";
        let members = private_ca::issue_members(authority, &self.csr, template, 30);
        let issued = pca(client, "IssueCertificate", &members)?;
        assert!(issued["CertificateArn"].is_string(), "{issued}");
        self.keep(&issued);
        Ok(())
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
        &private_ca::get_members(authority, arn),
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
