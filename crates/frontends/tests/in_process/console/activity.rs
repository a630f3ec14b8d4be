//! Home, Activity and Connect: what needs a person, a refusal with its steps and cure, pages of the trail, and lines to paste.

use anyrole_domain::ResourceId;
use anyrole_domain::activity::CountBack;
use anyrole_domain::profiles::Profile;
use anyrole_domain::resources::set_enabled;
use anyrole_domain::roles::{CreateRole, create_role};
use anyrole_domain::trust_anchors::TrustAnchor;
use anyrole_x509::Certificate;
use jiff::SignedDuration;

use super::browser::{Browser, HOME};
use super::{html, user};
use crate::site::{Answer, Bench};

const ACTIVITY: &str = "/-/console/activity";
/// Certificates of another unit than the bench's leaf has.
const OF_OPERATIONS: &str = r#"{"Version":"2012-10-17","Statement":{"Sid":"Operations","Effect":"Allow",
    "Principal":{"Service":"rolesanywhere.amazonaws.com"},
    "Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],
    "Condition":{"StringEquals":{"aws:PrincipalTag/x509Subject/OU":"operations"}}}}"#;

/// Links below Activity's records, in order.
fn records(page: &Answer) -> Vec<String> {
    let parsed = html::parse(&page.body);
    let links = parsed.elements.iter();
    links
        .filter_map(|element| element.attribute("href"))
        .filter(|href| href.starts_with("/-/console/activity/") && href.contains("?at="))
        .map(str::to_owned)
        .collect()
}

