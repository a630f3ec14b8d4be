//! The way to the certificate authority: what `finalize.rs` and `certificates.rs` want enters, `certificate_authorities` does it.

use anyrole_ca::{
    AlternativeName, CaError, CertificateOrder, CertificateProfile, Serial, Subject, Validity,
    purpose,
};
use anyrole_x509::Certificate;
use base64_simd::STANDARD;
use jiff::Timestamp;
use std::sync::Arc;

use super::model::AcmeService;
use super::problem::refused;
use super::signed::Posted;
use crate::certificate_authorities::{
    self as authorities, Asked, AuthorityEntry, AuthorityStatus, IssueOrder, RevocationReason, hex,
};
use crate::refusal::{AcmeKind, Kind, Refusal};
use crate::site::Site;

/// What a record says in place of a template.
const TEMPLATE: &str = "acme";

/// A certificate that an account is to get.
pub(super) struct Wanted {
    pub subject: String,
    pub names: Vec<AlternativeName>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    pub server_auth: bool,
    pub public_key_der: Vec<u8>,
}

/// The certificate.
pub(super) struct Issued {
    /// Of its row.
    pub id: String,
    pub serial: String,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    pub certificate_der: Vec<u8>,
    /// Its issuer first.
    pub chain: Vec<Vec<u8>>,
}

/// The authority, if it issues now.
fn find(
    site: &Site,
    service: &AcmeService,
    now: Timestamp,
) -> Result<Arc<AuthorityEntry>, Refusal> {
    let snapshot = site.directory.read_full();
    let entry = snapshot.certificate_authority(&service.ca_arn);
    let closed = |state: &str| {
        refused(
            AcmeKind::ServerInternal,
            "acme-authority-not-active",
            "The certificate authority does not issue at the moment.",
        )
        .with_private(format!("{} is {state}", service.ca_arn))
    };
    let entry = entry.ok_or_else(|| closed("gone"))?;
    match entry.status(now) {
        AuthorityStatus::Active => Ok(entry.clone()),
        status => Err(closed(status.as_str())),
    }
}

/// Whether the authority would issue: an order that can't end well is refused at its beginning.
pub(super) fn check(site: &Site, service: &AcmeService, now: Timestamp) -> Result<(), Refusal> {
    find(site, service, now).map(drop)
}

/// Issues a certificate that CreateSession takes.
pub(super) async fn issue(
    site: &Site,
    posted: &Posted<'_>,
    account: &str,
    service: &AcmeService,
    wanted: Wanted,
) -> Result<Issued, Refusal> {
    let entry = find(site, service, posted.origin.now)?;
    // None begins before its issuer, or outlives it.
    let not_before = entry
        .not_before()
        .map_or(wanted.not_before, |start| start.max(wanted.not_before));
    let not_after = entry
        .not_after()
        .map_or(wanted.not_after, |end| end.min(wanted.not_after));
    let order = order(&wanted, not_before, not_after).map_err(|error| {
        refused(
            AcmeKind::BadCsr,
            "acme-bad-csr",
            format!("The certificate can't be issued: {error}."),
        )
    })?;
    let who = format!("acme/{}/account/{account}", posted.service);
    let asked = Asked {
        origin: posted.origin,
        call: None,
        event: "acme:Finalize",
        who: &who,
    };
    let order = IssueOrder {
        certificate: order,
        self_signed: false,
        template: TEMPLATE.to_owned(),
        repeatable: None,
    };
    let issued = authorities::issue(site, &asked, &entry, order)
        .await
        .map_err(translated)?;
    let serial = hex(&issued.row.serial);
    Ok(Issued {
        id: certificate_id(posted.service, &serial),
        serial,
        not_before,
        not_after,
        certificate_der: issued.row.certificate.to_vec(),
        chain: chain(&entry),
    })
}

fn order(
    wanted: &Wanted,
    not_before: Timestamp,
    not_after: Timestamp,
) -> Result<CertificateOrder, CaError> {
    let mut order = CertificateOrder::new(
        CertificateProfile::Leaf,
        Subject::parse(&wanted.subject)?,
        Validity::new(not_before, not_after)?,
        Serial::from_random([0; 16]),
        wanted.public_key_der.clone(),
    )?;
    order.shape.alternative_names = wanted.names.clone();
    order.shape.opens_sessions = true;
    order.shape.purposes = match wanted.server_auth {
        true => vec![purpose::SERVER_AUTH, purpose::CLIENT_AUTH],
        false => vec![purpose::CLIENT_AUTH],
    };
    Ok(order)
}

/// The issuer, and what leads from it to the root, which a client has or does not trust. A root that issues itself is shown all
/// the same: certbot takes no certificate without its issuer.
fn chain(entry: &AuthorityEntry) -> Vec<Vec<u8>> {
    let above = entry.chain.iter().filter(|certificate| {
        let summary = certificate.summary();
        summary.subject != summary.issuer
    });
    let all = entry.certificate.iter().chain(above);
    all.map(|certificate| certificate.der().to_vec()).collect()
}

