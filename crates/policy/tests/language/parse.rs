//! What is refused, with which text and where; and what is not.

use crate::keys::policy;
use anyrole_policy::{Policy, PolicyKind, Version};
use serde_json::Value;

use PolicyKind::{Identity, Resource, Session, Trust};

const ALLOW: &str = r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "*""#;
const TRUSTED: &str = r#""Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}"#;

fn refusal(text: &str, kind: PolicyKind) -> String {
    match Policy::parse(text, kind) {
        Ok(_) => panic!("accepted as {kind:?}: {text}"),
        Err(error) => error.to_string(),
    }
}

/// Rows of testdata: a kind, a statement, and a part of the refusal.
#[test]
fn statements_refused() {
    let rows: Vec<Value> =
        serde_json::from_str(include_str!("../../../../testdata/policy/refusals.json")).unwrap();
    for row in &rows {
        let kind = match row["kind"].as_str().unwrap() {
            "identity" => Identity,
            "session" => Session,
            "trust" => Trust,
            "resource" => Resource,
            other => panic!("{other}"),
        };
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
            row["statement"]
        );
        let refusal = refusal(&text, kind);
        assert!(
            refusal.contains(row["refusal"].as_str().unwrap()),
            "{refusal}\n{text}"
        );
    }
    assert_eq!(rows.len(), 62);
}

#[test]
fn documents_refused() {
    let allow = format!("{{{ALLOW}}}");
    for (text, part) in [
        ("[]".to_owned(), "the policy is not an object"),
        ("{}".to_owned(), "Missing required field Statement"),
        (
            r#"{"Statement": []}"#.to_owned(),
            "Missing required field Statement",
        ),
        (
            r#"{"Statement": ["a"]}"#.to_owned(),
            "a statement is not an object",
        ),
        (
            format!(r#"{{"Version": "2012-10-18", "Statement": {allow}}}"#),
            "`2012-10-18` is not a version",
        ),
        (
            format!(r#"{{"Version": 2012, "Statement": {allow}}}"#),
            "the value of `Version` is not a string",
        ),
        (
            format!(r#"{{"version": "2012-10-17", "Statement": {allow}}}"#),
            "write `Version`",
        ),
        (
            format!(r#"{{"Id": "x", "Statement": {allow}}}"#),
            "Has prohibited field Id",
        ),
        (
            format!(r#"{{"Statement": {allow}, "Statement": {allow}}}"#),
            "`Statement` appears twice",
        ),
        (
            format!(
                r#"{{"Statement": {{{ALLOW}, "Condition": {{"Null": {{"k:k": true, "k:k": false}}}}}}}}"#
            ),
            "`k:k` appears twice",
        ),
        (
            format!(r#"{{"Statement": [{{"Sid": "a", {ALLOW}}}, {{"Sid": "a", {ALLOW}}}]}}"#),
            "must be unique",
        ),
        (
            format!("{{\"Statement\": {allow}}}\u{200b}"),
            "the character U+200B is not allowed",
        ),
        (
            format!("{{\"Statement\": {allow}}}\u{0}"),
            "the character U+0000 is not allowed",
        ),
        (" ".repeat(131_073), "longer than 131072 characters"),
    ] {
        let refusal = refusal(&text, Identity);
        assert!(refusal.contains(part), "{refusal}");
    }
}

#[test]
fn a_refusal_says_where() {
    let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": {\n    \"Effect\": \"Allow\",\n    \
                \"Action\": [\"s3:*\", \"é\", \"s3\"],\n    \"Resource\": \"*\"\n  }\n}";
    let error = Policy::parse(text, Identity).unwrap_err();
    assert_eq!((error.line, error.column), (5, 24));
    assert_eq!(
        error.to_string(),
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc. at line 5 column 24: \
         write `é` as `service:Action`"
    );
}

#[test]
fn accepted() {
    for (kind, text) in [
        (
            Identity,
            format!(r#"{{"Statement": {{"Sid": "", {ALLOW}}}}}"#),
        ),
        (
            Identity,
            format!(r#"{{"Statement": [{{"Sid": "", {ALLOW}}}, {{"Sid": "", {ALLOW}}}]}}"#),
        ),
        (
            Session,
            format!(r#"{{"Version": "2008-10-17", "Statement": {{{ALLOW}, "Condition": {{}}}}}}"#),
        ),
        (
            Resource,
            format!(
                r#"{{"Id": "x", "Statement": {{"Sid": "With space", {ALLOW}, "Principal": "*"}}}}"#
            ),
        ),
        (Trust, format!(r#"{{"Statement": {{{TRUSTED}}}}}"#)),
        (
            Identity,
            include_str!("../../../../testdata/policy/s3-full-access.json").to_owned(),
        ),
    ] {
        assert_eq!(policy(&text, kind).kind(), kind);
    }
    let longest = format!("{{\"Statement\": {{{ALLOW}}}}}{}", " ".repeat(131_072));
    let longest: String = longest.chars().take(131_072).collect();
    let parsed = policy(&longest, Identity);
    assert_eq!(
        parsed.minified_len(),
        format!("{{\"Statement\":{{{}}}}}", ALLOW.replace(' ', "")).len()
    );
    assert_eq!(parsed.version(), Version::V2008);
    assert_eq!(parsed.statement_count(), 1);
}
