//! The one error of the domain: what kind, what the caller is told, what only the log is told.
//! Front ends turn it into the protocol's code, status and shape in `render_refusal`.

use std::borrow::Cow;

use crate::certificate_authorities::PcaKind;
use crate::names::one_line;

/// The kinds of refusal; each protocol has one code and status for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request's members break a rule of the model.
    Validation,
    /// The members keep the rules of the model, but make no sense together or here.
    InvalidInput,
    /// A policy document does not parse, or says what is not supported.
    MalformedPolicy,
    /// The caller is known, and may not.
    AccessDenied,
    /// The thing named does not exist.
    NotFound,
    /// A thing of that name exists already.
    AlreadyExists,
    /// The thing is still in use.
    DeleteConflict,
    /// Only AWS's own services change this.
    Unmodifiable,
    /// The policy is there, but not for this.
    NotAttachable,
    /// A quota is reached.
    LimitExceeded,
    /// What only STS refuses.
    Sts(StsKind),
    /// What only Private CA refuses.
    Pca(PcaKind),
    /// What only ACME refuses.
    Acme(AcmeKind),
    /// More requests than a rate quota lets through.
    Throttled,
    /// More tags than a resource may have.
    TooManyTags,
    /// The operation is not served here.
    NotImplemented,
    /// No signature where one is needed.
    MissingAuthentication,
    /// The signature lacks a part, or its parts don't fit this service.
    IncompleteSignature,
    /// The signature is wrong.
    SignatureMismatch,
    /// The request's date is too far from ours.
    RequestTimeSkewed,
    /// The access key id is not known.
    UnknownAccessKey,
    /// The session token is not of this access key.
    InvalidToken,
    /// The session has ended.
    ExpiredToken,
    /// The body or the headers are larger than accepted.
    TooLarge,
    /// A policy that the simulator is to evaluate can't be.
    Unevaluable,
    /// Others change the same at the same time, again and again.
    Contended,
    /// We can't answer now; the same request may succeed later.
    Unavailable,
    /// Our fault; detail is in the log only.
    Internal,
}

/// What only STS refuses (STS API reference, errors).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StsKind {
    /// A parameter does not fit the others.
    InvalidParameterValue,
    /// Session policies and tags take more than there is room for.
    PackedPolicyTooLarge,
    /// The web identity token is none of a provider known here.
    InvalidIdentityToken,
    /// The provider's keys could not be fetched.
    IdpCommunication,
    /// What the provider says of its user is not accepted.
    IdpRejectedClaim,
    /// The web identity token has expired.
    ExpiredIdentityToken,
    /// An encoded message is none of this account.
    InvalidAuthorizationMessage,
}

/// What only ACME refuses, by the types of RFC 8555, 6.7, and what HTTP has beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AcmeKind {
    /// No account has the key, or is at the URL.
    AccountDoesNotExist,
    /// The certificate has been replaced by another order's (RFC 9773, 7.4).
    AlreadyReplaced,
    /// The certificate is revoked.
    AlreadyRevoked,
    /// The signing request is not what the order is for, or not acceptable.
    BadCsr,
    /// The nonce is not ours, too old, or used.
    BadNonce,
    /// The key is of a kind that is not taken.
    BadPublicKey,
    /// The revocation's reason is none of those allowed.
    BadRevocationReason,
    /// The signature's algorithm is not taken.
    BadSignatureAlgorithm,
    /// What is asked for collides with what is there.
    Conflict,
    /// A client's server could not be connected to.
    Connection,
    /// A name could not be looked up.
    Dns,
    /// An account needs the operator's key.
    ExternalAccountRequired,
    /// A client's server answers, but proves nothing.
    IncorrectResponse,
    /// A contact is broken.
    InvalidContact,
    /// The request is not of the form that it must have.
    Malformed,
    /// The resource is there for another method.
    MethodNotAllowed,
    /// The order is not ready to be finished.
    OrderNotReady,
    /// Too much at once.
    RateLimited,
    /// No certificate is given for this name.
    RejectedIdentifier,
    /// Our own fault.
    ServerInternal,
    /// A client's server speaks no TLS, or another.
    Tls,
    /// The account may not.
    Unauthorized,
    /// A contact of a kind that is not taken.
    UnsupportedContact,
    /// A name of a kind that is not taken.
    UnsupportedIdentifier,
    /// The body is of another media type.
    UnsupportedMediaType,
    /// A person must do something first.
    UserActionRequired,
}

/// A refused request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {public}")]
pub struct Refusal {
    /// The kind, which decides code and status.
    pub kind: Kind,
    /// Our own reason code, kebab-case, for log, audit trail and `doctor`.
    pub reason: &'static str,
    /// What the caller is told, without control characters.
    pub public: Cow<'static, str>,
    /// What only the log and the audit trail are told, without control characters; holds no secret.
    pub private: Cow<'static, str>,
    /// What the policy that refused says of the request: for the audit trail and `anyrole explain`, never for the caller.
    pub policy: Option<Box<anyrole_policy::Explanation>>,
    /// Who was refused by policies: for the encoded message that DecodeAuthorizationMessage reads.
    pub authorization: Option<Box<crate::authorize::AuthorizationFailure>>,
}

impl Refusal {
    /// A refusal whose text is fit for the caller and says all there is to say. It may quote what the caller gave.
    pub fn new(kind: Kind, reason: &'static str, public: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            reason,
            public: one_line(public.into()),
            private: Cow::Borrowed(""),
            policy: None,
            authorization: None,
        }
    }

    /// Adds why a policy refused.
    #[must_use]
    pub fn with_policy(mut self, explanation: anyrole_policy::Explanation) -> Self {
        self.policy = Some(Box::new(explanation));
        self
    }

    /// Adds what the log and the audit trail are told.
    #[must_use]
    pub fn with_private(mut self, private: impl Into<Cow<'static, str>>) -> Self {
        self.private = one_line(private.into());
        self
    }

    /// A member breaks a rule of the model.
    pub fn validation(public: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Validation, "validation", public)
    }

    /// A thing that does not exist.
    pub fn not_found(public: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::NotFound, "not-found", public)
    }

    /// Our own fault: the caller learns nothing, the log all.
    pub fn internal(private: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Internal, "internal", "An internal error occurred.").with_private(private)
    }

    /// The store could not be read.
    pub fn unreadable(error: impl std::fmt::Display) -> Self {
        Self::new(
            Kind::Unavailable,
            "store-failed",
            "The service could not read its store; try again.",
        )
        .with_private(error.to_string())
    }

    /// An operation that is not served.
    pub fn not_implemented(operation: &str) -> Self {
        Self::new(
            Kind::NotImplemented,
            "not-implemented",
            format!("The operation `{operation}` is not implemented."),
        )
    }
}

impl From<crate::ports::StoreError> for Refusal {
    fn from(error: crate::ports::StoreError) -> Self {
        Refusal::new(
            Kind::Unavailable,
            "store-failed",
            "The service could not store the change; try again.",
        )
        .with_private(error.to_string())
    }
}

impl From<crate::ports::AuditError> for Refusal {
    fn from(error: crate::ports::AuditError) -> Self {
        Refusal::new(
            Kind::Unavailable,
            "audit-failed",
            "The service could not record the request; try again.",
        )
        .with_private(error.to_string())
    }
}
