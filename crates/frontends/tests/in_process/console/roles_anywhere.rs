//! The pages of trust anchors, profiles and subjects through the door: what is looked at before it is saved, which roles are offered,
//! who sees why not, and what deleting asks.

use anyrole_domain::PageRequest;
use anyrole_domain::crls::Crl;
use anyrole_domain::profiles::Profile;
use anyrole_domain::resources::list;
use anyrole_domain::roles::{CreateRole, create_role};
use anyrole_domain::trust_anchors::TrustAnchor;
use anyrole_testkit::Program;
use serde_json::Value;

use super::browser::{Browser, location, token};
use super::{html, user};
use crate::site::{Answer, Bench};

const ANCHORS: &str = "/-/console/trust-anchors";
const PROFILES: &str = "/-/console/profiles";
/// The most that a page may hold.
const PAGE_BYTES: usize = 100_000;

/// What a reader sees, in one line.
fn seen(page: &Answer) -> String {
    let elements = html::parse(&page.body).elements;
    let words = elements.iter().flat_map(|one| one.text.split_whitespace());
    words.collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn shows(page: &Answer, text: &str) {
    assert!(seen(page).contains(text), "no `{text}` on {}", seen(page));
}

/// The value of the field of this name.
fn field(page: &Answer, name: &str) -> String {
    let elements = html::parse(&page.body).elements;
    let found = elements
        .iter()
        .find(|one| one.attribute("name") == Some(name));
    found.unwrap().attribute("value").unwrap().to_owned()
}

pub fn all<N: anyrole_domain::resources::Noun>(bench: &Bench) -> Vec<std::sync::Arc<N>> {
    let request = PageRequest {
        after: String::new(),
        size: 1000,
    };
    list::<N>(&bench.site, &bench.root(), &request)
        .unwrap()
        .items
}

/// Sends a form of a page that was shown before, with its token.
async fn send(browser: &Browser<'_>, page: &str, to: &str, fields: &[(&str, &str)]) -> Answer {
    let token = browser.token(page).await;
    let fields: Vec<_> = [("form-token", token.as_str())]
        .into_iter()
        .chain(fields.iter().copied())
        .collect();
    browser.post(to, &fields).await
}

fn path(answer: &Answer) -> String {
    location(answer).split('?').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_anchor_is_looked_at_before_it_is_saved() {
    let bench = Bench::new().await;
    let browser = Browser::of_root(&bench).await;
    let create = format!("{ANCHORS}/create");
    let pem = bench.ca.own().certificate_pem().unwrap();
    let leaf = bench.leaf().certificate_pem().unwrap();
    let typed = |pem: &str, rest: &[(&str, &str)]| -> Vec<(String, String)> {
        let fields = [
            ("name", "lab"),
            ("source", "bundle"),
            ("pem", pem),
            ("enabled", "on"),
        ];
        let fields = fields.iter().chain(rest);
        fields
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    let post = async |pem: &str, rest: &[(&str, &str)]| {
        let fields = typed(pem, rest);
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        send(&browser, &create, &create, &fields).await
    };

    let review = post(&pem, &[("review", "yes")]).await;
    assert_eq!(review.status, 200, "{}", review.body);
    let subject = anyrole_x509::Certificate::parse_pem_bundle(&pem).unwrap();
    let subject = subject.first().unwrap().summary().clone();
    shows(&review, &subject.subject.to_string());
    let fingerprint: Vec<_> = subject
        .sha256_fingerprint
        .iter()
        .map(|octet| format!("{octet:02X}"))
        .collect();
    shows(&review, &fingerprint.join(":"));
    shows(&review, "create-trust-anchor");
    assert!(all::<TrustAnchor>(&bench).is_empty() && review.record == Value::Null);
    let mark = field(&review, "reviewed");

    // What was not looked at is not saved, whatever the button says.
    for (pem, mark, status) in [(&pem, "", 200), (&leaf, mark.as_str(), 400)] {
        let again = post(pem, &[("save", "yes"), ("reviewed", mark)]).await;
        assert_eq!(again.status, status, "{}", again.body);
        assert!(all::<TrustAnchor>(&bench).is_empty());
    }
    let refused = post(&leaf, &[("review", "yes")]).await;
    shows(
        &refused,
        "Refused The anchor certificate has no basic constraints with CA true.",
    );
    shows(&refused, "It is an intermediate CA, issued by");
    let key = post(
        "-----BEGIN PRIVATE KEY-----\nAAAAsecretAAAA\n-----END PRIVATE KEY-----",
        &[],
    )
    .await;
    assert!(
        key.status == 400 && !key.body.contains("AAAAsecretAAAA"),
        "{}",
        key.body
    );

    let saved = post(&pem, &[("save", "yes"), ("reviewed", &mark)]).await;
    assert_eq!(saved.record["event"], "rolesanywhere:CreateTrustAnchor");
    let at = path(&saved);
    let detail = browser.get(&at).await;
    shows(&detail, &fingerprint.join(":"));
    shows(&browser.get(ANCHORS).await, "lab");

    // Disabled, tagged, and deleted with its name.
    let off = send(&browser, &at, &format!("{at}/disable"), &[]).await;
    assert_eq!(
        (path(&off), &off.record["event"]),
        (at.clone(), &Value::from("rolesanywhere:DisableTrustAnchor"))
    );
    send(
        &browser,
        &at,
        &format!("{at}/tag"),
        &[("tag-key", "team"), ("tag-value", "red")],
    )
    .await;
    shows(&browser.get(&at).await, "team red Remove");
    let tagged = send(
        &browser,
        &at,
        &format!("{at}/tag"),
        &[("tag-key", "<b>"), ("tag-value", "")],
    )
    .await;
    assert_eq!(
        (tagged.status, &tagged.record["outcome"]),
        (400, &Value::from("refused"))
    );
    let delete = format!("{at}/delete");
    let kept = send(&browser, &delete, &delete, &[("confirm", "la")]).await;
    assert_eq!(kept.status, 400, "{}", kept.body);
    assert_eq!(all::<TrustAnchor>(&bench).len(), 1);
    let gone = send(&browser, &delete, &delete, &[("confirm", "lab")]).await;
    assert_eq!(path(&gone), ANCHORS);
    assert!(all::<TrustAnchor>(&bench).is_empty());
    assert_eq!(browser.get(&at).await.status, 404);
}

#[tokio::test]
async fn a_profile_is_made_of_roles_that_let_certificates_in() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    let input = CreateRole {
        name: "machine".to_owned(),
        assume_role_policy: r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}"#.to_owned(),
        ..CreateRole::default()
    };
    let machine = create_role(&bench.site, &bench.root(), input)
        .await
        .unwrap()
        .row;
    let browser = Browser::of_root(&bench).await;
    let create = format!("{PROFILES}/create");
    let page = browser.get(&create).await;
    let offered = |page: &Answer| -> Vec<String> {
        let elements = html::parse(&page.body).elements;
        let boxes = elements
            .iter()
            .filter(|one| one.attribute("name") == Some("role"));
        boxes
            .map(|one| one.attribute("value").unwrap().to_owned())
            .collect()
    };
    assert_eq!(offered(&page), std::slice::from_ref(&role.arn));
    shows(
        &page,
        "machine Its trust policy does not let rolesanywhere.amazonaws.com in",
    );

    // Another search keeps what was picked; what is wrong with the policy is told by its place.
    let typed = [
        ("name", "web"),
        ("role", role.arn.as_str()),
        ("search", "nothing"),
        ("seconds", "900"),
        (
            "session-policy",
            "{\"Version\": \"2012-10-17\",\r\n \"Statement\": {\"Efect\": \"Allow\"}}",
        ),
    ];
    let found = send(&browser, &create, &create, &typed).await;
    assert_eq!(
        (found.status, offered(&found)),
        (200, vec![role.arn.clone()])
    );
    shows(&found, "Line 2, column");
    shows(&found, "\"Statement\": {\"Efect\": \"Allow\"}}");
    let mut save = typed.to_vec();
    save.push(("save", "yes"));
    let refused = send(&browser, &create, &create, &save).await;
    assert_eq!(
        (refused.status, &refused.record["reason"]),
        (400, &Value::from("malformed-policy"))
    );
    assert!(all::<Profile>(&bench).is_empty());

    save[4].1 = "";
    let saved = send(&browser, &create, &create, &save).await;
    let at = path(&saved);
    shows(&browser.get(&at).await, "app Lets Roles Anywhere in");
    let mapping = [("field", "x509Subject"), ("specifiers", "CN, OU")];
    send(&browser, &at, &format!("{at}/mappings"), &mapping).await;
    let mapping = [("field", "x509Subject"), ("specifier", "OU")];
    let gone = send(&browser, &at, &format!("{at}/mappings-delete"), &mapping).await;
    assert_eq!(gone.record["event"], "rolesanywhere:DeleteAttributeMapping");
    let row = all::<Profile>(&bench).remove(0);
    let of_subject = row.attribute_mappings.last().unwrap();
    assert_eq!(of_subject.specifiers, ["CN"]);

    // A role that lets nobody in can be named by its ARN, and is told of.
    let edit = format!("{at}/edit");
    let changed = [
        ("name", "web 2"),
        ("role", role.arn.as_str()),
        ("role-arns", machine.arn.as_str()),
        ("seconds", "1000"),
        ("save", "yes"),
    ];
    let changed = send(&browser, &edit, &edit, &changed).await;
    assert_eq!(changed.record["event"], "rolesanywhere:UpdateProfile");
    let row = all::<Profile>(&bench).remove(0);
    assert_eq!(
        (
            row.resource.name.as_str(),
            row.duration_seconds,
            row.role_arns.len()
        ),
        ("web 2", 1000, 2)
    );
    shows(&browser.get(&at).await, "machine Lets no certificate in");
}

#[tokio::test]
async fn who_may_not_list_sees_why_and_may_name_a_role() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    let browser = Browser::new(&bench);
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["rolesanywhere:CreateProfile","rolesanywhere:GetProfile","iam:PassRole"],"Resource":"*"}}"#;
    let (_, id, secret) = user(&bench, "clerk", Some(policy)).await;
    browser.must_sign_in(&id, &secret, "").await;
    for (area, action) in [
        ("trust-anchors", "rolesanywhere:ListTrustAnchors"),
        ("profiles", "rolesanywhere:ListProfiles"),
        ("crls", "rolesanywhere:ListCrls"),
        ("subjects", "rolesanywhere:ListSubjects"),
    ] {
        let page = browser.get(&format!("/-/console/{area}")).await;
        assert_eq!(page.status, 403);
        shows(&page, &format!("is not authorized to perform: {action}"));
    }
    let create = format!("{PROFILES}/create");
    shows(
        &browser.get(&create).await,
        "is not authorized to perform: iam:ListRoles",
    );
    let typed = [
        ("name", "web"),
        ("role-arns", role.arn.as_str()),
        ("save", "yes"),
    ];
    let saved = send(&browser, &create, &create, &typed).await;
    let page = browser.get(&path(&saved)).await;
    shows(&page, "Whether their trust policies fit is not shown");
    shows(&page, &role.arn);
}

