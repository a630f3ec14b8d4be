//! OpenID Connect providers on the wire.

use anyrole_domain::oidc_providers as domain;
use anyrole_domain::{Call, Site};

use super::shapes::{some_tags, tags, whole_seconds};
use crate::given::Given;
use crate::query_route::{Answer, filled, page, paged};

const ARN: &str = "openIDConnectProviderArn";

pub(super) async fn create(site: &Site, call: &Call, given: Given) -> Answer {
    let input = domain::CreateOidcProvider {
        url: given.text("url").to_owned(),
        client_ids: given.texts("clientIDList")?,
        thumbprints: given.texts("thumbprintList")?,
        tags: given.tags()?,
    };
    let row = domain::create_provider(site, call, input).await?;
    filled(move |xml| {
        xml.text("OpenIDConnectProviderArn", &row.arn);
        some_tags(xml, &row.tags);
    })
}

pub(super) async fn read(site: &Site, call: &Call, given: Given) -> Answer {
    let row = domain::read_provider(site, call, given.text(ARN))?;
    filled(move |xml| {
        // As IAM answers it: without the scheme.
        xml.text("Url", row.name());
        for (name, items) in [
            ("ClientIDList", &row.client_ids),
            ("ThumbprintList", &row.thumbprints),
        ] {
            xml.element(name, |xml| {
                for item in items {
                    xml.text("member", item);
                }
            });
        }
        xml.text("CreateDate", &whole_seconds(row.created_at));
        some_tags(xml, &row.tags);
    })
}

pub(super) async fn list(site: &Site, call: &Call, _: Given) -> Answer {
    let arns = domain::list_providers(site, call)?;
    filled(move |xml| {
        xml.element("OpenIDConnectProviderList", |xml| {
            for arn in &arns {
                xml.element("member", |xml| {
                    xml.text("Arn", arn);
                });
            }
        });
    })
}

pub(super) async fn delete(site: &Site, call: &Call, given: Given) -> Answer {
    domain::delete_provider(site, call, given.text(ARN)).await?;
    Ok(None)
}

pub(super) async fn add_client_id(site: &Site, call: &Call, given: Given) -> Answer {
    domain::add_client_id(site, call, given.text(ARN), given.text("clientID")).await?;
    Ok(None)
}

pub(super) async fn remove_client_id(site: &Site, call: &Call, given: Given) -> Answer {
    domain::remove_client_id(site, call, given.text(ARN), given.text("clientID")).await?;
    Ok(None)
}

pub(super) async fn update_thumbprints(site: &Site, call: &Call, given: Given) -> Answer {
    let thumbprints = given.texts("thumbprintList")?;
    domain::update_thumbprints(site, call, given.text(ARN), thumbprints).await?;
    Ok(None)
}

pub(super) async fn tag(site: &Site, call: &Call, given: Given) -> Answer {
    domain::tag_provider(site, call, given.text(ARN), &given.tags()?).await?;
    Ok(None)
}

pub(super) async fn untag(site: &Site, call: &Call, given: Given) -> Answer {
    domain::untag_provider(site, call, given.text(ARN), &given.texts("tagKeys")?).await?;
    Ok(None)
}

pub(super) async fn list_tags(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:ListOpenIDConnectProviderTags";
    let asked = page(site, LIST, &given)?;
    let found = domain::list_provider_tags(site, call, given.text(ARN), &asked)?;
    paged(site, LIST, found.next, move |xml| tags(xml, &found.items))
}
