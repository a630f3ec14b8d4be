//! Each condition key of S3 decides, by its value, about a request through the door: as a condition of a role's policy,
//! and, where there is a bucket, as one of the bucket's. The keys are those of the service authorization reference.

use anyrole_frontends::TlsVersion;
use anyrole_testkit::SessionCredentials;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::authorization::put_role_policy;
use super::bucket_policies::session_of;
use super::site::{Answer, Bench};

/// How a request proves who sends it.
#[derive(Clone, Copy)]
enum By {
    Header,
    /// A presigned URL, used so many seconds later.
    Query(i64),
    Nobody,
}

/// A request.
#[derive(Clone)]
struct Ask {
    by: By,
    tls: Option<TlsVersion>,
    line: (&'static str, &'static str),
    headers: Vec<(&'static str, &'static str)>,
    body: &'static str,
}

fn ask(method: &'static str, target: &'static str) -> Ask {
    Ask {
        by: By::Header,
        tls: None,
        line: (method, target),
        headers: Vec::new(),
        body: "",
    }
}

impl Ask {
    fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    fn by(mut self, by: By) -> Self {
        self.by = by;
        self
    }

    fn over(mut self, tls: TlsVersion) -> Self {
        self.tls = Some(tls);
        self
    }

    fn body(mut self, body: &'static str) -> Self {
        self.body = body;
        self
    }

    async fn send(&self, bench: &Bench, session: &SessionCredentials) -> Answer {
        *bench.tls.lock() = self.tls;
        let answer = match self.by {
            By::Header => {
                bench
                    .signed_with(session, self.line, &self.headers, self.body)
                    .await
            }
            By::Nobody => bench.unsigned(self.line, self.body).await,
            By::Query(later) => {
                let (method, target) = self.line;
                let (path, query) = target.split_once('?').unwrap_or((target, ""));
                let target = bench.presigned_with(session, method, path, query, 3600);
                bench.wait(SignedDuration::from_secs(later));
                let answer = bench.unsigned((method, &target), self.body).await;
                bench.wait(SignedDuration::from_secs(-later));
                answer
            }
        };
        *bench.tls.lock() = None;
        answer
    }
}

/// The action whose Allow has the condition, the condition, a request that fulfils it, and one that doesn't.
struct Row {
    action: &'static str,
    condition: Value,
    fulfils: Ask,
    fails: Ask,
    /// Only a role's policy can have it: there is no bucket yet, or nobody has signed.
    by_role: bool,
    by_bucket: bool,
}

fn row(action: &'static str, condition: Value, fulfils: Ask, fails: Ask) -> Row {
    Row {
        action,
        condition,
        fulfils,
        fails,
        by_role: true,
        by_bucket: true,
    }
}

const GET: (&str, &str) = ("GET", "/bucket/k");

fn get() -> Ask {
    ask(GET.0, GET.1)
}

fn put() -> Ask {
    ask("PUT", "/bucket/new").body("x")
}

/// A write whose header must have this value.
fn written(key: &'static str, header: &'static str, good: &'static str, bad: &'static str) -> Row {
    row(
        "s3:PutObject",
        json!({"StringEquals": {key: good}}),
        put().with(header, good),
        put().with(header, bad),
    )
}

/// The making of a bucket whose header must have this value.
fn made(key: &'static str, header: &'static str, good: &'static str, bad: &'static str) -> Row {
    Row {
        by_bucket: false,
        ..row(
            "s3:CreateBucket",
            json!({"StringEquals": {key: good}}),
            ask("PUT", "/bucket").with(header, good),
            ask("PUT", "/bucket").with(header, bad),
        )
    }
}

