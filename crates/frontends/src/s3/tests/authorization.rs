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
        "GET",
        "/bucket/k?attributes",
        &[("x-amz-object-attributes", "ETag")],
        &[("s3:GetObject", OBJECT), ("s3:GetObjectAttributes", OBJECT)],
    ),
    (
        "GET",
        "/bucket/k?attributes&versionId=null",
        &[("x-amz-object-attributes", "ETag")],
        &[
            ("s3:GetObjectVersion", OBJECT),
            ("s3:GetObjectVersionAttributes", OBJECT),
        ],
    ),
    (
        "PUT",
        "/bucket/k",
        &[("x-amz-tagging", "a=b"), ("x-amz-grant-read", "id=x")],
        &[
            ("s3:PutObject", OBJECT),
            ("s3:PutObjectAcl", OBJECT),
            ("s3:PutObjectTagging", OBJECT),
        ],
    ),
    (
        "PUT",
        "/bucket/k",
        &[
            ("x-amz-object-lock-mode", "GOVERNANCE"),
            ("x-amz-object-lock-legal-hold", "ON"),
        ],
        &[
            ("s3:PutObject", OBJECT),
            ("s3:PutObjectRetention", OBJECT),
            ("s3:PutObjectLegalHold", OBJECT),
        ],
    ),
    (
        "PUT",
        "/bucket/k",
        &[("x-amz-copy-source", "other/x?versionId=null")],
        &[
            ("s3:PutObject", OBJECT),
            ("s3:GetObjectVersion", "arn:aws:s3:::other/x"),
        ],
    ),
    (
        "PUT",
        "/bucket",
        &[
            ("x-amz-acl", "private"),
            ("x-amz-object-ownership", "BucketOwnerEnforced"),
        ],
        &[
            ("s3:CreateBucket", BUCKET),
            ("s3:PutBucketAcl", BUCKET),
            ("s3:PutBucketOwnershipControls", BUCKET),
        ],
    ),
    (
        "GET",
        "/bucket/k?tagging",
        &[],
        &[("s3:GetObjectTagging", OBJECT)],
    ),
    (
        "GET",
        "/bucket/k?tagging&versionId=null",
        &[],
        &[("s3:GetObjectVersionTagging", OBJECT)],
    ),
    (
        "DELETE",
        "/bucket/k?tagging",
        &[],
        &[("s3:DeleteObjectTagging", OBJECT)],
    ),
    (
        "DELETE",
        "/bucket/k?tagging&versionId=null",
        &[],
        &[("s3:DeleteObjectVersionTagging", OBJECT)],
    ),
    (
        "GET",
        "/bucket?policy",
        &[],
        &[("s3:GetBucketPolicy", BUCKET)],
    ),
    (
        "PUT",
        "/bucket?policy",
        &[],
        &[("s3:PutBucketPolicy", BUCKET)],
    ),
    (
        "DELETE",
        "/bucket?policy",
        &[],
        &[("s3:DeleteBucketPolicy", BUCKET)],
    ),
    ("GET", "/bucket?acl", &[], &[("s3:GetBucketAcl", BUCKET)]),
    ("PUT", "/bucket?cors", &[], &[("s3:PutBucketCORS", BUCKET)]),
    (
        "DELETE",
        "/bucket?lifecycle",
        &[],
        &[("s3:PutLifecycleConfiguration", BUCKET)],
    ),
    (
        "GET",
        "/bucket?encryption",
        &[],
        &[("s3:GetEncryptionConfiguration", BUCKET)],
    ),
    (
        "PUT",
        "/bucket?versioning",
        &[],
        &[("s3:PutBucketVersioning", BUCKET)],
    ),
    (
        "GET",
        "/bucket?tagging",
        &[],
        &[("s3:GetBucketTagging", BUCKET)],
    ),
    ("GET", "/bucket/k?acl", &[], &[("s3:GetObjectAcl", OBJECT)]),
    (
        "GET",
        "/bucket/k?acl&versionId=null",
        &[],
        &[("s3:GetObjectVersionAcl", OBJECT)],
    ),
    (
        "PUT",
        "/bucket/k?retention",
        &[],
        &[("s3:PutObjectRetention", OBJECT)],
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

/// Method and URI of what is not served, and the action that who asks for it must be allowed.
const UNSERVED: &[(&str, &str, &str)] = &[
    ("GET", "/bucket?policyStatus", "s3:GetBucketPolicyStatus"),
    ("PUT", "/bucket?versioning", "s3:PutBucketVersioning"),
    (
        "GET",
        "/bucket?replication",
        "s3:GetReplicationConfiguration",
    ),
    (
        "DELETE",
        "/bucket?publicAccessBlock",
        "s3:PutBucketPublicAccessBlock",
    ),
    (
        "GET",
        "/bucket?object-lock",
        "s3:GetBucketObjectLockConfiguration",
    ),
    ("GET", "/bucket/k?acl", "s3:GetObjectAcl"),
    ("GET", "/bucket/k?torrent", "s3:GetObjectTorrent"),
    ("GET", "/bucket/k?legal-hold", "s3:GetObjectLegalHold"),
];

#[tokio::test]
async fn what_is_not_served_is_told_to_who_may() {
    let bench = Bench::new().with_bucket().await;
    bench.put("k", b"x").await;
    for (method, uri, _) in UNSERVED {
        let answer = bench.send(method, uri, &[], b"").await;
        assert_eq!(answer.element("Code"), "NotImplemented", "{method} {uri}");
        assert_eq!(answer.status, 501);
    }
    let denied = UNSERVED.iter().map(|(_, _, action)| (*action, "*"));
    let denying = Bench::denying(denied.collect()).with_bucket().await;
    for (method, uri, _) in UNSERVED {
        let answer = denying.send(method, uri, &[], b"").await;
        assert_eq!(answer.element("Code"), "AccessDenied", "{method} {uri}");
    }
    bench.asked();
    let form = [("content-type", "Multipart/form-data; boundary=x")];
    let answer = bench.send("POST", "/bucket", &form, b"--x--").await;
    assert_eq!(answer.element("Code"), "NotImplemented");
    assert_eq!(bench.asked(), []);
    let version = bench.get("/bucket/k?versionId=abc").await;
    assert_eq!(version.element("Code"), "InvalidArgument");
}

#[tokio::test]
async fn values_that_policies_compare_have_a_length() {
    let bench = Bench::new().with_bucket().await;
    let long = |length: usize| "a".repeat(length);
    for (method, uri, header, status) in [
        (
            "GET",
            format!("/bucket?prefix={}", long(1024)),
            long(2048),
            200,
        ),
        (
            "GET",
            format!("/bucket?prefix={}", long(1025)),
            long(1),
            400,
        ),
        (
            "GET",
            format!("/bucket?delimiter={}", long(2049)),
            long(1),
            400,
        ),
        ("GET", "/bucket".to_owned(), long(2049), 400),
    ] {
        let answer = bench.send(method, &uri, &[("referer", &header)], b"").await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
}

#[tokio::test]
async fn an_action_has_its_own_keys_alone() {
    let bench = Bench::new().with_bucket().await;
    bench.put("k", b"x").await;
    let added = [
        ("x-amz-acl", "private"),
        ("if-match", "*"),
        ("x-amz-storage-class", "STANDARD"),
        ("x-amz-object-lock-mode", "GOVERNANCE"),
    ];
    for uri in ["/bucket/k?prefix=p&max-keys=1", "/bucket/none?prefix=p"] {
        bench.asked();
        bench.send("GET", uri, &added, b"").await;
        let asked = std::mem::take(&mut *bench.policy.asked.lock());
        for (action, _, keys) in asked {
            let names: Vec<&str> = keys.iter().map(|(key, _)| key.as_str()).collect();
            let expected = ["s3:authtype", "s3:signatureversion"];
            assert_eq!(names, expected, "{action} of {uri}");
        }
    }
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
