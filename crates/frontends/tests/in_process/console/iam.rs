//! Roles, policies, the simulator, private CAs, issued certificates and join tokens by hand: what the forms do is there afterwards, what is
//! refused says why, and each call leaves its record.

use anyrole_domain::certificate_authorities::AuthorityStatus;
use anyrole_domain::trust_anchors::{AnchorSource, CreateTrustAnchor, create_trust_anchor};

use super::browser::{Browser, location, token};
use super::{html, user};
use crate::site::{Answer, Bench};

const ROLES: &str = "/-/console/roles";
const SIMULATE: &str = "/-/console/simulate";
const ANCHORS: &str = "/-/console/trust-anchors";
const AUTHORITIES: &str = "/-/console/authorities";
const TOKENS: &str = "/-/console/join-tokens";

/// The text of a page, white space made one.
pub fn text(page: &Answer) -> String {
    let text = html::parse(&page.body).text;
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Fills in the form of a page and sends it.
pub async fn fill(browser: &Browser<'_>, target: &str, fields: &[(&str, &str)]) -> Answer {
    let page = browser.token(target).await;
    post(browser, target, &page, fields).await
}

pub async fn post(
    browser: &Browser<'_>,
    target: &str,
    token: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let mut all = vec![("form-token", token)];
    all.extend_from_slice(fields);
    browser.post(target, &all).await
}

/// The text of the trust policy's area on a page.
fn document(page: &Answer) -> String {
    let parsed = html::parse(&page.body);
    let mut areas = parsed.elements.iter();
    let area = areas.find(|element| element.attribute("name") == Some("trust-policy"));
    area.unwrap().text.trim().to_owned()
}

/// What a page says that its JSON was written from.
fn written_from(page: &Answer) -> String {
    let parsed = html::parse(&page.body);
    let mut inputs = parsed.elements.iter();
    let mark = inputs.find(|element| element.attribute("name") == Some("fields-written"));
    mark.unwrap().attribute("value").unwrap().to_owned()
}

#[tokio::test]
async fn a_role_is_made_by_the_editor() {
    let bench = Bench::new().await;
    let browser = Browser::of_root(&bench).await;
    let anchor = bench.anchor().await;
    let new = format!("{ROLES}/~new");
    let first = browser.get(&new).await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert!(
        text(&first).contains("any certificate of any trust anchor"),
        "{}",
        first.body
    );

    let fields = [
        ("name", "app"),
        ("seconds", "3600"),
        ("anchor", anchor.as_str()),
        ("subject-ou", "finance"),
    ];
    let written = [&fields[..], &[("do", "write")]].concat();
    let written = post(&browser, &new, &token(&first), &written).await;
    assert_eq!(written.status, 200, "{}", written.body);
    let json = document(&written);
    assert!(
        json.contains("aws:PrincipalTag/x509Subject/OU") && json.contains(&anchor),
        "{json}"
    );
    let mark = written_from(&written);
    let fields = [&fields[..], &[("fields-written", mark.as_str())]].concat();
    assert!(!text(&written).contains("any certificate of any trust anchor"));

    // A broken document: the line, what was typed, and no role.
    let broken = json.replace("\"Allow\"", "\"Alow\"");
    let line = 1 + broken
        .lines()
        .position(|line| line.contains("Alow"))
        .unwrap();
    let save = [
        &fields[..],
        &[("trust-policy", broken.as_str()), ("do", "save")],
    ]
    .concat();
    let refused = post(&browser, &new, &token(&written), &save).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert_eq!(refused.record["event"], "iam:CreateRole");
    assert_eq!(refused.record["outcome"], "refused");
    assert!(
        text(&refused).contains(&format!("Line {line},")),
        "{}",
        refused.body
    );
    assert_eq!(document(&refused), broken);
    assert!(bench.site.directory.read().role_by_name("app").is_none());

    let save = [
        &fields[..],
        &[("trust-policy", json.as_str()), ("do", "save")],
    ]
    .concat();
    let saved = post(&browser, &new, &token(&refused), &save).await;
    assert_eq!(location(&saved), format!("{ROLES}/app?done=created"));
    assert_eq!(saved.record["event"], "iam:CreateRole");
    assert_eq!(saved.record["outcome"], "granted");
    let snapshot = bench.site.directory.read();
    assert_eq!(
        snapshot.role_by_name("app").unwrap().row.assume_role_policy,
        json
    );

    let page = browser.get(location(&saved)).await;
    assert!(
        text(&page).contains("Created.") && text(&page).contains("Let in"),
        "{}",
        page.body
    );
    let list = browser.get(ROLES).await;
    assert!(
        text(&list).contains("app") && text(&list).contains("Let in"),
        "{}",
        list.body
    );
}

/// Whoever fills a field in and forgets to write it would make a role that lets everybody in.
#[tokio::test]
async fn fields_that_were_not_written_are_not_forgotten() {
    let bench = Bench::new().await;
    let browser = Browser::of_root(&bench).await;
    let new = format!("{ROLES}/~new");
    let first = browser.get(&new).await;
    let (json, mark) = (document(&first), written_from(&first));
    let sent = [
        ("name", "app"),
        ("trust-policy", json.as_str()),
        ("fields-written", mark.as_str()),
        ("do", "save"),
    ];
    let with_unit = [&sent[..], &[("subject-ou", "finance")]].concat();
    let refused = post(&browser, &new, &token(&first), &with_unit).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert_eq!(refused.record["event"], "iam:CreateRole");
    assert_eq!(refused.reason(), "fields-not-written");
    assert!(bench.site.directory.read().role_by_name("app").is_none());
    // It stays so, however often it is sent, until the fields are written or emptied.
    assert_eq!(written_from(&refused), mark);
    let made = post(&browser, &new, &token(&refused), &sent).await;
    assert_eq!(location(&made), format!("{ROLES}/app?done=created"));

    let trust = format!("{ROLES}/app/trust?subject-ou=finance");
    let page = browser.get(&trust).await;
    assert!(text(&page).contains("does not say yet"), "{}", page.body);
    let mark = written_from(&page);
    let save = [
        ("trust-policy", json.as_str()),
        ("subject-ou", "finance"),
        ("fields-written", mark.as_str()),
        ("do", "save"),
    ];
    let refused = post(&browser, &trust, &token(&page), &save).await;
    assert_eq!(refused.reason(), "fields-not-written");
    assert_eq!(refused.record["event"], "iam:UpdateAssumeRolePolicy");
    let written = [&save[..3], &[("do", "write")]].concat();
    let written = post(&browser, &trust, &token(&refused), &written).await;
    let (json, mark) = (document(&written), written_from(&written));
    assert!(json.contains("finance") && !text(&written).contains("does not say yet"));
    // By hand, after it was written: the fields stay as they were.
    let by_hand = json.replace("finance", "sales");
    let save = [
        ("trust-policy", by_hand.as_str()),
        ("subject-ou", "finance"),
        ("fields-written", mark.as_str()),
        ("do", "save"),
    ];
    let saved = post(&browser, &trust, &token(&written), &save).await;
    assert_eq!(location(&saved), format!("{ROLES}/app?done=saved"));
}

/// Enter in a field presses the first button of a form, which must not write over what was typed by hand.
#[tokio::test]
async fn enter_in_the_form_of_a_role_changes_nothing() {
    let bench = Bench::new().await;
    let page = Browser::of_root(&bench)
        .await
        .get(&format!("{ROLES}/~new"))
        .await;
    let parsed = html::parse(&page.body);
    let elements = parsed.elements.iter();
    let mut of_form =
        elements.skip_while(|it| it.attribute("action") != Some("/-/console/roles/~new"));
    let first = of_form.find(|it| it.name == "button").unwrap();
    assert_eq!(first.attribute("value"), Some("check"), "{first:?}");
}

#[tokio::test]
async fn a_role_is_deleted_once_its_name_is_typed() {
    let bench = Bench::new().await;
    let browser = Browser::of_root(&bench).await;
    bench.role("app").await;
    let target = format!("{ROLES}/app/delete");
    let refused = fill(&browser, &target, &[("confirm", "ap")]).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert!(bench.site.directory.read().role_by_name("app").is_some());
    for (action, field, value) in [
        (
            "attach",
            "attach",
            "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        ),
        ("tag", "tag-key", "<b>bold</b>"),
    ] {
        let page = browser.token(&format!("{ROLES}/app")).await;
        let answer = post(
            &browser,
            &format!("{ROLES}/app/{action}"),
            &page,
            &[(field, value)],
        )
        .await;
        let expected = if action == "attach" { 303 } else { 400 };
        assert_eq!(answer.status, expected, "{action}: {}", answer.body);
    }
    let in_use = fill(&browser, &target, &[("confirm", "app")]).await;
    assert_eq!(in_use.status, 409, "{}", in_use.body);
    let page = browser.token(&format!("{ROLES}/app")).await;
    let policy = [("policy", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")];
    let detached = post(&browser, &format!("{ROLES}/app/detach"), &page, &policy).await;
    assert_eq!(detached.status, 303, "{}", detached.body);
    let deleted = fill(&browser, &target, &[("confirm", "app")]).await;
    assert_eq!(location(&deleted), format!("{ROLES}?done=deleted"));
    assert!(bench.site.directory.read().role_by_name("app").is_none());
}

#[tokio::test]
async fn who_may_not_sees_which_action_is_missing() {
    let bench = Bench::new().await;
    let (_, id, secret) = user(&bench, "viewer", None).await;
    let browser = Browser::new(&bench);
    browser.must_sign_in(&id, &secret, "").await;
    for (target, action) in [
        (ROLES, "iam:ListRoles"),
        ("/-/console/policies", "iam:ListPolicies"),
        (AUTHORITIES, "acm-pca:ListCertificateAuthorities"),
        (
            "/-/console/certificates",
            "acm-pca:ListCertificateAuthorities",
        ),
        (TOKENS, "anyrole:ListJoinTokens"),
    ] {
        let page = browser.get(target).await;
        assert_eq!(page.status, 403, "{target}: {}", page.body);
        assert!(text(&page).contains(action), "{target}: {}", page.body);
    }
    let asked = fill(
        &browser,
        SIMULATE,
        &[("actions", "s3:GetObject"), ("policy", "{}")],
    )
    .await;
    assert_eq!(asked.status, 403, "{}", asked.body);
    assert_eq!(asked.record["event"], "iam:SimulateCustomPolicy");
}

#[tokio::test]
async fn a_simulation_says_which_condition_was_in_the_way() {
    let bench = Bench::new().await;
    let browser = Browser::of_root(&bench).await;
    let policy = r#"{"Version":"2012-10-17","Statement":[
{"Sid":"Own","Effect":"Allow","Action":"s3:GetObject","Resource":"*",
 "Condition":{"StringEquals":{"aws:PrincipalTag/x509Subject/OU":"finance"}}}]}"#;
    for (unit, verdict, told) in [
        (
            "finance",
            "Allowed",
            "the statement `Own` on line 2 allows it",
        ),
        (
            "sales",
            "Not allowed",
            "wants [finance], the request has [sales]",
        ),
    ] {
        let context = format!("aws:PrincipalTag/x509Subject/OU={unit}");
        let fields = [
            ("policy", policy),
            ("actions", "s3:GetObject"),
            ("resources", "arn:aws:s3:::reports/2030.txt"),
            ("context", context.as_str()),
        ];
        let answer = fill(&browser, SIMULATE, &fields).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let text = text(&answer);
        assert!(
            text.contains(verdict) && text.contains(told),
            "{unit}: {text}"
        );
    }
}

#[tokio::test]
async fn a_simulation_takes_what_the_api_takes() {
    let bench = Bench::new().await;
    let browser = Browser::of_root(&bench).await;
    let condition = |operator: &str, key: &str, value: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{{"{operator}":{{"{key}":{value}}}}}}}}}"#
        )
    };
    let until = condition(
        "DateLessThan",
        "aws:CurrentTime",
        r#""2030-01-31T00:00:00Z""#,
    );
    let few = condition("NumericLessThanEquals", "s3:max-keys", "10");
    let near = condition("IpAddress", "aws:SourceIp", r#""10.0.0.0/8""#);
    let keys = condition("ForAllValues:StringEquals", "aws:TagKeys", r#"["a","b"]"#);
    for (policy, context, verdict) in [
        (
            &until,
            "date aws:CurrentTime=2030-01-30T23:59:59Z",
            "Allowed",
        ),
        (
            &until,
            "date aws:CurrentTime=2030-01-31T00:00:01Z",
            "Not allowed",
        ),
        (&few, "numeric s3:max-keys=9", "Allowed"),
        (&few, "numeric s3:max-keys=11", "Not allowed"),
        (&near, "ip aws:SourceIp=10.1.2.3", "Allowed"),
        (&near, "ip aws:SourceIp=11.1.2.3", "Not allowed"),
        (&keys, "aws:TagKeys=a\naws:TagKeys=b", "Allowed"),
        (&keys, "aws:TagKeys=a\naws:TagKeys=c", "Not allowed"),
    ] {
        let fields = [
            ("policy", policy.as_str()),
            ("actions", "s3:GetObject"),
            ("context", context),
        ];
        let answer = fill(&browser, SIMULATE, &fields).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let text = text(&answer);
        assert!(
            text.contains(&format!("s3:GetObject*{verdict}")),
            "{context}: {text}"
        );
    }
    // A bucket of another account, and its policy: both must allow.
    let user = "arn:aws:iam::000000000000:user/ann";
    let own =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    let of_bucket = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"{user}"}},"Action":"s3:GetObject","Resource":"*"}}}}"#
    );
    for (resource_policy, owner, caller, told) in [
        (of_bucket.as_str(), "111122223333", user, "Allowed"),
        ("", "111122223333", user, "Not allowed"),
        (
            of_bucket.as_str(),
            "111122223333",
            "",
            "CallerArn is needed where ResourcePolicy is given.",
        ),
        (
            of_bucket.as_str(),
            "nobody",
            user,
            "ResourceOwner names no account.",
        ),
    ] {
        let fields = [
            ("policy", own),
            ("actions", "s3:GetObject"),
            ("resources", "arn:aws:s3:::reports/2030.txt"),
            ("resource-policy", resource_policy),
            ("owner", owner),
            ("caller", caller),
        ];
        let answer = fill(&browser, SIMULATE, &fields).await;
        let text = text(&answer);
        assert!(text.contains(told), "{fields:?}: {text}");
    }
}

