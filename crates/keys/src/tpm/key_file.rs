//! TPM key files (`TSS2 PRIVATE KEY`, draft-bottomley-tpm2-keys): PEM enters, what the TPM loads leaves, and the way back. Only loadable keys
//! without policies; what else there is says why not.

use pkcs8::ObjectIdentifier;
use pkcs8::SecretDocument;
use pkcs8::der::asn1::AnyRef;
use pkcs8::der::pem::LineEnding;
use pkcs8::der::{self, Decode, Encode as _, Reader as _, SliceReader, Tag, Tagged};

use super::TpmError;
use super::wire::sized;
use crate::tlv::{octets, sequence};

const LABEL: &str = "TSS2 PRIVATE KEY";
const LOADABLE: &str = "2.23.133.10.1.3";
const IMPORTABLE: &str = "2.23.133.10.1.4";
const SEALED: &str = "2.23.133.10.1.5";

/// What a file holds; the private part is encrypted by the TPM.
#[derive(Debug, Default)]
pub(super) struct KeyFile {
    pub(super) empty_auth: bool,
    pub(super) rsa_parent: bool,
    pub(super) parent: u32,
    /// `TPMT_PUBLIC`.
    pub(super) public: Vec<u8>,
    /// `TPM2B_PRIVATE` without its length.
    pub(super) private: Vec<u8>,
}

/// Whether the PEM text has such a key.
pub(super) fn is_one(pem: &[u8]) -> bool {
    block(pem).is_some()
}

fn block(pem: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(pem).ok()?;
    let begin = text.find(&format!("-----BEGIN {LABEL}-----"))?;
    let end_line = format!("-----END {LABEL}-----");
    let length = text.get(begin..)?.find(&end_line)? + end_line.len();
    text.get(begin..begin + length)
}

impl KeyFile {
    pub(super) fn parse(pem: &[u8]) -> Result<Self, TpmError> {
        let broken = |detail: String| TpmError::BrokenKeyFile { detail };
        let block = block(pem).ok_or_else(|| broken(format!("there is no `{LABEL}` in it")))?;
        let (_, der) =
            SecretDocument::from_pem(block).map_err(|error| broken(error.to_string()))?;
        let fields = fields(der.as_bytes()).map_err(|error| broken(error.to_string()))?;
        check(&fields)?;
        let inner = |bytes: &[u8], what: &str| {
            let (length, rest) = bytes
                .split_at_checked(2)
                .ok_or_else(|| broken(format!("its {what} is cut off")))?;
            let length = length
                .iter()
                .fold(0, |number: usize, byte| number << 8 | usize::from(*byte));
            if length == rest.len() {
                Ok(rest.to_vec())
            } else {
                Err(broken(format!(
                    "its {what} has another length than it says"
                )))
            }
        };
        let parent = fields
            .parent
            .ok_or_else(|| broken("its parent is no handle".to_owned()))?;
        if !is_parent(parent) {
            return Err(TpmError::Unsupported {
                reason: format!(
                    "its parent 0x{parent:08x} is neither a hierarchy (owner, endorsement, platform, null) nor a persistent handle (0x81…)"
                ),
            });
        }
        Ok(Self {
            empty_auth: fields.empty_auth,
            rsa_parent: fields.rsa_parent,
            parent,
            public: inner(&fields.public, "public part")?,
            private: inner(&fields.private, "private part")?,
        })
    }
}

/// TPM 2.0 Library, Part 2, sections 7.2 and 7.4: a key that stays, or `TPM_RH_OWNER`, `_NULL`, `_ENDORSEMENT`, `_PLATFORM`.
fn is_parent(handle: u32) -> bool {
    handle >> 24 == 0x81 || [0x4000_0001, 0x4000_0007, 0x4000_000b, 0x4000_000c].contains(&handle)
}