/// The text of a page, white space made one.
fn text(page: &Answer) -> String {
    let text = html::parse(&page.body).text;
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn link(page: &Answer, title: &str) -> Option<String> {
    let parsed = html::parse(&page.body);
    let found = parsed
        .elements
        .iter()
        .find(|element| element.name == "a" && element.text.trim() == title);
    found?.attribute("href").map(str::to_owned)
}

/// Where Home leads on.
fn next_step(home: &Answer) -> Option<String> {
    let parsed = html::parse(&home.body);
    let mut links = parsed.elements.iter();
    let primary = |class: Option<&str>| class == Some("button primary");
    let found = links.find(|element| element.name == "a" && primary(element.attribute("class")));
    found.map(|element| element.text.trim().to_owned())
}

async fn get(browser: &Browser<'_>, target: &str) -> Answer {
    let page = browser.get(target).await;
    assert_eq!(page.status, 200, "{target}: {}", page.body);
    page
}

#[tokio::test]
async fn a_refusal_opens_to_its_steps_and_what_cures_it() {
    let bench = Bench::new().await;
    let input = CreateRole {
        name: "operations".to_owned(),
        assume_role_policy: OF_OPERATIONS.to_owned(),
        ..CreateRole::default()
    };
    let role = create_role(&bench.site, &bench.root(), input)
        .await
        .unwrap();
    let profile = bench.profile(&[&role.row]).await;
    let anchor = bench.anchor().await;
    let leaf = bench.leaf();
    let refused = bench.create_session(&leaf, &anchor, &profile).await;
    assert_eq!(refused.reason(), "trust-policy-does-not-allow");
    let id = refused.record["request_id"].as_str().unwrap();

    let browser = Browser::of_root(&bench).await;
    let home = get(&browser, HOME).await;
    assert!(records(&home).iter().any(|link| link.contains(id)));
    let list = get(&browser, &format!("{ACTIVITY}?outcome=refused")).await;
    let links = records(&list);
    assert_eq!(links.len(), 1, "{}", list.body);
    assert!(text(&list).contains("trust-policy-does-not-allow"));
    for target in [links[0].clone(), format!("{ACTIVITY}/{id}")] {
        let page = get(&browser, &target).await;
        let text = text(&page);
        for told in [
            "What would cure it",
            "aws iam update-assume-role-policy",
            "--role-name operations",
            "trust-policy refused",
            "trust-anchor passed",
            "session-size not reached",
            "aws:PrincipalTag/x509Subject/OU",
            "statement `Operations` on line 1",
            &format!("--endpoint-url http://localhost:9910 \\ {id}"),
        ] {
            assert!(text.contains(told), "{told}: {text}");
        }
        // Times as the reader writes them, wherever they are: when it was, and until when the certificate is valid.
        let certificate = Certificate::parse_der(leaf.certificate_der().unwrap()).unwrap();
        let until = certificate.summary().not_after.to_string();
        for time in [refused.record["time"].as_str().unwrap(), &until] {
            let elements = html::parse(&page.body).elements;
            let times = elements.iter().filter(|one| one.name == "time");
            let written = times.filter(|one| one.attribute("title") == Some(time));
            let written = written.filter(|one| one.text.trim() == time).count();
            assert!(written > 0, "{time}: {}", page.body);
            assert_eq!(text.matches(time).count(), written, "{time}: {text}");
        }
    }
    for (query, found) in [
        ("certificate=1001", true),
        ("certificate=10:01&role=operations", true),
        ("certificate=CN%3Dclient", true),
        ("certificate=9999", false),
        (
            "role=operations&outcome=refused&event=rolesanywhere%3A*",
            true,
        ),
        ("role=operations&outcome=granted", false),
        ("event=rolesanywhere%3ACreateSession", true),
        ("event=sts%3A*", false),
    ] {
        let page = get(&browser, &format!("{ACTIVITY}?{query}")).await;
        assert_eq!(!records(&page).is_empty(), found, "{query}");
    }
    let page = browser.get(&format!("{ACTIVITY}?outcome=other")).await;
    assert_eq!(page.status, 400);
    let page = browser.get(&format!("{ACTIVITY}/no-such-request")).await;
    assert_eq!(page.status, 404);
}

#[tokio::test]
async fn pages_that_follow_each_other_show_each_record_once() {
    let bench = Bench::new().await;
    let credentials = bench.root_credentials();
    for _ in 0..130 {
        let answer = bench
            .signed(
                &credentials,
                "sts",
                "POST",
                "/",
                "Action=GetCallerIdentity&Version=2011-06-15",
            )
            .await;
        assert_eq!(answer.status, 200);
    }
    let browser = Browser::of_root(&bench).await;
    let event = "event=sts%3AGetCallerIdentity";
    let mut page = get(&browser, &format!("{ACTIVITY}?{event}")).await;
    let live = get(&browser, &format!("{ACTIVITY}/live?{event}")).await;
    assert_eq!(records(&live), records(&page));
    assert!(!live.body.contains("<html"));
    let mut seen = records(&page);
    assert_eq!(seen.len(), 50);
    while let Some(next) = link(&page, "Next page") {
        // What comes meanwhile moves nothing.
        bench
            .signed(
                &credentials,
                "sts",
                "POST",
                "/",
                "Action=GetCallerIdentity&Version=2011-06-15",
            )
            .await;
        page = get(&browser, &next).await;
        seen.extend(records(&page));
    }
    assert_eq!(seen.len(), 130);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 130);
    let page = get(&browser, &format!("{ACTIVITY}?after=0000000000000000-7")).await;
    assert!(text(&page).contains("not in the trail any more"));
}

#[tokio::test]
async fn who_may_not_read_the_trail_sees_why() {
    let bench = Bench::new().await;
    let (_, id, secret) = user(&bench, "ann", None).await;
    let browser = Browser::new(&bench);
    browser.must_sign_in(&id, &secret, "").await;
    for target in [
        ACTIVITY,
        "/-/console/activity/live",
        "/-/console/activity/x?at=y",
    ] {
        let page = browser.get(target).await;
        assert_eq!(page.status, 403, "{target}");
        assert!(
            text(&page).contains("anyrole:ListAuditRecords"),
            "{}",
            page.body
        );
    }
    // Home says it part by part.
    let home = get(&browser, HOME).await;
    for action in [
        "anyrole:ListAuditRecords",
        "rolesanywhere:ListTrustAnchors",
        "rolesanywhere:ListSubjects",
        "rolesanywhere:ListProfiles",
        "acm-pca:ListCertificateAuthorities",
    ] {
        assert!(text(&home).contains(action), "{action}");
    }
    assert_eq!(browser.get("/-/console/connect").await.status, 403);
}

