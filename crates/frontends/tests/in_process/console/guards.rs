//! What guards each answer, who may see what, what the trail keeps of a visit, and that the console can be off.

use anyrole_domain::Quotas;
use anyrole_domain::operations::RateClass;
use anyrole_frontends::TlsVersion;
use http::HeaderMap;
use jiff::SignedDuration;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::browser::{Browser, HOME, SIGN_IN, SIGN_OUT};
use super::{html, user};
use crate::site::{ACCOUNT, Answer, Bench};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let value = answer.headers.get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

fn is_guarded(answer: &Answer, what: &str) {
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(header(answer, name), value, "{what}");
    }
    // No server of ours says it elsewhere.
    assert_eq!(header(answer, "strict-transport-security"), "");
}

/// Where a page refers to, by element and attribute.
fn references(page: &Answer) -> Vec<String> {
    let parsed = html::parse(&page.body);
    let of = |element: &html::Element| {
        let names = ["href", "src", "action", "data-live"];
        let found = names.iter().filter_map(|name| element.attribute(name));
        found.map(str::to_owned).collect::<Vec<_>>()
    };
    parsed.elements.iter().flat_map(of).collect()
}

#[tokio::test]
async fn every_answer_is_guarded() {
    let bench = Bench::new().await;
    for tls in [None, Some(TlsVersion::V1_3)] {
        *bench.tls.lock() = tls;
        let outside = Browser::new(&bench);
        let browser = Browser::of_root(&bench).await;
        for (browser, method, target, status) in [
            (&outside, "GET", SIGN_IN, 200),
            (&outside, "HEAD", SIGN_IN, 200),
            (&outside, "GET", HOME, 303),
            (&outside, "POST", SIGN_IN, 403),
            (&outside, "POST", SIGN_OUT, 303),
            (&outside, "GET", "/-/console", 303),
            (&outside, "POST", "/-/console", 303),
            (&outside, "PUT", HOME, 405),
            (&outside, "OPTIONS", HOME, 405),
            (&outside, "DELETE", SIGN_IN, 405),
            (&outside, "GET", "/-/console/assets/none.css", 404),
            (&outside, "GET", "/-/console/%FF", 404),
            (&browser, "GET", HOME, 200),
            (&browser, "HEAD", HOME, 200),
            (&browser, "GET", SIGN_OUT, 303),
            (&browser, "GET", "/-/console/no-such-page", 404),
            (&browser, "GET", "/-/console/no/such/%3Cpage%3E", 404),
            (&browser, "POST", HOME, 403),
        ] {
            let what = format!("{method} {target}");
            let answer = browser.send(method, target, String::new()).await;
            assert_eq!(answer.status, status, "{what}: {}", answer.body);
            is_guarded(&answer, &what);
            assert_eq!(header(&answer, "cache-control"), "no-store", "{what}");
            if method == "HEAD" || status == 303 {
                assert_eq!(answer.body, "", "{what}");
            } else {
                let kind = header(&answer, "content-type");
                assert_eq!(kind, "text/html; charset=utf-8", "{what}");
                let parsed = html::parse(&answer.body);
                assert_eq!(parsed.elements[0].name, "html", "{what}");
            }
            if status == 405 {
                assert_eq!(header(&answer, "allow"), "GET, HEAD, POST");
            }
        }
    }
}

/// Stylesheet, script and icon: each page's are there, for a year, since their URLs say what is in them.
#[tokio::test]
async fn what_pages_refer_to_is_here_and_kept() {
    let bench = Bench::new().await;
    let browser = Browser::of_root(&bench).await;
    let outside = Browser::new(&bench);
    let mut found = 0;
    for page in [outside.get(SIGN_IN).await, browser.get(HOME).await] {
        for target in references(&page) {
            assert!(
                target.starts_with("/-/console/") || target.starts_with('#'),
                "{target}"
            );
            if !target.contains("/assets/") {
                continue;
            }
            found += 1;
            // Nobody needs to be signed in for the looks.
            let asset = outside.get(&target).await;
            assert_eq!(asset.status, 200, "{target}");
            is_guarded(&asset, &target);
            let forever = "public, max-age=31536000, immutable";
            assert_eq!(header(&asset, "cache-control"), forever);
            let kinds = ["text/css", "text/javascript", "image/svg+xml"];
            let kind = header(&asset, "content-type");
            assert!(kinds.iter().any(|known| kind.starts_with(known)), "{kind}");
            assert!(asset.record.is_null());
        }
    }
    assert!(found >= 5, "{found}");
}

