//! Reading a request's body whole, up to a limit of size and time. S3's bodies are not read here: they are streamed.

use std::time::Duration;

use anyrole_domain::{Kind, Refusal};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};

use crate::Body;

/// How much is read before a request is refused.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest body of a control-plane call, in bytes.
    pub control_body: usize,
    /// The longest body of CreateSession, in bytes.
    pub create_session_body: usize,
    /// How long a client may take to send a body that is read whole.
    pub body_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            control_body: 1024 * 1024,
            create_session_body: 64 * 1024,
            body_time: Duration::from_secs(30),
        }
    }
}

/// Reads the whole body.
pub async fn read(body: Body, limit: usize, time: Duration) -> Result<Bytes, Refusal> {
    match tokio::time::timeout(time, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(Refusal::new(
            Kind::TooLarge,
            "body-too-large",
            format!("The request's body is larger than {limit} bytes."),
        )),
        Ok(Err(error)) => Err(incomplete().with_private(error.to_string())),
        Err(_) => Err(incomplete().with_private("the body took too long")),
    }
}

fn incomplete() -> Refusal {
    Refusal::new(
        Kind::Validation,
        "incomplete-body",
        "The request's body did not arrive whole.",
    )
}
