//! Enrolment and renewal of certificates, which AWS does not have: the messages of `/-/enroll`, `/-/renew` and
//! `/-/join-tokens`, the text of a join token, and the bytes that a new key signs to prove itself. Both ends use them.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a machine gets its first certificate.
pub const ENROLL_PATH: &str = "/-/enroll";
/// Where a machine gets the next one.
pub const RENEW_PATH: &str = "/-/renew";
/// Where operators make, list and delete join tokens; one of them is at `/-/join-tokens/{id}`.
pub const JOIN_TOKENS_PATH: &str = "/-/join-tokens";

/// What a join token begins with; another number means other parts.
const TOKEN_BEGINS: &str = "anyrole-join-1";

/// The parts of a join token, `anyrole-join-1.ID.SECRET.AUTHORITY[.TLS]`. Nothing of it is proved.
#[derive(Clone, PartialEq, Eq)]
pub struct JoinTokenText<'a> {
    /// Which token: 16 hexadecimal digits, no secret.
    pub id: &'a str,
    /// 64 hexadecimal digits; the server keeps their hash alone.
    pub secret: &'a str,
    /// SHA-256 of the issuing authority's certificate, 64 hexadecimal digits: who enrols takes certificates of no other.
    pub authority: &'a str,
    /// SHA-256 of a certificate that the server shows in TLS, or of the authority above it, where the token was made for one.
    pub tls: Option<&'a str>,
}

/// It holds a secret.
impl fmt::Debug for JoinTokenText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinTokenText")
            .field("id", &self.id)
            .field("authority", &self.authority)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

/// A text that is no join token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no join token: one begins with `anyrole-join-1.` and is copied whole, in one line, as `anyrole join-token create` printed it"
)]
pub struct NoJoinToken;

impl<'a> JoinTokenText<'a> {
    /// Reads a token; white space around it is none of it.
    ///
    /// # Errors
    /// [`NoJoinToken`], which repeats nothing of the text.
    pub fn parse(text: &'a str) -> Result<Self, NoJoinToken> {
        let mut parts = text.trim().split('.');
        let (begins, id, secret, authority, tls) = (
            parts.next(),
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
            parts.next(),
        );
        let is_hex = |text: &str, length: usize| {
            text.len() == length
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        };
        let fits = begins == Some(TOKEN_BEGINS)
            && is_hex(id, 16)
            && is_hex(secret, 64)
            && is_hex(authority, 64)
            && tls.is_none_or(|tls| is_hex(tls, 64))
            && parts.next().is_none();
        match fits {
            true => Ok(Self {
                id,
                secret,
                authority,
                tls,
            }),
            false => Err(NoJoinToken),
        }
    }

    /// The text, to be shown once.
    #[must_use]
    pub fn render(&self) -> String {
        let Self {
            id,
            secret,
            authority,
            ..
        } = self;
        let tls = self.tls.map(|tls| format!(".{tls}")).unwrap_or_default();
        format!("{TOKEN_BEGINS}.{id}.{secret}.{authority}{tls}")
    }
}

/// What a machine asks for with a join token.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// The join token.
    pub token: String,
    /// PKCS#10 in PEM: whose key. Names in it count for nothing.
    pub csr: String,
    /// The subject asked for, where the token leaves a choice: `CN=web-7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Alternative names asked for, where the token leaves a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// When the proof was made. Of two requests for one key the later counts.
    pub signed_at: Timestamp,
    /// The key's signature over [`Proof::text`], base64.
    pub proof: String,
}

/// What a machine asks for with its present certificate; the request is signed as CreateSession is, for this path.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenewRequest {
    /// PKCS#10 in PEM: whose key, the present one or a new one. Names in it count for nothing.
    pub csr: String,
    /// When the proof was made.
    pub signed_at: Timestamp,
    /// The signature of the key in the signing request over [`Proof::text`], base64.
    pub proof: String,
}

/// The certificate, and what is above it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IssuedCertificate {
    /// PEM.
    pub certificate: String,
    /// PEM of the issuing authority and those above it, but for the root where that is not the issuer.
    pub chain: String,
    /// When it ends.
    pub not_after: Timestamp,
}

