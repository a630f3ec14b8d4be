//! Is the key RSA of 2048 to 8192 bits, on P-256, P-384 or P-521, or ML-DSA? AWS names RSA and EC without
//! sizes; the bounds are ours, written down in docs/aws-divergences.md.

use super::{Flaw, Violation};
use crate::parse::ParsedCertificate;
use crate::public_key::KeyKind;

pub(super) fn check(certificate: &ParsedCertificate<'_>) -> Result<KeyKind, Violation> {
    match KeyKind::of(&certificate.public_key) {
        Ok(KeyKind::Rsa { bits }) if bits < 2048 => Err(Violation::new(
            Flaw::WeakKey,
            format!("has an RSA key of {bits} bits"),
        )),
        Ok(KeyKind::Rsa { bits }) if bits > 8192 => Err(Violation::new(
            Flaw::UnsupportedKey,
            format!("has an RSA key of {bits} bits"),
        )),
        Ok(kind) => Ok(kind),
        Err(seen) => Err(Violation::new(Flaw::UnsupportedKey, format!("has {seen}"))),
    }
}
