//! Which certificate of a store is meant: the text or JSON of `--cert-selector` enters, and of any certificate it says
//! whether it is one of these. The language is that of AWS's helper.

use std::path::{Path, PathBuf};

use anyrole_x509::Certificate;
use serde::Deserialize;

/// Criteria that a certificate must meet; those that are absent are met by all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateSelector {
    subject: Option<String>,
    issuer: Option<String>,
    /// Lower-case hex without leading zeroes.
    serial: Option<String>,
}

/// A selector that can't be understood.
#[derive(Debug, thiserror::Error)]
pub enum SelectorError {
    /// Neither the text form nor JSON.
    #[error(
        "`{presented}` is not a selector: write Key=x509Subject,Value=CN=NAME (and the same of x509Issuer and x509Serial, with a space between), or file://PATH of a JSON file"
    )]
    NotPairs {
        /// As given, or what is left of it behind the pairs that could be read.
        presented: String,
    },
    /// A key that there is not.
    #[error(
        "`{presented}` is not a key of a selector: these are x509Subject, x509Issuer and x509Serial"
    )]
    UnknownKey {
        /// As given.
        presented: String,
    },
    /// A key that is there twice.
    #[error("{key} is there twice in the selector: each key may be there once")]
    DuplicateKey {
        /// The key.
        key: &'static str,
    },
    /// A criterion of nothing.
    #[error("{key} has no value in the selector: leave it out, or say which it is")]
    EmptyValue {
        /// The key.
        key: &'static str,
    },
    /// A serial number that is none.
    #[error("x509Serial `{presented}` is not a serial number in hex, such as 15D19632234BF759")]
    Serial {
        /// As given.
        presented: String,
    },
    /// The file can't be read.
    #[error("cannot read the selector file `{}`: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is not as it should be.
    #[error(r#"selector file `{}`: {cause}: it must hold [{{"Key":"x509Subject","Value":"CN=NAME"}}]"#, path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: serde_json::Error,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    #[serde(rename = "Key", alias = "key")]
    key: String,
    #[serde(rename = "Value", alias = "value")]
    value: String,
}

impl CertificateSelector {
    /// Reads `file://PATH` (always JSON) or the text itself (never JSON).
    ///
    /// # Errors
    /// What can't be understood: nothing is passed over.
    pub fn read(presented: &str) -> Result<Self, SelectorError> {
        match presented.strip_prefix("file://") {
            Some(path) => Self::read_json_file(Path::new(path)),
            None => Self::parse(presented),
        }
    }

    /// `Key=x509Subject,Value=CN=NAME Key=x509Issuer,Value=…`: white space around a value is not part of it, inside it is;
    /// a value can hold neither `Key=` nor a line's end.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(presented: &str) -> Result<Self, SelectorError> {
        let mut selector = Self::default();
        let mut rest = presented.trim_start_matches(is_space);
        if rest.is_empty() {
            return Err(not_pairs(presented));
        }
        while !rest.is_empty() {
            let (key, value, behind) = pair(rest).ok_or_else(|| not_pairs(rest))?;
            selector.add(key, value)?;
            rest = behind;
        }
        Ok(selector)
    }

    fn read_json_file(path: &Path) -> Result<Self, SelectorError> {
        let text = std::fs::read(path).map_err(|cause| SelectorError::Unreadable {
            path: path.to_owned(),
            cause,
        })?;
        let pairs: Vec<Pair> =
            serde_json::from_slice(&text).map_err(|cause| SelectorError::Json {
                path: path.to_owned(),
                cause,
            })?;
        let mut selector = Self::default();
        for Pair { key, value } in &pairs {
            selector.add(key, value)?;
        }
        Ok(selector)
    }

    fn add(&mut self, key: &str, value: &str) -> Result<(), SelectorError> {
        let (key, place) = match key {
            "x509Subject" => ("x509Subject", &mut self.subject),
            "x509Issuer" => ("x509Issuer", &mut self.issuer),
            "x509Serial" => ("x509Serial", &mut self.serial),
            other => {
                let presented = other.to_owned();
                return Err(SelectorError::UnknownKey { presented });
            }
        };
        if value.trim_matches(is_space).is_empty() {
            return Err(SelectorError::EmptyValue { key });
        }
        let value = match key {
            "x509Serial" => serial(value)?,
            _ => value.to_owned(),
        };
        match place.replace(value) {
            None => Ok(()),
            Some(_) => Err(SelectorError::DuplicateKey { key }),
        }
    }

    /// Whether the certificate meets every criterion: names equal in the text form of AWS's helper
    /// ([`anyrole_x509::Name::selector_text`]), and the serial number.
    #[must_use]
    pub fn matches(&self, certificate: &Certificate) -> bool {
        let summary = certificate.summary();
        let is = |wanted: &Option<String>, of: &dyn Fn() -> String| {
            wanted.as_ref().is_none_or(|wanted| *wanted == of())
        };
        is(&self.subject, &|| summary.subject.selector_text())
            && is(&self.issuer, &|| summary.issuer.selector_text())
            && is(&self.serial, &|| shortest(&summary.serial_hex))
    }
}

fn not_pairs(presented: &str) -> SelectorError {
    SelectorError::NotPairs {
        presented: presented.to_owned(),
    }
}

/// What Go's regular expressions call `\s`.
fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0c')
}

/// The first pair of a text that begins with it, and what stands behind it.
fn pair(text: &str) -> Option<(&str, &str, &str)> {
    let (key, rest) = text.strip_prefix("Key=")?.split_once(",Value=")?;
    let ends = |(position, _): &(usize, char)| {
        let behind = rest.get(*position..)?.trim_start_matches(is_space);
        (behind.is_empty() || behind.starts_with("Key=")).then_some((*position, behind))
    };
    let end = rest.char_indices().skip(1).find_map(|at| ends(&at));
    let (end, behind) = end.unwrap_or((rest.len(), ""));
    let value = rest.get(..end)?;
    let on_one_line = !key.contains('\n') && !value.contains('\n');
    (on_one_line && !key.is_empty() && !value.is_empty()).then_some((key, value, behind))
}

fn serial(presented: &str) -> Result<String, SelectorError> {
    if !presented.bytes().all(|octet| octet.is_ascii_hexdigit()) {
        return Err(SelectorError::Serial {
            presented: presented.to_owned(),
        });
    }
    Ok(shortest(&presented.to_ascii_lowercase()))
}

fn shortest(hex: &str) -> String {
    match hex.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    }
}

#[cfg(test)]
#[path = "selector_tests.rs"]
mod tests;
