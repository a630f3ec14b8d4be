//! The condition keys of an S3 request: its headers, query and tags enter, each with the actions that it is a key of
//! (service authorization reference, Amazon S3); the gate takes those of the action that it asks for. A header or
//! parameter that an action does not know is no key of it: nobody passes a condition by adding one.

use std::borrow::Cow;
use std::sync::Arc;

use anyrole_domain::Tag;
use http::HeaderMap;
use jiff::Timestamp;
use s3s::{S3Result, s3_error};

use super::operations::Operation;
use super::query::SignedBy;

/// The longest value of a key in bytes.
const MAX_VALUE: usize = 2048;
/// The longest prefix in bytes: that of a key.
const MAX_PREFIX: usize = 1024;
/// How many keys a listing has that does not say it.
const DEFAULT_MAX_KEYS: &str = "1000";

/// Sets of actions.
type Actions = u16;

const CREATE_BUCKET: Actions = 1;
const PUT_OBJECT: Actions = 1 << 1;
const PUT_ACL: Actions = 1 << 2;
const PUT_TAGS: Actions = 1 << 3;
const LIST: Actions = 1 << 4;
const OF_VERSION: Actions = 1 << 5;
const DELETE: Actions = 1 << 6;
const RETENTION: Actions = 1 << 7;
const LEGAL_HOLD: Actions = 1 << 8;
const EVERY: Actions = Actions::MAX;

const GRANTS: Actions = CREATE_BUCKET | PUT_OBJECT | PUT_ACL;

/// Headers, and the keys that they are. `if-…` of a read is none.
const HEADERS: &[(&str, &str, Actions)] = &[
    ("if-match", "s3:if-match", PUT_OBJECT | DELETE),
    ("if-none-match", "s3:if-none-match", PUT_OBJECT),
    ("referer", "aws:referer", EVERY),
    ("x-amz-acl", "s3:x-amz-acl", GRANTS),
    (
        "x-amz-bucket-namespace",
        "s3:x-amz-bucket-namespace",
        CREATE_BUCKET,
    ),
    ("x-amz-content-sha256", "s3:x-amz-content-sha256", EVERY),
    (
        "x-amz-grant-full-control",
        "s3:x-amz-grant-full-control",
        GRANTS,
    ),
    ("x-amz-grant-read", "s3:x-amz-grant-read", GRANTS),
    ("x-amz-grant-read-acp", "s3:x-amz-grant-read-acp", GRANTS),
    ("x-amz-grant-write", "s3:x-amz-grant-write", GRANTS),
    ("x-amz-grant-write-acp", "s3:x-amz-grant-write-acp", GRANTS),
    (
        "x-amz-metadata-directive",
        "s3:x-amz-metadata-directive",
        PUT_OBJECT,
    ),
    (
        "x-amz-object-lock-legal-hold",
        "s3:object-lock-legal-hold",
        PUT_OBJECT | LEGAL_HOLD,
    ),
    (
        "x-amz-object-lock-mode",
        "s3:object-lock-mode",
        PUT_OBJECT | RETENTION,
    ),
    (
        "x-amz-object-lock-retain-until-date",
        "s3:object-lock-retain-until-date",
        PUT_OBJECT | RETENTION,
    ),
    (
        "x-amz-object-ownership",
        "s3:x-amz-object-ownership",
        CREATE_BUCKET,
    ),
    (
        "x-amz-server-side-encryption",
        "s3:x-amz-server-side-encryption",
        PUT_OBJECT,
    ),
    (
        "x-amz-server-side-encryption-aws-kms-key-id",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        PUT_OBJECT,
    ),
    (
        "x-amz-server-side-encryption-customer-algorithm",
        "s3:x-amz-server-side-encryption-customer-algorithm",
        PUT_OBJECT,
    ),
    ("x-amz-storage-class", "s3:x-amz-storage-class", PUT_OBJECT),
    (
        "x-amz-website-redirect-location",
        "s3:x-amz-website-redirect-location",
        PUT_OBJECT,
    ),
];

