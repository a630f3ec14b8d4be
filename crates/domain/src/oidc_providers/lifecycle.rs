//! Making, reading, listing and deleting providers (IAM API reference, CreateOpenIDConnectProvider and its like).

use std::sync::Arc;

use super::changes::{check_client_ids, check_thumbprints};
use super::{OidcProvider, authorize_on, find, name_of};
use crate::authorize::Target;
use crate::call::Call;
use crate::quotas;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::Change;
use crate::tags::{Tag, check_tags};

/// The most providers of an account (IAM quotas).
const MAX_PROVIDERS: usize = 100;

/// What CreateOpenIDConnectProvider is given.
#[derive(Debug, Clone, Default)]
pub struct CreateOidcProvider {
    /// What its tokens have as `iss`.
    pub url: String,
    /// Whom its tokens may be for.
    pub client_ids: Vec<String>,
    /// Hashes of certificates of its server.
    pub thumbprints: Vec<String>,
    /// Tags.
    pub tags: Vec<Tag>,
}

/// Registers a provider. It is not asked for anything: its keys are fetched with the first token.
pub async fn create_provider(
    site: &Site,
    call: &Call,
    input: CreateOidcProvider,
) -> Result<Arc<OidcProvider>, Refusal> {
    // Before the ARN that it makes is shown to anyone.
    check_url(&input.url)?;
    let arn = site.account().oidc_provider_arn(name_of(&input.url));
    let target = Target::on(&arn).with_request_tags(&input.tags);
    site.authorize(call, "iam:CreateOpenIDConnectProvider", target)?;
    if !input.tags.is_empty() {
        site.authorize(call, "iam:TagOpenIDConnectProvider", target)?;
    }
    let mut client_ids: Vec<String> = Vec::new();
    for id in input.client_ids {
        if !client_ids.contains(&id) {
            client_ids.push(id);
        }
    }
    check_client_ids(&client_ids)?;
    check_thumbprints(&input.thumbprints)?;
    check_tags(&input.tags)?;
    let row = Arc::new(OidcProvider {
        account: call.caller.account.clone(),
        arn,
        url: input.url,
        client_ids,
        thumbprints: input.thumbprints,
        tags: input.tags,
        created_at: call.origin.now,
    });
    site.directory
        .write(|snapshot| {
            let mut others = snapshot.oidc_providers();
            if others.any(|other| other.arn.eq_ignore_ascii_case(&row.arn)) {
                return Err(Refusal::new(
                    Kind::AlreadyExists,
                    "already-exists",
                    format!("Provider with url {} already exists.", row.url),
                ));
            }
            let wanted = snapshot.oidc_providers().count() + 1;
            quotas::check(Some(MAX_PROVIDERS), wanted, "OpenID Connect providers")?;
            Ok((vec![Change::PutOidcProvider(row.clone())], row.clone()))
        })
        .await
}

/// `https`, no user, query or fragment; plain `http` for this machine alone, for tests.
fn check_url(url: &str) -> Result<(), Refusal> {
    let invalid = || {
        Refusal::new(
            Kind::InvalidInput,
            "invalid-provider-url",
            "Invalid Open ID Connect Provider URL",
        )
        .with_private(
            "a provider's URL is https://HOST[:PORT][/PATH], or http for a loopback address",
        )
    };
    let (scheme, rest) = url.split_once("://").ok_or_else(invalid)?;
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        Some(_) => return Err(invalid()),
        None => authority,
    };
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let is_path = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/' | b':' | b'%')
    };
    let loopback = matches!(host, "localhost" | "127.0.0.1");
    let legal = url.len() <= 255
        && (scheme == "https" || scheme == "http" && loopback)
        && !host.is_empty()
        && host.bytes().all(is_host)
        && rest.bytes().all(is_path);
    if legal { Ok(()) } else { Err(invalid()) }
}

/// One provider.
pub fn read_provider(site: &Site, call: &Call, arn: &str) -> Result<Arc<OidcProvider>, Refusal> {
    let snapshot = site.directory.read_full();
    let action = "iam:GetOpenIDConnectProvider";
    authorize_on(site, call, action, arn, &snapshot, &[], &[])?;
    find(&snapshot, arn).map(|row| Arc::new(row.clone()))
}

/// The ARNs of all providers.
pub fn list_providers(site: &Site, call: &Call) -> Result<Vec<String>, Refusal> {
    site.authorize(call, "iam:ListOpenIDConnectProviders", Target::any())?;
    let snapshot = site.directory.read_full();
    Ok(snapshot
        .oidc_providers()
        .map(|row| row.arn.clone())
        .collect())
}

/// Forgets a provider; roles that trust it stay as they are.
pub async fn delete_provider(site: &Site, call: &Call, arn: &str) -> Result<(), Refusal> {
    site.directory
        .write(|snapshot| {
            let action = "iam:DeleteOpenIDConnectProvider";
            authorize_on(site, call, action, arn, snapshot, &[], &[])?;
            let arn = find(snapshot, arn)?.arn.clone();
            Ok((vec![Change::DeleteOidcProvider(arn)], ()))
        })
        .await
}
