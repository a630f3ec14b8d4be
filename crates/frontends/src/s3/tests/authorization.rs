//! What is asked before anything is done, and what is refused.

use super::*;

const BUCKET: &str = "arn:aws:s3:::bucket";
const OBJECT: &str = "arn:aws:s3:::bucket/k";
const SOURCE: (&str, &str) = ("x-amz-copy-source", "other/x%2Fy");

/// Two texts.
type Pair = (&'static str, &'static str);

/// Method, URI and headers; then the actions and resources that must be asked for.
const REQUESTS: &[(&str, &str, &[Pair], &[Pair])] = &[
    ("GET", "/", &[], &[("s3:ListAllMyBuckets", "*")]),
    ("PUT", "/bucket", &[], &[("s3:CreateBucket", BUCKET)]),
    ("HEAD", "/bucket", &[], &[("s3:ListBucket", BUCKET)]),
    (
        "GET",
        "/bucket?location",
        &[],
        &[("s3:GetBucketLocation", BUCKET)],
    ),
    ("GET", "/bucket", &[], &[("s3:ListBucket", BUCKET)]),
    (
        "GET",
        "/bucket?list-type=2",
        &[],
        &[("s3:ListBucket", BUCKET)],
    ),
    (
        "GET",
        "/bucket?versions",
        &[],
        &[("s3:ListBucketVersions", BUCKET)],
    ),
    (
        "GET",
        "/bucket?uploads",
        &[],
        &[("s3:ListBucketMultipartUploads", BUCKET)],
    ),
    (
        "GET",
        "/bucket/k?uploadId=x",
        &[],
        &[("s3:ListMultipartUploadParts", OBJECT)],
    ),
    ("GET", "/bucket/k", &[], &[("s3:GetObject", OBJECT)]),
    ("HEAD", "/bucket/k", &[], &[("s3:GetObject", OBJECT)]),
    (
        "GET",
        "/bucket/k?versionId=null",
        &[],
        &[("s3:GetObjectVersion", OBJECT)],
    ),
    ("PUT", "/bucket/k", &[], &[("s3:PutObject", OBJECT)]),
    (
        "PUT",
        "/bucket/k",
        &[("x-amz-acl", "private")],
        &[("s3:PutObject", OBJECT), ("s3:PutObjectAcl", OBJECT)],
    ),
    (
        "PUT",
        "/bucket/k",
        &[SOURCE],
        &[
            ("s3:PutObject", OBJECT),
            ("s3:GetObject", "arn:aws:s3:::other/x/y"),
        ],
    ),
    (
        "PUT",
        "/bucket/k?partNumber=1&uploadId=x",
        &[SOURCE],
        &[
            ("s3:PutObject", OBJECT),
            ("s3:GetObject", "arn:aws:s3:::other/x/y"),
        ],
    ),
    (
        "PUT",
        "/bucket/k?partNumber=1&uploadId=x",
        &[],
        &[("s3:PutObject", OBJECT)],
    ),
    (
        "POST",
        "/bucket/k?uploads",
        &[],
        &[("s3:PutObject", OBJECT)],
    ),
    (
        "POST",
        "/bucket/k?uploadId=x",
        &[],
        &[("s3:PutObject", OBJECT)],
    ),
    (
        "DELETE",
        "/bucket/k?uploadId=x",
        &[],
        &[("s3:AbortMultipartUpload", OBJECT)],
    ),
    (
        "DELETE",
        "/bucket/k?versionId=null",
        &[],
        &[("s3:DeleteObjectVersion", OBJECT)],
    ),
    ("DELETE", "/bucket/k", &[], &[("s3:DeleteObject", OBJECT)]),
    ("DELETE", "/bucket", &[], &[("s3:DeleteBucket", BUCKET)]),
];

#[tokio::test]
async fn what_is_asked_of_the_authorizer() {
    let bench = Bench::new().with_bucket().await;
    bench.put("k", b"x").await;
    bench.asked();
    for (method, uri, headers, expected) in REQUESTS {
        bench.send(method, uri, headers, b"").await;
        let expected: Vec<_> = expected
            .iter()
            .map(|(a, r)| ((*a).to_owned(), (*r).to_owned()))
            .collect();
        assert_eq!(bench.asked(), expected, "{method} {uri}");
    }
}

