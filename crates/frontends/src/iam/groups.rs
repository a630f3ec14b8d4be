//! Groups of users on the wire.

use anyrole_domain::users::{self as domain, Group};
use anyrole_domain::{Call, Site};
use anyrole_wire::aws_query::Xml;

use super::shapes::whole_seconds;
use super::users::user;
use crate::given::Given;
use crate::query_route::{Answer, filled, page, paged};

pub(super) fn group(xml: &mut Xml, row: &Group) {
    xml.text("Path", &row.path)
        .text("GroupName", &row.name)
        .text("GroupId", &row.id)
        .text("Arn", &row.arn)
        .text("CreateDate", &whole_seconds(row.created_at));
}

pub(super) async fn create(site: &Site, call: &Call, given: Given) -> Answer {
    let (name, path) = (given.text("groupName").to_owned(), given.own_text("path"));
    let row = domain::create_group(site, call, name, path).await?;
    filled(move |xml| {
        xml.element("Group", |xml| group(xml, &row));
    })
}

pub(super) async fn read(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:GetGroup";
    let request = page(site, LIST, &given)?;
    let (row, members) = domain::read_group(site, call, given.text("groupName"), &request)?;
    paged(site, LIST, members.next, move |xml| {
        xml.element("Group", |xml| group(xml, &row));
        xml.element("Users", |xml| {
            for row in &members.items {
                xml.element("member", |xml| user(xml, row));
            }
        });
    })
}

pub(super) async fn list(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:ListGroups";
    let request = page(site, LIST, &given)?;
    let prefix = given.some_text("pathPrefix").unwrap_or("/");
    let rows = domain::list_groups(site, call, prefix, &request)?;
    paged(site, LIST, rows.next, move |xml| groups(xml, &rows.items))
}

pub(super) async fn list_for_user(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:ListGroupsForUser";
    let request = page(site, LIST, &given)?;
    let rows = domain::list_groups_for_user(site, call, given.text("userName"), &request)?;
    paged(site, LIST, rows.next, move |xml| groups(xml, &rows.items))
}

fn groups(xml: &mut Xml, rows: &[std::sync::Arc<Group>]) {
    xml.element("Groups", |xml| {
        for row in rows {
            xml.element("member", |xml| group(xml, row));
        }
    });
}

pub(super) async fn update(site: &Site, call: &Call, given: Given) -> Answer {
    let (name, path) = (given.own_text("newGroupName"), given.own_text("newPath"));
    domain::update_group(site, call, given.text("groupName"), name, path).await?;
    Ok(None)
}

pub(super) async fn delete(site: &Site, call: &Call, given: Given) -> Answer {
    domain::delete_group(site, call, given.text("groupName")).await?;
    Ok(None)
}

pub(super) async fn add_user(site: &Site, call: &Call, given: Given) -> Answer {
    let (group, user) = (given.text("groupName"), given.text("userName"));
    domain::add_user_to_group(site, call, group, user).await?;
    Ok(None)
}

pub(super) async fn remove_user(site: &Site, call: &Call, given: Given) -> Answer {
    let (group, user) = (given.text("groupName"), given.text("userName"));
    domain::remove_user_from_group(site, call, group, user).await?;
    Ok(None)
}
