//! Certificates on the wire: IssueCertificate, GetCertificate, RevokeCertificate.

use anyrole_domain::certificate_authorities::{
    self as domain, ApiPassthrough, AuthoritySigningAlgorithm, IssueRequest, Moment, PcaKind,
    RevocationReason,
};
use anyrole_domain::{Call, Refusal, Site};
use serde::Deserialize;
use serde_json::{Value, json};

use super::authorities::{blob, with_chain};
use super::routes::AUTHORITY;
use crate::given::Given;
use crate::rpc_route::Answer;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    certificate_authority_arn: String,
    signing_algorithm: Value,
    template_arn: Option<String>,
    validity: Moment,
    validity_not_before: Option<Moment>,
    api_passthrough: Option<ApiPassthrough>,
    idempotency_token: Option<String>,
}

pub(super) async fn issue(site: &Site, call: &Call, given: Given) -> Answer {
    let csr = blob(&given, "Csr")?.unwrap_or_default();
    let request: Request = given.decode()?;
    let input = IssueRequest {
        authority_arn: request.certificate_authority_arn,
        csr,
        signing_algorithm: signing_algorithm(request.signing_algorithm)?,
        template_arn: request.template_arn,
        validity: request.validity,
        not_before: request.validity_not_before,
        passthrough: request.api_passthrough,
        idempotency_token: request.idempotency_token,
    };
    let issued = domain::issue_certificate(site, call, input).await?;
    Ok(json!({ "CertificateArn": issued.arn }))
}

fn signing_algorithm(given: Value) -> Result<AuthoritySigningAlgorithm, Refusal> {
    serde_json::from_value(given).map_err(|_| {
        PcaKind::InvalidArgs.refusal("algorithm-not-served", "SM2 keys are not served here.")
    })
}

pub(super) async fn read(site: &Site, call: &Call, given: Given) -> Answer {
    let certificate = given.text("CertificateArn");
    let found = domain::read_certificate(site, call, given.text(AUTHORITY), certificate).await?;
    Ok(with_chain(found))
}

pub(super) async fn revoke(site: &Site, call: &Call, given: Given) -> Answer {
    let reason = RevocationReason::parse(given.text("RevocationReason"))
        .ok_or_else(|| Refusal::internal("a reason that the constraints let through"))?;
    let serial = given.text("CertificateSerial");
    domain::revoke_certificate(site, call, given.text(AUTHORITY), serial, reason).await?;
    Ok(Value::Null)
}