/// Query parameters, and the keys that they are.
const PARAMETERS: &[(&str, &str, Actions)] = &[
    ("delimiter", "s3:delimiter", LIST),
    ("max-keys", "s3:max-keys", LIST),
    ("prefix", "s3:prefix", LIST),
    ("versionId", "s3:versionid", OF_VERSION),
];

/// The sets that an action is in.
fn sets_of(action: &str) -> Actions {
    match action {
        "s3:CreateBucket" => CREATE_BUCKET,
        "s3:PutObject" => PUT_OBJECT,
        "s3:PutObjectAcl" | "s3:PutBucketAcl" => PUT_ACL,
        "s3:PutObjectVersionAcl" => PUT_ACL | OF_VERSION,
        "s3:PutObjectTagging" => PUT_TAGS,
        "s3:PutObjectVersionTagging" => PUT_TAGS | OF_VERSION,
        "s3:ListBucket" | "s3:ListBucketVersions" => LIST,
        "s3:DeleteObject" => DELETE,
        "s3:DeleteObjectVersion" => DELETE | OF_VERSION,
        "s3:PutObjectRetention" => RETENTION,
        "s3:PutObjectLegalHold" => LEGAL_HOLD,
        "s3:GetObjectVersion"
        | "s3:GetObjectVersionAcl"
        | "s3:GetObjectVersionAttributes"
        | "s3:GetObjectVersionTagging"
        | "s3:GetObjectVersionTorrent"
        | "s3:DeleteObjectVersionTagging" => OF_VERSION,
        _ => 0,
    }
}

/// Whether an action is one on an object whose tags are `s3:ExistingObjectTag/…`.
pub(super) fn knows_existing_tags(action: &str) -> bool {
    matches!(
        action,
        "s3:GetObject"
            | "s3:GetObjectVersion"
            | "s3:GetObjectAcl"
            | "s3:GetObjectVersionAcl"
            | "s3:GetObjectAttributes"
            | "s3:GetObjectVersionAttributes"
            | "s3:GetObjectTagging"
            | "s3:GetObjectVersionTagging"
            | "s3:PutObjectAcl"
            | "s3:PutObjectVersionAcl"
            | "s3:PutObjectTagging"
            | "s3:PutObjectVersionTagging"
            | "s3:DeleteObjectTagging"
            | "s3:DeleteObjectVersionTagging"
    )
}

/// What the keys of a request are made of.
pub(super) struct Facts<'a> {
    /// Its headers; those that a presigned URL stands for as well.
    pub(super) headers: &'a HeaderMap,
    /// Its query.
    pub(super) query: &'a [(String, String)],
    /// What it asks for.
    pub(super) operation: &'a Operation,
    /// All of the actions that it asks for on its own resource.
    pub(super) actions: &'a [&'a str],
    /// `bucket/key` of the object that it copies.
    pub(super) copy_source: Option<String>,
    /// Who signed it, and where.
    pub(super) signed_by: SignedBy,
    /// The version of TLS that it came over.
    pub(super) tls: Option<&'static str>,
    /// When it is judged.
    pub(super) now: Timestamp,
}

#[derive(Debug)]
struct Key {
    name: Cow<'static, str>,
    value: Cow<'static, str>,
    actions: Actions,
}

/// The keys of one request. Clones are cheap.
#[derive(Debug, Clone, Default)]
pub(super) struct ConditionKeys(Arc<Vec<Key>>);

impl ConditionKeys {
    /// Reads them, and refuses what is given more than once: what is judged and what is done must be the same value.
    pub(super) fn of(facts: &Facts<'_>) -> S3Result<Self> {
        let asked = facts
            .actions
            .iter()
            .fold(0, |sets, action| sets | sets_of(action));
        let mut keys = Vec::new();
        for (header, name, actions) in HEADERS {
            if *actions != EVERY && actions & asked == 0 {
                continue;
            }
            let mut values = facts.headers.get_all(*header).iter();
            if let Some(value) = values.next() {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                refuse_long(header, &value)?;
                push(&mut keys, *name, value, *actions);
            }
            refuse_second(header, values.next().is_some())?;
        }
        for (parameter, name, actions) in PARAMETERS {
            let mut values = facts.query.iter().filter(|(n, _)| n == parameter);
            if let Some((_, value)) = values.next()
                && actions & asked != 0
            {
                refuse_long(parameter, value)?;
                push(&mut keys, *name, value.clone(), *actions);
            }
            refuse_second(parameter, values.next().is_some())?;
        }
        if facts.operation.event.starts_with("s3:ListObject")
            && !facts.query.iter().any(|(name, _)| name == "max-keys")
        {
            push(&mut keys, "s3:max-keys", DEFAULT_MAX_KEYS, LIST);
        }
        push_common(&mut keys, facts);
        push_of_write(&mut keys, facts)?;
        Ok(Self(Arc::new(keys)))
    }

