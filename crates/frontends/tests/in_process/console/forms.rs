//! Which forms are taken: those of our own pages, of the same session, once, within the hour.

use http::HeaderMap;
use jiff::SignedDuration;

use super::browser::{Browser, HOME, SIGN_IN, SIGN_OUT, location, token};
use crate::site::{Answer, Bench};

fn is_refused(answer: &Answer, event: &str, reason: &str) {
    assert_eq!(answer.status, 403, "{}", answer.body);
    assert_eq!(answer.record["event"], event, "{}", answer.record);
    assert_eq!(answer.record["outcome"], "refused");
    assert_eq!(answer.reason(), reason);
    // The page says what to do.
    let help = if reason == "console-cross-site" {
        "Open the console itself"
    } else {
        "reload the page"
    };
    assert!(answer.body.contains(help), "{}", answer.body);
    assert!(
        answer.body.contains("Nothing was changed"),
        "{}",
        answer.body
    );
}

/// Tokens that are not good: missing, altered, of others, too old, used before. Wherever they are sent.
#[tokio::test]
async fn tokens_that_are_not_good_are_refused() {
    let bench = Bench::new().await;
    let foreign = Browser::of_root(&bench).await.token(HOME).await;
    let browser = Browser::of_root(&bench).await;
    let old = browser.token(HOME).await;
    for _ in 0..2 {
        bench.wait(SignedDuration::from_mins(29));
        assert!(browser.is_in().await);
    }
    bench.wait(SignedDuration::from_mins(2));
    let good = browser.token(HOME).await;
    let mut altered = good.clone().into_bytes();
    altered[60] = if altered[60] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).unwrap();
    let cookie = browser.cookie("anyrole-console").unwrap();
    let of_sign_in = Browser::new(&bench).token(SIGN_IN).await;
    for (target, event) in [
        (SIGN_OUT, "console:SignOut"),
        ("/-/console/no-such-page", "console:Post"),
        ("/-/console/profiles", "console:Post"),
    ] {
        for (presented, reason) in [
            ("", "console-token-missing"),
            ("x", "console-token-altered"),
            (&altered, "console-token-altered"),
            (&cookie, "console-token-altered"),
            (&foreign, "console-token-foreign"),
            (&of_sign_in, "console-token-foreign"),
            (&old, "console-token-expired"),
        ] {
            let answer = browser.post(target, &[("form-token", presented)]).await;
            is_refused(&answer, event, reason);
        }
        let answer = browser.post(target, &[("form", &good)]).await;
        is_refused(&answer, event, "console-token-missing");
        assert!(browser.is_in().await);
    }
    // Once it is good.
    let answer = browser
        .post("/-/console/no-such-page", &[("form-token", &good)])
        .await;
    assert_eq!((answer.status, answer.reason()), (404, "no-such-page"));
    for target in ["/-/console/no-such-page", "/-/console/profiles"] {
        let answer = browser.post(target, &[("form-token", &good)]).await;
        is_refused(&answer, "console:Post", "console-token-used");
    }
    let answer = browser.post(SIGN_OUT, &[("form-token", &good)]).await;
    is_refused(&answer, "console:SignOut", "console-token-used");
    assert!(browser.is_in().await);
}

/// Nobody is signed in by another site as someone else.
#[tokio::test]
async fn a_sign_in_form_is_of_the_browser_that_asked_for_it() {
    let bench = Bench::new().await;
    let (id, secret) = bench.root_key.clone();
    let fields = |token: &str| {
        [
            ("form-token", token.to_owned()),
            ("access-key-id", id.clone()),
            ("secret-access-key", secret.clone()),
        ]
    };
    let attacker = Browser::new(&bench);
    let of_attacker = attacker.token(SIGN_IN).await;
    let victim = Browser::new(&bench);
    for (presented, reason) in [
        (of_attacker.as_str(), "console-token-foreign"),
        ("", "console-token-missing"),
        ("x", "console-token-altered"),
    ] {
        let answer = victim.post(SIGN_IN, &fields(presented)).await;
        is_refused(&answer, "console:SignIn", reason);
        assert!(!victim.is_in().await);
    }
    // With a form of its own beside.
    let own = victim.token(SIGN_IN).await;
    let answer = victim.post(SIGN_IN, &fields(&of_attacker)).await;
    is_refused(&answer, "console:SignIn", "console-token-foreign");
    let copy = victim.copy();
    assert_eq!(location(&victim.post(SIGN_IN, &fields(&own)).await), HOME);
    // Not twice, and not after an hour.
    let answer = copy.post(SIGN_IN, &fields(&own)).await;
    is_refused(&answer, "console:SignIn", "console-token-used");
    bench.wait(SignedDuration::from_mins(59));
    let own = copy.token(SIGN_IN).await;
    let tie = copy.cookie("anyrole-console-sign-in").unwrap();
    bench.wait(SignedDuration::from_mins(60));
    let answer = copy.post(SIGN_IN, &fields(&own)).await;
    is_refused(&answer, "console:SignIn", "console-token-foreign");
    copy.set_cookie("anyrole-console-sign-in", &tie);
    let answer = copy.post(SIGN_IN, &fields(&own)).await;
    is_refused(&answer, "console:SignIn", "console-token-expired");
}

