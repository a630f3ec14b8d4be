//! Explanations: the decision is that of `evaluate`, and the reasons are the right ones.

use crate::keys::{
    ACCOUNT, Keys, OBJECT, ROLE, SESSION, USER, identity, policy, session_of_role, user,
};
use anyrole_policy::{
    Decision, Effect, Explanation, Layer, Layers, Obstacle, PolicyKind, Principal, Request,
    evaluate, explain, explain_trust,
};

const TEXT: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Sid": "Home", "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${aws:username}/*"},
  {"Sid": "Red", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*",
   "Condition": {"StringEquals": {"aws:PrincipalTag/team": ["red", "${aws:username}"]}}},
  {"Sid": "Lists", "Effect": "Allow", "Action": "s3:List*", "Resource": "*"},
  {"Sid": "Plain", "Effect": "Deny", "Action": "*", "Resource": "*",
   "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}"#;

fn explained(keys: &Keys<'_>) -> Explanation {
    let policies = [identity(TEXT)];
    let request = Request {
        principal: user(),
        action: "s3:GetObject",
        resource: OBJECT,
        resource_account: ACCOUNT,
        context: keys,
    };
    let layers = Layers {
        identity: (&policies).into(),
        ..Layers::default()
    };
    let explanation = explain(&request, &layers);
    assert_eq!(explanation.decision, evaluate(&request, &layers));
    explanation
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn near_misses_carry_both_values() {
    let keys = Keys(&[
        ("aws:username", &["ann"]),
        ("aws:principaltag/team", &["blue"]),
        ("aws:securetransport", &["true"]),
    ]);
    let explanation = explained(&keys);
    assert_eq!(
        explanation.decision,
        Decision::ImplicitDeny {
            layer: Layer::Identity
        }
    );
    assert!(explanation.matched.is_empty());
    let near: Vec<_> = explanation
        .near_misses
        .iter()
        .map(|miss| (miss.statement.sid.as_deref().unwrap(), &miss.stopped_by))
        .collect();
    let condition =
        |operator: &str, key: &str, expected: &[&str], actual: &[&str]| Obstacle::Condition {
            operator: operator.to_owned(),
            key: key.to_owned(),
            expected: strings(expected),
            actual: Some(strings(actual)),
            unreadable: false,
        };
    let home = Obstacle::Resource {
        patterns: strings(&["arn:aws:s3:::home/ann/*"]),
        negated: false,
        asked: OBJECT.to_owned(),
    };
    let red = condition(
        "StringEquals",
        "aws:PrincipalTag/team",
        &["red", "ann"],
        &["blue"],
    );
    let plain = condition("Bool", "aws:SecureTransport", &["false"], &["true"]);
    assert_eq!(near, [("Home", &home), ("Red", &red), ("Plain", &plain)]);
    assert_eq!(
        (
            explanation.near_misses[1].statement.line,
            explanation.near_misses[1].statement.column
        ),
        (3, 3)
    );
}

#[test]
fn matched_statements_and_the_layer() {
    let keys = Keys(&[
        ("aws:principaltag/team", &["red"]),
        ("aws:securetransport", &["false"]),
    ]);
    let explanation = explained(&keys);
    assert_eq!(
        explanation.decision,
        Decision::ExplicitDeny {
            layer: Layer::Identity
        }
    );
    let matched: Vec<_> = explanation
        .matched
        .iter()
        .map(|at| (at.statement, at.effect))
        .collect();
    assert_eq!(matched, [(1, Effect::Allow), (3, Effect::Deny)]);
}

#[test]
fn an_absent_key_and_an_unreadable_value() {
    let explanation = explained(&Keys(&[("aws:securetransport", &["perhaps"])]));
    assert_eq!(
        explanation.decision,
        Decision::ExplicitDeny {
            layer: Layer::Identity
        }
    );
    let Obstacle::Condition {
        expected,
        actual,
        unreadable,
        ..
    } = &explanation.near_misses[1].stopped_by
    else {
        panic!("{explanation:?}");
    };
    assert_eq!(
        (expected, actual, unreadable),
        (&strings(&["red", "${aws:username}"]), &None, &false)
    );

    let text = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"NumericLessThan": {"s3:max-keys": 9}}}}"#;
    let policies = [identity(text)];
    let request = Request {
        principal: user(),
        action: "s3:ListBucket",
        resource: "arn:aws:s3:::b",
        resource_account: ACCOUNT,
        context: &Keys(&[("s3:max-keys", &["many"])]),
    };
    let explanation = explain(
        &request,
        &Layers {
            identity: (&policies).into(),
            ..Layers::default()
        },
    );
    let Obstacle::Condition { unreadable, .. } = explanation.near_misses[0].stopped_by else {
        panic!("{explanation:?}");
    };
    assert!(unreadable);
}

#[test]
fn places_count_within_each_layer() {
    let allow = identity(r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#);
    let two = [allow.clone(), allow.clone()];
    let request = Request {
        principal: session_of_role(),
        action: "s3:GetObject",
        resource: OBJECT,
        resource_account: ACCOUNT,
        context: &Keys(&[]),
    };
    let layers = Layers {
        identity: (&two).into(),
        boundary: Some(&allow),
        session: Some((&two).into()),
        ..Layers::default()
    };
    let places: Vec<_> = explain(&request, &layers)
        .matched
        .iter()
        .map(|at| (at.layer, at.policy))
        .collect();
    use Layer::{Boundary, Identity, Session};
    assert_eq!(
        places,
        [
            (Identity, 0),
            (Identity, 1),
            (Boundary, 0),
            (Session, 0),
            (Session, 1)
        ]
    );
}

#[test]
fn principals_and_json() {
    let text = format!(
        r#"{{"Statement": {{"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {{"Service": "ec2.amazonaws.com", "AWS": ["*", "{USER}"]}}}}}}"#
    );
    let trust = policy(&text, PolicyKind::Trust);
    let request = Request {
        principal: Principal::Service("rolesanywhere.amazonaws.com"),
        action: "sts:AssumeRole",
        resource: ROLE,
        resource_account: ACCOUNT,
        context: &Keys(&[]),
    };
    let explanation = explain_trust(&request, &trust);
    let json = serde_json::to_value(&explanation).unwrap();
    // Behind the statement's brace, before the document's.
    let end_column = text.lines().last().map(str::len);
    let expected = serde_json::json!({
        "decision": {"outcome": "implicit-deny", "layer": "trust"},
        "action": "sts:AssumeRole",
        "resource": ROLE,
        "matched": [],
        "near_misses": [{
            "statement": {
                "layer": "trust", "policy": 0, "statement": 0, "sid": null, "effect": "Allow", "line": 1, "column": 15, "end_line": 2, "end_column": end_column
            },
            "stopped_by": {
                "element": "principal",
                "named": ["ec2.amazonaws.com", "*", USER],
                "negated": false,
                "asking": "rolesanywhere.amazonaws.com"
            }
        }]
    });
    assert_eq!(json, expected);

    let aws = Request {
        principal: session_of_role(),
        ..request
    };
    let only_service = policy(&text.replace("\"*\", ", ""), PolicyKind::Trust);
    let Obstacle::Principal { asking, .. } =
        &explain_trust(&aws, &only_service).near_misses[0].stopped_by
    else {
        panic!();
    };
    assert_eq!(asking, SESSION);
}

/// What comes with a request may be long, and explanations are stored.
#[test]
fn long_texts_and_many_values_are_cut() {
    let values: Vec<String> = (0..100)
        .map(|n| format!("\"{n}{}\"", "é".repeat(300)))
        .collect();
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": {{"StringEquals": {{"aws:UserAgent": [{}]}}}}}}}}"#,
        values.join(", ")
    );
    let policies = [identity(&text)];
    let agent = "é".repeat(5_000);
    let agents = [agent.as_str(); 40];
    let request = Request {
        principal: user(),
        action: "s3:GetObject",
        resource: OBJECT,
        resource_account: ACCOUNT,
        context: &Keys(&[("aws:useragent", &agents)]),
    };
    let layers = Layers {
        identity: (&policies).into(),
        ..Layers::default()
    };
    let explanation = explain(&request, &layers);
    let Obstacle::Condition {
        expected, actual, ..
    } = &explanation.near_misses[0].stopped_by
    else {
        panic!("{explanation:?}");
    };
    let actual = actual.as_ref().unwrap();
    assert_eq!((expected.len(), actual.len()), (16, 16));
    for text in expected.iter().chain(actual) {
        assert!(
            text.len() <= 256 + "…".len() && text.ends_with('…'),
            "{text}"
        );
    }
}
