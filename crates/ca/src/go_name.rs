//! Names as Go's programs encode them: texts enter, a [`Subject`] leaves. A text is a PrintableString where it can be one and a
//! UTF8String where not; called where a certificate is to be `step`'s.

use crate::der_writer::{Writer, tag};
use crate::{CaError, Subject};

const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];
/// RFC 5280 appendix A.1.
const LONGEST: usize = 64;
const PRINTABLE_STRING: u8 = 0x13;
const UTF8_STRING: u8 = 0x0c;
const SET: u8 = 0x31;

impl Subject {
    /// A common name as Go writes it; an empty one is the empty name.
    ///
    /// # Errors
    /// [`CaError::Subject`] for more than 64 characters.
    pub fn common_name_as_go(text: &str) -> Result<Self, CaError> {
        if text.is_empty() {
            return Ok(Self::empty());
        }
        let length = text.chars().count();
        if length > LONGEST {
            return Err(CaError::Subject {
                text: text.to_owned(),
                detail: format!("it has {length} characters; at most {LONGEST} are allowed"),
            });
        }
        let kind = match text.bytes().all(is_printable) {
            true => PRINTABLE_STRING,
            false => UTF8_STRING,
        };
        let der = Writer::element(tag::SEQUENCE, |name| {
            name.nest(SET, |part| {
                part.nest(tag::SEQUENCE, |attribute| {
                    attribute.put(tag::OBJECT_IDENTIFIER, &COMMON_NAME);
                    attribute.put(kind, text.as_bytes());
                });
            });
        });
        Self::from_der(&der)
    }
}

/// X.680's PrintableString; Go takes no others for one either.
fn is_printable(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&octet)
}
