//! The account's alias and its counts on the wire.

use anyrole_domain::{Call, Site, account_aliases, account_summary};

use crate::given::Given;
use crate::query_route::{Answer, filled, page, paged};

pub(super) async fn create_alias(site: &Site, call: &Call, given: Given) -> Answer {
    account_aliases::create_account_alias(site, call, given.text("accountAlias")).await?;
    Ok(None)
}

pub(super) async fn delete_alias(site: &Site, call: &Call, given: Given) -> Answer {
    account_aliases::delete_account_alias(site, call, given.text("accountAlias")).await?;
    Ok(None)
}

pub(super) async fn list_aliases(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:ListAccountAliases";
    // There is one at most, and so one page.
    page(site, LIST, &given)?;
    let alias = account_aliases::list_account_aliases(site, call)?;
    paged(site, LIST, None, move |xml| {
        xml.element("AccountAliases", |xml| {
            xml.optional("member", alias.as_deref());
        });
    })
}

pub(super) async fn summary(site: &Site, call: &Call, _: Given) -> Answer {
    let counts = account_summary::read_account_summary(site, call)?;
    filled(move |xml| {
        xml.element("SummaryMap", |xml| {
            for (key, value) in &counts {
                xml.element("entry", |xml| {
                    xml.text("key", key).text("value", &value.to_string());
                });
            }
        });
    })
}
