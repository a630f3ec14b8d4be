//! Create, read, list, change, enable, disable and delete, for every noun in one way: find, authorise on the ARN with the
//! row's tags, then act. Called by the nouns' own files and by `frontends/rolesanywhere`.

use std::sync::Arc;

use super::{Noun, Resource};
use crate::authorize::Target;
use crate::call::Call;
use crate::names::ResourceId;
use crate::page::{Page, PageRequest};
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::{Change, Snapshot};
use crate::tags::{Tag, check_tags};

/// Authorises the making of a row and checks its common columns. Tags given need a second permission.
pub(crate) fn start<N: Noun>(
    site: &Site,
    call: &Call,
    name: String,
    enabled: Option<bool>,
    tags: Vec<Tag>,
) -> Result<Resource, Refusal> {
    site.authorize(
        call,
        N::ACTIONS.create,
        Target::any().with_request_tags(&tags),
    )?;
    let id = site.new_uuid();
    let arn = site.account().rolesanywhere_arn(N::KIND, &id);
    site.authorize_tagging(call, "rolesanywhere:TagResource", &arn, &tags)?;
    check_tags(&tags)?;
    Ok(Resource {
        account: call.caller.account.clone(),
        id,
        arn,
        name,
        enabled: enabled.unwrap_or(false),
        tags,
        revision: 0,
        created_at: call.origin.now,
        updated_at: call.origin.now,
    })
}

/// Stores a row that is new.
pub(crate) async fn keep_new<N: Noun>(site: &Site, row: N) -> Result<Arc<N>, Refusal> {
    site.directory.write(|_| stored(row)).await
}

/// Reads one (API reference, Get…).
pub fn read<N: Noun>(site: &Site, call: &Call, id: &ResourceId) -> Result<Arc<N>, Refusal> {
    let snapshot = site.directory.read();
    authorized(site, call, &snapshot, N::ACTIONS.get, id).cloned()
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
    alter: impl FnOnce(&mut N) -> Result<(), Refusal> + Clone,
) -> Result<Arc<N>, Refusal> {
    site.directory
        .write(|snapshot| {
            let mut row = N::clone(authorized(site, call, snapshot, action, id)?);
            alter(&mut row)?;
            let resource = row.resource_mut();
            resource.revision += 1;
            resource.updated_at = call.origin.now;
            stored(row)
        })
        .await
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
    change(site, call, action, id, |row: &mut N| {
        if enabled {
            row.authorize_enable(site, call)?;
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
            let row: &Arc<N> = authorized(site, call, snapshot, N::ACTIONS.delete, id)?;
            Ok((vec![N::remove(row.resource().arn.clone())], row.clone()))
        })
        .await
}

fn stored<N: Noun>(row: N) -> Result<(Vec<Change>, Arc<N>), Refusal> {
    let row = Arc::new(row);
    Ok((N::put(row.clone())?, row))
}

/// The row, if the caller may. Who may not, learns nothing of whether it is there.
fn authorized<'a, N: Noun>(
    site: &Site,
    call: &Call,
    snapshot: &'a Snapshot,
    action: &'static str,
    id: &ResourceId,
) -> Result<&'a Arc<N>, Refusal> {
    let arn = id.arn(site.account(), N::KIND);
    let row = N::find(snapshot, &arn);
    let tags = row.map_or(&[][..], |row| &row.resource().tags);
    site.authorize(call, action, Target::on(&arn).with_resource_tags(tags))?;
    row.ok_or_else(|| Refusal::not_found(format!("{} not found.", N::TITLE)))
}
