//! Create, read, list, change, enable, disable and delete, for every noun in one way: find, authorise on the ARN with the
//! row's tags, then act. Called by the nouns' own files and by `frontends/rolesanywhere`.

use std::sync::Arc;

use super::{Noun, Resource, aliases};
use crate::authorize::Target;
use crate::call::Call;
use crate::names::ResourceId;
use crate::page::{Page, PageRequest};
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::{Change, Snapshot};
use crate::tags::{Tag, check_tags};

/// The common members of a request that makes a row.
pub(crate) struct NewResource {
    /// The name.
    pub name: String,
    /// On from the start; off where it is left out (docs/aws-divergences.md).
    pub enabled: Option<bool>,
    /// An alias; none where it is empty.
    pub alias: Option<String>,
    /// Tags.
    pub tags: Vec<Tag>,
}

/// Authorises the making of a row and checks its common columns. Tags given need a second permission.
pub(crate) fn start<N: Noun>(
    site: &Site,
    call: &Call,
    new: NewResource,
) -> Result<Resource, Refusal> {
    site.authorize(
        call,
        N::ACTIONS.create,
        Target::any().with_request_tags(&new.tags),
    )?;
    let id = site.new_uuid();
    let arn = site.account().rolesanywhere_arn(N::KIND, &id);
    site.authorize_tagging(call, "rolesanywhere:TagResource", &arn, &new.tags)?;
    check_tags(&new.tags)?;
    Ok(Resource {
        account: call.caller.account.clone(),
        id,
        arn,
        name: new.name,
        alias: aliases::wanted(None, new.alias),
        enabled: new.enabled.unwrap_or(false),
        tags: new.tags,
        revision: 0,
        created_at: call.origin.now,
        updated_at: call.origin.now,
    })
}

/// Stores a row that is new, if there is room for it.
pub(crate) async fn keep_new<N: Noun>(site: &Site, row: N) -> Result<Arc<N>, Refusal> {
    site.directory
        .write(|snapshot| {
            row.check_new(site, snapshot)?;
            aliases::check_free(snapshot, &row)?;
            stored(row, snapshot)
        })
        .await
}

/// Reads one (API reference, Get…).
pub fn read<N: Noun>(site: &Site, call: &Call, id: &ResourceId) -> Result<Arc<N>, Refusal> {
    let snapshot = site.directory.read();
    let target = Target::any();
    authorized(site, call, &snapshot, N::ACTIONS.get, target, id).cloned()
}

/// Lists all in order of their ids (API reference, List…).
pub fn list<N: Noun>(
    site: &Site,
    call: &Call,
    request: &PageRequest,
) -> Result<Page<Arc<N>>, Refusal> {
    site.authorize(call, N::ACTIONS.list, Target::any())?;
    let snapshot = site.directory.read();
    let rows = N::following(&snapshot, &request.after).cloned();
    Ok(Page::take(rows, request.size, |row| {
        row.resource().arn.clone()
    }))
}

/// Changes one as `alter` says.
pub(crate) async fn change<N: Noun>(
    site: &Site,
    call: &Call,
    action: &'static str,
    id: &ResourceId,
    alter: impl FnOnce(&mut N, &Snapshot) -> Result<(), Refusal> + Clone,
) -> Result<Arc<N>, Refusal> {
    let target = Target::any();
    rewrite(site, call, action, target, id, |row: &mut N, snapshot| {
        alter(row, snapshot)?;
        touch(row, call);
        Ok(())
    })
    .await
    .map(|(row, ())| row)
}

/// Stores one as `alter` leaves it; `target` has what the request adds to the question of permission.
pub(super) async fn rewrite<N: Noun, T>(
    site: &Site,
    call: &Call,
    action: &'static str,
    target: Target<'_>,
    id: &ResourceId,
    alter: impl FnOnce(&mut N, &Snapshot) -> Result<T, Refusal> + Clone,
) -> Result<(Arc<N>, T), Refusal> {
    site.directory
        .write(|snapshot| {
            let mut row = N::clone(authorized(site, call, snapshot, action, target, id)?);
            let answer = alter(&mut row, snapshot)?;
            let (changes, row) = stored(row, snapshot)?;
            Ok((changes, (row, answer)))
        })
        .await
}

