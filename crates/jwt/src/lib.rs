//! Tokens that identity providers sign (JWT, RFC 7519): the text of a token and a provider's keys (JWKS, RFC 7517) go in, claims
//! that a key has signed come out. No clock and no network: what the claims mean is for the caller to judge, `domain/web_identity`.
//! Requests of ACME accounts (JWS, RFC 7515 and RFC 8555) are read and verified here, too, for `domain/acme`.

mod algorithm;
mod claims;
mod jwk;
mod jws;
mod key_set;
mod token;

pub use self::claims::Claims;
pub use self::jwk::Jwk;
pub use self::jws::{JwsError, PresentedSigner, UnverifiedJws};
pub use self::key_set::{KeySet, KeySetError};
pub use self::token::{MAX_TOKEN_LENGTH, TokenError, UnverifiedToken};
