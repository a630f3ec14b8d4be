//! Trust policies: the two of the public walk-throughs, and who else may not.

use crate::keys::{ACCOUNT, Keys, ROLE, USER, policy, statement, user};
use anyrole_policy::{Decision, Layer, PolicyKind, Principal, Request, evaluate_trust};

const BY_ANCHOR: &str = include_str!("../../../../testdata/policy/trust-source-arn.json");
const BY_UNIT: &str = include_str!("../../../../testdata/policy/trust-subject-ou.json");
const ANCHOR: &str = "arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/9f084b8d-2a6e-4f4b-8b1a-0d1e2f3a4b5c";
const ACTIONS: [&str; 3] = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
const SERVICE: Principal<'_> = Principal::Service("rolesanywhere.amazonaws.com");
const NO: Decision = Decision::ImplicitDeny {
    layer: Layer::Trust,
};

fn ask(text: &str, principal: Principal<'_>, action: &str, keys: &Keys<'_>) -> Decision {
    let request = Request {
        principal,
        action,
        resource: ROLE,
        resource_account: ACCOUNT,
        context: keys,
    };
    evaluate_trust(&request, &policy(text, PolicyKind::Trust))
}

#[test]
fn the_walk_throughs() {
    let ou = "aws:principaltag/x509subject/ou";
    let other = "arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/00000000-2a6e-4f4b-8b1a-0d1e2f3a4b5c";
    for action in ACTIONS {
        for (text, key, value, expected) in [
            (BY_ANCHOR, "aws:sourcearn", ANCHOR, Decision::Allow),
            (BY_ANCHOR, "aws:sourcearn", other, NO),
            (BY_ANCHOR, ou, "Platform", NO),
            (BY_UNIT, ou, "Platform", Decision::Allow),
            (BY_UNIT, ou, "platform", NO),
            (BY_UNIT, ou, "Platform/Other", NO),
            (BY_UNIT, "aws:principaltag/x509issuer/ou", "Platform", NO),
        ] {
            let keys: &[(&str, &[&str])] = &[(key, &[value])];
            assert_eq!(
                ask(text, SERVICE, action, &Keys(keys)),
                expected,
                "{action} {key} {value}"
            );
            let other_service = Principal::Service("ec2.amazonaws.com");
            assert_eq!(ask(text, other_service, action, &Keys(keys)), NO);
            assert_eq!(ask(text, user(), action, &Keys(keys)), NO);
            assert_eq!(ask(text, Principal::Anonymous, action, &Keys(keys)), NO);
            assert_eq!(
                ask(text, SERVICE, "sts:AssumeRoleWithSAML", &Keys(keys)),
                NO
            );
        }
    }
}

#[test]
fn the_three_actions_may_be_in_separate_statements() {
    let text = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "rolesanywhere.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"Service": "rolesanywhere.amazonaws.com"}, "Action": "sts:Tag*"}]}"#;
    let decisions = ACTIONS.map(|action| ask(text, SERVICE, action, &Keys(&[])));
    assert_eq!(decisions, [Decision::Allow, Decision::Allow, NO]);
}

#[test]
fn principals_and_denies() {
    let allow = |principal: &str| {
        statement(&format!(
            r#""Effect": "Allow", "Action": "sts:*", "Principal": {principal}"#
        ))
    };
    let named_user = format!(r#"{{"AWS": "{USER}"}}"#);
    let account = format!(r#"{{"AWS": "{ACCOUNT}"}}"#);
    for (principal, asking, expected) in [
        (r#""*""#, SERVICE, Decision::Allow),
        (r#"{"AWS": "*"}"#, SERVICE, NO),
        (r#"{"AWS": "*"}"#, user(), Decision::Allow),
        (named_user.as_str(), user(), Decision::Allow),
        // The account delegates to identity policies, which aren't weighed here.
        (account.as_str(), user(), NO),
        (
            r#"{"Service": ["ec2.amazonaws.com", "rolesanywhere.amazonaws.com"], "AWS": "111111111111"}"#,
            SERVICE,
            Decision::Allow,
        ),
    ] {
        assert_eq!(
            ask(&allow(principal), asking, "sts:AssumeRole", &Keys(&[])),
            expected,
            "{principal}"
        );
    }
    let text = r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:*"},
        {"Effect": "Deny", "Principal": "*", "Action": "sts:*",
         "Condition": {"StringNotEquals": {"aws:PrincipalTag/x509Subject/O": "Acme"}}}]}"#;
    let denied = Decision::ExplicitDeny {
        layer: Layer::Trust,
    };
    assert_eq!(ask(text, SERVICE, "sts:AssumeRole", &Keys(&[])), denied);
    let acme = Keys(&[("aws:principaltag/x509subject/o", &["Acme"])]);
    assert_eq!(ask(text, SERVICE, "sts:AssumeRole", &acme), Decision::Allow);
}
