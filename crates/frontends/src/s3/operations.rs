//! What is known of S3's operations: the action and the resource that each one asks for. An operation without a row in
//! `operation_table` is refused, whoever asks.

use http::HeaderMap;

use super::operation_table::OPERATIONS;

/// What an action is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// `*`.
    Everything,
    /// `arn:aws:s3:::bucket`.
    Bucket,
    /// `arn:aws:s3:::bucket/key`.
    Object,
    /// Each key in the body, asked for by the operation itself.
    EachKey,
}

/// One operation.
#[derive(Debug)]
pub(super) struct Operation {
    /// s3s's name for it behind `s3:`, which is the event's name in the audit trail.
    pub(super) event: &'static str,
    pub(super) action: &'static str,
    /// Asked for instead where the request names a version.
    pub(super) versioned_action: Option<&'static str>,
    /// Asked for as well, without and with a version.
    pub(super) also: Option<(&'static str, &'static str)>,
    pub(super) on: On,
    /// Reads a second object, named by `x-amz-copy-source`.
    pub(super) copies: bool,
    /// Whether an object is there when it has succeeded, for those that do `s3:PutObject`.
    pub(super) creates: Option<bool>,
    /// What decides about it is in the body: the operation itself asks, when it has read it.
    pub(super) asks_itself: bool,
    /// Whether there is more than its row: who may call the others learns that there is not.
    pub(super) served: bool,
}

impl Operation {
    /// Whether the body may be in aws-chunked coding: it goes to the store as it comes. All others are read whole.
    pub(super) fn takes_chunks(&self) -> bool {
        matches!(self.event, "s3:PutObject" | "s3:UploadPart")
    }

    /// Whether its headers say what an object is to be like: tags, ACL, lock.
    pub(super) fn takes_settings(&self) -> bool {
        matches!(
            self.event,
            "s3:CopyObject" | "s3:CreateMultipartUpload" | "s3:PutObject"
        )
    }

    /// What it asks for.
    pub(super) fn action(&self, versioned: bool) -> &'static str {
        match self.versioned_action {
            Some(action) if versioned => action,
            _ => self.action,
        }
    }

    /// What it asks for besides.
    pub(super) fn second_action(&self, versioned: bool) -> Option<&'static str> {
        self.also
            .map(|(plain, with_version)| if versioned { with_version } else { plain })
    }
}

pub(super) const GET: &str = "s3:GetObject";
pub(super) const GET_VERSION: &str = "s3:GetObjectVersion";
pub(super) const DELETE: &str = "s3:DeleteObject";
pub(super) const DELETE_VERSION: &str = "s3:DeleteObjectVersion";
pub(super) const LIST: &str = "s3:ListBucket";
pub(super) const GET_TAGGING: &str = "s3:GetObjectTagging";
pub(super) const GET_VERSION_TAGGING: &str = "s3:GetObjectVersionTagging";
pub(super) const PUT_TAGGING: &str = "s3:PutObjectTagging";

/// The row of an operation by s3s's name for it.
pub(super) fn find(name: &str) -> Option<&'static Operation> {
    OPERATIONS
        .iter()
        .find(|operation| operation.event.strip_prefix("s3:") == Some(name))
}

/// Further actions on the same object that these headers ask for.
const BY_OBJECT_HEADER: &[(&str, &str)] = &[
    ("x-amz-acl", "s3:PutObjectAcl"),
    ("x-amz-grant-full-control", "s3:PutObjectAcl"),
    ("x-amz-grant-read", "s3:PutObjectAcl"),
    ("x-amz-grant-read-acp", "s3:PutObjectAcl"),
    ("x-amz-grant-write-acp", "s3:PutObjectAcl"),
    ("x-amz-tagging", "s3:PutObjectTagging"),
    ("x-amz-object-lock-mode", "s3:PutObjectRetention"),
    (
        "x-amz-object-lock-retain-until-date",
        "s3:PutObjectRetention",
    ),
    ("x-amz-object-lock-legal-hold", "s3:PutObjectLegalHold"),
];

/// The same of a bucket that is made.
const BY_BUCKET_HEADER: &[(&str, &str)] = &[
    ("x-amz-acl", "s3:PutBucketAcl"),
    ("x-amz-grant-full-control", "s3:PutBucketAcl"),
    ("x-amz-grant-read", "s3:PutBucketAcl"),
    ("x-amz-grant-read-acp", "s3:PutBucketAcl"),
    ("x-amz-grant-write", "s3:PutBucketAcl"),
    ("x-amz-grant-write-acp", "s3:PutBucketAcl"),
    (
        "x-amz-bucket-object-lock-enabled",
        "s3:PutBucketObjectLockConfiguration",
    ),
    ("x-amz-object-ownership", "s3:PutBucketOwnershipControls"),
];

/// Adds the actions that a request's headers ask for, each once.
pub(super) fn by_header(
    operation: &Operation,
    headers: &HeaderMap,
    actions: &mut Vec<&'static str>,
) {
    let table = match operation.on {
        On::Object if operation.takes_settings() => BY_OBJECT_HEADER,
        On::Bucket if operation.event == "s3:CreateBucket" => BY_BUCKET_HEADER,
        _ => return,
    };
    for (header, action) in table {
        if headers.contains_key(*header) && !actions.contains(action) {
            actions.push(action);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_order_and_once() {
        let names: Vec<String> = OPERATIONS.iter().map(|o| o.event.to_lowercase()).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        assert!(find("ListDirectoryBuckets").is_none());
    }

    #[test]
    fn every_action_is_known_to_the_domain() {
        let known = anyrole_domain::operations::is_known_action;
        for operation in OPERATIONS {
            let also = operation.also.map(|(plain, versioned)| [plain, versioned]);
            let actions = also.into_iter().flatten().chain(operation.versioned_action);
            for action in actions.chain([operation.action]) {
                assert!(known(action), "{action} of {}", operation.event);
            }
        }
        for (_, action) in BY_OBJECT_HEADER.iter().chain(BY_BUCKET_HEADER) {
            assert!(known(action), "{action}");
        }
    }
}
