//! Bodies in aws-chunked coding on their way to s3s, which gathers each chunk before it passes it on: unsigned chunks
//! are decoded here as they come, signed ones, whose signatures s3s checks, are kept small.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use anyrole_domain::objects::BodyError;
use bytes::Bytes;
use http::{Extensions, HeaderMap, HeaderValue, header};
use http_body::{Body as HttpBody, Frame, SizeHint};
use s3s::{S3Result, StdError, TrailingHeaders, s3_error};

use super::chunks::Chunks;

/// The largest signed chunk. SDKs make them of 64 KiB to 1 MiB.
pub(super) const MAX_SIGNED_CHUNK: u32 = 16 * 1024 * 1024;

/// What came behind the last chunk, once it has come.
#[derive(Debug, Clone)]
pub(super) enum Trailers {
    /// Decoded here; kept in the request's extensions.
    Ours(Arc<OnceLock<HeaderMap>>),
    /// Decoded by s3s.
    OfS3s(TrailingHeaders),
}

impl Trailers {
    /// Those of a request in s3s's form.
    pub(super) fn of(extensions: &Extensions, of_s3s: Option<TrailingHeaders>) -> Option<Self> {
        let ours = extensions.get::<Self>().cloned();
        ours.or_else(|| of_s3s.map(Self::OfS3s))
    }

    /// The trailer of this name.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let text = |headers: &HeaderMap| {
            let value = headers.get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        match self {
            Self::Ours(headers) => text(headers.get()?),
            Self::OfS3s(headers) => headers.read(text)?,
        }
    }
}

/// Makes the request's headers those of the decoded body, and gives its length, which the client must have said.
pub(super) fn announce_decoded(headers: &mut HeaderMap) -> S3Result<u64> {
    if !headers.contains_key("x-amz-trailer") {
        return Err(s3_error!(
            InvalidRequest,
            "Missing required header for this request: x-amz-trailer"
        ));
    }
    let missing = || {
        s3_error!(
            MissingContentLength,
            "You must provide the x-amz-decoded-content-length HTTP header."
        )
    };
    let text = headers.get("x-amz-decoded-content-length");
    let text = text.ok_or_else(missing)?.to_str().unwrap_or_default();
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let length: Option<u64> = text.parse().ok().filter(|_| digits);
    let length = length.ok_or_else(missing)?;
    headers.remove(header::TRANSFER_ENCODING);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok(length)
}

/// The data of a body in unsigned chunks.
pub(super) struct DecodedBody<B> {
    inner: Pin<Box<B>>,
    chunks: Chunks,
    coded: Bytes,
    left: u64,
    trailers: Arc<OnceLock<HeaderMap>>,
    ended: bool,
}

impl<B> DecodedBody<B> {
    /// `length` is the data's, in bytes.
    pub(super) fn new(body: B, length: u64) -> Self {
        Self {
            inner: Box::pin(body),
            chunks: Chunks::unbounded(),
            coded: Bytes::new(),
            left: length,
            trailers: Arc::default(),
            ended: false,
        }
    }

    /// Where the trailers will be.
    pub(super) fn trailers(&self) -> Trailers {
        Trailers::Ours(self.trailers.clone())
    }

    fn next_data(&mut self) -> Result<Option<Bytes>, BodyError> {
        let Some(data) = self.chunks.next_data(&mut self.coded)? else {
            return Ok(None);
        };
        let left = self.left.checked_sub(data.len() as u64);
        self.left = left.ok_or(BodyError::Incomplete)?;
        Ok(Some(data))
    }

    fn end(&mut self) -> Result<(), BodyError> {
        let trailers = self.chunks.finish()?;
        if self.left > 0 {
            return Err(BodyError::Incomplete);
        }
        self.trailers.get_or_init(|| trailers);
        Ok(())
    }
}

impl<B> HttpBody for DecodedBody<B>
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
        loop {
            if self.ended {
                return Poll::Ready(None);
            }
            let error: StdError = match self.next_data() {
                Ok(Some(data)) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                Err(error) => error.into(),
                Ok(None) => match ready!(self.inner.as_mut().poll_frame(cx)) {
                    Some(Ok(frame)) => {
                        self.coded = frame.into_data().unwrap_or_default();
                        continue;
                    }
                    Some(Err(error)) => error.into(),
                    None => match self.end() {
                        Ok(()) => {
                            self.ended = true;
                            continue;
                        }
                        Err(error) => error.into(),
                    },
                },
            };
            self.ended = true;
            return Poll::Ready(Some(Err(error)));
        }
    }

    /// Never said before the trailers were read, or the end would not be asked for.
    fn is_end_stream(&self) -> bool {
        self.ended
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// A body in signed chunks, as it came, which ends with an error where a chunk is too large to be gathered.
pub(super) struct SmallChunksBody<B> {
    inner: Pin<Box<B>>,
    chunks: Chunks,
}

impl<B> SmallChunksBody<B> {
    pub(super) fn new(body: B) -> Self {
        Self {
            inner: Box::pin(body),
            chunks: Chunks::at_most(MAX_SIGNED_CHUNK),
        }
    }
}

impl<B> HttpBody for SmallChunksBody<B>
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
        let frame = ready!(self.inner.as_mut().poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            let mut data = data.clone();
            while self.chunks.next_data(&mut data)?.is_some() {}
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
