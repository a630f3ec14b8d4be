//! Every page says how the same is done by command, and every form on it has the command that does what the form does; the AWS CLI
//! takes each of them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use anyrole_domain::identities::{attach_policy, put_boundary};
use anyrole_domain::managed_policies::create_policy_version;
use anyrole_domain::roles::Role;
use anyrole_testkit::PythonTools;

use super::browser::{Browser, HOME, SIGN_OUT, location};
use super::crawl::{crawl, forms, links};
use super::hostile::stored;
use super::html;
use super::iam::{fill, post};
use super::roles_anywhere::revocation_list;
use crate::site::{Answer, Bench};

/// An area, a word of a URL, operations.
type Row = (&'static str, &'static str, &'static [&'static str]);

/// Forms by area and by a segment of where they are sent, with the operations that must be among the page's commands.
const FORMS: [Row; 62] = [
    (
        "trust-anchors",
        "create",
        &["rolesanywhere create-trust-anchor"],
    ),
    (
        "trust-anchors",
        "edit",
        &["rolesanywhere update-trust-anchor"],
    ),
    (
        "trust-anchors",
        "delete",
        &["rolesanywhere delete-trust-anchor"],
    ),
    (
        "trust-anchors",
        "disable",
        &["rolesanywhere disable-trust-anchor"],
    ),
    (
        "trust-anchors",
        "enable",
        &["rolesanywhere enable-trust-anchor"],
    ),
    (
        "trust-anchors",
        "notifications",
        &["rolesanywhere put-notification-settings"],
    ),
    (
        "trust-anchors",
        "notifications-reset",
        &["rolesanywhere reset-notification-settings"],
    ),
    ("trust-anchors", "tag", &["rolesanywhere tag-resource"]),
    ("trust-anchors", "untag", &["rolesanywhere untag-resource"]),
    ("profiles", "create", &["rolesanywhere create-profile"]),
    ("profiles", "edit", &["rolesanywhere update-profile"]),
    ("profiles", "delete", &["rolesanywhere delete-profile"]),
    ("profiles", "disable", &["rolesanywhere disable-profile"]),
    ("profiles", "enable", &["rolesanywhere enable-profile"]),
    (
        "profiles",
        "mappings",
        &["rolesanywhere put-attribute-mapping"],
    ),
    (
        "profiles",
        "mappings-delete",
        &["rolesanywhere delete-attribute-mapping"],
    ),
    ("profiles", "tag", &["rolesanywhere tag-resource"]),
    ("profiles", "untag", &["rolesanywhere untag-resource"]),
    ("crls", "import", &["rolesanywhere import-crl"]),
    ("crls", "edit", &["rolesanywhere update-crl"]),
    ("crls", "delete", &["rolesanywhere delete-crl"]),
    ("crls", "disable", &["rolesanywhere disable-crl"]),
    ("crls", "enable", &["rolesanywhere enable-crl"]),
    ("crls", "tag", &["rolesanywhere tag-resource"]),
    ("crls", "untag", &["rolesanywhere untag-resource"]),
    ("subjects", "tag", &["rolesanywhere tag-resource"]),
    ("subjects", "untag", &["rolesanywhere untag-resource"]),
    ("roles", "~new", &["iam create-role"]),
    ("roles", "edit", &["iam update-role"]),
    ("roles", "trust", &["iam update-assume-role-policy"]),
    ("roles", "delete", &["iam delete-role"]),
    ("roles", "attach", &["iam attach-role-policy"]),
    ("roles", "detach", &["iam detach-role-policy"]),
    ("roles", "inline", &["iam put-role-policy"]),
    ("roles", "delete-inline", &["iam delete-role-policy"]),
    ("roles", "boundary", &["iam put-role-permissions-boundary"]),
    (
        "roles",
        "remove-boundary",
        &["iam delete-role-permissions-boundary"],
    ),
    ("roles", "tag", &["iam tag-role"]),
    ("roles", "untag", &["iam untag-role"]),
    ("policies", "new", &["iam create-policy"]),
    ("policies", "versions", &["iam create-policy-version"]),
    (
        "policies",
        "set-default",
        &["iam set-default-policy-version"],
    ),
    ("policies", "delete", &["iam delete-policy"]),
    ("policies", "delete-version", &["iam delete-policy-version"]),
    ("policies", "tag", &["iam tag-policy"]),
    ("policies", "untag", &["iam untag-policy"]),
    ("simulate", "", &["iam simulate-custom-policy"]),
    ("simulate", "principal", &["iam simulate-principal-policy"]),
    (
        "authorities",
        "new",
        &["acm-pca create-certificate-authority"],
    ),
    ("authorities", "issue", &["acm-pca issue-certificate"]),
    (
        "authorities",
        "revocation",
        &["acm-pca update-certificate-authority"],
    ),
    (
        "authorities",
        "disable",
        &["acm-pca update-certificate-authority"],
    ),
    (
        "authorities",
        "enable",
        &["acm-pca update-certificate-authority"],
    ),
    (
        "authorities",
        "delete",
        &["acm-pca delete-certificate-authority"],
    ),
    (
        "authorities",
        "restore",
        &["acm-pca restore-certificate-authority"],
    ),
    (
        "authorities",
        "sign",
        &[
            "acm-pca get-certificate-authority-csr",
            "acm-pca issue-certificate",
            "acm-pca import-certificate-authority-certificate",
        ],
    ),
    (
        "authorities",
        "import",
        &["acm-pca import-certificate-authority-certificate"],
    ),
    ("authorities", "tag", &["acm-pca tag-certificate-authority"]),
    (
        "authorities",
        "untag",
        &["acm-pca untag-certificate-authority"],
    ),
    ("certificates", "revoke", &["acm-pca revoke-certificate"]),
    ("join-tokens", "new", &["anyrole join-token create"]),
    ("join-tokens", "delete", &["anyrole join-token delete"]),
];

