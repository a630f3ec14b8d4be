//! A client of IAM roles with their inline and attached policies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::client::{Answer, Client, Request, Unanswered, decode, elements, encode};
use crate::random::Random;
use crate::writer::Writer;

const NAMES: [&str; 4] = ["reader", "writer", "auditor", "builder"];
const POLICIES: [&str; 3] = ["first", "second", "third"];
const MANAGED: [&str; 2] = [
    "arn:aws:iam::aws:policy/AmazonS3FullAccess",
    "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
];

/// A role, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Role {
    /// The unique id and the time of creation, once an answer has given them.
    made: Option<(String, String)>,
    trust: String,
    inline: BTreeMap<String, String>,
    attached: BTreeSet<String>,
}

/// The last acknowledged state of each role, and the state that an unanswered call would make.
#[derive(Default)]
pub struct RoleWriter {
    acknowledged: BTreeMap<&'static str, Role>,
    in_flight: Option<(&'static str, Option<Role>)>,
}

/// A role of this name that Roles Anywhere may assume; gives its ARN.
pub fn create_role(client: &mut Client, name: &str) -> String {
    let trust = trust_policy(&mut Random::new(0));
    let answer = iam(
        client,
        "CreateRole",
        &[("RoleName", name), ("AssumeRolePolicyDocument", &trust)],
    );
    elements(&answer.unwrap().expect(200).text(), "Arn").remove(0)
}

impl RoleWriter {
    fn call(
        &mut self,
        name: &'static str,
        after: Option<Role>,
        call: (&str, &[(&str, &str)]),
        client: &mut Client,
    ) -> Result<(), Unanswered> {
        self.in_flight = Some((name, after.clone()));
        let (action, parameters) = call;
        let parameters = [&[("RoleName", name)], parameters].concat();
        let answer = iam(client, action, &parameters)?.expect(200).text();
        match after {
            Some(mut role) => {
                if action == "CreateRole" {
                    role.made = Some(made(&answer));
                }
                self.acknowledged.insert(name, role)
            }
            None => self.acknowledged.remove(name),
        };
        self.in_flight = None;
        Ok(())
    }

    fn create(
        &mut self,
        name: &'static str,
        client: &mut Client,
        random: &mut Random,
    ) -> Result<(), Unanswered> {
        let trust = trust_policy(random);
        let role = Role {
            made: None,
            trust: trust.clone(),
            inline: BTreeMap::new(),
            attached: BTreeSet::new(),
        };
        let call = ("CreateRole", &[("AssumeRolePolicyDocument", &*trust)][..]);
        self.call(name, Some(role), call, client)
    }

    fn change(
        &mut self,
        name: &'static str,
        mut role: Role,
        client: &mut Client,
        random: &mut Random,
    ) -> Result<(), Unanswered> {
        let policy = *random.pick(&POLICIES);
        let managed = *random.pick(&MANAGED);
        match random.below(8) {
            0 | 1 => {
                let document = inline_policy(random);
                role.inline.insert(policy.to_owned(), document.clone());
                let parameters = [("PolicyName", policy), ("PolicyDocument", &*document)];
                self.call(name, Some(role), ("PutRolePolicy", &parameters), client)
            }
            2 => {
                role.attached.insert(managed.to_owned());
                self.call(
                    name,
                    Some(role),
                    ("AttachRolePolicy", &[("PolicyArn", managed)]),
                    client,
                )
            }
            3 => {
                role.trust = trust_policy(random);
                let trust = role.trust.clone();
                let call = ("UpdateAssumeRolePolicy", &[("PolicyDocument", &*trust)][..]);
                self.call(name, Some(role), call, client)
            }
            _ => self.take_away(name, role, client),
        }
    }

