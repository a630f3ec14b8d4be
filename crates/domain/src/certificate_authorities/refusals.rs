//! What only Private CA refuses (Private CA API reference, errors), as the domain's refusals.

use crate::refusal::{Kind, Refusal};

/// What only Private CA refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PcaKind {
    /// Members that do not fit each other, or what is there.
    InvalidArgs,
    /// An ARN that names nothing of this service.
    InvalidArn,
    /// The authority's status does not allow it.
    InvalidState,
    /// The members can't be used together.
    InvalidRequest,
    /// A page's token is not of this call.
    InvalidNextToken,
    /// A tag breaks a rule.
    InvalidTag,
    /// A resource policy that is none.
    InvalidPolicy,
    /// A signing request that can't be read, or whose signature is wrong.
    MalformedCsr,
    /// A certificate that can't be read.
    MalformedCertificate,
    /// A certificate that is not the authority's.
    CertificateMismatch,
    /// What is asked for was done before.
    RequestAlreadyProcessed,
    /// The permission is there already.
    PermissionAlreadyExists,
    /// A service could not do it.
    RequestFailed,
}

impl PcaKind {
    /// A refusal of this kind, with our reason code.
    pub fn refusal(self, reason: &'static str, public: impl Into<String>) -> Refusal {
        Refusal::new(Kind::Pca(self), reason, public.into())
    }
}

/// An authority that is not there.
pub(crate) fn no_authority(arn: &str) -> Refusal {
    Refusal::not_found(format!("Could not find Certificate Authority: {arn}"))
}

/// A certificate that the authority has not issued.
pub(crate) fn no_certificate(arn: &str) -> Refusal {
    Refusal::not_found(format!("Could not find certificate {arn}."))
}

/// The authority was deleted, and can be restored at most. Terraform goes by AWS's words.
pub(crate) fn deleted() -> Refusal {
    wrong_state("The certificate authority is in the DELETED state.")
}

/// The authority's status does not allow it.
pub(crate) fn wrong_state(detail: &str) -> Refusal {
    PcaKind::InvalidState.refusal("invalid-state", detail)
}