/// Pages that have no command, and why.
const EXCEPT: [(&str, &str); 3] = [
    (
        "sign-in",
        "nobody is signed in yet: there is nothing that a command would do",
    ),
    ("roles/nobody", "a refusal: nothing is shown or done"),
    ("nowhere", "a refusal: nothing is shown or done"),
];

/// The commands of a page.
fn commands(page: &Answer) -> Vec<String> {
    let elements = html::parse(&page.body).elements;
    let is_box = |class: Option<&str>| class == Some("command");
    let inside = elements
        .iter()
        .skip_while(|one| one.name != "details" || !is_box(one.attribute("class")))
        .take_while(|one| one.name != "/details");
    inside
        .filter(|one| one.name == "pre")
        .map(|one| one.text.clone())
        .collect()
}

/// The row of a form by where it is sent: a name in the query says most, then what stands behind the name of a thing.
fn row(target: &str) -> Row {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let below: Vec<&str> = path.strip_prefix(HOME).unwrap().split('/').collect();
    let (area, rest) = below.split_first().unwrap();
    let of_word = |word: &str| {
        FORMS
            .iter()
            .find(|(of, known, _)| of == area && *known == word)
    };
    let asked = query.split('&').filter_map(|pair| pair.split('=').next());
    let mut words = asked
        .filter(|name| !name.is_empty())
        .chain(rest.iter().skip(1).copied());
    let found = words.find_map(of_word);
    let found = found.or_else(|| of_word(rest.first().unwrap_or(&"")));
    assert!(
        found.is_some(),
        "no command is known for the form that is sent to {target}"
    );
    *found.unwrap()
}

/// One of each thing that a page can show, in each of its states.
async fn filled(bench: &Bench, browser: &Browser<'_>) {
    stored(bench).await;
    let (site, root) = (&bench.site, bench.root());
    let arn = "arn:aws:iam::000000000000:policy/policy";
    attach_policy::<Role>(site, &root, "app", arn)
        .await
        .unwrap();
    put_boundary::<Role>(site, &root, "app", arn).await.unwrap();
    let document = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;
    create_policy_version(site, &root, arn, document.to_owned(), true)
        .await
        .unwrap();
    let anchor = bench.anchor().await;
    let list = revocation_list(bench);
    let fields = [
        ("name", "list"),
        ("anchor", anchor.as_str()),
        ("data", list.as_str()),
        ("enabled", "on"),
        ("tags", "team=red"),
    ];
    let crl = fill(browser, &format!("{HOME}crls/import"), &fields).await;
    switched_off(browser, &crl).await;
    // Another one of each that is off, too.
    let fields = [
        ("name", "list 2"),
        ("anchor", &anchor),
        ("data", &list),
        ("enabled", "on"),
    ];
    let crl = fill(browser, &format!("{HOME}crls/import"), &fields).await;
    assert!(location(&crl).ends_with("?done=imported"));
    let profile = [("name", "off"), ("save", "yes")];
    let profile = fill(browser, &format!("{HOME}profiles/create"), &profile).await;
    assert!(location(&profile).ends_with("?done=created"));
    let anchors = browser.get(&format!("{HOME}trust-anchors")).await;
    let one = anchor.rsplit('/').next().unwrap();
    let at = format!("{HOME}trust-anchors/{one}");
    assert!(anchors.body.contains(&at), "{}", anchors.body);
    let token = browser.token(&at).await;
    post(browser, &format!("{at}/disable"), &token, &[]).await;
    let subjects = links(&browser.get(&format!("{HOME}subjects")).await);
    let at = format!("{HOME}subjects/");
    let subject = subjects.iter().find(|one| one.starts_with(&at)).unwrap();
    let token = browser.token(subject).await;
    let tag = [("tag-key", "team"), ("tag-value", "red")];
    let tagged = post(browser, &format!("{subject}/tag"), &token, &tag).await;
    assert!(location(&tagged).ends_with("?done=tagged"));
    authorities(browser).await;
}

async fn switched_off(browser: &Browser<'_>, made: &Answer) {
    let at = location(made).split('?').next().unwrap().to_owned();
    let token = browser.token(&at).await;
    let off = post(browser, &format!("{at}/disable"), &token, &[]).await;
    assert!(location(&off).ends_with("?done=disabled"));
}

