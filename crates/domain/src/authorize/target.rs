//! What an action is to be done to: filled in by the domain function that asks, read by `context.rs`.

use std::sync::atomic::{AtomicBool, Ordering};

use anyrole_policy::Policy;

use crate::tags::{Tag, find_tag};

/// The tags that an object has: `s3:ExistingObjectTag/*`. Reading them costs more than most decisions, and few ask for them.
#[derive(Debug, Clone, Copy)]
pub enum ObjectTags<'a> {
    /// The action knows no such key.
    None,
    /// Not read yet. A decision that asks for one sets this, and must be made again with the tags.
    Unread(&'a AtomicBool),
    /// These.
    Read(&'a [Tag]),
}

impl ObjectTags<'_> {
    pub(super) fn read(&self) -> &[Tag] {
        match self {
            Self::Read(tags) => tags,
            Self::None | Self::Unread(_) => &[],
        }
    }

    pub(super) fn find(&self, key: &str) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Unread(wanted) => {
                wanted.store(true, Ordering::Relaxed);
                None
            }
            Self::Read(tags) => find_tag(tags, key),
        }
    }
}

/// What an action is to be done to, and the condition keys that the request adds.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    pub(super) resource: &'a str,
    pub(super) request_tags: &'a [Tag],
    pub(super) tag_keys: &'a [String],
    pub(super) resource_tags: &'a [Tag],
    pub(super) resource_policy: Option<&'a Policy>,
    /// Lower-cased condition keys with their values.
    pub(super) keys: &'a [(&'a str, &'a str)],
    /// Keys of several values, lower-cased.
    pub(super) lists: &'a [(&'a str, &'a [&'a str])],
    pub(super) object_tags: ObjectTags<'a>,
}

impl<'a> Target<'a> {
    /// Actions that name no resource: `*`.
    pub const fn any() -> Self {
        Self::on("*")
    }

    /// One resource, by ARN.
    pub const fn on(resource: &'a str) -> Self {
        Self {
            resource,
            request_tags: &[],
            tag_keys: &[],
            resource_tags: &[],
            resource_policy: None,
            keys: &[],
            lists: &[],
            object_tags: ObjectTags::None,
        }
    }

    /// The resource's ARN, or `*`.
    pub const fn resource(&self) -> &'a str {
        self.resource
    }

    /// The same on one resource, by ARN.
    #[must_use]
    pub const fn to(mut self, resource: &'a str) -> Self {
        self.resource = resource;
        self
    }

    /// The keys of tags that the request takes away: `aws:TagKeys`.
    #[must_use]
    pub const fn with_tag_keys(mut self, keys: &'a [String]) -> Self {
        self.tag_keys = keys;
        self
    }

    /// The tags that the request sets: `aws:RequestTag/*` and `aws:TagKeys`.
    #[must_use]
    pub const fn with_request_tags(mut self, tags: &'a [Tag]) -> Self {
        self.request_tags = tags;
        self
    }

    /// The tags that the resource has: `aws:ResourceTag/*`.
    #[must_use]
    pub const fn with_resource_tags(mut self, tags: &'a [Tag]) -> Self {
        self.resource_tags = tags;
        self
    }

    /// The tags that the object has: `s3:ExistingObjectTag/*`.
    #[must_use]
    pub const fn with_object_tags(mut self, tags: ObjectTags<'a>) -> Self {
        self.object_tags = tags;
        self
    }

    /// The policy that the resource has itself, a bucket's say.
    #[must_use]
    pub const fn with_resource_policy(mut self, policy: Option<&'a Policy>) -> Self {
        self.resource_policy = policy;
        self
    }

    /// The service's own keys that it has.
    pub const fn keys(&self) -> &'a [(&'a str, &'a str)] {
        self.keys
    }

    /// Keys of the service itself, lower-cased, such as `iam:passedtoservice` or `s3:prefix`.
    #[must_use]
    pub const fn with_keys(mut self, keys: &'a [(&'a str, &'a str)]) -> Self {
        self.keys = keys;
        self
    }

    /// Keys of the service itself that have several values, lower-cased, such as `sts:transitivetagkeys`.
    #[must_use]
    pub const fn with_lists(mut self, lists: &'a [(&'a str, &'a [&'a str])]) -> Self {
        self.lists = lists;
        self
    }
}