#[tokio::test]
async fn condition_keys_are_the_request_s() {
    let bench = Bench::new().with_bucket().await;
    bench.asked();
    let query = "/bucket?prefix=a+b%20c%2F&delimiter=/&max-keys=7&X-Amz-Signature=x";
    bench.get(query).await;
    let asked = std::mem::take(&mut *bench.policy.asked.lock());
    let keys: Vec<(&str, &str)> = asked[0]
        .2
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    for key in [
        ("s3:prefix", "a+b c/"),
        ("s3:delimiter", "/"),
        ("s3:max-keys", "7"),
        ("s3:authtype", "REST-QUERY-STRING"),
        ("s3:x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
    ] {
        assert!(keys.contains(&key), "{key:?} {keys:?}");
    }
}

#[tokio::test]
async fn refusals_of_the_authorizer() {
    let denied = vec![
        ("s3:GetObject", "arn:aws:s3:::bucket/secret"),
        ("s3:DeleteObject", "arn:aws:s3:::bucket/kept"),
        ("s3:ListBucket", "*"),
    ];
    let bench = Bench::denying(denied).with_bucket().await;
    for key in ["secret", "kept", "gone"] {
        bench.put(key, b"x").await;
    }
    let refused = bench.get("/bucket/secret").await;
    assert_eq!(
        (refused.status.as_u16(), refused.element("Code").as_str()),
        (403, "AccessDenied")
    );
    assert_eq!(refused.element("Message"), "not authorized");
    for source in [
        "bucket/secret",
        "/bucket/secret?versionId=null",
        "bucket/%73ecret",
    ] {
        let copy = bench
            .send("PUT", "/bucket/c", &[("x-amz-copy-source", source)], b"")
            .await;
        let expected = if source.contains("versionId") {
            200
        } else {
            403
        };
        assert_eq!(copy.status.as_u16(), expected, "{source}");
    }
    assert_eq!(bench.get("/bucket").await.status, 403);
    assert_eq!(
        bench.get("/bucket/missing").await.status,
        403,
        "existence is not told"
    );
    let body = b"<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>kept</Key></Object><Object><Key>gone</Key></Object></Delete>";
    let deleted = bench.send("POST", "/bucket?delete", &[], body).await;
    assert_eq!(deleted.status, 200, "{}", deleted.text());
    assert!(
        deleted
            .text()
            .contains("<Deleted><Key>gone</Key></Deleted>"),
        "{}",
        deleted.text()
    );
    assert_eq!(deleted.element("Code"), "AccessDenied");
    assert_eq!(bench.get("/bucket/kept").await.status, 200);
    let other_owner = [("x-amz-expected-bucket-owner", "111111111111")];
    let refused = bench.send("GET", "/bucket/kept", &other_owner, b"").await;
    assert_eq!(refused.status, 403);
}

#[tokio::test]
async fn what_is_not_served_is_refused() {
    let bench = Bench::new().with_bucket().await;
    bench.put("k", b"x").await;
    bench.asked();
    for (method, uri) in [
        ("GET", "/bucket?policy"),
        ("PUT", "/bucket?policy"),
        ("PUT", "/bucket?versioning"),
        ("GET", "/bucket/k?acl"),
        ("PUT", "/bucket/k?tagging"),
        ("GET", "/bucket/k?attributes"),
        ("POST", "/bucket/k?select&select-type=2"),
    ] {
        let answer = bench.send(method, uri, &[], b"").await;
        assert_eq!(answer.element("Code"), "NotImplemented", "{method} {uri}");
        assert_eq!(answer.status, 501);
    }
    let form = [("content-type", "Multipart/form-data; boundary=x")];
    let answer = bench.send("POST", "/bucket", &form, b"--x--").await;
    assert_eq!(answer.element("Code"), "NotImplemented");
    assert_eq!(bench.asked(), []);
    let version = bench.get("/bucket/k?versionId=abc").await;
    assert_eq!(version.element("Code"), "InvalidArgument");
}

#[tokio::test]
async fn a_request_that_is_no_call_is_refused() {
    let bench = Bench::new().with_bucket().await;
    let request = Request::get("/bucket")
        .body(Full::new(Bytes::new()))
        .unwrap();
    assert_eq!(bench.frontend.call(request).await.status(), 403);
}

#[tokio::test]
async fn a_payload_hash_is_a_known_word_or_lower_hex() {
    let bench = Bench::new().with_bucket().await;
    bench.asked();
    let upper = SHA256_OF_EMPTY.to_ascii_uppercase();
    for hash in [
        "",
        "x",
        "unsigned-payload",
        "STREAMING-",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILERS",
        SHA256_OF_EMPTY.trim_end_matches("55"),
        &upper,
    ] {
        let headers = [("x-amz-content-sha256", hash)];
        let answer = bench.send("PUT", "/bucket/k", &headers, b"").await;
        let code = answer.element("Code");
        assert_eq!(
            (answer.status.as_u16(), code.as_str()),
            (400, "InvalidArgument"),
            "{hash}"
        );
    }
    let twice = [("x-amz-content-sha256", "UNSIGNED-PAYLOAD"); 2];
    let answer = bench.send("PUT", "/bucket/k", &twice, b"").await;
    assert_eq!(answer.status, 400);
    assert_eq!(bench.asked(), []);
}
