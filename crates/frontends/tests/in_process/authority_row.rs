//! The row of a root authority that has begun its life: an id, a key and its certificate enter.

use anyrole_domain::Account;
use anyrole_domain::certificate_authorities::{
    AuthorityConfiguration, AuthorityKeyAlgorithm, AuthorityKind, AuthoritySigningAlgorithm,
    AuthorityStatus, CertificateAuthority, DistinguishedName, RevocationConfiguration, StoredKey,
    UsageMode,
};
use jiff::Timestamp;

/// An active root of P-256.
pub fn root(
    account: &Account,
    id: &str,
    (key, public_key_der): (StoredKey, &[u8]),
    certificate: String,
    now: Timestamp,
) -> CertificateAuthority {
    CertificateAuthority {
        account: account.id.clone(),
        id: id.to_owned(),
        arn: account.certificate_authority_arn(id),
        kind: AuthorityKind::Root,
        status: AuthorityStatus::Active,
        configuration: AuthorityConfiguration {
            key_algorithm: AuthorityKeyAlgorithm::EC_prime256v1,
            signing_algorithm: AuthoritySigningAlgorithm::SHA256WITHECDSA,
            subject: DistinguishedName::default(),
            csr_extensions: None,
        },
        usage_mode: UsageMode::GeneralPurpose,
        key_storage_standard: "FIPS_140_2_LEVEL_3_OR_HIGHER".to_owned(),
        revocation: RevocationConfiguration::default(),
        key,
        public_key_der: public_key_der.to_vec(),
        csr: String::new(),
        certificate: Some(certificate),
        certificate_chain: None,
        idempotency_token: None,
        permissions: Vec::new(),
        policy: None,
        tags: Vec::new(),
        created_at: now,
        state_changed_at: now,
        restorable_until: None,
    }
}
