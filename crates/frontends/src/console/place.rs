//! Which part of the console a request is for, and how its reader reached us.

use anyrole_console::PREFIX;
use anyrole_domain::{Origin, Site};
use http::HeaderMap;
use http::header::HOST;
use percent_encoding::percent_decode_str;

/// The console without the slash that ends it.
const ROOT: &str = "/-/console";
/// Where one signs in.
pub const SIGN_IN: &str = "/-/console/sign-in";
/// The longest way back that a sign-in remembers, in bytes.
const MAX_RETURN: usize = 1000;

/// A part of the console.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// Without its slash.
    Root,
    /// A file that pages refer to, by its name.
    Asset(String),
    /// The sign-in form.
    SignIn,
    /// The button that ends a session.
    SignOut,
    /// A page, by its segments.
    Page(Vec<String>),
    /// Nothing can be there.
    Unreadable,
}

/// The place of a path; none where it is not of the console.
pub fn place(path: &str) -> Option<Place> {
    if path == ROOT {
        return Some(Place::Root);
    }
    let below = path.strip_prefix(PREFIX)?;
    let below = below.strip_suffix('/').unwrap_or(below);
    let decoded = |segment: &str| {
        let text = percent_decode_str(segment).decode_utf8().ok()?;
        Some(text.into_owned())
    };
    let segments: Option<Vec<String>> = match below {
        "" => Some(Vec::new()),
        _ => below.split('/').map(decoded).collect(),
    };
    let Some(segments) = segments else {
        return Some(Place::Unreadable);
    };
    let words: Vec<&str> = segments.iter().map(String::as_str).collect();
    Some(match words.as_slice() {
        ["assets", name] => Place::Asset((*name).to_owned()),
        ["sign-in"] => Place::SignIn,
        ["sign-out"] => Place::SignOut,
        _ => Place::Page(segments),
    })
}

/// Whether the reader's browser speaks TLS: with us, or with a proxy in front of us at the address that the setting names.
pub fn is_secure(site: &Site, origin: &Origin, headers: &HeaderMap) -> bool {
    let behind_proxy = || {
        let public = site.public_url()?.strip_prefix("https://")?;
        Some(headers.get(HOST)?.as_bytes() == public.as_bytes())
    };
    origin.secure_transport || behind_proxy() == Some(true)
}

/// `http(s)://host:port` as the reader reached us.
pub fn endpoint(is_secure: bool, headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let scheme = if is_secure { "https" } else { "http" };
    format!("{scheme}://{}", host.unwrap_or("localhost"))
}

/// Where to go after signing in: a page of the console, and nowhere else.
pub fn return_path(asked: &str) -> &str {
    let is_sound = asked.len() <= MAX_RETURN
        && asked.bytes().all(|byte| byte.is_ascii_graphic())
        && !asked.contains(['\\', '#']);
    let path = asked.split('?').next().unwrap_or_default();
    // Browsers walk up by dots however they are written (WHATWG URL, double-dot path segment).
    let stays = |segments: &[String]| !segments.iter().any(|one| one == "." || one == "..");
    match place(path) {
        Some(Place::Page(segments)) if is_sound && stays(&segments) => asked,
        _ => PREFIX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_place() {
        let page = |segments: &[&str]| {
            let segments = segments.iter().map(|&segment| segment.to_owned());
            Some(Place::Page(segments.collect()))
        };
        for (path, expected) in [
            ("/-/console", Some(Place::Root)),
            ("/-/console/", page(&[])),
            ("/-/console/roles", page(&["roles"])),
            ("/-/console/roles/", page(&["roles"])),
            (
                "/-/console/roles/a%2Fb/%C3%BC",
                page(&["roles", "a/b", "ü"]),
            ),
            ("/-/console/roles//x", page(&["roles", "", "x"])),
            ("/-/console/%FF", Some(Place::Unreadable)),
            ("/-/console/sign-in", Some(Place::SignIn)),
            ("/-/console/sign-out", Some(Place::SignOut)),
            (
                "/-/console/assets/x.css",
                Some(Place::Asset("x.css".to_owned())),
            ),
            ("/-/consoles", None),
            ("/-/ready", None),
        ] {
            assert_eq!(place(path), expected, "{path}");
        }
    }

    #[test]
    fn one_returns_to_a_page_of_the_console_alone() {
        let long = format!("{PREFIX}{}", "x".repeat(MAX_RETURN));
        for (asked, expected) in [
            (
                "/-/console/roles/r?tab=trust",
                "/-/console/roles/r?tab=trust",
            ),
            ("/-/console/", PREFIX),
            ("", PREFIX),
            ("/", PREFIX),
            ("//evil.example/-/console/", PREFIX),
            ("https://evil.example/-/console/", PREFIX),
            ("/-/console/../../evil", PREFIX),
            ("/-/console/..", PREFIX),
            ("/-/console/%2e%2E/%2e./x", PREFIX),
            ("/-/console/roles?next=..", "/-/console/roles?next=.."),
            ("/-/console/\\evil", PREFIX),
            ("/-/console/a\r\nSet-Cookie: x", PREFIX),
            ("/-/console/sign-out", PREFIX),
            ("/-/console/sign-in", PREFIX),
            ("/-/console/assets/x", PREFIX),
            (&long, PREFIX),
        ] {
            assert_eq!(return_path(asked), expected, "{asked}");
        }
    }
}