#[tokio::test]
async fn a_root_signs_itself_issues_and_revokes() {
    let bench = Bench::new().await;
    let browser = Browser::of_root(&bench).await;
    let fields = [
        ("kind", "ROOT"),
        ("cn", "Our root"),
        ("key", "EC_prime256v1"),
        ("crl", "on"),
        ("signs-itself", "on"),
        ("validity", "5"),
        ("unit", "YEARS"),
    ];
    let made = fill(&browser, &format!("{AUTHORITIES}/new"), &fields).await;
    let page = location(&made).split('?').next().unwrap().to_owned();
    let entry = {
        let snapshot = bench.site.directory.read();
        let id = page.rsplit('/').next().unwrap();
        snapshot.certificate_authority_by_id(id).unwrap().clone()
    };
    assert_eq!(entry.status(bench.now()), AuthorityStatus::Active);
    let shown = browser.get(&page).await;
    assert!(
        text(&shown).contains("Active") && text(&shown).contains("CN=Our root"),
        "{}",
        shown.body
    );

    an_anchor_of_it_needs_no_list(&bench, &browser, &entry.row.arn).await;

    // Its own request will do: what counts is whose key it is of.
    let csr = entry.row.csr.clone();
    let issued = fill(
        &browser,
        &format!("{page}/issue"),
        &[("csr", &csr), ("validity", "1"), ("unit", "DAYS")],
    )
    .await;
    let certificate = location(&issued).split('?').next().unwrap().to_owned();
    let list = browser
        .get(&format!(
            "/-/console/certificates?authority={}",
            entry.row.id
        ))
        .await;
    assert!(list.body.contains(&certificate), "{}", list.body);
    let pem = browser.get(&format!("{certificate}/pem")).await;
    assert!(
        pem.body.starts_with("-----BEGIN CERTIFICATE-----"),
        "{}",
        pem.body
    );

    let serial = certificate.rsplit('/').next().unwrap().to_owned();
    let target = format!("{certificate}/revoke");
    let refused = fill(
        &browser,
        &target,
        &[("confirm", "0"), ("reason", "SUPERSEDED")],
    )
    .await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    let revoked = fill(
        &browser,
        &target,
        &[("confirm", &serial), ("reason", "SUPERSEDED")],
    )
    .await;
    assert!(location(&revoked).ends_with("?done=revoked"));
    assert!(text(&browser.get(&certificate).await).contains("SUPERSEDED"));
    assert_eq!(
        bench
            .site
            .directory
            .read()
            .revocations_of(&entry.row.arn)
            .len(),
        1
    );

    a_token_is_shown_once(&browser, &entry.row.arn).await;
    is_deleted_once_disabled(&browser, &page).await;
}

