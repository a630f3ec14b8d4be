//! Each rule of verification refuses with its own reason code, and a request that keeps them all is accepted.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::convert::Infallible;

use anyrole_signing::{
    AccessKey, Expected, PayloadHash, RequestHead, Signer, SigningKey, UnverifiedSignature,
    UnverifiedX509Signature, VerifyError, X509Algorithm, X509Signer, presign, sign_request,
    sign_x509,
};
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn now() -> Timestamp {
    "2026-11-20T08:09:10Z".parse().unwrap()
}

fn minutes(count: i64) -> Timestamp {
    now() + SignedDuration::from_mins(count)
}

fn signer(service: &'static str, at: Timestamp) -> Signer<'static> {
    Signer {
        access_key: AccessKey {
            access_key_id: "ASIAEXAMPLE",
            secret_access_key: SECRET,
            session_token: Some("token"),
        },
        region: "eu-west-1",
        service,
        at,
    }
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in lines {
        map.append(*name, value.parse().unwrap());
    }
    map
}

/// The verdict on an IAM call: `change` comes between signer and verifier.
fn header_verdict(
    signed_at: Timestamp,
    expected: Expected<'_>,
    change: impl FnOnce(&mut HeaderMap),
) -> &'static str {
    let mut headers = headers(&[("host", "iam.example"), ("content-type", "text/plain")]);
    let payload = PayloadHash::of(b"body");
    sign_request(
        "POST",
        "/",
        "",
        &mut headers,
        payload,
        &signer("iam", signed_at),
    )
    .unwrap();
    change(&mut headers);
    verdict("POST", "", &headers, payload, &expected)
}

fn verdict(
    method: &str,
    query: &str,
    headers: &HeaderMap,
    payload: PayloadHash<'_>,
    expected: &Expected<'_>,
) -> &'static str {
    let check = || -> Result<(), VerifyError> {
        let signature = UnverifiedSignature::parse(headers, query)?;
        let key = SigningKey::derive(SECRET, &signature.scope);
        let head = RequestHead {
            method,
            path: "/",
            query,
            headers,
        };
        signature.verify(&head, payload, &key, expected)
    };
    check().map_or_else(|error| error.code(), |()| "accepted")
}

