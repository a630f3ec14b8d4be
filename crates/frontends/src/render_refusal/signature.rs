//! Signatures that are not accepted, in the words of every service but S3, which has its own (`s3_signature`).
//! A `VerifyError` enters, the domain's refusal leaves; its reason code is the error's own.

use anyrole_domain::{Kind, Refusal};
use anyrole_signing::VerifyError;
use jiff::{SignedDuration, Timestamp};

/// What AWS answers to a signature that does not fit the request.
const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/// The refusal of a signature.
pub fn signature_refused(error: &VerifyError) -> Refusal {
    use VerifyError as Error;
    let (kind, public) = match error {
        Error::Unsigned => (
            Kind::MissingAuthentication,
            "Missing Authentication Token".to_owned(),
        ),
        Error::SignatureMismatch => (Kind::SignatureMismatch, MISMATCH.to_owned()),
        Error::HostNotSigned | Error::HeaderNotSigned { .. } => {
            (Kind::SignatureMismatch, sentence(&error.to_string()))
        }
        Error::WrongRegion { presented, .. } => (
            Kind::SignatureMismatch,
            format!("Credential should be scoped to a valid region, not '{presented}'."),
        ),
        Error::WrongService { expected, .. } => (
            Kind::SignatureMismatch,
            format!("Credential should be scoped to correct service: '{expected}'."),
        ),
        Error::RequestExpired {
            signed_at,
            now,
            allowed_seconds,
        } => (
            Kind::RequestTimeSkewed,
            expired(*signed_at, *now, *allowed_seconds),
        ),
        Error::NotYetValid {
            signed_at,
            now,
            allowed_seconds,
        } => (
            Kind::RequestTimeSkewed,
            not_yet_current(*signed_at, *now, *allowed_seconds),
        ),
        Error::PresignedExpired { expired_at, now } => (
            Kind::RequestTimeSkewed,
            format!(
                "Signature expired: {} is now earlier than {}",
                basic(*expired_at),
                basic(*now)
            ),
        ),
        other => (Kind::IncompleteSignature, sentence(&other.to_string())),
    };
    Refusal::new(kind, error.code(), public)
}

fn expired(signed_at: Timestamp, now: Timestamp, allowed_seconds: i64) -> String {
    let earliest = now.saturating_sub(SignedDuration::from_secs(allowed_seconds));
    format!(
        "Signature expired: {} is now earlier than {} ({} - {} min.)",
        basic(signed_at),
        earliest.map_or_else(|_| String::new(), basic),
        basic(now),
        allowed_seconds / 60
    )
}

fn not_yet_current(signed_at: Timestamp, now: Timestamp, allowed_seconds: i64) -> String {
    let latest = now.saturating_add(SignedDuration::from_secs(allowed_seconds));
    format!(
        "Signature not yet current: {} is still later than {} ({} + {} min.)",
        basic(signed_at),
        latest.map_or_else(|_| String::new(), basic),
        basic(now),
        allowed_seconds / 60
    )
}

/// `YYYYMMDDTHHMMSSZ`, as dates stand in signatures.
fn basic(at: Timestamp) -> String {
    anyrole_signing::AmzDate::of(at).as_str().to_owned()
}

/// `the request…` as callers are answered: `The request….`
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let Some(first) = characters.next() else {
        return String::new();
    };
    first
        .to_uppercase()
        .chain(characters)
        .chain(['.'])
        .collect()
}
