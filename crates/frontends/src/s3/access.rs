//! Between decoding and doing: what the request asks for becomes actions and resources, and the
//! authorizer is asked for each of them, with the bucket's policy. What has no row in `operations` is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyrole_domain::bucket_policies::{BucketPolicyEntry, has_a_say};
use anyrole_domain::objects::{ObjectStore, ObjectStoreError};
use anyrole_domain::{Call, ObjectTags, Principal, Refusal, Tag, Target};
use http::{Extensions, HeaderMap};
use s3s::access::{S3Access, S3AccessContext};
use s3s::dto::CopySource;
use s3s::path::S3Path;
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use super::authorizer::Authorizer;
use super::condition_keys::{ConditionKeys, Facts, keys_of_tags, knows_existing_tags, sets_tags};
use super::object_tagging::tags_in_headers;
use super::operations::{self, GET, GET_VERSION, On, Operation, by_header};
use super::payload::Payload;
use super::query::{SignedBy, parse_query};
use super::refusals::{render_refusal, render_store_error};
use super::resource::Resource;
use super::trail::S3Trail;
use crate::TlsVersion;

/// Whatever a bucket's policy allows, only the owner's account may do these (S3 API reference, PutBucketPolicy).
const OF_OWNERS: [&str; 3] = [
    "s3:DeleteBucketPolicy",
    "s3:GetBucketPolicy",
    "s3:PutBucketPolicy",
];

/// What the gate has found in a request, kept for what the operation itself asks.
#[derive(Debug, Default)]
struct Asked {
    keys: ConditionKeys,
    /// The tags in its headers.
    tags: Vec<Tag>,
    /// The tags of objects that decisions went by, each with the object's ARN.
    judged: parking_lot::Mutex<Vec<(String, Vec<Tag>)>>,
}

/// What the operation has still to ask for, when it has read its body.
#[derive(Debug, Clone)]
struct ToAsk(Arc<(Vec<&'static str>, Resource)>);

/// What an operation knows beyond what the gate has found.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct More<'a> {
    /// Condition keys, in lower case.
    pub(super) keys: &'a [(&'a str, &'a str)],
    /// The tags in its body.
    pub(super) tags: &'a [Tag],
}

/// Asks the authorizer, with ARNs of the right partition.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) authorizer: Arc<dyn Authorizer>,
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) partition: String,
}

impl Gate {
    pub(super) fn bucket(&self, bucket: &str) -> Resource {
        Resource::of_bucket(&self.partition, bucket)
    }

    pub(super) fn object(&self, bucket: &str, key: &str) -> Resource {
        Resource::of_object(&self.partition, bucket, key)
    }

    /// Asks for one action within a request whose extensions these are.
    pub(super) async fn ask(
        &self,
        extensions: &Extensions,
        action: &str,
        resource: &Resource,
        more: More<'_>,
    ) -> S3Result<()> {
        let outcome = self.decide(extensions, action, resource, more).await?;
        outcome.map_err(|refusal| {
            let rendered = render_refusal(&refusal);
            if let Some(trail) = extensions.get::<Arc<S3Trail>>() {
                trail.refuse(refusal);
            }
            rendered
        })
    }

    /// Asks for what the gate has left to the operation, which now has read its body.
    pub(super) async fn ask_now(&self, extensions: &Extensions, more: More<'_>) -> S3Result<()> {
        let denied = || s3_error!(AccessDenied, "Access Denied");
        let ToAsk(to_ask) = extensions.get::<ToAsk>().ok_or_else(denied)?;
        let (actions, resource) = &**to_ask;
        for action in actions {
            self.ask(extensions, action, resource, more).await?;
        }
        Ok(())
    }

    /// Whether the caller may, for answers that say more to those who may.
    pub(super) async fn may(
        &self,
        extensions: &Extensions,
        action: &str,
        resource: &Resource,
    ) -> bool {
        let outcome = self.decide(extensions, action, resource, More::default());
        matches!(outcome.await, Ok(Ok(())))
    }

    /// Refuses an object that has other tags than those that a decision about it went by: it was written meanwhile.
    pub(super) fn check_judged(
        &self,
        extensions: &Extensions,
        (bucket, key): (&str, &str),
        tags: &[Tag],
    ) -> S3Result<()> {
        match self.judged_tags(extensions, (bucket, key))? {
            Some(judged) if judged != tags => Err(changed_meanwhile()),
            _ => Ok(()),
        }
    }

