//! The query of an authenticated request, made into what s3s and the gate read as our signature check has read it.

use std::borrow::Cow;

use anyrole_signing::AmzDate;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use s3s::{S3ErrorCode, S3Result, s3_error};

const SIGNATURE: &str = "X-Amz-Signature";
const DATE: &str = "X-Amz-Date";

/// The query parameters of a presigned URL.
const PRESIGNED: &[&str] = &[
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    DATE,
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    SIGNATURE,
    "X-Amz-SignedHeaders",
];

/// Where the signature was.
#[derive(Debug, Clone, Copy)]
pub(super) enum SignedBy {
    Header,
    Query {
        /// When it was made.
        at: Option<Timestamp>,
    },
    /// There was none.
    Nobody,
}

impl SignedBy {
    /// The value of the condition key `s3:authType`.
    pub(super) fn auth_type(self) -> Option<&'static str> {
        match self {
            Self::Header => Some("REST-HEADER"),
            Self::Query { .. } => Some("REST-QUERY-STRING"),
            Self::Nobody => None,
        }
    }
}

/// Takes a presigned URL's signature off and makes headers of its other `x-amz-…` parameters, which is what they stand
/// for. Writes `+` as `%2B`: our signature check takes it for itself, a form's reader for a space.
pub(super) fn rewrite(parts: &mut Parts) -> S3Result<SignedBy> {
    let query = parts.uri.query().unwrap_or_default();
    let mut kept: Vec<&str> = query.split('&').collect();
    // its companions alone don't make a presigned URL
    let signed_by = if kept.iter().any(|pair| name_of(pair) == SIGNATURE) {
        let at = kept.iter().find(|pair| name_of(pair) == DATE);
        let at = at.and_then(|pair| AmzDate::parse(pair.split_once('=')?.1).ok());
        kept.retain(|pair| !PRESIGNED.contains(&name_of(pair).as_ref()));
        let (hoisted, rest) = kept.into_iter().partition(|pair| is_hoisted(pair));
        kept = rest;
        move_to_headers(&hoisted, &mut parts.headers)?;
        SignedBy::Query {
            at: at.map(|at| at.timestamp()),
        }
    } else {
        SignedBy::Header
    };
    let rewritten = kept.join("&").replace('+', "%2B");
    if rewritten != query {
        parts.uri = with_query(&parts.uri, &rewritten)?;
    }
    Ok(signed_by)
}

fn name_of(pair: &str) -> Cow<'_, str> {
    let name = pair.split('=').next().unwrap_or_default();
    percent_decode_str(name).decode_utf8_lossy()
}

fn is_hoisted(pair: &str) -> bool {
    let name = name_of(pair);
    let prefix = name.as_bytes().get(..6).unwrap_or_default();
    prefix.eq_ignore_ascii_case(b"x-amz-")
}

/// The signature covers them in the query. A header of that name is another value, and so none of the two counts.
fn move_to_headers(hoisted: &[&str], headers: &mut HeaderMap) -> S3Result<()> {
    for pair in hoisted {
        let name = name_of(pair);
        let invalid = || {
            s3_error!(
                InvalidArgument,
                "The query parameter `{name}` can't be read, or the request has a header of that name too."
            )
        };
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
        let (_, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value: Vec<u8> = percent_decode_str(value).collect();
        let value = HeaderValue::from_bytes(&value).map_err(|_| invalid())?;
        if headers.contains_key(&header) {
            return Err(invalid());
        }
        headers.insert(header, value);
    }
    Ok(())
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

/// Query parameters as s3s reads them: form encoding, where `+` is a space.
pub(super) fn parse_query(uri: &Uri) -> Vec<(String, String)> {
    pairs(uri.query().unwrap_or_default())
}

/// The names and values of a form.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let decoded = percent_decode_str(&text).decode_utf8_lossy();
        decoded.into_owned()
    };
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) => (decode(name), decode(value)),
            None => (decode(pair), String::new()),
        })
        .collect()
}
