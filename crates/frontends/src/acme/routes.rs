//! Which request a path is (RFC 8555, 7.1): the path below the service's, method and body come in, the domain is asked, an answer
//! leaves with what every answer carries: a fresh nonce and the way to the directory.

use std::sync::Arc;

use anyrole_domain::acme::{self, ChallengeKind, Posted, Problem, Signed};
use anyrole_domain::{AcmeKind, Kind, Origin, Refusal, Site};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};

use super::answers::{self, Answer};
use crate::Response;
use crate::render_refusal::acme_problem;

/// Where ACME is.
pub const PREFIX: &str = "/-/acme/";
/// What signed requests are (RFC 8555, 6.2).
const JOSE: &str = "application/jose+json";

/// What is asked, before it is answered.
pub struct Asked<'a> {
    /// From where and when.
    pub origin: &'a Origin,
    /// Method, path and headers.
    pub parts: &'a Parts,
    /// `https://HOST`, as clients see the server.
    pub base: String,
}

/// What became of it, for audit trail and log.
pub struct Outcome {
    /// The answer.
    pub response: Response,
    /// Its name.
    pub event: &'static str,
    /// Who asked, once a signature was verified.
    pub who: Option<String>,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
    /// Whether the trail has it already, or nothing was done that it must have.
    pub is_recorded: bool,
}

/// The service's UUID and what follows it.
fn split(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix(PREFIX)?.split_once('/')
}

/// Whether the request has no body that is read.
pub fn body_less(method: &Method) -> bool {
    *method != Method::POST
}

/// Answers a request.
pub async fn serve(site: &Arc<Site>, asked: &Asked<'_>, body: &Bytes) -> Outcome {
    let path = asked.parts.uri.path();
    let (service, rest) = split(path).unwrap_or_default();
    let mut who = None;
    let (event, outcome) = match asked.parts.method {
        Method::GET | Method::HEAD => unsigned(site, asked, service, rest).await,
        Method::POST => signed(site, asked, service, rest, body, &mut who).await,
        _ => ("acme:Unknown", Err(method_not_allowed().into())),
    };
    let now = asked.origin.now;
    let nonce = acme::new_nonce(site, now).await;
    let (mut response, refusal) = match (outcome, &nonce) {
        (Ok(answer), Ok(_)) => (answer.into_response(asked), None),
        (Ok(_), Err(refusal)) => (
            acme_problem::render(&Problem::from(refusal.clone())),
            Some(refusal.clone()),
        ),
        (Err(problem), _) => {
            let mut response = acme_problem::render(&problem);
            if let Some(account) = &problem.account {
                let url = format!("{}{PREFIX}{service}/account/{account}", asked.base);
                answers::header(&mut response, header::LOCATION, &url);
            }
            (response, Some(problem.refusal))
        }
    };
    let posted = asked.parts.method == Method::POST || rest == "new-nonce";
    if let (true, Ok(nonce)) = (posted, &nonce) {
        answers::header(&mut response, answers::REPLAY_NONCE, nonce);
    }
    let directory = format!("<{}{PREFIX}{service}/directory>;rel=\"index\"", asked.base);
    answers::append(&mut response, header::LINK, &directory);
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    let granted = refusal.is_none();
    let reads_public = asked.parts.method != Method::POST;
    // What is still being issued has its record later, and this request its own.
    let recorded_within = matches!(event, "acme:Finalize" | "acme:RevokeCertificate")
        && !response.headers().contains_key(header::RETRY_AFTER);
    Outcome {
        response,
        event,
        who: who.map(|account| format!("acme/{service}/account/{account}")),
        refusal,
        is_recorded: granted && (reads_public || recorded_within),
    }
}

type Answered = (&'static str, Result<Answer, Problem>);

fn method_not_allowed() -> Refusal {
    Refusal::new(
        Kind::Acme(AcmeKind::MethodNotAllowed),
        "acme-method",
        "Read it by a signed POST with an empty payload (RFC 8555, 6.3).",
    )
}

fn no_such_page() -> Refusal {
    Refusal::new(Kind::NotFound, "acme-no-page", "There is no such resource.")
}

/// What is read without a signature.
async fn unsigned(site: &Site, asked: &Asked<'_>, service: &str, rest: &str) -> Answered {
    match rest.split_once('/').unwrap_or((rest, "")) {
        ("directory", "") => {
            let read = acme::directory(site, service).await;
            let answer = read.map(|service_row| answers::directory(asked, service, &service_row));
            ("acme:Directory", answer.map_err(Problem::from))
        }
        ("new-nonce", "") => {
            let status = match asked.parts.method {
                Method::HEAD => StatusCode::OK,
                _ => StatusCode::NO_CONTENT,
            };
            let read = acme::directory(site, service).await;
            let answer = read.map(|_| Answer::empty(status));
            ("acme:NewNonce", answer.map_err(Problem::from))
        }
        ("renewal-info", id) if !id.is_empty() => {
            let window = acme::renewal_info(site, service, id).await;
            let now = asked.origin.now;
            (
                "acme:RenewalInfo",
                window.map(|window| answers::renewal_info(window, now)),
            )
        }
        ("new-account" | "new-order" | "revoke-cert" | "key-change", "")
        | ("account" | "order" | "authz" | "challenge" | "certificate", _) => {
            ("acme:Unknown", Err(method_not_allowed().into()))
        }
        _ => ("acme:Unknown", Err(no_such_page().into())),
    }
}

/// Events of signed requests, by the first part of their path and the last.
fn event_of(rest: &str) -> &'static str {
    let (first, others) = rest.split_once('/').unwrap_or((rest, ""));
    match (first, others.split_once('/').map(|(_, last)| last)) {
        ("new-account", _) => "acme:NewAccount",
        ("new-order", _) => "acme:NewOrder",
        ("revoke-cert", _) => "acme:RevokeCertificate",
        ("key-change", _) => "acme:KeyChange",
        ("account", None) => "acme:Account",
        ("account", Some("orders")) => "acme:ListOrders",
        ("order", None) => "acme:Order",
        ("order", Some("finalize")) => "acme:Finalize",
        ("authz", None) => "acme:Authorization",
        ("challenge", Some(_)) => "acme:Challenge",
        ("certificate", None) => "acme:Certificate",
        _ => "acme:Unknown",
    }
}

