//! A refusal as a page, or as the box on a form: what was refused, by which policy, and what helps.

use anyrole_domain::{Kind, Refusal, Target};
use askama::Template;
use http::StatusCode;

use crate::assets;
use crate::layout::{Layout, Section};
use crate::reasons::sentences;
use crate::visit::Visit;

/// The page of a refusal, with navigation.
#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage<'a> {
    layout: Layout,
    problem: &'a Refusal,
    heading: &'static str,
    reasons: Vec<String>,
    request_id: &'a str,
}

/// The page of a refusal for whom nobody knows.
#[derive(Template)]
#[template(path = "bare_refused.html")]
struct BareRefusedPage<'a> {
    heading: &'a str,
    text: &'a str,
    stylesheet: String,
    icon: String,
}

/// The status of a page that shows this refusal.
pub fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::AccessDenied => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::AlreadyExists | Kind::DeleteConflict | Kind::Contended => StatusCode::CONFLICT,
        Kind::MissingAuthentication
        | Kind::IncompleteSignature
        | Kind::SignatureMismatch
        | Kind::RequestTimeSkewed
        | Kind::UnknownAccessKey
        | Kind::InvalidToken
        | Kind::ExpiredToken => StatusCode::FORBIDDEN,
        Kind::Throttled => StatusCode::TOO_MANY_REQUESTS,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::NotImplemented => StatusCode::NOT_IMPLEMENTED,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

const fn heading(kind: Kind) -> &'static str {
    match kind {
        Kind::AccessDenied => "You may not do this",
        Kind::NotFound => "There is nothing here",
        Kind::AlreadyExists | Kind::DeleteConflict => "This is taken or in use",
        Kind::Contended | Kind::Throttled | Kind::Unavailable => "Not now",
        Kind::Internal => "Something went wrong here",
        _ => "This was not accepted",
    }
}

/// There is no page of this path.
pub(crate) fn no_such_page(path: &str) -> Refusal {
    let path = anyrole_domain::printable(path);
    Refusal::new(
        Kind::NotFound,
        "no-such-page",
        format!("The console has no page `{path}`."),
    )
}

/// The page that stands for a refusal.
pub(crate) fn page(visit: &Visit<'_>, refusal: &Refusal) -> Result<String, askama::Error> {
    let heading = heading(refusal.kind);
    RefusedPage {
        layout: Layout::of(visit, Section::of_area(visit.segment(0)), heading),
        problem: refusal,
        heading,
        reasons: reasons(visit, refusal),
        request_id: &visit.call.origin.request_id,
    }
    .render()
}

/// What policies say is shown to who may decode the message that the API would have sealed it in.
fn reasons(visit: &Visit<'_>, refusal: &Refusal) -> Vec<String> {
    let action = "sts:DecodeAuthorizationMessage";
    let policy = refusal.policy.as_deref().filter(|_| {
        let decided = visit.site.authorize(visit.call, action, Target::any());
        decided.is_ok()
    });
    policy.map(sentences).unwrap_or_default()
}

/// A page for someone who has not signed in, or whose form is not accepted.
///
/// # Errors
/// The template can't be rendered.
pub fn bare_refusal(heading: &str, text: &str) -> Result<String, askama::Error> {
    BareRefusedPage {
        heading,
        text,
        stylesheet: assets::STYLESHEET.url(),
        icon: assets::ICON.url(),
    }
    .render()
}
