//! A request's body as it came, which ends with an error where its client falls silent.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use anyrole_domain::objects::BodyError;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use s3s::StdError;
use tokio::time::{Sleep, sleep};

use super::refusals::IDLE;

/// Waits so long for each frame and no longer. The time in which nobody asks for a frame does not count.
pub(super) struct IdleBody<B> {
    inner: Pin<Box<B>>,
    idle: Duration,
    waiting: Pin<Box<Option<Sleep>>>,
}

impl<B> IdleBody<B> {
    pub(super) fn new(body: B, idle: Duration) -> Self {
        Self {
            inner: Box::pin(body),
            idle,
            waiting: Box::pin(None),
        }
    }
}

impl<B> HttpBody for IdleBody<B>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<StdError>,
{
    type Data = Bytes;
    type Error = StdError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StdError>>> {
        if let Poll::Ready(frame) = self.inner.as_mut().poll_frame(cx) {
            self.waiting.set(None);
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        if self.waiting.is_none() {
            let idle = self.idle;
            self.waiting.set(Some(sleep(idle)));
        }
        let Some(waiting) = self.waiting.as_mut().as_pin_mut() else {
            return Poll::Pending;
        };
        waiting
            .poll(cx)
            .map(|()| Some(Err(BodyError::Broken(IDLE.to_owned()).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
