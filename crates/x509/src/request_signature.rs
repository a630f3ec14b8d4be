//! A public key, a text and a signature in, whether the key signed the text as certificates' keys sign requests out: for
//! keys that have no certificate yet, or one whose validity is not asked for.

use crate::der::Reader;
use crate::parse::SubjectPublicKeyInfo;
use crate::public_key::{KeyKind, LeafKey, LeafSignatureAlgorithm};
use crate::reason::{Reason, Refusal};

/// Verifies a signature by the rules of AWS4-X509: RSA and ECDSA over the SHA-256 of the text, ML-DSA over the text itself.
/// `public_key` is a whole SubjectPublicKeyInfo; `declared` is the algorithm that the request names, where it names one.
///
/// # Errors
/// A key that can't be read or is of no supported kind, another algorithm than the key's, a signature that is not the key's.
pub fn verify_request_signature(
    public_key: &[u8],
    declared: Option<LeafSignatureAlgorithm>,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Refusal> {
    let unsupported = |detail: String| Refusal::new(Reason::LeafUnsupportedKey, detail);
    let spki = SubjectPublicKeyInfo::read(&mut Reader::new(public_key))
        .map_err(|error| unsupported(format!("the public key cannot be read: {error}")))?;
    let kind = KeyKind::of(&spki).map_err(unsupported)?;
    let algorithm = declared.unwrap_or(kind.signs_with());
    LeafKey::parse(kind, &spki)?.verify(algorithm, message, signature)
}
