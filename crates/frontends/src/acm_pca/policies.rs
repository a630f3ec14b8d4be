//! Permissions of services and policies of authorities on the wire.

use anyrole_domain::certificate_authorities as domain;
use anyrole_domain::{Call, Site};
use serde_json::{Value, json};

use super::authorities::{seconds, without_nulls};
use super::routes::{AUTHORITY, no_token};
use crate::given::Given;
use crate::page_token;
use crate::rpc_route::{Answer, page};

const LIST: &str = "acm-pca:ListPermissions";
/// The member that names the authority where policies are meant.
const RESOURCE: &str = "ResourceArn";

pub(super) async fn create_permission(site: &Site, call: &Call, given: Given) -> Answer {
    let actions = given.texts("Actions")?;
    domain::create_permission(
        site,
        call,
        given.text(AUTHORITY),
        given.text("Principal").to_owned(),
        given.own_text("SourceAccount"),
        actions,
    )
    .await?;
    Ok(Value::Null)
}

pub(super) async fn delete_permission(site: &Site, call: &Call, given: Given) -> Answer {
    let (arn, principal) = (given.text(AUTHORITY), given.text("Principal"));
    let source = given.some_text("SourceAccount");
    domain::delete_permission(site, call, arn, principal, source).await?;
    Ok(Value::Null)
}

pub(super) async fn list_permissions(site: &Site, call: &Call, given: Given) -> Answer {
    let request = page(site, LIST, &given, 1000, no_token)?;
    let arn = given.text(AUTHORITY);
    let (page, policy) = domain::list_permissions(site, call, arn, &request)?;
    let permissions: Vec<Value> = page
        .items
        .iter()
        .map(|one| {
            without_nulls(json!({
                "CertificateAuthorityArn": arn,
                "CreatedAt": seconds(one.created_at),
                "Principal": one.principal,
                "SourceAccount": one.source_account,
                "Actions": one.actions,
                "Policy": policy,
            }))
        })
        .collect();
    let token = page_token::seal(site, LIST, page.next)?;
    Ok(without_nulls(
        json!({ "Permissions": permissions, "NextToken": token }),
    ))
}

pub(super) async fn put(site: &Site, call: &Call, given: Given) -> Answer {
    let (arn, policy) = (given.text(RESOURCE), given.text("Policy"));
    domain::put_policy(site, call, arn, policy).await?;
    Ok(Value::Null)
}

pub(super) async fn read(site: &Site, call: &Call, given: Given) -> Answer {
    let policy = domain::read_policy(site, call, given.text(RESOURCE))?;
    Ok(json!({ "Policy": policy }))
}

pub(super) async fn delete(site: &Site, call: &Call, given: Given) -> Answer {
    domain::delete_policy(site, call, given.text(RESOURCE)).await?;
    Ok(Value::Null)
}
