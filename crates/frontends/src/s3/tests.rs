//! The front end over a folder store, asked by plain requests that are taken for authenticated.

use std::sync::Arc;

use anyrole_domain::{AccountId, Call, Caller, Kind, Origin, Principal, Refusal};
use anyrole_objects::FolderStore;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};

use super::*;

const SHA256_OF_EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Refuses the actions (`s3:GetObject`) or action and resource pairs that it was given.
#[derive(Default)]
struct Policy {
    denied: Vec<(&'static str, &'static str)>,
    asked: parking_lot::Mutex<Vec<(String, String, Vec<(String, String)>)>>,
}

impl Authorizer for Policy {
    fn authorize(
        &self,
        _call: &Call,
        action: &str,
        resource: &str,
        keys: &[(&str, &str)],
    ) -> Result<(), Refusal> {
        let keys = keys.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let asked = (action.to_owned(), resource.to_owned(), keys.collect());
        self.asked.lock().push(asked);
        let hit = |(a, r): &(&str, &str)| *a == action && (*r == "*" || *r == resource);
        if self.denied.iter().any(hit) {
            return Err(Refusal::new(Kind::AccessDenied, "denied", "not authorized"));
        }
        Ok(())
    }
}

struct NoSecrets;

impl SecretByAccessKeyId for NoSecrets {
    fn secret(&self, _access_key_id: &str) -> Option<String> {
        None
    }
}

struct Bench {
    _folder: tempfile::TempDir,
    policy: Arc<Policy>,
    frontend: S3Frontend,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The content of the first element of this name.
    fn element(&self, name: &str) -> String {
        let text = self.text();
        let from = text.split_once(&format!("<{name}>")).map(|(_, rest)| rest);
        let found = from.and_then(|rest| rest.split_once(&format!("</{name}>")));
        found.map(|(found, _)| found.to_owned()).unwrap_or_default()
    }

    fn elements(&self, name: &str) -> Vec<String> {
        let open = format!("<{name}>");
        let rest = self.text().split(&open).skip(1);
        rest.map(|rest| rest.split('<').next().unwrap().to_owned())
            .collect()
    }
}

impl Bench {
    fn new() -> Self {
        Self::denying(Vec::new())
    }

    fn denying(denied: Vec<(&'static str, &'static str)>) -> Self {
        Self::made(denied, "us-east-1", None)
    }

    fn made(denied: Vec<(&'static str, &'static str)>, region: &str, domain: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let policy = Arc::new(Policy {
            denied,
            ..Policy::default()
        });
        let nonce = std::sync::atomic::AtomicU8::new(1);
        let frontend = S3Frontend::new(S3Parts {
            store: Arc::new(FolderStore::open(folder.path()).unwrap()),
            authorizer: policy.clone(),
            secrets: Arc::new(NoSecrets),
            nonces: Arc::new(move || {
                [nonce.fetch_add(1, std::sync::atomic::Ordering::Relaxed); 16]
            }),
            region: region.to_owned(),
            partition: "aws".to_owned(),
            domain: domain.map(str::to_owned),
        });
        Self {
            _folder: folder,
            policy,
            frontend,
        }
    }

    async fn with_bucket(self) -> Self {
        assert_eq!(self.send("PUT", "/bucket", &[], b"").await.status, 200);
        self
    }

