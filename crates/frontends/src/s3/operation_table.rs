//! The table of S3's operations (service authorization reference, Amazon S3), in order of name. Those that are not served
//! have their rows, too: only who may call them learns that.

use super::operations::{On, Operation};

const fn row(event: &'static str, action: &'static str, on: On) -> Operation {
    Operation {
        event,
        action,
        versioned_action: None,
        also: None,
        on,
        copies: false,
        creates: None,
        asks_itself: false,
        served: true,
    }
}

const fn bucket(event: &'static str, action: &'static str) -> Operation {
    row(event, action, On::Bucket)
}

const fn object(event: &'static str, action: &'static str) -> Operation {
    row(event, action, On::Object)
}

const fn put_object(event: &'static str, creates: bool) -> Operation {
    let mut operation = object(event, "s3:PutObject");
    operation.creates = Some(creates);
    operation
}

const fn versioned(mut operation: Operation, action: &'static str) -> Operation {
    operation.versioned_action = Some(action);
    operation
}

const fn copying(mut operation: Operation) -> Operation {
    operation.copies = true;
    operation
}

const fn asking_itself(mut operation: Operation) -> Operation {
    operation.asks_itself = true;
    operation
}

const fn unserved(mut operation: Operation) -> Operation {
    operation.served = false;
    operation
}

const fn and(mut operation: Operation, plain: &'static str, versioned: &'static str) -> Operation {
    operation.also = Some((plain, versioned));
    operation
}

