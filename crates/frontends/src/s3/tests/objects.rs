//! Objects in and out.

use super::*;

#[tokio::test]
async fn an_object_goes_in_and_comes_back() {
    let bench = Bench::new().with_bucket().await;
    let sent = [
        ("content-type", "text/plain"),
        ("cache-control", "no-store"),
        ("content-disposition", "inline"),
        ("content-encoding", "aws-chunked,gzip"),
        ("content-language", "de"),
        ("expires", "Thu, 01 Dec 1994 16:00:00 GMT"),
        ("x-amz-meta-colour", "blue"),
        ("x-amz-checksum-crc32", "DUoRhQ=="),
    ];
    let put = bench
        .send("PUT", "/bucket/a%2Fb%20c+d", &sent, b"hello world")
        .await;
    assert_eq!(put.status, 200, "{}", put.text());
    assert_eq!(put.header("etag"), "\"5eb63bbbe01eeed093cb22bb8f5acdc3\"");
    assert_eq!(put.header("x-amz-checksum-crc32"), "DUoRhQ==");
    for method in ["GET", "HEAD"] {
        let mode = [("x-amz-checksum-mode", "ENABLED")];
        let got = bench.send(method, "/bucket/a/b%20c+d", &mode, b"").await;
        assert_eq!(got.status, 200);
        for (name, value) in [
            ("content-length", "11"),
            ("etag", "\"5eb63bbbe01eeed093cb22bb8f5acdc3\""),
            ("last-modified", "Fri, 02 Jan 2026 03:04:05 GMT"),
            ("accept-ranges", "bytes"),
            ("content-encoding", "gzip"),
        ]
        .into_iter()
        .chain(
            sent.into_iter()
                .filter(|(name, _)| *name != "content-encoding"),
        ) {
            assert_eq!(got.header(name), value, "{method} {name}");
        }
        if method == "GET" {
            assert_eq!(got.text(), "hello world");
        }
    }
    let overridden = bench
        .get("/bucket/a/b%20c+d?response-content-type=x/y")
        .await;
    assert_eq!(overridden.header("content-type"), "x/y");
    let deleted = bench.send("DELETE", "/bucket/a/b%20c+d", &[], b"").await;
    assert_eq!(deleted.status, 204);
    let gone = bench.get("/bucket/a/b%20c+d").await;
    assert_eq!(
        (gone.status, gone.element("Code").as_str()),
        (StatusCode::NOT_FOUND, "NoSuchKey")
    );
}

#[tokio::test]
async fn large_objects_are_streamed_in_large_pieces() {
    let bench = Bench::new().with_bucket().await;
    let data: Vec<u8> = (0..1024 * 1024 + 5).map(|i| (i % 253) as u8).collect();
    bench.put("large", &data).await;
    let got = bench.get("/bucket/large").await;
    assert_eq!(got.header("content-length"), data.len().to_string());
    assert!(got.body == data);
    let range = [("range", "bytes=300000-900000")];
    let part = bench.send("GET", "/bucket/large", &range, b"").await;
    assert_eq!(part.status, 206);
    assert!(part.body == data[300_000..=900_000]);
}

#[tokio::test]
async fn ranges_and_conditions() {
    let bench = Bench::new().with_bucket().await;
    bench.put("k", b"0123456789").await;
    let etag = "\"781e5e245d69b566979b86e28d23f2c7\"";
    for (header, value, status, body) in [
        ("range", "bytes=2-4", 206, "234"),
        ("range", "bytes=-3", 206, "789"),
        ("range", "bytes=8-", 206, "89"),
        ("range", "bytes=1-2,4-5", 200, "0123456789"),
        ("range", "nonsense", 200, "0123456789"),
        ("if-match", etag, 200, "0123456789"),
        ("if-none-match", "\"x\"", 200, "0123456789"),
        (
            "if-modified-since",
            "Fri, 02 Jan 2026 03:04:04 GMT",
            200,
            "0123456789",
        ),
    ] {
        let got = bench
            .send("GET", "/bucket/k", &[(header, value)], b"")
            .await;
        assert_eq!(
            (got.status.as_u16(), got.text()),
            (status, body),
            "{header}: {value}"
        );
    }
    let part = bench
        .send("GET", "/bucket/k", &[("range", "bytes=2-4")], b"")
        .await;
    assert_eq!(part.header("content-range"), "bytes 2-4/10");
    for (header, value, status, code) in [
        ("range", "bytes=10-", 416, "InvalidRange"),
        ("if-match", "\"x\"", 412, "PreconditionFailed"),
        ("if-none-match", etag, 304, "NotModified"),
        (
            "if-modified-since",
            "Fri, 02 Jan 2026 03:04:05 GMT",
            304,
            "NotModified",
        ),
        (
            "if-unmodified-since",
            "Fri, 02 Jan 2026 03:04:04 GMT",
            412,
            "PreconditionFailed",
        ),
    ] {
        let got = bench
            .send("GET", "/bucket/k", &[(header, value)], b"")
            .await;
        assert_eq!(
            (got.status.as_u16(), got.element("Code").as_str()),
            (status, code),
            "{header}"
        );
    }
    for (header, value, status) in [
        ("if-none-match", "*", 412),
        ("if-match", "\"x\"", 412),
        ("if-match", etag, 200),
    ] {
        let put = bench
            .send("PUT", "/bucket/k", &[(header, value)], b"0123456789")
            .await;
        assert_eq!(put.status.as_u16(), status, "{header}: {value}");
    }
}

