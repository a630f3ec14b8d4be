//! Who uses a managed policy (IAM API reference, ListEntitiesForPolicy).

use super::{Holder, Usage, readable};
use crate::call::Call;
use crate::page::{Page, PageRequest};
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::Snapshot;

/// What can use a policy, as it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntityKind {
    /// A group of users.
    Group,
    /// A role.
    Role,
    /// A user.
    User,
}

/// One of those who use a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// Its name.
    pub name: String,
    /// Its unique id.
    pub id: String,
}

/// Which page of whom is asked for.
#[derive(Debug, Clone)]
pub struct EntitiesPageRequest {
    /// The page; its key is kind and lower-cased name.
    pub page: PageRequest,
    /// Only this kind; a kind that can't use a policy is nobody.
    pub kind: Option<Option<EntityKind>>,
    /// Only who uses it as this.
    pub usage: Option<Usage>,
    /// Only whose path begins so.
    pub path_prefix: String,
}

/// Lists who uses a policy, groups before roles before users, each in order of name.
pub fn list_entities_for_policy(
    site: &Site,
    call: &Call,
    arn: &str,
    request: &EntitiesPageRequest,
) -> Result<Page<Entity>, Refusal> {
    readable(site, call, "iam:ListEntitiesForPolicy", arn)?;
    let snapshot = site.directory.read();
    let mut entities: Vec<Entity> = snapshot
        .policies()
        .uses_of(arn)
        .filter(|(usage, _)| request.usage.is_none_or(|asked| asked == *usage))
        .filter_map(|(_, holder)| entity(&snapshot, holder))
        .filter(|(_, path)| path.starts_with(&request.path_prefix))
        .map(|(entity, _)| entity)
        .filter(|entity| request.kind.is_none_or(|kind| kind == Some(entity.kind)))
        .filter(|entity| key(entity) > request.page.after)
        .collect();
    entities.sort_by_cached_key(key);
    // One that has it attached and as its boundary is there once.
    entities.dedup();
    Ok(Page::take(entities.into_iter(), request.page.size, key))
}

fn key(entity: &Entity) -> String {
    let kind = match entity.kind {
        EntityKind::Group => "group",
        EntityKind::Role => "role",
        EntityKind::User => "user",
    };
    format!("{kind}/{}", entity.name.to_ascii_lowercase())
}

/// An entity with its path.
fn entity<'a>(snapshot: &'a Snapshot, holder: &Holder) -> Option<(Entity, &'a str)> {
    let made = |kind, name: &str, id: &str, path| {
        let (name, id) = (name.to_owned(), id.to_owned());
        (Entity { kind, name, id }, path)
    };
    match holder {
        Holder::Role(arn) => {
            let row = &snapshot.role(arn)?.row;
            Some(made(EntityKind::Role, &row.name, &row.id, &*row.path))
        }
        Holder::User(id) => {
            let row = &snapshot.user(id)?.row;
            Some(made(EntityKind::User, &row.name, &row.id, &*row.path))
        }
        Holder::Group(id) => {
            let row = &snapshot.group(id)?.row;
            Some(made(EntityKind::Group, &row.name, &row.id, &*row.path))
        }
        Holder::Profile(_) => None,
    }
}
