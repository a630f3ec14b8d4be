//! Issuing: the one function that every way of issuing goes by. An authority and an order enter; a certificate leaves once its
//! record is on disk and the audit trail has it. Called by the front ends of Private CA, ACM, ACME and enrolment.

use std::sync::Arc;

use anyrole_ca::{CaError, CertificateOrder, IssuedCertificate as Signed, Serial};
use anyrole_x509::CertificateNames;
use jiff::{SignedDuration, Timestamp};

use super::issued::NotKept;
use super::refusals::wrong_state;
use super::{
    AuthorityEntry, AuthorityKind, AuthorityStatus, IssuedCertificate, Kept, NewCertificate,
    PcaKind, UsageMode, opened,
};
use crate::audit::{AuditRecord, CertificateFacts};
use crate::call::{Call, Origin};
use crate::names::start_of;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;

/// The longest validity of a certificate of a short-lived authority (API reference, CertificateAuthorityUsageMode).
const SHORT_LIVED: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long an idempotency token is known (API reference, IssueCertificate).
const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(5);
/// How often another serial number is tried. With 80 random bits in a millisecond the first is always free.
const SERIAL_TRIES: usize = 3;
/// How much of who asked is kept, in bytes.
const MAX_WHO: usize = 512;

/// Who asks for a certificate or its revocation, for the record.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The request.
    pub origin: &'a Origin,
    /// The caller, where the request is signed by SigV4.
    pub call: Option<&'a Call>,
    /// `service:Operation`, as the audit trail has it: `acm-pca:IssueCertificate`, `acme:Finalize` and so on.
    pub event: &'a str,
    /// Who it is: a caller's ARN, an ACME account, a join token, a certificate.
    pub who: &'a str,
}

/// What a certificate shall be.
#[derive(Debug, Clone)]
pub struct IssueOrder {
    /// Its content; the serial number in it is a place for the one that is chosen here.
    pub certificate: CertificateOrder,
    /// Whether the authority's own key makes a root's certificate, in place of the authority issuing one below it.
    pub self_signed: bool,
    /// The template's name, or what stands for it: kept with the record.
    pub template: String,
    /// Where the same request may come again.
    pub repeatable: Option<Repeatable>,
}

/// An idempotency token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeatable {
    /// SHA-256 of the token.
    pub token_sha256: [u8; 32],
    /// SHA-256 of what was asked for.
    pub request_sha256: [u8; 32],
}

/// An issued certificate, recorded.
#[derive(Debug, Clone)]
pub struct Issued {
    /// Its ARN: the authority's and the serial number.
    pub arn: String,
    /// Its record.
    pub row: Arc<IssuedCertificate>,
}

/// Issues a certificate. The authority must be active and cover the validity; a root that waits for its certificate signs that alone.
///
/// The caller has authorised the request before, and decided what the order may say. What is refused here is the caller's to record;
/// what is issued is recorded here, in the store and in the audit trail, before this returns.
pub async fn issue(
    site: &Site,
    asked: &Asked<'_>,
    entry: &Arc<AuthorityEntry>,
    order: IssueOrder,
) -> Result<Issued, Refusal> {
    check_status(asked, entry, &order)?;
    check_validity(asked, entry, &order)?;
    let mut order = order;
    if !order.self_signed {
        site.name_revocation(entry, &mut order.certificate.shape);
    }
    for _ in 0..SERIAL_TRIES {
        let serial = fresh_serial(site, asked.origin.now);
        order.certificate.serial = serial;
        let signed = sign(site, entry, &order).await?;
        let row = record(asked, entry, &order, &signed);
        let new = NewCertificate {
            token: order.repeatable.map(|repeatable| super::issued::Repeat {
                token_sha256: repeatable.token_sha256,
                request_sha256: repeatable.request_sha256,
                forget_before: asked.origin.now - TOKEN_LIFE,
            }),
            row,
        };
        let row = Arc::new(new.row.clone());
        let store = site.directory.shared_store();
        match site.issuing.keep(store, new).await.map_err(not_kept)? {
            Kept::New => return leave(site, asked, entry, row).await,
            Kept::Before {
                serial,
                same_request: true,
            } => return issued_before(site, asked, entry, &serial).await,
            Kept::Before { .. } => {
                return Err(PcaKind::InvalidArgs.refusal(
                    "idempotency-token-used",
                    "The idempotency token was used for another request a short time ago.",
                ));
            }
            Kept::SerialTaken => {}
        }
    }
    Err(Refusal::internal("no free serial number was found"))
}

fn check_status(
    asked: &Asked<'_>,
    entry: &AuthorityEntry,
    order: &IssueOrder,
) -> Result<(), Refusal> {
    let makes_itself = order.self_signed;
    match entry.status(asked.origin.now) {
        AuthorityStatus::Active if !makes_itself => Ok(()),
        // A root's first certificate, or its next one.
        AuthorityStatus::Active
        | AuthorityStatus::PendingCertificate
        | AuthorityStatus::Expired
            if makes_itself && entry.row.kind == AuthorityKind::Root =>
        {
            Ok(())
        }
        // AWS's words: Terraform waits for an authority by them.
        status => Err(wrong_state(&format!(
            "The certificate authority is not in a valid state for issuing certificates: it is in state {}.",
            status.as_str()
        ))),
    }
}

