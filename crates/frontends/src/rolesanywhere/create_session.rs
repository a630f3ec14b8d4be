//! CreateSession on the wire: ARNs from query or body, certificates from headers, the AWS4-X509 signature.
//! What can't be proved here is handed on as it is: the domain decides, in its order, and records.

use std::borrow::Cow;
use std::sync::Arc;

use anyrole_domain::sessions::{
    self, CreatedSession, PresentedSignature, UnverifiedCreateSession, record_undecodable,
};
use anyrole_domain::{Kind, Origin, Refusal, Site};
use anyrole_signing::{
    AuthorizationKind, Expected, PayloadHash, RequestHead, UnverifiedX509Signature, X509Algorithm,
};
use anyrole_wire::rest_json::CONTENT_TYPE;
use anyrole_wire::rolesanywhere as wire;
use anyrole_x509::{LeafSignatureAlgorithm, PresentedChain};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};

use crate::authenticate::GLOBAL_REGION;
use crate::route::not_served;
use crate::{Body, Response};

/// The path that is signed, whatever base path an endpoint has (aws_signing_helper signs this constant).
const SIGNED_PATH: &str = "/sessions";

/// Serves one request.
pub async fn create_session(
    site: &Site,
    origin: &Origin,
    parts: &Parts,
    body: &Bytes,
) -> Result<Response, Refusal> {
    let unverified = match decode(site, origin, parts, body) {
        Ok(unverified) => unverified,
        Err(refusal) => {
            record_undecodable(site, origin, &refusal).await?;
            return Err(refusal);
        }
    };
    let created = sessions::create_session(site, origin, unverified).await?;
    render(&created)
}

fn decode(
    site: &Site,
    origin: &Origin,
    parts: &Parts,
    body: &Bytes,
) -> Result<UnverifiedCreateSession, Refusal> {
    if parts.method != Method::POST || !parts.uri.path().ends_with(SIGNED_PATH) {
        return Err(not_served(parts));
    }
    let query = parts.uri.query().unwrap_or_default();
    if let Some(error) = AuthorizationKind::of(&parts.headers, query).refusal() {
        return Err(crate::render_refusal::signature_refused(&error));
    }
    let request: wire::CreateSessionRequest<'_> = if body.is_empty() {
        wire::CreateSessionRequest::default()
    } else {
        serde_json::from_slice(body).map_err(|error| {
            Refusal::validation(format!("The request's body is not valid: {error}"))
        })?
    };
    let in_query = anyrole_wire::aws_query::Parameters::parse([query])
        .map_err(|error| Refusal::validation(error.to_string()))?;
    let arn = |member: &str, in_body: Option<Cow<'_, str>>| {
        one_of(member, in_query.text(member), in_body)
    };
    Ok(UnverifiedCreateSession {
        trust_anchor_arn: arn("trustAnchorArn", request.trust_anchor_arn)?,
        profile_arn: arn("profileArn", request.profile_arn)?,
        role_arn: arn("roleArn", request.role_arn)?,
        duration_seconds: request.duration_seconds,
        role_session_name: request.role_session_name.map(Cow::into_owned),
        instance_properties: request.instance_properties.map(Arc::new),
        chain: PresentedChain::from_headers(
            header_bytes(parts, "x-amz-x509").unwrap_or_default(),
            header_bytes(parts, "x-amz-x509-chain"),
        ),
        signature: presented_signature(site, origin, parts, SIGNED_PATH, query, body),
    })
}

fn header_bytes<'a>(parts: &'a Parts, name: &str) -> Option<&'a [u8]> {
    parts.headers.get(name).map(HeaderValue::as_bytes)
}

/// A member may stand in the query or in the body; in both it must be the same (docs/aws-divergences.md).
fn one_of(
    member: &str,
    in_query: Option<&str>,
    in_body: Option<Cow<'_, str>>,
) -> Result<String, Refusal> {
    match (in_query, in_body) {
        (Some(query), Some(body)) if query != body => Err(Refusal::validation(format!(
            "`{member}` is given in the query and, differently, in the body."
        ))),
        (Some(text), _) if !text.is_empty() => Ok(text.to_owned()),
        (None, Some(text)) if !text.is_empty() => Ok(text.into_owned()),
        _ => Err(Refusal::validation(format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
        ))),
    }
}

/// The AWS4-X509 signature of a request, with what it signs; `path` is the one that is signed.
pub fn presented_signature(
    site: &Site,
    origin: &Origin,
    parts: &Parts,
    path: &str,
    query: &str,
    body: &Bytes,
) -> Result<PresentedSignature, Refusal> {
    let invalid = |error: anyrole_signing::VerifyError| {
        Refusal::new(Kind::AccessDenied, error.code(), "Invalid signature")
            .with_private(error.to_string())
    };
    let presented = UnverifiedX509Signature::parse(&parts.headers).map_err(invalid)?;
    // As all our own calls, a renewal may be signed for this region whatever the site's.
    let regions = [site.account().region.as_str(), GLOBAL_REGION];
    let accepted = if path == SIGNED_PATH { 1 } else { 2 };
    let expected = Expected {
        regions: regions.get(..accepted).unwrap_or(&regions),
        service: UnverifiedX509Signature::SERVICE,
        now: origin.now,
        skew: Expected::SKEW,
    };
    presented
        .check_claims(&parts.headers, &expected)
        .map_err(invalid)?;
    let algorithm = match presented.algorithm {
        X509Algorithm::RsaSha256 => LeafSignatureAlgorithm::RsaSha256,
        X509Algorithm::EcdsaSha256 => LeafSignatureAlgorithm::EcdsaSha256,
        X509Algorithm::MlDsa => LeafSignatureAlgorithm::MlDsa,
    };
    let head = RequestHead {
        method: parts.method.as_str(),
        path,
        query,
        headers: &parts.headers,
    };
    Ok(PresentedSignature {
        algorithm,
        string_to_sign: presented.string_to_sign(&head, PayloadHash::of(body)),
        serial: presented.serial_decimal.into_owned(),
        signature: presented.signature,
    })
}

fn render(created: &CreatedSession) -> Result<Response, Refusal> {
    let session = &created.session;
    let credentials = &created.credentials;
    let answer = wire::CreateSessionResponse {
        credential_set: vec![wire::CredentialSet {
            assumed_role_user: wire::AssumedRoleUser {
                arn: session.assumed_role_arn.as_str().into(),
                assumed_role_id: session.assumed_role_id().into(),
            },
            credentials: wire::SessionCredentials {
                access_key_id: credentials.access_key_id.as_str().into(),
                secret_access_key: credentials.secret_access_key.expose().into(),
                session_token: credentials.session_token.as_str().into(),
                expiration: credentials.expires_at.to_string().into(),
            },
            packed_policy_size: created.packed_policy_size,
            role_arn: (&*session.role_arn).into(),
            source_identity: (&*session.source_identity).into(),
        }],
        subject_arn: created.subject_arn.as_str().into(),
    };
    let json = serde_json::to_vec(&answer).map_err(|error| Refusal::internal(error.to_string()))?;
    let mut response = Response::new(Body::from(Bytes::from(json)));
    *response.status_mut() = StatusCode::CREATED;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    Ok(response)
}
