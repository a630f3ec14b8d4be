//! What is refused, with which text and where; and what is not.

use crate::keys::policy;
use anyrole_policy::{Policy, PolicyKind, Version};

use PolicyKind::{Identity, Resource, Session, Trust};

const ALLOW: &str = r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "*""#;
const TRUSTED: &str = r#""Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}"#;

fn refusal(text: &str, kind: PolicyKind) -> String {
    match Policy::parse(text, kind) {
        Ok(_) => panic!("accepted as {kind:?}: {text}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn statements_refused() {
    for (kind, statement, part) in [
        (
            Identity,
            format!(r#"{ALLOW}, "Principal": "*""#),
            "Policy document should not specify a principal.",
        ),
        (
            Session,
            format!(r#"{ALLOW}, "NotPrincipal": "*""#),
            "Policy document should not specify a principal.",
        ),
        (
            Trust,
            format!(r#"{TRUSTED}, "Resource": "*""#),
            "Has prohibited field Resource",
        ),
        (
            Trust,
            format!(r#"{TRUSTED}, "NotResource": "*""#),
            "Has prohibited field NotResource",
        ),
        (
            Trust,
            r#""Effect": "Allow", "Action": "sts:AssumeRole", "NotPrincipal": "*""#.into(),
            "Has prohibited field NotPrincipal",
        ),
        (
            Trust,
            r#""Effect": "Allow", "Action": "sts:AssumeRole""#.into(),
            "Missing required field Principal",
        ),
        (
            Trust,
            r#""Effect": "Allow", "Principal": "*""#.into(),
            "Missing required field Action",
        ),
        (
            Trust,
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:*""#.into(),
            "may only specify STS AssumeRole actions",
        ),
        (Resource, ALLOW.into(), "Missing required field Principal"),
        (
            Resource,
            r#""Effect": "Allow", "Action": "s3:*", "Principal": "*""#.into(),
            "Missing required field Resource",
        ),
        (
            Resource,
            format!(r#"{ALLOW}, "Principal": {{}}"#),
            "Missing required field Principal",
        ),
        (
            Resource,
            format!(r#"{ALLOW}, "Principal": "000000000000""#),
            "Invalid principal in policy",
        ),
        (
            Resource,
            format!(r#"{ALLOW}, "Principal": {{"AWS": "arn:aws:iam::0:role/x"}}"#),
            r#"Invalid principal in policy: "AWS":"arn:aws:iam::0:role/x""#,
        ),
        (
            Trust,
            TRUSTED.replace("Service", "Federated"),
            "principals of kind `Federated` are not supported yet",
        ),
        (
            Resource,
            format!(r#"{ALLOW}, "Principal": {{"CanonicalUser": "79a5"}}"#),
            "principals of kind `CanonicalUser` are not supported yet",
        ),
        (
            Identity,
            r#""Effect": "Allow", "Resource": "*""#.into(),
            "Policy statement must contain actions.",
        ),
        (
            Identity,
            r#""Effect": "Allow", "Action": [], "Resource": "*""#.into(),
            "Policy statement must contain actions.",
        ),
        (
            Identity,
            r#""Effect": "Allow", "Action": "s3:*""#.into(),
            "Policy statement must contain resources.",
        ),
        (
            Identity,
            r#""Effect": "Allow", "Action": "s3:*", "Resource": []"#.into(),
            "Policy statement must contain resources.",
        ),
        (
            Identity,
            r#""Action": "s3:*", "Resource": "*""#.into(),
            "Missing required field Effect",
        ),
        (
            Identity,
            r#""Effect": "allow", "Action": "s3:*", "Resource": "*""#.into(),
            "Invalid effect: allow",
        ),
        (
            Identity,
            format!(r#"{ALLOW}, "NotAction": "s3:*""#),
            "both `Action` and `NotAction`",
        ),
        (
            Identity,
            format!(r#"{ALLOW}, "NotResource": "*""#),
            "both `Resource` and `NotResource`",
        ),
        (
            Resource,
            format!(r#"{ALLOW}, "Principal": "*", "NotPrincipal": "*""#),
            "both `Principal` and `NotPrincipal`",
        ),
        (
            Identity,
            format!(r#"{ALLOW}, "condition": {{}}"#),
            "write `Condition`, in this spelling",
        ),
        (
            Identity,
            format!(r#"{ALLOW}, "Comment": "x""#),
            "`Comment` is not a policy element",
        ),
        (
            Identity,
            format!(r#"{ALLOW}, "Sid": "a b""#),
            "must be alpha-numeric",
        ),
        (
            Identity,
            format!(r#"{ALLOW}, "Sid": 7"#),
            "the value of `Sid` is not a string",
        ),
        (
            Identity,
            ALLOW.replace("s3:GetObject", "GetObject"),
            "must be prefaced by a vendor",
        ),
        (
            Identity,
            ALLOW.replace("\"*\"", "\"bucket\""),
            "Resource bucket must be in ARN format or \"*\"",
        ),
        (
            Identity,
            ALLOW.replace("\"*\"", "\"arn:aws:s3:::${aws:username\""),
            "is not closed",
        ),
        (
            Identity,
            ALLOW.replace("\"*\"", "\"arn:aws:s3:${aws:RequestedRegion}::b\""),
            "before its fifth colon",
        ),
        (
            Identity,
            ALLOW.replace("\"*\"", "\"arn:aws:*:::b\""),
            "vendor `*` of resource",
        ),
        (
            Identity,
            ALLOW.replace("\"*\"", "\"arn:aws:s3:b\""),
            "must be in ARN format",
        ),
        (
            Identity,
            ALLOW.replace("\"*\"", "[\"*\", 7]"),
            "the value of `Resource` is not a string",
        ),
        (
            Identity,
            ALLOW.replace("\"*\"", "[[\"*\"]]"),
            "the value of `Resource` is not a string",
        ),
    ] {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{{{statement}}}]}}"#);
        let refusal = refusal(&text, kind);
        assert!(refusal.contains(part), "{refusal}\n{text}");
    }
}

#[test]
fn conditions_refused() {
    for (condition, part) in [
        (
            r#""StringMatches": {"aws:username": "a"}"#,
            "Invalid Condition type : StringMatches",
        ),
        (
            r#""stringEquals": {"aws:username": "a"}"#,
            "write `StringEquals`, in this spelling",
        ),
        (
            r#""ForEachValue:StringEquals": {"aws:username": "a"}"#,
            "Invalid Condition type : ForEachValue:StringEquals",
        ),
        (
            r#""StringEqualsIfExist": {"aws:username": "a"}"#,
            "Invalid Condition type",
        ),
        (
            r#""BinaryEquals": {"k:k": "QQ=="}"#,
            "`BinaryEquals` is not supported yet",
        ),
        (
            r#""NullIfExists": {"aws:username": "true"}"#,
            "use `Null` without a modifier",
        ),
        (
            r#""ForAnyValue:Null": {"aws:username": "true"}"#,
            "use `Null` without a modifier",
        ),
        (
            r#""Null": {"aws:username": "maybe"}"#,
            "`maybe` is not a boolean",
        ),
        (
            r#""Bool": {"aws:SecureTransport": "yes"}"#,
            "`yes` is not a boolean",
        ),
        (
            r#""NumericEquals": {"s3:max-keys": "ten"}"#,
            "`ten` is not a number",
        ),
        (
            r#""NumericEquals": {"s3:max-keys": "${aws:username}"}"#,
            "is not a number",
        ),
        (
            r#""DateLessThan": {"aws:CurrentTime": "soon"}"#,
            "`soon` is not a date",
        ),
        (
            r#""IpAddress": {"aws:SourceIp": "10.0.0.0/40"}"#,
            "`10.0.0.0/40` is not an address range",
        ),
        (
            r#""ArnEquals": {"aws:SourceArn": "arn:aws:s3"}"#,
            "`arn:aws:s3` is not an ARN",
        ),
        (
            r#""ArnLike": {"aws:SourceArn": "${aws:username}*"}"#,
            "is not an ARN",
        ),
        (
            r#""StringEquals": {"username": "a"}"#,
            "must be prefaced by a vendor",
        ),
        (
            r#""StringEquals": {"aws:PrincipalTag/${aws:username}": "a"}"#,
            "without wildcards and variables",
        ),
        (
            r#""StringEquals": {"aws:username": {"a": "b"}}"#,
            "is not a string, number or boolean",
        ),
        (
            r#""StringEquals": {"aws:username": null}"#,
            "is not a string, number or boolean",
        ),
        (r#""StringEquals": "a""#, "is not an object"),
        (
            r#""StringEquals": {"aws:username": "a", "aws:username": "b"}"#,
            "`aws:username` appears twice",
        ),
        (
            r#""StringEquals": {"aws:username": "${}"}"#,
            "is not a policy variable",
        ),
    ] {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{{ALLOW}, "Condition": {{{condition}}}}}}}"#
        );
        let refusal = refusal(&text, Identity);
        assert!(refusal.contains(part), "{refusal}\n{text}");
    }
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
