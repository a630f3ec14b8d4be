//! A context from a list, and the requests that the tables ask with.

use anyrole_policy::{
    AwsPrincipal, Context, ContextValue, Decision, Layers, Policy, PolicyKind, Principal, Request,
    evaluate,
};
use std::sync::Arc;

pub const ACCOUNT: &str = "000000000000";
pub const ROLE: &str = "arn:aws:iam::000000000000:role/team/app";
pub const SESSION: &str = "arn:aws:sts::000000000000:assumed-role/app/host1";
pub const USER: &str = "arn:aws:iam::000000000000:user/ann";
pub const ROLE_ID: &str = "AROA0000000000EXAMPLE";
pub const USER_ID: &str = "AIDA0000000000EXAMPLE";
pub const OBJECT: &str = "arn:aws:s3:::reports/2030/a.txt";

/// Keys with their values; a key without values is there and empty.
pub struct Keys<'a>(pub &'a [(&'a str, &'a [&'a str])]);

impl Context for Keys<'_> {
    fn value(&self, key: &str) -> Option<ContextValue<'_>> {
        let (_, values) = self.0.iter().find(|(name, _)| *name == key)?;
        Some(match values {
            [one] if key != "aws:tagkeys" => ContextValue::One(one),
            many => ContextValue::Many(many),
        })
    }
}

pub fn session_of_role() -> Principal<'static> {
    Principal::Aws(AwsPrincipal::role_session(ACCOUNT, ROLE, ROLE_ID, SESSION))
}

pub fn user() -> Principal<'static> {
    Principal::Aws(AwsPrincipal::user(ACCOUNT, USER, USER_ID))
}

pub fn policy(text: &str, kind: PolicyKind) -> Arc<Policy> {
    match Policy::parse(text, kind) {
        Ok(policy) => Arc::new(policy),
        Err(error) => panic!("{error}\n{text}"),
    }
}

pub fn identity(text: &str) -> Arc<Policy> {
    policy(text, PolicyKind::Identity)
}

/// One statement, of version 2012-10-17.
pub fn statement(inside: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": {{{inside}}}}}"#)
}

/// What a user's only identity policy says.
pub fn decide(policy: &Arc<Policy>, action: &str, resource: &str, keys: &dyn Context) -> Decision {
    let request = Request {
        principal: user(),
        action,
        resource,
        resource_account: ACCOUNT,
        context: keys,
    };
    let layers = Layers {
        identity: std::slice::from_ref(policy).into(),
        ..Layers::default()
    };
    evaluate(&request, &layers)
}
