//! Is it signed with RSA or ECDSA over SHA-256 or stronger, or with ML-DSA? (AWS user guide, "Trust model": MD5 and
//! SHA-1 are refused.) Whether the signature verifies is
//! asked by the search for a path.

use super::{Flaw, Violation};
use crate::der::{DerError, Element, Oid, Reader, tag, whole};
use crate::parse::{AlgorithmIdentifier, ParsedCertificate};

pub(super) fn check(certificate: &ParsedCertificate<'_>) -> Result<(), Violation> {
    let oid = certificate.signature_algorithm.oid;
    match oid.0 {
        // PKCS #1: sha256, sha384, sha512WithRSAEncryption
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 11..=13]
        // ANSI X9.62: ecdsa-with-SHA256, 384, 512
        | [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 2..=4]
        // FIPS 204: ml-dsa-44, -65, -87
        | [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 17..=19] => Ok(()),
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 10] => check_pss(certificate),
        // PKCS #1 over MD2, MD4, MD5, SHA-1 and SHA-224; ECDSA over SHA-1 and SHA-224; DSA over SHA-1
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 2..=5 | 14]
        | [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01 | 0x02, ..]
        | [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 1]
        | [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x03] => Err(weak(oid)),
        _ => Err(unsupported(oid)),
    }
}

fn check_pss(certificate: &ParsedCertificate<'_>) -> Result<(), Violation> {
    let AlgorithmIdentifier {
        oid, parameters, ..
    } = certificate.signature_algorithm;
    match parameters.map(pss_hash) {
        // NIST: sha256, sha384, sha512
        Some(Ok(Some(Oid([0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 1..=3])))) => Ok(()),
        Some(Ok(_)) => Err(weak(oid)),
        None | Some(Err(_)) => Err(unsupported(oid)),
    }
}

/// The hash of RSASSA-PSS-params; SHA-1 where it is not named (RFC 4055 section 3.1).
fn pss_hash(parameters: Element<'_>) -> Result<Option<Oid<'_>>, DerError> {
    let mut parts = Reader::new(whole(parameters.raw, tag::SEQUENCE)?.value);
    let Some(hash) = parts.optional(tag::constructed(0))? else {
        return Ok(None);
    };
    let mut hash = Reader::new(hash.value);
    let algorithm = AlgorithmIdentifier::read(&mut hash)?;
    hash.end()?;
    Ok(Some(algorithm.oid))
}

fn weak(oid: Oid<'_>) -> Violation {
    Violation::new(
        Flaw::WeakSignature,
        format!("is signed with {oid}, weaker than SHA-256"),
    )
}

fn unsupported(oid: Oid<'_>) -> Violation {
    Violation::new(
        Flaw::UnsupportedSignature,
        format!("is signed with {oid}, not RSA, ECDSA or ML-DSA"),
    )
}
