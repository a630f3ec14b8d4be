//! Bucket policies through the door: who may put which, what they let whom do, and how long they live.

use std::sync::Arc;

use anyrole_domain::roles::delete_role;
use anyrole_testkit::SessionCredentials;
use serde_json::{Value, json};

use super::authorization::put_role_policy;
use super::site::{ACCOUNT, Bench};

const POLICY: (&str, &str) = ("PUT", "/bucket?policy");
const OBJECT: &str = "arn:aws:s3:::bucket/*";

/// A session of a new role without policies.
pub async fn session_of(bench: &Bench, name: &str) -> SessionCredentials {
    let role = bench.role(name).await;
    let (anchor, profile) = (bench.anchor().await, bench.profile(&[&role]).await);
    let answer = bench.create_session(&bench.leaf(), &anchor, &profile).await;
    let json: Value = serde_json::from_str(&answer.body).unwrap();
    SessionCredentials::from_json(&json["credentialSet"][0]["credentials"]).unwrap()
}

fn document(statement: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

fn allowing(principal: &Value, action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource})
}

/// A bench with a bucket that has one object, the root's key, and a session without rights.
struct Stage {
    bench: Bench,
    root: SessionCredentials,
    session: SessionCredentials,
}

impl Stage {
    async fn new() -> Self {
        let bench = Bench::new().await;
        let root = bench.root_credentials();
        let session = session_of(&bench, "app").await;
        let stage = Self {
            bench,
            root,
            session,
        };
        stage.as_root(("PUT", "/bucket"), "").await;
        stage.as_root(("PUT", "/bucket/k"), "data").await;
        stage
    }

    /// Status and code of the answer.
    async fn send(
        &self,
        who: &SessionCredentials,
        line: (&str, &str),
        body: &str,
    ) -> (u16, String) {
        let answer = self.bench.signed_with(who, line, &[], body).await;
        (answer.status, answer.code())
    }

    async fn as_root(&self, line: (&str, &str), body: &str) {
        let answer = self.bench.signed_with(&self.root, line, &[], body).await;
        assert!((200..300).contains(&answer.status), "{line:?} {answer:?}");
    }

    async fn put(&self, statement: &Value) {
        self.as_root(POLICY, &document(statement)).await;
    }

    async fn get_status(&self) -> u16 {
        self.send(&self.session, ("GET", "/bucket/k"), "").await.0
    }
}

#[tokio::test]
async fn a_policy_comes_back_as_it_was_given() {
    let stage = Stage::new().await;
    let none = (404, "NoSuchBucketPolicy".to_owned());
    let get = ("GET", "/bucket?policy");
    assert_eq!(stage.send(&stage.root, get, "").await, none);
    let text = "{ \"Statement\" : [\r\n\t{\"Effect\":\"Allow\", \"Principal\":\"*\",\"Action\":\"s3:GetObject\", \"Resource\":\"arn:aws:s3:::bucket/p\u{fc}blic/*\"}]}\n";
    stage.as_root(POLICY, text).await;
    let answer = stage.bench.signed_with(&stage.root, get, &[], "").await;
    assert_eq!(answer.body, text);
    assert_eq!(answer.headers["content-type"], "application/json");
    stage.as_root(("DELETE", "/bucket?policy"), "").await;
    stage.as_root(("DELETE", "/bucket?policy"), "").await;
    assert_eq!(stage.send(&stage.root, get, "").await, none);
    let nowhere = (404, "NoSuchBucket".to_owned());
    for method in ["GET", "DELETE"] {
        let line = (method, "/none?policy");
        assert_eq!(stage.send(&stage.root, line, "").await, nowhere);
    }
    assert_eq!(
        stage.send(&stage.root, ("PUT", "/none?policy"), text).await,
        nowhere
    );
}