    /// The tags of an object that all decisions about it went by; none where no decision asked for them.
    pub(super) fn judged_tags(
        &self,
        extensions: &Extensions,
        (bucket, key): (&str, &str),
    ) -> S3Result<Option<Vec<Tag>>> {
        let Some(asked) = extensions.get::<Arc<Asked>>() else {
            return Ok(None);
        };
        let judged = asked.judged.lock();
        if judged.is_empty() {
            return Ok(None);
        }
        let resource = self.object(bucket, key);
        let mut of_object = judged.iter().filter(|(arn, _)| arn == resource.arn());
        let first = of_object.next().map(|(_, tags)| tags);
        if of_object.any(|(_, tags)| Some(tags) != first) {
            return Err(changed_meanwhile());
        }
        Ok(first.cloned())
    }

    async fn decide(
        &self,
        extensions: &Extensions,
        action: &str,
        resource: &Resource,
        more: More<'_>,
    ) -> S3Result<Result<(), Refusal>> {
        let call = call(extensions)?;
        let asked = extensions.get::<Arc<Asked>>();
        let of_request = asked.map(|asked| asked.tags.as_slice()).unwrap_or_default();
        let tags = match (sets_tags(action), more.tags) {
            (false, _) => &[],
            (true, []) => of_request,
            (true, tags) => tags,
        };
        let keys_of_tags = keys_of_tags(tags);
        let tag_keys: Vec<&str> = tags.iter().map(|tag| &*tag.key).collect();
        let lists = [("s3:requestobjecttagkeys", tag_keys.as_slice())];
        let mut keys = asked.map_or_else(Vec::new, |asked| asked.keys.of_action(action));
        keys.extend_from_slice(more.keys);
        keys.extend(
            keys_of_tags
                .iter()
                .map(|(key, value)| (key.as_str(), *value)),
        );
        let policy = self.policy_of(call, action, resource).await?;
        let target = Target::on(resource.arn())
            .with_keys(&keys)
            .with_lists(&lists)
            .with_resource_policy(policy.as_ref().map(|entry| &entry.policy));
        let decide = |target| self.authorizer.authorize(call, action, target);
        if !knows_existing_tags(action) {
            return Ok(decide(target));
        }
        let wanted = AtomicBool::new(false);
        let outcome = decide(target.with_object_tags(ObjectTags::Unread(&wanted)));
        if !wanted.load(Ordering::Relaxed) {
            return Ok(outcome);
        }
        let tags = self.existing_tags(call, resource).await?;
        let outcome = decide(target.with_object_tags(ObjectTags::Read(&tags)));
        if let Some(asked) = asked {
            let judged = (resource.arn().to_owned(), tags);
            asked.judged.lock().push(judged);
        }
        Ok(outcome)
    }

    /// The policy of the bucket that is there now, where it has one that counts.
    async fn policy_of(
        &self,
        call: &Call,
        action: &str,
        resource: &Resource,
    ) -> S3Result<Option<Arc<BucketPolicyEntry>>> {
        let Some(bucket) = resource.bucket() else {
            return Ok(None);
        };
        let Some(policies) = self.authorizer.bucket_policies(bucket) else {
            return Ok(None);
        };
        if !has_a_say(call, action) {
            return Ok(None);
        }
        let account = call.caller.account.as_str();
        match self.store.head_bucket(account, bucket).await {
            Ok(about) => Ok(policies.of(about.created).cloned()),
            Err(ObjectStoreError::NoSuchBucket) => Ok(None),
            Err(error) => Err(render_store_error(error)),
        }
    }

    /// The tags that an object has; none where there is no object.
    async fn existing_tags(&self, call: &Call, resource: &Resource) -> S3Result<Vec<Tag>> {
        let (Some(bucket), Some(key)) = (resource.bucket(), resource.key()) else {
            return Ok(Vec::new());
        };
        let account = call.caller.account.as_str();
        match self.store.head_object(account, bucket, key).await {
            Ok(head) => Ok(head.tags),
            Err(ObjectStoreError::NoSuchBucket | ObjectStoreError::NoSuchKey) => Ok(Vec::new()),
            Err(error) => Err(render_store_error(error)),
        }
    }

    fn resource(&self, operation: &Operation, path: &S3Path) -> S3Result<Resource> {
        match (operation.on, path) {
            (On::Everything, _) => Ok(Resource::everything()),
            (On::Bucket | On::EachKey, S3Path::Bucket { bucket }) => Ok(self.bucket(bucket)),
            (On::Object, S3Path::Object { bucket, key }) => Ok(self.object(bucket, key)),
            _ => Err(s3_error!(InvalidURI)),
        }
    }
}

/// A decision went by tags that the object does not have any more.
pub(super) fn changed_meanwhile() -> S3Error {
    s3_error!(
        OperationAborted,
        "The object's tags were changed meanwhile; try again"
    )
}

