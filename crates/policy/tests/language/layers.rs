//! The order of layers, and principals of resource policies.

use crate::keys::{
    ACCOUNT, Keys, OBJECT, ROLE, SESSION, USER, identity, policy, session_of_role, statement, user,
};
use anyrole_policy::{
    Decision, Layer, Layers, Policies, Policy, PolicyKind, Principal, Request, evaluate,
};
use std::sync::Arc;

const ALLOW: &str = r#""Effect": "Allow", "Action": "s3:Get*", "Resource": "*""#;
const DENY: &str = r#""Effect": "Deny", "Action": "s3:Get*", "Resource": "*""#;
const OTHER: &str = r#""Effect": "Allow", "Action": "s3:Put*", "Resource": "*""#;

fn one(inside: &str) -> Vec<Arc<Policy>> {
    vec![identity(&statement(inside))]
}

fn ask(principal: Principal<'_>, layers: &Layers<'_>) -> Decision {
    let keys = Keys(&[("aws:principalarn", &[ROLE])]);
    let request = Request {
        principal,
        action: "s3:GetObject",
        resource: OBJECT,
        resource_account: ACCOUNT,
        context: &keys,
    };
    evaluate(&request, layers)
}

#[test]
fn each_layer_must_allow_and_none_deny() {
    let implicit = |layer| Decision::ImplicitDeny { layer };
    let explicit = |layer| Decision::ExplicitDeny { layer };
    for (own, boundary, session, expected) in [
        (Some(ALLOW), None, None, Decision::Allow),
        (None, None, None, implicit(Layer::Identity)),
        (Some(OTHER), None, None, implicit(Layer::Identity)),
        (Some(ALLOW), Some(ALLOW), Some(ALLOW), Decision::Allow),
        (
            Some(ALLOW),
            Some(OTHER),
            Some(ALLOW),
            implicit(Layer::Boundary),
        ),
        (Some(ALLOW), None, Some(OTHER), implicit(Layer::Session)),
        (
            Some(OTHER),
            Some(ALLOW),
            Some(ALLOW),
            implicit(Layer::Identity),
        ),
        (
            Some(DENY),
            Some(ALLOW),
            Some(ALLOW),
            explicit(Layer::Identity),
        ),
        (
            Some(ALLOW),
            Some(DENY),
            Some(ALLOW),
            explicit(Layer::Boundary),
        ),
        (Some(ALLOW), None, Some(DENY), explicit(Layer::Session)),
        (None, None, Some(DENY), explicit(Layer::Session)),
    ] {
        let identity = own.map(one).unwrap_or_default();
        let boundary = boundary.map(one).unwrap_or_default();
        let session = session.map(one);
        let layers = Layers {
            identity: (&identity).into(),
            boundary: boundary.first().map(|policy| &**policy),
            session: session.as_ref().map(Policies::from),
            ..Layers::default()
        };
        assert_eq!(
            ask(session_of_role(), &layers),
            expected,
            "{own:?} {boundary:?} {session:?}"
        );
    }
}

#[test]
fn session_policies_are_a_union_and_none_of_them_is_nothing() {
    let own = one(ALLOW);
    let union = [one(OTHER), one(ALLOW)].concat();
    let mut layers = Layers {
        identity: (&own).into(),
        session: Some((&union).into()),
        ..Layers::default()
    };
    assert_eq!(ask(session_of_role(), &layers), Decision::Allow);
    layers.session = Some(Policies::default());
    assert_eq!(
        ask(session_of_role(), &layers),
        Decision::ImplicitDeny {
            layer: Layer::Session
        }
    );
}

