//! Certificates made for tests: with rcgen where it can, with the openssl CLI where a certificate has
//! to be bad in a way that rcgen does not make.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::Path;
use std::process::Command;

use anyrole_x509::{
    AnchorCertificates, PresentedChain, Refusal, Revocation, VerifiedChain, verify_chain,
};
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SignatureAlgorithm, date_time_ymd,
};

/// A moment at which everything made here is valid unless made otherwise.
pub fn noon() -> Timestamp {
    "2030-06-15T12:00:00Z".parse().unwrap()
}

pub fn key() -> KeyPair {
    key_of(&rcgen::PKCS_ECDSA_P256_SHA256)
}

pub fn key_of(algorithm: &'static SignatureAlgorithm) -> KeyPair {
    KeyPair::generate_for(algorithm).unwrap()
}

pub fn params(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.not_before = date_time_ymd(2030, 1, 1);
    params.not_after = date_time_ymd(2031, 1, 1);
    params
}

pub fn leaf_params(common_name: &str) -> CertificateParams {
    let mut params = params(common_name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

pub fn ca_params(common_name: &str) -> CertificateParams {
    let mut params = params(common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// A CA with its certificate and key.
pub struct Authority {
    pub issuer: Issuer<'static, KeyPair>,
    pub der: Vec<u8>,
    pub pem: String,
}

impl Authority {
    pub fn root(common_name: &str) -> Self {
        Self::root_of(ca_params(common_name), key())
    }

    pub fn root_of(params: CertificateParams, key: KeyPair) -> Self {
        let certificate = params.self_signed(&key).unwrap();
        Self {
            der: certificate.der().to_vec(),
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    pub fn intermediate(&self, common_name: &str) -> Self {
        self.intermediate_of(ca_params(common_name), key())
    }

    pub fn intermediate_of(&self, params: CertificateParams, key: KeyPair) -> Self {
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Self {
            der: certificate.der().to_vec(),
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// A default leaf's DER.
    pub fn leaf(&self, common_name: &str) -> Vec<u8> {
        self.sign(&leaf_params(common_name), &key())
    }

    pub fn sign(&self, params: &CertificateParams, key: &KeyPair) -> Vec<u8> {
        params.signed_by(key, &self.issuer).unwrap().der().to_vec()
    }

    pub fn anchor(&self) -> AnchorCertificates {
        AnchorCertificates::parse_bundle(&self.pem).unwrap()
    }

    /// Writes `NAME.pem` and `NAME.key`.
    pub fn write(&self, folder: &Path, name: &str) {
        std::fs::write(folder.join(format!("{name}.pem")), &self.pem).unwrap();
        std::fs::write(
            folder.join(format!("{name}.key")),
            self.issuer.key().serialize_pem(),
        )
        .unwrap();
    }
}

pub fn verify(leaf: &[u8], chain: &[&[u8]], anchor: &Authority) -> Result<VerifiedChain, Refusal> {
    verify_at(leaf, chain, anchor, noon())
}

pub fn verify_at(
    leaf: &[u8],
    chain: &[&[u8]],
    anchor: &Authority,
    at: Timestamp,
) -> Result<VerifiedChain, Refusal> {
    let chain = chain.iter().map(|der| der.to_vec()).collect();
    verify_chain(
        &PresentedChain::from_der(leaf.to_vec(), chain)?,
        &anchor.anchor(),
        &Revocation::NONE,
        at,
    )
}

/// Runs openssl in a folder.
pub fn openssl(folder: &Path, arguments: &str) -> Vec<u8> {
    let output = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments}: {errors}");
    output.stdout
}

/// A certificate of openssl's, signed by `ca.pem` and `ca.key` in the folder; valid for long, so that
/// the tests' fixed moment lies within. `request` are the arguments of `openssl req`, `sign` those of
/// `openssl x509`, `extensions` the extension file (none gives v1).
pub fn openssl_signed(
    folder: &Path,
    request: &str,
    sign: &str,
    extensions: Option<&str>,
) -> Vec<u8> {
    openssl(
        folder,
        &format!("req -new -nodes -keyout made.key -out made.csr {request}"),
    );
    let extensions = match extensions {
        None => "",
        Some(text) => {
            std::fs::write(folder.join("made.ext"), text).unwrap();
            "-extfile made.ext"
        }
    };
    openssl(
        folder,
        &format!(
            "x509 -req -in made.csr -CA ca.pem -CAkey ca.key -days 3650 -outform DER {sign} {extensions}"
        ),
    )
}

pub const LEAF_EXTENSIONS: &str =
    "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n";
pub const CA_EXTENSIONS: &str =
    "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";
pub const EC: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";
