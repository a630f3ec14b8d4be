//! SEC1 keys (RFC 5915): DER enters, a [`FileKey`] leaves. The curve is inside, or follows from the length.

use aws_lc_rs::signature::EcdsaKeyPair;
use der::asn1::{AnyRef, BitStringRef, ContextSpecific, ObjectIdentifier, OctetStringRef};
use der::{Decode, Reader, SliceReader, TagNumber};

use super::parse::{broken, unsupported};
use super::{CURVES, FileKey};
use crate::KeyError;
use crate::form::Form;

pub(super) fn parse(der: &[u8]) -> Result<FileKey, KeyError> {
    let named = curve(der).map_err(|error| broken(Form::Sec1, error))?;
    match named {
        Curve::Named(oid) if !CURVES.iter().any(|(_, known, _)| *known == oid) => {
            return Err(unsupported(&oid));
        }
        Curve::SpelledOut => return Err(KeyError::UnnamedCurve),
        Curve::Named(_) | Curve::LeftOut => {}
    }
    // Each is tried; the library looks at name, length and public key.
    for (algorithm, _, opened_by) in CURVES {
        if let Ok(pair) = EcdsaKeyPair::from_private_key_der(opened_by, der) {
            return FileKey::from_ec(algorithm, pair);
        }
    }
    Err(broken(
        Form::Sec1,
        "it is not a key on P-256, P-384 or P-521",
    ))
}

enum Curve {
    Named(String),
    SpelledOut,
    LeftOut,
}

fn curve(der: &[u8]) -> Result<Curve, der::Error> {
    SliceReader::new(der)?.sequence(|fields| {
        let _version = u8::decode(fields)?;
        let _scalar = <&OctetStringRef>::decode(fields)?;
        let parameters = ContextSpecific::<AnyRef<'_>>::decode_explicit(fields, TagNumber(0))?;
        let _public = ContextSpecific::<BitStringRef<'_>>::decode_explicit(fields, TagNumber(1))?;
        Ok(match parameters {
            None => Curve::LeftOut,
            Some(parameters) => match parameters.value.decode_as::<ObjectIdentifier>() {
                Ok(oid) => Curve::Named(oid.to_string()),
                Err(_) => Curve::SpelledOut,
            },
        })
    })
}
