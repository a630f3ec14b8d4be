//! The editor of a trust policy: what was typed comes in, fields with the JSON that they make and what is to be said of it leave. Part of the
//! pages that make a role and that change its trust policy.

use anyrole_domain::resources;
use anyrole_domain::trust_anchors::TrustAnchor;
use anyrole_domain::{PageRequest, Refusal};
use anyrole_policy::PolicyKind;

use super::trust_template::TrustFields;
use crate::policy_problems::{PolicyProblem, problems};
use crate::{Fields, Visit};

/// How many trust anchors are offered to be picked; others are typed.
const MOST_ANCHORS: usize = 100;

/// A trust anchor to pick.
pub(super) struct AnchorChoice {
    pub arn: String,
    pub name: String,
    pub is_picked: bool,
}

/// The editor.
pub(super) struct TrustForm {
    pub fields: TrustFields,
    pub anchors: Vec<AnchorChoice>,
    /// The anchor's ARN, where it is none of those offered.
    pub other_anchor: String,
    /// The JSON.
    pub document: String,
    pub problems: Vec<PolicyProblem>,
}

/// Which button was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pressed {
    /// Write the JSON from the fields.
    Write,
    /// Say what is to be said of the JSON.
    Check,
    /// Save the JSON as it stands.
    Save,
}

impl Pressed {
    pub fn of(form: &Fields) -> Self {
        match form.text("do") {
            "write" => Self::Write,
            "check" => Self::Check,
            _ => Self::Save,
        }
    }
}

impl TrustForm {
    /// With the fields and a document.
    pub fn new(visit: &Visit<'_>, fields: TrustFields, document: String) -> Self {
        let anchors = anchors(visit, &fields.anchor);
        let is_offered = anchors.iter().any(|anchor| anchor.is_picked);
        let other_anchor = match is_offered {
            true => String::new(),
            false => fields.anchor.clone(),
        };
        Self {
            problems: problems(&document, PolicyKind::Trust),
            fields,
            anchors,
            other_anchor,
            document,
        }
    }

    /// The template, with the fields that a link fills in.
    pub fn fresh(visit: &Visit<'_>) -> Result<Self, Refusal> {
        let fields = TrustFields::of(&visit.query);
        let document = fields.to_json()?;
        Ok(Self::new(visit, fields, document))
    }

    /// What was typed; the JSON anew where that was asked for. A refusal says why it could not be written.
    pub fn typed(visit: &Visit<'_>, pressed: Pressed) -> (Self, Option<Refusal>) {
        let fields = TrustFields::of(&visit.form);
        let typed = visit.form.text("trust-policy").to_owned();
        let (document, refusal) = match pressed {
            Pressed::Write => match fields.to_json() {
                Ok(json) => (json, None),
                Err(refusal) => (typed, Some(refusal)),
            },
            Pressed::Check | Pressed::Save => (typed, None),
        };
        (Self::new(visit, fields, document), refusal)
    }
}

/// The first trust anchors; none for who may not list them.
fn anchors(visit: &Visit<'_>, picked: &str) -> Vec<AnchorChoice> {
    let request = PageRequest {
        after: String::new(),
        size: MOST_ANCHORS,
    };
    let page = resources::list::<TrustAnchor>(visit.site, visit.call, &request);
    let rows = page.map(|page| page.items).unwrap_or_default();
    let rows = rows.iter().map(|row| AnchorChoice {
        arn: row.resource.arn.clone(),
        name: row.resource.name.clone(),
        is_picked: row.resource.arn == picked,
    });
    rows.collect()
}
