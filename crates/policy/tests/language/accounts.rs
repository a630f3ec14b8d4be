//! Across accounts, organizations, roots, federated users, and roles that are assumed.

use crate::keys::{
    ACCOUNT, Keys, OBJECT, ROLE, ROLE_ID, SESSION, USER, USER_ID, policy, session_of_role, user,
};
use anyrole_policy::{
    AwsPrincipal, Decision, Layer, Layers, Policies, Policy, PolicyKind, Principal, Request,
    evaluate, explain,
};
use std::sync::Arc;

const OTHER: &str = "111111111111";
const ROOT: &str = "arn:aws:iam::000000000000:root";
const GUEST: &str = "arn:aws:sts::000000000000:federated-user/guest";

fn of(kind: PolicyKind, effect: &str, action: &str) -> Arc<Policy> {
    let principal = match kind {
        PolicyKind::ResourceControl => r#""Principal": "*", "#,
        _ => "",
    };
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{{principal}"Effect": "{effect}", "Action": "{action}", "Resource": "*"}}}}"#
    );
    policy(&text, kind)
}

fn naming(kind: PolicyKind, aws: &str) -> Arc<Policy> {
    let rest = match kind {
        PolicyKind::Trust => r#""Action": "sts:AssumeRole""#,
        _ => r#""Action": "s3:GetObject", "Resource": "*""#,
    };
    policy(
        &format!(
            r#"{{"Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{aws}"}}, {rest}}}}}"#
        ),
        kind,
    )
}

fn ask(principal: Principal<'_>, action: &str, account: &str, layers: &Layers<'_>) -> Decision {
    let request = Request {
        principal,
        action,
        resource: if action.starts_with("sts:") {
            ROLE
        } else {
            OBJECT
        },
        resource_account: account,
        context: &Keys(&[]),
    };
    let decision = evaluate(&request, layers);
    assert_eq!(explain(&request, layers).decision, decision);
    decision
}

const fn implicit(layer: Layer) -> Decision {
    Decision::ImplicitDeny { layer }
}

fn root() -> Principal<'static> {
    Principal::Aws(AwsPrincipal::root(ACCOUNT, ROOT))
}

fn guest() -> Principal<'static> {
    Principal::Aws(AwsPrincipal::federated_user(ACCOUNT, USER, USER_ID, GUEST))
}

#[test]
fn across_accounts_both_sides_must_allow() {
    let own = [of(PolicyKind::Identity, "Allow", "s3:*")];
    let limit = [of(PolicyKind::Session, "Allow", "s3:Put*")];
    for (principal, named, has_own, has_limit, expected) in [
        (
            session_of_role(),
            None,
            true,
            false,
            implicit(Layer::Resource),
        ),
        (session_of_role(), Some(ROLE), true, false, Decision::Allow),
        (session_of_role(), Some(ROOT), true, false, Decision::Allow),
        (
            session_of_role(),
            Some(ACCOUNT),
            true,
            false,
            Decision::Allow,
        ),
        (session_of_role(), Some("*"), true, false, Decision::Allow),
        (
            session_of_role(),
            Some(OTHER),
            true,
            false,
            implicit(Layer::Resource),
        ),
        // Not even the session's own name stands in for the policies of its account.
        (
            session_of_role(),
            Some(SESSION),
            false,
            false,
            implicit(Layer::Identity),
        ),
        (
            session_of_role(),
            Some(SESSION),
            true,
            true,
            implicit(Layer::Session),
        ),
        (user(), Some(USER), false, false, implicit(Layer::Identity)),
        (user(), Some(USER), true, false, Decision::Allow),
        (root(), None, false, false, implicit(Layer::Resource)),
        (root(), Some(ROOT), false, false, Decision::Allow),
    ] {
        let resource = named.map(|named| naming(PolicyKind::Resource, named));
        let layers = Layers {
            identity: if has_own {
                (&own).into()
            } else {
                Policies::default()
            },
            session: has_limit.then(|| (&limit).into()),
            resource: resource.as_deref(),
            ..Layers::default()
        };
        assert_eq!(
            ask(principal, "s3:GetObject", OTHER, &layers),
            expected,
            "{principal:?} {named:?}"
        );
    }
}

/// Each level must allow, for the root, too; a deny at one of them is final; nobody gains by them.
#[test]
fn control_policies_level_by_level() {
    let own = [of(PolicyKind::Identity, "Allow", "s3:*")];
    for (kind, layer) in [
        (PolicyKind::ServiceControl, Layer::ServiceControl),
        (PolicyKind::ResourceControl, Layer::ResourceControl),
    ] {
        let full = [of(kind, "Allow", "*")];
        let put = [of(kind, "Allow", "s3:Put*")];
        let denying = [of(kind, "Allow", "*"), of(kind, "Deny", "s3:Get*")];
        let none: [Arc<Policy>; 0] = [];
        let explicit = Decision::ExplicitDeny { layer };
        for (levels, expected) in [
            (vec![&full[..]], Decision::Allow),
            (vec![&full[..], &full], Decision::Allow),
            (vec![&full[..], &put], implicit(layer)),
            (vec![&put[..], &full], implicit(layer)),
            (vec![&full[..], &none], implicit(layer)),
            (vec![&put[..], &denying], explicit),
            (vec![&denying[..], &full], explicit),
        ] {
            let levels: Vec<Policies<'_>> = levels.into_iter().map(Policies::from).collect();
            let mut layers = Layers {
                identity: (&own).into(),
                ..Layers::default()
            };
            match layer {
                Layer::ServiceControl => layers.service_control = &levels,
                _ => layers.resource_control = &levels,
            }
            for principal in [user(), session_of_role(), root()] {
                assert_eq!(ask(principal, "s3:GetObject", ACCOUNT, &layers), expected);
            }
            // An Allow that names the user is final within the account, not within the organization.
            let resource = naming(PolicyKind::Resource, USER);
            layers.resource = Some(&resource);
            assert_eq!(ask(user(), "s3:GetObject", ACCOUNT, &layers), expected);
            layers.identity = Policies::default();
            layers.resource = None;
            let nothing = match expected {
                Decision::Allow => implicit(Layer::Identity),
                other => other,
            };
            assert_eq!(ask(user(), "s3:GetObject", ACCOUNT, &layers), nothing);
        }
    }
}