/// How far an Allow in the resource's policy reaches: beside nothing, beside identity policies, beside a session
/// policy that doesn't allow, and beside both.
#[test]
fn reach_of_the_resource_policy() {
    let aws = |arn: &str| format!(r#""Principal": {{"AWS": "{arn}"}}"#);
    let by_arn = format!(
        r#""Principal": "*", "Condition": {{"ArnEquals": {{"aws:PrincipalArn": "{ROLE}"}}}}"#
    );
    let by_other = r#""Principal": "*", "Condition": {"ArnNotEquals": {"aws:PrincipalArn": "*"}}"#;
    for (principal, element, expected) in [
        (session_of_role(), aws(SESSION), [true, true, true, true]),
        (session_of_role(), by_arn, [true, true, true, true]),
        (session_of_role(), aws(ROLE), [true, true, false, false]),
        (session_of_role(), aws("*"), [true, true, false, false]),
        (
            session_of_role(),
            r#""Principal": "*""#.to_owned(),
            [true, true, false, false],
        ),
        (session_of_role(), aws(ACCOUNT), [false, true, false, false]),
        (
            session_of_role(),
            aws("111111111111"),
            [false, true, false, false],
        ),
        (
            session_of_role(),
            by_other.to_owned(),
            [false, true, false, false],
        ),
        (user(), aws(USER), [true, true, true, true]),
        (user(), aws(ROLE), [false, true, false, false]),
    ] {
        let resource = policy(
            &statement(&format!("{ALLOW}, {element}")),
            PolicyKind::Resource,
        );
        let (own, limit) = (one(ALLOW), one(OTHER));
        for (index, (has_own, has_limit)) in
            [(false, false), (true, false), (false, true), (true, true)]
                .iter()
                .enumerate()
        {
            let layers = Layers {
                identity: if *has_own {
                    (&own).into()
                } else {
                    Policies::default()
                },
                session: has_limit.then(|| (&limit).into()),
                resource: Some(&resource),
                ..Layers::default()
            };
            let allowed = ask(principal, &layers).is_allowed();
            assert_eq!(
                Some(&allowed),
                expected.get(index),
                "{element} {principal:?} {has_own} {has_limit}"
            );
        }
    }
}

#[test]
fn a_deny_of_the_resource_is_final() {
    let own = one(ALLOW);
    for element in [
        r#""Principal": "*""#,
        r#""Principal": {"AWS": "000000000000"}"#,
        r#""NotPrincipal": {"Service": "x.y"}"#,
    ] {
        let resource = policy(
            &statement(&format!("{DENY}, {element}")),
            PolicyKind::Resource,
        );
        let layers = Layers {
            identity: (&own).into(),
            resource: Some(&resource),
            ..Layers::default()
        };
        assert_eq!(
            ask(user(), &layers),
            Decision::ExplicitDeny {
                layer: Layer::Resource
            },
            "{element}"
        );
    }
}

#[test]
fn services_and_unsigned_requests_have_the_resource_policy_alone() {
    let own = one(ALLOW);
    let service = Principal::Service("logs.example.com");
    for (principal, element, expected) in [
        (
            service,
            r#""Principal": {"Service": "logs.example.com"}"#,
            true,
        ),
        (service, r#""Principal": "*""#, true),
        (service, r#""Principal": {"AWS": "*"}"#, false),
        (
            service,
            r#""Principal": {"Service": "other.example.com"}"#,
            false,
        ),
        (Principal::Anonymous, r#""Principal": "*""#, true),
        (Principal::Anonymous, r#""Principal": {"AWS": "*"}"#, true),
        (
            Principal::Anonymous,
            r#""Principal": {"AWS": "000000000000"}"#,
            false,
        ),
    ] {
        let resource = policy(
            &statement(&format!("{ALLOW}, {element}")),
            PolicyKind::Resource,
        );
        let layers = Layers {
            identity: (&own).into(),
            resource: Some(&resource),
            ..Layers::default()
        };
        assert_eq!(
            ask(principal, &layers).is_allowed(),
            expected,
            "{element} {principal:?}"
        );
    }
    let layers = Layers {
        identity: (&own).into(),
        ..Layers::default()
    };
    assert_eq!(
        ask(service, &layers),
        Decision::ImplicitDeny {
            layer: Layer::Resource
        }
    );
}

/// `{"AWS": "*"}` and services: an Allow doesn't include them, a Deny does.
#[test]
fn any_aws_principal_denies_services_too() {
    let resource = policy(
        &statement(&format!(r#"{DENY}, "Principal": {{"AWS": "*"}}"#)),
        PolicyKind::Resource,
    );
    let layers = Layers {
        resource: Some(&resource),
        ..Layers::default()
    };
    let decision = ask(Principal::Service("logs.example.com"), &layers);
    assert_eq!(
        decision,
        Decision::ExplicitDeny {
            layer: Layer::Resource
        }
    );
}

/// A policy without principals in a place where it needs them is a mistake of the caller; nobody gains by it.
#[test]
fn a_policy_of_another_kind_fails_closed() {
    let (allow, deny) = (identity(&statement(ALLOW)), identity(&statement(DENY)));
    let with = |resource| Layers {
        resource: Some(resource),
        ..Layers::default()
    };
    assert_eq!(
        ask(user(), &with(&allow)),
        Decision::ImplicitDeny {
            layer: Layer::Identity
        }
    );
    assert_eq!(
        ask(user(), &with(&deny)),
        Decision::ExplicitDeny {
            layer: Layer::Resource
        }
    );
}

/// Named at each step it would be spared; with a permissions boundary it isn't.
#[test]
fn a_boundary_is_never_spared() {
    let element = format!(r#""NotPrincipal": {{"AWS": ["{USER}", "{ACCOUNT}"]}}"#);
    let resource = policy(
        &statement(&format!("{DENY}, {element}")),
        PolicyKind::Resource,
    );
    let own = one(ALLOW);
    let boundary = identity(&statement(ALLOW));
    let layers = Layers {
        identity: (&own).into(),
        resource: Some(&resource),
        ..Layers::default()
    };
    assert_eq!(ask(user(), &layers), Decision::Allow);
    let layers = Layers {
        boundary: Some(&boundary),
        ..layers
    };
    assert_eq!(
        ask(user(), &layers),
        Decision::ExplicitDeny {
            layer: Layer::Resource
        }
    );
}
