//! Is it signed with RSA or ECDSA over SHA-256 or stronger? (AWS user guide, "Trust model": MD5 and
//! SHA-1 are refused.) Whether the signature verifies is webpki's part.

use x509_parser::asn1_rs::Oid;
use x509_parser::signature_algorithm::SignatureAlgorithm;

use super::{Flaw, Violation};
use crate::parse::ParsedCertificate;

pub(super) fn check(certificate: &ParsedCertificate<'_>) -> Result<(), Violation> {
    let oid = &certificate.x509.signature_algorithm.algorithm;
    match oid.as_bytes() {
        // PKCS #1: sha256, sha384, sha512WithRSAEncryption
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 11..=13]
        // ANSI X9.62: ecdsa-with-SHA256, 384, 512
        | [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 2..=4] => Ok(()),
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
    let oid = &certificate.x509.signature_algorithm.algorithm;
    let Ok(SignatureAlgorithm::RSASSA_PSS(parameters)) =
        SignatureAlgorithm::try_from(&certificate.x509.signature_algorithm)
    else {
        return Err(unsupported(oid));
    };
    // The hash defaults to SHA-1 when it is not named (RFC 4055 section 3.1).
    match parameters.hash_algorithm_oid().as_bytes() {
        // NIST: sha256, sha384, sha512
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 1..=3] => Ok(()),
        _ => Err(weak(oid)),
    }
}

fn weak(oid: &Oid<'_>) -> Violation {
    Violation::new(
        Flaw::WeakSignature,
        format!("is signed with {oid}, weaker than SHA-256"),
    )
}

fn unsupported(oid: &Oid<'_>) -> Violation {
    Violation::new(
        Flaw::UnsupportedSignature,
        format!("is signed with {oid}, not RSA or ECDSA"),
    )
}