fn check_validity(
    asked: &Asked<'_>,
    entry: &AuthorityEntry,
    order: &IssueOrder,
) -> Result<(), Refusal> {
    if order.self_signed {
        return Ok(());
    }
    let end = order.certificate.validity.not_after();
    if entry.not_after().is_some_and(|last| end > last) {
        return Err(PcaKind::InvalidArgs.refusal(
            "outlives-authority",
            "The certificate validity specified exceeds the certificate authority validity.",
        ));
    }
    let life = end.duration_since(asked.origin.now);
    if entry.row.usage_mode == UsageMode::ShortLived && life > SHORT_LIVED {
        return Err(PcaKind::InvalidArgs.refusal(
            "short-lived-authority",
            "The certificate authority issues short-lived certificates: at most 7 days.",
        ));
    }
    Ok(())
}

fn fresh_serial(site: &Site, at: Timestamp) -> Serial {
    let mut random = [0; 16];
    site.entropy.fill(&mut random);
    Serial::in_order(at, random)
}

async fn sign(
    site: &Site,
    entry: &Arc<AuthorityEntry>,
    order: &IssueOrder,
) -> Result<Signed, Refusal> {
    if order.self_signed {
        let key = site.open_authority_key(&entry.row).await?;
        let order = order.certificate.clone();
        return signed(opened::signs_fast(&entry.row), move || {
            anyrole_ca::self_sign(key.as_ref(), &order)
        })
        .await;
    }
    let opened = site.open_authority(entry).await?;
    let fast = opened.signs_fast();
    let order = order.certificate.clone();
    signed(fast, move || anyrole_ca::issue(&opened.authority, &order)).await
}

/// Elliptic curves sign in microseconds; RSA, ML-DSA and tokens would hold up everyone else on the thread.
async fn signed(
    fast: bool,
    work: impl FnOnce() -> Result<Signed, CaError> + Send + 'static,
) -> Result<Signed, Refusal> {
    let outcome = if fast {
        work()
    } else {
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Refusal::internal(error.to_string()))?
    };
    outcome.map_err(refused)
}

/// Why nothing was signed: the key's faults are ours, all others the order's.
pub(super) fn refused(error: CaError) -> Refusal {
    match error {
        CaError::Key(error) => Refusal::new(
            Kind::Unavailable,
            "authority-key-failed",
            "The key of the certificate authority can't be used; try again.",
        )
        .with_private(error.to_string()),
        error => PcaKind::InvalidArgs.refusal("certificate-refused", error.to_string()),
    }
}

fn record(
    asked: &Asked<'_>,
    entry: &AuthorityEntry,
    order: &IssueOrder,
    signed: &Signed,
) -> IssuedCertificate {
    IssuedCertificate {
        account: entry.row.account.clone(),
        authority_id: entry.row.id.clone(),
        serial: *order.certificate.serial.as_bytes(),
        certificate: signed.as_der().into(),
        not_after: order.certificate.validity.not_after(),
        template: order.template.clone(),
        requested_by: start_of(asked.who, MAX_WHO).to_owned(),
        issued_at: asked.origin.now,
    }
}

fn not_kept(error: NotKept) -> Refusal {
    Refusal::new(
        Kind::Unavailable,
        "store-failed",
        "The service could not record the certificate; try again.",
    )
    .with_private(error.to_string())
}

/// The audit trail has it before the caller.
async fn leave(
    site: &Site,
    asked: &Asked<'_>,
    entry: &AuthorityEntry,
    row: Arc<IssuedCertificate>,
) -> Result<Issued, Refusal> {
    let arn = entry.row.certificate_arn(&row.serial);
    record_certificate(site, asked, &arn, &row).await?;
    Ok(Issued { arn, row })
}

/// What the audit trail is told of a certificate that was issued or revoked.
pub(super) async fn record_certificate(
    site: &Site,
    asked: &Asked<'_>,
    arn: &str,
    row: &IssuedCertificate,
) -> Result<(), Refusal> {
    let names = CertificateNames::of_der(&row.certificate)
        .map_err(|error| Refusal::internal(error.to_string()))?;
    let mut record = AuditRecord::new(asked.event, asked.origin);
    record.resource = Some(arn);
    record.caller = Some(asked.who.to_owned());
    if let Some(call) = asked.call {
        record.set_caller(site.account(), call);
    }
    record.certificate = Some(CertificateFacts {
        subject: names.subject.to_string().into(),
        issuer: names.issuer.to_string().into(),
        serial: names.serial_hex.into(),
    });
    site.record(&record).await
}

/// Recorded as the first one was: the trail may not have that, and each call leaves a line.
async fn issued_before(
    site: &Site,
    asked: &Asked<'_>,
    entry: &AuthorityEntry,
    serial: &[u8; 16],
) -> Result<Issued, Refusal> {
    let found = site.issued_certificate(entry, serial).await?;
    let row = found.ok_or_else(|| Refusal::internal("the record of a repeated request is gone"))?;
    leave(site, asked, entry, row).await
}

impl Site {
    /// A certificate that an authority has issued, by its serial number.
    pub async fn issued_certificate(
        &self,
        entry: &AuthorityEntry,
        serial: &[u8; 16],
    ) -> Result<Option<Arc<IssuedCertificate>>, Refusal> {
        let row = &entry.row;
        let found = self
            .directory
            .store()
            .read_issued(&row.account, &row.id, serial)
            .await
            .map_err(Refusal::unreadable)?;
        Ok(found.map(Arc::new))
    }
}
