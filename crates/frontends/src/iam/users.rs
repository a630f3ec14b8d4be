//! Users on the wire: members decoded into the domain's input, its rows encoded.

use anyrole_domain::users::{self as domain, Person, User};
use anyrole_domain::{Call, Site};
use anyrole_wire::aws_query::Xml;

use super::shapes::{permissions_boundary, some_tags, whole_seconds};
use crate::given::Given;
use crate::query_route::{Answer, filled, page, paged};

/// A user as lists have it: without tags and boundary.
pub(super) fn user(xml: &mut Xml, row: &User) {
    xml.text("Path", &row.path)
        .text("UserName", &row.name)
        .text("UserId", &row.id)
        .text("Arn", &row.arn)
        .text("CreateDate", &whole_seconds(row.created_at));
}

fn whole_user(xml: &mut Xml, row: &User) {
    xml.element("User", |xml| {
        user(xml, row);
        permissions_boundary(xml, row.boundary.as_deref());
        some_tags(xml, &row.tags);
    });
}

pub(super) async fn create(site: &Site, call: &Call, given: Given) -> Answer {
    let input = domain::CreateUser {
        name: given.text("userName").to_owned(),
        path: given.own_text("path"),
        boundary: given.own_text("permissionsBoundary"),
        tags: given.tags()?,
    };
    let row = domain::create_user(site, call, input).await?;
    filled(move |xml| whole_user(xml, &row))
}

pub(super) async fn read(site: &Site, call: &Call, given: Given) -> Answer {
    match domain::read_user(site, call, given.some_text("userName"))? {
        Person::User(row) => filled(move |xml| whole_user(xml, &row)),
        Person::Root => {
            let (id, arn) = (site.account().id.to_string(), site.account().root_arn());
            let created_at = whole_seconds(site.account().created_at);
            filled(move |xml| {
                xml.element("User", |xml| {
                    xml.text("UserId", &id)
                        .text("Arn", &arn)
                        .text("CreateDate", &created_at);
                });
            })
        }
    }
}

pub(super) async fn list(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:ListUsers";
    let request = page(site, LIST, &given)?;
    let prefix = given.some_text("pathPrefix").unwrap_or("/");
    let rows = domain::list_users(site, call, prefix, &request)?;
    paged(site, LIST, rows.next, move |xml| {
        xml.element("Users", |xml| {
            for row in &rows.items {
                xml.element("member", |xml| user(xml, row));
            }
        });
    })
}

pub(super) async fn update(site: &Site, call: &Call, given: Given) -> Answer {
    let (name, path) = (given.own_text("newUserName"), given.own_text("newPath"));
    domain::update_user(site, call, given.text("userName"), name, path).await?;
    Ok(None)
}

pub(super) async fn delete(site: &Site, call: &Call, given: Given) -> Answer {
    domain::delete_user(site, call, given.text("userName")).await?;
    Ok(None)
}
