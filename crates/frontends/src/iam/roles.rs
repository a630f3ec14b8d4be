//! Roles on the wire: members decoded into the domain's input, its rows encoded. Their policies and tags are
//! `identity_policies.rs`.

use anyrole_domain::roles::{self as domain, DeletionStatus, RoleView};
use anyrole_domain::{Call, Site};
use anyrole_wire::aws_query::{Xml, encode_document};

use super::shapes::{permissions_boundary, role_last_used, some_tags, whole_seconds};
use crate::given::Given;
use crate::query_route::{Answer, filled, page, paged};

/// A role as lists have it: without tags, boundary and last use.
pub(super) fn listed_role(xml: &mut Xml, view: &RoleView) {
    let row = &view.row;
    xml.text("Path", &row.path)
        .text("RoleName", &row.name)
        .text("RoleId", &row.id)
        .text("Arn", &row.arn)
        .text("CreateDate", &whole_seconds(row.created_at))
        .text(
            "AssumeRolePolicyDocument",
            &encode_document(&view.trust_policy),
        )
        .optional("Description", row.description.as_deref())
        .text("MaxSessionDuration", &row.max_session_duration.to_string());
}

/// A role with tags and boundary.
fn whole_role(xml: &mut Xml, view: &RoleView) {
    listed_role(xml, view);
    permissions_boundary(xml, view.row.boundary.as_deref());
    some_tags(xml, &view.row.tags);
}

pub(super) async fn create(site: &Site, call: &Call, given: Given) -> Answer {
    let input = domain::CreateRole {
        name: given.text("roleName").to_owned(),
        path: given.own_text("path"),
        assume_role_policy: given.text("assumeRolePolicyDocument").to_owned(),
        description: given.own_text("description"),
        max_session_duration: given.integer("maxSessionDuration"),
        boundary: given.own_text("permissionsBoundary"),
        tags: given.tags()?,
    };
    let view = domain::create_role(site, call, input).await?;
    filled(move |xml| {
        xml.element("Role", |xml| whole_role(xml, &view));
    })
}

pub(super) async fn read(site: &Site, call: &Call, given: Given) -> Answer {
    let view = domain::read_role(site, call, given.text("roleName")).await?;
    filled(move |xml| {
        xml.element("Role", |xml| {
            whole_role(xml, &view);
            role_last_used(xml, view.last_use.as_ref());
        });
    })
}

pub(super) async fn list(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:ListRoles";
    let request = domain::RolePageRequest {
        page: page(site, LIST, &given)?,
        path_prefix: given.some_text("pathPrefix").unwrap_or("/").to_owned(),
    };
    let rows = domain::list_roles(site, call, &request)?;
    paged(site, LIST, rows.next, move |xml| {
        xml.element("Roles", |xml| {
            for view in &rows.items {
                xml.element("member", |xml| listed_role(xml, view));
            }
        });
    })
}

pub(super) async fn delete(site: &Site, call: &Call, given: Given) -> Answer {
    domain::delete_role(site, call, given.text("roleName")).await?;
    Ok(None)
}

pub(super) async fn update(site: &Site, call: &Call, given: Given) -> Answer {
    let description = given.own_text("description");
    let seconds = given.integer("maxSessionDuration");
    domain::update_role(site, call, given.text("roleName"), description, seconds).await?;
    filled(|_| {})
}

pub(super) async fn update_description(site: &Site, call: &Call, given: Given) -> Answer {
    let (name, text) = (given.text("roleName"), given.text("description"));
    let view = domain::update_role_description(site, call, name, text.to_owned()).await?;
    filled(move |xml| {
        xml.element("Role", |xml| whole_role(xml, &view));
    })
}

pub(super) async fn update_assume_role_policy(site: &Site, call: &Call, given: Given) -> Answer {
    let (name, document) = (given.text("roleName"), given.text("policyDocument"));
    domain::update_assume_role_policy(site, call, name, document).await?;
    Ok(None)
}

pub(super) async fn create_service_linked(site: &Site, call: &Call, given: Given) -> Answer {
    let description = given.own_text("description");
    let suffix = given.some_text("customSuffix");
    let service = given.text("aWSServiceName");
    let view = domain::create_service_linked_role(site, call, service, description, suffix).await?;
    filled(move |xml| {
        xml.element("Role", |xml| listed_role(xml, &view));
    })
}

pub(super) async fn delete_service_linked(site: &Site, call: &Call, given: Given) -> Answer {
    let task = domain::delete_service_linked_role(site, call, given.text("roleName")).await?;
    filled(move |xml| {
        xml.text("DeletionTaskId", &task);
    })
}

pub(super) async fn deletion_status(site: &Site, call: &Call, given: Given) -> Answer {
    let status = domain::deletion_status(site, call, given.text("deletionTaskId"))?;
    filled(move |xml| match &status {
        DeletionStatus::Succeeded => {
            xml.text("Status", "SUCCEEDED");
        }
        DeletionStatus::Failed {
            reason,
            region,
            used_by,
        } => {
            xml.text("Status", "FAILED").element("Reason", |xml| {
                xml.text("Reason", reason)
                    .element("RoleUsageList", |xml| role_usage(xml, region, used_by));
            });
        }
    })
}

fn role_usage(xml: &mut Xml, region: &str, used_by: &[String]) {
    xml.element("member", |xml| {
        xml.text("Region", region).element("Resources", |xml| {
            for arn in used_by {
                xml.text("member", arn);
            }
        });
    });
}
