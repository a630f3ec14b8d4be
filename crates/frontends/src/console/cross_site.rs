//! Where a request comes from, as browsers say it (Fetch standard, Origin header; W3C, Fetch metadata). Clients that say nothing are
//! let through: what counts is the form's token.

use anyrole_domain::{Kind, Refusal};
use http::HeaderMap;
use http::header::{HOST, ORIGIN};

const SITE: &str = "sec-fetch-site";
const MODE: &str = "sec-fetch-mode";

/// Refuses what another site's page has posted. `public_url` is where clients find this server, where a setting says so.
///
/// # Errors
/// The browser says that it comes from elsewhere.
pub fn check(headers: &HeaderMap, public_url: Option<&str>) -> Result<(), Refusal> {
    let same_site = headers
        .get(SITE)
        .is_none_or(|site| site.as_bytes() == b"same-origin");
    let origin = headers.get(ORIGIN).map(|origin| origin.as_bytes());
    let host = headers.get(HOST).map(|host| host.as_bytes());
    let same_origin = origin.is_none_or(|origin| {
        let authority = origin
            .strip_prefix(b"https://")
            .or_else(|| origin.strip_prefix(b"http://"));
        public_url.is_some_and(|url| url.as_bytes() == origin)
            || authority.is_some() && authority == host
    });
    if same_site && same_origin {
        return Ok(());
    }
    Err(Refusal::new(
        Kind::AccessDenied,
        "console-cross-site",
        "Nothing was changed: the browser says that this form was sent from another site. Open the console itself, and send the form there.",
    ))
}

/// Whether a person goes to a page; the script's own requests say otherwise.
pub fn is_navigation(headers: &HeaderMap) -> bool {
    headers
        .get(MODE)
        .is_none_or(|mode| mode.as_bytes() == b"navigate")
}

/// Whether a link of another site has led here: cookies did not come along then.
pub fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    headers
        .get(SITE)
        .is_some_and(|site| matches!(site.as_bytes(), b"cross-site" | b"same-site"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_post() {
        let public = Some("https://ca.example");
        // Sec-Fetch-Site; Origin; whether it is let through.
        for (site, origin, passes) in [
            (None, None, true),
            (Some("same-origin"), None, true),
            (Some("same-origin"), Some("http://localhost:9910"), true),
            (None, Some("https://localhost:9910"), true),
            (None, Some("https://ca.example"), true),
            (None, Some("http://ca.example"), false),
            (None, Some("null"), false),
            (None, Some("localhost:9910"), false),
            (None, Some("http://localhost"), false),
            (None, Some("http://localhost:99100"), false),
            (None, Some("http://evil.example"), false),
            (Some("same-origin"), Some("http://evil.example"), false),
            (Some("same-site"), None, false),
            (Some("cross-site"), None, false),
            (Some("none"), None, false),
            (Some("cross-site"), Some("http://localhost:9910"), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "localhost:9910".parse().unwrap());
            if let Some(site) = site {
                headers.insert(SITE, site.parse().unwrap());
            }
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().unwrap());
            }
            let outcome = check(&headers, public);
            assert_eq!(outcome.is_ok(), passes, "{site:?} {origin:?}");
        }
    }
}