    /// Those of an action, in lower case.
    pub(super) fn of_action(&self, action: &str) -> Vec<(&str, &str)> {
        let sets = sets_of(action);
        let known = |key: &&Key| key.actions == EVERY || key.actions & sets != 0;
        let keys = self.0.iter().filter(known);
        keys.map(|key| (&*key.name, &*key.value)).collect()
    }
}

/// The keys of an action that sets tags, for each of them.
pub(super) fn keys_of_tags(tags: &[Tag]) -> Vec<(String, &str)> {
    let name = |tag: &Tag| format!("s3:requestobjecttag/{}", tag.key.to_ascii_lowercase());
    tags.iter().map(|tag| (name(tag), &*tag.value)).collect()
}

/// Whether the tags in a request are keys of an action.
pub(super) fn sets_tags(action: &str) -> bool {
    sets_of(action) & (PUT_OBJECT | PUT_TAGS) != 0
}

fn push(
    keys: &mut Vec<Key>,
    name: impl Into<Cow<'static, str>>,
    value: impl Into<Cow<'static, str>>,
    actions: Actions,
) {
    keys.push(Key {
        name: name.into(),
        value: value.into(),
        actions,
    });
}

/// The keys that every action has.
fn push_common(keys: &mut Vec<Key>, facts: &Facts<'_>) {
    if let Some(auth_type) = facts.signed_by.auth_type() {
        push(keys, "s3:authtype", auth_type, EVERY);
        push(keys, "s3:signatureversion", "AWS4-HMAC-SHA256", EVERY);
    }
    if let SignedBy::Query { at: Some(at) } = facts.signed_by {
        let age = facts.now.as_millisecond() - at.as_millisecond();
        push(keys, "s3:signatureage", age.max(0).to_string(), EVERY);
    }
    if let Some(version) = facts.tls {
        push(keys, "s3:tlsversion", version, EVERY);
    }
}

fn push_of_write(keys: &mut Vec<Key>, facts: &Facts<'_>) -> S3Result<()> {
    if let Some(creates) = facts.operation.creates {
        let creates = if creates { "true" } else { "false" };
        push(keys, "s3:objectcreationoperation", creates, PUT_OBJECT);
    }
    if let Some(source) = &facts.copy_source {
        refuse_long("x-amz-copy-source", source)?;
        push(keys, "s3:x-amz-copy-source", source.clone(), PUT_OBJECT);
    }
    let until = facts.headers.get("x-amz-object-lock-retain-until-date");
    let until = until.and_then(|value| value.to_str().ok()?.parse::<Timestamp>().ok());
    if let Some(until) = until {
        // A day that has begun counts as a whole one.
        let seconds = until.as_second() - facts.now.as_second();
        let days = seconds.div_euclid(86_400) + i64::from(seconds.rem_euclid(86_400) > 0);
        let name = "s3:object-lock-remaining-retention-days";
        push(keys, name, days.to_string(), PUT_OBJECT | RETENTION);
    }
    Ok(())
}

/// What a policy compares with patterns is no longer than it need be.
fn refuse_long(name: &str, value: &str) -> S3Result<()> {
    let most = if name == "prefix" {
        MAX_PREFIX
    } else {
        MAX_VALUE
    };
    if value.len() > most {
        return Err(s3_error!(
            InvalidArgument,
            "`{name}` is longer than {most} bytes"
        ));
    }
    Ok(())
}

fn refuse_second(name: &str, is_there: bool) -> S3Result<()> {
    if is_there {
        return Err(s3_error!(
            InvalidArgument,
            "`{name}` is given more than once"
        ));
    }
    Ok(())
}
