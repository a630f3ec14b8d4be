//! Settings of what certificates give reason to say: attributes that tags can't hold, and where expiry events go; and who may be
//! asked for keys of identity providers.

use anyhow::Context as _;
use anyrole_domain::attribute_mappings::Unmappable;
use anyrole_outbound::{AllowList, Plain, Url};
use serde::Deserialize;

/// What CreateSession does with attributes whose values tags can't hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum UnmappableAttributes {
    /// It refuses.
    #[default]
    Refuse,
    /// It leaves their tags out.
    Drop,
}

impl From<UnmappableAttributes> for Unmappable {
    fn from(rule: UnmappableAttributes) -> Self {
        match rule {
            UnmappableAttributes::Refuse => Self::Refuse,
            UnmappableAttributes::Drop => Self::Drop,
        }
    }
}

/// Keys say who is who: they come by TLS, but from this machine.
pub(super) fn oidc_hosts(asked: Option<Vec<String>>) -> anyhow::Result<AllowList> {
    let hosts = asked.unwrap_or_default();
    let hosts = hosts
        .iter()
        .map(String::as_str)
        .filter(|host| !host.is_empty());
    AllowList::parse(hosts, Plain::Loopback).context("--oidc-hosts")
}

/// A URL that would never be asked is refused at start.
pub(super) fn webhook(url: &str, plain_anywhere: bool) -> anyhow::Result<(Url, Plain)> {
    let url = Url::parse(url)?;
    let plain = if plain_anywhere {
        Plain::Anywhere
    } else {
        Plain::Loopback
    };
    AllowList::only(&url, plain)
        .check(&url)
        .context("use https, or --allow-plain-webhook")?;
    Ok((url, plain))
}
