//! Who gets in: root, users and sessions of roles, with what the API takes; nobody else, and nobody who tries too often.

use anyrole_domain::identities::put_inline_policy;
use anyrole_domain::roles::Role;
use jiff::SignedDuration;

use super::browser::{Browser, HOME, SIGN_IN, location, token};
use super::user;
use crate::session_end::credentials;
use crate::site::{Answer, Bench};

const LIST_PROFILES: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"rolesanywhere:ListProfiles","Resource":"*"}}"#;

#[tokio::test]
async fn root_users_and_role_sessions_sign_in() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    let (anchor, profile) = (bench.anchor().await, bench.profile(&[&role]).await);
    put_inline_policy::<Role>(
        &bench.site,
        &bench.root(),
        "app",
        "p",
        LIST_PROFILES.to_owned(),
    )
    .await
    .unwrap();
    let session = credentials(&bench.create_session(&bench.leaf(), &anchor, &profile).await);
    let (_, id, secret) = user(&bench, "ann", Some(LIST_PROFILES)).await;
    let root = bench.root_credentials();
    // Pasted with what stands around them.
    let pasted = format!(" {}\r\n", root.secret_access_key);
    for (id, secret, session_token, who) in [
        (
            &root.access_key_id,
            &root.secret_access_key,
            "",
            "Root user",
        ),
        (&root.access_key_id, &pasted, " ", "Root user"),
        (&id, &secret, "", "ann"),
        (
            &session.access_key_id,
            &session.secret_access_key,
            session.session_token.as_str(),
            "app/",
        ),
    ] {
        let browser = Browser::new(&bench);
        let answer = browser.sign_in(id, secret, session_token).await;
        assert_eq!(location(&answer), HOME);
        assert_eq!(answer.record["event"], "console:SignIn");
        assert_eq!(answer.record["outcome"], "granted");
        assert_eq!(answer.record["access_key_id"], id.as_str());
        let home = browser.get(HOME).await;
        assert_eq!(home.status, 200, "{}", home.body);
        assert!(home.body.contains(who), "{who}: {}", home.body);
        let cookie = browser.cookie("anyrole-console").unwrap();
        for secret in [secret.trim(), id, session_token] {
            assert!(secret.len() < 5 || !cookie.contains(secret));
        }
    }
}

fn is_refused(answer: &Answer, reason: &str, detail: &str) {
    assert_eq!(answer.status, 403, "{}", answer.body);
    assert!(!answer.headers.contains_key("location"));
    let record = &answer.record;
    assert_eq!(record["event"], "console:SignIn", "{record}");
    assert_eq!(record["outcome"], "refused");
    assert_eq!(
        (answer.reason(), record["detail"].as_str().unwrap_or("")),
        (reason, detail)
    );
}

#[tokio::test]
async fn nobody_learns_which_value_was_wrong() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    let (anchor, profile) = (bench.anchor().await, bench.profile(&[&role]).await);
    let session = credentials(&bench.create_session(&bench.leaf(), &anchor, &profile).await);
    let root = bench.root_credentials();
    let wrong = "A".repeat(40);
    let short = root.secret_access_key.split_at(39).0;
    let altered = format!("{}AAAA", session.session_token);
    let (key, secret) = (&root.access_key_id, &root.secret_access_key);
    let (temporary, of_it) = (&session.access_key_id, &session.secret_access_key);
    let mut texts = Vec::new();
    for (id, secret, session_token, detail) in [
        (key.as_str(), wrong.as_str(), "", "wrong-secret"),
        (key, short, "", "wrong-secret"),
        (key, "", "", "wrong-secret"),
        ("AKIAAAAAAAAAAAAAAAAA", secret, "", "unknown-access-key"),
        ("", secret, "", "unknown-access-key"),
        (secret, secret, "", "unknown-access-key"),
        (
            key,
            secret,
            session.session_token.as_str(),
            "invalid-session-token",
        ),
        (temporary, of_it, "", "missing-session-token"),
        (temporary, of_it, &altered, "invalid-session-token"),
    ] {
        let browser = Browser::new(&bench);
        *bench.ip.lock() = Some([10, 0, 0, u8::try_from(texts.len()).unwrap()].into());
        let answer = browser.sign_in(id, secret, session_token).await;
        is_refused(&answer, "console-credentials-wrong", detail);
        assert!(browser.cookie("anyrole-console").is_none());
        let hint = "These are no credentials that open this console.";
        assert!(answer.body.contains(hint));
        // Neither page nor record shows a secret that was typed.
        for text in [&answer.body, &answer.record.to_string()] {
            assert!(secret.is_empty() || !text.contains(secret), "{text}");
        }
        // But for what was typed and the token the pages are the same.
        let page = answer.body.replace(&token(&answer), "").replace(id, "");
        texts.push(page.replace("value=\"\"", ""));
    }
    assert!(texts.iter().all(|text| *text == texts[0]));
    // Who has shown secret and token learns that their time is over.
    bench.wait(SignedDuration::from_secs(900));
    let browser = Browser::new(&bench);
    let answer = browser
        .sign_in(temporary, of_it, &session.session_token)
        .await;
    is_refused(&answer, "console-credentials-expired", "");
    let answer = browser
        .sign_in(temporary, &wrong, &session.session_token)
        .await;
    is_refused(&answer, "console-credentials-wrong", "wrong-secret");
}

