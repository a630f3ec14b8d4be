//! Rows of certificate authorities, with something in every field.

use std::sync::Arc;

use anyrole_domain::Change;
use anyrole_domain::acm::{CertificateKeyAlgorithm, CertificateOrigin, ManagedCertificate};
use anyrole_domain::certificate_authorities::{
    AuthorityConfiguration, AuthorityKeyAlgorithm, AuthorityKind, AuthoritySigningAlgorithm,
    AuthorityStatus, CertificateAuthority, CrlConfiguration, CrlExtension, CsrExtensions,
    CustomAttribute, DistinguishedName, OcspConfiguration, Permission, RevocationConfiguration,
    RevocationReason, RevokedCertificate, StoredKey, UsageMode, certificate_arn,
};

use anyrole_domain::trust_anchors::{AnchorSource, TrustAnchor};

use super::Failure;
use super::samples::{ACCOUNT, account_id, at, tags};

fn arn(id: &str) -> String {
    format!("arn:aws:acm-pca:eu-north-1:{ACCOUNT}:certificate-authority/{id}")
}

const ROOT: &str = "11111111-3333-4000-8000-000000000000";
const SUBORDINATE: &str = "22222222-3333-4000-8000-000000000000";

fn csr_extensions() -> Result<CsrExtensions, Failure> {
    serde_json::from_str(r#"{"KeyUsage": {"KeyCertSign": true}}"#)
        .map_err(|error| Failure(error.to_string()))
}

/// An authority with a key of the server's, and everything that can be left out.
pub(super) fn root() -> Result<CertificateAuthority, Failure> {
    Ok(CertificateAuthority {
        account: account_id(ACCOUNT)?,
        id: ROOT.to_owned(),
        arn: arn(ROOT),
        kind: AuthorityKind::Root,
        status: AuthorityStatus::Deleted,
        configuration: AuthorityConfiguration {
            key_algorithm: AuthorityKeyAlgorithm::EC_secp384r1,
            signing_algorithm: AuthoritySigningAlgorithm::SHA384WITHECDSA,
            subject: DistinguishedName {
                country: Some("DE".to_owned()),
                common_name: Some("A \"root\" \u{e9}".to_owned()),
                ..DistinguishedName::default()
            },
            csr_extensions: Some(csr_extensions()?),
        },
        usage_mode: UsageMode::ShortLived,
        key_storage_standard: "FIPS_140_2_LEVEL_3_OR_HIGHER".to_owned(),
        revocation: RevocationConfiguration {
            crl_configuration: Some(CrlConfiguration {
                enabled: true,
                expiration_in_days: Some(7),
                custom_cname: Some("crl.example".to_owned()),
                s3_bucket_name: Some("bucket".to_owned()),
                s3_object_acl: Some("PUBLIC_READ".to_owned()),
                crl_distribution_point_extension_configuration: Some(CrlExtension {
                    omit_extension: true,
                }),
                crl_type: Some("COMPLETE".to_owned()),
                custom_path: Some("a/b".to_owned()),
            }),
            ocsp_configuration: Some(OcspConfiguration {
                enabled: true,
                ocsp_custom_cname: Some("ocsp.example".to_owned()),
            }),
        },
        key: StoredKey::Sealed((0..=255).collect()),
        public_key_der: vec![0, 255, 1],
        csr: "-----BEGIN\r\nCERTIFICATE REQUEST-----\n".to_owned(),
        certificate: Some("certificate\n".to_owned()),
        certificate_chain: Some("chain\n".to_owned()),
        idempotency_token: Some("token \u{ff}".to_owned()),
        permissions: vec![Permission {
            principal: "acm.amazonaws.com".to_owned(),
            source_account: ACCOUNT.to_owned(),
            actions: vec!["IssueCertificate".to_owned(), "GetCertificate".to_owned()],
            created_at: at(3),
        }],
        policy: Some("{\r\n}".to_owned()),
        tags: tags(),
        created_at: at(1),
        state_changed_at: at(2),
        restorable_until: Some(at(4)),
    })
}

/// An authority with a key on a token, and nothing that can be left out.
pub(super) fn subordinate() -> Result<CertificateAuthority, Failure> {
    let root = root()?;
    Ok(CertificateAuthority {
        id: SUBORDINATE.to_owned(),
        arn: arn(SUBORDINATE),
        kind: AuthorityKind::Subordinate,
        status: AuthorityStatus::PendingCertificate,
        configuration: AuthorityConfiguration {
            key_algorithm: AuthorityKeyAlgorithm::RSA_2048,
            signing_algorithm: AuthoritySigningAlgorithm::SHA256WITHRSA_PSS,
            subject: DistinguishedName {
                custom_attributes: Some(vec![CustomAttribute {
                    object_identifier: "2.5.4.3".to_owned(),
                    value: "custom".to_owned(),
                }]),
                ..DistinguishedName::default()
            },
            csr_extensions: None,
        },
        usage_mode: UsageMode::GeneralPurpose,
        revocation: RevocationConfiguration::default(),
        key: StoredKey::Token("pkcs11:token=t;object=o".to_owned()),
        certificate: None,
        certificate_chain: None,
        idempotency_token: None,
        permissions: Vec::new(),
        policy: None,
        tags: Vec::new(),
        restorable_until: None,
        ..root
    })
}

/// A revocation of the root's.
pub(super) fn revocation(serial: u8) -> Result<RevokedCertificate, Failure> {
    Ok(RevokedCertificate {
        account: account_id(ACCOUNT)?,
        certificate_arn: certificate_arn(&arn(ROOT), &[serial; 16]),
        certificate_sha256: [serial; 32],
        reason: RevocationReason::PrivilegeWithdrawn,
        not_after: at(86_400_000_000),
        revoked_at: at(5),
    })
}

/// An anchor that trusts the root.
pub(super) fn trust_anchor() -> Result<TrustAnchor, Failure> {
    Ok(TrustAnchor {
        source: AnchorSource::PrivateCa(arn(ROOT)),
        ..super::samples::trust_anchor(2)?
    })
}

/// Other rows in the place of the root, its first revocation and the first kept certificate.
pub(super) fn replaced() -> Result<[Change; 3], Failure> {
    let mut authority = root()?;
    authority.status = AuthorityStatus::Active;
    authority.certificate = None;
    authority.restorable_until = None;
    authority.permissions.clear();
    authority.tags.pop();
    let mut revocation = revocation(1)?;
    revocation.reason = RevocationReason::Unspecified;
    Ok([
        Change::PutCertificateAuthority(Arc::new(authority)),
        Change::PutRevocation(Arc::new(revocation)),
        replaced_certificate()?,
    ])
}

/// A certificate that is kept with its key: the first with everything that can be left out, the others without.
pub(super) fn managed_certificate(number: u8) -> Result<ManagedCertificate, Failure> {
    let is_first = number == 1;
    let id = format!(
        "{number}{number}{number}{number}{number}{number}{number}{number}-4444-4000-8000-000000000000"
    );
    Ok(ManagedCertificate {
        account: account_id(ACCOUNT)?,
        arn: format!("arn:aws:acm:eu-north-1:{ACCOUNT}:certificate/{id}"),
        origin: match is_first {
            true => CertificateOrigin::Private(arn(ROOT)),
            false => CertificateOrigin::Imported,
        },
        domain_name: "a.example".to_owned(),
        names: vec!["a.example".to_owned(), "\"b\u{e9}\"".to_owned()],
        key_algorithm: CertificateKeyAlgorithm::EC_secp384r1,
        sealed_key: (0..=255).collect(),
        certificate: "certificate\r\n".to_owned(),
        chain: is_first.then(|| "chain\n".to_owned()),
        is_exported: is_first,
        idempotency_token: is_first.then(|| "token".to_owned()),
        tags: if is_first { tags() } else { Vec::new() },
        created_at: at(1),
        issued_at: at(2),
        renewed_at: is_first.then(|| at(3)),
    })
}

/// Another row in the place of the first kept certificate.
fn replaced_certificate() -> Result<Change, Failure> {
    let mut row = managed_certificate(1)?;
    row.origin = CertificateOrigin::Imported;
    row.names.pop();
    row.key_algorithm = CertificateKeyAlgorithm::RSA_2048;
    row.sealed_key = vec![0];
    row.certificate = "another".to_owned();
    row.domain_name = "another".to_owned();
    row.chain = None;
    row.is_exported = false;
    row.idempotency_token = None;
    row.tags.pop();
    row.created_at = at(10);
    row.issued_at = at(11);
    row.renewed_at = None;
    Ok(Change::PutManagedCertificate(Arc::new(row)))
}
