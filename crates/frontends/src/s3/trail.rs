//! What the S3 front end finds out about a request on its way, for audit trail and log: shared between the door,
//! which made it, and the gate, which s3s calls.

use std::sync::OnceLock;

use anyrole_domain::{Kind, Refusal};
use http::StatusCode;

/// One for each request, in its extensions.
#[derive(Debug, Default)]
pub struct S3Trail {
    event: OnceLock<&'static str>,
    resource: OnceLock<String>,
    refusal: OnceLock<Refusal>,
}

impl S3Trail {
    /// The operation was found.
    pub fn enter(&self, event: &'static str, resource: &str) {
        // The first word stands: a request is one operation.
        self.event.get_or_init(|| event);
        self.resource.get_or_init(|| resource.to_owned());
    }

    /// The request was refused for this reason.
    pub fn refuse(&self, refusal: Refusal) {
        self.refusal.get_or_init(|| refusal);
    }

    /// The operation's name.
    pub fn event(&self) -> &'static str {
        self.event.get().copied().unwrap_or("s3:Unknown")
    }

    /// The ARN that was acted on, once it is known.
    pub fn resource(&self) -> Option<&str> {
        self.resource.get().map(String::as_str)
    }

    /// Why the request was refused, if its answer's status says that it was.
    pub fn refusal(&self, status: StatusCode) -> Option<Refusal> {
        if !status.is_client_error() && !status.is_server_error() {
            return None;
        }
        let known = self.refusal.get().cloned();
        Some(known.unwrap_or_else(|| {
            let (kind, reason) = match status {
                StatusCode::NOT_FOUND => (Kind::NotFound, "not-found"),
                StatusCode::NOT_IMPLEMENTED => (Kind::NotImplemented, "not-implemented"),
                status if status.is_server_error() => (Kind::Internal, "internal"),
                _ => (Kind::Validation, "s3-refused"),
            };
            Refusal::new(kind, reason, status.canonical_reason().unwrap_or("refused"))
        }))
    }
}
