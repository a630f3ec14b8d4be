//! Policies, boundaries and tags of roles, users and groups on the wire: one function each, for any kind of identity.

use anyrole_domain::identities::{self as domain, Bounded, Identity, Tagged};
use anyrole_domain::{Call, Site};
use anyrole_wire::aws_query::encode_document;

use super::shapes::{attached_policies, tags};
use crate::given::Given;
use crate::query_route::{Answer, filled, page, paged};

pub(super) async fn put<I: Identity>(site: &Site, call: &Call, given: Given) -> Answer {
    let (identity, name) = (given.text(I::WORDS.member), given.text("policyName"));
    let document = given.text("policyDocument").to_owned();
    domain::put_inline_policy::<I>(site, call, identity, name, document).await?;
    Ok(None)
}

pub(super) async fn read<I: Identity>(site: &Site, call: &Call, given: Given) -> Answer {
    let (identity, name) = (given.text(I::WORDS.member), given.text("policyName"));
    let document = domain::read_inline_policy::<I>(site, call, identity, name)?;
    let document = encode_document(&document);
    let (identity, name) = (identity.to_owned(), name.to_owned());
    filled(move |xml| {
        xml.text(I::WORDS.element, &identity)
            .text("PolicyName", &name)
            .text("PolicyDocument", &document);
    })
}

pub(super) async fn list<I: Identity>(site: &Site, call: &Call, given: Given) -> Answer {
    let list = I::WORDS.list_policies;
    let request = page(site, list, &given)?;
    let identity = given.text(I::WORDS.member);
    let names = domain::list_inline_policies::<I>(site, call, identity, &request)?;
    paged(site, list, names.next, move |xml| {
        xml.element("PolicyNames", |xml| {
            for name in &names.items {
                xml.text("member", name);
            }
        });
    })
}

pub(super) async fn delete<I: Identity>(site: &Site, call: &Call, given: Given) -> Answer {
    let (identity, name) = (given.text(I::WORDS.member), given.text("policyName"));
    domain::delete_inline_policy::<I>(site, call, identity, name).await?;
    Ok(None)
}

pub(super) async fn attach<I: Identity>(site: &Site, call: &Call, given: Given) -> Answer {
    let (identity, policy) = (given.text(I::WORDS.member), given.text("policyArn"));
    domain::attach_policy::<I>(site, call, identity, policy).await?;
    Ok(None)
}

pub(super) async fn detach<I: Identity>(site: &Site, call: &Call, given: Given) -> Answer {
    let (identity, policy) = (given.text(I::WORDS.member), given.text("policyArn"));
    domain::detach_policy::<I>(site, call, identity, policy).await?;
    Ok(None)
}

pub(super) async fn list_attached<I: Identity>(site: &Site, call: &Call, given: Given) -> Answer {
    let list = I::WORDS.list_attached;
    let request = page(site, list, &given)?;
    let prefix = given.some_text("pathPrefix").unwrap_or("/");
    let identity = given.text(I::WORDS.member);
    let attached = domain::list_attached_policies::<I>(site, call, identity, prefix, &request)?;
    paged(site, list, attached.next, move |xml| {
        attached_policies(xml, "AttachedPolicies", &attached.items);
    })
}

pub(super) async fn put_boundary<I: Bounded>(site: &Site, call: &Call, given: Given) -> Answer {
    let (identity, policy) = (
        given.text(I::WORDS.member),
        given.text("permissionsBoundary"),
    );
    domain::put_boundary::<I>(site, call, identity, policy).await?;
    Ok(None)
}

pub(super) async fn delete_boundary<I: Bounded>(site: &Site, call: &Call, given: Given) -> Answer {
    domain::delete_boundary::<I>(site, call, given.text(I::WORDS.member)).await?;
    Ok(None)
}

pub(super) async fn tag<I: Tagged>(site: &Site, call: &Call, given: Given) -> Answer {
    let new = given.tags()?;
    domain::tag::<I>(site, call, given.text(I::WORDS.member), &new).await?;
    Ok(None)
}

pub(super) async fn untag<I: Tagged>(site: &Site, call: &Call, given: Given) -> Answer {
    let keys = given.texts("tagKeys")?;
    domain::untag::<I>(site, call, given.text(I::WORDS.member), &keys).await?;
    Ok(None)
}

pub(super) async fn list_tags<I: Tagged>(site: &Site, call: &Call, given: Given) -> Answer {
    let request = page(site, I::LIST_TAGS, &given)?;
    let identity = given.text(I::WORDS.member);
    let rows = domain::list_tags::<I>(site, call, identity, &request)?;
    paged(site, I::LIST_TAGS, rows.next, move |xml| {
        tags(xml, &rows.items);
    })
}
