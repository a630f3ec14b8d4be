//! The query of an authenticated request, made into what s3s and the gate read as our signature check has read it.

use http::Uri;
use http::request::Parts;
use http::uri::PathAndQuery;
use s3s::{S3ErrorCode, S3Result};

/// The query parameters of a presigned URL.
const PRESIGNED: &[&str] = &[
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
];

/// Where the signature was.
#[derive(Debug, Clone, Copy)]
pub(super) enum SignedBy {
    Header,
    Query,
}

impl SignedBy {
    /// The value of the condition key `s3:authType`.
    pub(super) fn auth_type(self) -> &'static str {
        match self {
            Self::Header => "REST-HEADER",
            Self::Query => "REST-QUERY-STRING",
        }
    }
}

/// Takes a presigned URL's signature off, and writes `+` as `%2B`: our signature check takes it for itself, a form's
/// reader for a space.
pub(super) fn rewrite(parts: &mut Parts) -> S3Result<SignedBy> {
    let query = parts.uri.query().unwrap_or_default();
    let (signature, kept): (Vec<&str>, Vec<&str>) =
        query.split('&').partition(|pair| is_signature(pair));
    let rewritten = kept.join("&").replace('+', "%2B");
    let signed_by = if signature.is_empty() {
        SignedBy::Header
    } else {
        SignedBy::Query
    };
    if rewritten != query {
        parts.uri = with_query(&parts.uri, &rewritten)?;
    }
    Ok(signed_by)
}

fn is_signature(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
    PRESIGNED.contains(&name.as_ref())
}

fn with_query(uri: &Uri, query: &str) -> S3Result<Uri> {
    let path = uri.path();
    let target = if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    };
    let invalid = |_| S3ErrorCode::InvalidURI;
    let mut uri = uri.clone().into_parts();
    uri.path_and_query = Some(PathAndQuery::try_from(target).map_err(invalid)?);
    Ok(Uri::from_parts(uri).map_err(|_| S3ErrorCode::InvalidURI)?)
}
