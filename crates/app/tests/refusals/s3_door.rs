//! Refused at the door, in S3's words: what is signed in another way, for another place or time, or not wholly; and
//! buckets that would lie on our own pages.

use jiff::SignedDuration;

use super::exchange::{Request, Row, check, element};
use super::session_request::{Leaf, SessionRequest};
use super::signed::{Key, Signature};
use super::stage::Stage;

const UNSUPPORTED: &str =
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";
const NOT_SIGNED: &str = "There were headers present in the request which were not signed";
const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
const SKEWED: &str = "The difference between the request time and the current time is too large.";
const TOO_LONG: &str = "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds";
const SEVERAL: &str = "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified";
const DAY: u64 = 24 * 60 * 60;

pub fn row(
    name: &'static str,
    request: Request,
    status: u16,
    code: &'static str,
    text: &str,
    reason: &'static str,
) -> Row {
    Row {
        name,
        request,
        status,
        code,
        text: text.to_owned(),
        reason,
    }
}

/// A server, a session that may do all in S3, and a bucket with one object.
struct Bucket {
    stage: Stage,
    key: Key,
}

impl Bucket {
    fn new() -> Self {
        let stage = Stage::new();
        let leaf = Leaf::client(&stage);
        let key = Key::from(&SessionRequest::new(&stage, &leaf).grant());
        let bucket = Self { stage, key };
        for request in [
            bucket.request("PUT", "/bucket"),
            bucket.request("PUT", "/bucket/secret").body("secret"),
        ] {
            let answer = bucket.signature().sign(request).send(&bucket.stage.server);
            assert!(answer.is_granted(), "{answer:?}");
        }
        bucket
    }

    fn request(&self, method: &'static str, path: &str) -> Request {
        Request::new(&self.stage.server, method, path)
    }

    fn get(&self) -> Request {
        self.request("GET", "/bucket/secret")
    }

    fn signature(&self) -> Signature<'_> {
        Signature::s3(&self.key)
    }

    fn check(&self, rows: &[Row]) {
        check(&self.stage.server, rows);
    }
}

#[test]
fn other_kinds_of_signature_are_refused() {
    let bucket = Bucket::new();
    let id = &bucket.key.id;
    let with = |value: &str| bucket.get().header("authorization", value);
    let v2_query = format!("AWSAccessKeyId={id}&Expires=4102444800&Signature=c2lnbmF0dXJl");
    let v4a_query = "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Signature=00";
    let invalid =
        |name, request, reason| row(name, request, 400, "InvalidRequest", UNSUPPORTED, reason);
    let mut both = bucket.signature().presign(bucket.get(), 60);
    both = bucket.signature().sign(both);
    let mut two = bucket.signature().sign(bucket.get());
    let first = two.headers["authorization"].clone();
    two.headers.append("authorization", first);
    let sts = bucket
        .stage
        .query_request(&[("Action", "GetCallerIdentity")]);
    let sts = sts.header("authorization", &format!("AWS {id}:c2lnbmF0dXJl"));
    bucket.check(&[
        invalid(
            "SigV2",
            with(&format!("AWS {id}:c2lnbmF0dXJl")),
            "signature-version-2",
        ),
        invalid(
            "SigV2 in the query",
            bucket.get().query(&v2_query),
            "signature-version-2",
        ),
        invalid(
            "SigV4a",
            with("AWS4-ECDSA-P256-SHA256 Credential=a"),
            "signature-version-4a",
        ),
        invalid(
            "SigV4a in the query",
            bucket.get().query(v4a_query),
            "signature-version-4a",
        ),
        invalid(
            "a bearer's token",
            with("Bearer token"),
            "unsupported-algorithm",
        ),
        row(
            "header and query",
            both,
            400,
            "InvalidArgument",
            SEVERAL,
            "several-signatures",
        ),
        row(
            "two headers",
            two,
            400,
            "InvalidArgument",
            SEVERAL,
            "several-signatures",
        ),
        row(
            "unsigned",
            bucket.get(),
            403,
            "AccessDenied",
            "Access Denied",
            "unsigned",
        ),
        row(
            "SigV2 at STS",
            sts,
            400,
            "IncompleteSignature",
            "Signature version 2 is not supported: sign with AWS4-HMAC-SHA256.",
            "signature-version-2",
        ),
    ]);
}

