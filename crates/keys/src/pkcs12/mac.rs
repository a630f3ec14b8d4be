//! The MAC of a PKCS#12 file (RFC 7292 section 4 and appendix B): says whether password and contents go together.

use aws_lc_rs::{digest, hmac};

use super::broken;
use super::shape::MacData;
use crate::KeyError;
use crate::encryption::{Effort, Purpose, Secret, pkcs12};

/// The hashes, each with the HMAC that belongs to it.
fn hash(oid: &str) -> Option<(&'static digest::Algorithm, hmac::Algorithm)> {
    Some(match oid {
        "1.3.14.3.2.26" => (
            &digest::SHA1_FOR_LEGACY_USE_ONLY,
            hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        ),
        "2.16.840.1.101.3.4.2.4" => (&digest::SHA224, hmac::HMAC_SHA224),
        "2.16.840.1.101.3.4.2.1" => (&digest::SHA256, hmac::HMAC_SHA256),
        "2.16.840.1.101.3.4.2.2" => (&digest::SHA384, hmac::HMAC_SHA384),
        "2.16.840.1.101.3.4.2.3" => (&digest::SHA512, hmac::HMAC_SHA512),
        _ => return None,
    })
}

/// Fine where there is no MAC, as `openssl pkcs12 -nomac` leaves it out; encrypted parts then tell a wrong password.
///
/// # Errors
/// [`KeyError::WrongPassword`]; a hash that isn't known.
pub(super) fn check(
    mac: Option<&MacData<'_>>,
    secret: &Secret<'_>,
    contents: &[u8],
    effort: &mut Effort,
) -> Result<(), KeyError> {
    let Some(mac) = mac else {
        return Ok(());
    };
    let oid = mac.digest.algorithm.oid.to_string();
    let (hash, hmac) = hash(&oid).ok_or_else(|| KeyError::UnsupportedEncryption {
        detail: match oid.as_str() {
            "1.2.840.113549.1.5.14" => "a MAC by PBMAC1".to_owned(),
            _ => format!("a MAC with {oid}"),
        },
    })?;
    let rounds = mac.rounds.unwrap_or(1);
    if rounds == 0 {
        return Err(broken("a MAC of no rounds"));
    }
    effort.spend_rounds(rounds.into())?;
    let salt = mac.salt.as_bytes();
    let key = pkcs12(
        hash,
        Purpose::Mac,
        secret.wide,
        salt,
        rounds,
        hash.output_len(),
    );
    hmac::verify(
        &hmac::Key::new(hmac, &key),
        contents,
        mac.digest.digest.as_bytes(),
    )
    .map_err(|_| KeyError::WrongPassword)
}
