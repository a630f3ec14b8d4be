//! How many there may be, and how large (IAM user guide, IAM and STS quotas): AWS's defaults. `GetAccountSummary` says them.

/// Access keys of a user, and of the root.
pub(crate) const ACCESS_KEYS_PER_USER: usize = 2;
/// Managed policies attached to one identity.
pub(crate) const ATTACHED_POLICIES: usize = 10;
/// Groups in an account.
pub(crate) const GROUPS: usize = 300;
/// Groups that a user may be a member of.
pub(crate) const GROUPS_PER_USER: usize = 10;
/// A group's inline policies together, in characters.
pub(crate) const GROUP_POLICY_SIZE: usize = 5120;
/// A user's inline policies together, in characters.
pub(crate) const USER_POLICY_SIZE: usize = 2048;
/// Users in an account.
pub(crate) const USERS: usize = 5000;