#[test]
fn what_is_not_signed_is_refused() {
    let bucket = Bucket::new();
    let presigned_put = bucket
        .signature()
        .presign(bucket.request("PUT", "/bucket/copy"), 60);
    let copy = presigned_put
        .clone()
        .header("x-amz-copy-source", "/bucket/secret");
    let mut no_host = bucket.signature().sign(bucket.get());
    let authorization = no_host
        .header_text("authorization")
        .replace("SignedHeaders=host;", "SignedHeaders=");
    no_host = no_host.header("authorization", &authorization);
    let mut no_host_presigned = bucket.signature().presign(bucket.get(), 60);
    no_host_presigned.query = no_host_presigned
        .query
        .replace("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=accept");
    no_host_presigned = no_host_presigned.header("accept", "a");
    let acl = bucket
        .signature()
        .sign(bucket.request("PUT", "/bucket/copy"))
        .header("x-amz-acl", "public-read");
    let mut no_hash = bucket.signature().sign(bucket.get());
    no_hash.headers.remove("x-amz-content-sha256");
    let other_host = bucket
        .signature()
        .sign(bucket.get())
        .header("host", "example.org");
    let denied =
        |name, request, reason| row(name, request, 403, "AccessDenied", NOT_SIGNED, reason);
    let mismatch = |name, request| {
        row(
            name,
            request,
            403,
            "SignatureDoesNotMatch",
            MISMATCH,
            "signature-mismatch",
        )
    };
    let rows = [
        denied(
            "x-amz-copy-source on a presigned PUT",
            copy,
            "header-not-signed",
        ),
        denied("x-amz-acl", acl, "header-not-signed"),
        denied("host", no_host, "host-not-signed"),
        denied("host, presigned", no_host_presigned, "host-not-signed"),
        row(
            "no x-amz-content-sha256",
            no_hash,
            400,
            "InvalidRequest",
            "Missing required header for this request: x-amz-content-sha256",
            "missing-content-sha256",
        ),
        mismatch("another host", other_host),
        mismatch(
            "another method",
            Request {
                method: "DELETE",
                ..presigned_put.clone()
            },
        ),
        mismatch(
            "another key",
            Request {
                path: "/bucket/other".to_owned(),
                ..presigned_put.clone()
            },
        ),
        mismatch(
            "one more parameter",
            Request {
                query: format!("{}&versionId=1", presigned_put.query),
                ..presigned_put.clone()
            },
        ),
    ];
    bucket.check(&rows);
    let unsigned = |row: &Row| {
        element(
            &row.request.send(&bucket.stage.server).body,
            "HeadersNotSigned",
        )
    };
    assert_eq!(unsigned(&rows[0]), "x-amz-copy-source");
    assert_eq!(unsigned(&rows[2]), "host");
    // Nothing was copied, and the URL is good for what it was made for.
    let copied = bucket
        .signature()
        .sign(bucket.request("GET", "/bucket/copy"));
    assert_eq!(copied.send(&bucket.stage.server).status, 404);
    assert!(
        presigned_put
            .body("x")
            .send(&bucket.stage.server)
            .is_granted()
    );
}

#[test]
fn a_body_other_than_the_signed_one_is_refused() {
    let bucket = Bucket::new();
    let put = bucket.request("PUT", "/bucket/new").body("signed");
    let changed = bucket.signature().sign(put).body("forged");
    let answer = changed.send(&bucket.stage.server);
    assert_eq!(
        (answer.status, answer.code.as_str()),
        (400, "XAmzContentSHA256Mismatch")
    );
    assert_eq!(answer.record["outcome"], "refused");
    let get = bucket
        .signature()
        .sign(bucket.request("GET", "/bucket/new"));
    assert_eq!(get.send(&bucket.stage.server).status, 404);
}

