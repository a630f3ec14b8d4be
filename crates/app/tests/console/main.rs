//! The console in a real browser: both public walk-throughs by clicks, every page by axe-core in light and dark, from 360 px to
//! wide, by keyboard alone and without JavaScript. The clicks are the scripts beside this file, plain playwright-core.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod filled;
mod lists;
mod pages;
mod routes;
#[path = "../way_in/shell.rs"]
mod shell;
mod walk_throughs;
#[path = "../way_in/mod.rs"]
mod way_in;

use std::path::Path;

use anyrole_testkit::{Browser, TestServer};
use serde_json::{Value, json};

use way_in::ANYROLE;

/// The access key of the root user, as the scripts sign in with it.
fn root_key(server: &TestServer) -> Value {
    let file = std::fs::read_to_string(server.root_credentials()).unwrap();
    let value = |name: &str| {
        let line = file.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_once('=').unwrap().1.trim().to_owned()
    };
    json!({"id": value("aws_access_key_id"), "secret": value("aws_secret_access_key")})
}

/// Runs the script `name` beside this file; its screenshots of steps that failed are below cargo's folder for tests.
fn browse(name: &str, given: &Value) -> Value {
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("console")
        .join(name);
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/console")
        .join(name);
    Browser::with_pictures_in(&pictures)
        .and_then(|browser| browser.run(&script, given))
        .unwrap_or_else(|error| panic!("{error:#}"))
}

#[test]
fn the_driver_sees_what_no_page_may_do() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    let noted = browse("watched.js", &json!({"url": server.url()}));
    let text = |name: &str| noted[name].as_str().unwrap();
    assert!(text("another origin").contains("a request to http://192.0.2.1/x.png"));
    assert!(text("the console").contains("on the console: broken"));
    assert!(text("a script").contains("an error in a script: Error: thrown"));
    assert_eq!(text("nothing"), "");
    assert!(text("failed").contains("step `press what is not there` failed at "));
    assert!(text("failed").contains("screenshot "));
    let axe = noted["axe"].as_array().unwrap();
    for rule in ["image-alt: img", "label: input"] {
        let found = axe
            .iter()
            .any(|line| line.as_str().unwrap().starts_with(rule));
        assert!(found, "{rule}: {axe:?}");
    }
}
