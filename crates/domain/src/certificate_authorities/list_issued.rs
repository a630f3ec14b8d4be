//! The certificates that an authority has issued, the newest first, and one of them with what became of it. AWS lists them in audit
//! reports; who may read a certificate of an authority (GetCertificate) may list them here. Called by the console.

use std::sync::Arc;

use super::access::readable;
use super::read::{GET_CERTIFICATE, recorded, refuse_deleted};
use super::{IssuedCertificate, IssuedPlace, RevokedCertificate};
use crate::call::Call;
use crate::page::{Page, PageRequest};
use crate::refusal::Refusal;
use crate::site::Site;

/// An issued certificate with its revocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateView {
    /// The record.
    pub row: Arc<IssuedCertificate>,
    /// When and why it was revoked, if it was.
    pub revoked: Option<Arc<RevokedCertificate>>,
}

/// Lists the certificates of an authority, the newest first. The key of a page is the place of its last certificate.
///
/// # Errors
/// The caller may not, there is no such authority, it is deleted, or the store can't be read.
pub async fn list_certificates(
    site: &Site,
    call: &Call,
    authority_arn: &str,
    request: &PageRequest,
) -> Result<Page<CertificateView>, Refusal> {
    let entry = readable(site, call, GET_CERTIFICATE, authority_arn)?;
    refuse_deleted(&entry)?;
    let last = match request.after.as_str() {
        "" => None,
        after => Some(
            IssuedPlace::parse(after)
                .ok_or_else(|| Refusal::validation("The page is none of this list."))?,
        ),
    };
    let store = site.directory.store();
    let limit = request.size.saturating_add(1);
    let rows = store
        .list_issued(&entry.row.account, &entry.row.id, last, limit)
        .await
        .map_err(Refusal::unreadable)?;
    let revocations = site.directory.read().revocations_of(authority_arn);
    let views = rows.into_iter().map(|row| CertificateView {
        revoked: revocations.get(&row.serial).cloned(),
        row: Arc::new(row),
    });
    Ok(Page::take(views, request.size, |view| {
        let IssuedCertificate {
            issued_at, serial, ..
        } = *view.row;
        IssuedPlace { issued_at, serial }.render()
    }))
}

/// The record of one certificate, with its revocation.
///
/// # Errors
/// As GetCertificate's.
pub async fn describe_certificate(
    site: &Site,
    call: &Call,
    authority_arn: &str,
    certificate_arn: &str,
) -> Result<CertificateView, Refusal> {
    let (_, row) = recorded(site, call, authority_arn, certificate_arn).await?;
    let revocations = site.directory.read().revocations_of(authority_arn);
    Ok(CertificateView {
        revoked: revocations.get(&row.serial).cloned(),
        row,
    })
}
