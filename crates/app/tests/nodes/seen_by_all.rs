//! What is changed on one server counts on the others: after the bound on staleness at the latest, and on a server that
//! was stopped meanwhile before it answers anything.

use std::thread::sleep;
use std::time::Duration;

use super::cluster::{Ground, Way, buckets, signal, who};

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