#[tokio::test]
async fn posts_of_other_sites_are_refused() {
    let bench = Bench::new().await;
    let browser = Browser::of_root(&bench).await;
    for (name, value) in [
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("origin", "http://localhost:9911"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
    ] {
        let good = browser.token(HOME).await;
        for (target, event) in [
            (SIGN_IN, "console:SignIn"),
            (SIGN_OUT, "console:SignOut"),
            ("/-/console/profiles", "console:Post"),
        ] {
            let crossing = browser.copy();
            crossing.headers.lock().push((name, value.to_owned()));
            let answer = crossing.post(target, &[("form-token", &good)]).await;
            is_refused(&answer, event, "console-cross-site");
        }
        // Nor is the token used up.
        let own = [
            ("sec-fetch-site", "same-origin".to_owned()),
            ("origin", "http://localhost:9910".to_owned()),
        ];
        browser.headers.lock().extend(own);
        let answer = browser
            .post("/-/console/no-such-page", &[("form-token", &good)])
            .await;
        assert_eq!((answer.status, answer.reason()), (404, "no-such-page"));
        browser.headers.lock().clear();
    }
}

/// A link of another site comes without cookies: the page says how to go on.
#[tokio::test]
async fn a_link_of_another_site_leads_to_a_way_on() {
    let bench = Bench::new().await;
    let browser = Browser::new(&bench);
    let site = ("sec-fetch-site", "cross-site".to_owned());
    browser.headers.lock().push(site);
    let answer = browser.get("/-/console/profiles").await;
    let page = browser.get(location(&answer)).await;
    assert!(
        page.body.contains("href=\"/-/console/profiles\""),
        "{}",
        page.body
    );
    browser.headers.lock().clear();
    let page = browser.get(location(&answer)).await;
    assert!(!page.body.contains("href=\"/-/console/profiles\""));
}

/// Requests without a cookie, without a form, and too large ones do nothing.
#[tokio::test]
async fn what_is_no_form_is_refused() {
    let bench = Bench::new().await;
    let browser = Browser::of_root(&bench).await;
    let good = browser.token(HOME).await;
    let target = "/-/console/no-such-page";
    let outside = Browser::new(&bench);
    let answer = outside.post(target, &[("form-token", &good)]).await;
    assert!(
        location(&answer).starts_with("/-/console/sign-in?because=new&next=%2F%2D%2Fconsole%2F")
    );
    let mut headers = HeaderMap::new();
    headers.insert("host", "localhost:9910".parse().unwrap());
    let cookie = browser.cookie("anyrole-console").unwrap();
    headers.insert(
        "cookie",
        format!("anyrole-console={cookie}").parse().unwrap(),
    );
    let body = format!("form-token={good}");
    for kind in [
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/json",
    ] {
        headers.insert("content-type", kind.parse().unwrap());
        let answer = bench
            .serve("POST", target, headers.clone(), body.clone())
            .await;
        assert_eq!(
            (answer.status, answer.reason()),
            (400, "console-no-form"),
            "{kind}"
        );
    }
    headers.insert(
        "content-type",
        "application/x-www-form-urlencoded".parse().unwrap(),
    );
    let padded = |length: usize| format!("form-token={good}&x={}", "y".repeat(length));
    let answer = bench
        .serve("POST", target, headers.clone(), padded(1024 * 1024))
        .await;
    assert_eq!(answer.status, 413, "{}", answer.body);
    let answer = bench.serve("POST", target, headers, padded(700_000)).await;
    assert_eq!((answer.status, answer.reason()), (404, "no-such-page"));
    // The page of a form that was refused has a new token.
    let page = browser.get(HOME).await;
    assert_ne!(token(&page), good);
}
