//! Signing: a request's head and headers enter, the headers (or the query of a presigned URL) with a signature leave.
//! The SDK and the tests call it.

use std::borrow::Cow;

use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use jiff::Timestamp;

use crate::authorization::HMAC;
use crate::percent::{Keep, encode_into};
use crate::verify::write_string_to_sign;
use crate::{
    AmzDate, CanonicalRequest, CredentialScope, PathStyle, PayloadHash, RequestHead, SignedHeaders,
    SigningKey, UnverifiedX509Signature, X509Algorithm,
};

/// Headers that are not signed: proxies and HTTP libraries change them.
const NOT_SIGNED: [&str; 7] = [
    "authorization",
    "connection",
    "expect",
    "te",
    "transfer-encoding",
    "user-agent",
    "x-amzn-trace-id",
];

/// Why a request could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// `host` must be among the headers.
    #[error("the request has no `host` header, which must be signed")]
    NoHost,
    /// A session token or a region with characters that no header can hold.
    #[error("`{name}` holds characters that are not allowed in a header")]
    InvalidHeader {
        /// The header.
        name: &'static str,
    },
    /// The key did not sign.
    #[error("the private key did not sign: {0}")]
    Key(Box<dyn std::error::Error + Send + Sync>),
}

/// An access key, long-term or temporary.
#[derive(Clone, Copy)]
pub struct AccessKey<'a> {
    /// `AKIA…` or `ASIA…`.
    pub access_key_id: &'a str,
    /// The secret; never logged.
    pub secret_access_key: &'a str,
    /// The session token of temporary credentials.
    pub session_token: Option<&'a str>,
}

impl std::fmt::Debug for AccessKey<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("AccessKey")
            .field(&self.access_key_id)
            .finish()
    }
}

/// Who signs with HMAC, for what, when.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// The credentials.
    pub access_key: AccessKey<'a>,
    /// Such as `us-east-1`.
    pub region: &'a str,
    /// Signing name, such as `s3`; decides the path style.
    pub service: &'a str,
    /// The signature's date.
    pub at: Timestamp,
}

impl Signer<'_> {
    fn scope<'d>(&'d self, date: &'d AmzDate) -> CredentialScope<'d> {
        scope(date, self.region, self.service)
    }

    fn signature(
        &self,
        date: &AmzDate,
        head: &RequestHead<'_>,
        signed: &SignedHeaders<'_>,
        payload: PayloadHash<'_>,
    ) -> String {
        let canonical = CanonicalRequest {
            head: *head,
            signed_headers: signed,
            payload,
            path_style: PathStyle::for_service(self.service),
        };
        let scope = self.scope(date);
        let key = SigningKey::derive(self.access_key.secret_access_key, &scope);
        hex(&key.sign(date, &scope, &canonical.hash()))
    }
}

/// Signs with HMAC in the headers: adds `x-amz-date`, `x-amz-security-token` if there is a token, for S3
/// `x-amz-content-sha256`, and `Authorization`. Every header present is signed, but for those that proxies change.
pub fn sign_request(
    method: &str,
    raw_path: &str,
    raw_query: &str,
    headers: &mut HeaderMap,
    payload: PayloadHash<'_>,
    signer: &Signer<'_>,
) -> Result<(), SignError> {
    let date = AmzDate::of(signer.at);
    insert(headers, "x-amz-date", date.as_str())?;
    if let Some(token) = signer.access_key.session_token {
        insert(headers, "x-amz-security-token", token)?;
    }
    if PathStyle::for_service(signer.service) == PathStyle::S3 {
        insert(headers, "x-amz-content-sha256", &payload.to_text())?;
    }
    let signed = names_to_sign(headers)?;
    let head = RequestHead {
        method,
        path: raw_path,
        query: raw_query,
        headers,
    };
    let signature = signer.signature(&date, &head, &signed, payload);
    let value = authorization(
        HMAC,
        signer.access_key.access_key_id,
        &signer.scope(&date),
        &signed,
        &signature,
    );
    insert(headers, "authorization", &value)
}

