//! AWS's SDKs against the built server: every limit of botocore's model, the whole life of each resource and each declared
//! error by boto3, the AWS CLI and the AWS SDK for JavaScript, the errors of every operation, pages, and the calls of Terraform.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod errors;
mod iam;
mod life;
mod limits;
mod pages;
mod rust;
mod terraform;
mod users;
#[path = "../way_in/mod.rs"]
mod way_in;

use std::path::{Path, PathBuf};

use anyrole_testkit::{JavaScriptTools, TestServer};
use serde_json::{Value, json};

use way_in::succeeds;

/// Certificates that are valid for a hundred years, made by the script beside them.
fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/wire/certificates")
        .join(name)
}

/// The environment of the root user of a server.
fn root_of(server: &TestServer) -> Value {
    let key = server.root_key().unwrap();
    json!({
        "AWS_ENDPOINT_URL": server.url(),
        "AWS_ACCESS_KEY_ID": key.id,
        "AWS_SECRET_ACCESS_KEY": key.secret,
    })
}

/// Runs `tests/clients/NAME` with the AWS SDK for JavaScript and returns what it printed.
fn node(name: &str, arguments: &[&str]) -> String {
    node_as(name, arguments, &json!({}))
}

/// The same in an environment.
fn node_as(name: &str, arguments: &[&str], environment: &Value) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/clients")
        .join(name);
    let mut node = JavaScriptTools::ready().unwrap().node(&script).unwrap();
    let variables = environment.as_object().unwrap().iter();
    let output = node
        .args(arguments)
        .env_clear()
        .envs(variables.map(|(name, value)| (name, value.as_str().unwrap())))
        .output()
        .unwrap();
    succeeds(&output)
}
