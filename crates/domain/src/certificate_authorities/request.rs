//! IssueCertificate: a signing request, a template and a validity enter; what they make together is issued by `issue.rs`.

use anyrole_ca::{CaError, CertificateOrder, Serial, SigningRequest};
use aws_lc_rs::digest;

use super::access::authorized;
use super::passthrough::ApiPassthrough;
use super::templates::{self, Template};
use super::validity::{self, Moment};
use super::{
    Asked, AuthorityEntry, AuthoritySigningAlgorithm, IssueOrder, Issued, PcaKind, Repeatable,
    issue,
};
use crate::account::Account;
use crate::authorize::Target;
use crate::call::Call;
use crate::refusal::Refusal;
use crate::site::Site;

/// The action, which is the event in the audit trail, too.
pub const ISSUE_CERTIFICATE: &str = "acm-pca:IssueCertificate";

/// What IssueCertificate is given.
#[derive(Debug, Clone, serde::Serialize)]
pub struct IssueRequest {
    /// The authority's ARN.
    pub authority_arn: String,
    /// The signing request, PEM.
    pub csr: Vec<u8>,
    /// How the authority is to sign.
    pub signing_algorithm: AuthoritySigningAlgorithm,
    /// The template's ARN.
    pub template_arn: Option<String>,
    /// The end.
    pub validity: Moment,
    /// The start.
    pub not_before: Option<Moment>,
    /// What else goes into the certificate.
    pub passthrough: Option<ApiPassthrough>,
    /// Where the same request may come again.
    #[serde(skip)]
    pub idempotency_token: Option<String>,
}

/// Issues a certificate (Private CA API reference, IssueCertificate).
pub async fn issue_certificate(
    site: &Site,
    call: &Call,
    input: IssueRequest,
) -> Result<Issued, Refusal> {
    let arn = &input.authority_arn;
    let entry = {
        let snapshot = site.directory.read();
        let template_arn = input.template_arn.clone();
        let template_arn = template_arn.unwrap_or_else(|| default_template(site.account()));
        let keys = [("acm-pca:templatearn", template_arn.as_str())];
        let target = Target::any().with_keys(&keys);
        authorized(site, call, &snapshot, ISSUE_CERTIFICATE, target, arn)?.clone()
    };
    let (name, template) = template(site.account(), input.template_arn.as_deref())?;
    let order = order(call, &entry, &input, name, template)?;
    let who = call.caller.arn(site.account());
    let asked = Asked {
        origin: &call.origin,
        call: Some(call),
        event: ISSUE_CERTIFICATE,
        who: &who,
    };
    issue(site, &asked, &entry, order).await
}

fn template_prefix(account: &Account) -> String {
    format!("arn:{}:acm-pca:::template/", account.partition)
}

fn default_template(account: &Account) -> String {
    template_prefix(account) + templates::DEFAULT
}

fn template<'a>(account: &Account, arn: Option<&'a str>) -> Result<(&'a str, Template), Refusal> {
    let prefix = template_prefix(account);
    let name = match arn {
        None => templates::DEFAULT,
        Some(arn) => arn.strip_prefix(&prefix).unwrap_or_default(),
    };
    let found = templates::find(name).ok_or_else(|| {
        PcaKind::InvalidArgs.refusal(
            "unknown-template",
            format!(
                "The template ARN {} is not known.",
                crate::names::printable(arn.unwrap_or_default())
            ),
        )
    })?;
    Ok((name, found))
}

fn order(
    call: &Call,
    entry: &AuthorityEntry,
    input: &IssueRequest,
    name: &str,
    template: Template,
) -> Result<IssueOrder, Refusal> {
    if !input
        .signing_algorithm
        .fits(entry.row.configuration.key_algorithm)
    {
        return Err(PcaKind::InvalidArgs.refusal(
            "algorithms-do-not-fit",
            "The signing algorithm does not fit the key of the certificate authority.",
        ));
    }
    let request = SigningRequest::parse(&input.csr).map_err(|error| csr_refused(&error))?;
    let mut filled = template.fill(&request, input.passthrough.as_ref())?;
    filled.shape.signature = Some(input.signing_algorithm.scheme());
    let validity = validity::resolve(entry, input.validity, input.not_before, call.origin.now)?;
    Ok(IssueOrder {
        certificate: CertificateOrder {
            shape: filled.shape,
            subject: filled.subject,
            validity,
            serial: Serial::from_random([0; 16]),
            public_key_der: request.public_key_der().to_vec(),
        },
        self_signed: template.is_root(),
        template: name.to_owned(),
        repeatable: repeatable(input)?,
    })
}

fn csr_refused(error: &CaError) -> Refusal {
    PcaKind::MalformedCsr.refusal("malformed-csr", error.to_string())
}

fn repeatable(input: &IssueRequest) -> Result<Option<Repeatable>, Refusal> {
    let Some(token) = &input.idempotency_token else {
        return Ok(None);
    };
    let whole = serde_json::to_vec(input).map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(Some(Repeatable {
        token_sha256: sha256(token.as_bytes()),
        request_sha256: sha256(&whole),
    }))
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}
