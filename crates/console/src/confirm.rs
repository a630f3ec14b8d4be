//! The page that asks again before what can't be taken back: a name comes in, typed once more, and whether it is the same leaves.

use anyrole_domain::{Kind, Refusal};
use askama::Template;

use crate::{Layout, Visit};

/// The form that asks for the name again; it is sent to where it is.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(crate) struct ConfirmPage {
    pub layout: Layout,
    pub problem: Option<Refusal>,
    /// What will be so afterwards.
    pub text: &'static str,
    /// What is to be typed.
    pub label: &'static str,
    /// What it must be.
    pub expected: String,
    /// What the button says.
    pub button: &'static str,
}

/// Whether the field `confirm` holds this text.
pub(crate) fn check_typed(visit: &Visit<'_>, expected: &str) -> Result<(), Refusal> {
    if visit.form.text("confirm").trim() == expected.trim() {
        return Ok(());
    }
    Err(Refusal::new(
        Kind::Validation,
        "not-typed-again",
        format!("Type `{expected}` to go on."),
    ))
}
