//! What names a key: the value of a flag enters, and whether it is a URI of a key that stays in its place leaves, with what a TPM's URI
//! says. Every build knows them, so that one without tokens or TPMs refuses them by name.

use std::path::{Path, PathBuf};

/// What the value of a flag names that is no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUri {
    /// `pkcs11:…` (RFC 7512).
    Token,
    /// `tpm:…`, or `handle:…` as AWS's helper has it.
    Tpm,
}

impl KeyUri {
    /// By the scheme, in any case (RFC 3986 section 3.1); `None`: a file.
    pub fn of(path: &Path) -> Option<Self> {
        let text = path.to_string_lossy();
        let (scheme, _) = text.split_once(':')?;
        match scheme.to_ascii_lowercase().as_str() {
            "pkcs11" => Some(Self::Token),
            "tpm" | "handle" => Some(Self::Tpm),
            _ => None,
        }
    }

    /// For a message, without what may be a PIN: that is behind the `?`, or where `step` takes it, before it.
    pub fn shown(path: &Path) -> String {
        let text = path.to_string_lossy();
        if Self::of(path).is_none() {
            return text.into_owned();
        }
        let before = text.split('?').next().unwrap_or_default();
        let before = before.split("pin-").next().unwrap_or_default();
        before.trim_end_matches(';').to_owned()
    }
}

/// What a TPM's URI says: `handle:0x81000101`, `tpm:handle=0x81000101`, `tpm:file=KEY.pem`, each `tpm:` with `?device=PATH` where it is
/// another TPM than the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TpmUri {
    /// Where the key is.
    pub key: TpmKeyName,
    /// Device file or UNIX socket.
    pub device: Option<PathBuf>,
}

/// A key of a TPM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TpmKeyName {
    /// A persistent handle, `handle:0x81000101`.
    Handle(String),
    /// A `TSS2 PRIVATE KEY` file.
    File(PathBuf),
}

/// A URI that names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{shown}` names no key of a TPM; write tpm:handle=0x81000101, or tpm:file=KEY.pem for a TSS2 PRIVATE KEY file, with ?device=PATH where \
     it is another TPM than the first"
)]
pub struct TpmUriError {
    shown: String,
}

impl TpmUri {
    /// Reads one.
    ///
    /// # Errors
    /// It names no key, two, or says what is not known.
    pub fn parse(text: &str) -> Result<Self, TpmUriError> {
        let wrong = || TpmUriError {
            shown: KeyUri::shown(Path::new(text)),
        };
        let (scheme, rest) = text.split_once(':').ok_or_else(wrong)?;
        if scheme.eq_ignore_ascii_case("handle") {
            return Ok(Self {
                key: TpmKeyName::Handle(format!("handle:{rest}")),
                device: None,
            });
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (mut key, mut device) = (None, None);
        for attribute in path.split(';').chain(query.split('&')) {
            match attribute.split_once('=') {
                None if attribute.is_empty() => {}
                Some((_, "")) | None => return Err(wrong()),
                Some(("handle", handle)) if key.is_none() => {
                    key = Some(TpmKeyName::Handle(format!("handle:{handle}")));
                }
                Some(("file", file)) if key.is_none() => {
                    key = Some(TpmKeyName::File(PathBuf::from(file)));
                }
                Some(("device", path)) if device.is_none() => device = Some(PathBuf::from(path)),
                Some(_) => return Err(wrong()),
            }
        }
        Ok(Self {
            key: key.ok_or_else(wrong)?,
            device,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_known_by_its_scheme() {
        for (text, kind, shown) in [
            (
                "pkcs11:token=a?pin-value=1",
                Some(KeyUri::Token),
                "pkcs11:token=a",
            ),
            (
                "PKCS11:token=a;pin-value=1",
                Some(KeyUri::Token),
                "PKCS11:token=a",
            ),
            ("handle:0x81000101", Some(KeyUri::Tpm), "handle:0x81000101"),
            ("tpm:file=a?device=/b", Some(KeyUri::Tpm), "tpm:file=a"),
            ("tpm", None, "tpm"),
            ("a/tpm:b?c", None, "a/tpm:b?c"),
            ("key.pem", None, "key.pem"),
        ] {
            assert_eq!(KeyUri::of(Path::new(text)), kind, "{text}");
            assert_eq!(KeyUri::shown(Path::new(text)), shown);
        }
    }

    #[test]
    fn a_tpms_uri_names_one_key() {
        let handle = |text: &str| TpmKeyName::Handle(text.to_owned());
        for (text, key, device) in [
            ("handle:81000101", handle("handle:81000101"), None),
            ("tpm:handle=0x81000101", handle("handle:0x81000101"), None),
            (
                "TPM:handle=1?device=/dev/tpm1",
                handle("handle:1"),
                Some("/dev/tpm1"),
            ),
            (
                "tpm:device=/b;file=a/b.pem",
                TpmKeyName::File("a/b.pem".into()),
                Some("/b"),
            ),
        ] {
            let expected = TpmUri {
                key,
                device: device.map(PathBuf::from),
            };
            assert_eq!(TpmUri::parse(text), Ok(expected), "{text}");
        }
        for text in [
            "tpm:",
            "tpm:handle=",
            "tpm:handle=1;file=a",
            "tpm:handle=1;handle=2",
            "tpm:name=a",
            "tpm:handle",
            "tpm:device=/dev/tpm1",
        ] {
            let said = TpmUri::parse(text).unwrap_err().to_string();
            assert!(said.contains("tpm:handle="), "{said}");
        }
    }
}
