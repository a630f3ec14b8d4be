//! OpenID Connect providers: whose tokens `sts/web_identity` takes. The rows and what is done to them; called by `frontends/iam`.
//! Their keys, which are fetched, are in `keys.rs`.

mod changes;
mod keys;
mod lifecycle;

use jiff::Timestamp;

pub use self::changes::{
    add_client_id, list_provider_tags, remove_client_id, tag_provider, untag_provider,
    update_thumbprints,
};
pub(crate) use self::keys::{NoKeys, ProviderKeys};
pub use self::lifecycle::{
    CreateOidcProvider, create_provider, delete_provider, list_providers, read_provider,
};
use crate::account::{Account, AccountId};
use crate::authorize::Target;
use crate::call::Call;
use crate::names::printable;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::Snapshot;
use crate::tags::Tag;

/// A provider as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcProvider {
    /// The account that it belongs to.
    pub account: AccountId,
    /// `arn:…:oidc-provider/{URL without its scheme}`.
    pub arn: String,
    /// What its tokens have as `iss`, letter by letter.
    pub url: String,
    /// Whom its tokens may be for.
    pub client_ids: Vec<String>,
    /// Hashes of certificates of its server, as given; kept and shown, asked by nobody.
    pub thumbprints: Vec<String>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl OidcProvider {
    /// The URL without its scheme: what condition keys begin with.
    pub fn name(&self) -> &str {
        name_of(&self.url)
    }
}

fn name_of(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, name)| name)
}

/// The provider of this URL.
pub(crate) fn of_issuer<'a>(
    account: &Account,
    snapshot: &'a Snapshot,
    issuer: &str,
) -> Option<&'a OidcProvider> {
    let provider = snapshot.oidc_provider(&account.oidc_provider_arn(name_of(issuer)))?;
    (provider.url == issuer).then_some(provider)
}

fn find<'a>(snapshot: &'a Snapshot, arn: &str) -> Result<&'a OidcProvider, Refusal> {
    snapshot
        .oidc_provider(arn)
        .map(AsRef::as_ref)
        .ok_or_else(|| {
            Refusal::not_found(format!(
                "OpenIDConnect Provider not found for arn {}",
                printable(arn)
            ))
        })
}

/// Authorises on the provider of this ARN, whether or not it exists: who may not ask does not learn which it is.
fn authorize_on(
    site: &Site,
    call: &Call,
    action: &str,
    arn: &str,
    snapshot: &Snapshot,
    request_tags: &[Tag],
    tag_keys: &[String],
) -> Result<(), Refusal> {
    let row = snapshot.oidc_provider(arn);
    let target = Target::on(arn)
        .with_resource_tags(row.map_or(&[][..], |row| &row.tags))
        .with_request_tags(request_tags)
        .with_tag_keys(tag_keys);
    site.authorize(call, action, target)
}
