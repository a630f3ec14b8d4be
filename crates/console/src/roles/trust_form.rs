//! The editor of a trust policy: what was typed comes in, fields with the JSON that they make and what is to be said of it leave. Part of the
//! pages that make a role and that change its trust policy.

use anyrole_domain::{Kind, Refusal};
use anyrole_policy::PolicyKind;

use super::trust_template::TrustFields;
use crate::choices::{self, Choices, Pick};
use crate::policy_problems::{PolicyProblem, problems};
use crate::resources::Shown;
use crate::{Fields, Visit};

/// The editor.
pub(super) struct TrustForm {
    pub fields: TrustFields,
    pub anchors: Shown<Choices>,
    /// The JSON.
    pub document: String,
    /// The mark of the fields that the JSON was written from.
    pub written: String,
    pub problems: Vec<PolicyProblem>,
}

/// Which button was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pressed {
    /// Write the JSON from the fields.
    Write,
    /// Say what is to be said of the JSON, or look for an anchor.
    Check,
    /// Save the JSON as it stands.
    Save,
}

impl Pressed {
    pub fn of(form: &Fields) -> Self {
        match form.text("do") {
            _ if Pick::is_looking(form) => Self::Check,
            "write" => Self::Write,
            "check" => Self::Check,
            _ => Self::Save,
        }
    }
}

impl TrustForm {
    /// With a document that is there, which no field was asked for, and with the fields that a link fills in.
    pub fn of_document(visit: &Visit<'_>, document: String) -> Self {
        Self::new(
            visit,
            TrustFields::of(&visit.query),
            document,
            String::new(),
        )
    }

    fn new(visit: &Visit<'_>, fields: TrustFields, document: String, written: String) -> Self {
        let pick = Pick {
            arn: fields.anchor.clone(),
            ..Pick::read(&visit.form, "anchor")
        };
        Self {
            anchors: choices::anchors(visit, &pick),
            problems: problems(&document, PolicyKind::Trust),
            fields,
            document,
            written,
        }
    }

    /// Whether a field says what was not written into the JSON. Without any field the JSON stands for itself.
    pub fn is_unwritten(&self) -> bool {
        let mark = self.fields.mark();
        !mark.is_empty() && mark != self.written
    }

    /// The template, with the fields that a link fills in.
    pub fn fresh(visit: &Visit<'_>) -> Result<Self, Refusal> {
        let fields = TrustFields::of(&visit.query);
        let (document, written) = (fields.to_json()?, fields.mark());
        Ok(Self::new(visit, fields, document, written))
    }

    /// What was typed; the JSON anew where that was asked for. A refusal says why it could not be written, or why it is not to be saved.
    pub fn typed(visit: &Visit<'_>, pressed: Pressed) -> (Self, Option<Refusal>) {
        let fields = TrustFields::of(&visit.form);
        let typed = visit.form.text("trust-policy").to_owned();
        let before = visit.form.text("fields-written").to_owned();
        let (document, written, refusal) = match pressed {
            Pressed::Write => match fields.to_json() {
                Ok(json) => (json, fields.mark(), None),
                Err(refusal) => (typed, before, Some(refusal)),
            },
            Pressed::Check | Pressed::Save => (typed, before, None),
        };
        let form = Self::new(visit, fields, document, written);
        let unwritten = (pressed == Pressed::Save && form.is_unwritten()).then(unwritten);
        (form, refusal.or(unwritten))
    }
}

/// Who fills a field in means it: a policy without it would let others in.
fn unwritten() -> Refusal {
    Refusal::new(
        Kind::Validation,
        "fields-not-written",
        "The fields say what the JSON does not: nothing was saved. Write the JSON from the fields and look at it, or empty the fields to save it as it stands.",
    )
}
