//! A token in its compact form (RFC 7515, 7.1): read, then verified by the provider's keys; only then are there claims.

use base64_simd::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::claims::Claims;
use crate::key_set::{Key, KeySet};

/// The longest token, in characters (STS API reference, AssumeRoleWithWebIdentity).
pub const MAX_TOKEN_LENGTH: usize = 20_000;

/// Why a token has no claims.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not three parts of base64url with JSON objects in the first two.
    #[error("the token is not a signed JWT in compact form")]
    Malformed,
    /// An algorithm that is not taken: `none`, an HMAC, or one that is not known.
    #[error(
        "the token is signed with `{0}`; RS256, RS384, RS512, ES256, ES384 and ES512 are taken"
    )]
    Algorithm(String),
    /// The header wants to be understood in a way that it is not (RFC 7515, 4.1.11).
    #[error("the token's header has critical extensions")]
    Critical,
    /// None of the provider's keys has the id that the token names, or it names none and several fit.
    #[error("the provider has no key `{0}`")]
    UnknownKey(String),
    /// The key did not sign this.
    #[error("the token's signature is not the provider's")]
    Signature,
}

/// A token as it was presented; nothing in it is proved.
#[derive(Debug)]
pub struct UnverifiedToken<'a> {
    signed: &'a str,
    signature: Vec<u8>,
    algorithm: &'static Algorithm,
    key_id: Option<String>,
    claims: Map<String, Value>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

impl<'a> UnverifiedToken<'a> {
    /// Reads a token.
    ///
    /// # Errors
    /// Its form or its algorithm are not ours.
    pub fn parse(presented: &'a str) -> Result<Self, TokenError> {
        if presented.len() > MAX_TOKEN_LENGTH {
            return Err(TokenError::Malformed);
        }
        let (signed, signature) = presented.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        let header: Header =
            serde_json::from_slice(&decode(header)?).map_err(|_| TokenError::Malformed)?;
        let claims = serde_json::from_slice(&decode(claims)?).map_err(|_| TokenError::Malformed)?;
        if header.crit.is_some() {
            return Err(TokenError::Critical);
        }
        let algorithm = Algorithm::of(&header.alg)
            .ok_or_else(|| TokenError::Algorithm(header.alg.chars().take(16).collect()))?;
        Ok(Self {
            signed,
            signature: decode(signature)?,
            algorithm,
            key_id: header.kid,
            claims,
        })
    }

    /// Who the token says has issued it: the provider whose keys are to be asked.
    pub fn unverified_issuer(&self) -> Option<&str> {
        self.claims.get("iss")?.as_str()
    }

    /// The key that the token says it is signed with.
    pub fn unverified_key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// The claims, if one of these keys has signed them.
    ///
    /// # Errors
    /// `UnknownKey` or `Signature`.
    pub fn verify(self, keys: &KeySet) -> Result<Claims, TokenError> {
        let fits = |key: &&Key| {
            let names = key.algorithm.as_deref();
            names.is_none_or(|name| name == self.algorithm.name) && self.algorithm.fits(&key.public)
        };
        let mut candidates = keys.keys.iter().filter(fits);
        let key = match &self.key_id {
            Some(id) => candidates.find(|key| key.id.as_deref() == Some(id)),
            // Without an id there must be no choice.
            None => candidates.next().filter(|_| candidates.next().is_none()),
        };
        let unknown = || {
            let id = self.key_id.as_deref().unwrap_or_default();
            TokenError::UnknownKey(id.chars().take(128).collect())
        };
        let key = key.ok_or_else(unknown)?;
        if !self
            .algorithm
            .verifies(&key.public, self.signed.as_bytes(), &self.signature)
        {
            return Err(TokenError::Signature);
        }
        Ok(Claims(self.claims))
    }
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD
        .decode_to_vec(part)
        .map_err(|_| TokenError::Malformed)
}
