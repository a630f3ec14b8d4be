//! Access keys on the wire. A secret leaves once, in the answer that its making has.

use anyrole_domain::access_keys::{self as domain, AccessKey};
use anyrole_domain::{Call, Refusal, Site};
use anyrole_wire::aws_query::Xml;

use super::shapes::whole_seconds;
use crate::given::Given;
use crate::query_route::{Answer, filled, page, paged};

fn status(key: &AccessKey) -> &'static str {
    if key.active { "Active" } else { "Inactive" }
}

pub(super) async fn create(site: &Site, call: &Call, given: Given) -> Answer {
    let name = given.some_text("userName");
    let (owner, key, secret) = domain::create_access_key(site, call, name).await?;
    filled(move |xml| {
        xml.element("AccessKey", |xml| {
            xml.optional("UserName", owner.name())
                .text("AccessKeyId", &key.id)
                .text("Status", status(&key))
                .text("SecretAccessKey", secret.expose())
                .text("CreateDate", &whole_seconds(key.created_at));
        });
    })
}

fn metadata(xml: &mut Xml, owner: Option<&str>, key: &AccessKey) {
    xml.element("member", |xml| {
        xml.optional("UserName", owner)
            .text("AccessKeyId", &key.id)
            .text("Status", status(key))
            .text("CreateDate", &whole_seconds(key.created_at));
    });
}

pub(super) async fn list(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:ListAccessKeys";
    let request = page(site, LIST, &given)?;
    let name = given.some_text("userName");
    let (owner, keys) = domain::list_access_keys(site, call, name, &request)?;
    paged(site, LIST, keys.next, move |xml| {
        xml.element("AccessKeyMetadata", |xml| {
            for key in &keys.items {
                metadata(xml, owner.name(), key);
            }
        });
    })
}

pub(super) async fn update(site: &Site, call: &Call, given: Given) -> Answer {
    let active = match given.text("status") {
        "Active" => true,
        "Inactive" => false,
        // A status that only answers have.
        _ => {
            return Err(Refusal::validation(
                "The status of an access key can be set to Active or Inactive.",
            ));
        }
    };
    let (name, id) = (given.some_text("userName"), given.text("accessKeyId"));
    domain::update_access_key(site, call, name, id, active).await?;
    Ok(None)
}

pub(super) async fn delete(site: &Site, call: &Call, given: Given) -> Answer {
    let (name, id) = (given.some_text("userName"), given.text("accessKeyId"));
    domain::delete_access_key(site, call, name, id).await?;
    Ok(None)
}

pub(super) async fn last_used(site: &Site, call: &Call, given: Given) -> Answer {
    let (user, last) = domain::read_last_use(site, call, given.text("accessKeyId")).await?;
    filled(move |xml| {
        xml.optional("UserName", user.as_deref());
        xml.element("AccessKeyLastUsed", |xml| match &last {
            Some(last) => {
                xml.text("LastUsedDate", &whole_seconds(last.used_at))
                    .text("ServiceName", &last.service)
                    .text("Region", &last.region);
            }
            None => {
                xml.text("ServiceName", "N/A").text("Region", "N/A");
            }
        });
    })
}
