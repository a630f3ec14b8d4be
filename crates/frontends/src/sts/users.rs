//! STS's operations for users, and those that only tell: GetSessionToken, GetFederationToken, GetCallerIdentity and their like.

use anyrole_domain::sts as domain;
use anyrole_domain::{Call, Site, Tag};
use serde::Deserialize;

use super::answers::{PolicyDescriptor, arns, credentials, issued};
use super::{Answer, Result};
use crate::given::Given;

pub(super) fn caller_identity(site: &Site, call: &Call) -> Result {
    let identity = domain::caller_identity(site, call);
    Ok(Answer::of(Box::new(move |xml| {
        xml.text("Arn", &identity.arn)
            .text("UserId", &identity.user_id)
            .text("Account", &identity.account);
    })))
}

pub(super) fn access_key_info(site: &Site, given: &Given) -> Result {
    let account = domain::access_key_account(site, given.text("accessKeyId"))?;
    Ok(Answer::of(Box::new(move |xml| {
        xml.text("Account", &account);
    })))
}

pub(super) fn decode_authorization_message(site: &Site, call: &Call, given: &Given) -> Result {
    let encoded = given.text("encodedMessage");
    let message = domain::decode_authorization_message(site, call, encoded)?;
    Ok(Answer::of(Box::new(move |xml| {
        xml.text("DecodedMessage", &message);
    })))
}

pub(super) fn session_token(site: &Site, call: &Call, given: &Given) -> Result {
    let factor = given
        .some_text("serialNumber")
        .or(given.some_text("tokenCode"));
    let seconds = given.integer("durationSeconds");
    let of = domain::get_session_token(site, call, seconds, factor.is_some())?;
    let issued = issued(&of, &call.caller.arn(site.account()), "");
    Ok(Answer {
        fill: Box::new(move |xml| credentials(xml, &of)),
        issued,
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct FederationTokenInput {
    name: String,
    policy: Option<String>,
    policy_arns: Vec<PolicyDescriptor>,
    duration_seconds: Option<i64>,
    tags: Vec<Tag>,
}

pub(super) async fn federation_token(site: &Site, call: &Call, given: Given) -> Result {
    let input: FederationTokenInput = given.decode()?;
    let asked = domain::GetFederationToken {
        name: input.name,
        policy: input.policy,
        policy_arns: arns(input.policy_arns),
        duration_seconds: input.duration_seconds,
        tags: input.tags,
    };
    let token = domain::get_federation_token(site, call, asked).await?;
    let issued = issued(&token.credentials, &token.arn, "");
    Ok(Answer {
        fill: Box::new(move |xml| {
            credentials(xml, &token.credentials);
            xml.element("FederatedUser", |xml| {
                xml.text("FederatedUserId", &token.id)
                    .text("Arn", &token.arn);
            });
            xml.text("PackedPolicySize", &token.packed_policy_size.to_string());
        }),
        issued,
    })
}
