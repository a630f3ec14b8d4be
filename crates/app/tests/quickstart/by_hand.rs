//! The walk-through is honest: each command that it printed is typed into a fresh shell against a second folder and
//! server, and must come to the same.

use std::path::Path;

use anyrole_testkit::TestServer;
use serde_json::Value;

use super::fresh_shell::{self, Done};
use super::printed::{Printed, Step};
use super::{ANYROLE, once};

/// Quickstart looks before it makes; a person who starts afresh does not.
const LOOKS: [&str; 5] = [
    "rolesanywhere:ListTrustAnchors",
    "rolesanywhere:ListProfiles",
    "iam:GetRole",
    "iam:ListAttachedRolePolicies",
    "s3:HeadBucket",
];
/// `aws s3 cp` asks for an object's size before it gets it.
const HEAD_OBJECT: &str = "s3:HeadObject";

#[test]
fn what_it_prints_comes_to_the_same_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    // A name that must be quoted, for a shell and in the AWS config file.
    let [first, second] =
        ["folder-one", "folder-two"].map(|name| folder.path().join(format!("it's a {name}")));
    let (output, printed) = once(&first);
    assert!(output.status.success(), "{printed:?}");
    let server = TestServer::builder(ANYROLE).data(&second).start().unwrap();
    let url = url_of(&printed);
    let elsewhere = |command: &String| {
        command
            .replace("folder-one", "folder-two")
            .replace(&url, server.url())
    };

    let all = printed
        .opening
        .iter()
        .chain(printed.steps.iter().flat_map(|step| &step.commands));
    let all: Vec<String> = all.map(elsewhere).collect();
    let done = fresh_shell::run(folder.path(), &all);
    let (opening, mut rest) = done.split_at(printed.opening.len());
    assert!(opening.iter().all(|one| one.status == 0), "{opening:?}");
    let by_hand: Vec<&[Done]> = printed
        .steps
        .iter()
        .map(|step| {
            let (own, after) = rest.split_at(step.commands.len());
            rest = after;
            own
        })
        .collect();
    let session = session_arn(&printed, &by_hand);
    for (step, own) in printed.steps.iter().zip(&by_hand) {
        compare(step, own, &printed.step("Ask who").outcome, &session);
    }
    assert_same_trail(&first, &second);

    let closing: Vec<String> = printed.closing.iter().skip(1).map(elsewhere).collect();
    let pasted = fresh_shell::run(folder.path(), &closing);
    assert!(pasted.iter().all(|one| one.status == 0), "{pasted:?}");
    assert!(pasted[1].stdout.contains(&session), "{pasted:?}");
    assert!(pasted[2].stdout.contains("quickstart-bucket"), "{pasted:?}");
}

fn url_of(printed: &Printed) -> String {
    let export = printed
        .opening
        .iter()
        .find(|line| line.contains("AWS_ENDPOINT_URL="))
        .unwrap();
    let words = export.split_whitespace();
    let url = words
        .into_iter()
        .find_map(|word| word.strip_prefix("AWS_ENDPOINT_URL="));
    url.unwrap().to_owned()
}

/// Who the session of the second folder is: its name is the serial number of another certificate.
fn session_arn(printed: &Printed, by_hand: &[&[Done]]) -> String {
    let index = printed
        .steps
        .iter()
        .position(|step| step.title.starts_with("Ask who"))
        .unwrap();
    let json: Value = serde_json::from_str(&by_hand[index][0].stdout).unwrap();
    let arn = json["Arn"].as_str().unwrap().to_owned();
    assert!(
        arn.starts_with("arn:aws:sts::000000000000:assumed-role/quickstart-role/"),
        "{arn}"
    );
    arn
}

fn compare(step: &Step, by_hand: &[Done], first_session: &str, session: &str) {
    let (last, before) = by_hand.split_last().unwrap();
    assert!(before.iter().all(|one| one.status == 0), "{before:?}");
    if let Some(refusal) = step.outcome.strip_prefix("refused, as expected: ") {
        assert_ne!(last.status, 0, "{last:?}");
        // The AWS CLI puts words of its own between code and message; request ids differ.
        let refusal = refusal.replace(first_session, session);
        let refusal = refusal.split(" (status ").next().unwrap();
        let (code, message) = refusal.split_once(": ").unwrap();
        assert!(
            last.stderr.contains(code) && last.stderr.contains(message),
            "{refusal}\n{last:?}"
        );
        return;
    }
    assert_eq!(last.status, 0, "{last:?}");
    let stdout = last.stdout.trim();
    let same = match step.title.split_whitespace().next().unwrap() {
        "Get" if step.title.contains("credentials") => stdout.contains("\"AccessKeyId\":\"ASIA"),
        "Get" => stdout == step.outcome,
        "List" => stdout.ends_with(&format!(" {}", step.outcome)),
        "Ask" => stdout.contains(session),
        "Put" => stdout.contains("upload: ./hello.txt to s3://quickstart-bucket/hello.txt"),
        "Create" if last.command.starts_with("anyrole") => {
            stdout.replace('\n', ", ") == step.outcome
        }
        "Create" if step.title.contains("bucket") => stdout == "make_bucket: quickstart-bucket",
        // Their answers went into variables, or there is none: the calls are in the audit trail.
        "Create" | "Attach" | "Make" => stdout.is_empty(),
        other => panic!("{other}?"),
    };
    assert!(same, "{step:?}\n{last:?}");
}

/// Event, outcome and reason of each call, in order.
fn trail(data: &Path) -> Vec<(String, String, String)> {
    let text = std::fs::read_to_string(data.join("audit.jsonl")).unwrap();
    let lines = text.lines().map(|line| {
        let record: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| record[name].as_str().unwrap().to_owned();
        (text("event"), text("outcome"), text("reason"))
    });
    lines.collect()
}

fn assert_same_trail(quickstart: &Path, by_hand: &Path) {
    let mut expected = trail(quickstart);
    expected.retain(|(event, _, _)| !LOOKS.contains(&event.as_str()));
    let mut found = trail(by_hand);
    found.retain(|(event, _, _)| event != HEAD_OBJECT);
    // The AWS CLI gets credentials anew for each command.
    let mut first = true;
    found.retain(|(event, outcome, _)| {
        let granted = event == "rolesanywhere:CreateSession" && outcome == "granted";
        !granted || std::mem::take(&mut first)
    });
    assert_eq!(found, expected);
    let row = |event: &str, outcome: &str, reason: &str| {
        (event.to_owned(), outcome.to_owned(), reason.to_owned())
    };
    assert_eq!(
        found,
        [
            row("rolesanywhere:CreateTrustAnchor", "granted", "ok"),
            row("iam:CreateRole", "granted", "ok"),
            row("iam:AttachRolePolicy", "granted", "ok"),
            row("rolesanywhere:CreateProfile", "granted", "ok"),
            row("rolesanywhere:CreateSession", "granted", "ok"),
            row("sts:GetCallerIdentity", "granted", "ok"),
            row("s3:CreateBucket", "granted", "ok"),
            row("s3:PutObject", "granted", "ok"),
            row("s3:ListObjectsV2", "granted", "ok"),
            row("s3:GetObject", "granted", "ok"),
            row(
                "s3:DeleteObject",
                "refused",
                "session-policy-does-not-allow"
            ),
            row("rolesanywhere:CreateSession", "refused", "untrusted"),
        ]
    );
}