/// What a private CA revokes is asked of it; of a bundle's CA nothing is known without a list.
async fn an_anchor_of_it_needs_no_list(bench: &Bench, browser: &Browser<'_>, authority: &str) {
    let input = CreateTrustAnchor {
        name: "of-ours".to_owned(),
        source: AnchorSource::PrivateCa(authority.to_owned()),
        enabled: None,
        notification_settings: Vec::new(),
        crl_dp_revocation_enabled: None,
        alias: None,
        tags: Vec::new(),
    };
    let of_ours = create_trust_anchor(&bench.site, &bench.root(), input)
        .await
        .unwrap();
    for (arn, needs_a_list) in [
        (of_ours.resource.arn.clone(), false),
        (bench.anchor().await, true),
    ] {
        let id = arn.rsplit('/').next().unwrap();
        let page = browser.get(&format!("{ANCHORS}/{id}")).await;
        let text = text(&page);
        assert_eq!(
            text.contains("nothing that its CA has revoked is known"),
            needs_a_list
        );
        assert_eq!(
            text.contains("is known without a list"),
            !needs_a_list,
            "{text}"
        );
    }
}

async fn a_token_is_shown_once(browser: &Browser<'_>, authority: &str) {
    let token = fill(
        browser,
        &format!("{TOKENS}/new"),
        &[("authority", authority), ("subject", "CN=web-7")],
    )
    .await;
    assert_eq!(token.status, 200, "{}", token.body);
    assert!(
        token.body.contains("anyrole-join-1.") && token.body.contains("anyrole enroll"),
        "{}",
        token.body
    );
    let tokens = browser.get(TOKENS).await;
    assert!(text(&tokens).contains("CN=web-7") && !tokens.body.contains("anyrole-join-1."));
}

async fn is_deleted_once_disabled(browser: &Browser<'_>, page: &str) {
    let in_force = fill(
        browser,
        &format!("{page}/delete"),
        &[("confirm", "Our root")],
    )
    .await;
    assert_eq!(in_force.status, 400, "{}", in_force.body);
    let form = browser.token(page).await;
    let disabled = post(browser, &format!("{page}/disable"), &form, &[]).await;
    assert!(location(&disabled).ends_with("?done=disabled"));
    let deleted = fill(
        browser,
        &format!("{page}/delete"),
        &[("confirm", "Our root"), ("days", "7")],
    )
    .await;
    assert_eq!(location(&deleted), format!("{AUTHORITIES}?done=deleted"));
}
