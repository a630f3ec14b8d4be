//! The page that asks again before what can't be taken back: a name comes in, typed once more, and only then it is done.

use anyrole_domain::{Kind, Refusal};
use askama::Template;

use crate::reply::{Audited as _, Done};
use crate::{Layout, Outcome, Reply, Visit};

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
    /// Which of several, where names may be the same.
    pub about: Option<About>,
}

/// What a name alone does not say.
pub(crate) struct About {
    /// The ARN.
    pub arn: String,
    /// The page where it can be disabled, as long as it is in force.
    pub in_force: Option<String>,
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

/// Asks for the text again; once it was typed, deletes by `work`, which is the operation `action`, and goes to the page `after`.
pub(crate) async fn delete_once_typed(
    visit: &Visit<'_>,
    ask: impl Fn(Option<Refusal>) -> ConfirmPage,
    action: &'static str,
    work: impl Future<Output = Result<(), Refusal>>,
    after: &str,
) -> Outcome {
    let refused = |refusal: Refusal| Reply::refused_form(ask(Some(refusal.clone())), refusal);
    if !visit.posted() {
        return Reply::page(ask(None));
    }
    if let Err(refusal) = check_typed(visit, &ask(None).expected) {
        return refused(refusal);
    }
    match visit.admitted(action, work).await {
        Ok(()) => Reply::see_other(after, Done::Deleted),
        Err(refusal) => refused(refusal),
    }
    .of(action)
}
