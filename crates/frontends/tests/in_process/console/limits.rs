//! What breaks a limit of the API's model is refused in the API's words, and recorded as the operation that it was meant for.

use anyrole_domain::managed_policies::{CreatePolicy, create_policy};

use super::browser::{Browser, HOME, location};
use super::iam::{fill, post, text};
use crate::site::Bench;

const DOCUMENT: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;
/// A page with a form, the word below it where the form is sent to where that is elsewhere; its fields; the member that breaks a constraint, or its
/// end; the operation. Words in capitals stand for what [`Given`] has.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const CASES: [Case; 20] = [
    (
        "trust-anchors/create",
        "",
        "name=WORD source=bundle pem=x save=yes",
        "name",
        "rolesanywhere:CreateTrustAnchor",
    ),
    (
        "trust-anchors/ANCHOR",
        "tag",
        "tag-key=WORD",
        "key",
        "rolesanywhere:TagResource",
    ),
    (
        "profiles/create",
        "",
        "name=WORD save=yes",
        "name",
        "rolesanywhere:CreateProfile",
    ),
    (
        "crls/import",
        "",
        "name=WORD anchor-arn=a data=x",
        "name",
        "rolesanywhere:ImportCrl",
    ),
    (
        "roles/~new",
        "",
        "name=WORD trust-policy=x do=save",
        "roleName",
        "iam:CreateRole",
    ),
    (
        "roles/app/edit",
        "",
        "description=LONG seconds=3600",
        "description",
        "iam:UpdateRole",
    ),
    (
        "roles/app/inline",
        "",
        "name=WORD document=x do=save",
        "policyName",
        "iam:PutRolePolicy",
    ),
    (
        "roles/app",
        "attach",
        "attach=short",
        "policyArn",
        "iam:AttachRolePolicy",
    ),
    (
        "roles/app",
        "detach",
        "policy=short",
        "policyArn",
        "iam:DetachRolePolicy",
    ),
    (
        "roles/app",
        "boundary",
        "boundary=short",
        "permissionsBoundary",
        "iam:PutRolePermissionsBoundary",
    ),
    ("roles/app", "tag", "tag-key=WORD", "key", "iam:TagRole"),
    ("roles/app", "untag", "key=WORD", "tagKeys", "iam:UntagRole"),
    (
        "policies/new",
        "",
        "name=WORD document=x do=save",
        "policyName",
        "iam:CreatePolicy",
    ),
    ("POLICY", "tag", "tag-key=WORD", "key", "iam:TagPolicy"),
    (
        "POLICY/versions",
        "",
        "document= do=save",
        "policyDocument",
        "iam:CreatePolicyVersion",
    ),
    (
        "authorities/new",
        "",
        "kind=ROOT cn=x key=EC_prime256v1 tags=WORD=x",
        "ey",
        "acm-pca:CreateCertificateAuthority",
    ),
    (
        "ACTIVE/issue",
        "",
        "csr=LONG validity=1 unit=DAYS",
        "sr",
        "acm-pca:IssueCertificate",
    ),
    (
        "ACTIVE/revocation",
        "",
        "crl=on crl-days=5001",
        "xpirationInDays",
        "acm-pca:UpdateCertificateAuthority",
    ),
    (
        "ACTIVE",
        "tag",
        "tag-key=WORD",
        "ey",
        "acm-pca:TagCertificateAuthority",
    ),
    (
        "WAITING",
        "import",
        "certificate=LONG",
        "ertificate",
        "acm-pca:ImportCertificateAuthorityCertificate",
    ),
];

/// What the words of [`CASES`] in capitals stand for.
struct Given([(&'static str, String); 6]);

impl Given {
    fn fill_in(&self, text: &str) -> String {
        let words = self.0.iter();
        words.fold(text.to_owned(), |text, (word, value)| {
            text.replace(word, value)
        })
    }
}

/// The path of a new private CA, below the console's.
async fn authority(browser: &Browser<'_>, name: &str, fields: &[(&str, &str)]) -> String {
    let fields = [&[("cn", name), ("key", "EC_prime256v1")], fields].concat();
    let made = fill(browser, &format!("{HOME}authorities/new"), &fields).await;
    let path = location(&made).split('?').next().unwrap();
    path.strip_prefix(HOME).unwrap().to_owned()
}

/// One of each thing that has a page.
async fn given(bench: &Bench, browser: &Browser<'_>) -> Given {
    bench.role("app").await;
    let input = CreatePolicy {
        name: "read".to_owned(),
        path: None,
        document: DOCUMENT.to_owned(),
        description: None,
        tags: Vec::new(),
    };
    create_policy(&bench.site, &bench.root(), input)
        .await
        .unwrap();
    let root = [
        ("kind", "ROOT"),
        ("signs-itself", "on"),
        ("validity", "5"),
        ("unit", "YEARS"),
    ];
    let anchor = bench.anchor().await;
    Given([
        ("ANCHOR", anchor.rsplit('/').next().unwrap().to_owned()),
        (
            "POLICY",
            "policies/arn%3Aaws%3Aiam%3A%3A000000000000%3Apolicy%2Fread".to_owned(),
        ),
        ("ACTIVE", authority(browser, "Root", &root).await),
        (
            "WAITING",
            authority(browser, "Waiting", &[("kind", "SUBORDINATE")]).await,
        ),
        ("WORD", "n".repeat(300)),
        ("LONG", "x".repeat(32_769)),
    ])
}

#[tokio::test]
async fn what_breaks_a_limit_is_recorded_as_the_operation() {
    let bench = Bench::new().await;
    let browser = Browser::of_root(&bench).await;
    let given = given(&bench, &browser).await;
    for (page, below, fields, member, event) in CASES {
        let page = format!("{HOME}{}", given.fill_in(page));
        let filled = given.fill_in(fields);
        let fields: Vec<_> = filled
            .split(' ')
            .filter_map(|pair| pair.split_once('='))
            .collect();
        let to = match below {
            "" => page.clone(),
            below => format!("{page}/{below}"),
        };
        let refused = post(&browser, &to, &browser.token(&page).await, &fields).await;
        let said = text(&refused);
        assert_eq!(refused.status, 400, "{event}: {said}");
        let names =
            said.contains("failed to satisfy constraint") && said.contains(&format!("{member}'"));
        assert!(names, "{event}: {said}");
        assert_eq!(refused.record["event"], event);
        assert_eq!(refused.record["outcome"], "refused", "{event}");
    }
}
