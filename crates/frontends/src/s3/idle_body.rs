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
    /// Made at the first wait: most bodies are there at once.
    timer: Option<Pin<Box<Sleep>>>,
    waiting: bool,
}

impl<B> IdleBody<B> {
    pub(super) fn new(body: B, idle: Duration) -> Self {
        Self {
            inner: Box::pin(body),
            idle,
            timer: None,
            waiting: false,
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
        let this = &mut *self;
        if let Poll::Ready(frame) = this.inner.as_mut().poll_frame(cx) {
            this.waiting = false;
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let idle = this.idle;
        let timer = this.timer.get_or_insert_with(|| Box::pin(sleep(idle)));
        if !this.waiting {
            timer.set(sleep(idle));
            this.waiting = true;
        }
        let silence = timer.as_mut().poll(cx);
        silence.map(|()| Some(Err(BodyError::Broken(IDLE.to_owned()).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
