//! The operator's calls: POST makes a join token, GET lists them, DELETE takes one away. The caller is authenticated before.

use anyrole_domain::enrolment::{
    self, CreateJoinToken, JoinToken, create_join_token, delete_join_token, list_join_tokens,
};
use anyrole_domain::{Call, Refusal, Site};
use anyrole_wire::aws_query::Parameters;
use anyrole_wire::enrolment::{
    self as wire, CreatedJoinToken, JoinTokenList, JoinTokenSummary, JoinTokenText,
};
use bytes::Bytes;
use http::request::Parts;
use http::{Method, StatusCode};

use super::token_id;

/// What the audit trail calls a request of this method.
pub fn event(method: &Method) -> &'static str {
    match *method {
        Method::POST => "anyrole:CreateJoinToken",
        Method::DELETE => "anyrole:DeleteJoinToken",
        _ => "anyrole:ListJoinTokens",
    }
}

/// Serves one call.
pub async fn serve_join_tokens(
    site: &Site,
    call: &Call,
    parts: &Parts,
    body: &Bytes,
) -> Result<(StatusCode, Vec<u8>), Refusal> {
    site.admit(event(&parts.method), &call.origin)?;
    let path = parts.uri.path();
    let id = token_id(path).unwrap_or_default();
    match (parts.method.clone(), id) {
        (Method::POST, "") => create(site, call, body).await,
        (Method::GET, "") => list(site, call, parts.uri.query().unwrap_or_default()).await,
        (Method::DELETE, id) if !id.is_empty() => {
            delete_join_token(site, call, id).await?;
            Ok((StatusCode::OK, b"{}".to_vec()))
        }
        (method, _) => Err(Refusal::not_implemented(&format!("{method} {path}"))),
    }
}

async fn create(site: &Site, call: &Call, body: &Bytes) -> Result<(StatusCode, Vec<u8>), Refusal> {
    let wanted: wire::CreateJoinToken = serde_json::from_slice(body).map_err(|error| {
        Refusal::validation(format!("The body is no wish for a join token: {error}"))
    })?;
    let tls = wanted.tls_sha256;
    let is_hash = |text: &String| {
        text.len() == 64 && text.bytes().all(|byte| b"0123456789abcdef".contains(&byte))
    };
    if !tls.as_ref().is_none_or(is_hash) {
        return Err(Refusal::validation(
            "`tls_sha256` has 64 hexadecimal digits in lower case.",
        ));
    }
    let created = create_join_token(
        site,
        call,
        CreateJoinToken {
            authority_arn: wanted.certificate_authority_arn,
            subject: wanted.subject,
            names: wanted.names,
            certificate_seconds: wanted.certificate_seconds,
            token_seconds: wanted.token_seconds,
            uses: wanted.uses,
            description: wanted.description,
        },
    )
    .await?;
    let enrolment::CreatedJoinToken {
        token,
        secret,
        authority_sha256,
    } = created;
    let authority = hex_simd::encode_to_string(authority_sha256, hex_simd::AsciiCase::Lower);
    let text = JoinTokenText {
        id: &token.id,
        secret: &secret,
        authority: &authority,
        tls: tls.as_deref(),
    };
    let answer = CreatedJoinToken {
        token: text.render(),
        summary: summary(token.clone()),
    };
    Ok((StatusCode::CREATED, json(&answer)?))
}

async fn list(site: &Site, call: &Call, query: &str) -> Result<(StatusCode, Vec<u8>), Refusal> {
    let given =
        Parameters::parse([query]).map_err(|error| Refusal::validation(error.to_string()))?;
    let after = given.text("after").unwrap_or_default();
    let (tokens, next) = list_join_tokens(site, call, after).await?;
    let tokens = tokens.into_iter().map(summary).collect();
    Ok((StatusCode::OK, json(&JoinTokenList { tokens, next })?))
}

fn summary(token: JoinToken) -> JoinTokenSummary {
    JoinTokenSummary {
        subject: token.policy.subject(),
        names: token.policy.names().to_vec(),
        id: token.id,
        certificate_authority_arn: token.authority_arn,
        certificate_seconds: token.certificate_seconds,
        created_at: token.created_at,
        created_by: token.created_by,
        expires_at: token.expires_at,
        uses: token.max_uses,
        used: token.uses,
        description: token.description,
    }
}

fn json(answer: &impl serde::Serialize) -> Result<Vec<u8>, Refusal> {
    serde_json::to_vec(answer).map_err(|error| Refusal::internal(error.to_string()))
}