#[tokio::test]
async fn home_leads_a_fresh_account_and_then_shows_who_reaches_what() {
    let bench = Bench::new().await;
    let browser = Browser::of_root(&bench).await;
    let next = async || next_step(&get(&browser, HOME).await);
    assert_eq!(
        next().await.as_deref(),
        Some("Make a trust anchor of your CA")
    );
    let anchor = bench.anchor().await;
    let input = CreateRole {
        name: "of-machines".to_owned(),
        assume_role_policy: OF_OPERATIONS.replace("rolesanywhere", "ec2"),
        ..CreateRole::default()
    };
    create_role(&bench.site, &bench.root(), input)
        .await
        .unwrap();
    let make_a_role = "Make a role whose trust policy lets Roles Anywhere in";
    assert_eq!(next().await.as_deref(), Some(make_a_role));
    let role = bench.role("deploy").await;
    let profile = bench.profile(&[&role]).await;
    let page = get(&browser, HOME).await;
    let home = text(&page);
    assert_eq!(next_step(&page).as_deref(), Some("Connect a machine"));
    assert!(
        home.contains("profile deploy anchor all statement 1, line 1"),
        "{home}"
    );
    for _ in 0..3 {
        let granted = bench.create_session(&bench.leaf(), &anchor, &profile).await;
        assert_eq!(granted.status, 201);
    }
    let home = get(&browser, HOME).await;
    assert!(text(&home).contains("3 granted and 0 refused over seven days"));
    assert_eq!(next_step(&home), None);
    assert!(home.body.len() < 100_000);
    let of_role = text(&get(&browser, &format!("{ACTIVITY}?role=deploy")).await);
    assert!(of_role.contains("3 granted and 0 refused over seven days"));
    // Counted from the trail again, as at a start: what is recorded after its beginning is not counted twice.
    let mut back = CountBack::begin(&bench.site).await.unwrap();
    bench.create_session(&bench.leaf(), &anchor, &profile).await;
    while back.step(&bench.site).await.unwrap() {}
    let home = get(&browser, HOME).await;
    assert!(text(&home).contains("7 granted and 0 refused over seven days"));
    // The trail is what lasts: a week on nothing is counted.
    bench.wait(SignedDuration::from_hours(8 * 24));
    let browser = Browser::of_root(&bench).await;
    assert!(!text(&get(&browser, HOME).await).contains("7 granted"));
}

