//! CreateSession refused for how it is signed: by another key, over another request, for another place or time, in
//! another way, or not at all.

use anyrole_signing::X509Algorithm;
use anyrole_testkit::certificates::{CertificateRequest, KeyKind};
use jiff::SignedDuration;

use super::create_session::{INVALID_SIGNATURE, row};
use super::exchange::{Row, check};
use super::session_request::{Leaf, Scheme, SessionRequest};
use super::signed::Signature;
use super::stage::Stage;

#[test]
fn a_signature_that_does_not_prove_the_request_is_refused() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let sound = SessionRequest::new(&stage, &leaf);
    let minutes = SignedDuration::from_mins;
    let changed_body = sound.sign().body(r#"{"durationSeconds":901}"#);
    let changed_header = sound
        .sign()
        .header("content-type", "application/x-amz-json-1.0");
    let query = sound
        .sign()
        .query
        .replace("%3Arole%2Fapp", "%3Arole%2Fbrief");
    let changed_query = sound.sign().query(&query);
    let mut swapped = sound.sign();
    let other = Leaf::issue(&stage, "other", 4097, CertificateRequest::leaf("client"));
    let other_certificate = SessionRequest::new(&stage, &other).headers;
    swapped = swapped.header("x-amz-x509", &other_certificate[0].1);
    let mut rows: Vec<Row> = [
        ("body changed", changed_body, "signature-invalid"),
        ("header changed", changed_header, "signature-invalid"),
        ("query changed", changed_query, "signature-invalid"),
        (
            "certificate changed, same serial",
            swapped,
            "signature-invalid",
        ),
        (
            "a late header",
            sound.sign().header("x-amz-late", "1"),
            "header-not-signed",
        ),
        (
            "30 minutes late",
            sound.clone().with(|asked| asked.at -= minutes(30)).sign(),
            "request-expired",
        ),
        (
            "30 minutes early",
            sound.clone().with(|asked| asked.at += minutes(30)).sign(),
            "request-not-yet-valid",
        ),
        (
            "date changed",
            sound.sign().header("x-amz-date", "20200101T000000Z"),
            "scope-date-mismatch",
        ),
        (
            "another region",
            sound
                .clone()
                .with(|asked| asked.region = "eu-west-1")
                .sign(),
            "wrong-region",
        ),
        (
            "another service",
            sound.clone().with(|asked| asked.service = "s3").sign(),
            "wrong-service",
        ),
        (
            "serial of another certificate",
            sound.clone().with(|asked| asked.serial += 1).sign(),
            "serial-mismatch",
        ),
    ]
    .into_iter()
    .map(|(name, request, reason)| row(name, request, INVALID_SIGNATURE, reason))
    .collect();
    rows.extend(unsigned_parts(&sound));
    check(&stage.server, &rows);
    sound.grant();
}

#[test]
fn a_signature_of_another_kind_is_refused() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let rsa = CertificateRequest::leaf("rsa").key(KeyKind::Rsa(2048));
    let rsa = Leaf::issue(&stage, "rsa", 4098, rsa);
    let sound = SessionRequest::new(&stage, &leaf);
    let by_rsa =
        SessionRequest::new(&stage, &rsa).with(|asked| asked.algorithm = X509Algorithm::RsaSha256);
    let rows: Vec<Row> = [
        (
            "PSS",
            by_rsa
                .clone()
                .with(|asked| asked.scheme = Scheme::Pss)
                .sign(),
            "signature-invalid",
        ),
        (
            "RSA over SHA-384",
            by_rsa
                .clone()
                .with(|asked| asked.scheme = Scheme::Sha384)
                .sign(),
            "signature-invalid",
        ),
        (
            "ECDSA over SHA-384",
            sound
                .clone()
                .with(|asked| asked.scheme = Scheme::Sha384)
                .sign(),
            "signature-invalid",
        ),
        (
            "RSA's word for an EC key",
            sound
                .clone()
                .with(|asked| asked.algorithm = X509Algorithm::RsaSha256)
                .sign(),
            "signature-algorithm-mismatch",
        ),
        (
            "EC's word for an RSA key",
            by_rsa
                .clone()
                .with(|asked| asked.algorithm = X509Algorithm::EcdsaSha256)
                .sign(),
            "signature-algorithm-mismatch",
        ),
        (
            "ML-DSA's word",
            sound
                .clone()
                .with(|asked| asked.algorithm = X509Algorithm::MlDsa)
                .sign(),
            "signature-algorithm-mismatch",
        ),
    ]
    .into_iter()
    .map(|(name, request, reason)| row(name, request, INVALID_SIGNATURE, reason))
    .collect();
    check(&stage.server, &rows);
    by_rsa.grant();
}

/// Headers that are sent but not signed, or not sent at all.
fn unsigned_parts(sound: &SessionRequest<'_>) -> Vec<Row> {
    let x509 = sound.headers[0].1.clone();
    let bare = sound.clone().with(|asked| asked.headers.clear());
    let added = bare.sign().header("x-amz-x509", &x509);
    let reworded = |from: &str, to: &str| {
        let request = sound.sign();
        let authorization = request.header_text("authorization").replace(from, to);
        request.header("authorization", &authorization)
    };
    let no_host = reworded("content-type;host;", "content-type;");
    let no_date = reworded("x-amz-date;", "");
    let absent = reworded("host;", "host;x-absent;");
    let bad_signature = reworded("Signature=", "Signature=zz");
    let negative = reworded("Credential=", "Credential=-");
    let mut dateless = sound.sign();
    dateless.headers.remove("x-amz-date");
    [
        ("x-amz-x509 not signed", added, "header-not-signed"),
        ("host not signed", no_host, "host-not-signed"),
        ("x-amz-date not signed", no_date, "header-not-signed"),
        ("a signed header is absent", absent, "signed-header-absent"),
        (
            "no hexadecimal signature",
            bad_signature,
            "malformed-authorization",
        ),
        ("negative serial", negative, "malformed-authorization"),
        ("no date", dateless, "missing-date"),
    ]
    .into_iter()
    .map(|(name, request, reason)| row(name, request, INVALID_SIGNATURE, reason))
    .collect()
}

#[test]
fn a_request_without_this_kind_of_signature_is_refused() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let sound = SessionRequest::new(&stage, &leaf).sign();
    let mut unsigned = sound.clone();
    unsigned.headers.remove("authorization");
    let mut twice = sound.clone();
    let first = twice.headers["authorization"].clone();
    twice.headers.append("authorization", first);
    // Root's key is not a certificate.
    let mut by_root = unsigned.clone();
    by_root.headers.remove("x-amz-date");
    let by_root = Signature::new(&stage.root, "rolesanywhere").sign(by_root);
    let rows = [
        Row {
            code: "MissingAuthenticationTokenException",
            ..row(
                "unsigned",
                unsigned,
                "Missing Authentication Token",
                "unsigned",
            )
        },
        Row {
            status: 400,
            code: "IncompleteSignatureException",
            ..row(
                "two signatures",
                twice,
                "The request carries more than one signature.",
                "several-signatures",
            )
        },
        Row {
            status: 404,
            code: "UnknownOperationException",
            ..row(
                "signed with an access key",
                by_root,
                "The operation `POST /sessions` is not implemented.",
                "not-implemented",
            )
        },
    ];
    check(&stage.server, &rows);
}