pub(super) const OPERATIONS: &[Operation] = &[
    object("s3:AbortMultipartUpload", "s3:AbortMultipartUpload"),
    put_object("s3:CompleteMultipartUpload", true),
    copying(put_object("s3:CopyObject", true)),
    asking_itself(bucket("s3:CreateBucket", "s3:CreateBucket")),
    unserved(bucket(
        "s3:CreateBucketMetadataTableConfiguration",
        "s3:CreateBucketMetadataTableConfiguration",
    )),
    put_object("s3:CreateMultipartUpload", false),
    bucket("s3:DeleteBucket", "s3:DeleteBucket"),
    unserved(bucket(
        "s3:DeleteBucketAnalyticsConfiguration",
        "s3:PutAnalyticsConfiguration",
    )),
    unserved(bucket("s3:DeleteBucketCors", "s3:PutBucketCORS")),
    unserved(bucket(
        "s3:DeleteBucketEncryption",
        "s3:PutEncryptionConfiguration",
    )),
    unserved(bucket(
        "s3:DeleteBucketIntelligentTieringConfiguration",
        "s3:PutIntelligentTieringConfiguration",
    )),
    unserved(bucket(
        "s3:DeleteBucketInventoryConfiguration",
        "s3:PutInventoryConfiguration",
    )),
    unserved(bucket(
        "s3:DeleteBucketLifecycle",
        "s3:PutLifecycleConfiguration",
    )),
    unserved(bucket(
        "s3:DeleteBucketMetadataTableConfiguration",
        "s3:DeleteBucketMetadataTableConfiguration",
    )),
    unserved(bucket(
        "s3:DeleteBucketMetricsConfiguration",
        "s3:PutMetricsConfiguration",
    )),
    unserved(bucket(
        "s3:DeleteBucketOwnershipControls",
        "s3:PutBucketOwnershipControls",
    )),
    bucket("s3:DeleteBucketPolicy", "s3:DeleteBucketPolicy"),
    unserved(bucket(
        "s3:DeleteBucketReplication",
        "s3:PutReplicationConfiguration",
    )),
    unserved(bucket("s3:DeleteBucketTagging", "s3:PutBucketTagging")),
    unserved(bucket("s3:DeleteBucketWebsite", "s3:DeleteBucketWebsite")),
    versioned(
        object("s3:DeleteObject", "s3:DeleteObject"),
        "s3:DeleteObjectVersion",
    ),
    versioned(
        row("s3:DeleteObjects", "s3:DeleteObject", On::EachKey),
        "s3:DeleteObjectVersion",
    ),
    versioned(
        object("s3:DeleteObjectTagging", "s3:DeleteObjectTagging"),
        "s3:DeleteObjectVersionTagging",
    ),
    unserved(bucket(
        "s3:DeletePublicAccessBlock",
        "s3:PutBucketPublicAccessBlock",
    )),
    unserved(bucket(
        "s3:GetBucketAccelerateConfiguration",
        "s3:GetAccelerateConfiguration",
    )),
    unserved(bucket("s3:GetBucketAcl", "s3:GetBucketAcl")),
    unserved(bucket(
        "s3:GetBucketAnalyticsConfiguration",
        "s3:GetAnalyticsConfiguration",
    )),
    unserved(bucket("s3:GetBucketCors", "s3:GetBucketCORS")),
    unserved(bucket(
        "s3:GetBucketEncryption",
        "s3:GetEncryptionConfiguration",
    )),
    unserved(bucket(
        "s3:GetBucketIntelligentTieringConfiguration",
        "s3:GetIntelligentTieringConfiguration",
    )),
    unserved(bucket(
        "s3:GetBucketInventoryConfiguration",
        "s3:GetInventoryConfiguration",
    )),
    unserved(bucket(
        "s3:GetBucketLifecycleConfiguration",
        "s3:GetLifecycleConfiguration",
    )),
    bucket("s3:GetBucketLocation", "s3:GetBucketLocation"),
    unserved(bucket("s3:GetBucketLogging", "s3:GetBucketLogging")),
    unserved(bucket(
        "s3:GetBucketMetadataTableConfiguration",
        "s3:GetBucketMetadataTableConfiguration",
    )),
    unserved(bucket(
        "s3:GetBucketMetricsConfiguration",
        "s3:GetMetricsConfiguration",
    )),
    unserved(bucket(
        "s3:GetBucketNotificationConfiguration",
        "s3:GetBucketNotification",
    )),
    unserved(bucket(
        "s3:GetBucketOwnershipControls",
        "s3:GetBucketOwnershipControls",
    )),
    bucket("s3:GetBucketPolicy", "s3:GetBucketPolicy"),
    unserved(bucket(
        "s3:GetBucketPolicyStatus",
        "s3:GetBucketPolicyStatus",
    )),
    unserved(bucket(
        "s3:GetBucketReplication",
        "s3:GetReplicationConfiguration",
    )),
    unserved(bucket(
        "s3:GetBucketRequestPayment",
        "s3:GetBucketRequestPayment",
    )),
    unserved(bucket("s3:GetBucketTagging", "s3:GetBucketTagging")),
    unserved(bucket("s3:GetBucketVersioning", "s3:GetBucketVersioning")),
    unserved(bucket("s3:GetBucketWebsite", "s3:GetBucketWebsite")),
    versioned(
        object("s3:GetObject", "s3:GetObject"),
        "s3:GetObjectVersion",
    ),
    unserved(versioned(
        object("s3:GetObjectAcl", "s3:GetObjectAcl"),
        "s3:GetObjectVersionAcl",
    )),
    and(
        versioned(
            object("s3:GetObjectAttributes", "s3:GetObject"),
            "s3:GetObjectVersion",
        ),
        "s3:GetObjectAttributes",
        "s3:GetObjectVersionAttributes",
    ),
    unserved(object("s3:GetObjectLegalHold", "s3:GetObjectLegalHold")),
    unserved(bucket(
        "s3:GetObjectLockConfiguration",
        "s3:GetBucketObjectLockConfiguration",
    )),
    unserved(object("s3:GetObjectRetention", "s3:GetObjectRetention")),
    versioned(
        object("s3:GetObjectTagging", "s3:GetObjectTagging"),
        "s3:GetObjectVersionTagging",
    ),
    unserved(versioned(
        object("s3:GetObjectTorrent", "s3:GetObjectTorrent"),
        "s3:GetObjectVersionTorrent",
    )),
    unserved(bucket(
        "s3:GetPublicAccessBlock",
        "s3:GetBucketPublicAccessBlock",
    )),
    bucket("s3:HeadBucket", "s3:ListBucket"),
    versioned(
        object("s3:HeadObject", "s3:GetObject"),
        "s3:GetObjectVersion",
    ),
    unserved(bucket(
        "s3:ListBucketAnalyticsConfigurations",
        "s3:GetAnalyticsConfiguration",
    )),
    unserved(bucket(
        "s3:ListBucketIntelligentTieringConfigurations",
        "s3:GetIntelligentTieringConfiguration",
    )),
    unserved(bucket(
        "s3:ListBucketInventoryConfigurations",
        "s3:GetInventoryConfiguration",
    )),
    unserved(bucket(
        "s3:ListBucketMetricsConfigurations",
        "s3:GetMetricsConfiguration",
    )),
    row("s3:ListBuckets", "s3:ListAllMyBuckets", On::Everything),
    bucket("s3:ListMultipartUploads", "s3:ListBucketMultipartUploads"),
    bucket("s3:ListObjects", "s3:ListBucket"),
    bucket("s3:ListObjectsV2", "s3:ListBucket"),
    bucket("s3:ListObjectVersions", "s3:ListBucketVersions"),
    object("s3:ListParts", "s3:ListMultipartUploadParts"),
    unserved(bucket(
        "s3:PutBucketAccelerateConfiguration",
        "s3:PutAccelerateConfiguration",
    )),
    unserved(bucket("s3:PutBucketAcl", "s3:PutBucketAcl")),
    unserved(bucket(
        "s3:PutBucketAnalyticsConfiguration",
        "s3:PutAnalyticsConfiguration",
    )),
    unserved(bucket("s3:PutBucketCors", "s3:PutBucketCORS")),
    unserved(bucket(
        "s3:PutBucketEncryption",
        "s3:PutEncryptionConfiguration",
    )),
    unserved(bucket(
        "s3:PutBucketIntelligentTieringConfiguration",
        "s3:PutIntelligentTieringConfiguration",
    )),
    unserved(bucket(
        "s3:PutBucketInventoryConfiguration",
        "s3:PutInventoryConfiguration",
    )),
    unserved(bucket(
        "s3:PutBucketLifecycleConfiguration",
        "s3:PutLifecycleConfiguration",
    )),
    unserved(bucket("s3:PutBucketLogging", "s3:PutBucketLogging")),
    unserved(bucket(
        "s3:PutBucketMetricsConfiguration",
        "s3:PutMetricsConfiguration",
    )),
    unserved(bucket(
        "s3:PutBucketNotificationConfiguration",
        "s3:PutBucketNotification",
    )),
    unserved(bucket(
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketOwnershipControls",
    )),
    bucket("s3:PutBucketPolicy", "s3:PutBucketPolicy"),
    unserved(bucket(
        "s3:PutBucketReplication",
        "s3:PutReplicationConfiguration",
    )),
    unserved(bucket(
        "s3:PutBucketRequestPayment",
        "s3:PutBucketRequestPayment",
    )),
    unserved(bucket("s3:PutBucketTagging", "s3:PutBucketTagging")),
    unserved(bucket("s3:PutBucketVersioning", "s3:PutBucketVersioning")),
    unserved(bucket("s3:PutBucketWebsite", "s3:PutBucketWebsite")),
    put_object("s3:PutObject", true),
    unserved(versioned(
        object("s3:PutObjectAcl", "s3:PutObjectAcl"),
        "s3:PutObjectVersionAcl",
    )),
    unserved(object("s3:PutObjectLegalHold", "s3:PutObjectLegalHold")),
    unserved(bucket(
        "s3:PutObjectLockConfiguration",
        "s3:PutBucketObjectLockConfiguration",
    )),
    unserved(object("s3:PutObjectRetention", "s3:PutObjectRetention")),
    asking_itself(versioned(
        object("s3:PutObjectTagging", "s3:PutObjectTagging"),
        "s3:PutObjectVersionTagging",
    )),
    unserved(bucket(
        "s3:PutPublicAccessBlock",
        "s3:PutBucketPublicAccessBlock",
    )),
    unserved(object("s3:RestoreObject", "s3:RestoreObject")),
    unserved(versioned(
        object("s3:SelectObjectContent", "s3:GetObject"),
        "s3:GetObjectVersion",
    )),
    put_object("s3:UploadPart", false),
    copying(put_object("s3:UploadPartCopy", false)),
];
