//! Tokens that identity providers sign (JWT, RFC 7519): the text of a token and a provider's keys (JWKS, RFC 7517) go in, claims
//! that a key has signed come out. No clock and no network: what the claims mean is for the caller to judge, `domain/web_identity`.

mod algorithm;
mod claims;
mod key_set;
mod token;

pub use self::claims::Claims;
pub use self::key_set::{KeySet, KeySetError};
pub use self::token::{MAX_TOKEN_LENGTH, TokenError, UnverifiedToken};
