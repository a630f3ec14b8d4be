//! What trust anchors, profiles and CRLs have in common: the columns that each row begins with, and what can be done to each.
//! A noun says what it is by `Noun`; `lifecycle.rs` does the rest for all of them.

mod aliases;
mod lifecycle;
mod tagging;

use std::sync::Arc;

use jiff::Timestamp;

pub(crate) use self::lifecycle::{NewResource, change, keep_new, start, update};
pub use self::lifecycle::{Updated, delete, list, read, set_enabled};
pub use self::tagging::{list_tags, tag, untag};
use crate::account::AccountId;
use crate::call::Call;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::{Change, Snapshot};
use crate::tags::Tag;

/// What every row of Roles Anywhere begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The account that it belongs to.
    pub account: AccountId,
    /// A UUID.
    pub id: String,
    /// `arn:…:{kind}/{id}`.
    pub arn: String,
    /// 1 to 255 letters, digits, spaces, `-` and `_`.
    pub name: String,
    /// A second name: 1 to 256 letters, digits, `_`, `-` and `/`.
    pub alias: Option<String>,
    /// Whether CreateSession goes by it.
    pub enabled: bool,
    /// Tags.
    pub tags: Vec<Tag>,
    /// Counts the changes of this row.
    pub revision: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The actions of a noun, as policies name them.
#[derive(Debug, Clone, Copy)]
pub struct Actions {
    /// Makes one.
    pub create: &'static str,
    /// Reads one.
    pub get: &'static str,
    /// Reads all.
    pub list: &'static str,
    /// Changes one.
    pub update: &'static str,
    /// Deletes one.
    pub delete: &'static str,
    /// Turns one on.
    pub enable: &'static str,
    /// Turns one off.
    pub disable: &'static str,
}

/// A kind of resource of Roles Anywhere.
pub trait Noun: Clone + Send + Sync + Sized + 'static {
    /// As ARNs call it, e.g. `trust-anchor`.
    const KIND: &'static str;
    /// As texts call it, e.g. `Trust anchor`.
    const TITLE: &'static str;
    /// What callers may be allowed.
    const ACTIONS: Actions;

    /// The common columns.
    fn resource(&self) -> &Resource;
    /// The common columns, to be changed.
    fn resource_mut(&mut self) -> &mut Resource;
    /// The one of this ARN.
    fn find<'a>(snapshot: &'a Snapshot, arn: &str) -> Option<&'a Arc<Self>>;
    /// Those whose ARN is greater than `after`, in order of ARN.
    fn following<'a>(snapshot: &'a Snapshot, after: &str) -> impl Iterator<Item = &'a Arc<Self>>;
    /// The changes that make or replace this row in a snapshot.
    fn put(row: Arc<Self>, snapshot: &Snapshot) -> Result<Vec<Change>, Refusal>;
    /// The change that deletes the row of this ARN.
    fn remove(arn: String) -> Change;

    /// Whether there is room for one more.
    fn check_new(&self, site: &Site, snapshot: &Snapshot) -> Result<(), Refusal>;

    /// What enabling needs besides its own permission.
    fn check_enable(
        &self,
        _site: &Site,
        _call: &Call,
        _snapshot: &Snapshot,
    ) -> Result<(), Refusal> {
        Ok(())
    }
}
