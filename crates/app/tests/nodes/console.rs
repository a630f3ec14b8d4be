//! The console on several servers: who has signed in on one is in on the others; who has signed out on one is out on all; a form that
//! was sent to one is sent.

use std::net::SocketAddr;

use super::call::{Answer, Call, Key};
use super::cluster::{Ground, anyone};

const HOME: &str = "/-/console/";

/// A browser's cookies.
struct Browser(String);

impl Browser {
    fn get(&self, at: SocketAddr, below: &str) -> Answer {
        let call = Call::new(at, "GET", &format!("{HOME}{below}"));
        call.header("cookie", &self.0).send().unwrap()
    }

    fn post(&self, at: SocketAddr, below: &str, fields: &[(&str, &str)]) -> Answer {
        let call = Call::form(at, &format!("{HOME}{below}"), fields);
        call.header("cookie", &self.0).send().unwrap()
    }

    /// Takes the form from one server and sends it to another.
    fn sign_in(form_of: SocketAddr, at: SocketAddr, key: &Key) -> Self {
        let page = Self(String::new()).get(form_of, "sign-in").expect(200);
        let fields = [
            ("form-token", token(&page)),
            ("access-key-id", &key.id),
            ("secret-access-key", &key.secret),
        ];
        let answer = Self(cookie(&page)).post(at, "sign-in", &fields).expect(303);
        assert_eq!(answer.header("location"), [HOME]);
        Self(cookie(&answer))
    }

    fn is_in(&self, at: SocketAddr) -> bool {
        let answer = self.get(at, "");
        if answer.status == 200 {
            return true;
        }
        let to = answer.expect(303).header("location")[0].to_owned();
        assert!(to.starts_with("/-/console/sign-in?because=ended"), "{to}");
        false
    }
}

/// The first cookie that an answer sets.
fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie")[0];
    set.split(';').next().unwrap().to_owned()
}

/// The token of a page's forms.
fn token(page: &Answer) -> &str {
    let (_, after) = page
        .text
        .split_once("name=\"form-token\" value=\"")
        .unwrap();
    after.split('"').next().unwrap()
}

#[test]
fn a_sign_out_and_a_sent_form_count_on_every_server_at_once() {
    let ground = Ground::new();
    let one = ground.server().start().unwrap();
    let other = ground.server().start().unwrap();
    let (here, there) = (one.address(), other.address());
    let root = Key::root(&one.root_credentials());
    let browser = Browser::sign_in(there, here, &root);
    let again = Browser::sign_in(here, there, &root);
    for at in [here, there] {
        assert!(browser.is_in(at) && again.is_in(at));
    }

    let page = browser.get(here, "roles/~new").expect(200);
    let trust = anyone().to_string();
    let send = |at, name| {
        let token = ("form-token", token(&page));
        let role = [
            token,
            ("name", name),
            ("trust-policy", &trust),
            ("do", "save"),
        ];
        browser.post(at, "roles/~new", &role)
    };
    let to = send(here, "first").expect(303).header("location")[0].to_owned();
    assert!(to.starts_with("/-/console/roles/first"), "{to}");
    for at in [there, here] {
        let refused = send(at, "second").expect(403);
        assert!(refused.text.contains("A form is good once"));
        browser.get(at, "roles/second").expect(404);
    }

    let page = browser.get(there, "").expect(200);
    let out = browser.post(here, "sign-out", &[("form-token", token(&page))]);
    assert!(out.expect(303).header("location")[0].ends_with("because=signed-out"));
    for at in [there, here] {
        assert!(!browser.is_in(at), "{at} still lets in who has signed out");
        assert!(
            again.is_in(at),
            "another session of the same person has ended"
        );
    }
    // What was opened before is no way in, either.
    let token = token(&page);
    let late = browser.post(
        there,
        "roles/~new",
        &[("form-token", token), ("name", "third")],
    );
    assert!(late.expect(303).header("location")[0].contains("because=ended"));
}
