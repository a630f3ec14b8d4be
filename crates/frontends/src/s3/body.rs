//! A request's body on its way into the store: counted, hashed, and judged at its end.

use anyrole_domain::objects::{BodyError, ByteStream, Checksum, IncomingBody, ObjectData};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::dto::StreamingBlob;
use s3s::stream::ByteStream as _;
use s3s::{S3Result, StdError, s3_error};

use super::checksums::{self, Announced};
use super::chunked_body::Trailers;
use super::refusals::render_body_error;

/// The largest object or part that one request may bring (Amazon S3: 5 GiB).
pub(super) const MAX_BODY: u64 = 5 * 1024 * 1024 * 1024;

/// The body of PutObject and UploadPart.
pub(super) struct CheckedBody {
    stream: StreamingBlob,
    announced_length: Option<u64>,
    received: u64,
    content_md5: Option<Vec<u8>>,
    announced: Option<Announced>,
    hasher: Option<ChecksumHasher>,
    trailers: Option<Trailers>,
}

impl CheckedBody {
    /// `headers` and `trailers` are the request's.
    pub(super) fn new(
        stream: Option<StreamingBlob>,
        content_length: Option<i64>,
        headers: &HeaderMap,
        trailers: Option<Trailers>,
    ) -> S3Result<Self> {
        let stream = stream.unwrap_or_else(|| s3s::Body::empty().into());
        let announced_length = match content_length {
            Some(length) => u64::try_from(length).ok(),
            None => stream
                .remaining_length()
                .exact()
                .map(|length| length as u64),
        };
        let missing = || {
            s3_error!(
                MissingContentLength,
                "You must provide the Content-Length HTTP header."
            )
        };
        if announced_length.ok_or_else(missing)? > MAX_BODY {
            return Err(render_body_error(&BodyError::TooLarge));
        }
        let announced = checksums::announced(headers)?;
        Ok(Self {
            stream,
            announced_length,
            received: 0,
            content_md5: content_md5(headers)?,
            hasher: announced.as_ref().map(|a| checksums::hasher(a.algorithm)),
            announced,
            trailers,
        })
    }

    fn check_checksum(&mut self) -> Result<Option<Checksum>, BodyError> {
        let (Some(announced), Some(hasher)) = (self.announced.take(), self.hasher.take()) else {
            return Ok(None);
        };
        let value = checksums::finish(hasher);
        let mismatch = || BodyError::Mismatch(checksums::name(announced.algorithm).to_owned());
        let mut expected = announced.value;
        if announced.in_trailer {
            let header = checksums::header(announced.algorithm);
            let trailers = self.trailers.take();
            let trailer = trailers.and_then(|trailers| trailers.value(header));
            expected = Some(trailer.ok_or_else(mismatch)?);
        }
        if expected.is_some_and(|expected| expected != value) {
            return Err(mismatch());
        }
        Ok(Some(Checksum {
            algorithm: announced.algorithm,
            value,
        }))
    }
}

fn content_md5(headers: &HeaderMap) -> S3Result<Option<Vec<u8>>> {
    let Some(value) = headers.get("content-md5") else {
        return Ok(None);
    };
    let digest = base64_simd::STANDARD.decode_to_vec(value.as_bytes());
    match digest {
        Ok(digest) if digest.len() == 16 => Ok(Some(digest)),
        _ => Err(s3_error!(
            InvalidDigest,
            "The Content-MD5 you specified was invalid."
        )),
    }
}

#[async_trait]
impl IncomingBody for CheckedBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            let Some(chunk) = self.stream.next().await else {
                return Ok(None);
            };
            let chunk = chunk.map_err(|error| classify(&error))?;
            if chunk.is_empty() {
                continue;
            }
            self.received += chunk.len() as u64;
            if self.received > MAX_BODY {
                return Err(BodyError::TooLarge);
            }
            if let Some(hasher) = &mut self.hasher {
                hasher.update(&chunk);
            }
            return Ok(Some(chunk));
        }
    }

    fn announced_length(&self) -> Option<u64> {
        self.announced_length
    }

    fn finish(&mut self, md5: &[u8; 16]) -> Result<Option<Checksum>, BodyError> {
        if self.announced_length != Some(self.received) {
            return Err(BodyError::Incomplete);
        }
        if self
            .content_md5
            .as_ref()
            .is_some_and(|expected| expected != md5)
        {
            return Err(BodyError::Mismatch("Content-MD5".to_owned()));
        }
        self.check_checksum()
    }
}

/// What broke a body. s3s keeps the types of its errors to itself, so that their text has to do.
fn classify(error: &StdError) -> BodyError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error.as_ref());
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<BodyError>() {
            return error.clone();
        }
        cause = error.source();
    }
    let text = error.to_string();
    if text.contains("SignatureMismatch") {
        BodyError::Signature
    } else {
        BodyError::Broken(text)
    }
}

/// Another object's data as the body of a part.
pub(super) struct CopiedBody {
    stream: ByteStream,
    length: u64,
    hasher: Option<(anyrole_domain::objects::ChecksumAlgorithm, ChecksumHasher)>,
}

impl CopiedBody {
    pub(super) fn new(
        data: ObjectData,
        length: u64,
        algorithm: Option<anyrole_domain::objects::ChecksumAlgorithm>,
    ) -> Self {
        let stream = match data {
            ObjectData::Bytes(bytes) => once(bytes),
            ObjectData::Stream(stream) => stream,
        };
        Self {
            stream,
            length,
            hasher: algorithm.map(|algorithm| (algorithm, checksums::hasher(algorithm))),
        }
    }
}

fn once(bytes: Bytes) -> ByteStream {
    let chunk = (!bytes.is_empty()).then_some(Ok(bytes));
    let stream = futures_util::stream::iter(chunk);
    let stream: std::pin::Pin<Box<dyn Stream<Item = _> + Send + Sync>> = Box::pin(stream);
    stream
}

#[async_trait]
impl IncomingBody for CopiedBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError> {
        let chunk = self.stream.next().await.transpose();
        let chunk = chunk.map_err(|error| BodyError::Broken(error.to_string()))?;
        if let (Some(chunk), Some((_, hasher))) = (&chunk, &mut self.hasher) {
            hasher.update(chunk);
        }
        Ok(chunk)
    }

    fn announced_length(&self) -> Option<u64> {
        Some(self.length)
    }

    fn finish(&mut self, _md5: &[u8; 16]) -> Result<Option<Checksum>, BodyError> {
        Ok(self.hasher.take().map(|(algorithm, hasher)| Checksum {
            algorithm,
            value: checksums::finish(hasher),
        }))
    }
}
