//! PutObjectTagging, GetObjectTagging, DeleteObjectTagging, and the tags in the headers of other writes.

use anyrole_domain::Tag;
use anyrole_domain::objects::{ObjectStoreError, ObjectTagError, check_object_tags};
use http::HeaderMap;
use percent_encoding::percent_decode_str;
use s3s::dto::{
    DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectTaggingInput,
    GetObjectTaggingOutput, PutObjectTaggingInput, PutObjectTaggingOutput, Tag as GivenTag,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::access::{More, changed_meanwhile};
use super::get_object::{check_version, missing_key};
use super::handlers::Handlers;

const TAGGING: &str = "x-amz-tagging";
const DIRECTIVE: &str = "x-amz-tagging-directive";

pub(super) async fn put_object_tagging(
    s3: &Handlers,
    request: S3Request<PutObjectTaggingInput>,
) -> S3Result<S3Response<PutObjectTaggingOutput>> {
    let input = request.input;
    let tags = input.tagging.tag_set.into_iter().map(read_tag);
    let tags = tags.collect::<S3Result<Vec<Tag>>>()?;
    let more = More {
        tags: &tags,
        ..More::default()
    };
    s3.gate.ask_now(&request.extensions, more).await?;
    check_object_tags(&tags).map_err(render_tag_error)?;
    check_version(input.version_id.as_deref())?;
    set(s3, &request.extensions, &input.bucket, &input.key, tags).await?;
    Ok(S3Response::new(PutObjectTaggingOutput {
        version_id: input.version_id,
    }))
}

pub(super) async fn delete_object_tagging(
    s3: &Handlers,
    request: S3Request<DeleteObjectTaggingInput>,
) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
    let input = request.input;
    check_version(input.version_id.as_deref())?;
    let none = Vec::new();
    set(s3, &request.extensions, &input.bucket, &input.key, none).await?;
    Ok(S3Response::new(DeleteObjectTaggingOutput {
        version_id: input.version_id,
    }))
}

pub(super) async fn get_object_tagging(
    s3: &Handlers,
    request: S3Request<GetObjectTaggingInput>,
) -> S3Result<S3Response<GetObjectTaggingOutput>> {
    let input = request.input;
    check_version(input.version_id.as_deref())?;
    let account = s3.account(&request.extensions)?;
    let (bucket, key) = (input.bucket.as_str(), input.key.as_str());
    let head = match s3.store.head_object(account, bucket, key).await {
        Ok(head) => head,
        Err(error) => return Err(missing_key(s3, &request.extensions, bucket, error).await),
    };
    s3.gate
        .check_judged(&request.extensions, (bucket, key), &head.tags)?;
    let tags = head.tags.into_iter().map(|tag| GivenTag {
        key: Some(tag.key.into_owned()),
        value: Some(tag.value),
    });
    Ok(S3Response::new(GetObjectTaggingOutput {
        tag_set: tags.collect(),
        version_id: input.version_id,
    }))
}

async fn set(
    s3: &Handlers,
    extensions: &http::Extensions,
    bucket: &str,
    key: &str,
    tags: Vec<Tag>,
) -> S3Result<()> {
    let account = s3.account(extensions)?;
    let judged = s3.gate.judged_tags(extensions, (bucket, key))?;
    let set = s3.store.set_tags(account, bucket, key, tags, judged);
    match set.await {
        Ok(()) => Ok(()),
        Err(ObjectStoreError::PreconditionFailed) => Err(changed_meanwhile()),
        Err(error) => Err(missing_key(s3, extensions, bucket, error).await),
    }
}

fn read_tag(tag: GivenTag) -> S3Result<Tag> {
    match (tag.key, tag.value) {
        (Some(key), Some(value)) => Ok(Tag {
            key: key.into(),
            value,
        }),
        _ => Err(s3_error!(
            MalformedXML,
            "The XML you provided was not well-formed or did not validate against our published schema"
        )),
    }
}

/// The tags that the headers of a write give the object. A copy takes them only where it says so.
pub(super) fn tags_in_headers(headers: &HeaderMap, copies: bool) -> S3Result<Vec<Tag>> {
    if copies && !replaces_tags(headers)? {
        return Ok(Vec::new());
    }
    let invalid = || {
        s3_error!(
            InvalidArgument,
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."
        )
    };
    let mut values = headers.get_all(TAGGING).iter();
    let Some(value) = values.next() else {
        return Ok(Vec::new());
    };
    let value = value.to_str().map_err(|_| invalid())?;
    if values.next().is_some() {
        return Err(invalid());
    }
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let decoded = percent_decode_str(&text).decode_utf8();
        decoded.map(|text| text.into_owned()).map_err(|_| invalid())
    };
    let pairs = value.split('&').filter(|pair| !pair.is_empty());
    let tags = pairs.map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok(Tag {
            key: decode(key)?.into(),
            value: decode(value)?,
        })
    });
    let tags = tags.collect::<S3Result<Vec<Tag>>>()?;
    check_object_tags(&tags).map_err(|error| match error {
        ObjectTagError::Twice => invalid(),
        error => render_tag_error(error),
    })?;
    Ok(tags)
}

/// Whether a copy gives the object other tags than the source's.
pub(super) fn replaces_tags(headers: &HeaderMap) -> S3Result<bool> {
    match headers.get(DIRECTIVE).map(http::HeaderValue::as_bytes) {
        None | Some(b"COPY") => Ok(false),
        Some(b"REPLACE") => Ok(true),
        Some(_) => Err(s3_error!(InvalidArgument, "Unknown tagging directive.")),
    }
}

fn render_tag_error(error: ObjectTagError) -> S3Error {
    let code = match error {
        ObjectTagError::TooMany => "BadRequest",
        ObjectTagError::Key | ObjectTagError::Value | ObjectTagError::Twice => "InvalidTag",
    };
    let code = S3ErrorCode::Custom(code.into());
    let mut rendered = S3Error::with_message(code, error.to_string());
    rendered.set_status_code(http::StatusCode::BAD_REQUEST);
    rendered
}