fn touch<N: Noun>(row: &mut N, call: &Call) {
    let resource = row.resource_mut();
    resource.revision += 1;
    resource.updated_at = call.origin.now;
}

/// What an update answers.
#[derive(Debug)]
pub struct Updated<N> {
    /// The row as it is now.
    pub row: Arc<N>,
    /// The alias that the update took away.
    pub previous_alias: Option<String>,
}

/// Changes name and alias, and the rest as `alter` says (API reference, Update…).
pub(crate) async fn update<N: Noun>(
    site: &Site,
    call: &Call,
    id: &ResourceId,
    (name, alias): (Option<String>, Option<String>),
    alter: impl FnOnce(&mut N, &Snapshot) -> Result<(), Refusal> + Clone,
) -> Result<Updated<N>, Refusal> {
    let (action, target) = (N::ACTIONS.update, Target::any());
    let (row, previous_alias) = rewrite(site, call, action, target, id, |row: &mut N, snapshot| {
        alter(row, snapshot)?;
        let resource = row.resource_mut();
        if let Some(name) = name {
            resource.name = name;
        }
        let wanted = aliases::wanted(resource.alias.as_ref(), alias);
        let previous = std::mem::replace(&mut resource.alias, wanted);
        let taken_away = previous.filter(|alias| resource.alias.as_ref() != Some(alias));
        touch(row, call);
        aliases::check_free(snapshot, row)?;
        Ok(taken_away)
    })
    .await?;
    Ok(Updated {
        row,
        previous_alias,
    })
}

/// Turns one on or off (API reference, Enable…, Disable…).
pub async fn set_enabled<N: Noun>(
    site: &Site,
    call: &Call,
    id: &ResourceId,
    enabled: bool,
) -> Result<Arc<N>, Refusal> {
    let action = if enabled {
        N::ACTIONS.enable
    } else {
        N::ACTIONS.disable
    };
    change(site, call, action, id, |row: &mut N, snapshot| {
        if enabled {
            row.check_enable(site, call, snapshot)?;
        }
        row.resource_mut().enabled = enabled;
        Ok(())
    })
    .await
}

/// Deletes one and answers what it was (API reference, Delete…).
pub async fn delete<N: Noun>(site: &Site, call: &Call, id: &ResourceId) -> Result<Arc<N>, Refusal> {
    site.directory
        .write(|snapshot| {
            let target = Target::any();
            let row: &Arc<N> = authorized(site, call, snapshot, N::ACTIONS.delete, target, id)?;
            Ok((vec![N::remove(row.resource().arn.clone())], row.clone()))
        })
        .await
}

fn stored<N: Noun>(row: N, snapshot: &Snapshot) -> Result<(Vec<Change>, Arc<N>), Refusal> {
    let row = Arc::new(row);
    Ok((N::put(row.clone(), snapshot)?, row))
}

/// The row, if the caller may. Who may not, learns nothing of whether it is there.
fn authorized<'a, N: Noun>(
    site: &Site,
    call: &Call,
    snapshot: &'a Snapshot,
    action: &'static str,
    target: Target<'_>,
    id: &ResourceId,
) -> Result<&'a Arc<N>, Refusal> {
    let named = id.arn(site.account(), N::KIND);
    let arn = snapshot.resolve(&named);
    let row = N::find(snapshot, arn);
    let tags = row.map_or(&[][..], |row| &row.resource().tags);
    site.authorize(call, action, target.to(arn).with_resource_tags(tags))?;
    row.ok_or_else(not_found::<N>)
}

pub(super) fn not_found<N: Noun>() -> Refusal {
    Refusal::not_found(format!("{} not found.", N::TITLE))
}