#[tokio::test]
async fn what_is_no_policy_of_the_bucket() {
    let stage = Stage::new().await;
    let everyone = json!("*");
    let of = |resource: &str| document(&allowing(&everyone, "s3:GetObject", resource));
    let role = format!("arn:aws:iam::{ACCOUNT}:role/none");
    let user = format!("arn:aws:iam::{ACCOUNT}:user/none");
    let by = |principal: Value| document(&allowing(&principal, "s3:GetObject", OBJECT));
    let canonical = "0123456789abcdef".repeat(4);
    let long = format!("{}{}", of(OBJECT), " ".repeat(20 * 1024));
    let without = document(&json!({"Effect": "Allow", "Action": "s3:*", "Resource": OBJECT}));
    for (text, message) in [
        ("", ""),
        ("{", ""),
        (&of("*"), "Policy has invalid resource"),
        (&of("arn:aws:s3:::other/*"), "Policy has invalid resource"),
        (
            &of("arn:aws:s3:::bucket-2/*"),
            "Policy has invalid resource",
        ),
        (&of("arn:aws:s3:::b?cket/*"), "Policy has invalid resource"),
        (
            &of("arn:aws-cn:s3:::bucket/*"),
            "Policy has invalid resource",
        ),
        (
            &of("arn:aws:s3:us-east-1::bucket/*"),
            "Policy has invalid resource",
        ),
        (&of("arn:aws:sqs:::bucket/*"), "Policy has invalid resource"),
        (&without, "Missing required field Principal"),
        (&by(json!({"AWS": role})), "Invalid principal in policy"),
        (&by(json!({"AWS": user})), "Invalid principal in policy"),
        (
            &by(json!({"AWS": "AROA0123456789ABCDEFG"})),
            "Invalid principal in policy",
        ),
        (
            &by(json!({"AWS": "someone"})),
            "Invalid principal in policy",
        ),
        (
            &by(json!({"CanonicalUser": &canonical})),
            "Invalid principal in policy",
        ),
        (&long, "Policy exceeds the maximum allowed document size."),
    ] {
        let answer = stage
            .bench
            .signed_with(&stage.root, POLICY, &[], text)
            .await;
        let refused = (answer.status, &*answer.code());
        assert_eq!(refused, (400, "MalformedPolicy"), "{text} {answer:?}");
        assert!(answer.text().starts_with(message), "{text} {answer:?}");
    }
    for resource in [
        "arn:aws:s3:::bucket",
        "arn:aws:s3:::buck*",
        "arn:aws:s3:::bucket/a/*/b?",
    ] {
        stage.as_root(POLICY, &of(resource)).await;
    }
}

#[tokio::test]
async fn whom_a_policy_lets_in() {
    let stage = Stage::new().await;
    let role = format!("arn:aws:iam::{ACCOUNT}:role/app");
    let rows = [
        (json!("*"), 200, 200),
        (json!({"AWS": "*"}), 200, 200),
        (json!({"AWS": role}), 200, 403),
        // The account itself, not all that is in it.
        (json!({"AWS": ACCOUNT}), 403, 403),
        (
            json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}),
            403,
            403,
        ),
        (json!({"Service": "logging.s3.amazonaws.com"}), 403, 403),
    ];
    assert_eq!(stage.get_status().await, 403);
    for (principal, by_session, by_nobody) in rows {
        stage
            .put(&allowing(&principal, "s3:GetObject", OBJECT))
            .await;
        assert_eq!(stage.get_status().await, by_session, "{principal}");
        let answer = stage.bench.unsigned(("GET", "/bucket/k"), "").await;
        assert_eq!(answer.status, by_nobody, "{principal} {answer:?}");
        if by_nobody == 403 {
            assert_eq!(
                (&*answer.text(), answer.reason()),
                ("Access Denied", "unsigned")
            );
        } else {
            assert_eq!(answer.record["caller"], "anonymous");
            assert_eq!(answer.record["access_key_id"], Value::Null);
        }
        for line in [
            ("GET", "/bucket"),
            ("PUT", "/bucket/k"),
            ("GET", "/"),
            ("PUT", "/new"),
        ] {
            let answer = stage.bench.unsigned(line, "").await;
            assert_eq!(
                (answer.status, &*answer.code()),
                (403, "AccessDenied"),
                "{line:?}"
            );
        }
    }
}

#[tokio::test]
async fn who_did_not_sign_may_write_where_the_policy_says_so() {
    let stage = Stage::new().await;
    stage.put(&allowing(&json!("*"), "s3:*", OBJECT)).await;
    let put = stage
        .bench
        .unsigned(("PUT", "/bucket/new"), "from nobody")
        .await;
    assert_eq!(put.status, 200, "{put:?}");
    let get = stage.bench.unsigned(("GET", "/bucket/new"), "").await;
    assert_eq!(get.body, "from nobody");
    // A missing key is told only to who may list.
    let missing = ("GET", "/bucket/missing");
    let answer = stage.bench.unsigned(missing, "").await;
    assert_eq!((answer.status, &*answer.code()), (403, "AccessDenied"));
    let list = allowing(&json!("*"), "s3:ListBucket", "arn:aws:s3:::bucket");
    let both = json!([list, allowing(&json!("*"), "s3:*", OBJECT)]);
    stage.put(&both).await;
    let answer = stage.bench.unsigned(missing, "").await;
    assert_eq!((answer.status, &*answer.code()), (404, "NoSuchKey"));
    let head = stage.bench.unsigned(("HEAD", "/bucket/missing"), "").await;
    assert_eq!(head.status, 404);
}

