//! AssumeRole and AssumeRoleWithWebIdentity on the wire.

use anyrole_domain::sts::{self as domain, AssumedRole};
use anyrole_domain::{Call, Origin, Refusal, Site, Tag};
use anyrole_wire::aws_query::Xml;
use serde::Deserialize;

use super::answers::{PolicyDescriptor, arns, credentials, issued};
use super::{Answer, Result};
use crate::given::Given;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct AssumeRoleInput {
    role_arn: String,
    role_session_name: String,
    policy_arns: Vec<PolicyDescriptor>,
    policy: Option<String>,
    duration_seconds: Option<i64>,
    tags: Vec<Tag>,
    transitive_tag_keys: Vec<String>,
    external_id: Option<String>,
    serial_number: Option<String>,
    token_code: Option<String>,
    source_identity: Option<String>,
    provided_contexts: Vec<serde_json::Value>,
}

pub(super) async fn assume_role(site: &Site, call: &Call, given: Given) -> Result {
    let input: AssumeRoleInput = given.decode()?;
    if !input.provided_contexts.is_empty() {
        // They would be condition keys, which may restrict.
        return Err(Refusal::not_implemented("sts:SetContext"));
    }
    let asked = domain::AssumeRole {
        role_arn: input.role_arn,
        role_session_name: input.role_session_name,
        policy: input.policy,
        policy_arns: arns(input.policy_arns),
        duration_seconds: input.duration_seconds,
        tags: input.tags,
        transitive_tag_keys: input.transitive_tag_keys,
        external_id: input.external_id,
        source_identity: input.source_identity,
        with_second_factor: input.serial_number.is_some() || input.token_code.is_some(),
    };
    let assumed = domain::assume_role(site, call, asked).await?;
    let session = &assumed.session;
    let issued = issued(
        &assumed.credentials,
        &session.assumed_role_arn,
        &session.source_identity,
    );
    Ok(Answer {
        fill: Box::new(move |xml| role(xml, &assumed)),
        issued,
    })
}

fn role(xml: &mut Xml, assumed: &AssumedRole) {
    let session = &assumed.session;
    credentials(xml, &assumed.credentials);
    xml.element("AssumedRoleUser", |xml| {
        xml.text("AssumedRoleId", &session.assumed_role_id())
            .text("Arn", &session.assumed_role_arn);
    });
    xml.text("PackedPolicySize", &assumed.packed_policy_size.to_string());
    if !session.source_identity.is_empty() {
        xml.text("SourceIdentity", &session.source_identity);
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WebIdentityInput {
    role_arn: String,
    role_session_name: String,
    web_identity_token: String,
    provider_id: Option<String>,
    policy_arns: Vec<PolicyDescriptor>,
    policy: Option<String>,
    duration_seconds: Option<i64>,
}

pub(super) async fn assume_role_with_web_identity(
    site: &Site,
    origin: &Origin,
    given: Given,
) -> Result {
    let input: WebIdentityInput = given.decode()?;
    if input.provider_id.is_some() {
        return Err(Refusal::validation(
            "`ProviderId` is for OAuth 2.0 access tokens, which are not taken; leave it out.",
        ));
    }
    let asked = domain::AssumeRoleWithWebIdentity {
        role_arn: input.role_arn,
        role_session_name: input.role_session_name,
        unverified_token: input.web_identity_token,
        policy: input.policy,
        policy_arns: arns(input.policy_arns),
        duration_seconds: input.duration_seconds,
    };
    let answer = domain::assume_role_with_web_identity(site, origin, asked).await?;
    let session = &answer.assumed.session;
    let issued = issued(
        &answer.assumed.credentials,
        &session.assumed_role_arn,
        &session.source_identity,
    );
    Ok(Answer {
        fill: Box::new(move |xml| {
            role(xml, &answer.assumed);
            xml.text("SubjectFromWebIdentityToken", &answer.identity.subject)
                .text("Audience", &answer.identity.audience)
                .text("Provider", &answer.identity.provider_arn);
        }),
        issued,
    })
}