/// Of every request.
fn common() -> Vec<Row> {
    let unsigned = Row {
        by_role: false,
        ..row(
            "s3:GetObject",
            json!({"StringEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}),
            get(),
            get().by(By::Nobody),
        )
    };
    let get_where = |condition, fulfils, fails| row("s3:GetObject", condition, fulfils, fails);
    let modern = json!({"NumericGreaterThanEquals": {"s3:TlsVersion": "1.3"}});
    vec![
        unsigned,
        get_where(
            json!({"StringEquals": {"s3:authType": "REST-HEADER"}}),
            get(),
            get().by(By::Query(0)),
        ),
        get_where(
            json!({"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}),
            get().by(By::Query(0)),
            get(),
        ),
        get_where(
            json!({"NumericLessThanEquals": {"s3:signatureAge": "600000"}}),
            get().by(By::Query(600)),
            get().by(By::Query(601)),
        ),
        get_where(
            modern.clone(),
            get().over(TlsVersion::V1_3),
            get().over(TlsVersion::V1_2),
        ),
        get_where(modern, get().over(TlsVersion::V1_3), get()),
        get_where(
            json!({"StringLike": {"aws:Referer": "https://example.org/*"}}),
            get().with("referer", "https://example.org/page"),
            get().with("referer", "https://example.com/"),
        ),
        get_where(
            json!({"StringEquals": {"s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD"}}),
            get().by(By::Query(0)),
            get(),
        ),
    ]
}

fn listings() -> Vec<Row> {
    let list = |condition, fulfils, fails| row("s3:ListBucket", condition, fulfils, fails);
    vec![
        list(
            json!({"StringLike": {"s3:prefix": "home/*"}}),
            ask("GET", "/bucket?list-type=2&prefix=home%2Fann"),
            ask("GET", "/bucket?list-type=2&prefix=other"),
        ),
        list(
            json!({"StringEquals": {"s3:delimiter": "/"}}),
            ask("GET", "/bucket?delimiter=%2F"),
            ask("GET", "/bucket"),
        ),
        list(
            json!({"NumericLessThanEquals": {"s3:max-keys": "10"}}),
            ask("GET", "/bucket?max-keys=10"),
            ask("GET", "/bucket?max-keys=11"),
        ),
        // A listing that does not say it has the default.
        list(
            json!({"NumericLessThanEquals": {"s3:max-keys": "1000"}}),
            ask("GET", "/bucket"),
            ask("GET", "/bucket?max-keys=1001"),
        ),
        row(
            "s3:ListBucketVersions",
            json!({"StringEquals": {"s3:prefix": "a"}}),
            ask("GET", "/bucket?versions&prefix=a"),
            ask("GET", "/bucket?versions&prefix=b"),
        ),
    ]
}

fn writes() -> Vec<Row> {
    let mut rows = vec![
        written(
            "s3:x-amz-acl",
            "x-amz-acl",
            "bucket-owner-full-control",
            "private",
        ),
        written(
            "s3:x-amz-storage-class",
            "x-amz-storage-class",
            "STANDARD",
            "GLACIER",
        ),
        written(
            "s3:x-amz-website-redirect-location",
            "x-amz-website-redirect-location",
            "/a",
            "/b",
        ),
        written("s3:if-none-match", "if-none-match", "*", "\"x\""),
        written("s3:if-match", "if-match", "\"0\"", "\"1\""),
        written(
            "s3:x-amz-server-side-encryption",
            "x-amz-server-side-encryption",
            "AES256",
            "aws:kms",
        ),
        written(
            "s3:x-amz-server-side-encryption-aws-kms-key-id",
            "x-amz-server-side-encryption-aws-kms-key-id",
            "one",
            "two",
        ),
        written(
            "s3:x-amz-server-side-encryption-customer-algorithm",
            "x-amz-server-side-encryption-customer-algorithm",
            "AES256",
            "DES",
        ),
        written(
            "s3:object-lock-mode",
            "x-amz-object-lock-mode",
            "GOVERNANCE",
            "COMPLIANCE",
        ),
        written(
            "s3:object-lock-legal-hold",
            "x-amz-object-lock-legal-hold",
            "ON",
            "OFF",
        ),
    ];
    for (key, header) in [
        ("s3:x-amz-grant-read", "x-amz-grant-read"),
        ("s3:x-amz-grant-write", "x-amz-grant-write"),
        ("s3:x-amz-grant-read-acp", "x-amz-grant-read-acp"),
        ("s3:x-amz-grant-write-acp", "x-amz-grant-write-acp"),
        ("s3:x-amz-grant-full-control", "x-amz-grant-full-control"),
    ] {
        rows.push(written(key, header, "id=a", "id=b"));
    }
    let until = "x-amz-object-lock-retain-until-date";
    let write = |condition, fulfils, fails| row("s3:PutObject", condition, fulfils, fails);
    rows.extend([
        write(
            json!({"DateGreaterThan": {"s3:object-lock-retain-until-date": "2090-01-01T00:00:00Z"}}),
            put().with(until, "2091-01-01T00:00:00Z"),
            put().with(until, "2089-01-01T00:00:00Z"),
        ),
        write(
            json!({"NumericGreaterThan": {"s3:object-lock-remaining-retention-days": "3650"}}),
            put().with(until, "2191-01-01T00:00:00Z"),
            put().with(until, "2024-01-01T00:00:00Z"),
        ),
        write(
            json!({"Bool": {"s3:ObjectCreationOperation": "true"}}),
            put(),
            ask("POST", "/bucket/new?uploads"),
        ),
    ]);
    rows
}

fn copies_and_tags() -> Vec<Row> {
    let copy = |source| ask("PUT", "/bucket/copy").with("x-amz-copy-source", source);
    let write = |condition, fulfils, fails| row("s3:PutObject", condition, fulfils, fails);
    let tagged = |tags| put().with("x-amz-tagging", tags);
    let document =
        "<Tagging><TagSet><Tag><Key>team</Key><Value>red</Value></Tag></TagSet></Tagging>";
    let other = "<Tagging><TagSet><Tag><Key>team</Key><Value>blue</Value></Tag></TagSet></Tagging>";
    vec![
        write(
            json!({"StringLike": {"s3:x-amz-copy-source": "bucket/k"}}),
            copy("/bucket/%6B"),
            copy("bucket/tagged"),
        ),
        write(
            json!({"StringEquals": {"s3:x-amz-metadata-directive": "REPLACE"}}),
            copy("bucket/k").with("x-amz-metadata-directive", "REPLACE"),
            copy("bucket/k").with("x-amz-metadata-directive", "COPY"),
        ),
        write(
            json!({"StringEquals": {"s3:RequestObjectTag/team": "red"}}),
            tagged("team=red"),
            tagged("team=blue"),
        ),
        // Tags that the copy does not take are no keys of it.
        write(
            json!({"StringEquals": {"s3:RequestObjectTag/team": "red"}}),
            copy("bucket/k")
                .with("x-amz-tagging", "team=red")
                .with("x-amz-tagging-directive", "REPLACE"),
            copy("bucket/k").with("x-amz-tagging", "team=red"),
        ),
        write(
            json!({"ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["team", "stage"]}}),
            tagged("stage=a&team=b"),
            tagged("team=b&other=c"),
        ),
        row(
            "s3:PutObjectTagging",
            json!({"StringEquals": {"s3:RequestObjectTag/team": "red"}}),
            ask("PUT", "/bucket/k?tagging").body(document),
            ask("PUT", "/bucket/k?tagging").body(other),
        ),
        row(
            "s3:PutObjectTagging",
            json!({"ForAnyValue:StringEquals": {"s3:RequestObjectTagKeys": "team"}}),
            ask("PUT", "/bucket/k?tagging").body(document),
            ask("PUT", "/bucket/k?tagging").body("<Tagging><TagSet/></Tagging>"),
        ),
        row(
            "s3:GetObject",
            json!({"StringEquals": {"s3:ExistingObjectTag/Class": "public"}}),
            ask("GET", "/bucket/tagged"),
            ask("GET", "/bucket/untagged"),
        ),
        row(
            "s3:GetObjectTagging",
            json!({"StringEquals": {"s3:ExistingObjectTag/class": "public"}}),
            ask("GET", "/bucket/tagged?tagging"),
            ask("GET", "/bucket/untagged?tagging"),
        ),
        row(
            "s3:GetObjectVersion",
            json!({"StringEquals": {"s3:versionid": "null"}}),
            ask("GET", "/bucket/k?versionId=null"),
            ask("GET", "/bucket/k?versionId=other"),
        ),
        row(
            "s3:GetObjectVersion",
            json!({"StringEquals": {"s3:versionid": "null"}}),
            copy("bucket/k?versionId=null"),
            copy("bucket/k?versionId=other"),
        ),
    ]
}

fn buckets() -> Vec<Row> {
    let place = |region: &str| {
        format!(
            "<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
        )
    };
    let location = |region: &str| ask("PUT", "/another").body(String::leak(place(region)));
    vec![
        Row {
            by_bucket: false,
            ..row(
                "s3:CreateBucket",
                json!({"StringEquals": {"s3:LocationConstraint": "eu-west-1"}}),
                location("eu-west-1"),
                location("eu-north-1"),
            )
        },
        made(
            "s3:x-amz-object-ownership",
            "x-amz-object-ownership",
            "BucketOwnerEnforced",
            "ObjectWriter",
        ),
        made(
            "s3:x-amz-bucket-namespace",
            "x-amz-bucket-namespace",
            "global",
            "account-regional",
        ),
        made("s3:x-amz-acl", "x-amz-acl", "private", "public-read"),
    ]
}

/// Everything is allowed, but for the action, which has the condition.
fn statements(row: &Row) -> [Value; 2] {
    let rest = json!({"Effect": "Allow", "NotAction": row.action});
    let mut conditional = json!({"Effect": "Allow", "Action": row.action});
    conditional["Condition"] = row.condition.clone();
    [rest, conditional]
}

async fn check(bench: &Bench, session: &SessionCredentials, row: &Row, by: &str) {
    let case = format!("{} {} by {by}", row.action, row.condition);
    let fulfils = row.fulfils.send(bench, session).await;
    assert_ne!(fulfils.status, 403, "{case}: {fulfils:?}");
    let fails = row.fails.send(bench, session).await;
    assert_eq!(
        (fails.status, &*fails.code()),
        (403, "AccessDenied"),
        "{case}: {fails:?}"
    );
}

#[tokio::test]
async fn each_condition_key_decides_by_its_value() {
    let bench = Bench::new().await;
    let root = bench.root_credentials();
    let session = session_of(&bench, "app").await;
    let made = bench.signed_with(&root, ("PUT", "/bucket"), &[], "").await;
    assert_eq!(made.status, 200, "{made:?}");
    for key in ["k", "tagged", "untagged"] {
        let tags = if key == "tagged" { "class=public" } else { "" };
        let target = format!("/bucket/{key}");
        let tags = [("x-amz-tagging", tags)];
        let made = bench.signed_with(&root, ("PUT", &target), &tags, "x").await;
        assert_eq!(made.status, 200, "{made:?}");
    }
    let mut rows = common();
    rows.extend(listings());
    rows.extend(writes());
    rows.extend(copies_and_tags());
    rows.extend(buckets());
    for row in &rows {
        for by_bucket in [false, true] {
            let applies = if by_bucket {
                row.by_bucket
            } else {
                row.by_role
            };
            let nobody = matches!(row.fails.by, By::Nobody) && !by_bucket;
            if !applies || nobody {
                continue;
            }
            let [mut rest, mut conditional] = statements(row);
            if by_bucket {
                let nothing =
                    json!({"Effect": "Deny", "Action": "s3:CreateBucket", "Resource": "*"});
                put_inline(&bench, &nothing).await;
                for statement in [&mut rest, &mut conditional] {
                    statement["Principal"] = json!("*");
                    statement["Resource"] = json!(["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]);
                }
                put_policy(&bench, &json!([rest, conditional])).await;
                check(&bench, &session, row, "the bucket").await;
                let target = ("DELETE", "/bucket?policy");
                bench.signed_with(&root, target, &[], "").await;
            } else {
                for statement in [&mut rest, &mut conditional] {
                    statement["Resource"] = json!("*");
                }
                put_inline(&bench, &json!([rest, conditional])).await;
                check(&bench, &session, row, "the role").await;
            }
        }
    }
}

async fn put_inline(bench: &Bench, statements: &Value) {
    let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    put_role_policy(bench, "app", "policy", document).await;
}

async fn put_policy(bench: &Bench, statements: &Value) {
    let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let root = bench.root_credentials();
    let target = ("PUT", "/bucket?policy");
    let put = bench.signed_with(&root, target, &[], &document).await;
    assert_eq!(put.status, 204, "{put:?}");
}

#[tokio::test]
async fn the_account_of_the_resource_decides() {
    let bench = Bench::new().await;
    let root = bench.root_credentials();
    let session = session_of(&bench, "app").await;
    bench.signed_with(&root, ("PUT", "/bucket"), &[], "").await;
    bench
        .signed_with(&root, ("PUT", "/bucket/k"), &[], "x")
        .await;
    for (account, status) in [(super::site::ACCOUNT, 200), ("111111111111", 403)] {
        let condition = json!({"StringEquals": {"s3:ResourceAccount": account}});
        let allow = json!({
            "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition,
        });
        put_inline(&bench, &json!([allow])).await;
        let answer = bench.signed_with(&session, GET, &[], "").await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
}
