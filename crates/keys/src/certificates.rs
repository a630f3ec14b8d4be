//! Certificates in a file, as DER: PEM, DER, PKCS#7 and PKCS#12 bytes enter. What a certificate is, this crate doesn't know.

use der::asn1::AnyRef;
use der::{Decode, Encode, Reader, SliceReader, Tag, TagNumber, Tagged};

use crate::form::{DerForm, known_other, without_line_end};
use crate::open::MAX_FILE_BYTES;
use crate::pem::{blocks, is_pem};
use crate::pkcs12::{ContentInfo, SIGNED_DATA};
use crate::{KeyError, Password, Pkcs12};

/// The certificates of a file, in its order; none where there are none. Keys and other blocks are passed over.
///
/// # Errors
/// A block or file that is broken; for PKCS#12 as [`Pkcs12::open`].
pub fn certificates_der(
    bytes: &[u8],
    password: Option<&Password>,
) -> Result<Vec<Vec<u8>>, KeyError> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(KeyError::TooLarge {
            limit: MAX_FILE_BYTES,
        });
    }
    let bytes = without_line_end(bytes);
    match DerForm::of(bytes) {
        Some(DerForm::Certificate) => Ok(vec![bytes.to_vec()]),
        Some(DerForm::Pkcs12) => Ok(Pkcs12::open(bytes, password)?.certificates_der().to_vec()),
        Some(DerForm::Pkcs7) => of_pkcs7(bytes),
        _ if is_pem(bytes) => of_pem(bytes),
        // Certificates might be in there.
        _ => match known_other(bytes) {
            Some((format, cure)) => Err(KeyError::OtherFormat { format, cure }),
            None => Ok(Vec::new()),
        },
    }
}

fn of_pem(bytes: &[u8]) -> Result<Vec<Vec<u8>>, KeyError> {
    let is_certificate =
        |label: &str| matches!(label, "CERTIFICATE" | "X509 CERTIFICATE" | "PKCS7" | "CMS");
    let mut certificates = Vec::new();
    for block in blocks(bytes, is_certificate, &mut Vec::new()) {
        let block = block?;
        match block.label.as_str() {
            "PKCS7" | "CMS" => certificates.extend(of_pkcs7(&block.content)?),
            _ => certificates.push(block.content.to_vec()),
        }
    }
    Ok(certificates)
}

/// Those of a `SignedData` without looking at signatures: a bundle has none (RFC 5652 section 5.1).
fn of_pkcs7(der: &[u8]) -> Result<Vec<Vec<u8>>, KeyError> {
    let broken = |detail: String| KeyError::BrokenKey {
        label: "PKCS7".to_owned(),
        detail,
    };
    let info = ContentInfo::from_der(der).map_err(|error| broken(error.to_string()))?;
    if info.kind.to_string() != SIGNED_DATA {
        return Err(broken(format!("content of type {}", info.kind)));
    }
    signed_data_certificates(info.content).map_err(|error| broken(error.to_string()))
}

fn signed_data_certificates(signed_data: AnyRef<'_>) -> der::Result<Vec<Vec<u8>>> {
    let certificates = Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(0),
    };
    let mut found = Vec::new();
    for field in elements(signed_data.value())? {
        if field.tag() != certificates {
            continue;
        }
        for certificate in elements(field.value())? {
            // Attribute certificates and the like have tags of their own.
            if certificate.tag() == Tag::Sequence {
                found.push(certificate.to_der()?);
            }
        }
    }
    Ok(found)
}

fn elements(content: &[u8]) -> der::Result<Vec<AnyRef<'_>>> {
    let mut reader = SliceReader::new(content)?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(AnyRef::decode(&mut reader)?);
    }
    Ok(elements)
}
