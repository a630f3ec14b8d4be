//! Versions of managed policies on the wire.

use anyrole_domain::managed_policies::{self as domain, VersionView};
use anyrole_domain::{Call, Site};
use anyrole_wire::aws_query::{Xml, encode_document};

use super::shapes::whole_seconds;
use crate::given::Given;
use crate::query_route::{Answer, filled, page, paged};

/// A version as lists have it: without the document.
fn listed_version(xml: &mut Xml, view: &VersionView) {
    let is_default = if view.is_default { "true" } else { "false" };
    xml.text("VersionId", &format!("v{}", view.number))
        .text("IsDefaultVersion", is_default)
        .text("CreateDate", &whole_seconds(view.version.created_at));
}

pub(super) async fn create(site: &Site, call: &Call, given: Given) -> Answer {
    let (arn, document) = (given.text("policyArn"), given.text("policyDocument"));
    let (document, set_as_default) = (document.to_owned(), given.is_true("setAsDefault"));
    let view = domain::create_policy_version(site, call, arn, document, set_as_default).await?;
    filled(move |xml| {
        xml.element("PolicyVersion", |xml| listed_version(xml, &view));
    })
}

pub(super) async fn read(site: &Site, call: &Call, given: Given) -> Answer {
    let (arn, version) = (given.text("policyArn"), given.text("versionId"));
    let view = domain::read_policy_version(site, call, arn, version)?;
    filled(move |xml| {
        xml.element("PolicyVersion", |xml| {
            xml.text("Document", &encode_document(&view.version.document));
            listed_version(xml, &view);
        });
    })
}

pub(super) async fn list(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:ListPolicyVersions";
    let request = page(site, LIST, &given)?;
    let rows = domain::list_policy_versions(site, call, given.text("policyArn"), &request)?;
    paged(site, LIST, rows.next, move |xml| {
        xml.element("Versions", |xml| {
            for view in &rows.items {
                xml.element("member", |xml| listed_version(xml, view));
            }
        });
    })
}

pub(super) async fn set_default(site: &Site, call: &Call, given: Given) -> Answer {
    let (arn, version) = (given.text("policyArn"), given.text("versionId"));
    domain::set_default_policy_version(site, call, arn, version).await?;
    Ok(None)
}

pub(super) async fn delete(site: &Site, call: &Call, given: Given) -> Answer {
    let (arn, version) = (given.text("policyArn"), given.text("versionId"));
    domain::delete_policy_version(site, call, arn, version).await?;
    Ok(None)
}