#[tokio::test]
async fn a_deny_stops_everybody_but_the_root_can_mend_it() {
    let stage = Stage::new().await;
    let full = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
    put_role_policy(&stage.bench, "app", "all", document(&full)).await;
    assert_eq!(stage.get_status().await, 200);
    let mut deny = allowing(&json!("*"), "s3:*", OBJECT);
    deny["Effect"] = json!("Deny");
    deny["Resource"] = json!(["arn:aws:s3:::bucket", OBJECT]);
    stage.put(&deny).await;
    let answer = stage
        .bench
        .signed_with(&stage.session, ("GET", "/bucket/k"), &[], "")
        .await;
    let text = format!(
        "User: arn:aws:sts::{ACCOUNT}:assumed-role/app/1001 is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::bucket/k with an explicit deny in a resource-based policy"
    );
    assert_eq!(
        (answer.status, answer.text(), answer.reason()),
        (403, text, "explicit-deny")
    );
    let denied = (403, "AccessDenied".to_owned());
    for line in [
        ("GET", "/bucket/k"),
        ("GET", "/bucket"),
        ("GET", "/bucket?acl"),
    ] {
        assert_eq!(stage.send(&stage.root, line, "").await, denied, "{line:?}");
    }
    for line in [
        ("GET", "/bucket?policy"),
        ("DELETE", "/bucket?policy"),
        POLICY,
    ] {
        let body = document(&deny);
        assert_eq!(
            stage.send(&stage.session, line, &body).await,
            denied,
            "{line:?}"
        );
    }
    stage.as_root(("GET", "/bucket?policy"), "").await;
    stage.put(&deny).await;
    stage.as_root(("DELETE", "/bucket?policy"), "").await;
    assert_eq!(stage.get_status().await, 200);
}

#[tokio::test]
async fn who_may_put_a_policy() {
    let stage = Stage::new().await;
    let text = document(&allowing(&json!("*"), "s3:GetObject", OBJECT));
    assert_eq!(stage.send(&stage.session, POLICY, &text).await.0, 403);
    let may = json!({"Effect": "Allow", "Action": "s3:PutBucketPolicy", "Resource": "arn:aws:s3:::bucket"});
    put_role_policy(&stage.bench, "app", "put", document(&may)).await;
    assert_eq!(stage.send(&stage.session, POLICY, &text).await.0, 204);
    let get = ("GET", "/bucket?policy");
    assert_eq!(stage.send(&stage.session, get, "").await.0, 403);
}

#[tokio::test]
async fn a_bucket_that_is_made_again_has_no_policy() {
    let stage = Stage::new().await;
    stage
        .put(&allowing(&json!("*"), "s3:GetObject", OBJECT))
        .await;
    assert_eq!(stage.get_status().await, 200);
    stage.as_root(("DELETE", "/bucket/k"), "").await;
    stage.as_root(("DELETE", "/bucket"), "").await;
    stage.bench.wait(jiff::SignedDuration::from_secs(1));
    stage.as_root(("PUT", "/bucket"), "").await;
    stage.as_root(("PUT", "/bucket/k"), "data").await;
    assert_eq!(stage.get_status().await, 403);
    let get = ("GET", "/bucket?policy");
    assert_eq!(
        stage.send(&stage.root, get, "").await.1,
        "NoSuchBucketPolicy"
    );
}

