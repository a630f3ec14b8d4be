//! Policy sets decide as lists do, whatever the index leaves out.

use crate::keys::{ACCOUNT, Keys, identity, policy, user};
use anyrole_policy::{
    Decision, Layers, Policies, Policy, PolicyKind, PolicySet, Request, evaluate,
};
use std::sync::Arc;

const ACTIONS: [&str; 9] = [
    "s3:GetObject",
    "S3:getobject",
    "s3:Get*",
    "s3:*",
    "*",
    "*:*",
    "iam:GetRole",
    "iam:Get?ole",
    "s3:ListBucket",
];
const RESOURCES: [&str; 14] = [
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::a",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::a*",
    "arn:aws:s3:::a/b/*",
    "arn:aws:s3:::a/b*c",
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:s3:::a/${aws:username}/*",
    "arn:aws:s3:::a/${*}",
    "arn:aws:s3:*",
    "arn:aws:iam::*:role/app",
    "arn:aws:iam::000000000000:role/team/*",
    "arn:*:iam::000000000000:role/app",
];
const ASKED_ACTIONS: [&str; 5] = [
    "s3:GetObject",
    "s3:GETOBJECT",
    "s3:ListBucket",
    "iam:GetRole",
    "ec2:RunInstances",
];
const ASKED_RESOURCES: [&str; 12] = [
    "*",
    "arn:aws:s3:::a",
    "arn:aws:s3:::ab",
    "arn:aws:s3:::a/b",
    "arn:aws:s3:::a/b/c",
    "arn:aws:s3:::a/bc",
    "arn:aws:s3:::ann/x",
    "arn:aws:s3:::a/ann/x",
    "arn:aws:s3:::a/*",
    "arn:aws:iam::000000000000:role/app",
    "arn:aws:iam::000000000000:role/team/app",
    "no arn",
];

struct Choice(u64);

impl Choice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn some(&mut self, of: &[&str]) -> String {
        let texts: Vec<_> = (0..=self.below(3))
            .map(|_| {
                format!(
                    "\"{}\"",
                    of.get(self.below(of.len())).copied().unwrap_or("*")
                )
            })
            .collect();
        format!("[{}]", texts.join(", "))
    }

    fn statement(&mut self) -> String {
        let effect = if self.below(6) == 0 { "Deny" } else { "Allow" };
        let not_action = if self.below(12) == 0 { "Not" } else { "" };
        let not_resource = if self.below(12) == 0 { "Not" } else { "" };
        let (actions, resources) = (self.some(&ACTIONS), self.some(&RESOURCES));
        format!(
            r#"{{"Effect": "{effect}", "{not_action}Action": {actions}, "{not_resource}Resource": {resources}}}"#
        )
    }

    fn policy(&mut self) -> Arc<Policy> {
        let statements: Vec<_> = (0..=self.below(4)).map(|_| self.statement()).collect();
        identity(&format!(
            r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
            statements.join(", ")
        ))
    }
}

fn ask(action: &str, resource: &str, identity: Policies<'_>) -> Decision {
    let request = Request {
        principal: user(),
        action,
        resource,
        resource_account: ACCOUNT,
        context: &Keys(&[("aws:username", &["ann"])]),
    };
    evaluate(
        &request,
        &Layers {
            identity,
            ..Layers::default()
        },
    )
}

#[test]
fn a_set_decides_as_its_list() {
    let mut choice = Choice(7);
    let (mut allowed, mut denied, mut silent) = (0, 0, 0);
    for _ in 0..300 {
        let policies: Vec<_> = (0..choice.below(9)).map(|_| choice.policy()).collect();
        let set = PolicySet::new(policies.clone());
        for action in ASKED_ACTIONS {
            for resource in ASKED_RESOURCES {
                let by_list = ask(action, resource, (&policies).into());
                assert_eq!(
                    ask(action, resource, (&set).into()),
                    by_list,
                    "{action} {resource} {policies:#?}"
                );
                match by_list {
                    Decision::Allow => allowed += 1,
                    Decision::ExplicitDeny { .. } => denied += 1,
                    Decision::ImplicitDeny { .. } => silent += 1,
                }
            }
        }
    }
    assert!(
        allowed > 2_000 && denied > 2_000 && silent > 2_000,
        "{allowed} {denied} {silent}"
    );
}

/// A statement with more actions and resources than the index keeps pairs for.
#[test]
fn large_statements_are_found() {
    let actions: Vec<_> = (0..40).map(|n| format!("\"s3:Get{n}\"")).collect();
    let resources: Vec<_> = (0..400)
        .map(|n| format!("\"arn:aws:s3:::b{n}/*\""))
        .collect();
    let statement = |resources: &[String]| {
        format!(
            r#"{{"Effect": "Allow", "Action": [{}], "Resource": [{}]}}"#,
            actions.join(","),
            resources.join(",")
        )
    };
    for count in [1, 20, 400] {
        let few = resources.get(..count).unwrap_or_default();
        let mut statements = vec![statement(few)];
        statements.extend(
            (0..20).map(|n| {
                format!(r#"{{"Effect": "Allow", "Action": "iam:Get{n}", "Resource": "*"}}"#)
            }),
        );
        let text = format!(r#"{{"Statement": [{}]}}"#, statements.join(","));
        let set = PolicySet::new(vec![policy(&text, PolicyKind::Identity)]);
        let last = format!("arn:aws:s3:::b{}/x", count - 1);
        assert!(ask("s3:get39", &last, (&set).into()).is_allowed());
        assert!(!ask("s3:get40", &last, (&set).into()).is_allowed());
        assert!(!ask("s3:get39", "arn:aws:s3:::c/x", (&set).into()).is_allowed());
        assert!(ask("iam:Get19", "*", (&set).into()).is_allowed());
    }
}