    /// What can be taken away: a role goes when it has no policies (IAM, DeleteRole).
    fn take_away(
        &mut self,
        name: &'static str,
        mut role: Role,
        client: &mut Client,
    ) -> Result<(), Unanswered> {
        if let Some((policy, _)) = role.inline.pop_first() {
            let call = ("DeleteRolePolicy", &[("PolicyName", &*policy)][..]);
            return self.call(name, Some(role), call, client);
        }
        if let Some(arn) = role.attached.pop_first() {
            let call = ("DetachRolePolicy", &[("PolicyArn", &*arn)][..]);
            return self.call(name, Some(role), call, client);
        }
        self.call(name, None, ("DeleteRole", &[]), client)
    }
}

impl Writer for RoleWriter {
    fn step(&mut self, client: &mut Client, random: &mut Random) -> Result<(), Unanswered> {
        let name = *random.pick(&NAMES);
        match self.acknowledged.get(name).cloned() {
            None => self.create(name, client, random),
            Some(role) => self.change(name, role, client, random),
        }
    }

    fn check(&mut self, client: &mut Client) -> Option<bool> {
        let in_flight = self.in_flight.take();
        let mut done = in_flight.as_ref().map(|_| false);
        for name in NAMES {
            let found = read(client, name);
            let acknowledged = self.acknowledged.get(name).cloned();
            let mut may_be = vec![acknowledged];
            if let Some((_, after)) = in_flight.as_ref().filter(|(changed, _)| *changed == name) {
                let mut after = after.clone();
                if let (Some(after), Some(found)) = (&mut after, &found)
                    && after.made.is_none()
                {
                    after.made = found.made.clone();
                }
                may_be.push(after);
            }
            assert!(
                may_be.contains(&found),
                "{name}: found {found:?}, not one of {may_be:?}"
            );
            if may_be.first() != Some(&found) {
                done = Some(true);
            }
            match found {
                Some(role) => self.acknowledged.insert(name, role),
                None => self.acknowledged.remove(name),
            };
        }
        let listed = iam(client, "ListRoles", &[("MaxItems", "1000")])
            .unwrap()
            .expect(200)
            .text();
        let listed: BTreeSet<_> = elements(&listed, "RoleName").into_iter().collect();
        for name in NAMES {
            assert_eq!(
                listed.contains(name),
                self.acknowledged.contains_key(name),
                "{name}"
            );
        }
        done
    }
}

fn read(client: &mut Client, name: &str) -> Option<Role> {
    let role = iam(client, "GetRole", &[("RoleName", name)]).unwrap();
    if role.status == 404 {
        return None;
    }
    let role = role.expect(200).text();
    let mut list = |action: &str, element: &str| {
        let answer = iam(client, action, &[("RoleName", name)]).unwrap();
        elements(&answer.expect(200).text(), element)
    };
    let attached = list("ListAttachedRolePolicies", "PolicyArn")
        .into_iter()
        .collect();
    let names = elements(&list("ListRolePolicies", "PolicyNames").concat(), "member");
    let inline = names
        .into_iter()
        .map(|policy| {
            let parameters = [("RoleName", name), ("PolicyName", &*policy)];
            let answer = iam(client, "GetRolePolicy", &parameters)
                .unwrap()
                .expect(200)
                .text();
            (
                policy,
                decode(&elements(&answer, "PolicyDocument").remove(0)),
            )
        })
        .collect();
    Some(Role {
        made: Some(made(&role)),
        trust: decode(&elements(&role, "AssumeRolePolicyDocument").remove(0)),
        inline,
        attached,
    })
}

fn made(role: &str) -> (String, String) {
    (
        elements(role, "RoleId").remove(0),
        elements(role, "CreateDate").remove(0),
    )
}

fn trust_policy(random: &mut Random) -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": "rolesanywhere.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        "Condition": {"StringEquals": {"aws:PrincipalTag/x509Subject/OU": format!("{:x}", random.next())}},
    }]})
    .to_string()
}

fn inline_policy(random: &mut Random) -> String {
    let resource = format!("arn:aws:s3:::bucket-{:x}/*", random.next());
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}]})
        .to_string()
}

/// Calls IAM.
pub fn iam(
    client: &mut Client,
    action: &str,
    parameters: &[(&str, &str)],
) -> Result<Answer, Unanswered> {
    let mut body = format!("Action={action}&Version=2010-05-08");
    for (name, value) in parameters {
        body.push_str(&format!("&{name}={}", encode(value)));
    }
    client.send(&Request {
        service: "iam",
        method: "POST",
        path: "/",
        headers: &[("content-type", "application/x-www-form-urlencoded")],
        body: body.as_bytes(),
        ..Request::default()
    })
}