/// What a key signs to prove that it is at hand now, for this request and no other.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a> {
    /// The join token's text, or the present certificate in base64.
    pub bound_to: &'a str,
    /// As in the request.
    pub csr: &'a str,
    /// As in the request.
    pub subject: Option<&'a str>,
    /// As in the request.
    pub names: &'a [String],
    /// As in the request.
    pub signed_at: Timestamp,
}

impl Proof<'_> {
    /// The bytes that are signed: RSA and ECDSA over their SHA-256, ML-DSA over themselves.
    #[must_use]
    pub fn text(&self) -> Vec<u8> {
        let Self {
            bound_to,
            csr,
            subject,
            names,
            signed_at,
        } = self;
        let parts = (
            "anyrole enrolment 1",
            bound_to,
            csr,
            subject,
            names,
            signed_at,
        );
        // Texts and times only: nothing that JSON can't say.
        serde_json::to_vec(&parts).unwrap_or_default()
    }
}

/// A join token to be made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateJoinToken {
    /// The issuing authority's ARN.
    pub certificate_authority_arn: String,
    /// The subject, `CN=web-*,OU=ops`; `*` stands for what the machine may choose.
    pub subject: String,
    /// Alternative names, each exact or with `*`.
    #[serde(default)]
    pub names: Vec<String>,
    /// How long the certificates live, in seconds.
    pub certificate_seconds: u32,
    /// How long the token can be used, in seconds.
    pub token_seconds: u32,
    /// How many machines may use it.
    pub uses: u32,
    /// For whom it is, as the operator says it.
    #[serde(default)]
    pub description: String,
    /// SHA-256 to recognise the server's TLS by, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_sha256: Option<String>,
}

/// A join token as it is listed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JoinTokenSummary {
    /// 16 hexadecimal digits.
    pub id: String,
    /// The issuing authority's ARN.
    pub certificate_authority_arn: String,
    /// The subject, with `*` where the machine may choose.
    pub subject: String,
    /// Alternative names.
    pub names: Vec<String>,
    /// How long the certificates live, in seconds.
    pub certificate_seconds: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom: an ARN.
    pub created_by: String,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// How many machines may use it.
    pub uses: u32,
    /// How many have.
    pub used: u32,
    /// For whom it is.
    pub description: String,
}

/// A join token that was made: the only time that its text is told.
#[derive(Clone, Serialize, Deserialize)]
pub struct CreatedJoinToken {
    /// The text.
    pub token: String,
    /// The rest of it.
    #[serde(flatten)]
    pub summary: JoinTokenSummary,
}

/// A page of join tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JoinTokenList {
    /// In order of their ids.
    pub tokens: Vec<JoinTokenSummary>,
    /// What to give as `after` to read on; none at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_written_and_nothing_else() {
        let (id, half) = ("0123456789abcdef", "0123456789abcdef".repeat(4));
        for tls in [None, Some(half.as_str())] {
            let token = JoinTokenText {
                id,
                secret: &half,
                authority: &half,
                tls,
            };
            let text = token.render();
            assert_eq!(JoinTokenText::parse(&format!(" {text}\n")), Ok(token));
            for wrong in [
                text.to_uppercase(),
                text.replace("-1.", "-2."),
                format!("{text}0"),
                format!("{text}.{half}.{half}"),
                text.replace('.', ""),
                String::new(),
            ] {
                assert_eq!(JoinTokenText::parse(&wrong), Err(NoJoinToken), "{wrong}");
            }
        }
        let shown = format!(
            "{:?}",
            JoinTokenText::parse(&format!("anyrole-join-1.{id}.{half}.{half}"))
        );
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[test]
    fn a_proof_differs_with_each_part_of_it() {
        let names = ["a".to_owned(), "b".to_owned()];
        let joined = ["a,b".to_owned()];
        let proof = Proof {
            bound_to: "t",
            csr: "c",
            subject: None,
            names: &names,
            signed_at: Timestamp::UNIX_EPOCH,
        };
        let others = [
            Proof {
                bound_to: "u",
                ..proof
            },
            Proof { csr: "d", ..proof },
            Proof {
                subject: Some(""),
                ..proof
            },
            Proof {
                names: &joined,
                ..proof
            },
            Proof {
                signed_at: Timestamp::MAX,
                ..proof
            },
        ];
        for other in others {
            assert_ne!(other.text(), proof.text(), "{other:?}");
        }
    }
}