#[test]
fn the_root_has_all_but_what_is_denied() {
    let layers = Layers::default();
    assert_eq!(
        ask(root(), "s3:GetObject", ACCOUNT, &layers),
        Decision::Allow
    );
    let text =
        r#"{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}}"#;
    let resource = policy(text, PolicyKind::Resource);
    let layers = Layers {
        resource: Some(&resource),
        ..Layers::default()
    };
    let denied = Decision::ExplicitDeny {
        layer: Layer::Resource,
    };
    assert_eq!(ask(root(), "s3:GetObject", ACCOUNT, &layers), denied);
}

#[test]
fn federated_users_have_what_their_session_policies_leave() {
    let own = [of(PolicyKind::Identity, "Allow", "s3:*")];
    let session = [of(PolicyKind::Session, "Allow", "s3:Get*")];
    let of_root = Principal::Aws(AwsPrincipal::federated_user(ACCOUNT, ROOT, ACCOUNT, GUEST));
    let no_session = implicit(Layer::Session);
    for (principal, has_own, has_session, named, expected) in [
        (guest(), true, false, None, no_session),
        (guest(), true, true, None, Decision::Allow),
        (guest(), false, true, None, implicit(Layer::Identity)),
        (of_root, false, false, None, no_session),
        (of_root, false, true, None, Decision::Allow),
        // By its own name the resource lets it in; by its user's it is limited.
        (guest(), false, false, Some(GUEST), Decision::Allow),
        (guest(), false, false, Some(USER), no_session),
        (guest(), false, true, Some(USER), Decision::Allow),
    ] {
        let resource = named.map(|named| naming(PolicyKind::Resource, named));
        let layers = Layers {
            identity: if has_own {
                (&own).into()
            } else {
                Policies::default()
            },
            session: has_session.then(|| (&session).into()),
            resource: resource.as_deref(),
            ..Layers::default()
        };
        assert_eq!(
            ask(principal, "s3:GetObject", ACCOUNT, &layers),
            expected,
            "{principal:?} {named:?}"
        );
    }
}

/// Identity policies alone open no role; naming the account hands the decision to them.
#[test]
fn roles_are_assumed_by_whom_they_trust() {
    let own = [of(PolicyKind::Identity, "Allow", "sts:AssumeRole")];
    let other_role = "arn:aws:iam::000000000000:role/other";
    let trusted = implicit(Layer::Trust);
    for (principal, named, has_own, account, expected) in [
        (user(), OTHER, true, ACCOUNT, trusted),
        (user(), other_role, true, ACCOUNT, trusted),
        (user(), USER, false, ACCOUNT, Decision::Allow),
        (user(), USER_ID, false, ACCOUNT, Decision::Allow),
        (user(), ACCOUNT, false, ACCOUNT, implicit(Layer::Identity)),
        (user(), ACCOUNT, true, ACCOUNT, Decision::Allow),
        (user(), USER, false, OTHER, implicit(Layer::Identity)),
        (user(), USER, true, OTHER, Decision::Allow),
        (user(), ROOT, true, OTHER, Decision::Allow),
        (user(), OTHER, true, OTHER, trusted),
        (session_of_role(), ROLE, false, ACCOUNT, Decision::Allow),
        (session_of_role(), ROLE_ID, false, ACCOUNT, Decision::Allow),
        (
            session_of_role(),
            "AROA0000000000ANOTHER",
            true,
            ACCOUNT,
            trusted,
        ),
        (session_of_role(), SESSION, false, ACCOUNT, Decision::Allow),
        (root(), OTHER, false, ACCOUNT, trusted),
    ] {
        let trust = naming(PolicyKind::Trust, named);
        let layers = Layers {
            identity: if has_own {
                (&own).into()
            } else {
                Policies::default()
            },
            resource: Some(&trust),
            ..Layers::default()
        };
        assert_eq!(
            ask(principal, "sts:AssumeRole", account, &layers),
            expected,
            "{principal:?} {named} {account}"
        );
    }
    let empty = policy(
        r#"{"Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}}"#,
        PolicyKind::Trust,
    );
    let layers = Layers {
        identity: (&own).into(),
        resource: Some(&empty),
        ..Layers::default()
    };
    assert_eq!(ask(user(), "sts:AssumeRole", ACCOUNT, &layers), trusted);
}

/// Services and unsigned requests: resource control policies count, service control policies are of nobody's account.
#[test]
fn who_has_no_account_is_limited_by_the_resources_organization() {
    let none: [Policies<'_>; 1] = [Policies::default()];
    let open = policy(
        r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}}"#,
        PolicyKind::Resource,
    );
    for principal in [
        Principal::Service("logs.example.com"),
        Principal::Federated("accounts.google.com"),
        Principal::Anonymous,
    ] {
        let layers = Layers {
            resource: Some(&open),
            service_control: &none,
            ..Layers::default()
        };
        assert_eq!(
            ask(principal, "s3:GetObject", ACCOUNT, &layers),
            Decision::Allow
        );
        let layers = Layers {
            resource_control: &none,
            ..layers
        };
        assert_eq!(
            ask(principal, "s3:GetObject", ACCOUNT, &layers),
            implicit(Layer::ResourceControl)
        );
    }
}