async fn signed(
    site: &Arc<Site>,
    asked: &Asked<'_>,
    service: &str,
    rest: &str,
    body: &Bytes,
    who: &mut Option<String>,
) -> Answered {
    let event = event_of(rest);
    if event == "acme:Unknown" {
        return (event, Err(no_such_page().into()));
    }
    (event, answer(site, asked, service, rest, body, who).await)
}

async fn answer(
    site: &Arc<Site>,
    asked: &Asked<'_>,
    service: &str,
    rest: &str,
    body: &Bytes,
    who: &mut Option<String>,
) -> Result<Answer, Problem> {
    let kind = asked.parts.headers.get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != JOSE) {
        return Err(Refusal::new(
            Kind::Acme(AcmeKind::UnsupportedMediaType),
            "acme-content-type",
            format!("Requests are of the type {JOSE}."),
        )
        .into());
    }
    let query = asked.parts.uri.query();
    let suffix = query.map(|query| format!("?{query}")).unwrap_or_default();
    let url = format!("{}{}{suffix}", asked.base, asked.parts.uri.path());
    let posted = Posted {
        origin: asked.origin,
        service,
        url: &url,
        body,
    };
    let signed = acme::verify(site, &posted).await?;
    *who = signed.account_id().map(str::to_owned);
    serve_signed(site, asked, &posted, &signed, rest, who).await
}

async fn serve_signed(
    site: &Arc<Site>,
    asked: &Asked<'_>,
    posted: &Posted<'_>,
    signed: &Signed,
    rest: &str,
    who: &mut Option<String>,
) -> Result<Answer, Problem> {
    let urls = answers::Urls::of(asked, posted.service);
    let parts: Vec<&str> = rest.split('/').collect();
    match parts.as_slice() {
        ["new-account"] => {
            let account = acme::new_account(site, posted, signed).await?;
            *who = Some(account.id.clone());
            Ok(answers::account(&urls, &account))
        }
        ["account", id] => {
            let account = acme::account(site, signed, id).await?;
            Ok(answers::account(&urls, &account))
        }
        ["account", id, "orders"] => {
            let query = asked.parts.uri.query().unwrap_or_default();
            let after = query.strip_prefix("cursor=").unwrap_or_default();
            let (ids, more) = acme::orders(site, signed, id, after).await?;
            Ok(answers::orders(&urls, id, &ids, more))
        }
        ["key-change"] => {
            let account = acme::change_key(site, posted, signed).await?;
            Ok(answers::account(&urls, &account))
        }
        ["new-order"] => {
            let order = acme::new_order(site, posted, signed).await?;
            Ok(answers::order(&urls, &order, StatusCode::CREATED))
        }
        ["order", id] => {
            let order = acme::order(site, posted, signed, id).await?;
            Ok(answers::order(&urls, &order, StatusCode::OK))
        }
        ["order", id, "finalize"] => {
            let order = acme::finalize(site, posted, signed, id).await?;
            Ok(answers::order(&urls, &order, StatusCode::OK))
        }
        ["authz", id] => {
            let authorization = acme::authorization(site, posted, signed, id).await?;
            Ok(answers::authorization(&urls, &authorization))
        }
        ["challenge", id, kind] => {
            let kind = ChallengeKind::parse(kind).ok_or_else(no_such_page)?;
            let authorization = acme::challenge(site, posted, signed, id, kind).await?;
            answers::challenge(&urls, &authorization, kind).ok_or_else(|| no_such_page().into())
        }
        ["certificate", id] => {
            let chain = acme::certificate(site, signed, id).await?;
            Ok(answers::certificate(&chain))
        }
        ["revoke-cert"] => {
            acme::revoke(site, posted, signed).await?;
            Ok(Answer::empty(StatusCode::OK))
        }
        _ => Err(no_such_page().into()),
    }
}