    async fn send(&self, method: &str, uri: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = Request::builder().method(method).uri(uri);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "localhost:9000");
        }
        request = request.header("content-length", body.len());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request
            .body(Full::new(Bytes::copy_from_slice(body)))
            .unwrap();
        request.extensions_mut().insert(Call {
            caller: Caller {
                account: AccountId::parse("000000000000").unwrap(),
                principal: Principal::Root,
                access_key_id: "AKIAEXAMPLE".into(),
            },
            origin: Origin {
                request_id: "r".into(),
                now: "2026-01-02T03:04:05.678Z".parse().unwrap(),
                source_ip: None,
                secure_transport: false,
                user_agent: None,
            },
        });
        let (parts, body) = self.frontend.call(request).await.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    async fn put(&self, key: &str, body: &[u8]) -> Answer {
        self.send("PUT", &format!("/bucket/{key}"), &[], body).await
    }

    async fn get(&self, uri: &str) -> Answer {
        self.send("GET", uri, &[], b"").await
    }

    fn asked(&self) -> Vec<(String, String)> {
        let asked = std::mem::take(&mut *self.policy.asked.lock());
        asked
            .into_iter()
            .map(|(action, resource, _)| (action, resource))
            .collect()
    }
}

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
        ("x-amz-tagging", "a=b", b"x", "NotImplemented"),
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
async fn multipart_with_checksums() {
    for (kind, expected) in [("COMPOSITE", "-2"), ("FULL_OBJECT", "=")] {
        let bench = Bench::new().with_bucket().await;
        let headers = [
            ("x-amz-checksum-algorithm", "CRC32"),
            ("x-amz-checksum-type", kind),
            ("content-type", "x/y"),
        ];
        let begun = bench.send("POST", "/bucket/m?uploads", &headers, b"").await;
        let id = begun.element("UploadId");
        assert_eq!(id.len(), 32, "{}", begun.text());
        let first: Vec<u8> = (0..5 * 1024 * 1024).map(|i| (i % 255) as u8).collect();
        let named = [("x-amz-sdk-checksum-algorithm", "CRC32")];
        let uri = format!("/bucket/m?partNumber=1&uploadId={id}");
        let one = bench.send("PUT", &uri, &named, &first).await;
        bench.send("PUT", "/bucket/src", &[], b"0123456789").await;
        let copy = [
            ("x-amz-copy-source", "bucket/src"),
            ("x-amz-copy-source-range", "bytes=2-5"),
        ];
        let uri = format!("/bucket/m?partNumber=2&uploadId={id}");
        let two = bench.send("PUT", &uri, &copy, b"").await;
        assert_eq!(
            (one.status.as_u16(), two.status.as_u16()),
            (200, 200),
            "{}",
            two.text()
        );
        let listed = bench.get(&format!("/bucket/m?uploadId={id}")).await;
        assert_eq!(listed.elements("PartNumber"), ["1", "2"]);
        assert_eq!(
            bench.get("/bucket?uploads").await.elements("UploadId"),
            [id.clone()]
        );
        let etags = (
            one.header("etag").replace('"', ""),
            two.element("ETag").replace("&quot;", "").replace('"', ""),
        );
        let crc = one.header("x-amz-checksum-crc32");
        let body = |crc: &str| {
            format!(
                "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <Part><PartNumber>1</PartNumber><ETag>{}</ETag><ChecksumCRC32>{crc}</ChecksumCRC32></Part>\
             <Part><PartNumber>2</PartNumber><ETag>{}</ETag></Part></CompleteMultipartUpload>",
                etags.0, etags.1
            )
        };
        let uri = format!("/bucket/m?uploadId={id}");
        let wrong = bench
            .send("POST", &uri, &[], body("AAAAAA==").as_bytes())
            .await;
        assert_eq!(wrong.element("Code"), "InvalidPart");
        let done = bench.send("POST", &uri, &[], body(crc).as_bytes()).await;
        assert_eq!(done.status, 200, "{}", done.text());
        let checksum = done.element("ChecksumCRC32");
        assert!(checksum.ends_with(expected), "{kind} {checksum}");
        let whole = [first.as_slice(), b"2345"].concat();
        let got = bench
            .send(
                "GET",
                "/bucket/m",
                &[("x-amz-checksum-mode", "ENABLED")],
                b"",
            )
            .await;
        assert!(got.body == whole);
        assert_eq!(got.header("content-type"), "x/y");
        assert_eq!(got.header("x-amz-checksum-type"), kind);
        if kind == "FULL_OBJECT" {
            let put = bench.send("PUT", "/bucket/w", &named, &whole).await;
            assert_eq!(put.header("x-amz-checksum-crc32"), checksum);
        }
        let part = bench.get("/bucket/m?partNumber=2").await;
        assert_eq!((part.status.as_u16(), part.text()), (206, "2345"));
        assert_eq!(part.header("x-amz-mp-parts-count"), "2");
        assert_eq!(bench.get("/bucket/m?partNumber=3").await.status, 416);
        let gone = bench.send("DELETE", &uri, &[], b"").await;
        assert_eq!(gone.element("Code"), "NoSuchUpload");
    }
}

