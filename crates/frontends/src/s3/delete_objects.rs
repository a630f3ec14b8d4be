//! DeleteObjects: each key is asked for, deleted and answered on its own.

use futures_util::StreamExt;
use http::Extensions;
use s3s::dto::{DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, Error, ObjectIdentifier};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::access::More;
use super::get_object::check_version;
use super::handlers::Handlers;
use super::operations::{DELETE, DELETE_VERSION};
use super::refusals::render_store_error;

/// At most so many keys in one request (Amazon S3).
const MAX_KEYS: usize = 1000;

/// So many deletions wait for the disk at once.
const AT_ONCE: usize = 16;

pub(super) async fn delete_objects(
    s3: &Handlers,
    request: S3Request<DeleteObjectsInput>,
) -> S3Result<S3Response<DeleteObjectsOutput>> {
    let input = request.input;
    let account = s3.account(&request.extensions)?;
    let objects = input.delete.objects;
    if objects.is_empty() || objects.len() > MAX_KEYS {
        return Err(s3_error!(
            MalformedXML,
            "The XML you provided was not well-formed or did not validate against our published schema"
        ));
    }
    // a bucket that isn't there is told once, and not for each key
    let bucket = s3.store.head_bucket(account, &input.bucket).await;
    let bucket = bucket.map_err(render_store_error)?.name;
    let deletions = objects.into_iter().map(|object| {
        let (bucket, extensions) = (bucket.as_str(), &request.extensions);
        async move {
            let outcome = delete(s3, account, bucket, &object, extensions).await;
            (object, outcome)
        }
    });
    let mut outcomes = futures_util::stream::iter(deletions).buffered(AT_ONCE);
    let quiet = input.delete.quiet.unwrap_or(false);
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    while let Some((object, outcome)) = outcomes.next().await {
        match outcome {
            Ok(()) if quiet => {}
            Ok(()) => deleted.push(DeletedObject {
                key: Some(object.key),
                version_id: object.version_id,
                ..DeletedObject::default()
            }),
            Err(error) => errors.push(Error {
                code: Some(error.code().as_str().to_owned()),
                key: Some(object.key),
                message: error.message().map(str::to_owned),
                version_id: object.version_id,
            }),
        }
    }
    Ok(S3Response::new(DeleteObjectsOutput {
        deleted: Some(deleted),
        errors: Some(errors),
        ..DeleteObjectsOutput::default()
    }))
}

async fn delete(
    s3: &Handlers,
    account: &str,
    bucket: &str,
    object: &ObjectIdentifier,
    extensions: &Extensions,
) -> S3Result<()> {
    let action = match object.version_id {
        Some(_) => DELETE_VERSION,
        None => DELETE,
    };
    let version = object.version_id.as_deref();
    let version = version.map(|version| ("s3:versionid", version));
    let more = More {
        keys: version.as_slice(),
        ..More::default()
    };
    let resource = s3.gate.object(bucket, &object.key);
    s3.gate.ask(extensions, action, &resource, more).await?;
    check_version(object.version_id.as_deref())?;
    if object.e_tag.is_some() || object.size.is_some() || object.last_modified_time.is_some() {
        return Err(s3_error!(
            NotImplemented,
            "Conditional deletes are not implemented"
        ));
    }
    let deleted = s3.store.delete_object(account, bucket, &object.key).await;
    deleted.map(|_| ()).map_err(render_store_error)
}
