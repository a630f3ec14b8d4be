//! Names are what people choose: one that is also a word of a URL, or a step in a path, has its pages all the same.

use anyrole_domain::identities::put_inline_policy;
use anyrole_domain::roles::Role;

use super::browser::{Browser, HOME};
use super::crawl::links;
use super::iam::text;
use crate::site::Bench;

/// Words of the console's own URLs, and names that browsers and servers may take for something else.
const NAMES: [&str; 10] = [
    "new",
    "delete",
    "edit",
    "inline",
    "trust",
    "..",
    ".",
    "...",
    "a+b=c,d@e",
    "-",
];
const DOCUMENT: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;

/// Browsers walk up by a segment of dots, however it is written (WHATWG URL, double-dot path segment).
fn is_walked(target: &str) -> bool {
    let path = target.split('?').next().unwrap().to_ascii_lowercase();
    let mut segments = path.split('/').map(|one| one.replace("%2e", "."));
    segments.any(|one| one == "." || one == "..")
}

#[tokio::test]
async fn each_name_has_its_pages() {
    let bench = Bench::new().await;
    for name in NAMES {
        bench.role(name).await;
        for policy in NAMES {
            put_inline_policy::<Role>(
                &bench.site,
                &bench.root(),
                name,
                policy,
                DOCUMENT.to_owned(),
            )
            .await
            .unwrap();
        }
    }
    let browser = Browser::of_root(&bench).await;
    let list = browser.get(&format!("{HOME}roles")).await;
    let ways = links(&list);
    let mut seen = Vec::new();
    for way in ways
        .iter()
        .filter(|way| way.starts_with("/-/console/roles/"))
    {
        assert!(!is_walked(way), "{way}");
        let page = browser.get(way).await;
        assert_eq!(page.status, 200, "{way}: {}", page.body);
        let Some(name) = NAMES
            .iter()
            .find(|name| text(&page).contains(&format!("role/{name}Copy")))
        else {
            assert!(
                text(&page).contains("Create the role"),
                "{way}: {}",
                page.body
            );
            continue;
        };
        seen.push(*name);
        let below: Vec<String> = links(&page)
            .into_iter()
            .filter(|one| one.starts_with(&format!("{way}/")))
            .collect();
        // Edited, its trust policy edited, deleted; a policy added; each policy edited and deleted.
        assert_eq!(below.len(), 4 + 2 * NAMES.len(), "{way}: {below:?}");
        for target in below {
            assert!(!is_walked(&target), "{target}");
            let page = browser.get(&target).await;
            assert_eq!(page.status, 200, "{target}: {}", page.body);
        }
    }
    seen.sort_unstable();
    let mut names = NAMES.to_vec();
    names.sort_unstable();
    assert_eq!(seen, names);
}
