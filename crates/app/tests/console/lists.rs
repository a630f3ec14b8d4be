//! Lists that go on: each page of each list is small, what follows has every row once, and the second page is looked at as the others are.

use std::path::Path;

use anyrole_testkit::TestServer;
use anyrole_testkit::certificates::{Authority, Issued};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::pages::{LARGEST, looked_at};
use crate::root_key;
use crate::shell::text;
use crate::way_in::{ANYROLE, WayIn, anyrole, root, script, succeeds};

/// More than a page has.
const COUNT: usize = 60;
/// What has a limit that is smaller.
const QUOTAS: [&str; 3] = [
    "trust-anchors",
    "crls-per-trust-anchor",
    "certificate-authorities",
];

fn start() -> TestServer {
    let builder = TestServer::builder(ANYROLE);
    let builder = QUOTAS.iter().fold(builder, |builder, quota| {
        builder.arg("--quota").arg(format!("{quota}=unlimited"))
    });
    builder.start().unwrap()
}

fn fill(server: &TestServer, folder: &Path) -> Value {
    let ca = Authority::root(folder).unwrap();
    let own = ca.own();
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let count = COUNT.to_string();
    let arguments = [
        &path(folder),
        &count,
        &path(&own.certificate),
        &path(&own.key),
    ];
    let made = script(
        &root(server),
        "fill_lists.py",
        &arguments.map(String::as_str),
    );
    serde_json::from_str(&made).unwrap()
}

/// Each machine asks once, and so becomes a subject; each gets a join token.
fn machines(server: &TestServer, folder: &Path, made: &Value) {
    let way = WayIn {
        anchor: text(&made["anchor"]),
        role: text(&made["role"]),
        profile: text(&made["profile"]),
    };
    let authority = text(&made["authority"]);
    let description = "d".repeat(256);
    for number in 0..COUNT {
        let issued = Issued {
            certificate: folder.join(format!("{number}.crt")),
            key: folder.join(format!("{number}.key")),
        };
        way.session(server, &issued);
        let words = format!("join-token create machine-{number}");
        let data = server.data().to_str().unwrap();
        let words = words.split(' ').chain(["--ca", &authority, "--data", data]);
        let words = words.chain(["--description", &description]);
        let words: Vec<String> = words.map(str::to_owned).collect();
        succeeds(&anyrole(ANYROLE, server.url(), &words));
    }
}

#[test]
fn a_long_list_is_paged_and_each_page_is_small() {
    let (server, folder) = (start(), TempDir::new().unwrap());
    let made = fill(&server, folder.path());
    machines(&server, folder.path(), &made);
    let authority = text(&made["authority"]);
    let (_, id) = authority.rsplit_once('/').unwrap();
    let areas = [
        "profiles",
        "activity",
        "trust-anchors",
        "crls",
        "subjects",
        "roles",
        "policies",
        "authorities",
        "join-tokens",
    ];
    let mut lists: serde_json::Map<String, Value> = areas
        .map(|area| (area.to_owned(), json!(area)))
        .into_iter()
        .collect();
    lists.insert(
        "certificates".to_owned(),
        json!(format!("certificates?authority={id}")),
    );
    let given = json!({"url": server.url(), "key": root_key(&server), "lists": lists});
    let seen = looked_at("paged.js", given, "");
    for list in lists.keys() {
        let pages = seen["lists"][list].as_array().unwrap();
        assert!(pages.len() > 1, "{list}: {} pages", pages.len());
        let mut rows: Vec<&str> = Vec::new();
        for page in pages {
            let bytes = page["bytes"].as_u64().unwrap();
            assert!(bytes < LARGEST, "a page of {list} has {bytes} bytes");
            let of_page = page["rows"].as_array().unwrap();
            assert!(of_page.len() <= 50, "{list}: {} rows", of_page.len());
            rows.extend(of_page.iter().map(|row| row.as_str().unwrap()));
        }
        assert!(rows.len() >= COUNT, "{list}: {} rows", rows.len());
        // A record's first cell is its time, which others have, too.
        if list != "activity" {
            let count = rows.len();
            rows.sort_unstable();
            rows.dedup();
            assert_eq!(rows.len(), count, "{list} has a row twice");
        }
    }
}
