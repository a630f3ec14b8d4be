//! PKCS#11 URIs (RFC 7512): text enters, the attributes that it names leave. What a URI says and we would not act on is
//! refused: a word that is passed over could be the one that told two keys apart.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Pkcs11Error;
use crate::{KeyUri, Password};

/// The kinds of object that an identity is made of (`type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ObjectType {
    /// `cert`
    Certificate,
    /// `private`
    PrivateKey,
    /// `secret-key`
    SecretKey,
    /// `public` and `data`: nothing of ours.
    Other,
}

/// Where a URI says that the PIN is.
#[derive(Clone)]
pub(crate) enum UriPin {
    /// `pin-value`
    Value(Password),
    /// `pin-source`, a file.
    File(PathBuf),
}

/// A parsed URI. What is `None` matches everything.
#[derive(Clone, Default)]
pub struct Pkcs11Uri {
    pub(crate) token: Option<String>,
    pub(crate) manufacturer: Option<String>,
    pub(crate) serial: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) library_manufacturer: Option<String>,
    pub(crate) library_description: Option<String>,
    pub(crate) library_version: Option<(u8, u8)>,
    pub(crate) slot_manufacturer: Option<String>,
    pub(crate) slot_description: Option<String>,
    pub(crate) slot_id: Option<u64>,
    pub(crate) object: Option<String>,
    pub(crate) id: Option<Vec<u8>>,
    pub(crate) object_type: Option<ObjectType>,
    pub(crate) pin: Option<UriPin>,
    pub(crate) module_path: Option<PathBuf>,
    pub(crate) module_name: Option<String>,
    /// The URI without its query, which may hold the PIN.
    shown: String,
}

impl fmt::Display for Pkcs11Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Pkcs11Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pkcs11Uri({})", self.shown)
    }
}

impl Pkcs11Uri {
    /// Parses a URI.
    ///
    /// # Errors
    /// [`Pkcs11Error::MalformedUri`], which says which attribute and why. It shows no query: there may be a PIN in it.
    pub fn parse(text: &str) -> Result<Self, Pkcs11Error> {
        let is_one = KeyUri::of(Path::new(text)) == Some(KeyUri::Token);
        let rest = text.split_once(':').filter(|_| is_one);
        let rest = rest.map_or("", |(_, rest)| rest);
        let (path, query) = rest
            .split_once('?')
            .map_or((rest, None), |(path, query)| (path, Some(query)));
        let shown = shown(path);
        let mut uri = Self {
            shown: shown.clone(),
            ..Self::default()
        };
        let refuse = |detail: String| Pkcs11Error::MalformedUri {
            uri: shown.clone(),
            detail,
        };
        if !is_one {
            return Err(refuse("it does not begin with `pkcs11:`".to_owned()));
        }
        let mut seen = Vec::new();
        let attributes = path.split(';').map(|part| (part, false));
        let queries = query
            .into_iter()
            .flat_map(|query| query.split('&'))
            .map(|part| (part, true));
        for (part, in_query) in attributes.chain(queries) {
            if part.is_empty() {
                continue;
            }
            let (name, value) = part
                .split_once('=')
                // A part of the query is not repeated: it may be half a PIN.
                .ok_or_else(|| {
                    refuse(if in_query {
                        "a part of its query has no `=`".to_owned()
                    } else {
                        format!("`{part}` has no `=`")
                    })
                })?;
            if seen.contains(&name) {
                return Err(refuse(format!("`{name}` is there twice")));
            }
            seen.push(name);
            let value = decode(value).map_err(|detail| refuse(format!("`{name}`: {detail}")))?;
            let taken = if in_query {
                uri.take_query(name, value)
            } else {
                uri.take_path(name, value)
            };
            taken.map_err(|detail| refuse(format!("`{name}`: {detail}")))?;
        }
        Ok(uri)
    }

