//! What someone has typed or stored is text, wherever it is shown: every page that a link leads to is read, and every form of it sent,
//! with markup in each field, and no element or attribute may come of it.

use anyrole_domain::Tag;
use anyrole_domain::managed_policies::{CreatePolicy, create_policy};
use anyrole_domain::profiles::{CreateProfile, create_profile};
use anyrole_domain::roles::{CreateRole, create_role};
use anyrole_domain::trust_anchors::{AnchorSource, CreateTrustAnchor, create_trust_anchor};
use anyrole_testkit::certificates::{Authority, CertificateRequest};

use super::browser::{Browser, HOME, SIGN_IN, SIGN_OUT};
use super::crawl::{Field, Form, crawl, forms};
use super::html;
use crate::site::{Answer, Bench};

/// Breaks out of text, attributes, titles, text areas, comments and scripts, where it can.
const MARKUP: &str = "'\"><x-evil onevil=1 \" onevil=\"1\" ' onevil='1'></title></textarea></script></style>--><x-evil onevil=1>&lt;x-evil&gt; {{7*7}} \u{202e}ltr\u{2066}";
/// The longest body that a form of a browser makes of 200 KB.
const LARGE: usize = 200 * 1024;

/// The areas of the console.
const AREAS: [&str; 12] = [
    "activity",
    "connect",
    "trust-anchors",
    "profiles",
    "crls",
    "subjects",
    "roles",
    "policies",
    "simulate",
    "authorities",
    "certificates",
    "join-tokens",
];
/// Those that show some of what is stored here.
const AREAS_THAT_SHOW: [&str; 6] = [
    "activity",
    "trust-anchors",
    "profiles",
    "subjects",
    "roles",
    "policies",
];
/// How many forms there are.
const FORMS_AT_LEAST: usize = 30;

/// No element and no attribute that is not ours, no way elsewhere, nothing that runs.
fn is_clean(answer: &Answer, what: &str) {
    let kind = answer.headers.get("content-type");
    let is_html = kind.is_some_and(|kind| kind.to_str().unwrap().starts_with("text/html"));
    if !is_html {
        return;
    }
    for element in html::parse(&answer.body).elements {
        assert!(!element.name.contains("x-evil"), "{what}: {}", answer.body);
        if element.name == "script" {
            assert!(element.attribute("src").is_some() && element.text.is_empty());
        }
        assert!(!matches!(
            element.name.as_str(),
            "style" | "base" | "iframe" | "object" | "embed"
        ));
        for (name, value) in &element.attributes {
            assert!(
                !name.starts_with("on") && name != "style",
                "{what}: {name} in {}",
                element.name
            );
            let leads = matches!(
                name.as_str(),
                "href" | "src" | "action" | "formaction" | "data-live"
            );
            // The namespace of an icon is no way.
            let here = value.starts_with("/-/console/")
                || value.starts_with('#')
                || value.starts_with('?');
            assert!(
                !leads || here,
                "{what}: {name} of {} is {value}",
                element.name
            );
        }
    }
}