/// The call that a request is.
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
        let resource = self.resource(operation, cx.s3_path())?;
        check_frame(cx, operation, &resource)?;
        let query = parse_query(cx.uri());
        let is_anonymous = matches!(
            call(cx.extensions_mut())?.caller.principal,
            Principal::Anonymous
        );
        if is_anonymous && query.iter().any(|(name, _)| name.starts_with("response-")) {
            return Err(s3_error!(
                InvalidRequest,
                "Request specific response headers cannot be used for anonymous GET requests."
            ));
        }
        let versioned = query.iter().any(|(name, _)| name == "versionId");
        let mut actions = vec![operation.action(versioned)];
        actions.extend(operation.second_action(versioned));
        by_header(operation, cx.headers(), &mut actions);
        let source = operation
            .copies
            .then(|| Source::of(cx.headers()))
            .transpose()?;
        let tags = if operation.takes_settings() {
            tags_in_headers(cx.headers(), operation.copies)?
        } else {
            Vec::new()
        };
        let now = call(cx.extensions_mut())?.origin.now;
        let signed_by = cx.extensions_mut().get::<SignedBy>().copied();
        let tls = cx.extensions_mut().get::<TlsVersion>().copied();
        let keys = ConditionKeys::of(&Facts {
            headers: cx.headers(),
            query: &query,
            operation,
            actions: &actions,
            copy_source: source.as_ref().map(Source::name),
            signed_by: signed_by.unwrap_or(SignedBy::Nobody),
            tls: tls.and_then(TlsVersion::number),
            now,
        })?;
        let extensions = cx.extensions_mut();
        extensions.insert(Arc::new(Asked {
            keys,
            tags,
            ..Asked::default()
        }));
        if is_anonymous && actions.iter().any(|action| OF_OWNERS.contains(action)) {
            for action in actions {
                self.ask(extensions, action, &resource, More::default())
                    .await?;
            }
            return Err(s3_error!(MethodNotAllowed));
        }
        if operation.on == On::EachKey {
            return Ok(());
        }
        if operation.asks_itself {
            extensions.insert(ToAsk(Arc::new((actions, resource))));
            return Ok(());
        }
        for action in actions {
            self.ask(extensions, action, &resource, More::default())
                .await?;
        }
        if let Some(source) = source {
            source.ask(self, extensions).await?;
        }
        if operation.served {
            return Ok(());
        }
        Err(s3_error!(
            NotImplemented,
            "The operation `{}` is not implemented.",
            operation.event.trim_start_matches("s3:")
        ))
    }
}

/// Enters the operation in the trail, and refuses what no caller may.
fn check_frame(
    cx: &mut S3AccessContext<'_>,
    operation: &Operation,
    resource: &Resource,
) -> S3Result<()> {
    let owners = [
        "x-amz-expected-bucket-owner",
        "x-amz-source-expected-bucket-owner",
    ];
    let owners = owners.map(|header| cx.headers().get(header).cloned());
    let extensions = cx.extensions_mut();
    if let Some(trail) = extensions.get::<Arc<S3Trail>>() {
        trail.enter(operation.event, resource.arn());
    }
    let chunked = extensions.get::<Payload>().is_some_and(Payload::is_chunked);
    if chunked && !operation.takes_chunks() {
        return Err(s3_error!(
            InvalidRequest,
            "Only the bodies of PutObject and UploadPart can be sent in chunks."
        ));
    }
    let account = call(extensions)?.caller.account.as_str();
    let mut owners = owners.iter().flatten();
    if owners.any(|owner| owner.as_bytes() != account.as_bytes()) {
        return Err(s3_error!(AccessDenied, "Access Denied"));
    }
    Ok(())
}

/// The object that a copy reads.
struct Source {
    bucket: Box<str>,
    key: Box<str>,
    version: Option<Box<str>>,
}

impl Source {
    fn of(headers: &HeaderMap) -> S3Result<Self> {
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
            } => Ok(Self {
                bucket,
                key,
                version: version_id,
            }),
            _ => Err(S3Error::new(S3ErrorCode::NotImplemented)),
        }
    }

    /// As policies name it: decoded, without a slash before it and without its version.
    fn name(&self) -> String {
        format!("{}/{}", self.bucket, self.key)
    }

    async fn ask(&self, gate: &Gate, extensions: &Extensions) -> S3Result<()> {
        let resource = gate.object(&self.bucket, &self.key);
        match &self.version {
            None => gate.ask(extensions, GET, &resource, More::default()).await,
            Some(version) => {
                let more = More {
                    keys: &[("s3:versionid", version)],
                    ..More::default()
                };
                gate.ask(extensions, GET_VERSION, &resource, more).await
            }
        }
    }
}
