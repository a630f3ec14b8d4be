//! DER bytes in, SHA-256 fingerprint out; the identity of a certificate everywhere in Anyrole.

use aws_lc_rs::digest;

/// The SHA-256 digest of a certificate's whole DER encoding.
///
/// AWS uses the same value, in lower-case hex, as a certificate's id in Health events.
#[must_use]
pub fn sha256_fingerprint(der: &[u8]) -> [u8; 32] {
    let mut fingerprint = [0; 32];
    let digest = digest::digest(&digest::SHA256, der);
    for (to, from) in fingerprint.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    fingerprint
}
