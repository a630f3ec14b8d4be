//! Public areas of TPM keys (`TPMT_PUBLIC`, TPM 2.0 Library, Part 2, section 12.2.4): octets enter, a public key leaves with
//! what the TPM lets it do. What can't sign for us is refused with its reason.

use super::TpmError;
use super::wire::Reader;
use crate::public_key::PublicKey;
use crate::{KeyAlgorithm, KeyError};

const RSA: u16 = 0x0001;
const KEYED_HASH: u16 = 0x0008;
const ECC: u16 = 0x0023;
pub(super) const NULL: u16 = 0x0010;
pub(super) const SHA256: u16 = 0x000b;
pub(super) const SHA384: u16 = 0x000c;
pub(super) const SHA512: u16 = 0x000d;
/// RSASSA-PKCS1-v1_5.
pub(super) const RSASSA: u16 = 0x0014;
const RSAES: u16 = 0x0015;
pub(super) const ECDSA: u16 = 0x0018;
const ECDAA: u16 = 0x001a;

const USER_WITH_AUTH: u32 = 1 << 6;
const RESTRICTED: u32 = 1 << 16;
const SIGN: u32 = 1 << 18;

/// A key that can sign for us.
#[derive(Clone, Debug)]
pub(super) struct PublicArea {
    pub(super) key: PublicKey,
    /// The only hash that the key signs, where it is bound to one.
    pub(super) bound_hash: Option<u16>,
}

impl PublicArea {
    /// Reads a `TPMT_PUBLIC`, without the length before it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        let mut reader = Reader::new(bytes, "public area");
        let kind = reader.u16()?;
        let _name_hash = reader.u16()?;
        let attributes = reader.u32()?;
        let _policy = reader.sized()?;
        if kind == KEYED_HASH {
            return Err(refuse(
                "it holds sealed data or an HMAC key, not a key pair",
            ));
        }
        check_attributes(attributes)?;
        let symmetric = reader.u16()?;
        if symmetric != NULL {
            let _bits_and_mode = reader.u32()?;
        }
        match kind {
            RSA => rsa(&mut reader),
            ECC => ecc(&mut reader),
            other => Err(KeyError::UnsupportedAlgorithm {
                algorithm: format!("TPM algorithm 0x{other:04x}"),
            }),
        }
    }
}

fn check_attributes(attributes: u32) -> Result<(), KeyError> {
    if attributes & SIGN == 0 {
        return Err(refuse(
            "the key lacks the attribute `sign`: make one with `-a …|sign|…`",
        ));
    }
    if attributes & RESTRICTED != 0 {
        return Err(refuse(
            "the key is restricted: it signs only what the TPM itself has made",
        ));
    }
    if attributes & USER_WITH_AUTH == 0 {
        return Err(refuse(
            "the key lacks the attribute `userwithauth`: it is used by a policy only, which is not supported",
        ));
    }
    Ok(())
}

fn refuse(reason: &str) -> KeyError {
    TpmError::Unsupported {
        reason: reason.to_owned(),
    }
    .into()
}

fn rsa(reader: &mut Reader<'_>) -> Result<PublicArea, KeyError> {
    let bound_hash = scheme(reader, RSASSA, "RSASSA-PKCS1-v1_5")?;
    let _bits = reader.u16()?;
    let exponent = match reader.u32()? {
        0 => 65_537,
        exponent => exponent,
    };
    let modulus = reader.sized()?;
    reader.end()?;
    Ok(PublicArea {
        key: PublicKey::rsa(modulus, &exponent.to_be_bytes())?,
        bound_hash,
    })
}

fn ecc(reader: &mut Reader<'_>) -> Result<PublicArea, KeyError> {
    let bound_hash = scheme(reader, ECDSA, "ECDSA")?;
    let curve = match reader.u16()? {
        3 => KeyAlgorithm::EcP256,
        4 => KeyAlgorithm::EcP384,
        5 => KeyAlgorithm::EcP521,
        other => {
            return Err(KeyError::UnsupportedAlgorithm {
                algorithm: format!("EC on TPM curve 0x{other:04x}"),
            });
        }
    };
    if reader.u16()? != NULL {
        let _hash = reader.u16()?;
    }
    let length = crate::public_key::coordinate_length(curve);
    let mut point = vec![4];
    for _ in ["x", "y"] {
        let coordinate = reader.sized()?;
        // A TPM may leave leading zeros out.
        point.extend(std::iter::repeat_n(
            0,
            length.saturating_sub(coordinate.len()),
        ));
        point.extend(coordinate);
    }
    reader.end()?;
    Ok(PublicArea {
        key: PublicKey::ec(curve, &point)?,
        bound_hash,
    })
}

/// The scheme that the key is bound to: none, or `ours` with a hash.
fn scheme(reader: &mut Reader<'_>, ours: u16, name: &str) -> Result<Option<u16>, KeyError> {
    match reader.u16()? {
        NULL => Ok(None),
        bound if bound == ours => Ok(Some(reader.u16()?)),
        RSAES | ECDAA => Err(refuse(&format!(
            "the key is bound to another use than {name}"
        ))),
        other => Err(refuse(&format!(
            "the key is bound to scheme 0x{other:04x}, and {name} is needed"
        ))),
    }
}
