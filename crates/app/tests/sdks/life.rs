//! The whole life of each resource and each declared error, from one table (`tests/clients/whole_life.json`) by each SDK.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use anyrole_testkit::TestServer;
use anyrole_testkit::certificates::Issued;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::way_in::{ANYROLE, WayIn, root, script};
use crate::{kept, node, root_of};

/// The newest SDK for JavaScript that npm has, 3.332.0, is older than these.
const UNKNOWN_TO_JAVASCRIPT: &[&str] = &[
    "DeleteAttributeMapping",
    "PutAttributeMapping",
    "PutNotificationSettings",
    "ResetNotificationSettings",
];

/// With white space, which must come back.
const POLICY: &str = r#"{"Version":  "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;

/// A server whose audit trail stands on a full disk, so that it answers nothing.
fn full_server(folder: &Path) -> TestServer {
    let data = folder.join("full");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700)).unwrap();
    symlink("/dev/full", data.join("audit.jsonl")).unwrap();
    TestServer::builder(ANYROLE).data(&data).start().unwrap()
}

/// The errors that the model declares for each operation.
fn declared(server: &TestServer) -> BTreeMap<String, Vec<String>> {
    serde_json::from_str(&script(&server.aws_cli(), "declared.py", &[])).unwrap()
}

/// What the clients need to know to play `whole_life.json`, as a file.
fn context(folder: &Path, server: &TestServer, full: &TestServer) -> PathBuf {
    let read = |name: &str| std::fs::read_to_string(kept(name)).unwrap();
    let way = WayIn::open(
        &root(server),
        &json!({"name": "nobody", "ca": kept("ca.pem")}),
    );
    let leaf = Issued {
        certificate: kept("leaf.pem"),
        key: kept("leaf.key"),
    };
    let nobody = way.session(server, &leaf);
    let missing = "00000000-0000-4000-8000-000000000000";
    let tags: Vec<Value> = (0..200)
        .map(|number| json!({"key": format!("k{number}"), "value": ""}))
        .collect();
    let context = json!({
        "identities": {
            "root": root_of(server),
            "full": root_of(full),
            "nobody": {
                "AWS_ENDPOINT_URL": server.url(),
                "AWS_ACCESS_KEY_ID": nobody.access_key_id,
                "AWS_SECRET_ACCESS_KEY": nobody.secret_access_key,
                "AWS_SESSION_TOKEN": nobody.session_token,
            },
        },
        "declared": declared(server),
        "names": {
            "ca": read("ca.pem"),
            "crlText": read("crl.pem"),
            "role": way.role,
            "policy": POLICY,
            "missing": missing,
            "missingArn": format!("arn:aws:rolesanywhere:us-east-1:000000000000:profile/{missing}"),
            "manyTags": tags,
            "long": "x".repeat(1012),
        },
    });
    let file = folder.join("context.json");
    std::fs::write(&file, context.to_string()).unwrap();
    file
}

#[test]
fn each_sdk_drives_the_whole_life_of_each_resource_and_meets_each_error() {
    let folder = TempDir::new().unwrap();
    let server = TestServer::start_default(ANYROLE).unwrap();
    let full = full_server(folder.path());
    let context = context(folder.path(), &server, &full);
    let context = context.to_str().unwrap();
    // At the same time, as clients are.
    let (boto3, cli, javascript) = std::thread::scope(|scope| {
        let boto3 = scope.spawn(|| script(&server.aws_cli(), "life_boto3.py", &[context]));
        let cli = scope.spawn(|| script(&server.aws_cli(), "life_cli.py", &[context]));
        let javascript = scope.spawn(|| node("life.js", &[context]));
        (boto3.join(), cli.join(), javascript.join())
    });
    let declared = declared(&server);
    for (name, printed, unknown) in [
        ("boto3", boto3.unwrap(), &[][..]),
        ("the AWS CLI", cli.unwrap(), &[]),
        ("JavaScript", javascript.unwrap(), UNKNOWN_TO_JAVASCRIPT),
    ] {
        let known = declared
            .iter()
            .filter(|(operation, _)| !unknown.contains(&operation.as_str()));
        let errors: usize = known.clone().map(|(_, errors)| errors.len()).sum();
        let printed: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(printed["operations"], known.count(), "{name}: {printed}");
        assert_eq!(printed["provoked"], errors, "{name}: {printed}");
    }
}
