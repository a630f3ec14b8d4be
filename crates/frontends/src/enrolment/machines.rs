//! What machines send: a wish for a first certificate, or for the next one. What can't be read is handed on as a refusal, so that
//! the domain records it.

use anyrole_domain::enrolment::{
    self, Enrolled, UnverifiedEnrolment, UnverifiedProof, UnverifiedRenewal,
};
use anyrole_domain::{Kind, Origin, Refusal, Site};
use anyrole_signing::AuthorizationKind;
use anyrole_wire::enrolment::{
    EnrolRequest, IssuedCertificate, JoinTokenText, Proof, RENEW_PATH, RenewRequest,
};
use bytes::Bytes;
use http::Method;
use http::request::Parts;
use zeroize::Zeroizing;

use crate::rolesanywhere::presented_signature;
use crate::route::not_served;

/// Serves one request for a first certificate.
pub async fn enroll(
    site: &Site,
    origin: &Origin,
    parts: &Parts,
    body: Result<Bytes, Refusal>,
) -> Result<Vec<u8>, Refusal> {
    let unverified = body.and_then(|body| decode_enrolment(parts, &body));
    answer(enrolment::enroll(site, origin, unverified).await?)
}

/// Serves one request for the next certificate.
pub async fn renew(
    site: &Site,
    origin: &Origin,
    parts: &Parts,
    body: Result<Bytes, Refusal>,
) -> Result<Vec<u8>, Refusal> {
    let unverified = body.and_then(|body| decode_renewal(site, origin, parts, &body));
    answer(enrolment::renew(site, origin, unverified).await?)
}

fn decode_enrolment(parts: &Parts, body: &Bytes) -> Result<UnverifiedEnrolment, Refusal> {
    check_method(parts)?;
    // The parser's own text may quote the token.
    let request: EnrolRequest = serde_json::from_slice(body).map_err(|_| {
        Refusal::validation(
            "The body holds `token`, `csr`, `signed_at` and `proof`, with `subject` and `names` where they are wanted.",
        )
    })?;
    let token = Zeroizing::new(request.token);
    let parsed = JoinTokenText::parse(&token).map_err(|error| {
        Refusal::new(Kind::Validation, "malformed-join-token", error.to_string())
    })?;
    let text = Proof {
        bound_to: &token,
        csr: &request.csr,
        subject: request.subject.as_deref(),
        names: &request.names,
        signed_at: request.signed_at,
    }
    .text();
    Ok(UnverifiedEnrolment {
        token_id: parsed.id.to_owned(),
        token_secret: Zeroizing::new(parsed.secret.to_owned()),
        proof: UnverifiedProof {
            csr: request.csr.into_bytes(),
            signed_at: request.signed_at,
            text,
            signature: base64(&request.proof)?,
        },
        subject: request.subject,
        names: request.names,
    })
}

fn decode_renewal(
    site: &Site,
    origin: &Origin,
    parts: &Parts,
    body: &Bytes,
) -> Result<UnverifiedRenewal, Refusal> {
    check_method(parts)?;
    let query = parts.uri.query().unwrap_or_default();
    if let Some(error) = AuthorizationKind::of(&parts.headers, query).refusal() {
        return Err(crate::render_refusal::signature_refused(&error));
    }
    let request: RenewRequest = serde_json::from_slice(body)
        .map_err(|_| Refusal::validation("The body holds `csr`, `signed_at` and `proof`."))?;
    let certificate = parts.headers.get("x-amz-x509");
    let certificate = certificate.and_then(|value| value.to_str().ok());
    let certificate = certificate.ok_or_else(|| {
        Refusal::validation("The present certificate is missing: `X-Amz-X509`, base64 of its DER.")
    })?;
    let text = Proof {
        bound_to: certificate,
        csr: &request.csr,
        subject: None,
        names: &[],
        signed_at: request.signed_at,
    }
    .text();
    Ok(UnverifiedRenewal {
        certificate_der: base64(certificate)?,
        signature: presented_signature(site, origin, parts, RENEW_PATH, query, body),
        proof: UnverifiedProof {
            csr: request.csr.into_bytes(),
            signed_at: request.signed_at,
            text,
            signature: base64(&request.proof)?,
        },
    })
}

fn check_method(parts: &Parts) -> Result<(), Refusal> {
    match parts.method {
        Method::POST => Ok(()),
        _ => Err(not_served(parts)),
    }
}

fn base64(text: &str) -> Result<Vec<u8>, Refusal> {
    base64_simd::STANDARD
        .decode_to_vec(text)
        .map_err(|_| Refusal::validation("`proof` and `X-Amz-X509` are base64."))
}

fn answer(enrolled: Enrolled) -> Result<Vec<u8>, Refusal> {
    let answer = IssuedCertificate {
        certificate: enrolled.certificate.render_pem(),
        chain: enrolled.chain_pem,
        not_after: enrolled.certificate.summary().not_after,
    };
    serde_json::to_vec(&answer).map_err(|error| Refusal::internal(error.to_string()))
}
