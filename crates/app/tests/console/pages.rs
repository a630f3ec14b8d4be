//! Every page, filled and empty, for who may do everything and for who may do nothing, with its forms sent empty: axe-core finds
//! nothing in light and dark, nothing is wider than the window at 360 and 1280 px, no control is cut off or lies on another, none is
//! too large, no other origin is asked. With `ANYROLE_SCREENSHOTS=write` the pictures in `docs/console/` are made anew.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::filled::{Filled, NAMES, RICHEST};
use crate::shell::Shell;
use crate::way_in::anyrole_in;
use crate::{browse, root_key, routes};

/// Paths that are no pages: a file to keep, and what a script fetches into a page.
const NO_PAGES: [(&str, &str); 2] = [("certificates", "pem"), ("activity", "live")];
/// Areas whose first page asks for nothing that a policy could refuse as a whole.
const OPEN: [&str; 2] = ["", "simulate"];
/// What pages stay under, in bytes.
pub const LARGEST: u64 = 100_000;
/// Whose pictures are kept in dark, too.
const IN_DARK: [&str; 5] = [
    "",
    "sign-in",
    "activity/refusal",
    "trust-anchors/:id",
    "roles/:name",
];

/// Where pictures go, if they are wanted.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever asks for new pictures does so by the environment, as with transcripts"
)]
fn screenshots() -> Option<PathBuf> {
    let wanted = std::env::var_os("ANYROLE_SCREENSHOTS").is_some_and(|value| value == "write");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/console");
    wanted.then_some(folder)
}

/// Runs the script with what it needs to look at pages beside `given`, and fails where something was found. Pictures begin with `prefix`.
pub fn looked_at(script: &str, given: Value, prefix: &str) -> Value {
    let mut given = given;
    given["names"] = json!(NAMES);
    given["richest"] = json!(RICHEST);
    given["prefix"] = json!(prefix);
    given["dark"] = json!(IN_DARK);
    if let Some(folder) = screenshots() {
        std::fs::create_dir_all(&folder).unwrap();
        given["screenshots"] = json!(folder.canonicalize().unwrap());
    }
    let seen = browse(script, &given);
    let found = texts(&seen["found"]);
    assert!(found.is_empty(), "{}", found.join("\n"));
    seen
}

fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Looks at pages as `given` asks.
fn pages(given: Value, prefix: &str) -> Value {
    let seen = looked_at("pages.js", given, prefix);
    for (page, bytes) in seen["bytes"].as_object().unwrap() {
        assert!(
            bytes.as_u64().unwrap() < LARGEST,
            "`{page}` has {bytes} bytes"
        );
    }
    seen
}

/// A visit to each area, which must be answered with this status; some stand open to everyone, and say in their parts what is withheld.
fn areas(status: u16) -> Value {
    let visit = |area: String| {
        let is_open = OPEN.contains(&area.as_str());
        let status = if is_open { 200 } else { status };
        (area.clone(), json!({"url": area, "status": status}))
    };
    let visits = routes::areas().into_iter().map(visit);
    visits.collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn every_page_of_a_filled_account() {
    let filled = Filled::start();
    let absent = "00000000-0000-0000-0000-000000000000";
    let given = json!({
        "url": filled.server.url(),
        "key": root_key(&filled.server),
        "crawl": true,
        "pem": filled.pem,
        "csr": filled.csr,
        "signedOut": {
            "sign-in": {"url": "sign-in", "status": 200},
            "sign-in ended": {"url": "sign-in?because=ended", "status": 200},
        },
        "visits": {
            "no such page": {"url": "nothing-here", "status": 404},
            "no such trust anchor": {"url": format!("trust-anchors/{absent}"), "status": 404},
            "no such role": {"url": "roles/nobody-made-it", "status": 404},
            "activity filtered": {"url": "activity?role=backup-writer&outcome=refused", "status": 200},
            "activity of one certificate": {"url": "activity?certificate=host1", "status": 200},
            "activity of nobody": {"url": "activity?role=nobody-made-it", "status": 200},
            "activity from a place that is gone": {"url": "activity?after=nowhere", "status": 200},
        },
    });
    every_route_was_taken(&pages(given, ""));
}

/// That each page was looked at and each form was sent, so that a link that is lost takes no page out of sight.
fn every_route_was_taken(seen: &Value) {
    let (looked, posted) = (texts(&seen["looked"]), texts(&seen["posted"]));
    for area in routes::areas() {
        assert!(looked.contains(&area), "no link leads to `{area}`");
    }
    let missing: Vec<_> = routes::routes()
        .into_iter()
        .filter(|route| !NO_PAGES.contains(&(&route.area, &route.word)))
        .filter(|route| {
            let taken = if route.is_posted { &posted } else { &looked };
            !taken.iter().any(|kind| route.has(kind))
        })
        .collect();
    assert!(missing.is_empty(), "{missing:#?}\n{looked:#?}\n{posted:#?}");
}

#[test]
fn every_page_of_an_empty_account() {
    let shell = Shell::open();
    let given = json!({
        "url": shell.server.url(),
        "key": root_key(&shell.server),
        "visits": areas(200),
    });
    pages(given, "empty-");
}

#[test]
fn every_page_for_who_may_do_nothing() {
    let filled = Filled::start();
    let given = json!({
        "url": filled.server.url(),
        "key": filled.nobody,
        "pictured": ["", "profiles"],
        "visits": areas(403),
    });
    pages(given, "not-allowed-");
}

/// What a script signs in with, and a CA certificate in both forms.
fn with_a_certificate(shell: &Shell) -> Value {
    let create =
        "certificate create Root root.crt root.key --profile root-ca --no-password --insecure";
    anyrole_in(shell.folder.path(), create);
    let pem = std::fs::read_to_string(shell.folder.path().join("root.crt")).unwrap();
    let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    json!({"url": shell.server.url(), "key": root_key(&shell.server), "pem": pem, "der": der})
}

#[test]
fn by_keyboard_alone() {
    let shell = Shell::open();
    let seen = browse("keyboard.js", &with_a_certificate(&shell));
    assert!(seen["stops"].as_u64().unwrap() > 20, "{seen}");
}

#[test]
fn files_are_dropped_on_fields() {
    let shell = Shell::open();
    browse("dropped.js", &with_a_certificate(&shell));
}
