//! What is changed on one server counts on the others: after the bound on staleness at the latest, and on a server that
//! was stopped meanwhile before it answers anything.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use super::cluster::{Ground, Way, buckets, send_signal, signal, who};

/// The default of `--max-staleness`. A request that is sent later than that after a change must not miss it.
const BOUND: Duration = Duration::from_secs(1);

#[test]
fn a_change_on_one_server_counts_on_the_others() {
    let ground = Ground::new();
    let one = ground.server().start().unwrap();
    let way = Way::open(&ground, &one);
    let other = ground.server().start().unwrap();
    let (here, there) = (one.address(), other.address());
    let session = way.session(there);
    buckets(here, &session).expect(200);
    for _ in 0..3 {
        way.app_policy(here, "DetachRolePolicy");
        sleep(BOUND);
        buckets(there, &session).expect(403);
        way.app_policy(there, "AttachRolePolicy");
        sleep(BOUND);
        buckets(here, &session).expect(200);
        way.set_anchor(there, false);
        sleep(BOUND);
        way.session_call(here).send().unwrap().expect(403);
        way.set_anchor(here, true);
        sleep(BOUND);
        way.session(there);
    }
}

/// Only its row is written: the roles that have it attached, as their boundary or by a group are as they were.
#[test]
fn a_new_default_version_of_a_managed_policy_counts_on_the_others() {
    const ARN: &str = "arn:aws:iam::000000000000:policy/listing";
    let ground = Ground::new();
    let one = ground.server().start().unwrap();
    let way = Way::open(&ground, &one);
    let other = ground.server().start().unwrap();
    let (here, there) = (one.address(), other.address());
    let session = way.session(there);
    let document = |action: &str| {
        let statement = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
        json!({"Version": "2012-10-17", "Statement": statement}).to_string()
    };
    let create = [
        ("Action", "CreatePolicy"),
        ("PolicyName", "listing"),
        ("PolicyDocument", &document("s3:ListAllMyBuckets")),
    ];
    way.iam(here, &create).expect(200);
    let new_version = [
        ("Action", "CreatePolicyVersion"),
        ("PolicyArn", ARN),
        ("PolicyDocument", &document("s3:GetObject")),
        ("SetAsDefault", "true"),
    ];
    let put_in_force = |at, version: &str| {
        let parameters = [
            ("Action", "SetDefaultPolicyVersion"),
            ("PolicyArn", ARN),
            ("VersionId", version),
        ];
        way.iam(at, &parameters).expect(200);
    };
    let as_boundary = ("PutRolePermissionsBoundary", "PermissionsBoundary");
    for (action, member) in [as_boundary, ("AttachRolePolicy", "PolicyArn")] {
        put_in_force(here, "v1");
        way.iam(
            here,
            &[("Action", action), ("RoleName", "app"), (member, ARN)],
        )
        .expect(200);
        sleep(BOUND);
        buckets(there, &session).expect(200);
        way.iam(here, &new_version).expect(200);
        sleep(BOUND);
        buckets(there, &session).expect(403);
        put_in_force(there, "v1");
        sleep(BOUND);
        buckets(here, &session).expect(200);
        put_in_force(here, "v2");
        sleep(BOUND);
        buckets(there, &session).expect(403);
        if action == as_boundary.0 {
            way.iam(
                here,
                &[
                    ("Action", "DeleteRolePermissionsBoundary"),
                    ("RoleName", "app"),
                ],
            )
            .expect(200);
            way.app_policy(here, "DetachRolePolicy");
        }
    }
}

#[test]
fn a_server_that_was_stopped_answers_nothing_from_before() {
    let ground = Ground::new();
    let one = ground.server().start().unwrap();
    let way = Way::open(&ground, &one);
    let other = ground.server().start().unwrap();
    let (here, there) = (one.address(), other.address());
    let session = way.session(there);
    for _ in 0..4 {
        signal(&other, "STOP");
        way.app_policy(here, "DetachRolePolicy");
        way.set_anchor(here, false);
        // They wait in the stopped server's socket.
        let asked: Vec<_> = (0..20)
            .map(|_| way.session_call(there).begin().unwrap())
            .collect();
        sleep(BOUND);
        signal(&other, "CONT");
        for sent in asked {
            sent.answer().unwrap().expect(403);
        }
        buckets(there, &session).expect(403);
        who(there, &session).unwrap().expect(200);
        way.app_policy(here, "AttachRolePolicy");
        way.set_anchor(here, true);
        sleep(BOUND);
        way.session(there);
    }
}

/// Its time has run out when the server goes on, and the database seems to be away: what was known before must not count for that.
#[test]
fn a_server_that_was_stopped_while_it_read_reads_again() {
    let ground = Ground::new();
    let one = ground.server().start().unwrap();
    let way = Way::open(&ground, &one);
    let others = connections(&ground);
    let other = ground.server().start().unwrap();
    let (here, there) = (one.address(), other.address());
    let session = way.session(there);
    buckets(there, &session).expect(200);
    let mut own = connections(&ground);
    own.retain(|id| !others.contains(id));
    assert!(!own.is_empty());
    own.iter().for_each(|id| send_signal(id, "STOP"));
    // The next read waits for an answer by then.
    sleep(BOUND / 2);
    signal(&other, "STOP");
    way.app_policy(here, "DetachRolePolicy");
    way.set_anchor(here, false);
    // Longer than the database is given.
    sleep(3 * BOUND);
    signal(&other, "CONT");
    buckets(there, &session).expect(403);
    way.session_call(there).send().unwrap().expect(403);
    own.iter().for_each(|id| send_signal(id, "CONT"));
}

/// The processes that serve connections of our servers.
fn connections(ground: &Ground) -> Vec<String> {
    let ids = ground.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'anyrole'");
    ids.lines().map(str::to_owned).collect()
}
