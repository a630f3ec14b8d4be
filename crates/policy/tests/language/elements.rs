//! Action, Resource and their complements.

use crate::keys::{Keys, decide, identity, statement};
use anyrole_policy::{Decision, Layer};

#[test]
fn actions_and_resources() {
    let get = "s3:GetObject";
    for (elements, action, resource, expected) in [
        (
            r#""Action": "s3:*", "Resource": "*""#,
            get,
            "arn:aws:s3:::b/k",
            true,
        ),
        (
            r#""Action": "s3:*", "Resource": "*""#,
            "s3:ListAllMyBuckets",
            "*",
            true,
        ),
        (
            r#""Action": "s3:*", "Resource": "arn:aws:s3:::*""#,
            "s3:ListAllMyBuckets",
            "*",
            false,
        ),
        (
            r#""Action": "*", "Resource": "*""#,
            "iam:PassRole",
            "arn:aws:iam::0:role/r",
            true,
        ),
        (
            r#""Action": ["s3:Put*", "S3:GETOBJECT"], "Resource": "*""#,
            get,
            "arn:aws:s3:::b/k",
            true,
        ),
        (
            r#""Action": "s3:Get*", "Resource": "*""#,
            "s3:PutObject",
            "arn:aws:s3:::b/k",
            false,
        ),
        (
            r#""NotAction": "s3:Delete*", "Resource": "*""#,
            get,
            "arn:aws:s3:::b/k",
            true,
        ),
        (
            r#""NotAction": "s3:Delete*", "Resource": "*""#,
            "s3:DeleteObject",
            "arn:aws:s3:::b/k",
            false,
        ),
        (
            r#""NotAction": ["s3:Delete*", "s3:Get*"], "Resource": "*""#,
            get,
            "arn:aws:s3:::b/k",
            false,
        ),
        (
            r#""Action": "s3:*", "Resource": "arn:aws:s3:::b/*""#,
            get,
            "arn:aws:s3:::b/a/b/c:d",
            true,
        ),
        (
            r#""Action": "s3:*", "Resource": "arn:aws:s3:::b/*""#,
            get,
            "arn:aws:s3:::b",
            false,
        ),
        (
            r#""Action": "s3:*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]"#,
            "s3:ListBucket",
            "arn:aws:s3:::b",
            true,
        ),
        (
            r#""Action": "s3:*", "Resource": "arn:aws:s3:::B/*""#,
            get,
            "arn:aws:s3:::b/a",
            false,
        ),
        (
            r#""Action": "s3:*", "Resource": "arn:aws:s3:::b?/*/x""#,
            get,
            "arn:aws:s3:::b1/y/x",
            true,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:iam::*:role/app""#,
            "iam:PassRole",
            "arn:aws:iam::0:role/app",
            true,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:iam::*:app""#,
            "iam:PassRole",
            "arn:aws:iam::0:role/x:app",
            false,
        ),
        (
            r#""Action": "*", "Resource": "arn:*:iam::*:*""#,
            "iam:PassRole",
            "arn:aws-cn:iam::0:role/x",
            true,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:iam:*""#,
            "iam:PassRole",
            "arn:aws:iam::0:role/x",
            true,
        ),
        (
            r#""Action": "*", "NotResource": "arn:aws:s3:::b/*""#,
            get,
            "arn:aws:s3:::c/k",
            true,
        ),
        (
            r#""Action": "*", "NotResource": "arn:aws:s3:::b/*""#,
            get,
            "arn:aws:s3:::b/k",
            false,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:s3:::b/${aws:username}/*""#,
            get,
            "arn:aws:s3:::b/ann/k",
            true,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:s3:::b/${aws:username}/*""#,
            get,
            "arn:aws:s3:::b/bob/k",
            false,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:s3:::b/${aws:PrincipalTag/star}/*""#,
            get,
            "arn:aws:s3:::b/bob/k",
            false,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:s3:::b/${aws:PrincipalTag/star}/*""#,
            get,
            "arn:aws:s3:::b/*/k",
            true,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:s3:::b/${missing}*""#,
            get,
            "arn:aws:s3:::b/k",
            false,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:s3:::b/${missing, 'all'}/*""#,
            get,
            "arn:aws:s3:::b/all/k",
            true,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:s3:::b/${*}""#,
            get,
            "arn:aws:s3:::b/k",
            false,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:s3:::b/${*}""#,
            get,
            "arn:aws:s3:::b/*",
            true,
        ),
        // A variable without a value doesn't open the complement.
        (
            r#""Action": "*", "NotResource": "arn:aws:s3:::b/${missing}""#,
            get,
            "arn:aws:s3:::b/k",
            false,
        ),
    ] {
        let text = statement(&format!(r#""Effect": "Allow", {elements}"#));
        let keys = Keys(&[
            ("aws:username", &["ann"]),
            ("aws:principaltag/star", &["*"]),
        ]);
        let decision = decide(&identity(&text), action, resource, &keys);
        assert_eq!(
            decision.is_allowed(),
            expected,
            "{elements} {action} {resource}"
        );
    }
}

#[test]
fn the_old_version_takes_variables_as_text() {
    let text = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${aws:username}"}}"#;
    let keys = Keys(&[("aws:username", &["ann"])]);
    let ask = |resource| decide(&identity(text), "s3:GetObject", resource, &keys).is_allowed();
    assert!(!ask("arn:aws:s3:::b/ann"));
    assert!(ask("arn:aws:s3:::b/${aws:username}"));
}

#[test]
fn a_deny_beats_every_allow_in_any_order() {
    let allow = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
    let deny = r#"{"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}"#;
    for statements in [[allow, deny], [deny, allow]] {
        let text = format!(r#"{{"Statement": [{}]}}"#, statements.join(","));
        let ask = |action| decide(&identity(&text), action, "arn:aws:s3:::b/k", &Keys(&[]));
        assert_eq!(ask("s3:GetObject"), Decision::Allow);
        assert_eq!(
            ask("s3:DeleteObject"),
            Decision::ExplicitDeny {
                layer: Layer::Identity
            }
        );
    }
}