#[tokio::test]
async fn connect_fills_in_what_was_chosen() {
    let bench = Bench::new().await;
    let anchor = bench.anchor().await;
    let (first, second) = (bench.role("first").await, bench.role("second").await);
    let profile = bench.profile(&[&first, &second]).await;
    let browser = Browser::of_root(&bench).await;
    let list = get(&browser, "/-/console/connect").await;
    let target = link(&list, "profile");
    let target = target.unwrap_or_else(|| format!("/-/console/connect/{}", profile.resource.id));
    let page = text(&get(&browser, &target).await);
    for told in [
        anchor.as_str(),
        &profile.resource.arn,
        &first.arn,
        "--endpoint http://localhost:9910",
        "[profile first]",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "kind: Pod",
        "ENTRYPOINT",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let of_second = format!("{target}?role={}&at=aws", second.arn);
    let page = text(&get(&browser, &of_second).await);
    assert!(page.contains("[profile second]"));
    assert!(
        !page.contains("--endpoint ") && !page.contains("endpoint_url"),
        "{page}"
    );
    assert_eq!(browser.get("/-/console/connect/none").await.status, 404);
}

fn trust(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

#[tokio::test]
async fn home_says_by_which_rule_a_role_is_reached_or_why_nobody_does() {
    let bench = Bench::new().await;
    bench.anchor().await;
    let allows = |more: &str| {
        format!(
            r#"{{"Effect":"Allow","Principal":{{"Service":"rolesanywhere.amazonaws.com"}},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]{more}}}"#
        )
    };
    let denies = |more: &str| {
        format!(
            r#"{{"Sid":"Never","Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"{more}}}"#
        )
    };
    let all = allows("");
    let of = |key: &str, value: &str| {
        format!(r#","Condition":{{"StringEquals":{{"{key}":"{value}"}}}}"#)
    };
    let unit = "aws:PrincipalTag/x509Subject/OU";
    let cases = [
        ("every", all.clone(), "anchor all"),
        (
            "unit",
            allows(&of(unit, "ops")),
            "anchor StringEquals aws:PrincipalTag/x509Subject/OU: ops",
        ),
        (
            "twice",
            allows(&format!(
                r#","Condition":{{"StringEquals":{{"{unit}":["ops","dev"]}},"StringLike":{{"sts:RoleSessionName":"ci-*"}}}}"#
            )),
            "StringLike sts:RoleSessionName: ci-*",
        ),
        (
            "elsewhere",
            allows(&of(
                "aws:SourceArn",
                "arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/x",
            )),
            "nobody the statement on line 1 wants StringEquals aws:SourceArn",
        ),
        (
            "machine",
            all.replace("rolesanywhere", "ec2"),
            "nobody no statement allows sts:AssumeRole",
        ),
        (
            "untagged",
            all.replace(r#""sts:TagSession","#, ""),
            "nobody no statement allows sts:TagSession",
        ),
        (
            "denied",
            format!("{all},{}", denies("")),
            "statement `Never` on line 1 denies sts:AssumeRole",
        ),
        (
            "but",
            format!("{all},{}", denies(&of(unit, "guests"))),
            "not when StringEquals aws:PrincipalTag/x509Subject/OU: guests",
        ),
    ];
    let mut roles = Vec::new();
    for (name, statements, _) in &cases {
        let input = CreateRole {
            name: (*name).to_owned(),
            assume_role_policy: trust(statements),
            ..CreateRole::default()
        };
        let view = create_role(&bench.site, &bench.root(), input)
            .await
            .unwrap();
        roles.push(view.row);
    }
    let held: Vec<_> = roles.iter().map(|role| &**role).collect();
    bench.profile(&held).await;
    let browser = Browser::of_root(&bench).await;
    let home = text(&get(&browser, HOME).await);
    for (name, _, told) in &cases {
        let row = home
            .split("profile ")
            .find(|row| row.starts_with(&format!("{name} ")));
        let row = row.unwrap_or_else(|| panic!("{name}: {home}"));
        assert!(row.contains(told), "{name}: {row}");
    }
}

#[tokio::test]
async fn home_says_what_is_switched_off() {
    let bench = Bench::new().await;
    let anchor = bench.anchor().await;
    let guests = r#","Condition":{"StringEquals":{"aws:PrincipalTag/x509Subject/OU":"guests"}}}"#;
    let (all, denied) = (
        r#"{"Effect":"Allow","Principal":{"Service":"rolesanywhere.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}"#,
        format!(r#"{{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"{guests}"#),
    );
    let input = CreateRole {
        name: "depends".to_owned(),
        assume_role_policy: trust(&format!("{all},{denied}")),
        ..CreateRole::default()
    };
    let role = create_role(&bench.site, &bench.root(), input)
        .await
        .unwrap();
    let profile = bench.profile(&[&role.row]).await;
    let (site, root) = (&bench.site, bench.root());
    let browser = Browser::of_root(&bench).await;
    let off = ["the profile is disabled", "the trust anchor is disabled"];
    let told = async || {
        let home = text(&get(&browser, HOME).await);
        off.map(|text| home.contains(text))
    };
    assert_eq!(told().await, [false, false]);
    set_enabled::<TrustAnchor>(site, &root, &ResourceId::new(&anchor), false)
        .await
        .unwrap();
    assert_eq!(told().await, [false, true]);
    set_enabled::<Profile>(site, &root, &ResourceId::new(&profile.resource.id), false)
        .await
        .unwrap();
    assert_eq!(told().await, [true, true]);
}
