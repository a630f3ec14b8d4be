//! Condition operators, modifiers, absent keys: each row is decided with an Allow and with a Deny.

use crate::keys::{Keys, OBJECT, decide, identity, statement};
use anyrole_policy::{Decision, Effect, Layer};

type Row<'a> = (&'a str, &'a [(&'a str, &'a [&'a str])], bool);

fn matches(effect: Effect, condition: &str, keys: &Keys<'_>) -> bool {
    let deny = format!(
        r#""Effect": "{effect:?}", "Action": "*", "Resource": "*", "Condition": {{{condition}}}"#
    );
    let decision = decide(&identity(&statement(&deny)), "s3:GetObject", OBJECT, keys);
    let (yes, no) = match effect {
        Effect::Allow => (
            Decision::Allow,
            Decision::ImplicitDeny {
                layer: Layer::Identity,
            },
        ),
        Effect::Deny => (
            Decision::ExplicitDeny {
                layer: Layer::Identity,
            },
            Decision::ImplicitDeny {
                layer: Layer::Identity,
            },
        ),
    };
    assert!(
        decision == yes || decision == no,
        "{condition}: {decision:?}"
    );
    decision == yes
}

fn check(rows: &[Row<'_>]) {
    for (condition, keys, expected) in rows {
        for effect in [Effect::Allow, Effect::Deny] {
            assert_eq!(
                matches(effect, condition, &Keys(keys)),
                *expected,
                "{effect:?} {condition} {keys:?}"
            );
        }
    }
}

const TEAM: &str = "aws:principaltag/team";

#[test]
fn strings() {
    check(&[
        (
            r#""StringEquals": {"aws:PrincipalTag/team": "red"}"#,
            &[(TEAM, &["red"])],
            true,
        ),
        (
            r#""StringEquals": {"AWS:principaltag/TEAM": "red"}"#,
            &[(TEAM, &["red"])],
            true,
        ),
        (
            r#""StringEquals": {"aws:PrincipalTag/team": "red"}"#,
            &[(TEAM, &["Red"])],
            false,
        ),
        (
            r#""StringEquals": {"aws:PrincipalTag/team": "r*"}"#,
            &[(TEAM, &["red"])],
            false,
        ),
        (
            r#""StringEquals": {"aws:PrincipalTag/team": ["blue", "red"]}"#,
            &[(TEAM, &["red"])],
            true,
        ),
        (
            r#""StringEquals": {"aws:PrincipalTag/team": []}"#,
            &[(TEAM, &["red"])],
            false,
        ),
        (
            r#""StringEquals": {"aws:PrincipalTag/team": "red"}"#,
            &[],
            false,
        ),
        (
            r#""StringEquals": {"aws:PrincipalTag/team": ""}"#,
            &[(TEAM, &[""])],
            true,
        ),
        (
            r#""StringEquals": {"aws:PrincipalTag/team": 7}"#,
            &[(TEAM, &["7"])],
            true,
        ),
        (
            r#""StringEquals": {"aws:PrincipalTag/team": true}"#,
            &[(TEAM, &["true"])],
            true,
        ),
        (
            r#""StringNotEquals": {"aws:PrincipalTag/team": "red"}"#,
            &[(TEAM, &["red"])],
            false,
        ),
        (
            r#""StringNotEquals": {"aws:PrincipalTag/team": ["blue", "red"]}"#,
            &[(TEAM, &["red"])],
            false,
        ),
        (
            r#""StringNotEquals": {"aws:PrincipalTag/team": ["blue", "red"]}"#,
            &[(TEAM, &["green"])],
            true,
        ),
        (
            r#""StringNotEquals": {"aws:PrincipalTag/team": "red"}"#,
            &[],
            true,
        ),
        (
            r#""StringEqualsIgnoreCase": {"aws:PrincipalTag/team": "RED"}"#,
            &[(TEAM, &["red"])],
            true,
        ),
        (
            r#""StringEqualsIgnoreCase": {"aws:PrincipalTag/team": "ÉCLAIR"}"#,
            &[(TEAM, &["éclair"])],
            true,
        ),
        (
            r#""StringEqualsIgnoreCase": {"aws:PrincipalTag/team": "R*"}"#,
            &[(TEAM, &["red"])],
            false,
        ),
        (
            r#""StringNotEqualsIgnoreCase": {"aws:PrincipalTag/team": "RED"}"#,
            &[(TEAM, &["red"])],
            false,
        ),
        (
            r#""StringNotEqualsIgnoreCase": {"aws:PrincipalTag/team": "RED"}"#,
            &[(TEAM, &["blue"])],
            true,
        ),
        (
            r#""StringLike": {"aws:PrincipalTag/team": "r?d*"}"#,
            &[(TEAM, &["red-1"])],
            true,
        ),
        (
            r#""StringLike": {"aws:PrincipalTag/team": "r?d"}"#,
            &[(TEAM, &["red-1"])],
            false,
        ),
        (
            r#""StringLike": {"aws:PrincipalTag/team": "*"}"#,
            &[],
            false,
        ),
        (
            r#""StringNotLike": {"aws:PrincipalTag/team": "r*"}"#,
            &[(TEAM, &["red"])],
            false,
        ),
        (
            r#""StringNotLike": {"aws:PrincipalTag/team": "r*"}"#,
            &[(TEAM, &["blue"])],
            true,
        ),
        (
            r#""StringNotLike": {"aws:PrincipalTag/team": "*"}"#,
            &[],
            true,
        ),
    ]);
}

#[test]
fn arns() {
    let source = "aws:sourcearn";
    let anchor: &[&str] = &["arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/a:b/c"];
    check(&[
        (
            r#""ArnEquals": {"aws:SourceArn": "arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/a:b/c"}"#,
            &[(source, anchor)],
            true,
        ),
        (
            r#""ArnEquals": {"aws:SourceArn": "arn:aws:rolesanywhere:*:000000000000:*"}"#,
            &[(source, anchor)],
            true,
        ),
        (
            r#""ArnLike": {"aws:SourceArn": "arn:aws:rolesanywhere:us-*-?:000000000000:trust-anchor/*"}"#,
            &[(source, anchor)],
            true,
        ),
        (
            r#""ArnLike": {"aws:SourceArn": "arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/*"}"#,
            &[(source, anchor)],
            true,
        ),
        (
            r#""ArnLike": {"aws:SourceArn": "arn:*:*:*:*:*"}"#,
            &[(source, anchor)],
            true,
        ),
        (
            r#""ArnLike": {"aws:SourceArn": "*:*:*:*:*:*"}"#,
            &[(source, anchor)],
            true,
        ),
        (
            r#""ArnLike": {"aws:SourceArn": "*"}"#,
            &[(source, anchor)],
            true,
        ),
        // A wildcard stays within its part.
        (
            r#""ArnLike": {"aws:SourceArn": "arn:aws:*:000000000000::trust-anchor/a:b/c"}"#,
            &[(source, anchor)],
            false,
        ),
        (
            r#""ArnLike": {"aws:SourceArn": "arn:aws:rolesanywhere:*:*:c"}"#,
            &[(source, anchor)],
            false,
        ),
        (
            r#""ArnEquals": {"aws:SourceArn": "arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/A:b/c"}"#,
            &[(source, anchor)],
            false,
        ),
        (
            r#""ArnEquals": {"aws:SourceArn": "arn:aws:*:*:*:*"}"#,
            &[(source, &["no arn"])],
            false,
        ),
        (
            r#""ArnEquals": {"aws:SourceArn": "arn:aws:*:*:*:*"}"#,
            &[],
            false,
        ),
        (
            r#""ArnNotEquals": {"aws:SourceArn": "arn:aws:*:*:*:*"}"#,
            &[(source, anchor)],
            false,
        ),
        (
            r#""ArnNotLike": {"aws:SourceArn": "arn:aws:s3:*:*:*"}"#,
            &[(source, anchor)],
            true,
        ),
        (
            r#""ArnNotLike": {"aws:SourceArn": "arn:aws:s3:*:*:*"}"#,
            &[],
            true,
        ),
        (
            r#""ArnLike": {"aws:SourceArn": "arn:aws:rolesanywhere:us-east-1:${aws:PrincipalAccount}:*"}"#,
            &[
                (source, anchor),
                ("aws:principalaccount", &["000000000000"]),
            ],
            true,
        ),
        (
            r#""ArnLike": {"aws:SourceArn": "arn:aws:rolesanywhere:us-east-1:${aws:PrincipalAccount}:*"}"#,
            &[(source, anchor), ("aws:principalaccount", &["*"])],
            false,
        ),
        (
            r#""ArnEquals": {"aws:SourceArn": "${aws:PrincipalTag/team}"}"#,
            &[(source, anchor), (TEAM, anchor)],
            true,
        ),
        (
            r#""ArnEquals": {"aws:SourceArn": "${aws:PrincipalTag/team}"}"#,
            &[(source, anchor), (TEAM, &["*"])],
            false,
        ),
    ]);
}

#[test]
fn booleans_and_null() {
    let secure = "aws:securetransport";
    check(&[
        (
            r#""Bool": {"aws:SecureTransport": "true"}"#,
            &[(secure, &["true"])],
            true,
        ),
        (
            r#""Bool": {"aws:SecureTransport": true}"#,
            &[(secure, &["true"])],
            true,
        ),
        (
            r#""Bool": {"aws:SecureTransport": "True"}"#,
            &[(secure, &["true"])],
            true,
        ),
        (
            r#""Bool": {"aws:SecureTransport": false}"#,
            &[(secure, &["true"])],
            false,
        ),
        (r#""Bool": {"aws:SecureTransport": false}"#, &[], false),
        (
            r#""BoolIfExists": {"aws:SecureTransport": false}"#,
            &[],
            true,
        ),
        (
            r#""Bool": {"aws:SecureTransport": ["true", "false"]}"#,
            &[(secure, &["false"])],
            true,
        ),
        (
            r#""Bool": {"aws:SecureTransport": "${aws:PrincipalTag/team}"}"#,
            &[(secure, &["true"]), (TEAM, &["true"])],
            true,
        ),
        (
            r#""Bool": {"aws:SecureTransport": "${aws:PrincipalTag/team}"}"#,
            &[(secure, &["true"]), (TEAM, &["yes"])],
            false,
        ),
        (r#""Null": {"aws:SecureTransport": "true"}"#, &[], true),
        (
            r#""Null": {"aws:SecureTransport": "true"}"#,
            &[(secure, &["true"])],
            false,
        ),
        (
            r#""Null": {"aws:SecureTransport": false}"#,
            &[(secure, &["false"])],
            true,
        ),
        (r#""Null": {"aws:SecureTransport": false}"#, &[], false),
        (
            r#""Null": {"aws:TagKeys": true}"#,
            &[("aws:tagkeys", &[])],
            true,
        ),
    ]);
}

#[test]
fn numbers_dates_and_addresses() {
    let keys = "s3:max-keys";
    let now = "aws:currenttime";
    let ip = "aws:sourceip";
    check(&[
        (
            r#""NumericLessThanEquals": {"s3:max-keys": 10}"#,
            &[(keys, &["10"])],
            true,
        ),
        (
            r#""NumericLessThan": {"s3:max-keys": "10"}"#,
            &[(keys, &["10"])],
            false,
        ),
        (
            r#""NumericGreaterThan": {"s3:max-keys": "9"}"#,
            &[(keys, &["10"])],
            true,
        ),
        (
            r#""NumericGreaterThanEquals": {"s3:max-keys": "10.5"}"#,
            &[(keys, &["10"])],
            false,
        ),
        (
            r#""NumericEquals": {"s3:max-keys": ["1", "10.0"]}"#,
            &[(keys, &["10"])],
            true,
        ),
        (
            r#""NumericNotEquals": {"s3:max-keys": ["1", "10"]}"#,
            &[(keys, &["10"])],
            false,
        ),
        (r#""NumericNotEquals": {"s3:max-keys": "1"}"#, &[], true),
        (r#""NumericLessThan": {"s3:max-keys": "10"}"#, &[], false),
        (
            r#""DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}"#,
            &[(now, &["2029-12-31T23:59:59Z"])],
            true,
        ),
        (
            r#""DateLessThan": {"aws:CurrentTime": "2030-01-01"}"#,
            &[(now, &["2030-01-01T00:00:00Z"])],
            false,
        ),
        (
            r#""DateGreaterThanEquals": {"aws:CurrentTime": 1893456000}"#,
            &[(now, &["2030-01-01T00:00:00Z"])],
            true,
        ),
        (
            r#""DateNotEquals": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}"#,
            &[(now, &["1893456000"])],
            false,
        ),
        (
            r#""IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "203.0.113.0/24"]}"#,
            &[(ip, &["203.0.113.7"])],
            true,
        ),
        (
            r#""IpAddress": {"aws:SourceIp": "203.0.113.0/24"}"#,
            &[(ip, &["::ffff:203.0.113.7"])],
            true,
        ),
        (
            r#""IpAddress": {"aws:SourceIp": "203.0.113.0/24"}"#,
            &[],
            false,
        ),
        (
            r#""NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "203.0.113.0/24"]}"#,
            &[(ip, &["203.0.113.7"])],
            false,
        ),
        (
            r#""NotIpAddress": {"aws:SourceIp": "2001:db8::/32"}"#,
            &[(ip, &["203.0.113.7"])],
            true,
        ),
        (
            r#""NotIpAddress": {"aws:SourceIp": "2001:db8::/32"}"#,
            &[],
            true,
        ),
    ]);
}

#[test]
fn modifiers_and_absent_keys() {
    let tags = "aws:tagkeys";
    check(&[
        (
            r#""StringEqualsIfExists": {"aws:PrincipalTag/team": "red"}"#,
            &[],
            true,
        ),
        (
            r#""StringEqualsIfExists": {"aws:PrincipalTag/team": "red"}"#,
            &[(TEAM, &["blue"])],
            false,
        ),
        (
            r#""StringNotEqualsIfExists": {"aws:PrincipalTag/team": "red"}"#,
            &[(TEAM, &["red"])],
            false,
        ),
        (
            r#""ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}"#,
            &[(tags, &["a", "b"])],
            true,
        ),
        (
            r#""ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}"#,
            &[(tags, &["a", "c"])],
            false,
        ),
        (
            r#""ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}"#,
            &[(tags, &[])],
            true,
        ),
        (
            r#""ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}"#,
            &[],
            true,
        ),
        (
            r#""ForAllValues:StringNotEquals": {"aws:TagKeys": ["a", "b"]}"#,
            &[(tags, &["c", "a"])],
            false,
        ),
        (
            r#""ForAllValues:StringNotEquals": {"aws:TagKeys": ["a", "b"]}"#,
            &[(tags, &["c", "d"])],
            true,
        ),
        (
            r#""ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}"#,
            &[(tags, &["c", "a"])],
            true,
        ),
        (
            r#""ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}"#,
            &[(tags, &["c", "d"])],
            false,
        ),
        (
            r#""ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}"#,
            &[(tags, &[])],
            false,
        ),
        (
            r#""ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}"#,
            &[],
            false,
        ),
        (
            r#""ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": ["a", "b"]}"#,
            &[],
            true,
        ),
        (
            r#""ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a", "b"]}"#,
            &[(tags, &["a", "c"])],
            true,
        ),
        (
            r#""ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a", "b"]}"#,
            &[],
            false,
        ),
        // Several values without a modifier: one is enough; negated, none may match.
        (
            r#""StringEquals": {"aws:TagKeys": "a"}"#,
            &[(tags, &["c", "a"])],
            true,
        ),
        (
            r#""StringNotEquals": {"aws:TagKeys": "a"}"#,
            &[(tags, &["c", "a"])],
            false,
        ),
        (
            r#""StringNotEquals": {"aws:TagKeys": "a"}"#,
            &[(tags, &["c"])],
            true,
        ),
        (
            r#""StringNotEquals": {"aws:TagKeys": "a"}"#,
            &[(tags, &[])],
            true,
        ),
    ]);
}

#[test]
fn operators_and_keys_are_joined_by_and() {
    let both = r#""StringEquals": {"aws:PrincipalTag/team": "red", "aws:PrincipalTag/env": "dev"}"#;
    let operators = r#""StringLike": {"aws:PrincipalTag/team": "r*"}, "StringNotLike": {"aws:PrincipalTag/team": "*x"}"#;
    let env = "aws:principaltag/env";
    check(&[
        (both, &[(TEAM, &["red"]), (env, &["dev"])], true),
        (both, &[(TEAM, &["red"])], false),
        (both, &[(env, &["dev"])], false),
        (operators, &[(TEAM, &["red"])], true),
        (operators, &[(TEAM, &["rex"])], false),
        ("", &[], true),
    ]);
}

#[test]
fn variables_in_values() {
    let key = "s3:prefix";
    let name = "aws:username";
    check(&[
        (
            r#""StringEquals": {"s3:prefix": "home/${aws:username}"}"#,
            &[(key, &["home/ann"]), (name, &["ann"])],
            true,
        ),
        (
            r#""StringLike": {"s3:prefix": "home/${aws:username}/*"}"#,
            &[(key, &["home/ann/x"]), (name, &["ann"])],
            true,
        ),
        (
            r#""StringLike": {"s3:prefix": "home/${aws:username}/*"}"#,
            &[(key, &["home/bob/x"]), (name, &["*"])],
            false,
        ),
        (
            r#""StringLike": {"s3:prefix": "home/${aws:username}/*"}"#,
            &[(key, &["home//x"])],
            false,
        ),
        (
            r#""StringNotLike": {"s3:prefix": "home/${aws:username}/*"}"#,
            &[(key, &["home//x"])],
            true,
        ),
        (
            r#""StringEquals": {"s3:prefix": ["${aws:username}", "all"]}"#,
            &[(key, &["all"])],
            true,
        ),
        (
            r#""StringEqualsIgnoreCase": {"s3:prefix": "${aws:username}"}"#,
            &[(key, &["ANN"]), (name, &["ann"])],
            true,
        ),
        (
            r#""StringEquals": {"s3:prefix": "${aws:username, 'nobody'}"}"#,
            &[(key, &["nobody"])],
            true,
        ),
        (
            r#""StringLike": {"s3:prefix": "${*}"}"#,
            &[(key, &["a"])],
            false,
        ),
    ]);
}

/// A value of the request that isn't of the operator's type: an Allow doesn't match, a Deny does.
#[test]
fn unreadable_values_fail_closed() {
    for condition in [
        r#""Bool": {"k:k": "true"}"#,
        r#""NumericEquals": {"k:k": "1"}"#,
        r#""NumericNotEquals": {"k:k": "1"}"#,
        r#""DateLessThan": {"k:k": "2030-01-01"}"#,
        r#""IpAddress": {"k:k": "10.0.0.0/8"}"#,
        r#""NotIpAddress": {"k:k": "10.0.0.0/8"}"#,
        r#""ForAllValues:NumericEquals": {"k:k": "1"}"#,
    ] {
        let keys: Keys<'_> = Keys(&[("k:k", &["what"])]);
        assert!(!matches(Effect::Allow, condition, &keys), "{condition}");
        assert!(matches(Effect::Deny, condition, &keys), "{condition}");
        // Another condition that surely doesn't hold still settles it.
        let settled = format!(r#"{condition}, "Null": {{"k:k": "true"}}"#);
        assert!(!matches(Effect::Deny, &settled, &keys), "{condition}");
    }
}
