//! A role's inline and attached policies on the wire.

use anyrole_domain::roles as domain;
use anyrole_domain::{Call, Site};
use anyrole_wire::aws_query::encode_document;

use crate::given::Given;
use crate::query_route::{Answer, filled, page, paged};

pub(super) async fn put(site: &Site, call: &Call, given: Given) -> Answer {
    let (role, name) = (given.text("roleName"), given.text("policyName"));
    let document = given.text("policyDocument").to_owned();
    domain::put_role_policy(site, call, role, name, document).await?;
    Ok(None)
}

pub(super) async fn read(site: &Site, call: &Call, given: Given) -> Answer {
    let (role, name) = (given.text("roleName"), given.text("policyName"));
    let document = encode_document(&domain::read_role_policy(site, call, role, name)?);
    let (role, name) = (role.to_owned(), name.to_owned());
    filled(move |xml| {
        xml.text("RoleName", &role)
            .text("PolicyName", &name)
            .text("PolicyDocument", &document);
    })
}

pub(super) async fn list(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:ListRolePolicies";
    let request = page(site, LIST, &given)?;
    let names = domain::list_role_policies(site, call, given.text("roleName"), &request)?;
    paged(site, LIST, names.next, move |xml| {
        xml.element("PolicyNames", |xml| {
            for name in &names.items {
                xml.text("member", name);
            }
        });
    })
}

pub(super) async fn delete(site: &Site, call: &Call, given: Given) -> Answer {
    let (role, name) = (given.text("roleName"), given.text("policyName"));
    domain::delete_role_policy(site, call, role, name).await?;
    Ok(None)
}

pub(super) async fn attach(site: &Site, call: &Call, given: Given) -> Answer {
    let (role, policy) = (given.text("roleName"), given.text("policyArn"));
    domain::attach_role_policy(site, call, role, policy).await?;
    Ok(None)
}

pub(super) async fn detach(site: &Site, call: &Call, given: Given) -> Answer {
    let (role, policy) = (given.text("roleName"), given.text("policyArn"));
    domain::detach_role_policy(site, call, role, policy).await?;
    Ok(None)
}

pub(super) async fn list_attached(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:ListAttachedRolePolicies";
    let request = page(site, LIST, &given)?;
    let prefix = given.some_text("pathPrefix").unwrap_or("/");
    let role = given.text("roleName");
    let attached = domain::list_attached_role_policies(site, call, role, prefix, &request)?;
    paged(site, LIST, attached.next, move |xml| {
        xml.element("AttachedPolicies", |xml| {
            for policy in &attached.items {
                xml.element("member", |xml| {
                    xml.text("PolicyName", &policy.name)
                        .text("PolicyArn", &policy.arn);
                });
            }
        });
    })
}
