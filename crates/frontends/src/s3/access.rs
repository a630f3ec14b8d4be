//! Between decoding and doing: what the request asks for becomes actions and resources, and the
//! authorizer is asked for each of them. What has no row in `operations` is refused.

use std::sync::Arc;

use anyrole_domain::Call;
use http::{Extensions, HeaderMap, Uri};
use s3s::access::{S3Access, S3AccessContext};
use s3s::dto::CopySource;
use s3s::path::S3Path;
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use super::authorizer::Authorizer;
use super::operations::{self, BY_HEADER, GET, GET_VERSION, On};
use super::payload::Payload;
use super::query::SignedBy;
use super::refusals::render_refusal;
use super::trail::S3Trail;

/// Request headers that are condition keys of the same name (service authorization reference, Amazon S3).
const HEADER_KEYS: &[&str] = &[
    "if-match",
    "if-none-match",
    "x-amz-acl",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-metadata-directive",
    "x-amz-object-ownership",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
];

/// Query parameters and the condition keys that they are.
const QUERY_KEYS: &[(&str, &str)] = &[
    ("delimiter", "s3:delimiter"),
    ("max-keys", "s3:max-keys"),
    ("prefix", "s3:prefix"),
    ("versionId", "s3:versionid"),
];

/// The request's condition keys, kept for what the operation itself asks.
#[derive(Debug, Clone, Default)]
pub(super) struct ConditionKeys(Arc<Vec<(String, String)>>);

/// Asks the authorizer, with ARNs of the right partition.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) authorizer: Arc<dyn Authorizer>,
    pub(super) partition: String,
}

impl Gate {
    pub(super) fn bucket_arn(&self, bucket: &str) -> String {
        format!("arn:{}:s3:::{bucket}", self.partition)
    }

    pub(super) fn object_arn(&self, bucket: &str, key: &str) -> String {
        format!("arn:{}:s3:::{bucket}/{key}", self.partition)
    }

    /// Asks for one action within a request whose extensions these are.
    pub(super) fn ask(&self, extensions: &Extensions, action: &str, arn: &str) -> S3Result<()> {
        let keys = extensions.get::<ConditionKeys>();
        let keys: Vec<(&str, &str)> = keys
            .map(|keys| keys.0.as_slice())
            .unwrap_or_default()
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        self.authorizer
            .authorize(call(extensions)?, action, arn, &keys)
            .map_err(|refusal| {
                let rendered = render_refusal(&refusal);
                if let Some(trail) = extensions.get::<Arc<S3Trail>>() {
                    trail.refuse(refusal);
                }
                rendered
            })
    }
}

/// The authenticated call that a request is.
pub(super) fn call(extensions: &Extensions) -> S3Result<&Call> {
    let missing = || s3_error!(AccessDenied, "Access Denied");
    extensions.get::<Call>().ok_or_else(missing)
}

#[async_trait::async_trait]
impl S3Access for Gate {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let name = cx.s3_op().name();
        let operation = operations::find(name).ok_or_else(|| {
            s3_error!(NotImplemented, "The operation `{name}` is not implemented.")
        })?;
        let query = parse_query(cx.uri());
        let mut keys = condition_keys(cx.headers(), &query)?;
        let expected_owner = cx.headers().get("x-amz-expected-bucket-owner").cloned();
        let by_header: Vec<&str> = BY_HEADER
            .iter()
            .filter(|(header, _)| cx.headers().contains_key(*header))
            .map(|(_, action)| *action)
            .collect();
        let source = operation
            .copies
            .then(|| copy_source(cx.headers()))
            .transpose()?;
        let arn = match (operation.on, cx.s3_path()) {
            (On::Everything, _) => "*".to_owned(),
            (On::Bucket | On::EachKey, S3Path::Bucket { bucket }) => self.bucket_arn(bucket),
            (On::Object, S3Path::Object { bucket, key }) => self.object_arn(bucket, key),
            _ => return Err(s3_error!(InvalidURI)),
        };
        let extensions = cx.extensions_mut();
        if let Some(signed_by) = extensions.get::<SignedBy>() {
            keys.push(("s3:authtype".to_owned(), signed_by.auth_type().to_owned()));
            keys.push((
                "s3:signatureversion".to_owned(),
                "AWS4-HMAC-SHA256".to_owned(),
            ));
        }
        extensions.insert(ConditionKeys(Arc::new(keys)));
        if let Some(trail) = extensions.get::<Arc<S3Trail>>() {
            trail.enter(operation.event, &arn);
        }
        let chunked = extensions.get::<Payload>().is_some_and(Payload::is_chunked);
        if chunked && !operation.takes_chunks() {
            return Err(s3_error!(
                InvalidRequest,
                "Only the bodies of PutObject and UploadPart can be sent in chunks."
            ));
        }
        let account = call(extensions)?.caller.account.as_str();
        if expected_owner.is_some_and(|owner| owner.as_bytes() != account.as_bytes()) {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
        if operation.on == On::EachKey {
            return Ok(());
        }
        let versioned = query.iter().any(|(name, _)| name == "versionId");
        let action = match operation.versioned_action {
            Some(action) if versioned => action,
            _ => operation.action,
        };
        self.ask(extensions, action, &arn)?;
        if operation.on == On::Object {
            for action in by_header {
                self.ask(extensions, action, &arn)?;
            }
        }
        if let Some((action, bucket, key)) = source {
            self.ask(extensions, action, &self.object_arn(&bucket, &key))?;
        }
        Ok(())
    }
}

/// The action, bucket and key that a copy reads.
fn copy_source(headers: &HeaderMap) -> S3Result<(&'static str, Box<str>, Box<str>)> {
    let invalid = || {
        s3_error!(
            InvalidArgument,
            "Copy Source must mention the source bucket and key"
        )
    };
    let mut values = headers.get_all("x-amz-copy-source").iter();
    let value = values.next().ok_or_else(invalid)?;
    if values.next().is_some() {
        return Err(invalid());
    }
    let value = value.to_str().map_err(|_| invalid())?;
    match CopySource::parse(value).map_err(|_| invalid())? {
        CopySource::Bucket {
            bucket,
            key,
            version_id,
        } => {
            let action = if version_id.is_some() {
                GET_VERSION
            } else {
                GET
            };
            Ok((action, bucket, key))
        }
        _ => Err(S3Error::new(S3ErrorCode::NotImplemented)),
    }
}

fn condition_keys(
    headers: &HeaderMap,
    query: &[(String, String)],
) -> S3Result<Vec<(String, String)>> {
    let mut keys = Vec::new();
    for name in HEADER_KEYS {
        if let Some(value) = headers.get(*name).and_then(|value| value.to_str().ok()) {
            keys.push((format!("s3:{name}"), value.to_owned()));
        }
    }
    for (name, key) in QUERY_KEYS {
        let mut values = query.iter().filter(|(n, _)| n == name);
        if let Some((_, value)) = values.next() {
            keys.push(((*key).to_owned(), value.clone()));
        }
        // what is judged and what is done must be the same value
        if values.next().is_some() {
            return Err(s3_error!(
                InvalidArgument,
                "`{name}` is given more than once"
            ));
        }
    }
    Ok(keys)
}

/// Query parameters as s3s reads them: form encoding, where `+` is a space.
fn parse_query(uri: &Uri) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let decoded = percent_encoding::percent_decode_str(&text).decode_utf8_lossy();
        decoded.into_owned()
    };
    let pairs = uri.query().unwrap_or_default().split('&');
    let pairs = pairs.filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) => (decode(name), decode(value)),
            None => (decode(pair), String::new()),
        })
        .collect()
}