#[tokio::test]
async fn what_is_asked_of_the_authorizer() {
    let bench = Bench::new().with_bucket().await;
    bench.put("k", b"x").await;
    bench.asked();
    let bucket = "arn:aws:s3:::bucket";
    let object = "arn:aws:s3:::bucket/k";
    let source = ("x-amz-copy-source", "other/x%2Fy");
    for (method, uri, headers, expected) in [
        ("GET", "/", &[][..], &[("s3:ListAllMyBuckets", "*")][..]),
        ("PUT", "/bucket", &[], &[("s3:CreateBucket", bucket)]),
        ("HEAD", "/bucket", &[], &[("s3:ListBucket", bucket)]),
        (
            "GET",
            "/bucket?location",
            &[],
            &[("s3:GetBucketLocation", bucket)],
        ),
        ("GET", "/bucket", &[], &[("s3:ListBucket", bucket)]),
        (
            "GET",
            "/bucket?list-type=2",
            &[],
            &[("s3:ListBucket", bucket)],
        ),
        (
            "GET",
            "/bucket?versions",
            &[],
            &[("s3:ListBucketVersions", bucket)],
        ),
        (
            "GET",
            "/bucket?uploads",
            &[],
            &[("s3:ListBucketMultipartUploads", bucket)],
        ),
        (
            "GET",
            "/bucket/k?uploadId=x",
            &[],
            &[("s3:ListMultipartUploadParts", object)],
        ),
        ("GET", "/bucket/k", &[], &[("s3:GetObject", object)]),
        ("HEAD", "/bucket/k", &[], &[("s3:GetObject", object)]),
        (
            "GET",
            "/bucket/k?versionId=null",
            &[],
            &[("s3:GetObjectVersion", object)],
        ),
        ("PUT", "/bucket/k", &[], &[("s3:PutObject", object)]),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-acl", "private")],
            &[("s3:PutObject", object), ("s3:PutObjectAcl", object)],
        ),
        (
            "PUT",
            "/bucket/k",
            &[source],
            &[
                ("s3:PutObject", object),
                ("s3:GetObject", "arn:aws:s3:::other/x/y"),
            ],
        ),
        (
            "PUT",
            "/bucket/k?partNumber=1&uploadId=x",
            &[source],
            &[
                ("s3:PutObject", object),
                ("s3:GetObject", "arn:aws:s3:::other/x/y"),
            ],
        ),
        (
            "PUT",
            "/bucket/k?partNumber=1&uploadId=x",
            &[],
            &[("s3:PutObject", object)],
        ),
        (
            "POST",
            "/bucket/k?uploads",
            &[],
            &[("s3:PutObject", object)],
        ),
        (
            "POST",
            "/bucket/k?uploadId=x",
            &[],
            &[("s3:PutObject", object)],
        ),
        (
            "DELETE",
            "/bucket/k?uploadId=x",
            &[],
            &[("s3:AbortMultipartUpload", object)],
        ),
        (
            "DELETE",
            "/bucket/k?versionId=null",
            &[],
            &[("s3:DeleteObjectVersion", object)],
        ),
        ("DELETE", "/bucket/k", &[], &[("s3:DeleteObject", object)]),
        ("DELETE", "/bucket", &[], &[("s3:DeleteBucket", bucket)]),
    ] {
        bench.send(method, uri, headers, b"").await;
        let expected: Vec<_> = expected
            .iter()
            .map(|(a, r)| ((*a).to_owned(), (*r).to_owned()))
            .collect();
        assert_eq!(bench.asked(), expected, "{method} {uri}");
    }
    let query = "/bucket?prefix=a+b%2F&delimiter=/&max-keys=7&X-Amz-Signature=x";
    bench.get(query).await;
    let asked = std::mem::take(&mut *bench.policy.asked.lock());
    let keys: Vec<(&str, &str)> = asked[0]
        .2
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    for key in [
        ("s3:prefix", "a b/"),
        ("s3:delimiter", "/"),
        ("s3:max-keys", "7"),
        ("s3:authtype", "REST-QUERY-STRING"),
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
