//! Every page, filled and empty, for who may do everything and for who may do nothing, with its forms sent empty: axe-core finds
//! nothing in light and dark, nothing is wider than the window at 360 and 1280 px, no control is cut off or lies on another, none is
//! too large, no other origin is asked. With `ANYROLE_SCREENSHOTS=write` the pictures in `docs/console/` are made anew.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::filled::{Filled, NAMES};
use crate::shell::Shell;
use crate::way_in::anyrole_in;
use crate::{browse, root_key};

/// The areas of the navigation.
const AREAS: [&str; 13] = [
    "",
    "activity",
    "connect",
    "trust-anchors",
    "profiles",
    "crls",
    "subjects",
    "roles",
    "policies",
    "simulate",
    "authorities",
    "certificates",
    "join-tokens",
];
/// Areas whose first page asks for nothing that a policy could refuse as a whole.
const OPEN: [&str; 2] = ["", "simulate"];
/// What pages stay under, in bytes.
const LARGEST: u64 = 100_000;
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

/// Looks at pages as `given` asks; the kinds of pages that were found by their links.
fn looked_at(given: Value, prefix: &str) -> Vec<String> {
    let mut given = given;
    given["names"] = json!(NAMES);
    given["prefix"] = json!(prefix);
    given["dark"] = json!(IN_DARK);
    if let Some(folder) = screenshots() {
        std::fs::create_dir_all(&folder).unwrap();
        given["screenshots"] = json!(folder.canonicalize().unwrap());
    }
    let seen = browse("pages.js", &given);
    let found = seen["found"].as_array().unwrap();
    let found: Vec<&str> = found.iter().map(|line| line.as_str().unwrap()).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    for (page, bytes) in seen["bytes"].as_object().unwrap() {
        assert!(
            bytes.as_u64().unwrap() < LARGEST,
            "`{page}` has {bytes} bytes"
        );
    }
    let pages = seen["pages"].as_array().unwrap();
    pages
        .iter()
        .map(|page| page.as_str().unwrap().to_owned())
        .collect()
}

/// A visit to each area, which must be answered with this status; two stand open to everyone, and say in their parts what is withheld.
fn areas(status: u16) -> Value {
    let visit = |area: &&str| {
        let status = if OPEN.contains(area) { 200 } else { status };
        ((*area).to_owned(), json!({"url": area, "status": status}))
    };
    AREAS
        .iter()
        .map(visit)
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[test]
fn every_page_of_a_filled_account() {
    let filled = Filled::start();
    let absent = "00000000-0000-0000-0000-000000000000";
    let given = json!({
        "url": filled.server.url(),
        "key": root_key(&filled.server),
        "crawl": true,
        "signedOut": {"sign-in": {"url": "sign-in", "status": 200}},
        "visits": {
            "no such page": {"url": "nothing-here", "status": 404},
            "no such trust anchor": {"url": format!("trust-anchors/{absent}"), "status": 404},
            "no such role": {"url": "roles/nobody-made-it", "status": 404},
        },
    });
    let pages = looked_at(given, "");
    let missing: Vec<_> = EXPECTED
        .iter()
        .filter(|page| !pages.iter().any(|found| found == *page))
        .collect();
    assert!(
        missing.is_empty(),
        "no link leads to {missing:?}: {pages:#?}"
    );
}

/// Pages that the crawl must have come to, so that a link that is lost takes no page out of sight.
const EXPECTED: [&str; 13] = AREAS;

#[test]
fn every_page_of_an_empty_account() {
    let shell = Shell::open();
    let given = json!({
        "url": shell.server.url(),
        "key": root_key(&shell.server),
        "visits": areas(200),
    });
    looked_at(given, "empty-");
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
    looked_at(given, "not-allowed-");
}

#[test]
fn by_keyboard_alone() {
    let shell = Shell::open();
    anyrole_in(
        shell.folder.path(),
        "certificate create Root root.crt root.key --profile root-ca --no-password --insecure",
    );
    let pem = std::fs::read_to_string(shell.folder.path().join("root.crt")).unwrap();
    let given = json!({"url": shell.server.url(), "key": root_key(&shell.server), "pem": pem});
    let seen = browse("keyboard.js", &given);
    assert!(seen["stops"].as_u64().unwrap() > 20, "{seen}");
}

/// Makes as many profiles as the argument says, with names as long as they may be.
const PROFILES: &str = "
import sys, boto3
client = boto3.client('rolesanywhere')
for number in range(int(sys.argv[1])):
    client.create_profile(name=f'{number:03}'.ljust(255, 'm'), roleArns=['arn:aws:iam::000000000000:role/' + 'r' * 64])
";

#[test]
fn a_long_list_is_paged_and_each_page_is_small() {
    let shell = Shell::open();
    shell
        .root
        .python(PROFILES, &["120"])
        .unwrap()
        .success()
        .unwrap();
    let areas = ["profiles", "activity"];
    let given = json!({
        "url": shell.server.url(),
        "key": root_key(&shell.server),
        "areas": areas,
    });
    let seen = browse("paged.js", &given);
    for area in areas {
        let pages = seen[area].as_array().unwrap();
        assert!(pages.len() > 2, "{area}: {} pages", pages.len());
        let mut rows: Vec<&str> = Vec::new();
        for page in pages {
            let bytes = page["bytes"].as_u64().unwrap();
            assert!(bytes < LARGEST, "a page of {area} has {bytes} bytes");
            let of_page = page["rows"].as_array().unwrap();
            assert!(of_page.len() <= 50, "{area}: {} rows", of_page.len());
            rows.extend(of_page.iter().map(|row| row.as_str().unwrap()));
        }
        assert!(rows.len() >= 120, "{area}: {} rows", rows.len());
        if area == "profiles" {
            rows.sort_unstable();
            rows.dedup();
            assert_eq!(rows.len(), 120);
        }
    }
}
