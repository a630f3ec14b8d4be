//! Roles on the wire: members decoded into the domain's input, its rows encoded.

use anyrole_domain::roles::{self as domain, Role};
use anyrole_domain::{Call, Refusal, Site};
use anyrole_wire::aws_query::{Xml, encode_document};

use super::shapes::{some_tags, whole_seconds};
use crate::given::Given;
use crate::query_route::{Answer, filled, page, paged};

fn role(xml: &mut Xml, row: &Role) {
    xml.text("Path", &row.path)
        .text("RoleName", &row.name)
        .text("RoleId", &row.id)
        .text("Arn", &row.arn)
        .text("CreateDate", &whole_seconds(row.created_at))
        .text(
            "AssumeRolePolicyDocument",
            &encode_document(&row.assume_role_policy),
        )
        .optional("Description", row.description.as_deref())
        .text("MaxSessionDuration", &row.max_session_duration.to_string());
}

pub(super) async fn create(site: &Site, call: &Call, given: Given) -> Answer {
    if given.some_text("permissionsBoundary").is_some() {
        // A role without the boundary that was asked for would be allowed too much.
        return Err(Refusal::not_implemented("iam:PutRolePermissionsBoundary"));
    }
    let input = domain::CreateRole {
        name: given.text("roleName").to_owned(),
        path: given.own_text("path"),
        assume_role_policy: given.text("assumeRolePolicyDocument").to_owned(),
        description: given.own_text("description"),
        max_session_duration: given.integer("maxSessionDuration"),
        tags: given.tags()?,
    };
    let row = domain::create_role(site, call, input).await?;
    filled(move |xml| {
        xml.element("Role", |xml| {
            role(xml, &row);
            some_tags(xml, &row.tags);
        });
    })
}

pub(super) async fn read(site: &Site, call: &Call, given: Given) -> Answer {
    let row = domain::read_role(site, call, given.text("roleName"))?;
    filled(move |xml| {
        xml.element("Role", |xml| {
            role(xml, &row);
            some_tags(xml, &row.tags);
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
            for row in &rows.items {
                xml.element("member", |xml| role(xml, row));
            }
        });
    })
}

pub(super) async fn delete(site: &Site, call: &Call, given: Given) -> Answer {
    domain::delete_role(site, call, given.text("roleName")).await?;
    Ok(None)
}

pub(super) async fn update_assume_role_policy(site: &Site, call: &Call, given: Given) -> Answer {
    let document = given.text("policyDocument").to_owned();
    domain::update_assume_role_policy(site, call, given.text("roleName"), document).await?;
    Ok(None)
}

/// None, in the shape of a whole answer.
pub(super) async fn list_instance_profiles(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:ListInstanceProfilesForRole";
    page(site, LIST, &given)?;
    domain::list_instance_profiles_for_role(site, call, given.text("roleName"))?;
    paged(site, LIST, None, |xml| {
        xml.element("InstanceProfiles", |_| {});
    })
}
