//! Things to pick from, more of them than a list shows: any can be found, and what was picked stays picked.

use anyrole_domain::trust_anchors::{AnchorSource, CreateTrustAnchor, TrustAnchor};
use anyrole_domain::{crls::Crl, profiles::Profile, trust_anchors::create_trust_anchor};
use jiff::Timestamp;

use super::browser::Browser;
use super::html;
use super::iam::{fill, post};
use super::roles_anywhere::{all, revocation_list};
use crate::site::{Answer, Bench};

const IMPORT: &str = "/-/console/crls/import";
/// How many there are; a list shows a hundred.
const MANY: usize = 130;

/// The values that a list offers, and the picked one.
fn offered(page: &Answer) -> (Vec<String>, Option<String>) {
    let elements = html::parse(&page.body).elements;
    let list = elements
        .iter()
        .skip_while(|one| one.name != "select" || one.attribute("name") != Some("anchor"))
        .take_while(|one| one.name != "/select")
        .filter(|one| one.name == "option");
    let value = |one: &html::Element| one.attribute("value").unwrap().to_owned();
    let picked = list.clone().find(|one| one.attribute("selected").is_some());
    let values = list.map(value).filter(|value| !value.is_empty());
    (values.collect(), picked.map(value))
}

async fn anchors(bench: &Bench) {
    for number in 0..MANY {
        let input = CreateTrustAnchor {
            name: format!("anchor {number:03}"),
            source: AnchorSource::CertificateBundle(bench.ca.own().certificate_pem().unwrap()),
            enabled: Some(true),
            notification_settings: Vec::new(),
            crl_dp_revocation_enabled: None,
            alias: None,
            tags: Vec::new(),
        };
        create_trust_anchor(&bench.site, &bench.root(), input)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn any_of_many_can_be_found_and_stays_picked() {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    let bench = Bench::with(now, |mut site| {
        site.quotas.trust_anchors = None;
        site
    })
    .await;
    anchors(&bench).await;
    let browser = Browser::of_root(&bench).await;
    let first = browser.get(IMPORT).await;
    let (shown, picked) = offered(&first);
    assert_eq!((shown.len(), picked), (100, None));
    let anchors = all::<TrustAnchor>(&bench);
    let hidden = anchors
        .iter()
        .find(|anchor| !shown.contains(&anchor.resource.arn))
        .unwrap();
    let (arn, name) = (&hidden.resource.arn, &hidden.resource.name);

    // By the link on the anchor's own page.
    let linked = browser.get(&format!("{IMPORT}?anchor={arn}")).await;
    assert_eq!(offered(&linked).1.as_ref(), Some(arn));

    // Looked for by its name, in another case, while another is picked: that one stays until this one is picked.
    let token = browser.token(IMPORT).await;
    let look = [
        ("name", "list"),
        ("anchor", shown[0].as_str()),
        ("anchor-search", &name.to_uppercase()),
        ("find", "yes"),
    ];
    let found = post(&browser, IMPORT, &token, &look).await;
    assert_eq!(found.status, 200, "{}", found.body);
    let (rows, picked) = offered(&found);
    assert_eq!(rows, [shown[0].clone(), arn.clone()]);
    assert_eq!(picked.as_ref(), Some(&shown[0]));
    assert!(found.body.contains("value=\"list\""), "{}", found.body);
    assert!(all::<Crl>(&bench).is_empty());

    // What was picked or typed is still there when the form is refused for something else.
    for field in ["anchor", "anchor-arn"] {
        let refused = fill(
            &browser,
            IMPORT,
            &[("name", "list"), (field, arn), ("data", "no list")],
        )
        .await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert_eq!(offered(&refused).1.as_ref(), Some(arn), "{field}");
    }
    let list = revocation_list(&bench);
    let fields = [
        ("name", "list"),
        ("anchor", arn.as_str()),
        ("data", list.as_str()),
        ("enabled", "on"),
    ];
    fill(&browser, IMPORT, &fields).await;
    assert_eq!(all::<Crl>(&bench)[0].trust_anchor_arn, *arn);

    // Connect has the same list.
    let profile = [
        ("name", "app"),
        ("role-arns", &bench.role("app").await.arn),
        ("save", "yes"),
    ];
    fill(&browser, "/-/console/profiles/create", &profile).await;
    let id = all::<Profile>(&bench)[0].resource.id.clone();
    let connect = format!("/-/console/connect/{id}");
    let (rows, picked) = offered(&browser.get(&connect).await);
    assert_eq!((rows.len(), picked.as_ref()), (100, rows.first()));
    let page = browser.get(&format!("{connect}?anchor={arn}")).await;
    assert_eq!(offered(&page).1.as_ref(), Some(arn));
    assert!(
        page.body.contains(&format!("--trust-anchor-arn {arn}")),
        "{}",
        page.body
    );
}
