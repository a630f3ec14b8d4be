//! Our own pages under `/-/`: is the process alive, is it ready to serve.

use http::{HeaderValue, Method, StatusCode, header};

use crate::{Body, Response};

/// Whether there is such a page.
pub fn exists(path: &str) -> bool {
    matches!(path, "/-/healthy" | "/-/ready")
}

/// Answers a request for one of our own pages.
pub fn serve(method: &Method, path: &str, ready: bool) -> Response {
    let (status, text) = match path {
        "/-/healthy" => (StatusCode::OK, "healthy\n"),
        "/-/ready" if ready => (StatusCode::OK, "ready\n"),
        "/-/ready" => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
        _ => (StatusCode::NOT_FOUND, "no such page\n"),
    };
    let (status, text) =
        if status == StatusCode::NOT_FOUND || matches!(*method, Method::GET | Method::HEAD) {
            (status, text)
        } else {
            (StatusCode::METHOD_NOT_ALLOWED, "use GET\n")
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
