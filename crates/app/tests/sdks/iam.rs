//! Roles, managed policies and instance profiles from one table (`tests/clients/iam_life.json`), each operation and each error,
//! by boto3, the AWS CLI and the AWS SDK for JavaScript; and Terraform's calls for roles and policies.

use std::collections::{BTreeMap, BTreeSet};

use anyrole_testkit::TestServer;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::way_in::{ANYROLE, root, script};
use crate::{node, root_of};

const TABLE: &str = include_str!("../clients/iam_life.json");

fn policy(statements: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// A policy that is longer than `characters`.
fn long(characters: usize, statement: &Value) -> String {
    let statements = vec![statement.clone(); characters / statement.to_string().len() + 1];
    policy(&Value::from(statements))
}

#[test]
fn each_sdk_drives_roles_and_policies_and_meets_each_error() {
    let folder = TempDir::new().unwrap();
    let server = TestServer::start_default(ANYROLE).unwrap();
    let table: Value = serde_json::from_str(TABLE).unwrap();
    let steps = |of: &str| table[of].as_array().unwrap().clone();
    let mut operations: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for step in steps("life").iter().chain(&steps("once")) {
        let name = step["do"].as_str().unwrap().to_owned();
        operations.entry(name).or_default();
    }
    let trust = json!({"Effect": "Allow", "Principal": {"Service": "rolesanywhere.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]});
    let read = json!({"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"]});
    let tags: Vec<Value> = (0..50)
        .map(|number| json!({"Key": format!("k{number}"), "Value": ""}))
        .collect();
    let context = json!({
        "service": "iam",
        "table": "iam_life.json",
        "identities": {"root": root_of(&server)},
        "declared": operations,
        "names": {
            "trust": policy(&json!([trust])),
            "readObjects": policy(&json!([read])),
            "long": long(2048, &trust),
            "longer": long(10_240, &read),
            "manyTags": tags,
        },
    });
    let file = folder.path().join("context.json");
    std::fs::write(&file, context.to_string()).unwrap();
    let context = file.to_str().unwrap();
    // At the same time, as clients are.
    let (boto3, cli, javascript) = std::thread::scope(|scope| {
        let boto3 = scope.spawn(|| script(&server.aws_cli(), "life_boto3.py", &[context]));
        let cli = scope.spawn(|| script(&server.aws_cli(), "life_cli.py", &[context]));
        let javascript = scope.spawn(|| node("life.js", &[context]));
        (boto3.join(), cli.join(), javascript.join())
    });
    let of_once = [steps("life"), steps("once")].concat();
    for (name, printed, steps) in [
        ("boto3", boto3.unwrap(), of_once),
        ("the AWS CLI", cli.unwrap(), steps("life")),
        ("JavaScript", javascript.unwrap(), steps("life")),
    ] {
        let printed: Value = serde_json::from_str(&printed).unwrap();
        let (refused, went): (Vec<_>, Vec<_>) =
            steps.iter().partition(|step| step.get("refused").is_some());
        let went: BTreeSet<_> = went.iter().map(|step| step["do"].as_str()).collect();
        assert_eq!(printed["operations"], went.len(), "{name}: {printed}");
        assert_eq!(printed["provoked"], refused.len(), "{name}: {printed}");
    }
}

/// Terraform itself needs a binary that no registry has.
#[test]
fn the_calls_of_terraform_for_roles_and_policies_are_served_in_its_order() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    script(&root(&server), "terraform_iam.py", &[]);
    let by_the_cli = TestServer::start_default(ANYROLE).unwrap();
    script(&root(&by_the_cli), "terraform_iam.py", &["cli"]);
}