/// Things whose every free text is hostile.
pub async fn stored(bench: &Bench) {
    let (site, root) = (&bench.site, bench.root());
    // Keys and values of tags take letters of all scripts and a few signs, but none that markup needs.
    let tags = vec![Tag {
        key: "team".into(),
        value: "\u{5d0}\u{5d1} = x/y+z:@".to_owned(),
    }];
    let trust = r#"{"Version":"2012-10-17","Statement":{"Sid":"X","Effect":"Allow","Principal":{"Service":"rolesanywhere.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],"Condition":{"StringEquals":{"aws:PrincipalTag/x509Subject/OU":"<x-evil onevil=1>\"'</textarea>"}}}}"#;
    let input = CreateRole {
        name: "app".to_owned(),
        assume_role_policy: trust.to_owned(),
        description: Some("<x-evil onevil=1>'\" </textarea><x-evil>".to_owned()),
        tags: tags.clone(),
        ..CreateRole::default()
    };
    let role = create_role(site, &root, input).await.unwrap().row;
    let document = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/<x-evil onevil=1>\"'</textarea>*"}}"#;
    let input = CreatePolicy {
        name: "policy".to_owned(),
        path: None,
        document: document.to_owned(),
        description: Some("<x-evil onevil=1>'\" </textarea><x-evil>".to_owned()),
        tags: tags.clone(),
    };
    create_policy(site, &root, input).await.unwrap();
    anyrole_domain::identities::put_inline_policy::<anyrole_domain::roles::Role>(
        site,
        &root,
        "app",
        "inline",
        document.to_owned(),
    )
    .await
    .unwrap();
    let input = CreateProfile {
        name: "profile".to_owned(),
        role_arns: vec![role.arn.clone()],
        enabled: Some(true),
        session_policy: Some(document.to_owned()),
        tags: tags.clone(),
        ..CreateProfile::default()
    };
    let profile = create_profile(site, &root, input).await.unwrap();
    // An authority and a certificate whose names are hostile: CreateSession refuses, and the trail and Activity show them.
    let hostile = "/CN=<x-evil onevil=1>'\"/OU=\u{5d0}\u{202e}<x-evil>";
    let folder = bench.folder().join("hostile");
    std::fs::create_dir(&folder).unwrap();
    let request = CertificateRequest::authority("x").subject(hostile);
    let authority = Authority::root_from(&folder, "root", &request).unwrap();
    let pem = authority.own().certificate_pem().unwrap();
    let input = CreateTrustAnchor {
        name: "anchor".to_owned(),
        source: AnchorSource::CertificateBundle(pem),
        enabled: Some(true),
        notification_settings: Vec::new(),
        crl_dp_revocation_enabled: None,
        alias: None,
        tags,
    };
    let anchor = create_trust_anchor(site, &root, input).await.unwrap();
    let leaf = CertificateRequest::leaf("x")
        .serial("1001")
        .subject(hostile);
    let leaf = authority.issue("leaf", &leaf).unwrap();
    let answer = bench
        .create_session(&leaf, &anchor.resource.arn, &profile)
        .await;
    assert!(
        answer.record["certificate"]["subject"]
            .as_str()
            .unwrap()
            .contains("<x-evil")
    );
    site.sightings.flush(site.directory.store()).await.unwrap();
}

#[tokio::test]
async fn what_is_stored_is_shown_as_text() {
    let bench = Bench::new().await;
    stored(&bench).await;
    let browser = Browser::of_root(&bench).await;
    let pages = crawl(&browser, 3).await;
    for (target, page) in &pages {
        is_clean(page, target);
    }
    let shows = |page: &Answer| html::parse(&page.body).text.contains("x-evil");
    let shown: Vec<&String> = pages
        .iter()
        .filter(|(_, page)| shows(page))
        .map(|(target, _)| target)
        .collect();
    for area in AREAS_THAT_SHOW {
        let path = format!("{HOME}{area}");
        assert!(
            shown.iter().any(|target| target.starts_with(&path)),
            "nothing hostile on {area}; of {:?} on {shown:?}",
            pages.keys()
        );
    }
    // Unknown things are named as they were asked for.
    for area in AREAS {
        let asked = "%22%3E%3Cx-evil%20onevil%3D1%3E%E2%80%AE";
        for target in [
            format!("{HOME}{area}/{asked}"),
            format!("{HOME}{area}/{asked}/{asked}"),
            format!("{HOME}{area}?after={asked}&q={asked}&done={asked}&{asked}={asked}"),
        ] {
            is_clean(&browser.get(&target).await, &target);
        }
    }
    for target in [
        format!("{SIGN_IN}?because=%3Cx-evil%3E&next=/-/console/%22%3E%3Cx-evil%3E"),
        format!("{SIGN_IN}?next=javascript:alert(1)"),
    ] {
        is_clean(&Browser::new(&bench).get(&target).await, &target);
    }
}

/// The field's value where it must be one of ours, and what is hostile where it is typed.
fn filled(form: &Form, hostile: &str, of: impl Fn(&Field) -> bool) -> Vec<(String, String)> {
    let value = |field: &Field| {
        let typed = matches!(
            field.kind.as_str(),
            "text" | "textarea" | "search" | "password" | "number"
        );
        if typed && of(field) {
            hostile.to_owned()
        } else {
            field.value.clone()
        }
    };
    let fields = form.fields.iter();
    fields
        .map(|field| (field.name.clone(), value(field)))
        .collect()
}

