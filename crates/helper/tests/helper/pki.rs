//! Certificates and keys as files, and settings that name them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyrole_helper::{IdentitySettings, Route, SessionSettings};
use anyrole_sdk::{ServiceClock, TlsRoots};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tempfile::TempDir;

pub fn params(name: &str, ca: bool) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 11, 1);
    params.not_after = date_time_ymd(2026, 12, 1);
    if ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    } else {
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    }
    params
}

/// A root, two intermediates in a row, a leaf with its key, and a stranger, as PEM files in a folder.
pub struct Pki {
    pub folder: TempDir,
    names: Vec<(&'static str, Vec<u8>)>,
}

impl Pki {
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let key = |_| KeyPair::generate().unwrap();
        let [root_key, upper_key, lower_key, leaf_key, other_key] = [0; 5].map(key);
        let root = params("root", true).self_signed(&root_key).unwrap();
        let root_issuer = Issuer::new(params("root", true), &root_key);
        let upper = params("upper", true)
            .signed_by(&upper_key, &root_issuer)
            .unwrap();
        let upper_issuer = Issuer::new(params("upper", true), &upper_key);
        let lower = params("lower", true)
            .signed_by(&lower_key, &upper_issuer)
            .unwrap();
        let lower_issuer = Issuer::new(params("lower", true), &lower_key);
        let leaf = params("leaf", false)
            .signed_by(&leaf_key, &lower_issuer)
            .unwrap();
        let stranger = params("stranger", true)
            .signed_by(&other_key, &root_issuer)
            .unwrap();
        let mut names = Vec::new();
        for (name, certificate) in [
            ("root", root),
            ("upper", upper),
            ("lower", lower),
            ("leaf", leaf),
            ("stranger", stranger),
        ] {
            std::fs::write(folder.path().join(format!("{name}.pem")), certificate.pem()).unwrap();
            names.push((name, certificate.der().to_vec()));
        }
        std::fs::write(folder.path().join("leaf.key"), leaf_key.serialize_pem()).unwrap();
        std::fs::write(folder.path().join("other.key"), other_key.serialize_pem()).unwrap();
        Self { folder, names }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Joins files into a new one.
    pub fn join(&self, name: &str, parts: &[&str]) -> PathBuf {
        let texts: Vec<String> = parts
            .iter()
            .map(|part| std::fs::read_to_string(self.path(part)).unwrap())
            .collect();
        std::fs::write(self.path(name), texts.concat()).unwrap();
        self.path(name)
    }

    /// The names of leaf and chain that would be sent.
    pub fn sent(
        &self,
        certificate: &Path,
        key: Option<&Path>,
        intermediates: Option<&Path>,
    ) -> String {
        let settings = IdentitySettings {
            certificate: Some(certificate.to_owned()),
            private_key: key.map(Path::to_owned),
            intermediates: intermediates.map(Path::to_owned),
            ..IdentitySettings::default()
        };
        let identity = settings.source().unwrap().identity().unwrap();
        let name = |der: &[u8]| self.names.iter().find(|(_, known)| known == der).unwrap().0;
        let chain = identity.intermediates_der().iter().map(|der| name(der));
        std::iter::once(name(identity.leaf().der()))
            .chain(chain)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The leaf and its key.
    pub fn identity(&self) -> IdentitySettings {
        IdentitySettings {
            certificate: Some(self.path("leaf.pem")),
            private_key: Some(self.path("leaf.key")),
            ..IdentitySettings::default()
        }
    }

    pub fn settings(&self) -> SessionSettings {
        SessionSettings {
            identity: self.identity().source().unwrap(),
            role_arn: "arn:aws:iam::000000000000:role/r".to_owned(),
            profile_arn: "arn:aws:rolesanywhere:us-east-1:000000000000:profile/p".to_owned(),
            trust_anchor_arn: "arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/t"
                .to_owned(),
            endpoint: Some("http://127.0.0.1:1".to_owned()),
            region: None,
            session_duration: 3600,
            role_session_name: None,
            tls_roots: TlsRoots::System,
            attempt_timeout: Duration::from_secs(60),
            route: Route::default(),
            clock: ServiceClock::default(),
        }
    }
}
