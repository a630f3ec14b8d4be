//! Reading a request's body whole, up to a limit of size and time. S3's bodies are not read here: they are streamed.

use std::time::Duration;

use anyrole_domain::{Kind, Refusal};
use bytes::Bytes;
use http_body::Body as _;
use http_body_util::{BodyExt as _, Limited};
use tokio::sync::Semaphore;

use crate::Body;

/// How much is read before a request is refused.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest body of a control-plane call, in bytes.
    pub control_body: usize,
    /// The longest body of CreateSession, in bytes.
    pub create_session_body: usize,
    /// How many bytes of such bodies may be in memory at once, whoever sends them.
    pub buffered: usize,
    /// How long a client may take to send a body that is read whole.
    pub body_time: Duration,
    /// How long a client of S3 may be silent while it sends a body.
    pub s3_body_idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            control_body: 1024 * 1024,
            create_session_body: 64 * 1024,
            buffered: 64 * 1024 * 1024,
            body_time: Duration::from_secs(30),
            s3_body_idle: Duration::from_secs(60),
        }
    }
}

/// Reads bodies; what is in memory at once is bounded, since a body is read before its signature is known to be good.
#[derive(Debug)]
pub struct BodyReader {
    limits: Limits,
    room: Semaphore,
}

impl BodyReader {
    /// A reader with these limits.
    pub fn new(limits: Limits) -> Self {
        Self {
            room: Semaphore::new(limits.buffered.min(Semaphore::MAX_PERMITS)),
            limits,
        }
    }

    /// Reads the body of a control-plane call.
    pub async fn read_control(&self, body: Body) -> Result<Bytes, Refusal> {
        self.read(body, self.limits.control_body).await
    }

    /// Reads the body of CreateSession.
    pub async fn read_create_session(&self, body: Body) -> Result<Bytes, Refusal> {
        self.read(body, self.limits.create_session_body).await
    }

    async fn read(&self, body: Body, limit: usize) -> Result<Bytes, Refusal> {
        // A body that says how long it is takes no more room than that.
        let announced = body
            .size_hint()
            .exact()
            .and_then(|length| usize::try_from(length).ok());
        let needed = announced.map_or(limit, |length| length.min(limit));
        let needed = u32::try_from(needed).unwrap_or(u32::MAX);
        let _room = self.room.try_acquire_many(needed).map_err(|_| busy())?;
        let whole = Limited::new(body, limit).collect();
        match tokio::time::timeout(self.limits.body_time, whole).await {
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
}

fn busy() -> Refusal {
    Refusal::new(
        Kind::Unavailable,
        "bodies-fill-memory",
        "The service is too busy; try again.",
    )
}

fn incomplete() -> Refusal {
    Refusal::new(
        Kind::Validation,
        "incomplete-body",
        "The request's body did not arrive whole.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bodies_that_fill_the_room_are_refused_until_there_is_room() {
        let reader = BodyReader::new(Limits {
            buffered: 10,
            ..Limits::default()
        });
        let small = || Body::from(Bytes::from_static(b"12345678"));
        let held = reader.room.try_acquire_many(4).unwrap();
        let refusal = reader.read_control(small()).await.unwrap_err();
        assert_eq!(refusal.reason, "bodies-fill-memory");
        drop(held);
        assert_eq!(reader.read_control(small()).await.unwrap().len(), 8);
    }

    #[tokio::test]
    async fn a_body_over_its_limit_is_refused() {
        let reader = BodyReader::new(Limits {
            create_session_body: 4,
            ..Limits::default()
        });
        let body = Body::from(Bytes::from_static(b"12345"));
        let refusal = reader.read_create_session(body).await.unwrap_err();
        assert_eq!(refusal.kind, Kind::TooLarge);
    }
}
