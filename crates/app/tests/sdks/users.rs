//! Users, groups, keys and the simulator by the AWS SDK for JavaScript and by the AWS CLI; boto3 has more of it in
//! `control_plane.rs`.

use anyrole_testkit::TestServer;
use serde_json::Value;

use crate::way_in::ANYROLE;
use crate::{node_as, root_of};

#[test]
fn javascript_drives_users_groups_keys_and_the_simulator() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    node_as("users.js", &[], &root_of(&server));
}

const READ: &str = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";

/// Runs `aws iam` with the words of a line.
fn iam(server: &TestServer, line: &str) -> Value {
    let words: Vec<&str> = ["iam"].into_iter().chain(line.split(' ')).collect();
    let output = server.aws(&words).unwrap();
    output.json().unwrap()
}

#[test]
fn the_cli_drives_users_groups_keys_and_the_simulator() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    let user = iam(
        &server,
        "create-user --user-name ann --path /a/ --tags Key=team,Value=red",
    );
    assert_eq!(user["User"]["Arn"], "arn:aws:iam::000000000000:user/a/ann");
    iam(&server, "create-group --group-name readers");
    iam(
        &server,
        "add-user-to-group --group-name readers --user-name ann",
    );
    iam(
        &server,
        &format!("attach-group-policy --group-name readers --policy-arn {READ}"),
    );
    iam(
        &server,
        &format!("put-user-permissions-boundary --user-name ann --permissions-boundary {READ}"),
    );
    let group = iam(&server, "get-group --group-name readers");
    assert_eq!(group["Users"][0]["UserName"], "ann");
    let key = iam(&server, "create-access-key --user-name ann");
    assert_eq!(key["AccessKey"]["Status"], "Active");
    let id = key["AccessKey"]["AccessKeyId"].as_str().unwrap();
    let last = iam(
        &server,
        &format!("get-access-key-last-used --access-key-id {id}"),
    );
    assert_eq!(last["AccessKeyLastUsed"]["ServiceName"], "N/A");
    let simulated = iam(
        &server,
        "simulate-principal-policy --policy-source-arn arn:aws:iam::000000000000:user/a/ann \
         --action-names s3:GetObject s3:PutObject --resource-arns arn:aws:s3:::b/k",
    );
    let results = simulated["EvaluationResults"].as_array().unwrap();
    let decisions: Vec<&Value> = results
        .iter()
        .map(|result| &result["EvalDecision"])
        .collect();
    assert_eq!(decisions, ["allowed", "implicitDeny"]);
    let first = &results[0]["ResourceSpecificResults"][0];
    assert_eq!(
        first["MatchedStatements"][0]["SourcePolicyId"],
        "AmazonS3ReadOnlyAccess"
    );
    iam(&server, "create-account-alias --account-alias an-alias");
    let aliases = iam(&server, "list-account-aliases");
    assert_eq!(aliases["AccountAliases"][0], "an-alias");
    let summary = iam(&server, "get-account-summary");
    assert_eq!(summary["SummaryMap"]["Groups"], 1);
    iam(
        &server,
        &format!("update-access-key --user-name ann --access-key-id {id} --status Inactive"),
    );
    let keys = iam(&server, "list-access-keys --user-name ann");
    assert_eq!(keys["AccessKeyMetadata"][0]["Status"], "Inactive");
}
