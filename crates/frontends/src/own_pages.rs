//! Our own pages under `/-/`: is the process alive, is it ready to serve. Those that ask for more, `/-/explain`, enrolment's,
//! ACME's and the console's, are answered by the door (`door/explain.rs`, `door/enrolment.rs`, `door/acme.rs`, `door/console/`).

use anyrole_domain::Standing;
use http::{HeaderValue, Method, StatusCode, header};

use crate::{Body, Response, acme, console, enrolment};

/// Where the operator asks why a session was refused.
pub const EXPLAIN: &str = "/-/explain";

/// The pages.
enum Page {
    Healthy,
    Ready,
}

impl Page {
    fn at(path: &str) -> Option<Self> {
        match path {
            "/-/healthy" => Some(Self::Healthy),
            "/-/ready" => Some(Self::Ready),
            _ => None,
        }
    }
}

/// Whether there is such a page.
pub fn exists(path: &str) -> bool {
    path == EXPLAIN
        || acme::is_at(path)
        || enrolment::Page::at(path).is_some()
        || console::place(path).is_some()
        || Page::at(path).is_some()
}

/// Answers a request for one of our own pages. `standing` is `None` before the server is ready.
pub fn serve(method: &Method, path: &str, standing: Option<Standing>) -> Response {
    let readable = matches!(*method, Method::GET | Method::HEAD);
    let (status, text) = match Page::at(path) {
        None => (StatusCode::NOT_FOUND, "no such page".to_owned()),
        Some(_) if !readable => (StatusCode::METHOD_NOT_ALLOWED, "use GET".to_owned()),
        Some(Page::Healthy) => (StatusCode::OK, "healthy".to_owned()),
        Some(Page::Ready) => ready(standing),
    };
    let body = if *method == Method::HEAD {
        String::new()
    } else {
        format!("{text}\n")
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

/// A server without its database serves what it can for a while: it stays ready, and says so.
fn ready(standing: Option<Standing>) -> (StatusCode, String) {
    match standing {
        Some(Standing::Current) => (StatusCode::OK, "ready".to_owned()),
        Some(Standing::Away(age)) => (
            StatusCode::OK,
            format!(
                "ready, but the database is away: sessions are verified and issued from what was read {} s ago, writes are refused",
                age.as_secs()
            ),
        ),
        Some(Standing::TooOld(age)) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!(
                "not ready: the database was last read {} s ago",
                age.as_secs()
            ),
        ),
        None => (StatusCode::SERVICE_UNAVAILABLE, "not ready".to_owned()),
    }
}
