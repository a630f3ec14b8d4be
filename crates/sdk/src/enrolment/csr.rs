//! Signing requests (PKCS #10, RFC 2986): a key enters, PEM leaves. Without a subject: what a certificate is called is said
//! elsewhere, and decided by the service.

use anyrole_keys::{KeyAlgorithm, KeyError, SigningKey};

use crate::identity::request_scheme;

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
/// Version 0, a name without attributes.
const BEGINS: [u8; 5] = [0x02, 0x01, 0x00, 0x30, 0x00];
/// No attributes, `[0]`.
const ENDS: [u8; 2] = [0xa0, 0x00];
/// sha256WithRSAEncryption with its NULL (RFC 4055 section 5), ecdsa-with-SHA256 (RFC 5758 section 3.2).
const RSA_SHA256: [u8; 13] = [
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00,
];
const ECDSA_SHA256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

/// A request that the key signs, PEM.
///
/// # Errors
/// The key does not sign.
pub fn signing_request(key: &dyn SigningKey) -> Result<String, KeyError> {
    let info = tagged(SEQUENCE, &[&BEGINS, key.public_key_der(), &ENDS]);
    let (_, scheme) = request_scheme(key.algorithm());
    let signature = key.sign(scheme, &info)?;
    let algorithm = tagged(SEQUENCE, &[&algorithm(key.algorithm())]);
    let bits = tagged(BIT_STRING, &[&[0], &signature]);
    let der = tagged(SEQUENCE, &[&info, &algorithm, &bits]);
    let text = base64_simd::STANDARD.encode_to_string(der);
    let mut pem = "-----BEGIN CERTIFICATE REQUEST-----\n".to_owned();
    for (position, character) in text.chars().enumerate() {
        if position > 0 && position % 64 == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem.push_str("\n-----END CERTIFICATE REQUEST-----\n");
    Ok(pem)
}

/// The content of the AlgorithmIdentifier; ML-DSA has no parameters (RFC 9881 section 2).
fn algorithm(key: KeyAlgorithm) -> Vec<u8> {
    let ml_dsa = |number| {
        vec![
            0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, number,
        ]
    };
    match key {
        KeyAlgorithm::Rsa { .. } => RSA_SHA256.to_vec(),
        KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521 => ECDSA_SHA256.to_vec(),
        KeyAlgorithm::MlDsa44 => ml_dsa(17),
        KeyAlgorithm::MlDsa65 => ml_dsa(18),
        KeyAlgorithm::MlDsa87 => ml_dsa(19),
    }
}

fn tagged(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut der = vec![tag];
    let octets = length.to_be_bytes();
    if length < 0x80 {
        der.extend(octets.last());
    } else {
        let significant: Vec<u8> = octets.into_iter().skip_while(|octet| *octet == 0).collect();
        der.extend(u8::try_from(significant.len()).map(|count| 0x80 | count));
        der.extend(significant);
    }
    for part in parts {
        der.extend_from_slice(part);
    }
    der
}
