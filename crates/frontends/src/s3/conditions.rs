//! Conditional requests (RFC 9110, 13.2.2): whether a read goes on, and what a write asks of the store.

use anyrole_domain::objects::{ObjectHead, WriteCondition};
use http::{HeaderMap, HeaderValue, header};
use s3s::dto::{ETag, ETagCondition, Timestamp};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use super::metadata::timestamp;

/// The four conditions of a read.
#[derive(Debug, Default)]
pub(super) struct ReadConditions {
    pub(super) if_match: Option<ETagCondition>,
    pub(super) if_none_match: Option<ETagCondition>,
    pub(super) if_modified_since: Option<Timestamp>,
    pub(super) if_unmodified_since: Option<Timestamp>,
}

/// What a read's conditions come to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    GoOn,
    NotModified,
    Failed,
}

impl ReadConditions {
    /// Whether there are any.
    pub(super) fn any(&self) -> bool {
        self.if_match.is_some()
            || self.if_none_match.is_some()
            || self.if_modified_since.is_some()
            || self.if_unmodified_since.is_some()
    }

    /// `If-Match` outranks `If-Unmodified-Since`, `If-None-Match` outranks `If-Modified-Since`.
    pub(super) fn judge(&self, head: &ObjectHead) -> Outcome {
        let modified = timestamp(head.modified);
        let kept = match (&self.if_match, &self.if_unmodified_since) {
            (Some(condition), _) => matches(condition, &head.etag),
            (None, Some(since)) => modified <= *since,
            (None, None) => true,
        };
        if !kept {
            return Outcome::Failed;
        }
        let changed = match (&self.if_none_match, &self.if_modified_since) {
            (Some(condition), _) => !matches(condition, &head.etag),
            (None, Some(since)) => modified > *since,
            (None, None) => true,
        };
        if changed {
            Outcome::GoOn
        } else {
            Outcome::NotModified
        }
    }

    /// For GET and HEAD: 304 or 412.
    pub(super) fn check_read(&self, head: &ObjectHead) -> S3Result<()> {
        match self.judge(head) {
            Outcome::GoOn => Ok(()),
            Outcome::Failed => Err(precondition_failed()),
            Outcome::NotModified => Err(not_modified(head)),
        }
    }

    /// For the source of a copy: always 412.
    pub(super) fn check_source(&self, head: &ObjectHead) -> S3Result<()> {
        match self.judge(head) {
            Outcome::GoOn => Ok(()),
            Outcome::Failed | Outcome::NotModified => Err(precondition_failed()),
        }
    }
}

fn matches(condition: &ETagCondition, etag: &str) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(wanted) => wanted.value() == etag,
    }
}

fn precondition_failed() -> S3Error {
    s3_error!(
        PreconditionFailed,
        "At least one of the pre-conditions you specified did not hold"
    )
}

fn not_modified(head: &ObjectHead) -> S3Error {
    let mut error = S3Error::new(S3ErrorCode::NotModified);
    let mut headers = HeaderMap::new();
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{}\"", head.etag)) {
        headers.insert(header::ETAG, etag);
    }
    error.set_headers(headers);
    error
}

/// What `If-Match` and `If-None-Match` of a write ask of the store. `If-None-Match` takes only `*`.
pub(super) fn write_condition(
    if_match: Option<ETagCondition>,
    if_none_match: Option<ETagCondition>,
) -> S3Result<WriteCondition> {
    match (if_match, if_none_match) {
        (None, None) => Ok(WriteCondition::Always),
        (None, Some(ETagCondition::Any)) => Ok(WriteCondition::Absent),
        (Some(ETagCondition::Any), None) => Ok(WriteCondition::Present),
        (Some(ETagCondition::ETag(ETag::Strong(etag))), None) => Ok(WriteCondition::EtagIs(etag)),
        _ => Err(s3_error!(
            NotImplemented,
            "A header you provided implies functionality that is not implemented"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_conditions() {
        let head = ObjectHead {
            size: 0,
            etag: "e".to_owned(),
            modified: "2026-01-01T00:00:00.9Z".parse().unwrap(),
            metadata: Default::default(),
            tags: Vec::new(),
            checksum: None,
            part_sizes: Vec::new(),
        };
        let tag = |text: &str| Some(ETagCondition::ETag(ETag::Strong(text.to_owned())));
        let at = |text: &str| Some(timestamp(text.parse().unwrap()));
        let (before, same, after) = (
            at("2025-12-31T23:59:59Z"),
            at("2026-01-01T00:00:00Z"),
            at("2026-01-01T00:00:01Z"),
        );
        let any = Some(ETagCondition::Any);
        let cases = [
            (None, None, None, None, Outcome::GoOn),
            (tag("e"), None, None, None, Outcome::GoOn),
            (any.clone(), None, None, None, Outcome::GoOn),
            (tag("x"), None, None, None, Outcome::Failed),
            (tag("e"), None, None, before.clone(), Outcome::GoOn),
            (None, None, None, before.clone(), Outcome::Failed),
            (None, None, None, same.clone(), Outcome::GoOn),
            (None, tag("e"), None, None, Outcome::NotModified),
            (None, any, None, None, Outcome::NotModified),
            (None, tag("x"), None, None, Outcome::GoOn),
            (None, tag("x"), after, None, Outcome::GoOn),
            (None, None, same, None, Outcome::NotModified),
            (None, None, before, None, Outcome::GoOn),
            (tag("x"), tag("e"), None, None, Outcome::Failed),
        ];
        for (if_match, if_none_match, if_modified_since, if_unmodified_since, expected) in cases {
            let conditions = ReadConditions {
                if_match,
                if_none_match,
                if_modified_since,
                if_unmodified_since,
            };
            assert_eq!(conditions.judge(&head), expected, "{conditions:?}");
        }
    }
}
