//! What is answered: credentials as each of the two protocols writes them, texts, and reasons.

use anyrole_sdk::Kept;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use jiff::{Timestamp, Unit};
use serde::Serialize;

use super::{Answer, ServedRole};

/// Of tokens: asked for with a token's request, told with each answer.
pub(super) const TOKEN_TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";

/// In the metadata service's order; a document with an error is not `Success`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceCredentials<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    token: &'a str,
    code: &'static str,
    #[serde(rename = "Type")]
    kind: &'static str,
    expiration: &'a str,
    last_updated: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
}

/// As the metadata service says it, `account` in its extended form only.
pub(super) fn instance(kept: &Kept, account: Option<&str>) -> Answer {
    let mut answer = json(&InstanceCredentials {
        access_key_id: &kept.credentials.access_key_id,
        secret_access_key: &kept.credentials.secret_access_key,
        token: &kept.credentials.session_token,
        code: "Success",
        kind: "AWS-HMAC",
        expiration: &kept.credentials.expiration,
        last_updated: in_seconds(kept.since),
        account_id: account.filter(|account| !account.is_empty()),
    });
    answer.body_mut().push(b'\n');
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    answer
}

fn in_seconds(at: Timestamp) -> String {
    at.round(Unit::Second).unwrap_or(at).to_string()
}

/// What ECS's agent gives, and what EKS's gives: the one has the role, the other the account.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ContainerCredentials<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    token: &'a str,
    expiration: &'a str,
    role_arn: &'a str,
    account_id: &'a str,
}

pub(super) fn container(kept: &Kept, role: &ServedRole) -> Answer {
    json(&ContainerCredentials {
        access_key_id: &kept.credentials.access_key_id,
        secret_access_key: &kept.credentials.secret_access_key,
        token: &kept.credentials.session_token,
        expiration: &kept.credentials.expiration,
        role_arn: &role.arn,
        account_id: role.account(),
    })
}

/// What an instance knows of where it is, as far as SDKs ask for it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IdentityDocument<'a> {
    account_id: &'a str,
    availability_zone: &'a str,
    region: &'a str,
    version: &'static str,
}

pub(super) fn identity(account_id: &str, region: &str, availability_zone: &str) -> Answer {
    let mut answer = json(&IdentityDocument {
        account_id,
        availability_zone,
        region,
        version: "2017-09-30",
    });
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    answer
}

fn json(document: &impl Serialize) -> Answer {
    // Strings alone: nothing that can't be written.
    let json = serde_json::to_vec(document).unwrap_or_default();
    let mut answer = Response::new(json);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// There are no credentials, and this is why.
pub(super) fn unavailable(why: &str) -> Answer {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Failure<'a> {
        code: &'static str,
        message: &'a str,
    }
    let mut answer = json(&Failure {
        code: "CredentialsUnavailable",
        message: why,
    });
    *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    answer
}

pub(super) fn not_found() -> Answer {
    text(StatusCode::NOT_FOUND, "404 page not found\n")
}

pub(super) fn text(status: StatusCode, body: &str) -> Answer {
    let mut answer = Response::new(body.as_bytes().to_vec());
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}

pub(super) fn with_ttl(mut answer: Answer, seconds: i64) -> Answer {
    answer
        .headers_mut()
        .insert(TOKEN_TTL, HeaderValue::from(seconds));
    answer
}