/// Presigns a URL: gives the whole raw query, `raw_query` included, signature last. `headers` holds `host` and whatever
/// else the caller of the URL will have to send. The body is not signed for S3, and empty for other services.
pub fn presign(
    method: &str,
    raw_path: &str,
    raw_query: &str,
    headers: &HeaderMap,
    expires_seconds: u64,
    signer: &Signer<'_>,
) -> Result<String, SignError> {
    let date = AmzDate::of(signer.at);
    let signed = names_to_sign(headers)?;
    let credential = format!(
        "{}/{}",
        signer.access_key.access_key_id,
        signer.scope(&date).to_text()
    );
    let expires = expires_seconds.to_string();
    let mut query = raw_query.as_bytes().to_vec();
    let parameters = [
        ("X-Amz-Algorithm", Some(HMAC)),
        ("X-Amz-Credential", Some(&*credential)),
        ("X-Amz-Date", Some(date.as_str())),
        ("X-Amz-Expires", Some(&*expires)),
        ("X-Amz-SignedHeaders", Some(signed.as_str())),
        ("X-Amz-Security-Token", signer.access_key.session_token),
    ];
    for (name, value) in parameters {
        let Some(value) = value else { continue };
        if !query.is_empty() {
            query.push(b'&');
        }
        query.extend_from_slice(name.as_bytes());
        query.push(b'=');
        encode_into(&mut query, value.as_bytes(), Keep::Nothing);
    }
    let mut query = String::from_utf8_lossy(&query).into_owned();
    let payload = match PathStyle::for_service(signer.service) {
        PathStyle::S3 => PayloadHash::UNSIGNED,
        PathStyle::EncodedTwice => PayloadHash::of(b""),
    };
    let head = RequestHead {
        method,
        path: raw_path,
        query: &query,
        headers,
    };
    let signature = signer.signature(&date, &head, &signed, payload);
    query.push_str("&X-Amz-Signature=");
    query.push_str(&signature);
    Ok(query)
}

/// Who signs with a certificate's key, for which region, when.
#[derive(Clone, Copy, Debug)]
pub struct X509Signer<'a> {
    /// By the kind of the key.
    pub algorithm: X509Algorithm,
    /// The certificate's serial number in decimal.
    pub serial_decimal: &'a str,
    /// The region of the trust anchor.
    pub region: &'a str,
    /// The signature's date.
    pub at: Timestamp,
}

/// Signs a CreateSession request: adds `X-Amz-Date` and `Authorization`; `headers` already holds `host`, `x-amz-x509`
/// and the chain. `sign` is given the string to sign, and signs it by the algorithm of `signer`.
pub fn sign_x509<E>(
    method: &str,
    raw_path: &str,
    raw_query: &str,
    headers: &mut HeaderMap,
    payload: PayloadHash<'_>,
    signer: &X509Signer<'_>,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<(), SignError>
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let date = AmzDate::of(signer.at);
    insert(headers, "x-amz-date", date.as_str())?;
    let signed = names_to_sign(headers)?;
    let canonical = CanonicalRequest {
        head: RequestHead {
            method,
            path: raw_path,
            query: raw_query,
            headers,
        },
        signed_headers: &signed,
        payload,
        path_style: PathStyle::EncodedTwice,
    };
    let scope = scope(&date, signer.region, UnverifiedX509Signature::SERVICE);
    let algorithm = signer.algorithm.token();
    let mut string_to_sign = Vec::with_capacity(192);
    write_string_to_sign(algorithm, &date, &scope, &canonical.hash(), |part| {
        string_to_sign.extend_from_slice(part)
    });
    let signature = hex(&sign(&string_to_sign).map_err(|error| SignError::Key(error.into()))?);
    let value = authorization(
        algorithm,
        signer.serial_decimal,
        &scope,
        &signed,
        &signature,
    );
    insert(headers, "authorization", &value)
}

fn scope<'a>(date: &'a AmzDate, region: &'a str, service: &'a str) -> CredentialScope<'a> {
    CredentialScope {
        date: Cow::Borrowed(date.day()),
        region: Cow::Borrowed(region),
        service: Cow::Borrowed(service),
    }
}

fn authorization(
    algorithm: &str,
    identity: &str,
    scope: &CredentialScope<'_>,
    signed: &SignedHeaders<'_>,
    signature: &str,
) -> String {
    let (scope, signed) = (scope.to_text(), signed.as_str());
    format!(
        "{algorithm} Credential={identity}/{scope}, SignedHeaders={signed}, Signature={signature}"
    )
}

fn names_to_sign(headers: &HeaderMap) -> Result<SignedHeaders<'static>, SignError> {
    if !headers.contains_key(http::header::HOST) {
        return Err(SignError::NoHost);
    }
    let mut names: Vec<&str> = headers
        .keys()
        .map(http::HeaderName::as_str)
        .filter(|name| !NOT_SIGNED.contains(name))
        .collect();
    names.sort_unstable();
    SignedHeaders::parse(Cow::Owned(names.join(";"))).map_err(|_| SignError::InvalidHeader {
        name: "SignedHeaders",
    })
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) -> Result<(), SignError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| SignError::InvalidHeader { name })?;
    value.set_sensitive(name == AUTHORIZATION.as_str() || name == "x-amz-security-token");
    headers.insert(name, value);
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    hex_simd::encode_to_string(bytes, hex_simd::AsciiCase::Lower)
}
