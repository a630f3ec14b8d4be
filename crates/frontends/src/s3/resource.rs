//! What an S3 action is done to: an ARN that still knows its bucket and key.

/// A bucket, an object, or `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resource {
    arn: String,
    /// Where the bucket's name begins in the ARN, and where it ends; nowhere for `*`.
    bucket: std::ops::Range<usize>,
}

impl Resource {
    /// `*`.
    pub(super) fn everything() -> Self {
        Self {
            arn: "*".to_owned(),
            bucket: 0..0,
        }
    }

    /// A bucket.
    pub(super) fn of_bucket(partition: &str, bucket: &str) -> Self {
        let arn = ["arn:", partition, ":s3:::", bucket].concat();
        let end = arn.len();
        Self {
            bucket: end - bucket.len()..end,
            arn,
        }
    }

    /// An object.
    pub(super) fn of_object(partition: &str, bucket: &str, key: &str) -> Self {
        let arn = ["arn:", partition, ":s3:::", bucket, "/", key].concat();
        let end = arn.len() - key.len() - 1;
        Self {
            bucket: end - bucket.len()..end,
            arn,
        }
    }

    pub(super) fn arn(&self) -> &str {
        &self.arn
    }

    pub(super) fn bucket(&self) -> Option<&str> {
        self.arn
            .get(self.bucket.clone())
            .filter(|name| !name.is_empty())
    }

    pub(super) fn key(&self) -> Option<&str> {
        self.bucket()?;
        self.arn.get(self.bucket.end + 1..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let object = Resource::of_object("aws-cn", "bucket", "a/b:c");
        assert_eq!(object.arn(), "arn:aws-cn:s3:::bucket/a/b:c");
        assert_eq!(
            (object.bucket(), object.key()),
            (Some("bucket"), Some("a/b:c"))
        );
        let bucket = Resource::of_bucket("aws", "bucket");
        assert_eq!(bucket.arn(), "arn:aws:s3:::bucket");
        assert_eq!((bucket.bucket(), bucket.key()), (Some("bucket"), None));
        let everything = Resource::everything();
        assert_eq!((everything.bucket(), everything.key()), (None, None));
    }
}
