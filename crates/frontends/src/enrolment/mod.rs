//! Enrolment on the wire: `/-/enroll` (a join token and a signing request), `/-/renew` (signed with the present certificate as
//! CreateSession is), and the operator's `/-/join-tokens` (signed by SigV4). JSON in, JSON out; nothing is decided here.

mod join_tokens;
mod machines;

use anyrole_wire::enrolment::{ENROLL_PATH, JOIN_TOKENS_PATH, RENEW_PATH};

pub use self::join_tokens::{event, serve_join_tokens};
pub use self::machines::{enroll, renew};

/// The pages of enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// A first certificate.
    Enroll,
    /// The next one.
    Renew,
    /// Join tokens.
    JoinTokens,
}

impl Page {
    /// The page at a path.
    pub fn at(path: &str) -> Option<Self> {
        match path {
            ENROLL_PATH => Some(Self::Enroll),
            RENEW_PATH => Some(Self::Renew),
            _ => token_id(path).map(|_| Self::JoinTokens),
        }
    }
}

/// The id of the token that a path names; empty for all of them.
fn token_id(path: &str) -> Option<&str> {
    let rest = path.strip_prefix(JOIN_TOKENS_PATH)?;
    match rest.strip_prefix('/') {
        Some(id) => Some(id),
        None => rest.is_empty().then_some(""),
    }
}