#[tokio::test]
async fn bodies_that_are_not_what_was_meant() {
    let bench = Bench::new().with_bucket().await;
    let large = vec![7u8; 100_000];
    for (header, value, body, code) in [
        (
            "content-md5",
            "AAAAAAAAAAAAAAAAAAAAAA==",
            b"x".as_slice(),
            "BadDigest",
        ),
        ("content-md5", "short", b"x", "InvalidDigest"),
        ("x-amz-checksum-crc32", "AAAAAA==", b"x", "BadDigest"),
        (
            "x-amz-checksum-crc64nvme",
            "AAAAAAAAAAA=",
            b"x",
            "BadDigest",
        ),
        (
            "x-amz-content-sha256",
            SHA256_OF_EMPTY,
            b"x",
            "XAmzContentSHA256Mismatch",
        ),
        (
            "x-amz-content-sha256",
            SHA256_OF_EMPTY,
            &large,
            "XAmzContentSHA256Mismatch",
        ),
        (
            "x-amz-storage-class",
            "GLACIER",
            b"x",
            "InvalidStorageClass",
        ),
        (
            "x-amz-acl",
            "public-read",
            b"x",
            "AccessControlListNotSupported",
        ),
        (
            "x-amz-server-side-encryption",
            "AES256",
            b"x",
            "NotImplemented",
        ),
    ] {
        let put = bench
            .send("PUT", "/bucket/k", &[(header, value)], body)
            .await;
        assert_eq!(put.element("Code"), code, "{header}");
        assert!(
            put.status.is_client_error() || put.status == 501,
            "{header} {}",
            put.status
        );
        assert_eq!(
            bench.get("/bucket/k").await.status,
            404,
            "{header} left something"
        );
    }
    let two = [
        ("x-amz-checksum-crc32", "AAAAAA=="),
        ("x-amz-checksum-sha1", "x"),
    ];
    let put = bench.send("PUT", "/bucket/k", &two, b"x").await;
    assert_eq!(put.element("Code"), "InvalidRequest");
    let empty_ok = [("x-amz-content-sha256", SHA256_OF_EMPTY)];
    assert_eq!(
        bench.send("PUT", "/bucket/k", &empty_ok, b"").await.status,
        200
    );
}

#[tokio::test]
async fn copies() {
    let bench = Bench::new().with_bucket().await;
    bench
        .send("PUT", "/bucket/a%20b", &[("content-type", "x/y")], b"data")
        .await;
    let source = ("x-amz-copy-source", "/bucket/a%20b");
    let copied = bench.send("PUT", "/bucket/c", &[source], b"").await;
    assert_eq!(
        (
            copied.status.as_u16(),
            copied.element("ETag").contains("8d777f38")
        ),
        (200, true)
    );
    let got = bench.get("/bucket/c").await;
    assert_eq!((got.text(), got.header("content-type")), ("data", "x/y"));
    let replace = ("x-amz-metadata-directive", "REPLACE");
    let typed = ("content-type", "z/z");
    bench
        .send("PUT", "/bucket/c", &[source, replace, typed], b"")
        .await;
    assert_eq!(bench.get("/bucket/c").await.header("content-type"), "z/z");
    let onto = bench.send("PUT", "/bucket/a%20b", &[source], b"").await;
    assert_eq!(onto.element("Code"), "InvalidRequest");
    for (header, value, code) in [
        ("x-amz-copy-source-if-match", "\"x\"", "PreconditionFailed"),
        ("x-amz-copy-source-if-none-match", "*", "PreconditionFailed"),
    ] {
        let refused = bench
            .send("PUT", "/bucket/d", &[source, (header, value)], b"")
            .await;
        assert_eq!(refused.element("Code"), code);
    }
    let missing = bench
        .send(
            "PUT",
            "/bucket/d",
            &[("x-amz-copy-source", "bucket/none")],
            b"",
        )
        .await;
    assert_eq!(missing.element("Code"), "NoSuchKey");
}

#[tokio::test]
async fn a_client_that_falls_silent_is_not_waited_for() {
    use futures_util::StreamExt as _;
    use http_body::Frame;

    let bench = Bench::new().with_bucket().await;
    let pieces = |pause: u64, last: bool| {
        let piece = move |_| async move {
            tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
            Ok::<_, std::io::Error>(Frame::data(Bytes::from_static(b"x")))
        };
        let pieces = futures_util::stream::iter(0..5).then(piece);
        let silence = futures_util::stream::pending().take(usize::from(!last));
        http_body_util::StreamBody::new(Box::pin(pieces.chain(silence)))
    };
    for (method, uri, hash) in [
        ("PUT", "/bucket/k", "UNSIGNED-PAYLOAD"),
        ("PUT", "/bucket/k", SHA256_OF_EMPTY),
        ("PUT", "/bucket/k", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ("POST", "/bucket?delete", "UNSIGNED-PAYLOAD"),
        ("POST", "/bucket?delete", SHA256_OF_EMPTY),
    ] {
        let request = Request::builder().method(method).uri(uri);
        let request = request
            .header("content-length", "6")
            .header("x-amz-content-sha256", hash)
            .header("x-amz-trailer", "x-amz-checksum-crc32")
            .header("x-amz-decoded-content-length", "5");
        let answer = bench.call(request.body(pieces(1, false)).unwrap());
        let answer = tokio::time::timeout(std::time::Duration::from_secs(10), answer);
        let answer = answer.await.expect("it was waited for");
        let code = answer.element("Code");
        assert_eq!(code, "RequestTimeout", "{method} {hash} {}", answer.text());
        assert_eq!(answer.status, 400);
    }
    // five pieces take longer than a client may be silent
    let request = Request::put("/bucket/slow").header("content-length", "5");
    let answer = bench.call(request.body(pieces(60, true)).unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(bench.get("/bucket/slow").await.text(), "xxxxx");
}
