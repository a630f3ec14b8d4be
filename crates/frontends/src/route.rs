//! Which front end a request is for: by our own path, by the service in its credential scope, by what it looks like
//! where it is not signed. Nothing here is verified; the front end verifies the signature for its own service.

use anyrole_domain::Refusal;
use anyrole_signing::AuthorizationKind;
use anyrole_wire::aws_json::TARGET_HEADER;
use anyrole_wire::aws_query::FORM_CONTENT_TYPE;
use anyrole_wire::{acm, acm_pca};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Uri, header};

use crate::own_pages;

/// The prefix of our own pages.
pub const OWN_PREFIX: &str = "/-/";
/// The bucket that they would be in, if it could be made.
pub const OWN_BUCKET: &str = "-";

/// The front ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Our own pages.
    Own,
    /// CreateSession.
    CreateSession,
    /// The control plane of Roles Anywhere.
    RolesAnywhere,
    /// IAM.
    Iam,
    /// STS.
    Sts,
    /// Certificate Manager.
    Acm,
    /// Private CA.
    AcmPca,
    /// S3, and everything that says nothing else.
    S3,
    /// A service that is not served, by the name in the scope.
    Unknown(String),
}

/// A method or a path that nothing is served for.
pub(crate) fn not_served(parts: &Parts) -> Refusal {
    Refusal::not_implemented(&format!("{} {}", parts.method, parts.uri.path()))
}

/// Finds the front end of a request.
pub fn destination(method: &Method, uri: &Uri, headers: &HeaderMap) -> Destination {
    let query = uri.query().unwrap_or_default();
    let kind = AuthorizationKind::of(headers, query);
    if uri.path().starts_with(OWN_PREFIX)
        && (kind.service() != Some("s3") || own_pages::exists(uri.path()))
    {
        return Destination::Own;
    }
    if matches!(kind, AuthorizationKind::X509 { .. }) {
        return Destination::CreateSession;
    }
    match kind.service() {
        Some("s3") => Destination::S3,
        Some("rolesanywhere") => Destination::RolesAnywhere,
        Some("iam") => Destination::Iam,
        Some("sts") => Destination::Sts,
        Some("acm") => Destination::Acm,
        Some("acm-pca") => Destination::AcmPca,
        Some("") => Destination::S3,
        Some(other) => Destination::Unknown(other.to_owned()),
        None => unsigned(method, uri.path(), query, headers),
    }
}

fn unsigned(method: &Method, path: &str, query: &str, headers: &HeaderMap) -> Destination {
    let target = headers.get(TARGET_HEADER).map(HeaderValue::as_bytes);
    let is_for = |prefix: &str| target.is_some_and(|target| target.starts_with(prefix.as_bytes()));
    if is_for(acm_pca::TARGET_PREFIX) {
        return Destination::AcmPca;
    }
    if is_for(acm::TARGET_PREFIX) {
        return Destination::Acm;
    }
    if path == "/" && (is_form(headers) && method == Method::POST || query.starts_with("Action=")) {
        return Destination::Sts;
    }
    if method == Method::POST && path.ends_with("/sessions") {
        return Destination::CreateSession;
    }
    Destination::S3
}

/// Whether the body is a form, as the Query protocol's is.
pub fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(FORM_CONTENT_TYPE.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: &str, uri: &str, headers: &[(&str, &str)]) -> Destination {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(
                http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                value.parse().unwrap(),
            );
        }
        destination(&method.parse().unwrap(), &uri.parse().unwrap(), &map)
    }

    fn signed(service: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=00"
        )
    }

    #[test]
    fn requests_go_by_the_scope() {
        for (service, expected) in [
            ("s3", Destination::S3),
            ("iam", Destination::Iam),
            ("sts", Destination::Sts),
            ("acm", Destination::Acm),
            ("acm-pca", Destination::AcmPca),
            ("rolesanywhere", Destination::RolesAnywhere),
            ("ec2", Destination::Unknown("ec2".to_owned())),
        ] {
            let authorization = signed(service);
            assert_eq!(
                route("POST", "/", &[("authorization", &authorization)]),
                expected
            );
        }
    }

    #[test]
    fn a_presigned_query_routes_too() {
        let uri = "/?Action=GetCallerIdentity&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20260101%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-Signature=00";
        assert_eq!(route("GET", uri, &[]), Destination::Sts);
    }

    #[test]
    fn a_certificate_goes_to_create_session() {
        let authorization = "AWS4-X509-RSA-SHA256 Credential=1/20260101/us-east-1/rolesanywhere/aws4_request, SignedHeaders=host, Signature=00";
        assert_eq!(
            route("POST", "/sessions?x=y", &[("authorization", authorization)]),
            Destination::CreateSession
        );
    }

    #[test]
    fn what_is_not_signed_goes_by_its_look() {
        let form = [(
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        )];
        assert_eq!(route("POST", "/", &form), Destination::Sts);
        for (target, expected) in [
            ("ACMPrivateCA.ListTags", Destination::AcmPca),
            ("CertificateManager.ListCertificates", Destination::Acm),
            ("Another.List", Destination::S3),
        ] {
            assert_eq!(route("POST", "/", &[("x-amz-target", target)]), expected);
        }
        assert_eq!(route("POST", "/sessions", &[]), Destination::CreateSession);
        assert_eq!(route("GET", "/bucket/key", &[]), Destination::S3);
        assert_eq!(
            route("GET", "/bucket", &[("authorization", "AWS AKIA:sig")]),
            Destination::S3
        );
    }

    #[test]
    fn our_own_pages_come_first() {
        let authorization = signed("s3");
        assert_eq!(
            route("GET", "/-/healthy", &[("authorization", &authorization)]),
            Destination::Own
        );
        assert_eq!(
            route("GET", "/-", &[("authorization", &authorization)]),
            Destination::S3
        );
    }
}
