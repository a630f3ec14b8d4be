//! A role's inline and attached policies on the wire.

use anyrole_domain::roles as domain;
use anyrole_domain::{Call, Site};
use anyrole_wire::aws_query::{Parameters, encode_document};

use super::routes::{Result, page, page_end, required};

pub(super) async fn put(site: &Site, call: &Call, parameters: &Parameters) -> Result {
    let role = required(parameters, "RoleName")?;
    let name = required(parameters, "PolicyName")?;
    let document = required(parameters, "PolicyDocument")?.to_owned();
    domain::put_role_policy(site, call, role, name, document).await?;
    Ok(None)
}

pub(super) fn read(site: &Site, call: &Call, parameters: &Parameters) -> Result {
    let role = required(parameters, "RoleName")?.to_owned();
    let name = required(parameters, "PolicyName")?.to_owned();
    let document = encode_document(&domain::read_role_policy(site, call, &role, &name)?);
    Ok(Some(Box::new(move |xml| {
        xml.text("RoleName", &role)
            .text("PolicyName", &name)
            .text("PolicyDocument", &document);
    })))
}

pub(super) fn list(site: &Site, call: &Call, parameters: &Parameters) -> Result {
    let role = required(parameters, "RoleName")?;
    let names = domain::list_role_policies(site, call, role, &page(parameters)?)?;
    Ok(Some(Box::new(move |xml| {
        xml.element("PolicyNames", |xml| {
            for name in &names.items {
                xml.text("member", name);
            }
        });
        page_end(xml, names.next.as_ref());
    })))
}

pub(super) async fn delete(site: &Site, call: &Call, parameters: &Parameters) -> Result {
    let role = required(parameters, "RoleName")?;
    domain::delete_role_policy(site, call, role, required(parameters, "PolicyName")?).await?;
    Ok(None)
}

pub(super) async fn attach(site: &Site, call: &Call, parameters: &Parameters) -> Result {
    let role = required(parameters, "RoleName")?;
    domain::attach_role_policy(site, call, role, required(parameters, "PolicyArn")?).await?;
    Ok(None)
}

pub(super) async fn detach(site: &Site, call: &Call, parameters: &Parameters) -> Result {
    let role = required(parameters, "RoleName")?;
    domain::detach_role_policy(site, call, role, required(parameters, "PolicyArn")?).await?;
    Ok(None)
}

pub(super) fn list_attached(site: &Site, call: &Call, parameters: &Parameters) -> Result {
    let role = required(parameters, "RoleName")?;
    let attached = domain::list_attached_role_policies(site, call, role, &page(parameters)?)?;
    Ok(Some(Box::new(move |xml| {
        xml.element("AttachedPolicies", |xml| {
            for policy in &attached.items {
                xml.element("member", |xml| {
                    xml.text("PolicyName", &policy.name)
                        .text("PolicyArn", &policy.arn);
                });
            }
        });
        page_end(xml, attached.next.as_ref());
    })))
}
