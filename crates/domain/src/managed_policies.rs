//! The AWS managed policies that are present, as data. Found by ARN, in any partition.

use std::sync::{Arc, LazyLock};

use anyrole_policy::{Policy, PolicyKind};

/// One AWS managed policy.
#[derive(Debug)]
pub struct ManagedPolicy {
    /// Its name, the last part of its ARN.
    pub name: &'static str,
    /// The document.
    pub text: &'static str,
    /// The document, ready for use.
    pub policy: Arc<Policy>,
}

const DOCUMENTS: [(&str, &str); 2] = [
    (
        "AmazonS3FullAccess",
        include_str!("../data/managed_policies/AmazonS3FullAccess.json"),
    ),
    (
        "AmazonS3ReadOnlyAccess",
        include_str!("../data/managed_policies/AmazonS3ReadOnlyAccess.json"),
    ),
];

static POLICIES: LazyLock<Vec<ManagedPolicy>> = LazyLock::new(|| {
    DOCUMENTS
        .into_iter()
        .filter_map(|(name, text)| {
            let policy = Policy::parse(text, PolicyKind::Identity).ok()?;
            Some(ManagedPolicy {
                name,
                text,
                policy: Arc::new(policy),
            })
        })
        .collect()
});

/// A managed policy by its ARN, `arn:{partition}:iam::aws:policy/{name}`.
pub fn find(arn: &str) -> Option<&'static ManagedPolicy> {
    let mut parts = arn.splitn(6, ':');
    let head = (
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
    );
    let name = parts.next()?.strip_prefix("policy/")?;
    matches!(
        head,
        ("arn", "aws" | "aws-cn" | "aws-us-gov", "iam", "", "aws")
    )
    .then(|| POLICIES.iter().find(|policy| policy.name == name))
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_parses() {
        assert_eq!(POLICIES.len(), DOCUMENTS.len());
    }

    #[test]
    fn found_by_arn_only() {
        assert!(find("arn:aws:iam::aws:policy/AmazonS3FullAccess").is_some());
        assert!(find("arn:aws:iam::000000000000:policy/AmazonS3FullAccess").is_none());
        assert!(find("AmazonS3FullAccess").is_none());
        assert!(find("arn:aws:iam::aws:policy/NoSuch").is_none());
    }
}