    fn take_path(&mut self, name: &str, value: Vec<u8>) -> Result<(), String> {
        if name == "id" {
            self.id = Some(value);
            return Ok(());
        }
        let value = String::from_utf8(value).map_err(|_| "it is not UTF-8".to_owned())?;
        let field = match name {
            "token" => &mut self.token,
            "manufacturer" => &mut self.manufacturer,
            "serial" => &mut self.serial,
            "model" => &mut self.model,
            "library-manufacturer" => &mut self.library_manufacturer,
            "library-description" => &mut self.library_description,
            "slot-manufacturer" => &mut self.slot_manufacturer,
            "slot-description" => &mut self.slot_description,
            "object" => &mut self.object,
            "library-version" => {
                self.library_version = Some(version(&value)?);
                return Ok(());
            }
            "slot-id" => {
                let number = value.parse().map_err(|_| "it is no number".to_owned())?;
                self.slot_id = Some(number);
                return Ok(());
            }
            "type" => {
                self.object_type = Some(object_type(&value)?);
                return Ok(());
            }
            "pin-value" | "pin-source" | "module-path" | "module-name" => {
                return Err("it belongs behind the `?`".to_owned());
            }
            _ => return Err("this attribute is not known, so it can match nothing".to_owned()),
        };
        *field = Some(value);
        Ok(())
    }

    fn take_query(&mut self, name: &str, value: Vec<u8>) -> Result<(), String> {
        if name == "pin-value" {
            return self.take_pin(UriPin::Value(Password::new(value)));
        }
        let value = String::from_utf8(value).map_err(|_| "it is not UTF-8".to_owned())?;
        match name {
            "pin-source" => {
                if value.starts_with('|') {
                    return Err("commands are not run; give a file (`file:/PATH` or `/PATH`)".to_owned());
                }
                let path = value.strip_prefix("file:").unwrap_or(&value);
                let path = path.strip_prefix("//localhost").unwrap_or(path);
                let path = path.strip_prefix("//").unwrap_or(path);
                if path.is_empty() {
                    return Err("it names no file".to_owned());
                }
                self.take_pin(UriPin::File(PathBuf::from(path)))
            }
            "module-path" => {
                if !Path::new(&value).is_absolute() {
                    return Err("it is no absolute path".to_owned());
                }
                self.module_path = Some(PathBuf::from(value));
                Ok(())
            }
            "module-name" => {
                let plain = |c: char| c.is_ascii_alphanumeric() || "-_.+".contains(c);
                if value.is_empty() || !value.chars().all(plain) {
                    return Err("it must be a bare name such as `softhsm2`, without path and ending".to_owned());
                }
                self.module_name = Some(value);
                Ok(())
            }
            // RFC 7512 section 2.4 leaves these to vendors; nobody finds an object by them.
            vendor if vendor.starts_with("x-") => Ok(()),
            _ => Err("this word is not known in the query (known: pin-value, pin-source, module-path, module-name)".to_owned()),
        }
    }

    fn take_pin(&mut self, pin: UriPin) -> Result<(), String> {
        if self.pin.is_some() {
            return Err("`pin-value` and `pin-source` exclude each other".to_owned());
        }
        self.pin = Some(pin);
        Ok(())
    }
}

/// The path as it may be shown: a PIN that was put into it by mistake is left out.
fn shown(path: &str) -> String {
    let parts = path.split(';').map(|part| {
        if part.starts_with("pin-") {
            "pin-…"
        } else {
            part
        }
    });
    format!("pkcs11:{}", parts.collect::<Vec<_>>().join(";"))
}

fn version(text: &str) -> Result<(u8, u8), String> {
    let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
    match (major.parse(), minor.parse()) {
        (Ok(major), Ok(minor)) => Ok((major, minor)),
        _ => Err("it is no version such as `2.6`".to_owned()),
    }
}

fn object_type(text: &str) -> Result<ObjectType, String> {
    match text {
        "cert" => Ok(ObjectType::Certificate),
        "private" => Ok(ObjectType::PrivateKey),
        "secret-key" => Ok(ObjectType::SecretKey),
        "public" | "data" => Ok(ObjectType::Other),
        _ => Err("it must be cert, private, public, secret-key or data".to_owned()),
    }
}

/// Percent-decoding (RFC 3986 section 2.1).
fn decode(text: &str) -> Result<Vec<u8>, &'static str> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16));
        match (digit(), digit()) {
            (Some(high), Some(low)) => decoded.extend(u8::try_from(high * 16 + low)),
            _ => return Err("a `%` without two hexadecimal digits behind it"),
        }
    }
    Ok(decoded)
}

/// A value as it stands in a URI's path: what RFC 7512 section 2.3 lets through stays, the rest is percent-encoded.
pub(crate) fn encode(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        let character = char::from(*byte);
        if character.is_ascii_alphanumeric() || "-._~:[]@!$'()*+,=&".contains(character) {
            out.push(character);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// An id, every octet percent-encoded, as other tools print it.
pub(crate) fn encode_id(id: &[u8]) -> String {
    id.iter().map(|byte| format!("%{byte:02X}")).collect()
}
