//! The table of S3 operations that are served, with the action and resource that each one asks for
//! (service authorization reference, Amazon S3). An operation without a row is refused.

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
    pub(super) on: On,
    /// Reads a second object, named by `x-amz-copy-source`.
    pub(super) copies: bool,
}

impl Operation {
    /// Whether the body may be in aws-chunked coding: it goes to the store as it comes. All others are read whole.
    pub(super) fn takes_chunks(&self) -> bool {
        matches!(self.event, "s3:PutObject" | "s3:UploadPart")
    }
}

const fn row(event: &'static str, action: &'static str, on: On) -> Operation {
    Operation {
        event,
        action,
        versioned_action: None,
        on,
        copies: false,
    }
}

const fn versioned(operation: Operation, action: &'static str) -> Operation {
    Operation {
        versioned_action: Some(action),
        ..operation
    }
}

const fn copying(operation: Operation) -> Operation {
    Operation {
        copies: true,
        ..operation
    }
}

const OPERATIONS: &[Operation] = &[
    row(
        "s3:AbortMultipartUpload",
        "s3:AbortMultipartUpload",
        On::Object,
    ),
    row("s3:CompleteMultipartUpload", "s3:PutObject", On::Object),
    copying(row("s3:CopyObject", "s3:PutObject", On::Object)),
    row("s3:CreateBucket", "s3:CreateBucket", On::Bucket),
    row("s3:CreateMultipartUpload", "s3:PutObject", On::Object),
    row("s3:DeleteBucket", "s3:DeleteBucket", On::Bucket),
    versioned(
        row("s3:DeleteObject", "s3:DeleteObject", On::Object),
        DELETE_VERSION,
    ),
    versioned(
        row("s3:DeleteObjects", "s3:DeleteObject", On::EachKey),
        DELETE_VERSION,
    ),
    row("s3:GetBucketLocation", "s3:GetBucketLocation", On::Bucket),
    versioned(row("s3:GetObject", "s3:GetObject", On::Object), GET_VERSION),
    row("s3:HeadBucket", "s3:ListBucket", On::Bucket),
    versioned(
        row("s3:HeadObject", "s3:GetObject", On::Object),
        GET_VERSION,
    ),
    row("s3:ListBuckets", "s3:ListAllMyBuckets", On::Everything),
    row(
        "s3:ListMultipartUploads",
        "s3:ListBucketMultipartUploads",
        On::Bucket,
    ),
    row("s3:ListObjects", "s3:ListBucket", On::Bucket),
    row("s3:ListObjectsV2", "s3:ListBucket", On::Bucket),
    row("s3:ListObjectVersions", "s3:ListBucketVersions", On::Bucket),
    row("s3:ListParts", "s3:ListMultipartUploadParts", On::Object),
    row("s3:PutObject", "s3:PutObject", On::Object),
    row("s3:UploadPart", "s3:PutObject", On::Object),
    copying(row("s3:UploadPartCopy", "s3:PutObject", On::Object)),
];

pub(super) const GET: &str = "s3:GetObject";
pub(super) const GET_VERSION: &str = "s3:GetObjectVersion";
pub(super) const DELETE: &str = "s3:DeleteObject";
pub(super) const DELETE_VERSION: &str = "s3:DeleteObjectVersion";
pub(super) const LIST: &str = "s3:ListBucket";

/// The row of an operation by s3s's name for it.
pub(super) fn find(name: &str) -> Option<&'static Operation> {
    OPERATIONS
        .iter()
        .find(|operation| operation.event.strip_prefix("s3:") == Some(name))
}

/// Further actions on the same resource that these headers ask for.
pub(super) const BY_HEADER: &[(&str, &str)] = &[
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_order_and_once() {
        let names: Vec<String> = OPERATIONS.iter().map(|o| o.event.to_lowercase()).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        assert!(find("PutBucketPolicy").is_none());
    }
}
