//! A private authority without a server: its row, its key sealed beside it, and records of certificates that it issued.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use anyrole_ca::{CertificateOrder, CertificateProfile, Serial, Subject, Validity, self_sign};
use anyrole_domain::AccountId;
use anyrole_domain::certificate_authorities::{
    AuthorityConfiguration, AuthorityKeyAlgorithm, AuthorityKind, AuthoritySigningAlgorithm,
    AuthorityStatus, CertificateAuthority, DistinguishedName, IssuedCertificate, NewCertificate,
    RevocationConfiguration, UsageMode,
};
use anyrole_domain::ports::{AuthorityKeys as _, Clock as _, Entropy as _};
use anyrole_issuers::{MasterKey, SealedAuthorityKeys};

use super::site::BenchSite;
use super::{SystemClock, SystemEntropy};

/// An active root of P-256 with this UUID, for the site in this folder.
pub fn authority(opened: &BenchSite, data: &Path, id: &str) -> Result<CertificateAuthority> {
    let (site, now) = (&opened.site, SystemClock.now());
    let secrets = MasterKey::open_or_create(&data.join("master.key"), Arc::new(SystemEntropy))?;
    let arn = site.account().certificate_authority_arn(id);
    let keys = SealedAuthorityKeys::new(Arc::new(secrets));
    let (stored, key) = keys.make(&arn, AuthorityKeyAlgorithm::EC_prime256v1)?;
    let order = CertificateOrder::new(
        CertificateProfile::RootCa,
        Subject::parse("CN=Benchmark Root")?,
        Validity::resolve(CertificateProfile::RootCa, Some("-5m"), None, None, now)?,
        Serial::from_random([7; 16]),
        key.public_key_der().to_vec(),
    )?;
    let certificate = self_sign(key.as_ref(), &order)?;
    Ok(CertificateAuthority {
        account: site.account().id.clone(),
        id: id.to_owned(),
        arn,
        kind: AuthorityKind::Root,
        status: AuthorityStatus::Active,
        configuration: AuthorityConfiguration {
            key_algorithm: AuthorityKeyAlgorithm::EC_prime256v1,
            signing_algorithm: AuthoritySigningAlgorithm::SHA256WITHECDSA,
            subject: DistinguishedName::default(),
            csr_extensions: None,
        },
        usage_mode: UsageMode::GeneralPurpose,
        key_storage_standard: String::new(),
        revocation: RevocationConfiguration::default(),
        key: stored,
        public_key_der: key.public_key_der().to_vec(),
        csr: String::new(),
        certificate: Some(certificate.to_pem()?),
        certificate_chain: None,
        idempotency_token: None,
        permissions: Vec::new(),
        policy: None,
        tags: Vec::new(),
        created_at: now,
        state_changed_at: now,
        restorable_until: None,
    })
}

/// A record of a certificate under a serial number of chance, whatever the certificate's own is.
pub fn record(account: &AccountId, authority_id: &str, certificate: Arc<[u8]>) -> NewCertificate {
    let mut serial = [0; 16];
    SystemEntropy.fill(&mut serial);
    let now = SystemClock.now();
    NewCertificate {
        row: IssuedCertificate {
            account: account.clone(),
            authority_id: authority_id.to_owned(),
            serial,
            certificate,
            not_after: now,
            template: "EndEntityClientAuthCertificate/V1".to_owned(),
            requested_by: "arn:aws:iam::000000000000:root".to_owned(),
            issued_at: now,
        },
        token: None,
    }
}
