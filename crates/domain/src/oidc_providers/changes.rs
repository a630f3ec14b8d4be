//! What is changed of a provider: client ids, thumbprints, tags.

use std::sync::Arc;

use super::{OidcProvider, authorize_on, find};
use crate::call::Call;
use crate::page::{Page, PageRequest};
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::Change;
use crate::tags::{self, Tag};

/// The most client ids of a provider (IAM quotas).
const MAX_CLIENT_IDS: usize = 100;
/// The most thumbprints of a provider (IAM API reference, CreateOpenIDConnectProvider).
const MAX_THUMBPRINTS: usize = 5;

pub(super) fn check_client_ids(ids: &[String]) -> Result<(), Refusal> {
    if ids.len() <= MAX_CLIENT_IDS {
        return Ok(());
    }
    Err(Refusal::new(
        Kind::LimitExceeded,
        "limit-exceeded",
        format!("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {MAX_CLIENT_IDS}"),
    ))
}

pub(super) fn check_thumbprints(thumbprints: &[String]) -> Result<(), Refusal> {
    let hex = |text: &String| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if thumbprints.len() <= MAX_THUMBPRINTS && thumbprints.iter().all(hex) {
        return Ok(());
    }
    Err(Refusal::validation(format!(
        "Thumbprint list must contain fewer than {MAX_THUMBPRINTS} entries, each of 40 hex digits."
    )))
}

async fn change(
    site: &Site,
    call: &Call,
    action: &str,
    arn: &str,
    (request_tags, tag_keys): (&[Tag], &[String]),
    alter: impl FnOnce(&mut OidcProvider) -> Result<(), Refusal> + Clone,
) -> Result<(), Refusal> {
    site.directory
        .write(|snapshot| {
            authorize_on(site, call, action, arn, snapshot, request_tags, tag_keys)?;
            let mut row = find(snapshot, arn)?.clone();
            alter(&mut row)?;
            Ok((vec![Change::PutOidcProvider(Arc::new(row))], ()))
        })
        .await
}

/// Adds a client id; one that is there already stays.
pub async fn add_client_id(
    site: &Site,
    call: &Call,
    arn: &str,
    client_id: &str,
) -> Result<(), Refusal> {
    let action = "iam:AddClientIDToOpenIDConnectProvider";
    change(site, call, action, arn, (&[], &[]), |row| {
        if !row.client_ids.iter().any(|id| id == client_id) {
            row.client_ids.push(client_id.to_owned());
        }
        check_client_ids(&row.client_ids)
    })
    .await
}

/// Takes a client id away; one that is not there is gone already.
pub async fn remove_client_id(
    site: &Site,
    call: &Call,
    arn: &str,
    client_id: &str,
) -> Result<(), Refusal> {
    let action = "iam:RemoveClientIDFromOpenIDConnectProvider";
    change(site, call, action, arn, (&[], &[]), |row| {
        row.client_ids.retain(|id| id != client_id);
        Ok(())
    })
    .await
}

/// Replaces the thumbprints.
pub async fn update_thumbprints(
    site: &Site,
    call: &Call,
    arn: &str,
    thumbprints: Vec<String>,
) -> Result<(), Refusal> {
    let action = "iam:UpdateOpenIDConnectProviderThumbprint";
    change(site, call, action, arn, (&[], &[]), |row| {
        check_thumbprints(&thumbprints)?;
        row.thumbprints = thumbprints;
        Ok(())
    })
    .await
}

/// Sets tags.
pub async fn tag_provider(site: &Site, call: &Call, arn: &str, new: &[Tag]) -> Result<(), Refusal> {
    let action = "iam:TagOpenIDConnectProvider";
    change(site, call, action, arn, (new, &[]), |row| {
        tags::set(&mut row.tags, new)
    })
    .await
}

/// Takes tags away.
pub async fn untag_provider(
    site: &Site,
    call: &Call,
    arn: &str,
    keys: &[String],
) -> Result<(), Refusal> {
    let action = "iam:UntagOpenIDConnectProvider";
    change(site, call, action, arn, (&[], keys), |row| {
        tags::remove(&mut row.tags, keys);
        Ok(())
    })
    .await
}

/// A page of the tags, in order of their keys.
pub fn list_provider_tags(
    site: &Site,
    call: &Call,
    arn: &str,
    page: &PageRequest,
) -> Result<Page<Tag>, Refusal> {
    let snapshot = site.directory.read_full();
    let action = "iam:ListOpenIDConnectProviderTags";
    authorize_on(site, call, action, arn, &snapshot, &[], &[])?;
    Ok(tags::page(&find(&snapshot, arn)?.tags, page))
}
