//! instant-acme, the library, by a program of ours on it (`tools/rust-clients`).

use std::path::{Path, PathBuf};
use std::process::Command;

use anyrole_testkit::certificates::Issued;
use anyrole_testkit::{Program, RustClients};
use anyrole_x509::Certificate;

use super::servers::web;
use super::{Site, name_of};
use crate::way_in::{ANYROLE, succeeds};

/// The program with an account, a key and a place for certificates.
pub struct Instant<'a> {
    site: &'a Site,
    clients: RustClients,
    key: (String, PathBuf),
    /// Of the ACME service.
    pub directory: String,
}

impl<'a> Instant<'a> {
    pub fn new(site: &'a Site) -> Self {
        let clients = RustClients::ready(Path::new(ANYROLE)).unwrap();
        let (kid, secret) = site.key();
        let secret = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(secret).unwrap();
        std::fs::write(site.path("hmac"), secret).unwrap();
        Self {
            site,
            clients,
            key: (kid, site.path("hmac")),
            directory: site.directory.clone(),
        }
    }

    /// Runs it with these words; proofs go into the folder `proofs`.
    pub fn runs(&self, proofs: &str, words: &[&str]) {
        let site = self.site;
        let output = self
            .clients
            .command("acme")
            .arg(&self.directory)
            .arg(&site.tls_root)
            .arg(site.path("account"))
            .args(words)
            .env("ACME_KID", &self.key.0)
            .env("ACME_HMAC_KEY", &self.key.1)
            .env("ACME_PROOFS", site.path(proofs))
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{words:?}: {stderr}\n{}",
            site.server.log()
        );
    }

    pub fn file(&self, name: &str) -> String {
        self.site.path(name).to_str().unwrap().to_owned()
    }

    /// A signing request without a subject, `csr.der`, and its key, `key.pem`.
    pub fn request(&self, name: &str) {
        let (key, csr) = (self.file("key.pem"), self.file("csr.der"));
        let names = format!("subjectAltName=DNS:{name}");
        let words = [
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            &key,
            "-subj",
            "/",
            "-outform",
            "DER",
            "-out",
            &csr,
            "-addext",
            &names,
        ];
        let mut openssl = Command::new(Program::Openssl.path().unwrap());
        succeeds(&openssl.args(words).output().unwrap());
    }

    /// Where the certificate and its key are.
    pub fn issued(&self) -> Issued {
        Issued {
            certificate: self.site.path("cert.pem"),
            key: self.site.path("key.pem"),
        }
    }

    pub fn revokes(&self, certificate: &Certificate) {
        std::fs::write(self.site.path("cert.der"), certificate.der()).unwrap();
        self.runs("records", &["revoke", &self.file("cert.der")]);
    }
}

/// The name by which renewal information knows a certificate (RFC 9773, 4.1).
fn renewal_name(certificate: &Certificate) -> String {
    let octets = |hex: &str| hex_simd::decode_to_vec(hex).unwrap();
    let summary = certificate.summary();
    let mut serial = octets(&summary.serial_hex);
    if serial[0] >= 0x80 {
        serial.insert(0, 0);
    }
    let encode = |bytes: &[u8]| base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes);
    let issuer = octets(summary.authority_key_id.as_ref().unwrap());
    format!("{}.{}", encode(&issuer), encode(&serial))
}

#[test]
fn instant_acme_gets_renews_and_revokes() {
    let site = Site::open();
    let acme = Instant::new(&site);
    std::fs::create_dir(site.path("proofs")).unwrap();
    web(site.http_port, site.path("proofs"));
    let (issued, csr, certificate) = (acme.issued(), acme.file("csr.der"), acme.file("cert.pem"));
    let name = "instant.corp.example";
    acme.request(name);
    acme.runs("proofs", &["get", name, "http-01", &csr, &certificate]);
    let first = site.opens(&issued);
    assert_eq!(name_of(&first), format!("CN={name},OU=fleet"));
    acme.runs("records", &["new-key"]);
    let replaced = renewal_name(&first);
    acme.runs(
        "records",
        &["get", name, "dns-01", &csr, &certificate, &replaced],
    );
    let second = site.opens(&issued);
    assert_ne!(first.summary().serial_hex, second.summary().serial_hex);
    acme.revokes(&second);
    site.is_refused(&issued);
    // A wildcard, by its DNS record alone. No session tag holds a `*`, so it is looked at and not used.
    let name = "*.corp.example";
    acme.request(name);
    acme.runs("records", &["get", name, "dns-01", &csr, &certificate]);
    let pem = std::fs::read_to_string(&issued.certificate).unwrap();
    let wildcard = Certificate::parse_pem_bundle(&pem).unwrap().remove(0);
    assert_eq!(name_of(&wildcard), "CN=*.corp.example,OU=fleet");
}
