//! Deciding allocates nothing: variables, wildcards, every operator and every layer included.

use crate::keys::{ACCOUNT, Keys, ROLE, identity, policy, session_of_role};
use anyrole_policy::{Layers, Policies, PolicyKind, PolicySet, Request, evaluate};
use serde_json::Value;

const CASES: &str = include_str!("../../../../testdata/policy/conditions.json");

/// Every condition of the table, under one statement of its own, in a list and in a set.
fn all_conditions(cases: &[Value]) -> Vec<String> {
    cases
        .iter()
        .map(|case| {
            format!(
                r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "s3:Get*Object",
                    "Resource": ["arn:aws:s3:::reports/${{aws:username}}/*", "arn:aws:s3:::*/${{aws:username, 'x'}}?*"],
                    "Condition": {}}}}}"#,
                case["condition"]
            )
        })
        .collect()
}

#[test]
fn no_allocation_in_a_decision() {
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    let policies: Vec<_> = all_conditions(&cases)
        .iter()
        .map(|text| identity(text))
        .collect();
    let set = PolicySet::new(policies.clone());
    let resource = policy(
        &format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Deny", "NotPrincipal": {{"AWS": ["{ROLE}", "{ACCOUNT}"]}},
                "Action": "s3:Put*", "Resource": "arn:aws:s3:::reports/*"}},
              {{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::reports/${{aws:userid}}/*"}}]}}"#
        ),
        PolicyKind::Resource,
    );
    let control = identity(r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#);
    let control = [control];
    let levels = [Policies::from(&control), Policies::from(&control)];
    let keys = Keys(&[
        ("aws:username", &["ann"]),
        ("aws:principaltag/team", &["red"]),
        ("aws:tagkeys", &["a", "b"]),
        ("aws:sourceip", &["203.0.113.7"]),
        ("aws:securetransport", &["true"]),
        ("aws:currenttime", &["2030-01-31T23:59:59Z"]),
        ("aws:epochtime", &["1893456000"]),
        (
            "aws:sourcearn",
            &["arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/a"],
        ),
        ("s3:max-keys", &["100"]),
        ("k:k", &["QUJD"]),
    ]);
    for resource_arn in [
        "arn:aws:s3:::reports/ann/2030.txt",
        "arn:aws:s3:::other/ann/2030.txt",
        "arn:aws:s3:::reports/éclair/*",
    ] {
        let request = Request {
            principal: session_of_role(),
            action: "s3:getobject",
            resource: resource_arn,
            resource_account: ACCOUNT,
            context: &keys,
        };
        for identity in [Policies::from(&set), Policies::from(&policies)] {
            let layers = Layers {
                identity,
                boundary: policies.first().map(|policy| &**policy),
                session: Some(identity),
                resource: Some(&resource),
                service_control: &levels,
                resource_control: &levels,
            };
            let mut decision = None;
            let counted = allocation_counter::measure(|| {
                decision = Some(evaluate(&request, &layers));
            });
            assert_eq!(counted.count_total, 0, "{resource_arn} {decision:?}");
            assert!(decision.is_some());
        }
    }
    let counted = allocation_counter::measure(|| drop(std::hint::black_box(vec![1_u8])));
    assert_eq!(counted.count_total, 1, "the counter counts");
}
