//! What leaves (RFC 8555, 7.1): the domain's views come in, JSON with the URLs of this server leaves.

use anyrole_domain::acme::{
    AccountView, AcmeService, AuthorizationView, Challenge, ChallengeKind, Fault, OrderView,
    RenewalWindow, Status,
};
use base64_simd::STANDARD;
use http::header::{self, HeaderName};
use http::{HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::routes::{Asked, PREFIX};
use crate::render_refusal::acme_problem;
use crate::{Body, Response};

/// RFC 8555, 6.5.1.
pub const REPLAY_NONCE: HeaderName = HeaderName::from_static("replay-nonce");
/// How long clients wait before they ask again, in seconds.
const ASK_AGAIN: &str = "1";
/// The same for renewal information (RFC 9773, 4.3).
const ASK_RENEWAL_AGAIN: u64 = 6 * 60 * 60;

/// An answer before it is one of HTTP.
pub struct Answer {
    status: StatusCode,
    content_type: &'static str,
    body: String,
    headers: Vec<(HeaderName, String)>,
}

impl Answer {
    /// Nothing but a status.
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            content_type: "",
            body: String::new(),
            headers: Vec::new(),
        }
    }

    fn json(status: StatusCode, value: &Value) -> Self {
        Self {
            content_type: "application/json",
            body: value.to_string(),
            ..Self::empty(status)
        }
    }

    fn with(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// As HTTP has it.
    pub fn into_response(self, asked: &Asked<'_>) -> Response {
        let body = match asked.parts.method {
            Method::HEAD => String::new(),
            _ => self.body,
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        if !self.content_type.is_empty() {
            let kind = HeaderValue::from_static(self.content_type);
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        for (name, value) in self.headers {
            append(&mut response, name, &value);
        }
        response
    }
}

/// Sets a header.
pub fn header(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Adds a header.
pub fn append(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().append(name, value);
    }
}

/// Where things of a service are.
pub struct Urls(String);

impl Urls {
    /// Of the service that was asked.
    pub fn of(asked: &Asked<'_>, service: &str) -> Self {
        Self(format!("{}{PREFIX}{service}", asked.base))
    }

    fn of_one(&self, what: &str, id: &str) -> String {
        format!("{}/{what}/{id}", self.0)
    }
}

/// The directory (RFC 8555, 7.1.1; RFC 9773, 4).
pub fn directory(asked: &Asked<'_>, id: &str, service: &AcmeService) -> Answer {
    let urls = Urls::of(asked, id);
    let at = |what: &str| format!("{}/{what}", urls.0);
    let mut meta = Map::new();
    if let Some(terms) = &service.terms_of_service {
        meta.insert("termsOfService".to_owned(), json!(terms));
    }
    let required = service.external_account_required;
    meta.insert("externalAccountRequired".to_owned(), json!(required));
    let directory = json!({
        "newNonce": at("new-nonce"),
        "newAccount": at("new-account"),
        "newOrder": at("new-order"),
        "revokeCert": at("revoke-cert"),
        "keyChange": at("key-change"),
        "renewalInfo": at("renewal-info"),
        "meta": meta,
    });
    Answer::json(StatusCode::OK, &directory)
}

/// When a certificate should be renewed.
pub fn renewal_info(window: RenewalWindow, now: Timestamp) -> Answer {
    let answer = json!({
        "suggestedWindow": {"start": second(window.start), "end": second(window.end)},
    });
    // Who should have renewed asks again soon.
    let wait = match now >= window.start {
        true => 60,
        false => ASK_RENEWAL_AGAIN,
    };
    Answer::json(StatusCode::OK, &answer).with(header::RETRY_AFTER, wait.to_string())
}

fn second(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second())
        .unwrap_or(at)
        .to_string()
}

fn status(status: Status) -> Value {
    serde_json::to_value(status).unwrap_or_default()
}

fn fault(fault: &Fault) -> Value {
    acme_problem::body(fault.kind, &fault.detail)
}

/// An account.
pub fn account(urls: &Urls, view: &AccountView) -> Answer {
    let account = &view.account;
    let url = urls.of_one("account", &view.id);
    let mut body = json!({
        "status": status(account.status),
        "contact": account.contact,
        "orders": format!("{url}/orders"),
    });
    if account.terms_agreed {
        insert(&mut body, "termsOfServiceAgreed", json!(true));
    }
    let made = match view.made {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    Answer::json(made, &body).with(header::LOCATION, url)
}

fn insert(body: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = body {
        members.insert(name.to_owned(), value);
    }
}

/// A page of an account's orders.
pub fn orders(urls: &Urls, account: &str, ids: &[String], more: bool) -> Answer {
    let orders: Vec<String> = ids.iter().map(|id| urls.of_one("order", id)).collect();
    let answer = Answer::json(StatusCode::OK, &json!({ "orders": orders }));
    match ids.last().filter(|_| more) {
        None => answer,
        Some(last) => {
            let next = format!("{}/orders?cursor={last}", urls.of_one("account", account));
            answer.with(header::LINK, format!("<{next}>;rel=\"next\""))
        }
    }
}

/// An order.
pub fn order(urls: &Urls, view: &OrderView, made: StatusCode) -> Answer {
    let order = &view.order;
    let url = urls.of_one("order", &view.id);
    let authorizations = order.authorizations.iter();
    let authorizations: Vec<String> = authorizations.map(|id| urls.of_one("authz", id)).collect();
    let mut body = json!({
        "status": status(view.status),
        "expires": second(order.expires_at),
        "identifiers": order.identifiers,
        "authorizations": authorizations,
        "finalize": format!("{url}/finalize"),
    });
    let times = [
        ("notBefore", order.not_before),
        ("notAfter", order.not_after),
    ];
    for (name, at) in times {
        if let Some(at) = at {
            insert(&mut body, name, json!(second(at)));
        }
    }
    if let Some(replaced) = &order.replaces_as_asked {
        insert(&mut body, "replaces", json!(replaced));
    }
    if let Some(id) = &order.certificate {
        insert(
            &mut body,
            "certificate",
            json!(urls.of_one("certificate", id)),
        );
    }
    if let Some(why) = &order.fault {
        insert(&mut body, "error", fault(why));
    }
    let answer = Answer::json(made, &body).with(header::LOCATION, url);
    match view.status {
        Status::Processing => answer.with(header::RETRY_AFTER, ASK_AGAIN.to_owned()),
        _ => answer,
    }
}

fn one_challenge(urls: &Urls, authorization: &str, challenge: &Challenge) -> Value {
    let url = urls.of_one("challenge", authorization);
    let mut body = json!({
        "type": challenge.kind.as_str(),
        "url": format!("{url}/{}", challenge.kind.as_str()),
        "status": status(challenge.status),
        "token": challenge.token,
    });
    if let Some(at) = challenge.validated_at {
        insert(&mut body, "validated", json!(second(at)));
    }
    if let Some(why) = &challenge.fault {
        insert(&mut body, "error", fault(why));
    }
    body
}

/// An authorization with its challenges; once one has proved it or failed, that one alone (RFC 8555, 7.1.4).
pub fn authorization(urls: &Urls, view: &AuthorizationView) -> Answer {
    let authorization = &view.authorization;
    let all = authorization.challenges.iter();
    let shown = all.filter(|challenge| match view.status {
        Status::Pending => true,
        _ => challenge.status != Status::Pending,
    });
    let shown: Vec<Value> = shown
        .map(|known| one_challenge(urls, &view.id, known))
        .collect();
    let mut body = json!({
        "status": status(view.status),
        "expires": second(authorization.expires_at),
        "identifier": authorization.identifier,
        "challenges": shown,
    });
    if authorization.wildcard {
        insert(&mut body, "wildcard", json!(true));
    }
    Answer::json(StatusCode::OK, &body).with(header::RETRY_AFTER, ASK_AGAIN.to_owned())
}

/// A challenge, with the way up to its authorization.
pub fn challenge(urls: &Urls, view: &AuthorizationView, kind: ChallengeKind) -> Option<Answer> {
    let mut all = view.authorization.challenges.iter();
    let challenge = all.find(|challenge| challenge.kind == kind)?;
    let up = format!("<{}>;rel=\"up\"", urls.of_one("authz", &view.id));
    let body = one_challenge(urls, &view.id, challenge);
    let answer = Answer::json(StatusCode::OK, &body).with(header::LINK, up);
    Some(answer.with(header::RETRY_AFTER, ASK_AGAIN.to_owned()))
}

/// A certificate with what leads to its root (RFC 8555, 9.1).
pub fn certificate(chain: &[Vec<u8>]) -> Answer {
    let mut body = String::new();
    for der in chain {
        let text = STANDARD.encode_to_string(der);
        body.push_str("-----BEGIN CERTIFICATE-----\n");
        for line in text.as_bytes().chunks(64) {
            body.push_str(&String::from_utf8_lossy(line));
            body.push('\n');
        }
        body.push_str("-----END CERTIFICATE-----\n");
    }
    Answer {
        content_type: "application/pem-certificate-chain",
        body,
        ..Answer::empty(StatusCode::OK)
    }
}
