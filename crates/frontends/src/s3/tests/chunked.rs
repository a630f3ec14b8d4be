//! Bodies in aws-chunked coding, with a trailer or with signed chunks, which s3s decodes; it checks the signature a
//! second time.

use anyrole_signing::{AccessKey, PayloadHash, Signer, sign_request};
use aws_lc_rs::{digest, hmac};

use super::*;

pub(super) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// The signed headers of a PUT of `/bucket/k`.
fn signed(payload: &'static str, decoded: usize, trailer: Option<&str>) -> Vec<(String, String)> {
    signed_for("PUT", "/bucket/k", "", payload, decoded, trailer)
}

fn signed_for(
    method: &str,
    path: &str,
    query: &str,
    payload: &'static str,
    decoded: usize,
    trailer: Option<&str>,
) -> Vec<(String, String)> {
    let mut headers = HeaderMap::new();
    let length = decoded.to_string();
    for (name, value) in [
        ("host", "localhost:9000"),
        ("x-amz-content-sha256", payload),
        ("x-amz-decoded-content-length", &length),
        ("content-encoding", "aws-chunked"),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    if let Some(trailer) = trailer {
        headers.insert("x-amz-trailer", trailer.parse().unwrap());
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "s3s compares with the system clock"
    )]
    let at = jiff::Timestamp::now();
    let signer = Signer {
        access_key: AccessKey {
            access_key_id: "AKIAEXAMPLE",
            secret_access_key: SECRET,
            session_token: None,
        },
        region: "us-east-1",
        service: "s3",
        at,
    };
    let payload = PayloadHash::Literal(payload);
    sign_request(method, path, query, &mut headers, payload, &signer).unwrap();
    let pairs = headers.iter();
    pairs
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect()
}

async fn put(bench: &Bench, headers: &[(String, String)], body: &[u8]) -> Answer {
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    bench.send("PUT", "/bucket/k", &headers, body).await
}

fn hex(bytes: &[u8]) -> String {
    hex_simd::encode_to_string(bytes, hex_simd::AsciiCase::Lower)
}

/// The signature of a chunk (AWS: "Signature calculations, transferring payload in multiple chunks").
fn chunk_signature(headers: &[(String, String)], previous: &str, chunk: &[u8]) -> String {
    let value = |name: &str| headers.iter().find(|(n, _)| n == name).unwrap().1.clone();
    let date_time = value("x-amz-date");
    let date = date_time.split('T').next().unwrap().to_owned();
    let sign = |key: &[u8], data: &str| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        hmac::sign(&key, data.as_bytes()).as_ref().to_vec()
    };
    let mut key = format!("AWS4{SECRET}").into_bytes();
    for part in [date.as_str(), "us-east-1", "s3", "aws4_request"] {
        key = sign(&key, part);
    }
    let hash = hex(digest::digest(&digest::SHA256, chunk).as_ref());
    let text = format!(
        "AWS4-HMAC-SHA256-PAYLOAD\n{date_time}\n{date}/us-east-1/s3/aws4_request\n{previous}\n{SHA256_OF_EMPTY}\n{hash}"
    );
    hex(&sign(&key, &text))
}

fn seed(headers: &[(String, String)]) -> String {
    let authorization = &headers
        .iter()
        .find(|(n, _)| n == "authorization")
        .unwrap()
        .1;
    authorization.split_once("Signature=").unwrap().1.to_owned()
}

#[tokio::test]
async fn a_trailer_brings_the_checksum() {
    let bench = Bench::new().with_bucket().await;
    let payload = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    for (decoded, trailer, code) in [
        (11, "x-amz-checksum-crc32:DUoRhQ==\r\n", ""),
        (11, "x-amz-checksum-crc32:AAAAAA==\r\n", "BadDigest"),
        (11, "", "BadDigest"),
        (12, "x-amz-checksum-crc32:DUoRhQ==\r\n", "IncompleteBody"),
    ] {
        let headers = signed(payload, decoded, Some("x-amz-checksum-crc32"));
        let body = format!("5\r\nhello\r\n6\r\n world\r\n0\r\n{trailer}\r\n");
        let answer = put(&bench, &headers, body.as_bytes()).await;
        assert_eq!(
            answer.element("Code"),
            code,
            "{decoded} {trailer} {}",
            answer.text()
        );
        let got = bench.get("/bucket/k").await;
        if code.is_empty() {
            assert_eq!(answer.header("x-amz-checksum-crc32"), "DUoRhQ==");
            assert_eq!(
                (got.text(), got.header("content-encoding")),
                ("hello world", "")
            );
            bench.send("DELETE", "/bucket/k", &[], b"").await;
        } else {
            assert_eq!(got.status, 404, "a refused body left something");
        }
    }
}

