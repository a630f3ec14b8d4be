//! Our own pages under `/-/`: is the process alive, is it ready to serve. The one that asks for a signature, `/-/explain`,
//! is answered by the door (`door/explain.rs`).

use http::{HeaderValue, Method, StatusCode, header};

use crate::{Body, Response};

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
    path == EXPLAIN || Page::at(path).is_some()
}

/// Answers a request for one of our own pages.
pub fn serve(method: &Method, path: &str, ready: bool) -> Response {
    let readable = matches!(*method, Method::GET | Method::HEAD);
    let (status, text) = match Page::at(path) {
        None => (StatusCode::NOT_FOUND, "no such page\n"),
        Some(_) if !readable => (StatusCode::METHOD_NOT_ALLOWED, "use GET\n"),
        Some(Page::Healthy) => (StatusCode::OK, "healthy\n"),
        Some(Page::Ready) if ready => (StatusCode::OK, "ready\n"),
        Some(Page::Ready) => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
    };
    let body = if *method == Method::HEAD { "" } else { text };
    let mut response = Response::new(Body::from(body.to_owned()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}
