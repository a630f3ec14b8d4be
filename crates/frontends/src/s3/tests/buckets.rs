//! Buckets and listings.

use super::*;

#[tokio::test]
async fn listings() {
    let bench = Bench::new().with_bucket().await;
    for key in ["a", "b/1", "b/2", "c%20d", "c%01", "z%C3%A9"] {
        assert_eq!(bench.put(key, b"x").await.status, 200, "{key}");
    }
    let v2 = bench
        .get("/bucket?list-type=2&delimiter=/&encoding-type=url")
        .await;
    assert_eq!(v2.elements("Key"), ["a", "c%01", "c%20d", "z%C3%A9"]);
    assert!(
        v2.text()
            .contains("<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>"),
        "{}",
        v2.text()
    );
    assert_eq!(
        (v2.element("KeyCount"), v2.element("IsTruncated")),
        ("5".into(), "false".into())
    );

    let mut keys = Vec::new();
    let mut uri = "/bucket?list-type=2&max-keys=2&encoding-type=url".to_owned();
    loop {
        let page = bench.get(&uri).await;
        keys.extend(page.elements("Key"));
        let token = page.element("NextContinuationToken");
        if token.is_empty() {
            break;
        }
        uri =
            format!("/bucket?list-type=2&max-keys=2&encoding-type=url&continuation-token={token}");
    }
    assert_eq!(keys, ["a", "b/1", "b/2", "c%01", "c%20d", "z%C3%A9"]);

    let v1 = bench.get("/bucket?delimiter=/&max-keys=2").await;
    assert_eq!(
        (v1.element("NextMarker"), v1.elements("Key")),
        ("b/".into(), vec!["a".into()])
    );
    let v1 = bench
        .get("/bucket?delimiter=/&max-keys=2&marker=b/&encoding-type=url")
        .await;
    assert_eq!(v1.elements("Key"), ["c%01", "c%20d"]);
    let versions = bench.get("/bucket?versions&prefix=b/").await;
    assert_eq!(versions.elements("Key"), ["b/1", "b/2"]);
    assert_eq!(versions.elements("VersionId"), ["null", "null"]);
    for (uri, code) in [
        (
            "/bucket?list-type=2&continuation-token=%21",
            "InvalidArgument",
        ),
        ("/bucket?max-keys=-1", "InvalidArgument"),
        ("/bucket?encoding-type=x", "InvalidArgument"),
        ("/bucket?prefix=a&prefix=b", "InvalidArgument"),
        ("/bucket?versions&version-id-marker=null", "InvalidArgument"),
        ("/none-such", "NoSuchBucket"),
    ] {
        assert_eq!(bench.get(uri).await.element("Code"), code, "{uri}");
    }
}

#[tokio::test]
async fn buckets() {
    let bench = Bench::new().with_bucket().await;
    assert_eq!(
        bench.send("PUT", "/bucket", &[], b"").await.status,
        200,
        "one's own again"
    );
    let all = bench.get("/").await;
    assert_eq!(all.elements("Name"), ["bucket"]);
    assert_eq!(all.element("ID"), "000000000000");
    let head = bench.send("HEAD", "/bucket", &[], b"").await;
    assert_eq!(
        (head.status.as_u16(), head.header("x-amz-bucket-region")),
        (200, "us-east-1")
    );
    assert!(
        bench
            .get("/bucket?location")
            .await
            .text()
            .contains("LocationConstraint")
    );
    bench.put("k", b"x").await;
    let full = bench.send("DELETE", "/bucket", &[], b"").await;
    assert_eq!(
        (full.status.as_u16(), full.element("Code").as_str()),
        (409, "BucketNotEmpty")
    );
    bench.send("DELETE", "/bucket/k", &[], b"").await;
    assert_eq!(bench.send("DELETE", "/bucket", &[], b"").await.status, 204);
    for name in ["-", "ab", "Upper", "a..b", "1.2.3.4"] {
        let made = bench.send("PUT", &format!("/{name}"), &[], b"").await;
        assert_eq!(made.element("Code"), "InvalidBucketName", "{name}");
    }
    let elsewhere = Bench::made(Vec::new(), "eu-west-1", None);
    let body = b"<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
    assert_eq!(
        elsewhere.send("PUT", "/bucket", &[], body).await.status,
        200
    );
    let again = elsewhere.send("PUT", "/bucket", &[], body).await;
    assert_eq!(again.element("Code"), "BucketAlreadyOwnedByYou");
    assert!(
        elsewhere
            .get("/bucket?location")
            .await
            .text()
            .contains(">eu-west-1<")
    );
}

#[tokio::test]
async fn virtual_hosts() {
    let bench = Bench::made(Vec::new(), "us-east-1", Some("s3.example.org"))
        .with_bucket()
        .await;
    bench.put("k", b"data").await;
    for (host, uri) in [
        ("bucket.s3.example.org", "/k"),
        ("bucket.S3.example.org:9000", "/k"),
        ("s3.example.org", "/bucket/k"),
        ("localhost:9000", "/bucket/k"),
        ("evils3.example.org", "/bucket/k"),
    ] {
        let got = bench.send("GET", uri, &[("host", host)], b"").await;
        assert_eq!((got.status.as_u16(), got.text()), (200, "data"), "{host}");
    }
}