#[test]
fn another_place_or_time_is_refused() {
    let bucket = Bucket::new();
    let here = bucket.signature();
    let elsewhere = Signature {
        region: "eu-west-1",
        ..here.clone()
    };
    let minutes = |minutes| Signature {
        at: here.at + SignedDuration::from_mins(minutes),
        ..here.clone()
    };
    let in_header = "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'us-east-1'";
    let in_query = "Error parsing the X-Amz-Credential parameter; the region 'eu-west-1' is wrong; expecting 'us-east-1'";
    let skewed =
        |name, request, reason| row(name, request, 403, "RequestTimeTooSkewed", SKEWED, reason);
    let denied =
        |name, request, text, reason| row(name, request, 403, "AccessDenied", text, reason);
    let malformed = |name, request, text| {
        row(
            name,
            request,
            400,
            "AuthorizationHeaderMalformed",
            text,
            "wrong-region",
        )
    };
    let parameters = |name, request, text, reason| {
        row(
            name,
            request,
            400,
            "AuthorizationQueryParametersError",
            text,
            reason,
        )
    };
    let rows = [
        malformed("another region", elsewhere.sign(bucket.get()), in_header),
        parameters(
            "another region, presigned",
            elsewhere.presign(bucket.get(), 60),
            in_query,
            "wrong-region",
        ),
        skewed(
            "20 minutes late",
            minutes(-20).sign(bucket.get()),
            "request-expired",
        ),
        skewed(
            "20 minutes early",
            minutes(20).sign(bucket.get()),
            "request-not-yet-valid",
        ),
        parameters(
            "a presigned URL of 8 days",
            here.presign(bucket.get(), 8 * DAY),
            TOO_LONG,
            "presigned-too-long",
        ),
        denied(
            "an expired presigned URL",
            minutes(-2).presign(bucket.get(), 60),
            "Request has expired",
            "presigned-expired",
        ),
        denied(
            "a presigned URL of tomorrow",
            minutes(24 * 60).presign(bucket.get(), 60),
            "Request is not valid yet",
            "request-not-yet-valid",
        ),
    ];
    bucket.check(&rows);
    let body = rows[0].request.send(&bucket.stage.server).body;
    assert_eq!(element(&body, "Region"), "us-east-1");
    for granted in [
        minutes(-10).sign(bucket.get()),
        minutes(10).sign(bucket.get()),
        minutes(-20).presign(bucket.get(), 7 * DAY),
    ] {
        assert!(granted.send(&bucket.stage.server).is_granted());
    }
}

#[test]
fn buckets_on_our_own_pages_are_refused() {
    let bucket = Bucket::new();
    let signed = |method, path: &str| bucket.signature().sign(bucket.request(method, path));
    let text = "The specified bucket is not valid.";
    let invalid = |name, request| {
        row(
            name,
            request,
            400,
            "InvalidBucketName",
            text,
            "reserved-bucket-name",
        )
    };
    bucket.check(&[
        invalid("CreateBucket", signed("PUT", "/-")),
        invalid("CreateBucket with a slash", signed("PUT", "/-/")),
        invalid("an escaped name", signed("PUT", "/%2D")),
        invalid("PutObject", signed("PUT", "/-/x").body("")),
        invalid("PutObject, escaped", signed("PUT", "/%2d/healthy")),
        invalid("GetObject", signed("GET", "/-/x")),
        invalid(
            "presigned",
            bucket
                .signature()
                .presign(bucket.request("GET", "/-/x"), 60),
        ),
        // Who it is comes first.
        row(
            "unsigned",
            bucket.request("PUT", "/-"),
            403,
            "AccessDenied",
            "Access Denied",
            "unsigned",
        ),
    ]);
    let unknown_page = bucket.request("GET", "/-/x").send(&bucket.stage.server);
    assert_eq!(
        (unknown_page.status, unknown_page.body.as_str()),
        (404, "no such page\n")
    );
    let healthy = signed("GET", "/-/healthy").send(&bucket.stage.server);
    assert_eq!(healthy.body, "healthy\n");
    assert_eq!(
        signed("PUT", "/-/healthy")
            .send(&bucket.stage.server)
            .status,
        405
    );
    let listed = signed("GET", "/").send(&bucket.stage.server).body;
    assert_eq!(listed.matches("<Bucket>").count(), 1, "{listed}");
}
