//! The pages below `authorities`: private CAs, each by its UUID.

mod change;
mod create;
mod detail;
mod install;
mod issue;
mod list;
mod revocation;

use anyrole_domain::certificate_authorities::{
    AuthorityEntry, AuthoritySigningAlgorithm, DistinguishedName, IssueRequest, Moment, MomentUnit,
};
use anyrole_domain::{Kind, Refusal};
use anyrole_wire::acm_pca::inputs;
use base64_simd::STANDARD;
use serde_json::json;

use crate::limits::keep;
use crate::refused::no_such_page;
use crate::visit::encoded;
use crate::{Fields, Layout, Outcome, Section, Visit};

/// Answers a visit.
///
/// # Errors
/// What the domain refuses, and pages that there are not.
pub async fn serve(visit: &Visit<'_>) -> Outcome {
    let id = visit.segment(1);
    match (id, visit.segment(2), visit.path.len()) {
        ("", "", 0..=2) => list::serve(visit),
        ("new", "", 2) => create::serve(visit).await,
        (_, "", 2) => detail::serve(visit, id),
        (_, "revocation", 3) => revocation::serve(visit, id).await,
        (_, "issue", 3) => issue::serve(visit, id).await,
        (_, "delete", 3) => change::delete(visit, id).await,
        (_, "sign" | "import", 3) if visit.posted() => install::serve(visit, id).await,
        (_, action, 3) if visit.posted() => change::serve(visit, id, action).await,
        _ => Err(no_such_page(&visit.path.join("/"))),
    }
}

/// The path of an authority's page, below the console's.
pub(crate) fn path_of(id: &str) -> String {
    format!("authorities/{}", encoded(id))
}

/// What people call an authority: its common name, else its organization, else its id.
pub(crate) fn name_of(entry: &AuthorityEntry) -> String {
    let subject = &entry.row.configuration.subject;
    let name = subject.common_name.as_ref();
    let name = name.or(subject.organization.as_ref());
    name.unwrap_or(&entry.row.id).clone()
}

/// The ARN of the authority of this id.
pub(crate) fn arn_of(visit: &Visit<'_>, id: &str) -> String {
    visit.site.account().certificate_authority_arn(id)
}

fn layout(visit: &Visit<'_>, title: impl Into<String>) -> Layout {
    Layout::of(visit, Section::Authorities, title).below("Private CAs", "authorities")
}

fn layout_of_authority(
    visit: &Visit<'_>,
    title: impl Into<String>,
    entry: &AuthorityEntry,
) -> Layout {
    layout(visit, title).below(name_of(entry), path_of(&entry.row.id))
}

/// A name in one line, from the particular to the general.
fn shown_name(name: &DistinguishedName) -> String {
    let parts = [
        ("CN", &name.common_name),
        ("OU", &name.organizational_unit),
        ("O", &name.organization),
        ("L", &name.locality),
        ("ST", &name.state),
        ("C", &name.country),
    ];
    let parts = parts
        .into_iter()
        .filter_map(|(kind, value)| Some(format!("{kind}={}", value.as_deref()?)));
    parts.collect::<Vec<_>>().join(", ")
}

/// How a key of the authority signs what it issues.
fn signing_algorithm(entry: &AuthorityEntry) -> AuthoritySigningAlgorithm {
    entry.row.configuration.signing_algorithm
}

/// The ARN of a template.
fn template_arn(visit: &Visit<'_>, template: &str) -> String {
    let partition = &visit.site.account().partition;
    format!("arn:{partition}:acm-pca:::template/{template}")
}

/// What IssueCertificate is given.
fn order(
    issuer: &AuthorityEntry,
    csr: &str,
    template_arn: String,
    validity: &TypedValidity,
) -> Result<IssueRequest, Refusal> {
    let algorithm = signing_algorithm(issuer);
    let members = json!({
        "CertificateAuthorityArn": issuer.row.arn,
        "Csr": STANDARD.encode_to_string(csr),
        "SigningAlgorithm": algorithm,
        "TemplateArn": template_arn,
        "Validity": { "Value": validity.number()?, "Type": validity.unit },
    });
    keep(inputs::ISSUE, &members)?;
    Ok(IssueRequest {
        authority_arn: issuer.row.arn.clone(),
        csr: csr.as_bytes().to_vec(),
        signing_algorithm: algorithm,
        template_arn: Some(template_arn),
        validity: validity.moment()?,
        not_before: None,
        passthrough: None,
        idempotency_token: None,
    })
}

/// A number that was typed.
fn whole_number(label: &str, text: &str) -> Result<i64, Refusal> {
    text.parse().map_err(|_| {
        let text = format!("{label}: give a whole number.");
        Refusal::new(Kind::Validation, "no-number", text)
    })
}

/// A validity as forms have it: `validity`, a number, and `unit`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TypedValidity {
    number: String,
    unit: String,
}

impl TypedValidity {
    /// What was typed; `otherwise` where nothing was.
    fn of(form: &Fields, otherwise: (&str, &str)) -> Self {
        let or = |field, otherwise: &str| form.some(field).unwrap_or(otherwise).to_owned();
        Self {
            number: or("validity", otherwise.0),
            unit: or("unit", otherwise.1),
        }
    }

    fn moment(&self) -> Result<Moment, Refusal> {
        let unit = match self.unit.as_str() {
            "YEARS" => MomentUnit::Years,
            "MONTHS" => MomentUnit::Months,
            _ => MomentUnit::Days,
        };
        Ok(Moment {
            value: self.number()?,
            unit,
        })
    }

    fn number(&self) -> Result<i64, Refusal> {
        whole_number("How long the certificate is valid", &self.number)
    }

    /// As the AWS CLI takes it.
    fn argument(&self) -> String {
        format!("Value={},Type={}", self.number, self.unit)
    }
}