#[tokio::test]
async fn chunks_are_signed_one_by_one() {
    let bench = Bench::new().with_bucket().await;
    let payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    for forged in [false, true] {
        let headers = signed(payload, 5, None);
        let first = chunk_signature(&headers, &seed(&headers), b"hello");
        let last = chunk_signature(&headers, &first, b"");
        let data = if forged { "jello" } else { "hello" };
        let body =
            format!("5;chunk-signature={first}\r\n{data}\r\n0;chunk-signature={last}\r\n\r\n");
        bench.asked();
        let answer = put(&bench, &headers, body.as_bytes()).await;
        let keys = bench.policy.asked.lock()[0].2.clone();
        for (key, value) in [
            ("s3:authtype", "REST-HEADER"),
            ("s3:signatureversion", "AWS4-HMAC-SHA256"),
            ("s3:x-amz-content-sha256", payload),
        ] {
            assert!(keys.contains(&(key.to_owned(), value.to_owned())), "{key}");
        }
        let got = bench.get("/bucket/k").await;
        if forged {
            assert_eq!(
                answer.element("Code"),
                "SignatureDoesNotMatch",
                "{}",
                answer.text()
            );
            assert_eq!(got.text(), "hello", "the earlier object stays");
        } else {
            assert_eq!(
                (answer.status.as_u16(), got.text()),
                (200, "hello"),
                "{}",
                answer.text()
            );
        }
    }
}

#[tokio::test]
async fn a_wrong_signature_of_a_chunked_request_is_refused_again() {
    let bench = Bench::new().with_bucket().await;
    let mut headers = signed("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", 1, None);
    for (name, value) in &mut headers {
        if name == "x-amz-decoded-content-length" {
            *value = "2".to_owned();
        }
    }
    let answer = put(&bench, &headers, b"1\r\na\r\n0\r\n\r\n").await;
    assert_eq!(answer.element("Code"), "SignatureDoesNotMatch");
}

#[tokio::test]
async fn unsigned_chunks_may_have_any_size() {
    let bench = Bench::new().with_bucket().await;
    let payload = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    let trailer = Some("x-amz-checksum-crc32");
    let headers = signed(payload, 11, trailer);
    let body = b"000000000000b\r\nhello world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n";
    let answer = put(&bench, &headers, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(bench.get("/bucket/k").await.text(), "hello world");
    // more than announced is refused as it comes, not at the end
    let headers = signed(payload, 3, trailer);
    let answer = put(&bench, &headers, b"ffffffffffff\r\nhello").await;
    assert_eq!(answer.element("Code"), "IncompleteBody");
    for missing in ["x-amz-trailer", "x-amz-decoded-content-length"] {
        let mut headers = signed(payload, 3, trailer);
        headers.retain(|(name, _)| name != missing);
        let answer = put(&bench, &headers, b"3\r\nabc\r\n0\r\n\r\n").await;
        assert!(answer.status.is_client_error(), "{missing}");
    }
}

#[tokio::test]
async fn a_signed_chunk_is_at_most_16_mib() {
    let bench = Bench::new().with_bucket().await;
    let payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    let signature = "0".repeat(64);
    for (size, code) in [
        ("1000000", "IncompleteBody"),
        ("1000001", "InvalidChunkSizeError"),
        ("ffffffff", "InvalidChunkSizeError"),
    ] {
        let headers = signed(payload, 0x0200_0000, None);
        let body = format!("{size};chunk-signature={signature}\r\nhello");
        let answer = put(&bench, &headers, body.as_bytes()).await;
        assert_eq!(answer.element("Code"), code, "{size} {}", answer.text());
        assert_eq!(answer.status, 400);
    }
}

#[tokio::test]
async fn only_what_goes_to_the_store_comes_in_chunks() {
    let bench = Bench::new().with_bucket().await;
    bench.asked();
    for payload in [
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    ] {
        for (method, path, query) in [
            ("POST", "/bucket", "delete="),
            ("POST", "/bucket/k", "uploadId=x"),
            ("PUT", "/other", ""),
            ("GET", "/bucket/k", ""),
        ] {
            let trailer = Some("x-amz-checksum-crc32");
            let headers = signed_for(method, path, query, payload, 9, trailer);
            let headers: Vec<(&str, &str)> = headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            let uri = format!("{path}?{query}");
            let answer = bench.send(method, &uri, &headers, b"ffffffff\r\n").await;
            let code = answer.element("Code");
            assert_eq!(code, "InvalidRequest", "{method} {uri} {}", answer.text());
        }
    }
    assert_eq!(bench.asked(), []);
    let uri = "/bucket/k?X-Amz-Signature=x";
    let headers = [("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")];
    let answer = bench.send("PUT", uri, &headers, b"").await;
    assert_eq!(answer.element("Code"), "NotImplemented");
}

#[tokio::test]
async fn a_chunk_s_data_is_passed_on_before_the_chunk_is_whole() {
    use crate::s3::chunked_body::DecodedBody;
    use http_body::Frame;

    let first = Bytes::from_static(b"40000000000\r\nhello");
    let frames = futures_util::stream::iter([Ok::<_, std::io::Error>(Frame::data(first))]);
    let frames = futures_util::StreamExt::chain(frames, futures_util::stream::pending());
    let body = http_body_util::StreamBody::new(frames);
    let mut body = DecodedBody::new(body, 0x400_0000_0000);
    let frame = body.frame().await.unwrap().unwrap();
    assert_eq!(frame.into_data().unwrap(), "hello");
}