#[tokio::test]
async fn subjects_show_their_certificates_and_lead_to_their_activity() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    let (anchor, profile) = (bench.anchor().await, bench.profile(&[&role]).await);
    assert_eq!(
        bench
            .create_session(&bench.leaf(), &anchor, &profile)
            .await
            .status,
        201
    );
    let browser = Browser::of_root(&bench).await;
    let page = browser.get("/-/console/subjects").await;
    shows(&page, "CN=client");
    let elements = html::parse(&page.body).elements;
    let mut ways = elements.iter().filter_map(|one| one.attribute("href"));
    let at = ways
        .find(|way| way.starts_with("/-/console/subjects/"))
        .unwrap();
    let page = browser.get(at).await;
    shows(&page, "Granted");
    assert!(
        page.body.contains("/-/console/activity?certificate=1001\""),
        "{}",
        page.body
    );
    send(
        &browser,
        at,
        &format!("{at}/tag"),
        &[("tag-key", "team"), ("tag-value", "red")],
    )
    .await;
    shows(&browser.get(at).await, "team red Remove");
}

/// A list of the bench's authority that revokes one certificate, PEM.
pub fn revocation_list(bench: &Bench) -> String {
    let folder = bench.folder().join("list");
    std::fs::create_dir(&folder).unwrap();
    let config = "[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\ncrlnumber=number\ndefault_md=sha256\ndefault_crl_days=30\ncrl_extensions=list\n[list]\nauthorityKeyIdentifier=keyid\n";
    let index = "R\t400101000000Z\t250101000000Z,keyCompromise\t1001\tunknown\t/CN=x\n";
    for (name, text) in [("ca.cnf", config), ("number", "01\n"), ("index.txt", index)] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let mut openssl = Program::Openssl.command().unwrap();
    openssl
        .current_dir(&folder)
        .args(["ca", "-config", "ca.cnf", "-gencrl", "-out", "list.pem"])
        .args(["-cert".as_ref(), bench.ca.own().certificate.as_os_str()])
        .args(["-keyfile".as_ref(), bench.ca.own().key.as_os_str()]);
    let output = openssl.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    std::fs::read_to_string(folder.join("list.pem")).unwrap()
}

