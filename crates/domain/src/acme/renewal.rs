//! Renewal information (RFC 9773): when a certificate should be replaced, and which one an order replaces.

use base64_simd::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};

use super::authority;
use super::identifier::Identifier;
use super::model::AcmeCertificate;
use super::problem::{Problem, malformed, missing, refused, unauthorized};
use super::signed::service_of;
use super::store::{AcmeKey, Kept, read};
use crate::refusal::{AcmeKind, Refusal};
use crate::site::Site;

/// From when to when a certificate should be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenewalWindow {
    /// The first moment.
    pub start: Timestamp,
    /// The last.
    pub end: Timestamp,
}

impl RenewalWindow {
    /// Around two thirds of the life, a twelfth of it wide, so that a fleet is spread; at once where it was revoked.
    fn of(certificate: &AcmeCertificate) -> Self {
        if let Some(revoked_at) = certificate.revoked_at {
            let hour = SignedDuration::from_hours(1);
            return Self {
                start: revoked_at.saturating_sub(hour).unwrap_or(revoked_at),
                end: revoked_at,
            };
        }
        let (from, until) = (
            certificate.not_before.as_second(),
            certificate.not_after.as_second(),
        );
        let life = until.saturating_sub(from).max(0);
        let at = |twenty_fourths: i64| {
            let second = from.saturating_add(life / 24 * twenty_fourths);
            Timestamp::from_second(second).unwrap_or(certificate.not_after)
        };
        Self {
            start: at(15),
            end: at(17),
        }
    }
}

/// What is known of the renewal of a certificate, by `AKI.serial` (RFC 9773, 4.1).
pub async fn renewal_info(
    site: &Site,
    service: &str,
    presented: &str,
) -> Result<RenewalWindow, Problem> {
    service_of(site, service).await?;
    let row = named(site, service, presented).await?;
    Ok(RenewalWindow::of(&row.value))
}

async fn named(
    site: &Site,
    service: &str,
    presented: &str,
) -> Result<Kept<AcmeCertificate>, Refusal> {
    let broken = || {
        malformed(
            "A certificate is named by its issuer's key identifier, a dot and its serial number, in base64url.",
        )
    };
    let (issuer, serial) = presented.split_once('.').ok_or_else(broken)?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode_to_vec(part).map_err(|_| broken());
    let (issuer, serial) = (decode(issuer)?, decode(serial)?);
    let serial = authority::serial_text(&serial).ok_or_else(broken)?;
    let id = authority::certificate_id(service, &serial);
    let row: Option<Kept<AcmeCertificate>> = read(site, AcmeKey::Certificate, &id).await?;
    let unknown = || missing("certificate");
    let row = row.ok_or_else(unknown)?;
    // The issuer's key may have been replaced since: what the certificate says counts.
    let own = authority::issuer_key_identifier(&row.value.certificate);
    match own.is_some_and(|own| own == issuer) {
        true => Ok(row),
        false => Err(unknown()),
    }
}

/// The certificate that an order says it replaces: the account's own, with a name in common, replaced by nothing yet
/// (RFC 9773, 5).
pub(super) async fn check_replaced(
    site: &Site,
    service: &str,
    account: &str,
    presented: &str,
    identifiers: &[Identifier],
) -> Result<String, Problem> {
    let row = named(site, service, presented).await?;
    if row.row.parent != account {
        return Err(unauthorized(
            "acme-other-account",
            "The certificate that is to be replaced is another account's.",
        )
        .into());
    }
    if !row
        .value
        .identifiers
        .iter()
        .any(|name| identifiers.contains(name))
    {
        return Err(malformed(
            "The certificate that is to be replaced has none of the order's names.",
        )
        .into());
    }
    if row.value.replaced_by.is_some() {
        return Err(refused(
            AcmeKind::AlreadyReplaced,
            "acme-already-replaced",
            "The certificate has been replaced already.",
        )
        .into());
    }
    Ok(row.row.id)
}
