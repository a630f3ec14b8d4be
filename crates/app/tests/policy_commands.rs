//! `anyrole policy simulate` and `anyrole policy lint` as a person, and a pipeline, runs them.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const ROLE: &str = "arn:aws:iam::000000000000:role/app";
const SESSION: &str = "arn:aws:sts::000000000000:assumed-role/app/host1";
const OBJECT: &str = "arn:aws:s3:::reports/2030.txt";
const IDENTITY: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Sid": "Red", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*",
   "Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}},
  {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}]}"#;
const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"Service": "rolesanywhere.amazonaws.com"},
   "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
   "Condition": {"StringEquals": {"aws:PrincipalTag/x509Subject/CN": "web"}}}]}"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.put("role.json", IDENTITY);
        folder.put("trust.json", TRUST);
        folder
    }

    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn run(&self, arguments: &[&str], stdin: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_anyrole"))
            .arg("policy")
            .args(arguments)
            .current_dir(self.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(stdin.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap()
    }

    /// The exit code and what is printed on both streams.
    fn says(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments, "");
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code().unwrap(), text)
    }
}

fn simulate<'a>(rest: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec![
        "simulate",
        "--policy",
        "role.json",
        "--principal",
        ROLE,
        "--resource",
        OBJECT,
    ];
    arguments.extend(rest);
    arguments
}

#[test]
fn simulations_say_why() {
    let folder = Folder::new();
    let get = ["--action", "s3:GetObject"];
    for (rest, code, told) in [
        (
            vec![],
            3,
            "denied, since the identity policy does not allow it: s3:GetObject on arn:aws:s3:::reports/2030.txt\n  \
             role.json:2:3: statement `Red` does not match: StringEquals on aws:PrincipalTag/team wants [red], \
             the request does not have the key\n",
        ),
        (
            vec!["--context", "aws:PrincipalTag/team=blue"],
            3,
            "wants [red], the request has [blue]\n",
        ),
        (
            vec!["--context", "aws:PrincipalTag/team=red"],
            0,
            "allowed: s3:GetObject on arn:aws:s3:::reports/2030.txt\n  role.json:2:3: statement `Red` allows\n",
        ),
        (
            vec![
                "--context",
                "aws:PrincipalTag/team=red",
                "--action",
                "s3:DeleteObject",
            ],
            3,
            "denied by the identity policy: s3:DeleteObject on arn:aws:s3:::reports/2030.txt\n  \
             role.json:4:3: statement 2 denies\n",
        ),
        (
            vec!["--expect", "deny"],
            0,
            "denied, since the identity policy",
        ),
        (
            vec!["--context", "aws:PrincipalTag/team=red", "--expect", "deny"],
            3,
            "allowed: s3:GetObject",
        ),
        (
            vec!["--context-file", "keys.json"],
            0,
            "statement `Red` allows",
        ),
        (
            vec!["--context-file", "keys.json", "--boundary", "trust.json"],
            1,
            "anyrole: trust.json: Policy document should not specify a principal. at line 2 column",
        ),
        (vec!["--context", "team"], 1, "write it as `key=value`"),
        (vec!["--principal-id"], 2, "a value is required"),
        (
            vec![
                "--context-file",
                "keys.json",
                "--resource-account",
                "111111111111",
            ],
            3,
            "denied, since the resource's policy does not allow it",
        ),
        (
            vec![
                "--context-file",
                "keys.json",
                "--service-control-policy",
                r#"{"Statement": {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}}"#,
            ],
            3,
            "denied, since the service control policy does not allow it",
        ),
    ] {
        folder.put(
            "keys.json",
            r#"{"aws:PrincipalTag/team": ["red"], "aws:MultiFactorAuthPresent": false}"#,
        );
        let (actual, said) = folder.says(&simulate(&[get.as_slice(), &rest].concat()));
        assert_eq!(actual, code, "{rest:?}\n{said}");
        assert!(said.contains(told), "{rest:?}\n{said}");
    }
}

#[test]
fn simulations_as_json_are_explanations() {
    let folder = Folder::new();
    let arguments = simulate(&[
        "--action",
        "s3:GetObject",
        "--action",
        "s3:DeleteObject",
        "--format",
        "json",
    ]);
    let output = folder.run(&arguments, "");
    assert_eq!(output.status.code(), Some(3));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["policies"]["identity"][0], "role.json");
    let results = answer["results"].as_array().unwrap();
    assert_eq!(results[0]["decision"]["outcome"], "implicit-deny");
    let stopped = &results[0]["near_misses"][0]["stopped_by"];
    assert_eq!(
        (&stopped["element"], &stopped["expected"][0]),
        (&"condition".into(), &"red".into())
    );
    assert_eq!(
        results[1]["decision"],
        serde_json::json!({"outcome": "explicit-deny", "layer": "identity"})
    );
    assert_eq!(results[1]["matched"][0]["line"], 4);
}