#[tokio::test]
async fn a_revocation_list_is_brought_in_and_told_of() {
    let bench = Bench::new().await;
    let anchor = bench.anchor().await;
    let browser = Browser::of_root(&bench).await;
    let import = "/-/console/crls/import";
    let list = revocation_list(&bench);
    let typed = |data| {
        [
            ("name", "list"),
            ("anchor", anchor.as_str()),
            ("data", data),
            ("enabled", "on"),
        ]
    };
    let refused = send(&browser, import, import, &typed("no list")).await;
    assert_eq!(
        (refused.status, &refused.record["reason"]),
        (400, &Value::from("crl-malformed"))
    );
    shows(&refused, "Invalid CRL");
    shows(&refused, "no list");
    let saved = send(&browser, import, import, &typed(&list)).await;
    assert_eq!(saved.record["event"], "rolesanywhere:ImportCrl");
    let at = path(&saved);
    let page = browser.get(&at).await;
    shows(&page, "Revoked certificates 1");
    shows(&page, "30 days left");
    shows(&browser.get("/-/console/crls").await, "list Enabled");
    let anchor = anchor.rsplit('/').next().unwrap();
    shows(
        &browser.get(&format!("{ANCHORS}/{anchor}")).await,
        "list Enabled",
    );
    send(&browser, &at, &format!("{at}/disable"), &[]).await;
    shows(
        &browser.get(&at).await,
        "It is disabled: no certificate is held against it.",
    );
    let edit = format!("{at}/edit");
    let renamed = send(
        &browser,
        &edit,
        &edit,
        &[("name", "old list"), ("data", "")],
    )
    .await;
    assert_eq!(renamed.record["event"], "rolesanywhere:UpdateCrl");
    let row = all::<Crl>(&bench).remove(0);
    assert_eq!(
        (row.resource.name.as_str(), &*row.data),
        ("old list", list.as_bytes())
    );
}

#[tokio::test]
async fn long_lists_are_shown_by_the_page() {
    let bench = Bench::new().await;
    for number in 0..120 {
        bench.role(&format!("{number:03}{}", "r".repeat(61))).await;
    }
    let browser = Browser::of_root(&bench).await;
    let create = format!("{PROFILES}/create");
    let page = browser.get(&create).await;
    let boxes = |page: &Answer| page.body.matches("name=\"role\"").count();
    assert_eq!(boxes(&page), 50);
    assert!(page.body.len() < PAGE_BYTES, "{}", page.body.len());
    let next = field(&page, "go-roles");
    let token = token(&page);
    let fields = [("form-token", token.as_str()), ("go-roles", next.as_str())];
    let page = browser.post(&create, &fields).await;
    assert_eq!(boxes(&page), 50);
    shows(&page, &format!("050{}", "r".repeat(61)));
}
