//! AWS's SDKs against the built server: every limit of botocore's model, the whole life of each resource and each declared
//! error by boto3, the AWS CLI and the AWS SDK for JavaScript.
#![expect(clippy::unwrap_used, reason = "tests")]

mod way_in;

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use anyrole_testkit::certificates::Issued;
use anyrole_testkit::{JavaScriptTools, TestServer};
use serde_json::{Value, json};
use tempfile::TempDir;

use way_in::{ANYROLE, WayIn, root, script, succeeds};

/// Not served yet.
const AWAITED: &[&str] = &[
    "DeleteAttributeMapping",
    "DeleteCrl",
    "DisableCrl",
    "EnableCrl",
    "GetCrl",
    "ImportCrl",
    "ListCrls",
    "ListTagsForResource",
    "PutAttributeMapping",
    "PutNotificationSettings",
    "ResetNotificationSettings",
    "TagResource",
    "UntagResource",
    "UpdateCrl",
];

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

/// Certificates that are valid for a hundred years, made by the script beside them.
fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/wire/certificates")
        .join(name)
}

#[test]
fn every_limit_of_the_model_is_kept() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    let (ca, crl) = (kept("ca.pem"), kept("crl.pem"));
    let mut arguments = vec![ca.to_str().unwrap(), crl.to_str().unwrap()];
    arguments.extend(AWAITED);
    let sent = script(&root(&server), "limits.py", &arguments);
    // A model that could not be read, or made no probes, would show nothing.
    assert!(sent.trim().parse::<u32>().unwrap() > 200, "{sent}");
}

/// A server whose audit trail stands on a full disk, so that it answers nothing.
fn full_server(folder: &Path) -> TestServer {
    let data = folder.join("full");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700)).unwrap();
    symlink("/dev/full", data.join("audit.jsonl")).unwrap();
    TestServer::builder(ANYROLE).data(&data).start().unwrap()
}

/// The environment of the root user of a server.
fn root_of(server: &TestServer) -> Value {
    let file = std::fs::read_to_string(server.root_credentials()).unwrap();
    let value = |name: &str| {
        let line = file.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_once('=').unwrap().1.trim().to_owned()
    };
    json!({
        "AWS_ENDPOINT_URL": server.url(),
        "AWS_ACCESS_KEY_ID": value("aws_access_key_id"),
        "AWS_SECRET_ACCESS_KEY": value("aws_secret_access_key"),
    })
}

/// The errors that the model declares for each operation.
fn declared(server: &TestServer) -> BTreeMap<String, Vec<String>> {
    serde_json::from_str(&script(&server.aws_cli(), "declared.py", AWAITED)).unwrap()
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

/// What a client has listed of the thousand profiles, and the token for more.
struct Listed {
    names: Vec<String>,
    token: String,
}

fn listed(printed: &str, names: &str, token: &str) -> Listed {
    let printed: Value = serde_json::from_str(printed).unwrap();
    let name = |item: &Value| {
        let name = item.get("name").unwrap_or(item);
        name.as_str().unwrap().to_owned()
    };
    Listed {
        names: printed[names]
            .as_array()
            .unwrap()
            .iter()
            .map(name)
            .collect(),
        token: printed[token].as_str().unwrap_or_default().to_owned(),
    }
}

#[test]
fn each_sdk_pages_through_a_thousand_profiles_across_a_restart() {
    const ALL: usize = 1000;
    let mut server = TestServer::builder(ANYROLE)
        .arg("--quota-profiles")
        .arg(ALL.to_string())
        .start()
        .unwrap();
    let made = script(&root(&server), "pages.py", &["make", &ALL.to_string()]);
    let mut made = listed(&made, "names", "").names;
    made.sort();
    let over = server
        .aws(&[
            "rolesanywhere",
            "create-profile",
            "--name",
            "over",
            "--role-arns",
        ])
        .unwrap();
    assert_eq!(over.error_code(), Some("ValidationException"), "{over:?}");

    let cli = |server: &TestServer, more: &[&str]| {
        let words = ["rolesanywhere", "list-profiles", "--page-size", "90"];
        let output = server.aws(&[&words, more].concat()).unwrap();
        listed(&output.success().unwrap().stdout, "profiles", "NextToken")
    };
    let javascript = |server: &TestServer, arguments: &[&str]| {
        let environment = root_of(server);
        listed(
            &node_as("pages.js", arguments, &environment),
            "names",
            "token",
        )
    };
    let first = [
        listed(
            &script(&root(&server), "pages.py", &["first", "7"]),
            "names",
            "token",
        ),
        // In the midst of a page.
        cli(&server, &["--max-items", "200"]),
        javascript(&server, &["130", "2"]),
    ];
    server.sigterm().unwrap();
    server.restart().unwrap();
    let [boto3, by_cli, by_javascript] = &first;
    let rest = [
        listed(
            &script(&root(&server), "pages.py", &["rest", &boto3.token, "331"]),
            "names",
            "",
        ),
        cli(&server, &["--starting-token", &by_cli.token]),
        javascript(&server, &["333", "9", &by_javascript.token]),
    ];
    for ((first, rest), begun) in first.iter().zip(&rest).zip([7, 200, 260]) {
        assert_eq!(first.names.len(), begun);
        assert_eq!(rest.token, "");
        let mut all = [first.names.clone(), rest.names.clone()].concat();
        all.sort();
        assert_eq!(all, made);
    }
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

/// Terraform itself needs a binary that no registry has.
#[test]
fn the_calls_of_terraform_are_served_in_its_order() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    script(
        &root(&server),
        "terraform.py",
        &[kept("ca.pem").to_str().unwrap()],
    );
}
