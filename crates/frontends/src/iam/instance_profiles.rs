//! Instance profiles on the wire.

use anyrole_domain::instance_profiles::{self as domain, InstanceProfileView};
use anyrole_domain::{Call, Page, Site};
use anyrole_wire::aws_query::Xml;

use super::roles::listed_role;
use super::shapes::{some_tags, whole_seconds};
use crate::given::Given;
use crate::query_route::{Answer, filled, page, paged};

/// An instance profile as lists have it: without tags.
pub(super) fn listed_profile(xml: &mut Xml, view: &InstanceProfileView) {
    let row = &view.row;
    xml.text("Path", &row.path)
        .text("InstanceProfileName", &row.name)
        .text("InstanceProfileId", &row.id)
        .text("Arn", &row.arn)
        .text("CreateDate", &whole_seconds(row.created_at))
        .element("Roles", |xml| {
            if let Some(role) = &view.role {
                xml.element("member", |xml| listed_role(xml, role));
            }
        });
}

fn whole_profile(view: InstanceProfileView) -> Answer {
    filled(move |xml| {
        xml.element("InstanceProfile", |xml| {
            listed_profile(xml, &view);
            some_tags(xml, &view.row.tags);
        });
    })
}

fn profiles(site: &Site, list: &str, rows: Page<InstanceProfileView>) -> Answer {
    paged(site, list, rows.next, move |xml| {
        xml.element("InstanceProfiles", |xml| {
            for view in &rows.items {
                xml.element("member", |xml| listed_profile(xml, view));
            }
        });
    })
}

pub(super) async fn create(site: &Site, call: &Call, given: Given) -> Answer {
    let name = given.text("instanceProfileName").to_owned();
    let (path, tags) = (given.own_text("path"), given.tags()?);
    whole_profile(domain::create_instance_profile(site, call, name, path, tags).await?)
}

pub(super) async fn read(site: &Site, call: &Call, given: Given) -> Answer {
    let name = given.text("instanceProfileName");
    whole_profile(domain::read_instance_profile(site, call, name)?)
}

pub(super) async fn list(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:ListInstanceProfiles";
    let request = page(site, LIST, &given)?;
    let prefix = given.some_text("pathPrefix").unwrap_or("/");
    let rows = domain::list_instance_profiles(site, call, prefix, &request)?;
    profiles(site, LIST, rows)
}

pub(super) async fn list_for_role(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:ListInstanceProfilesForRole";
    let request = page(site, LIST, &given)?;
    let role = given.text("roleName");
    let rows = domain::list_instance_profiles_for_role(site, call, role, &request)?;
    profiles(site, LIST, rows)
}

pub(super) async fn delete(site: &Site, call: &Call, given: Given) -> Answer {
    domain::delete_instance_profile(site, call, given.text("instanceProfileName")).await?;
    Ok(None)
}

pub(super) async fn add_role(site: &Site, call: &Call, given: Given) -> Answer {
    let (name, role) = (given.text("instanceProfileName"), given.text("roleName"));
    domain::add_role_to_instance_profile(site, call, name, role).await?;
    Ok(None)
}

pub(super) async fn remove_role(site: &Site, call: &Call, given: Given) -> Answer {
    let (name, role) = (given.text("instanceProfileName"), given.text("roleName"));
    domain::remove_role_from_instance_profile(site, call, name, role).await?;
    Ok(None)
}
