//! Sizes of policies, in characters without white space between tokens ([`Policy::minified_len`]); whoever stores a
//! policy compares. From the IAM user guide, "IAM and AWS STS quotas", and the user guides of the services.
//!
//! [`Policy::minified_len`]: crate::Policy::minified_len

/// A managed policy.
pub const MANAGED: usize = 6_144;
/// All inline policies of a role together.
pub const INLINE_OF_ROLE: usize = 10_240;
/// All inline policies of a user together.
pub const INLINE_OF_USER: usize = 2_048;
/// All inline policies of a group together.
pub const INLINE_OF_GROUP: usize = 5_120;
/// A role's trust policy, until the quota is raised.
pub const TRUST: usize = 2_048;
/// A role's trust policy at most.
pub const TRUST_RAISED: usize = 4_096;
/// The inline session policy of an STS call, with its white space.
pub const SESSION: usize = 2_048;
/// A bucket's policy: 20 KiB, white space and all.
pub const BUCKET: usize = 20_480;
/// A service control policy.
pub const SERVICE_CONTROL: usize = 5_120;
/// A resource control policy.
pub const RESOURCE_CONTROL: usize = 5_120;
/// Any policy text that is read at all, white space and all: the longest that a parameter of IAM takes.
pub const READ: usize = 131_072;