#[tokio::test]
async fn a_role_that_is_made_again_is_somebody_else() {
    let stage = Stage::new().await;
    let other = stage.bench.role("other").await;
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/other");
    let text = document(&allowing(&json!({"AWS": arn}), "s3:GetObject", OBJECT));
    stage.as_root(POLICY, &text).await;
    let read = async || {
        let get = ("GET", "/bucket?policy");
        stage
            .bench
            .signed_with(&stage.root, get, &[], "")
            .await
            .body
    };
    assert_eq!(read().await, text, "by its ARN while it is there");
    let (site, root) = (&stage.bench.site, stage.bench.root());
    delete_role(site, &root, "other").await.unwrap();
    let shown = text.replace(&arn, &other.id);
    assert_eq!(read().await, shown);
    stage.bench.role("other").await;
    assert_eq!(read().await, shown, "the new one is not the old one");
    let refused = stage.send(&stage.root, POLICY, &shown).await;
    assert_eq!(refused, (400, "MalformedPolicy".to_owned()));
}

#[tokio::test]
async fn what_nobody_may_do_without_a_signature_whatever_the_policy_allows() {
    let stage = Stage::new().await;
    let resources = json!(["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]);
    let open =
        json!({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": resources});
    stage.put(&open).await;
    let before = stage
        .bench
        .signed_with(&stage.root, ("GET", "/bucket?policy"), &[], "")
        .await;
    let keys = "<Delete><Object><Key>k</Key></Object></Delete>";
    let typed = "/bucket/k?response-content-type=text/html";
    for (line, body, status, code) in [
        (("PUT", "/bucket?policy"), "{}", 405, "MethodNotAllowed"),
        (("GET", "/bucket?policy"), "", 405, "MethodNotAllowed"),
        (("DELETE", "/bucket?policy"), "", 405, "MethodNotAllowed"),
        (("POST", "/bucket?delete"), keys, 403, "AccessDenied"),
        (("GET", typed), "", 400, "InvalidRequest"),
        (("GET", "/bucket/k"), "", 200, ""),
    ] {
        let answer = stage.bench.unsigned(line, body).await;
        assert_eq!(answer.status, status, "{line:?}: {answer:?}");
        if !code.is_empty() {
            assert_eq!(answer.code(), code, "{line:?}");
        }
    }
    let after = stage
        .bench
        .signed_with(&stage.root, ("GET", "/bucket?policy"), &[], "")
        .await;
    assert_eq!(after.body, before.body);

    // Where the policy doesn't allow it, they don't learn more.
    stage
        .put(&allowing(&json!("*"), "s3:GetObject", OBJECT))
        .await;
    let answer = stage.bench.unsigned(("GET", "/bucket?policy"), "").await;
    assert_eq!(
        (answer.status, answer.code()),
        (403, "AccessDenied".to_owned())
    );
}

/// Whatever comes between the decision and the deed: who may tag drafts alone can't undo that an object was locked.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tags_that_a_decision_went_by_are_not_overtaken() {
    const TAGGING: (&str, &str) = ("PUT", "/bucket/k?tagging");
    let stage = Arc::new(Stage::new().await);
    let drafts_alone = json!({
        "Effect": "Allow", "Action": "s3:PutObjectTagging", "Resource": OBJECT,
        "Condition": {"StringEquals": {"s3:ExistingObjectTag/stage": "draft"}},
    });
    put_role_policy(&stage.bench, "app", "drafts", document(&drafts_alone)).await;
    let tagged = |value: &str| {
        format!(
            "<Tagging><TagSet><Tag><Key>stage</Key><Value>{value}</Value></Tag></TagSet></Tagging>"
        )
    };
    // Long enough that setting tags takes a while.
    let data = "x".repeat(1 << 20);
    for _ in 0..8 {
        stage.as_root(("PUT", "/bucket/k"), &data).await;
        stage.as_root(TAGGING, &tagged("draft")).await;
        let tag = |who: fn(&Stage) -> &SessionCredentials, body: String| {
            let stage = stage.clone();
            tokio::spawn(async move { stage.send(who(&stage), TAGGING, &body).await })
        };
        let drafts = [(); 3].map(|()| tag(|stage| &stage.session, tagged("draft")));
        let locked = tag(|stage| &stage.root, tagged("locked"));
        assert_eq!(locked.await.unwrap().0, 200);
        for draft in drafts {
            let (status, code) = draft.await.unwrap();
            let expected = match status {
                200 => "",
                403 => "AccessDenied",
                _ => "OperationAborted",
            };
            assert_eq!(code, expected, "{status}");
        }
        let line = ("GET", "/bucket/k?tagging");
        let kept = stage.bench.signed_with(&stage.root, line, &[], "").await;
        assert!(kept.body.contains("<Value>locked</Value>"), "{kept:?}");
    }
}