/// Trust policies: a certificate's tags, unique ids, and whoever asks.
#[test]
fn trust_policies_are_simulated() {
    let folder = Folder::new();
    let by_id = r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "AROA0000000000EXAMPLE"}}}"#;
    folder.put("by-id.json", by_id);
    for (trust, principal, rest, code) in [
        (
            "trust.json",
            "rolesanywhere.amazonaws.com",
            vec!["--context", "aws:PrincipalTag/x509Subject/CN=web"],
            0,
        ),
        (
            "trust.json",
            "rolesanywhere.amazonaws.com",
            vec!["--context", "aws:PrincipalTag/x509Subject/CN=db"],
            3,
        ),
        ("trust.json", ROLE, vec![], 3),
        (
            "by-id.json",
            SESSION,
            vec!["--principal-id", "AROA0000000000EXAMPLE"],
            0,
        ),
        (
            "by-id.json",
            SESSION,
            vec!["--principal-id", "AROA0000000000ANOTHER"],
            3,
        ),
        ("by-id.json", "nobody", vec![], 1),
    ] {
        let fixed = [
            "simulate",
            "--trust-policy",
            trust,
            "--principal",
            principal,
            "--action",
            "sts:AssumeRole",
            "--resource",
            ROLE,
        ];
        let (actual, said) = folder.says(&[fixed.as_slice(), &rest].concat());
        assert_eq!(actual, code, "{trust} {principal} {rest:?}\n{said}");
    }
}

#[test]
fn lint_finds_with_line_reason_and_cure() {
    let folder = Folder::new();
    let open = TRUST
        .replace(
            r#""sts:SetSourceIdentity""#,
            r#""sts:AssumeRoleWithWebIdentity""#,
        )
        .replace("StringEquals", "StringNotEquals");
    folder.put("open.json", &open);
    let typo = IDENTITY
        .replace("PrincipalTag", "PrincipelTag")
        .replace("DeleteObject", "DeleteObjekt");
    folder.put("typo.json", &typo);
    let warned = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "arn:aws:s3:::b/*"}}"#;
    folder.put("warned.json", warned);
    for (arguments, code, told) in [
        (vec!["role.json", "trust.json"], 0, vec![]),
        (
            vec!["open.json"],
            3,
            vec![
                "open.json:2:3: error: any certificate of any trust anchor may assume the role",
                "open.json:2:3: error: rolesanywhere.amazonaws.com may not do sts:SetSourceIdentity",
                "    add `sts:SetSourceIdentity` to the actions of this statement\n",
            ],
        ),
        (
            vec!["typo.json"],
            3,
            vec![
                "typo.json:3:35: error: there is no condition key `aws:PrincipelTag/team`",
                "(statement `Red`)\n    did you mean `aws:PrincipalTag/team`?\n",
                "typo.json:4:32: error: s3 has no action `DeleteObjekt`\n    did you mean `s3:DeleteObject`?\n",
            ],
        ),
        (
            vec!["warned.json"],
            0,
            vec!["warned.json:2:36: warning: `s3:ListBucket` is done to"],
        ),
        (vec!["warned.json", "--deny-warnings"], 3, vec!["warning"]),
        (
            vec!["trust.json", "--kind", "identity"],
            3,
            vec!["error: Policy document should not specify a principal."],
        ),
        (vec!["missing.json"], 1, vec!["anyrole: missing.json: "]),
        (vec![], 2, vec!["--help"]),
    ] {
        let (actual, said) = folder.says(&[["lint"].as_slice(), &arguments].concat());
        assert_eq!(actual, code, "{arguments:?}\n{said}");
        for told in &told {
            assert!(said.contains(told), "{told}\n{said}");
        }
        assert!(!told.is_empty() || said.is_empty(), "{said}");
    }
    let output = folder.run(&["lint", "-", "--format", "json"], &typo);
    assert_eq!(output.status.code(), Some(3));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let first = &answer["findings"][0];
    assert_eq!(first["document"], "(standard input)");
    assert_eq!(
        (&first["rule"], &first["line"]),
        (&"unknown-condition-key".into(), &3.into())
    );
    assert_eq!(first["cure"], "did you mean `aws:PrincipalTag/team`?");
}

#[test]
fn help_teaches() {
    let folder = Folder::new();
    for (command, words) in [
        (
            "simulate",
            [
                "Exit status: 0 all allowed",
                "--context aws:PrincipalTag/team=red",
                "aws:ResourceAccount",
            ],
        ),
        (
            "lint",
            [
                "Exit status: 0 no errors",
                "line, a reason and a cure",
                "--deny-warnings",
            ],
        ),
    ] {
        let (code, help) = folder.says(&[command, "--help"]);
        assert_eq!(code, 0);
        for word in words {
            assert!(help.contains(word), "{word}\n{help}");
        }
    }
}

/// The documents and commands of `docs/policies.md`, each with what it prints.
#[test]
fn the_page_about_policies_shows_what_is_printed() {
    let page = include_str!("../../../docs/policies.md");
    let folder = Folder::new();
    let mut shown = 0;
    for block in page.split("```").skip(1).step_by(2) {
        let (head, text) = block.split_once('\n').unwrap();
        if let Some(name) = head.strip_prefix("json ") {
            folder.put(name, text);
            continue;
        }
        assert_eq!(head, "console");
        let (command, printed) = text.split_once('\n').unwrap();
        let words = command.strip_prefix("$ anyrole policy ").unwrap();
        let words: Vec<&str> = words.split(' ').collect();
        let output = folder.run(&words, "");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), printed);
        shown += 1;
    }
    assert_eq!(shown, 3);
}