/// Lists, with what one must be allowed to see them.
const LISTS: [(&str, &str); 8] = [
    ("profiles", "rolesanywhere:ListProfiles"),
    ("trust-anchors", "rolesanywhere:ListTrustAnchors"),
    ("crls", "rolesanywhere:ListCrls"),
    ("subjects", "rolesanywhere:ListSubjects"),
    ("roles", "iam:ListRoles"),
    ("policies", "iam:ListPolicies"),
    ("authorities", "acm-pca:ListCertificateAuthorities"),
    ("join-tokens", "anyrole:ListJoinTokens"),
];

/// Not an empty list.
#[tokio::test]
async fn who_may_not_list_sees_why() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    bench.profile(&[&role]).await;
    let allowed =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let (_, id, secret) = user(&bench, "ann", None).await;
    let (_, other_id, other_secret) = user(&bench, "bob", Some(allowed)).await;
    let (ann, bob) = (Browser::new(&bench), Browser::new(&bench));
    ann.must_sign_in(&id, &secret, "").await;
    bob.must_sign_in(&other_id, &other_secret, "").await;
    for (area, action) in LISTS {
        let path = format!("{HOME}{area}");
        let refused = ann.get(&path).await;
        assert_eq!(refused.status, 403, "{}", refused.body);
        let text = html::parse(&refused.body).text;
        assert!(text.contains(action), "{text}");
        assert!(text.contains("user/ann is not authorized"), "{text}");
        let elements = html::parse(&refused.body).elements;
        let mut links = elements.iter();
        let here = links.find(|link| link.attribute("aria-current").is_some());
        assert_eq!(here.and_then(|link| link.attribute("href")), Some(&*path));
        // A read that is refused is in the trail, one that is granted is not.
        assert_eq!(refused.record["event"], "console:Visit");
        assert_eq!(refused.record["outcome"], "refused");
        assert_eq!(refused.record["resource"], path);
        assert_eq!(refused.record["access_key_id"], id.as_str());
        assert_eq!(refused.reason(), "policy-does-not-allow");
        let shown = bob.get(&path).await;
        assert_eq!(shown.status, 200, "{}", shown.body);
        assert!(shown.record.is_null());
    }
}

/// What is named by an ARN of another account, or by an id that this one does not have, is not shown and not changed.
#[tokio::test]
async fn paths_of_other_accounts_are_refused() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    let profile = bench.profile(&[&role]).await;
    let anchor = bench.anchor().await;
    let browser = Browser::of_root(&bench).await;
    let other = |arn: &str| {
        let arn = arn.replace(ACCOUNT, "111111111111");
        utf8_percent_encode(&arn, NON_ALPHANUMERIC).to_string()
    };
    let policy = format!("arn:aws:iam::{ACCOUNT}:policy/policy");
    let nobodys = "00000000-0000-4000-8000-000000000000";
    let (role_arn, profile_arn) = (&role.arn, &profile.resource.arn);
    let before = bench.site.directory.read_full();
    for thing in [
        format!("policies/{}", other(&policy)),
        format!("roles/{}", other(role_arn)),
        format!("profiles/{}", other(profile_arn)),
        format!("profiles/{nobodys}"),
        format!("trust-anchors/{}", other(&anchor)),
        format!("trust-anchors/{nobodys}"),
        format!("crls/{nobodys}"),
        format!("subjects/{nobodys}"),
        format!("authorities/{}", other(&anchor)),
        format!("authorities/{nobodys}"),
        format!("certificates/{nobodys}"),
    ] {
        for action in ["", "/edit", "/delete", "/trust", "/versions"] {
            let target = format!("{HOME}{thing}{action}");
            let read = browser.get(&target).await;
            assert!(matches!(read.status, 400 | 403 | 404), "{target}: {read:?}");
        }
        for action in [
            "/edit",
            "/delete",
            "/trust",
            "/tag",
            "/disable",
            "/versions",
        ] {
            let target = format!("{HOME}{thing}{action}");
            let token = browser.token(HOME).await;
            let fields = [
                ("form-token", token.as_str()),
                ("name", "app"),
                ("key", "k"),
            ];
            let posted = browser.post(&target, &fields).await;
            let refused = (400..500).contains(&posted.status);
            assert!(refused, "{target}: {posted:?}");
            assert_eq!(posted.record["outcome"], "refused", "{target}");
        }
    }
    let after = bench.site.directory.read_full();
    assert_eq!(before.version, after.version);
}

