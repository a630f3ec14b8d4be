//! Smithy RPC v2 with CBOR (Smithy, RPC v2 CBOR protocol): members travel as CBOR, and become the JSON that the rest of the house reads: bytes
//! as base64, timestamps as seconds. The way back marks timestamps by the names of their members.

use std::io::Cursor;

use base64_simd::STANDARD;
use ciborium::Value as Cbor;
use serde_json::{Map, Number, Value};

/// The media type of requests and answers.
pub const CONTENT_TYPE: &str = "application/cbor";
/// The header that names the protocol.
pub const PROTOCOL_HEADER: &str = "smithy-protocol";
/// What it says.
pub const PROTOCOL: &str = "rpc-v2-cbor";

/// Epoch-based date and time (RFC 8949 section 3.4.2).
const TIMESTAMP_TAG: u64 = 1;
/// How deep members may lie inside each other.
const MAX_DEPTH: usize = 32;

/// A body that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body is not CBOR that this protocol has: {0}")]
pub struct CborError(String);

fn bad(detail: impl ToString) -> CborError {
    CborError(detail.to_string())
}

/// The service and the operation of a path, `/service/{service}/operation/{operation}`; a prefix before it is allowed.
pub fn operation(path: &str) -> Option<(&str, &str)> {
    let (_, rest) = path.rsplit_once("/service/")?;
    let (service, operation) = rest.split_once("/operation/")?;
    let is_name = |name: &str| !name.is_empty() && !name.contains('/');
    (is_name(service) && is_name(operation)).then_some((service, operation))
}

/// The members of a request; an empty body has none.
///
/// # Errors
/// What is no CBOR map of texts to values, or has something behind it.
pub fn decode(body: &[u8]) -> Result<Map<String, Value>, CborError> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    let mut reader = Cursor::new(body);
    let value: Cbor =
        ciborium::de::from_reader_with_recursion_limit(&mut reader, MAX_DEPTH).map_err(bad)?;
    if usize::try_from(reader.position()).ok() != Some(body.len()) {
        return Err(bad("there is data after its end"));
    }
    match to_json(value)? {
        Value::Object(members) => Ok(members),
        _ => Err(bad("it is no map")),
    }
}

fn to_json(value: Cbor) -> Result<Value, CborError> {
    Ok(match value {
        Cbor::Null => Value::Null,
        Cbor::Bool(flag) => Value::Bool(flag),
        Cbor::Text(text) => Value::String(text),
        Cbor::Bytes(bytes) => Value::String(STANDARD.encode_to_string(bytes)),
        Cbor::Integer(number) => {
            let number = i64::try_from(number).map_err(bad)?;
            Value::Number(number.into())
        }
        Cbor::Float(number) => Number::from_f64(number)
            .map(Value::Number)
            .ok_or_else(|| bad("a number is not finite"))?,
        Cbor::Array(items) => {
            Value::Array(items.into_iter().map(to_json).collect::<Result<_, _>>()?)
        }
        Cbor::Map(entries) => {
            let mut members = Map::new();
            for (key, value) in entries {
                let Cbor::Text(key) = key else {
                    return Err(bad("a key is no text"));
                };
                if members.insert(key, to_json(value)?).is_some() {
                    return Err(bad("a key is there twice"));
                }
            }
            Value::Object(members)
        }
        Cbor::Tag(TIMESTAMP_TAG, value) => to_json(*value)?,
        _ => return Err(bad("it holds a tag that is not known")),
    })
}

/// The body of an answer; numbers of members called as in `timestamps` are seconds since 1970.
///
/// # Errors
/// None in practice: memory is written to.
pub fn encode(value: &Value, timestamps: &[&str]) -> Result<Vec<u8>, CborError> {
    let mut body = Vec::new();
    ciborium::into_writer(&to_cbor(value, timestamps, false), &mut body).map_err(bad)?;
    Ok(body)
}

fn to_cbor(value: &Value, timestamps: &[&str], is_time: bool) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(flag) => Cbor::Bool(*flag),
        Value::String(text) => Cbor::Text(text.clone()),
        Value::Number(number) if is_time => {
            let seconds = number.as_f64().unwrap_or_default();
            Cbor::Tag(TIMESTAMP_TAG, Box::new(Cbor::Float(seconds)))
        }
        Value::Number(number) => match number.as_i64() {
            Some(number) => Cbor::Integer(number.into()),
            None => Cbor::Float(number.as_f64().unwrap_or_default()),
        },
        Value::Array(items) => {
            let items = items.iter();
            Cbor::Array(
                items
                    .map(|item| to_cbor(item, timestamps, is_time))
                    .collect(),
            )
        }
        Value::Object(members) => Cbor::Map(
            members
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| {
                    let is_time = timestamps.contains(&key.as_str());
                    (Cbor::Text(key.clone()), to_cbor(value, timestamps, is_time))
                })
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_name_service_and_operation() {
        for (path, expected) in [
            (
                "/service/ACMPrivateCA/operation/ListTags",
                Some(("ACMPrivateCA", "ListTags")),
            ),
            ("/a/service/S/operation/O", Some(("S", "O"))),
            ("/service/S/operation/", None),
            ("/service//operation/O", None),
            ("/service/S/operation/O/x", None),
            ("/service/S", None),
            ("/", None),
        ] {
            assert_eq!(operation(path), expected, "{path}");
        }
    }

    #[test]
    fn members_come_in_as_json() {
        // {"Csr": h'2d2d', "Validity": {"Value": 7, "Type": "DAYS"}, "At": 1(1.5), "List": [true, null]}
        let body = hex(
            "a463437372422d2d6856616c6964697479a26556616c7565076454797065644441595362\
             4174c1fb3ff8000000000000644c69737482f5f6",
        );
        let members = decode(&body).unwrap();
        assert_eq!(
            Value::Object(members),
            json!({"Csr": "LS0=", "Validity": {"Value": 7, "Type": "DAYS"}, "At": 1.5, "List": [true, null]})
        );
        assert_eq!(decode(&[]).unwrap(), Map::new());
        for broken in [
            "a1",
            "80",
            "a0ff",
            "a10102",
            "a1616101ff",
            "a1616141",
            "a2616101616102",
            "a16161c20102",
            "a16161f97e00",
        ] {
            assert!(decode(&hex(broken)).is_err(), "{broken}");
        }
        let deep = [vec![0x81; 100], vec![0xa0]].concat();
        assert!(decode(&deep).is_err());
    }

    #[test]
    fn answers_go_out_with_marked_times() {
        let value = json!({"A": {"CreatedAt": 1.5, "N": 7, "Left": null}, "L": ["x"]});
        let body = encode(&value, &["CreatedAt"]).unwrap();
        // {"A": {"CreatedAt": 1(1.5), "N": 7}, "L": ["x"]}
        assert_eq!(
            body,
            hex("a26141a269437265617465644174c1f93e00614e07614c816178")
        );
        assert_eq!(
            Value::Object(decode(&body).unwrap()),
            json!({"A": {"CreatedAt": 1.5, "N": 7}, "L": ["x"]})
        );
    }

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }
}
