//! Before s3s: our own signature check has passed. What s3s need not check again is taken off the
//! request; the payload's hash is checked here, where the payload is signed as a whole.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use anyrole_domain::objects::BodyError;
use anyrole_domain::{Call, Principal};
use aws_lc_rs::digest;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, header, request::Parts};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use s3s::dto::Range;
use s3s::{Body, S3Error, S3ErrorCode, S3Result, StdError, s3_error};

use super::chunked_body::{DecodedBody, SmallChunksBody, announce_decoded};
use super::idle_body::IdleBody;
use super::payload::Payload;
use super::query::{self, SignedBy};
use super::refusals::{PAYLOAD_HASH, render_body_error};

/// The largest XML body: a DeleteObjects of 1000 keys of 1024 bytes fits, escaped.
pub(super) const MAX_XML: usize = 4 * 1024 * 1024;

/// A signed body up to this size is read and checked before s3s sees it.
const SMALL: u64 = 64 * 1024;

/// Makes an authenticated request ready for s3s.
///
/// `idle` is how long it waits for each piece of the body.
pub(super) async fn prepare<B>(request: Request<B>, idle: Duration) -> S3Result<Request<Body>>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<StdError>,
{
    let (mut parts, body) = request.into_parts();
    refuse_forms(&parts)?;
    let mut signed_by = query::rewrite(&mut parts)?;
    let call = parts.extensions.get::<Call>();
    if call.is_some_and(|call| matches!(call.caller.principal, Principal::Anonymous)) {
        signed_by = SignedBy::Nobody;
        // It would be read whole, for whoever sends it, before anybody is asked whether they may.
        if parts.method == Method::POST && !body.is_end_stream() {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
    }
    parts.extensions.insert(signed_by);
    let payload = Payload::parse(&parts.headers)?;
    if payload == Payload::Unsigned && matches!(signed_by, SignedBy::Query { .. }) {
        // so it is for a presigned URL that does not say it, and conditions can ask for it
        let unsigned = HeaderValue::from_static("UNSIGNED-PAYLOAD");
        parts.headers.insert(PAYLOAD_HASH, unsigned);
    }
    parts.extensions.insert(payload);
    if payload != Payload::SignedChunks {
        parts.headers.remove(header::AUTHORIZATION);
    }
    drop_malformed_range(&mut parts.headers);
    let body = IdleBody::new(body, idle);
    let body = match payload {
        Payload::Sha256(expected) => check_hash(&parts, body, expected).await?,
        Payload::Chunks => {
            let length = announce_decoded(&mut parts.headers)?;
            let body = DecodedBody::new(body, length);
            parts.extensions.insert(body.trailers());
            Body::http_body_unsync(body)
        }
        // without the header's signature s3s would take the chunks for the data
        Payload::SignedChunks if !matches!(signed_by, SignedBy::Header) => {
            let message = "Signed chunks are not implemented without a signed header.";
            return Err(S3Error::with_message(S3ErrorCode::NotImplemented, message));
        }
        Payload::SignedChunks => Body::http_body_unsync(SmallChunksBody::new(body)),
        // s3s would read it whole, and have no words for what goes wrong
        Payload::Unsigned if parts.method == Method::POST => Body::from(read_whole(body).await?),
        Payload::Unsigned if body.is_end_stream() => Body::empty(),
        Payload::Unsigned => Body::http_body_unsync(body),
    };
    Ok(Request::from_parts(parts, body))
}

/// s3s would read a whole browser form before it asks whether the caller may; forms are not served.
fn refuse_forms(parts: &Parts) -> S3Result<()> {
    let content_type = parts.headers.get(header::CONTENT_TYPE);
    let is_form = content_type.is_some_and(|value| {
        let start = value.as_bytes().get(..10).unwrap_or_default();
        start.eq_ignore_ascii_case(b"multipart/")
    });
    if parts.method == Method::POST && is_form {
        let message = "Uploads by browser forms are not implemented.";
        return Err(S3Error::with_message(S3ErrorCode::NotImplemented, message));
    }
    Ok(())
}

/// A range that can't be read is as good as none (RFC 9110, 14.2); s3s would refuse the request.
fn drop_malformed_range(headers: &mut HeaderMap) {
    let Some(range) = headers.get(header::RANGE) else {
        return;
    };
    let readable = range
        .to_str()
        .is_ok_and(|range| Range::parse(range).is_ok());
    if !readable {
        headers.remove(header::RANGE);
    }
}

async fn check_hash<B>(parts: &Parts, body: B, expected: [u8; 32]) -> S3Result<Body>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<StdError>,
{
    let size = body.size_hint().exact();
    if parts.method != Method::POST && size.is_none_or(|size| size > SMALL) {
        let body = HashedBody {
            inner: Box::pin(body),
            hash: Some(digest::Context::new(&digest::SHA256)),
            expected,
        };
        return Ok(Body::http_body_unsync(body));
    }
    let bytes = read_whole(body).await?;
    if digest::digest(&digest::SHA256, &bytes).as_ref() == expected.as_slice() {
        Ok(Body::from(bytes))
    } else {
        Err(render_body_error(&BodyError::Mismatch(
            PAYLOAD_HASH.to_owned(),
        )))
    }
}

async fn read_whole<B>(body: B) -> S3Result<Bytes>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<StdError>,
{
    let collected = Limited::new(body, MAX_XML).collect().await;
    let collected = collected.map_err(|error| {
        if error.is::<LengthLimitError>() {
            s3_error!(MaxMessageLengthExceeded, "Your request was too big.")
        } else {
            render_body_error(&BodyError::Broken(error.to_string()))
        }
    })?;
    Ok(collected.to_bytes())
}

/// A body that ends with an error ([`BodyError`]) if its SHA-256 is not the signed one.
struct HashedBody<B> {
    inner: Pin<Box<B>>,
    hash: Option<digest::Context>,
    expected: [u8; 32],
}

impl<B> HttpBody for HashedBody<B>
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
        match &frame {
            Some(Ok(frame)) => {
                if let (Some(data), Some(hash)) = (frame.data_ref(), self.hash.as_mut()) {
                    hash.update(data);
                }
            }
            None => {
                if let Some(hash) = self.hash.take()
                    && hash.finish().as_ref() != self.expected.as_slice()
                {
                    let mismatch = BodyError::Mismatch(PAYLOAD_HASH.to_owned());
                    return Poll::Ready(Some(Err(mismatch.into())));
                }
            }
            Some(Err(_)) => {}
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    /// Never said before the hash was compared, or the end would not be asked for.
    fn is_end_stream(&self) -> bool {
        self.hash.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
