//! What a client is refused with (RFC 8555, 6.7): a refusal, with what it says of single names.

use super::identifier::Identifier;
use crate::ports::{AuditError, StoreError};
use crate::refusal::{AcmeKind, Kind, Refusal};

/// A refusal, as far as it has parts.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The whole.
    pub refusal: Refusal,
    /// What is wrong with single names (RFC 8555, 6.7.1).
    pub subproblems: Box<[Subproblem]>,
    /// The account that is there already, by id (RFC 8555, 7.3.5).
    pub account: Option<Box<str>>,
}

/// What is wrong with a name.
#[derive(Debug, Clone)]
pub struct Subproblem {
    /// The name.
    pub identifier: Identifier,
    /// The type of the problem.
    pub kind: AcmeKind,
    /// What the client is told.
    pub detail: String,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            subproblems: Box::default(),
            account: None,
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Refusal::from(error).into()
    }
}

impl From<AuditError> for Problem {
    fn from(error: AuditError) -> Self {
        Refusal::from(error).into()
    }
}

/// A refusal of one of ACME's types.
pub(super) fn refused(
    kind: AcmeKind,
    reason: &'static str,
    public: impl Into<std::borrow::Cow<'static, str>>,
) -> Refusal {
    Refusal::new(Kind::Acme(kind), reason, public)
}

/// The request is not of the form that RFC 8555 gives it.
pub(super) fn malformed(public: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    refused(AcmeKind::Malformed, "acme-malformed", public)
}

/// The account may not do this.
pub(super) fn unauthorized(
    reason: &'static str,
    public: impl Into<std::borrow::Cow<'static, str>>,
) -> Refusal {
    refused(AcmeKind::Unauthorized, reason, public)
}

/// What is asked for is not there, or another account's.
pub(super) fn missing(what: &str) -> Refusal {
    Refusal::new(
        Kind::NotFound,
        "acme-not-found",
        format!("There is no such {what}."),
    )
}
