//! Presigned URLs whose signer has moved headers into the query.

use super::*;

const SIGNATURE: &str = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=x&X-Amz-Date=x&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=x";

async fn put(bench: &Bench, query: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let uri = format!("/bucket/k?{query}&{SIGNATURE}");
    bench.send("PUT", &uri, headers, body).await
}

#[tokio::test]
async fn parameters_are_the_headers_that_they_stand_for() {
    let bench = Bench::new().with_bucket().await;
    let query = "X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&x-amz-meta-colour=dark%20blue+&x-amz-checksum-crc32=DUoRhQ%3D%3D&x-amz-acl=private&x-id=PutObject";
    bench.asked();
    let made = put(&bench, query, &[], b"hello world").await;
    assert_eq!(made.status, 200, "{}", made.text());
    let asked = std::mem::take(&mut *bench.policy.asked.lock());
    let acl = ("s3:x-amz-acl".to_owned(), "private".to_owned());
    assert!(asked[0].2.contains(&acl), "{asked:?}");
    assert_eq!(asked[1].0, "s3:PutObjectAcl");
    let got = bench.get("/bucket/k").await;
    assert_eq!(got.header("x-amz-meta-colour"), "dark blue+");
    let wrong = "x-amz-checksum-crc32=AAAAAA%3D%3D";
    let refused = put(&bench, wrong, &[], b"hello world").await;
    assert_eq!(refused.element("Code"), "BadDigest");
    let tagged = put(&bench, "x-amz-tagging=a%3Db", &[], b"x").await;
    assert_eq!(tagged.status, 200, "{}", tagged.text());
    let tags = bench.get("/bucket/k?tagging").await;
    assert_eq!(
        (tags.element("Key"), tags.element("Value")),
        ("a".into(), "b".into())
    );
}

#[tokio::test]
async fn a_copy_asks_for_its_source() {
    let denied = vec![("s3:GetObject", "arn:aws:s3:::bucket/secret")];
    let bench = Bench::denying(denied).with_bucket().await;
    for key in ["secret", "open"] {
        bench.put(key, key.as_bytes()).await;
    }
    let copied = put(&bench, "x-amz-copy-source=bucket%2Fopen", &[], b"").await;
    assert_eq!(copied.status, 200, "{}", copied.text());
    assert_eq!(bench.get("/bucket/k").await.text(), "open");
    let refused = put(&bench, "X-Amz-Copy-Source=bucket%2Fsecret", &[], b"").await;
    assert_eq!(refused.element("Code"), "AccessDenied");
    assert_eq!(bench.get("/bucket/k").await.text(), "open");
}

#[tokio::test]
async fn a_value_comes_once() {
    let bench = Bench::new().with_bucket().await;
    bench.asked();
    let header = [("x-amz-acl", "private")];
    for (query, headers) in [
        ("x-amz-acl=private", header.as_slice()),
        ("x-amz-acl=private&X-Amz-Acl=private", &[]),
        ("x-amz-meta-a=%0d%0ax", &[]),
        ("x-amz-meta-%20=x", &[]),
    ] {
        let answer = put(&bench, query, headers, b"x").await;
        assert_eq!(answer.element("Code"), "InvalidArgument", "{query}");
    }
    assert_eq!(bench.asked(), []);
}

#[tokio::test]
async fn only_a_presigned_url_s_are_moved() {
    let bench = Bench::new().with_bucket().await;
    let answer = bench
        .send("PUT", "/bucket/k?x-amz-meta-a=x", &[], b"x")
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(bench.get("/bucket/k").await.header("x-amz-meta-a"), "");
    bench.asked();
    let query = "X-Amz-Date=x&X-Amz-Expires=1&X-Amz-SignedHeaders=host&X-Amz-Security-Token=x";
    bench.get(&format!("/bucket/k?{query}")).await;
    let keys = bench.policy.asked.lock()[0].2.clone();
    let by_header = ("s3:authtype".to_owned(), "REST-HEADER".to_owned());
    assert!(keys.contains(&by_header), "{keys:?}");
}