#[tokio::test]
async fn an_address_tries_ten_times() {
    let bench = Bench::new().await;
    let root = bench.root_credentials();
    let browser = Browser::new(&bench);
    *bench.ip.lock() = Some([10, 0, 0, 1].into());
    for _ in 0..10 {
        let answer = browser.sign_in(&root.access_key_id, "wrong", "").await;
        is_refused(&answer, "console-credentials-wrong", "wrong-secret");
    }
    // Even the right secret has to wait.
    let answer = browser
        .sign_in(&root.access_key_id, &root.secret_access_key, "")
        .await;
    assert_eq!(answer.status, 429, "{}", answer.body);
    assert_eq!(answer.headers["retry-after"], "30");
    assert_eq!(answer.record["event"], "console:SignIn");
    assert_eq!(answer.reason(), "console-sign-in-rate");
    *bench.ip.lock() = Some([10, 0, 0, 2].into());
    browser
        .must_sign_in(&root.access_key_id, &root.secret_access_key, "")
        .await;
    *bench.ip.lock() = Some([10, 0, 0, 1].into());
    bench.wait(SignedDuration::from_secs(30));
    browser
        .must_sign_in(&root.access_key_id, &root.secret_access_key, "")
        .await;
}

#[tokio::test]
async fn an_access_key_is_tried_sixty_times_from_everywhere() {
    let bench = Bench::new().await;
    let root = bench.root_credentials();
    let browser = Browser::new(&bench);
    for number in 0..60 {
        *bench.ip.lock() = Some([10, 0, 1, number].into());
        let answer = browser.sign_in(&root.access_key_id, "wrong", "").await;
        is_refused(&answer, "console-credentials-wrong", "wrong-secret");
    }
    *bench.ip.lock() = Some([10, 0, 2, 1].into());
    let answer = browser.sign_in(&root.access_key_id, "wrong", "").await;
    assert_eq!(
        (answer.status, answer.reason()),
        (429, "console-sign-in-rate")
    );
    let (_, id, secret) = user(&bench, "ann", None).await;
    browser.must_sign_in(&id, &secret, "").await;
}

#[tokio::test]
async fn one_returns_to_the_page_that_one_came_for() {
    let bench = Bench::new().await;
    let browser = Browser::new(&bench);
    let answer = browser.get("/-/console/profiles?after=x").await;
    let target = location(&answer).to_owned();
    assert_eq!(
        target,
        "/-/console/sign-in?because=new&next=%2F%2D%2Fconsole%2Fprofiles%3Fafter%3Dx"
    );
    // Nobody who has not signed in writes into the trail.
    assert!(answer.record.is_null());
    for (next, expected) in [
        ("/-/console/profiles?after=x", "/-/console/profiles?after=x"),
        ("https://evil.example/", HOME),
        ("//evil.example/", HOME),
        ("/-/console/../../bucket", HOME),
    ] {
        let page = browser.get(&target).await;
        let (id, secret) = &bench.root_key;
        let fields = [
            ("form-token", token(&page)),
            ("access-key-id", id.clone()),
            ("secret-access-key", secret.clone()),
            ("next", next.to_owned()),
        ];
        let answer = browser.post(SIGN_IN, &fields).await;
        assert_eq!(location(&answer), expected);
    }
}