async fn submit(browser: &Browser<'_>, page: &str, form: &Form, mut fields: Vec<(String, String)>) {
    let target = if form.action.is_empty() {
        page
    } else {
        &form.action
    };
    let what = format!("{target} of {page}");
    if !form.is_post {
        let query = fields.iter().map(|(name, value)| {
            let value =
                percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
            format!("{name}={value}")
        });
        let query = query.collect::<Vec<_>>().join("&");
        // A line of a request has no room for 200 KB.
        if query.len() < 60_000 {
            let path = target.split('?').next().unwrap();
            is_clean(&browser.get(&format!("{path}?{query}")).await, &what);
        }
        return;
    }
    let fresh = browser.token(HOME).await;
    for (name, value) in &mut fields {
        if name == "form-token" {
            value.clone_from(&fresh);
        }
    }
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let answer = browser.post(target, &fields).await;
    assert!(
        answer.status < 500 && answer.status != 413,
        "{what}: {} {}",
        answer.status,
        answer.body
    );
    assert!(!answer.body.contains("form-token-altered"));
    is_clean(&answer, &what);
    let reason = answer.record["reason"].as_str().unwrap_or("");
    assert!(!reason.starts_with("console-token"), "{what}: {reason}");
    // What was written is in the trail by the API's name, and what was refused, too.
    let record = &answer.record;
    if answer.status == 303 {
        let event = record["event"].as_str().unwrap_or("");
        let is_of_api = !event.is_empty() && !event.starts_with("console:");
        assert!(
            is_of_api && record["outcome"] == "granted",
            "{what}: {record}"
        );
    } else if answer.status >= 400 {
        assert_eq!(record["outcome"], "refused", "{what}: {record}");
    }
    if answer.status == 303 {
        let to = answer.headers["location"].to_str().unwrap();
        assert!(to.starts_with(HOME), "{what}: {to}");
        is_clean(&browser.get(to).await, to);
    }
}

/// Each form with markup in all its fields, and in one after the other; then what came of it is read.
#[tokio::test]
async fn what_is_typed_is_shown_as_text() {
    let bench = Bench::new().await;
    stored(&bench).await;
    let browser = Browser::of_root(&bench).await;
    let pages = crawl(&browser, 1).await;
    let mut sent = 0;
    for (target, page) in &pages {
        for form in forms(page) {
            if form.action == SIGN_OUT {
                continue;
            }
            sent += 1;
            submit(&browser, target, &form, filled(&form, MARKUP, |_| true)).await;
            for field in &form.fields {
                let only = filled(&form, MARKUP, |other| other.name == field.name);
                submit(&browser, target, &form, only).await;
            }
        }
    }
    assert!(sent >= FORMS_AT_LEAST, "{sent} forms on {:?}", pages.keys());
    for (target, page) in crawl(&browser, 2).await {
        is_clean(&page, &target);
    }
}

/// 200 KB in each text area: PEM, markup, and characters that take three bytes.
#[tokio::test]
async fn large_texts_are_taken_or_refused_as_text() {
    let bench = Bench::new().await;
    stored(&bench).await;
    let browser = Browser::of_root(&bench).await;
    let pem = bench.ca.own().certificate_pem().unwrap();
    let fill = |unit: &str| unit.repeat(LARGE / unit.len());
    let large = [
        fill(&pem),
        fill("<x-evil onevil=1>\"'\n"),
        fill("\u{202e}\u{5d0}"),
    ];
    let pages = crawl(&browser, 1).await;
    for (target, page) in &pages {
        for form in forms(page) {
            let has_room = form.fields.iter().any(|field| field.kind == "textarea");
            if !has_room {
                continue;
            }
            for text in &large {
                let fields = filled(&form, text, |field| field.kind == "textarea");
                // One of them may be as large as that, not each.
                let mut left = 1;
                let fields = fields.into_iter().map(|(name, value)| {
                    if value.len() < 100_000 || left > 0 {
                        left -= i32::from(value.len() >= 100_000);
                        return (name, value);
                    }
                    (name, String::new())
                });
                submit(&browser, target, &form, fields.collect()).await;
            }
        }
    }
}
