//! How long one stays in: the cookie and what is in it, and what puts one out at once.

use anyrole_domain::access_keys::{delete_access_key, update_access_key};
use anyrole_domain::identities::delete_inline_policy;
use anyrole_domain::ports::MessagePurpose;
use anyrole_domain::users::User;
use anyrole_frontends::TlsVersion;
use jiff::SignedDuration;
use serde_json::Value;

use super::browser::{Browser, HOME, SIGN_OUT, location};
use super::user;
use crate::session_end::credentials;
use crate::site::Bench;

const COOKIE: &str = "anyrole-console";
const NOTHING: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
const TLS_COOKIE: &str = "__Host-anyrole-console";

fn set_cookies(answer: &crate::site::Answer) -> Vec<String> {
    let cookies = answer.headers.get_all("set-cookie").iter();
    cookies
        .map(|cookie| cookie.to_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_cookie_is_for_this_server_alone() {
    let bench = Bench::new().await;
    let (id, secret) = bench.root_key.clone();
    for (tls, name, scope) in [
        (
            None,
            COOKIE,
            "; Path=/-/console/; HttpOnly; SameSite=Strict",
        ),
        (
            Some(TlsVersion::V1_3),
            TLS_COOKIE,
            "; Path=/; Secure; HttpOnly; SameSite=Strict",
        ),
    ] {
        *bench.tls.lock() = tls;
        let browser = Browser::new(&bench);
        let answer = browser.sign_in(&id, &secret, "").await;
        assert_eq!(location(&answer), HOME);
        let cookies = set_cookies(&answer);
        assert_eq!(cookies.len(), 2, "{cookies:?}");
        let value = browser.cookie(name).unwrap();
        assert_eq!(cookies[0], format!("{name}={value}{scope}; Max-Age=1800"));
        // What tied the form to the browser is forgotten.
        assert_eq!(cookies[1], format!("{name}-sign-in={scope}; Max-Age=0"));
        assert!(browser.is_in().await);
    }
}

/// Behind a proxy that ends TLS, at the address that the setting names.
#[tokio::test]
async fn the_cookie_is_secure_behind_a_proxy() {
    let now = Bench::new().await.now();
    let bench = Bench::with(now, |site| {
        site.with_public_url("https://localhost:9910".to_owned())
    })
    .await;
    let (id, secret) = &bench.root_key;
    let browser = Browser::new(&bench);
    let answer = browser.get(super::browser::SIGN_IN).await;
    let cookies = set_cookies(&answer);
    let start = "__Host-anyrole-console-sign-in=";
    assert!(cookies[0].starts_with(start) && cookies[0].contains("; Secure"));
    // The bench's browser sends Secure cookies over TLS alone, as the proxy's readers do.
    *bench.tls.lock() = Some(TlsVersion::V1_3);
    browser.must_sign_in(id, secret, "").await;
}

#[tokio::test]
async fn a_session_ends_when_nothing_is_asked_and_after_twelve_hours() {
    let bench = Bench::new().await;
    let browser = Browser::of_root(&bench).await;
    let first = browser.cookie(COOKIE).unwrap();
    bench.wait(SignedDuration::from_secs(59));
    assert!(browser.is_in().await);
    assert_eq!(browser.cookie(COOKIE).unwrap(), first);
    // What the script asks for by itself keeps nobody signed in.
    bench.wait(SignedDuration::from_mins(10));
    let script = browser.copy();
    script
        .headers
        .lock()
        .push(("sec-fetch-mode", "cors".to_owned()));
    assert_eq!(script.get(HOME).await.status, 200);
    assert_eq!(script.cookie(COOKIE).unwrap(), first);
    bench.wait(SignedDuration::from_mins(19));
    assert!(browser.is_in().await);
    assert_ne!(browser.cookie(COOKIE).unwrap(), first);
    // The first cookie has ended, whoever still has it.
    bench.wait(SignedDuration::from_mins(1));
    script.set_cookie(COOKIE, &first);
    let answer = script.get(HOME).await;
    assert_eq!(answer.status, 403, "{}", answer.body);
    assert!(
        answer.body.contains("Nobody is signed in."),
        "{}",
        answer.body
    );
    script.headers.lock().clear();
    assert!(!script.is_in().await);
    assert!(browser.is_in().await);
    for _ in 0..23 {
        bench.wait(SignedDuration::from_mins(29));
        assert!(browser.is_in().await);
    }
    // 11 hours 37 minutes so far.
    bench.wait(SignedDuration::from_mins(22));
    assert!(browser.is_in().await);
    bench.wait(SignedDuration::from_mins(1));
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn a_session_of_a_role_ends_with_its_credentials() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    let (anchor, profile) = (bench.anchor().await, bench.profile(&[&role]).await);
    let session = credentials(&bench.create_session(&bench.leaf(), &anchor, &profile).await);
    let browser = Browser::new(&bench);
    browser
        .must_sign_in(
            &session.access_key_id,
            &session.secret_access_key,
            &session.session_token,
        )
        .await;
    let kept = browser.cookie(COOKIE).unwrap();
    bench.wait(SignedDuration::from_secs(899));
    browser.set_cookie(COOKIE, &kept);
    assert!(browser.is_in().await);
    bench.wait(SignedDuration::from_secs(1));
    browser.set_cookie(COOKIE, &kept);
    assert!(!browser.is_in().await);
}

/// A key that is taken away, or a user, is out with the next request.
#[tokio::test]
async fn who_is_taken_away_is_out_at_once() {
    let bench = Bench::new().await;
    let (site, root) = (&bench.site, bench.root());
    let mut browsers = Vec::new();
    for name in ["ann", "bob", "cyd"] {
        let (_, id, secret) = user(&bench, name, Some(NOTHING)).await;
        let browser = Browser::new(&bench);
        browser.must_sign_in(&id, &secret, "").await;
        assert!(browser.is_in().await);
        browsers.push((name, id, browser));
    }
    let [
        (ann, of_ann, anns),
        (bob, of_bob, bobs),
        (cyd, of_cyd, cyds),
    ] = &browsers[..]
    else {
        unreachable!("three");
    };
    update_access_key(site, &root, Some(ann), of_ann, false)
        .await
        .unwrap();
    assert!(!anns.is_in().await);
    assert!(bobs.is_in().await && cyds.is_in().await);
    update_access_key(site, &root, Some(ann), of_ann, true)
        .await
        .unwrap();
    assert!(anns.is_in().await);
    delete_access_key(site, &root, Some(bob), of_bob)
        .await
        .unwrap();
    assert!(!bobs.is_in().await);
    delete_access_key(site, &root, Some(cyd), of_cyd)
        .await
        .unwrap();
    delete_inline_policy::<User>(site, &root, cyd, "policy")
        .await
        .unwrap();
    anyrole_domain::users::delete_user(site, &root, cyd)
        .await
        .unwrap();
    assert!(!cyds.is_in().await);
}

#[tokio::test]
async fn cookies_that_nobody_made_are_refused() {
    let bench = Bench::new().await;
    let browser = Browser::of_root(&bench).await;
    let good = browser.cookie(COOKIE).unwrap();
    let (site, now) = (&bench.site, bench.now());
    let account = &site.account().id;
    let sealed_for = |purpose| {
        let text = site
            .opener
            .open_message(account, MessagePurpose::ConsoleSession, &good);
        site.issuer
            .seal_message(account, purpose, &text.unwrap(), now)
            .unwrap()
    };
    // Well sealed, for something else.
    let authorization = sealed_for(MessagePurpose::AuthorizationFailure);
    let form = sealed_for(MessagePurpose::ConsoleForm);
    let other = Bench::at(now).await;
    let foreign = Browser::of_root(&other).await.cookie(COOKIE).unwrap();
    for cookie in [
        "x",
        "A",
        good.split_at(1).1,
        good.split_at(good.len() - 1).0,
        &authorization,
        &form,
        &foreign,
    ] {
        browser.set_cookie(COOKIE, cookie);
        let answer = browser.get(HOME).await;
        assert!(location(&answer).starts_with("/-/console/sign-in?because=ended"));
        assert_eq!(answer.reason(), "console-cookie-altered");
        assert_eq!(answer.record["event"], "console:Visit");
    }
    for place in 0..good.len() {
        let mut altered = good.clone().into_bytes();
        altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
        browser.set_cookie(COOKIE, &String::from_utf8(altered).unwrap());
        assert!(!browser.is_in().await, "character {place}");
    }
    browser.set_cookie(COOKIE, &good);
    assert!(browser.is_in().await);
    // And a cookie is no authorization message.
    let body =
        format!("Action=DecodeAuthorizationMessage&Version=2011-06-15&EncodedMessage={good}");
    let root = bench.root_credentials();
    let answer = bench.signed(&root, "sts", "POST", "/", &body).await;
    assert_eq!(
        (answer.status, answer.reason()),
        (400, "invalid-authorization-message")
    );
}

#[tokio::test]
async fn who_signs_out_is_out_with_every_copy_of_the_cookie() {
    let bench = Bench::new().await;
    let browser = Browser::of_root(&bench).await;
    let another = Browser::of_root(&bench).await;
    let copy = browser.copy();
    let token = browser.token(HOME).await;
    let answer = browser.post(SIGN_OUT, &[("form-token", &token)]).await;
    assert_eq!(location(&answer), "/-/console/sign-in?because=signed-out");
    assert_eq!(answer.record["event"], "console:SignOut");
    assert_eq!(answer.record["outcome"], "granted");
    assert_eq!(browser.cookie(COOKIE), None);
    assert!(copy.cookie(COOKIE).is_some());
    assert!(!browser.is_in().await && !copy.is_in().await);
    assert!(another.is_in().await);
    // The session's forms are dead, too.
    let answer = copy
        .post("/-/console/profiles", &[("form-token", &token)])
        .await;
    assert!(location(&answer).starts_with("/-/console/sign-in?because=ended"));
    // Without a session there is nothing to end.
    let answer = copy.post(SIGN_OUT, &[("form-token", "")]).await;
    assert_eq!(answer.status, 403);
    let answer = Browser::new(&bench)
        .post(SIGN_OUT, &[("form-token", "")])
        .await;
    assert_eq!(location(&answer), "/-/console/sign-in?because=signed-out");
}

/// A session token of 4 KiB does not fit in one cookie.
#[tokio::test]
async fn long_session_tokens_are_kept_whole() {
    let bench = Bench::new().await;
    bench.role("app").await;
    let mut trust = serde_json::json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": format!("arn:aws:iam::{}:root", crate::site::ACCOUNT)}, "Action": "sts:AssumeRole"}]});
    trust["Statement"][0]["Sid"] = Value::from("x");
    let input = anyrole_domain::roles::CreateRole {
        name: "assumed".to_owned(),
        assume_role_policy: trust.to_string(),
        ..Default::default()
    };
    anyrole_domain::roles::create_role(&bench.site, &bench.root(), input)
        .await
        .unwrap();
    let (_, id, secret) = user(
        &bench,
        "ann",
        Some(r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}"#),
    )
    .await;
    let with = anyrole_testkit::SessionCredentials {
        access_key_id: id,
        secret_access_key: secret,
        session_token: String::new(),
    };
    let resources: String = (0..60)
        .map(|n| format!("\"arn:aws:s3:::bucket-{n:04}/*\","))
        .collect();
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"s3:*","Resource":[{}]}}}}"#,
        resources.trim_end_matches(',')
    );
    let encoded =
        percent_encoding::utf8_percent_encode(&policy, percent_encoding::NON_ALPHANUMERIC);
    let body = format!(
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::{}:role/assumed&RoleSessionName=ann&Policy={encoded}",
        crate::site::ACCOUNT
    );
    let answer = bench.signed(&with, "sts", "POST", "/", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let value = |name: &str| {
        let (_, rest) = answer.body.split_once(&format!("<{name}>")).unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    let token = value("SessionToken");
    assert!(token.len() > 2048, "{}", token.len());
    let browser = Browser::new(&bench);
    browser
        .must_sign_in(&value("AccessKeyId"), &value("SecretAccessKey"), &token)
        .await;
    assert!(browser.cookie("anyrole-console-2").is_some());
    assert!(browser.is_in().await);
    // Without the second half it is nobody's.
    browser.set_cookie("anyrole-console-2", "");
    assert!(!browser.is_in().await);
}