/// Private CAs in each state, a certificate, a join token.
async fn authorities(browser: &Browser<'_>) {
    let new = format!("{HOME}authorities/new");
    let made = async |name: &str, kind: &str, signs_itself: bool| {
        let mut fields = vec![
            ("kind", kind),
            ("cn", name),
            ("crl", "on"),
            ("tags", "team=red"),
        ];
        if signs_itself {
            fields.push(("signs-itself", "on"));
        }
        fill(browser, &new, &fields).await
    };
    let path = |answer: &Answer| location(answer).split('?').next().unwrap().to_owned();
    let active = path(&made("Active", "ROOT", true).await);
    made("Waiting root", "ROOT", false).await;
    made("Waiting", "SUBORDINATE", false).await;
    switched_off(browser, &made("Disabled", "ROOT", true).await).await;
    let gone = made("Deleted", "ROOT", true).await;
    switched_off(browser, &gone).await;
    let delete = format!("{}/delete", path(&gone));
    let deleted = fill(browser, &delete, &[("confirm", "Deleted")]).await;
    assert!(location(&deleted).ends_with("?done=deleted"));

    let arn = active.rsplit('/').next().unwrap();
    let arn = browser.bench.site.account().certificate_authority_arn(arn);
    let snapshot = browser.bench.site.directory.read();
    let csr = snapshot
        .certificate_authority(&arn)
        .unwrap()
        .row
        .csr
        .clone();
    drop(snapshot);
    let fields = [("csr", csr.as_str()), ("validity", "1"), ("unit", "DAYS")];
    let issued = fill(browser, &format!("{active}/issue"), &fields).await;
    assert!(location(&issued).ends_with("?done=created"));
    let fields = [("authority", arn.as_str()), ("subject", "CN=web-7")];
    let token = fill(browser, &format!("{HOME}join-tokens/new"), &fields).await;
    assert!(token.body.contains("anyrole-join-1."), "{}", token.body);
    let says = commands(&token);
    assert!(
        says.iter()
            .any(|one| one.starts_with("anyrole join-token create")),
        "{says:?}"
    );
}

/// Those that the AWS CLI's own parser does not take, with what it says. Nothing is sent.
fn refused_by_the_aws_cli(commands: &BTreeSet<String>) -> Vec<String> {
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/in_process/console/aws_cli_takes.py");
    let mut python = Command::new(PythonTools::ready().unwrap().python())
        .arg("-B")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = python.stdin.take().unwrap();
    serde_json::to_writer(&mut lines, commands).unwrap();
    drop(lines);
    let output = python.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn each_page_and_each_form_has_its_command() {
    let bench = Bench::new().await;
    let browser = Browser::of_root(&bench).await;
    filled(&bench, &browser).await;
    let pages = crawl(&browser, 16).await;
    let mut missing = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut all = BTreeSet::new();
    for (target, page) in &pages {
        let kind = page.headers.get("content-type").unwrap().to_str().unwrap();
        // The rows alone are a part of a page; a PEM is a file.
        if !kind.starts_with("text/html") || target.starts_with("/-/console/activity/live") {
            continue;
        }
        let commands = commands(page);
        all.extend(commands.iter().cloned());
        if commands.is_empty() {
            missing.insert(format!("{target} has no command"));
        }
        for form in forms(page) {
            if !form.is_post || form.action == SIGN_OUT {
                continue;
            }
            let own = target.split('?').next();
            let sent_to = match form.action.as_str() {
                action if action.is_empty() || own == Some(action) => target,
                action => action,
            };
            let (area, word, operations) = row(sent_to);
            seen.insert((area, word));
            for operation in operations {
                let is_it = |command: &String| {
                    command
                        .strip_prefix("aws ")
                        .unwrap_or(command)
                        .starts_with(&format!("{operation} "))
                };
                if !commands.iter().any(is_it) {
                    missing.insert(format!(
                        "{target}: no `{operation}` for the form that goes to {sent_to}"
                    ));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    let unseen: Vec<_> = FORMS
        .iter()
        .filter(|(area, word, _)| !seen.contains(&(*area, *word)))
        .collect();
    assert!(
        unseen.is_empty(),
        "no page has the forms {unseen:?}: {:?}",
        pages.keys()
    );
    all.retain(|command| command.starts_with("aws "));
    assert_eq!(refused_by_the_aws_cli(&all), [""; 0]);
    let wrong = [
        "aws iam list-rolls",
        "aws iam list-roles --owner me",
        "aws iam get-role",
        "aws iam tag-role --role-name app --tags a,b",
    ];
    let wrong = wrong.map(str::to_owned).into();
    assert_eq!(refused_by_the_aws_cli(&wrong).len(), wrong.len());
    for (path, why) in EXCEPT {
        let browser = match path {
            "sign-in" => Browser::new(&bench),
            _ => browser.copy(),
        };
        let page = browser.get(&format!("{HOME}{path}")).await;
        assert_eq!(commands(&page), [""; 0], "{path}: {why}");
    }
}