/// Who reads pages asks no more often than who calls the API, and both together no more often than the quota lets them.
#[tokio::test]
async fn pages_count_as_the_calls_that_fill_them() {
    let classes = [
        RateClass::TrustAnchor,
        RateClass::Profile,
        RateClass::Subject,
        RateClass::Crl,
        RateClass::Iam,
        RateClass::Authority,
        RateClass::Issuing,
        RateClass::Operator,
    ];
    let bench = Bench::limited(classes.map(|class| (class, 1)).into()).await;
    let browser = Browser::new(&bench);
    let (id, secret) = &bench.root_key;
    // Signing in has a rate of its own.
    browser.must_sign_in(id, secret, "").await;
    let areas = LISTS.iter().map(|(area, _)| *area);
    for area in areas.chain(["", "activity", "connect", "simulate", "certificates"]) {
        bench.wait(SignedDuration::from_secs(1));
        let path = format!("{HOME}{area}");
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        let refused = browser.get(&format!("{path}?after=x")).await;
        assert_eq!(refused.status, 429, "{path}: {}", refused.body);
        assert_eq!(header(&refused, "retry-after"), "1");
        assert_eq!(refused.record["event"], "console:Visit");
        assert_eq!(refused.record["access_key_id"], id.as_str());
        assert_eq!(refused.reason(), "rate-exceeded");
    }
    let credentials = bench.root_credentials();
    for (service, target) in [
        ("rolesanywhere", "/profiles"),
        ("anyrole", "/-/join-tokens"),
    ] {
        bench.wait(SignedDuration::from_secs(1));
        let area = target.rsplit('/').next().unwrap();
        assert_eq!(browser.get(&format!("{HOME}{area}")).await.status, 200);
        let refused = bench.signed(&credentials, service, "GET", target, "").await;
        assert_eq!(refused.status, 429, "{}", refused.body);
        bench.wait(SignedDuration::from_secs(1));
        let called = bench.signed(&credentials, service, "GET", target, "").await;
        assert_eq!(called.status, 200, "{}", called.body);
        assert_eq!(browser.get(&format!("{HOME}{area}")).await.status, 429);
    }
}

/// What cannot be recorded is not answered.
#[tokio::test]
async fn nothing_is_said_that_is_not_recorded() {
    let bench = Bench::new().await;
    let (id, secret) = bench.root_key.clone();
    let (outside, browser) = (Browser::new(&bench), Browser::of_root(&bench).await);
    bench.break_trail();
    let answer = browser.get("/-/console/no-such-page").await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    is_guarded(&answer, "unrecorded");
    let answer = outside.sign_in(&id, &secret, "").await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert_eq!(outside.cookie("anyrole-console"), None);
}

#[tokio::test]
async fn a_console_that_is_off_is_no_page() {
    let now = Bench::new().await.now();
    let bench = Bench::built(now, false, Quotas::default(), |site| site).await;
    let mut headers = HeaderMap::new();
    headers.insert("host", "localhost".parse().unwrap());
    let other = bench
        .serve("GET", "/-/none", headers.clone(), String::new())
        .await;
    assert_eq!((other.status, other.body.as_str()), (404, "no such page\n"));
    for target in ["/-/console", HOME, SIGN_IN, "/-/console/assets/console.css"] {
        let answer = bench
            .serve("GET", target, headers.clone(), String::new())
            .await;
        assert_eq!(answer.status, other.status, "{target}");
        assert_eq!(answer.body, other.body);
        assert!(answer.record.is_null());
        let same = |answer: &Answer| {
            let mut headers = answer.headers.clone();
            headers.remove("x-amzn-requestid");
            headers
        };
        assert_eq!(same(&answer), same(&other));
    }
}