/// The file of a loadable key under a hierarchy's elliptic storage key, without policies.
pub(super) fn render(
    empty_auth: bool,
    parent: u32,
    public: &[u8],
    private: &[u8],
) -> Result<String, TpmError> {
    let broken = |error: der::Error| TpmError::BrokenKeyFile {
        detail: error.to_string(),
    };
    let kind = ObjectIdentifier::new_unwrap(LOADABLE)
        .to_der()
        .map_err(broken)?;
    // An explicitly tagged TRUE, where there is no password.
    let empty_auth: &[u8] = if empty_auth {
        &[0xa0, 0x03, 0x01, 0x01, 0xff]
    } else {
        &[]
    };
    let parent = parent.to_der().map_err(broken)?;
    let [public, private] = [public, private].map(|part| octets(&sized(part)));
    let der = sequence(&[&kind, empty_auth, &parent, &public, &private]);
    let document = SecretDocument::try_from(der.as_slice()).map_err(broken)?;
    let pem = document.to_pem(LABEL, LineEnding::LF).map_err(broken)?;
    Ok(pem.to_string())
}

#[derive(Default)]
struct Fields {
    kind: String,
    empty_auth: bool,
    policy: bool,
    secret: bool,
    auth_policy: bool,
    rsa_parent: bool,
    parent: Option<u32>,
    public: Vec<u8>,
    private: Vec<u8>,
}

fn check(fields: &Fields) -> Result<(), TpmError> {
    let reason = match fields.kind.as_str() {
        LOADABLE if fields.policy || fields.auth_policy => {
            "its key is used by a policy, which is not supported"
        }
        LOADABLE if fields.secret => "it has an encrypted secret, which only importable keys have",
        LOADABLE => return Ok(()),
        IMPORTABLE => {
            "it is an importable key: load it into the TPM first (`tpm2_import`), and name the handle or the new file"
        }
        SEALED => "it holds sealed data, not a key",
        other => {
            return Err(TpmError::Unsupported {
                reason: format!("its type {other} is not known"),
            });
        }
    };
    Err(TpmError::Unsupported {
        reason: reason.to_owned(),
    })
}

/// The members in whatever form the tools in use write them.
fn fields(der_bytes: &[u8]) -> der::Result<Fields> {
    SliceReader::new(der_bytes)?.sequence(|reader| {
        let kind: ObjectIdentifier = ObjectIdentifier::decode(reader)?;
        let mut fields = Fields {
            kind: kind.to_string(),
            ..Fields::default()
        };
        let mut octets = Vec::new();
        while !reader.is_finished() {
            let member = AnyRef::decode(reader)?;
            match member.tag() {
                Tag::ContextSpecific { number, .. } => match number.value() {
                    0 => fields.empty_auth = truth(member.value())?,
                    1 => fields.policy = true,
                    2 => fields.secret = true,
                    3 => fields.auth_policy = true,
                    5 => fields.rsa_parent = truth(member.value())?,
                    // A description.
                    _ => {}
                },
                Tag::Integer => fields.parent = handle(member.value()),
                Tag::OctetString => octets.push(member.value().to_vec()),
                other => return Err(other.value_error().into()),
            }
        }
        let mut octets = octets.into_iter();
        fields.public = octets.next().unwrap_or_default();
        fields.private = octets.next().unwrap_or_default();
        Ok(fields)
    })
}

/// An explicitly tagged BOOLEAN. DER's TRUE is 0xff; some tools write 0x01.
fn truth(explicit: &[u8]) -> der::Result<bool> {
    match AnyRef::from_der(explicit)? {
        value if value.tag() == Tag::Boolean && value.value().len() == 1 => {
            Ok(value.value() != [0])
        }
        value => Err(value.tag().value_error().into()),
    }
}

/// A handle of four octets, with or without the zero that keeps a number positive.
fn handle(number: &[u8]) -> Option<u32> {
    let number = match number {
        [0, rest @ ..] if rest.len() == 4 => rest,
        number => number,
    };
    (number.len() <= 4).then(|| {
        number
            .iter()
            .fold(0, |handle, byte| handle << 8 | u32::from(*byte))
    })
}
