//! Managed policies on the wire.

use anyrole_domain::managed_policies::{
    self as domain, EntitiesPageRequest, Entity, EntityKind, PolicyView, Scope, Usage,
};
use anyrole_domain::{Call, Site};
use anyrole_wire::aws_query::Xml;

use super::shapes::{some_tags, tags, whole_seconds};
use crate::given::Given;
use crate::query_route::{Answer, filled, page, paged};

/// A policy as lists have it: without description and tags.
fn listed_policy(xml: &mut Xml, view: &PolicyView) {
    let row = &view.row;
    let count = |count: usize| count.to_string();
    xml.text("PolicyName", &row.name)
        .text("PolicyId", &row.id)
        .text("Arn", &row.arn)
        .text("Path", &row.path)
        .text("DefaultVersionId", &format!("v{}", row.default_version))
        .text("AttachmentCount", &count(view.attachments))
        .text("PermissionsBoundaryUsageCount", &count(view.boundaries))
        .text("IsAttachable", "true")
        .text("CreateDate", &whole_seconds(row.created_at))
        .text("UpdateDate", &whole_seconds(row.updated_at));
}

fn usage(given: &Given) -> Option<Usage> {
    given
        .some_text("policyUsageFilter")
        .map(|filter| match filter {
            "PermissionsBoundary" => Usage::Boundary,
            _ => Usage::Permissions,
        })
}

pub(super) async fn create(site: &Site, call: &Call, given: Given) -> Answer {
    let input = domain::CreatePolicy {
        name: given.text("policyName").to_owned(),
        path: given.own_text("path"),
        document: given.text("policyDocument").to_owned(),
        description: given.own_text("description"),
        tags: given.tags()?,
    };
    let view = domain::create_policy(site, call, input).await?;
    filled(move |xml| {
        xml.element("Policy", |xml| {
            listed_policy(xml, &view);
            some_tags(xml, &view.row.tags);
        });
    })
}

pub(super) async fn read(site: &Site, call: &Call, given: Given) -> Answer {
    let view = domain::read_policy(site, call, given.text("policyArn"))?;
    filled(move |xml| {
        xml.element("Policy", |xml| {
            listed_policy(xml, &view);
            xml.optional("Description", view.row.description.as_deref());
            tags(xml, &view.row.tags);
        });
    })
}

pub(super) async fn list(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:ListPolicies";
    let request = domain::PolicyPageRequest {
        page: page(site, LIST, &given)?,
        scope: match given.text("scope") {
            "AWS" => Scope::Aws,
            "Local" => Scope::Local,
            _ => Scope::All,
        },
        only_attached: given.is_true("onlyAttached"),
        usage: usage(&given),
        path_prefix: given.some_text("pathPrefix").unwrap_or("/").to_owned(),
    };
    let rows = domain::list_policies(site, call, &request)?;
    paged(site, LIST, rows.next, move |xml| {
        xml.element("Policies", |xml| {
            for view in &rows.items {
                xml.element("member", |xml| listed_policy(xml, view));
            }
        });
    })
}

pub(super) async fn delete(site: &Site, call: &Call, given: Given) -> Answer {
    domain::delete_policy(site, call, given.text("policyArn")).await?;
    Ok(None)
}

pub(super) async fn tag(site: &Site, call: &Call, given: Given) -> Answer {
    domain::tag_policy(site, call, given.text("policyArn"), given.tags()?).await?;
    Ok(None)
}

pub(super) async fn untag(site: &Site, call: &Call, given: Given) -> Answer {
    let keys = given.texts("tagKeys")?;
    domain::untag_policy(site, call, given.text("policyArn"), keys).await?;
    Ok(None)
}

pub(super) async fn list_tags(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:ListPolicyTags";
    let request = page(site, LIST, &given)?;
    let rows = domain::list_policy_tags(site, call, given.text("policyArn"), &request)?;
    paged(site, LIST, rows.next, move |xml| tags(xml, &rows.items))
}

pub(super) async fn list_entities(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:ListEntitiesForPolicy";
    let request = EntitiesPageRequest {
        page: page(site, LIST, &given)?,
        kind: given.some_text("entityFilter").map(|filter| match filter {
            "Group" => Some(EntityKind::Group),
            "Role" => Some(EntityKind::Role),
            "User" => Some(EntityKind::User),
            _ => None,
        }),
        usage: usage(&given),
        path_prefix: given.some_text("pathPrefix").unwrap_or("/").to_owned(),
    };
    let arn = given.text("policyArn");
    let rows = domain::list_entities_for_policy(site, call, arn, &request)?;
    paged(site, LIST, rows.next, move |xml| {
        for (list, kind, what) in [
            ("PolicyGroups", EntityKind::Group, "Group"),
            ("PolicyUsers", EntityKind::User, "User"),
            ("PolicyRoles", EntityKind::Role, "Role"),
        ] {
            let of_kind = rows.items.iter().filter(|entity| entity.kind == kind);
            entities(xml, list, what, of_kind);
        }
    })
}

fn entities<'a>(xml: &mut Xml, list: &str, what: &str, rows: impl Iterator<Item = &'a Entity>) {
    xml.element(list, |xml| {
        for entity in rows {
            xml.element("member", |xml| {
                xml.text(&format!("{what}Name"), &entity.name)
                    .text(&format!("{what}Id"), &entity.id);
            });
        }
    });
}