fn expected(service: &'static str) -> Expected<'static> {
    Expected {
        regions: &["eu-west-1", "us-east-1"],
        service,
        now: now(),
        skew: Expected::SKEW,
    }
}

#[test]
fn header_signatures() {
    let iam = expected("iam");
    let unchanged = |_: &mut HeaderMap| {};
    assert_eq!(header_verdict(now(), iam, unchanged), "accepted");
    assert_eq!(header_verdict(minutes(5), iam, unchanged), "accepted");
    assert_eq!(header_verdict(minutes(-5), iam, unchanged), "accepted");
    assert_eq!(
        header_verdict(minutes(6), iam, unchanged),
        "request-not-yet-valid"
    );
    assert_eq!(
        header_verdict(minutes(-6), iam, unchanged),
        "request-expired"
    );
    let wide = Expected {
        skew: Expected::SKEW_S3,
        ..iam
    };
    assert_eq!(header_verdict(minutes(-15), wide, unchanged), "accepted");
    assert_eq!(
        header_verdict(minutes(-16), wide, unchanged),
        "request-expired"
    );
    assert_eq!(
        header_verdict(
            now(),
            Expected {
                regions: &["us-east-1"],
                ..iam
            },
            unchanged
        ),
        "wrong-region"
    );
    assert_eq!(
        header_verdict(now(), expected("sts"), unchanged),
        "wrong-service"
    );
}

#[test]
fn changed_headers() {
    let replace = |from: &'static str, to: &'static str| {
        move |headers: &mut HeaderMap| {
            let value = headers
                .get("authorization")
                .unwrap()
                .to_str()
                .unwrap()
                .replace(from, to);
            headers.insert("authorization", value.parse().unwrap());
        }
    };
    let set = |name: &'static str, value: &'static str| {
        move |headers: &mut HeaderMap| {
            headers.insert(name, value.parse().unwrap());
        }
    };
    let iam = expected("iam");
    let check =
        |change: &dyn Fn(&mut HeaderMap)| header_verdict(now(), iam, |headers| change(headers));
    assert_eq!(
        check(&set("content-type", "text/html")),
        "signature-mismatch"
    );
    assert_eq!(check(&set("accept", "*/*")), "accepted");
    assert_eq!(check(&set("x-amz-target", "Other")), "header-not-signed");
    assert_eq!(
        check(&set("x-amz-security-token", "other")),
        "signature-mismatch"
    );
    assert_eq!(
        check(&set("x-amz-date", "20261119T080910Z")),
        "scope-date-mismatch"
    );
    assert_eq!(check(&set("x-amz-date", "yesterday")), "malformed-date");
    assert_eq!(
        check(&|headers| drop(headers.remove("x-amz-date"))),
        "missing-date"
    );
    assert_eq!(
        check(&|headers| drop(headers.remove("content-type"))),
        "signed-header-absent"
    );
    assert_eq!(
        check(&|headers| drop(headers.remove("authorization"))),
        "unsigned"
    );
    assert_eq!(check(&replace(";host", "")), "host-not-signed");
    assert_eq!(check(&replace(";host", ";Host")), "malformed-authorization");
    assert_eq!(
        check(&replace("Signature=", "Signature=00")),
        "malformed-authorization"
    );
    assert_eq!(
        check(&replace("aws4_request", "aws5_request")),
        "malformed-authorization"
    );
    assert_eq!(
        check(&replace(", Signature", ", Signature=0, Signature")),
        "several-signatures"
    );
    assert_eq!(
        check(&replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512")),
        "unsupported-algorithm"
    );
    assert_eq!(
        check(&set("authorization", "AWS AKID:sig")),
        "signature-version-2"
    );
    assert_eq!(
        check(&set("authorization", "AWS4-ECDSA-P256-SHA256 x")),
        "signature-version-4a"
    );
    let token_unsigned = replace(";x-amz-security-token", "");
    assert_eq!(check(&token_unsigned), "header-not-signed");
}

#[test]
fn presigned_urls() {
    let s3 = Expected {
        skew: Expected::SKEW_S3,
        ..expected("s3")
    };
    let host = headers(&[("host", "s3.example")]);
    let query = |expires, at| {
        presign(
            "PUT",
            "/",
            "x-id=PutObject",
            &host,
            expires,
            &signer("s3", at),
        )
        .unwrap()
    };
    let check = |query: &str, headers: &HeaderMap| {
        verdict("PUT", query, headers, PayloadHash::UNSIGNED, &s3)
    };
    assert_eq!(check(&query(60, now()), &host), "accepted");
    assert_eq!(
        check(&query(604_800, minutes(-6 * 24 * 60)), &host),
        "accepted"
    );
    assert_eq!(
        check(&query(8 * 86_400, now()), &host),
        "presigned-too-long"
    );
    assert_eq!(check(&query(60, minutes(-2)), &host), "presigned-expired");
    assert_eq!(check(&query(60, minutes(14)), &host), "accepted");
    assert_eq!(
        check(&query(60, minutes(16)), &host),
        "request-not-yet-valid"
    );
    assert_eq!(
        check(&query(60, now()).replace("x-id=P", "x-id=G"), &host),
        "signature-mismatch"
    );
    assert_eq!(
        check(&query(60, now()).replace("Expires=60", "Expires=90"), &host),
        "signature-mismatch"
    );
    assert_eq!(
        check(&query(60, now()).replace("Expires=60", "Expires=-1"), &host),
        "malformed-authorization"
    );
    assert_eq!(
        check(&query(60, now()).replace("&X-Amz-Expires=60", ""), &host),
        "malformed-authorization"
    );
    assert_eq!(
        check(&(query(60, now()) + "&X-Amz-Expires=60"), &host),
        "several-signatures"
    );
    assert_eq!(
        check(&query(60, now()).replace("HMAC-SHA256", "HMAC-SHA1"), &host),
        "unsupported-algorithm"
    );
    // an `x-amz-copy-source` that the URL's maker did not sign would read another object
    let copy = headers(&[("host", "s3.example"), ("x-amz-copy-source", "/secret/key")]);
    assert_eq!(check(&query(60, now()), &copy), "header-not-signed");
    let both = headers(&[
        ("host", "s3.example"),
        ("authorization", "AWS4-HMAC-SHA256 x"),
    ]);
    assert_eq!(check(&query(60, now()), &both), "several-signatures");
    assert_eq!(
        check("AWSAccessKeyId=AKID&Signature=x&Expires=1", &host),
        "signature-version-2"
    );
}

#[test]
fn a_key_of_another_secret_does_not_match() {
    let mut headers = headers(&[("host", "iam.example")]);
    let payload = PayloadHash::of(b"");
    sign_request("GET", "/", "", &mut headers, payload, &signer("iam", now())).unwrap();
    let signature = UnverifiedSignature::parse(&headers, "").unwrap();
    let head = RequestHead {
        method: "GET",
        path: "/",
        query: "",
        headers: &headers,
    };
    let key = SigningKey::derive("another", &signature.scope);
    let verdict = signature.verify(&head, payload, &key, &expected("iam"));
    assert_eq!(verdict, Err(VerifyError::SignatureMismatch));
}

#[test]
fn certificate_signatures() {
    let query = "profileArn=arn%3Aaws%3Arolesanywhere&roleArn=r&trustAnchorArn=t";
    let signer = |algorithm, at| X509Signer {
        algorithm,
        serial_decimal: "12345678901234567890",
        region: "eu-west-1",
        at,
    };
    let verdict = |at, change: &dyn Fn(&mut HeaderMap)| {
        let mut headers = headers(&[
            ("host", "h:8443"),
            ("x-amz-x509", "MIIB"),
            ("x-amz-x509-chain", "MIIC,MIID"),
        ]);
        let payload = PayloadHash::of(b"{}");
        let mut signed = Vec::new();
        sign_x509(
            "POST",
            "/sessions",
            query,
            &mut headers,
            payload,
            &signer(X509Algorithm::RsaSha256, at),
            |text| {
                signed = text.to_vec();
                Ok::<_, Infallible>(b"\x01\x02".to_vec())
            },
        )
        .unwrap();
        change(&mut headers);
        let check = || -> Result<bool, VerifyError> {
            let signature = UnverifiedX509Signature::parse(&headers)?;
            signature.check_claims(&headers, &expected("rolesanywhere"))?;
            assert_eq!(signature.serial_decimal, "12345678901234567890");
            assert_eq!(signature.signature, b"\x01\x02");
            let head = RequestHead {
                method: "POST",
                path: "/sessions",
                query,
                headers: &headers,
            };
            Ok(signature.string_to_sign(&head, payload) == signed)
        };
        check().map_or_else(
            |error| error.code(),
            |same| if same { "same" } else { "other" },
        )
    };
    let set = |name: &'static str, from: &'static str, to: &'static str| {
        move |headers: &mut HeaderMap| {
            let value = headers
                .get(name)
                .unwrap()
                .to_str()
                .unwrap()
                .replace(from, to);
            headers.insert(name, value.parse().unwrap());
        }
    };
    let check = |change: &dyn Fn(&mut HeaderMap)| verdict(now(), change);
    let auth = "authorization";
    assert_eq!(check(&|_| {}), "same");
    assert_eq!(verdict(minutes(6), &|_| {}), "request-not-yet-valid");
    assert_eq!(verdict(minutes(-30), &|_| {}), "request-expired");
    assert_eq!(check(&set("x-amz-x509", "MIIB", "MIIE")), "other");
    assert_eq!(check(&set(auth, "eu-west-1", "eu-north-1")), "wrong-region");
    assert_eq!(check(&set(auth, "rolesanywhere", "iam")), "wrong-service");
    assert_eq!(check(&set(auth, ";x-amz-x509;", ";")), "header-not-signed");
    assert_eq!(check(&set(auth, "-chain", "")), "header-not-signed");
    assert_eq!(check(&set(auth, "x-amz-date;", "")), "header-not-signed");
    assert_eq!(check(&set(auth, "=host;", "=")), "host-not-signed");
    assert_eq!(
        check(&set(auth, "=1234", "=-123")),
        "malformed-authorization"
    );
    assert_eq!(
        check(&set(auth, "Signature=0102", "Signature=010")),
        "malformed-authorization"
    );
    assert_eq!(
        check(&set(auth, "RSA-SHA256", "RSA-SHA1")),
        "unsupported-algorithm"
    );
    // the Python session library names the hash of the leaf's own signature
    assert_eq!(check(&set(auth, "RSA-SHA256", "RSA-SHA384")), "other");
    let twice = |headers: &mut HeaderMap| {
        headers.append("x-amz-x509", "MIIX".parse().unwrap());
    };
    assert_eq!(check(&twice), "malformed-authorization");
}
