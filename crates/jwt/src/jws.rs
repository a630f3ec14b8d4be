//! Requests that an account's key signs (RFC 8555, 6.2): flattened JWS in, header and payload out, to be verified by the key that
//! the header carries or names. External account bindings (RFC 8555, 7.3.4) are the same with a MAC. Called by `domain/acme`.

use aws_lc_rs::hmac;
use base64_simd::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use crate::algorithm::Algorithm;
use crate::jwk::Jwk;

/// Why a request is not one that a key has signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Not a flattened JWS of base64url parts with a JSON object as its protected header.
    #[error("the body is no JWS in flattened JSON: {0}")]
    Malformed(&'static str),
    /// An algorithm that is not taken.
    #[error("the JWS is signed with `{0}`")]
    Algorithm(String),
    /// The key in the header is of a kind that is not taken, or broken.
    #[error("the key of the JWS is not accepted: {0}")]
    Key(&'static str),
    /// The key did not sign this.
    #[error("the signature of the JWS does not fit its key")]
    Signature,
}

/// Who a request says has signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PresentedSigner {
    /// The key itself.
    Key(Jwk),
    /// The URL or the identifier of a key that the server knows.
    Id(String),
}

/// A request as it was presented; nothing in it is proved.
#[derive(Debug)]
pub struct UnverifiedJws {
    signed: String,
    signature: Vec<u8>,
    method: Method,
    signer: PresentedSigner,
    nonce: Option<String>,
    url: String,
    payload: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
enum Method {
    Signature(&'static Algorithm),
    Mac(hmac::Algorithm),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Flattened {
    protected: String,
    payload: String,
    signature: String,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    nonce: Option<String>,
    url: Option<String>,
    jwk: Option<Value>,
    kid: Option<String>,
    crit: Option<Value>,
    b64: Option<Value>,
}

impl UnverifiedJws {
    /// Reads a request that a private key has signed.
    ///
    /// # Errors
    /// Another form, an algorithm that is no signature of those taken, a key that is not taken, both or none of `jwk` and `kid`.
    pub fn parse(presented: &[u8]) -> Result<Self, JwsError> {
        Self::read(presented, |name| {
            Algorithm::of_jws(name).map(Method::Signature)
        })
    }

    /// Reads an external account binding: what an operator's secret has signed.
    ///
    /// # Errors
    /// As `parse`; of algorithms HS256, HS384 and HS512 are taken.
    pub fn parse_binding(presented: &[u8]) -> Result<Self, JwsError> {
        Self::read(presented, |name| {
            let algorithm = match name {
                "HS256" => hmac::HMAC_SHA256,
                "HS384" => hmac::HMAC_SHA384,
                "HS512" => hmac::HMAC_SHA512,
                _ => return None,
            };
            Some(Method::Mac(algorithm))
        })
    }

    fn read(presented: &[u8], method: impl Fn(&str) -> Option<Method>) -> Result<Self, JwsError> {
        let parts: Flattened = serde_json::from_slice(presented).map_err(|_| {
            JwsError::Malformed("it is a JSON object of `protected`, `payload` and `signature`")
        })?;
        let protected = decode(&parts.protected)?;
        let header: Header = serde_json::from_slice(&protected).map_err(|_| {
            JwsError::Malformed("its protected header is no JSON object with `alg`")
        })?;
        if header.crit.is_some() || header.b64.is_some() {
            return Err(JwsError::Malformed("its header has critical extensions"));
        }
        let algorithm = method(&header.alg)
            .ok_or_else(|| JwsError::Algorithm(header.alg.chars().take(16).collect()))?;
        let signer = match (header.jwk, header.kid) {
            (Some(key), None) => PresentedSigner::Key(Jwk::parse(&key)?),
            (None, Some(id)) => PresentedSigner::Id(id),
            _ => return Err(JwsError::Malformed("its header has one of `jwk` and `kid`")),
        };
        Ok(Self {
            signature: decode(&parts.signature)?,
            payload: decode(&parts.payload)?,
            signed: format!("{}.{}", parts.protected, parts.payload),
            method: algorithm,
            signer,
            nonce: header.nonce,
            url: header
                .url
                .ok_or(JwsError::Malformed("its header has no `url`"))?,
        })
    }

    /// Who the request says has signed it.
    pub fn unverified_signer(&self) -> &PresentedSigner {
        &self.signer
    }

    /// What makes the request one that comes once.
    pub fn unverified_nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }

    /// Whom the request is for.
    pub fn unverified_url(&self) -> &str {
        &self.url
    }

    /// The payload, if this key has signed it with an algorithm of its kind.
    ///
    /// # Errors
    /// `Signature`.
    pub fn verify(self, key: &Jwk) -> Result<Vec<u8>, JwsError> {
        let verified = match self.method {
            Method::Signature(algorithm) => {
                algorithm.verifies(key.public(), self.signed.as_bytes(), &self.signature)
            }
            Method::Mac(_) => false,
        };
        verified.then_some(self.payload).ok_or(JwsError::Signature)
    }

    /// The payload, if this secret has made its MAC.
    ///
    /// # Errors
    /// `Signature`.
    pub fn verify_mac(self, secret: &[u8]) -> Result<Vec<u8>, JwsError> {
        let verified = match self.method {
            Method::Mac(algorithm) => {
                let key = hmac::Key::new(algorithm, secret);
                hmac::verify(&key, self.signed.as_bytes(), &self.signature).is_ok()
            }
            Method::Signature(_) => false,
        };
        verified.then_some(self.payload).ok_or(JwsError::Signature)
    }
}

fn decode(part: &str) -> Result<Vec<u8>, JwsError> {
    URL_SAFE_NO_PAD
        .decode_to_vec(part)
        .map_err(|_| JwsError::Malformed("its parts are base64url without padding"))
}