/// What Private CA refuses in its own words.
fn translated(refusal: Refusal) -> Refusal {
    match (refusal.kind, refusal.reason) {
        (Kind::Pca(_), "certificate-refused") => Refusal {
            kind: Kind::Acme(AcmeKind::BadCsr),
            ..refusal
        },
        (Kind::Pca(_), "revoked-already") => Refusal {
            kind: Kind::Acme(AcmeKind::AlreadyRevoked),
            ..refusal
        },
        (Kind::Pca(_), _) => Refusal {
            kind: Kind::Acme(AcmeKind::ServerInternal),
            ..refusal
        },
        _ => refusal,
    }
}

/// Revokes a certificate, for CreateSession, lists and OCSP alike.
pub(super) async fn revoke(
    site: &Site,
    posted: &Posted<'_>,
    account: Option<&str>,
    service: &AcmeService,
    serial: &str,
    reason: u8,
) -> Result<(), Refusal> {
    let who = match account {
        Some(account) => format!("acme/{}/account/{account}", posted.service),
        None => format!("acme/{}/certificate/{serial}", posted.service),
    };
    let reason = RevocationReason::from_code(reason).unwrap_or(RevocationReason::Unspecified);
    revoke_as(site, posted, &who, service, (serial, reason)).await
}

/// Takes a certificate back that was issued and then not given to its account, which had lost its right meanwhile.
pub(super) async fn withdraw(
    site: &Site,
    posted: &Posted<'_>,
    service: &AcmeService,
    serial: &str,
) -> Result<(), Refusal> {
    let who = format!("acme/{}", posted.service);
    let reason = RevocationReason::PrivilegeWithdrawn;
    revoke_as(site, posted, &who, service, (serial, reason)).await
}

async fn revoke_as(
    site: &Site,
    posted: &Posted<'_>,
    who: &str,
    service: &AcmeService,
    (serial, reason): (&str, RevocationReason),
) -> Result<(), Refusal> {
    let snapshot = site.directory.read_full();
    let entry = snapshot.certificate_authority(&service.ca_arn);
    let gone = || Refusal::internal(format!("{} is gone", service.ca_arn));
    let entry = entry.ok_or_else(gone)?;
    let asked = Asked {
        origin: posted.origin,
        call: None,
        event: "acme:RevokeCertificate",
        who,
    };
    let serial = serial_bytes(serial).ok_or_else(|| Refusal::internal("a bad serial number"))?;
    authorities::revoke(site, &asked, entry, &serial, reason)
        .await
        .map_err(translated)?;
    Ok(())
}

/// The id of a certificate's row: the authority's and the serial number, which no one else has.
pub(super) fn certificate_id(service: &str, serial: &str) -> String {
    format!("{service}-{serial}")
}

/// The serial number of a certificate as its row has it.
pub(super) fn serial_of(der: &[u8]) -> Option<String> {
    let certificate = Certificate::parse_der(der.to_vec()).ok()?;
    let hex = certificate.summary().serial_hex.clone();
    Some(format!("{hex:0>32}"))
}

/// The same of the content of a DER INTEGER.
pub(super) fn serial_text(integer: &[u8]) -> Option<String> {
    let start = integer.iter().position(|octet| *octet != 0)?;
    let digits = integer.get(start..).filter(|digits| digits.len() <= 16)?;
    let mut serial = [0; 16];
    serial.get_mut(16 - digits.len()..)?.copy_from_slice(digits);
    Some(hex(&serial))
}

fn serial_bytes(text: &str) -> Option<[u8; 16]> {
    let number = u128::from_str_radix(text, 16).ok()?;
    Some(number.to_be_bytes())
}

/// The key identifier of a certificate's issuer, which the certificate names.
pub(super) fn issuer_key_identifier(base64: &str) -> Option<Vec<u8>> {
    let der = STANDARD.decode_to_vec(base64).ok()?;
    let certificate = Certificate::parse_der(der).ok()?;
    let hex = certificate.summary().authority_key_id.as_deref()?;
    let octet = |at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    (0..hex.len()).step_by(2).map(octet).collect()
}

/// The UUID in the ARN of an authority of this account.
pub(super) fn id_of(site: &Site, ca_arn: &str) -> Option<String> {
    let id = ca_arn.rsplit('/').next()?;
    let own = site.account().certificate_authority_arn(id) == ca_arn;
    (own && uuid::Uuid::try_parse(id).is_ok()).then(|| id.to_owned())
}

/// Whether the authority is there.
pub(super) fn exists(site: &Site, ca_arn: &str) -> bool {
    site.directory
        .read()
        .certificate_authority(ca_arn)
        .is_some()
}
