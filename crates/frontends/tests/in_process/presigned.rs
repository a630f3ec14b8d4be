//! Presigned URLs as SDKs make them that move headers into the query.

use anyrole_domain::identities::attach_policy;
use anyrole_domain::roles::Role;
use anyrole_testkit::SessionCredentials;
use http::HeaderMap;

use super::site::Bench;

const S3_FULL_ACCESS: &str = "arn:aws:iam::aws:policy/AmazonS3FullAccess";

#[tokio::test]
async fn headers_may_be_in_the_signed_query() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    attach_policy::<Role>(&bench.site, &bench.root(), "app", S3_FULL_ACCESS)
        .await
        .unwrap();
    let (anchor, profile) = (bench.anchor().await, bench.profile(&[&role]).await);
    let answer = bench.create_session(&bench.leaf(), &anchor, &profile).await;
    let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let session = SessionCredentials::from_json(&json["credentialSet"][0]["credentials"]).unwrap();
    for (path, body) in [("/bucket", ""), ("/bucket/source", "data")] {
        let made = bench.signed(&session, "s3", "PUT", path, body).await;
        assert_eq!(made.status, 200, "{made:?}");
    }
    let query =
        "X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&x-amz-copy-source=bucket%2Fsource&x-id=CopyObject";
    let target = bench.presigned_with(&session, "PUT", "/bucket/copy", query, 60);
    let send = async |target: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("host", "localhost".parse().unwrap());
        bench.serve("PUT", target, headers, String::new()).await
    };
    let copied = send(&target).await;
    assert_eq!(copied.status, 200, "{copied:?}");
    assert_eq!(copied.record["event"], "s3:CopyObject", "{copied:?}");
    let copy = bench
        .signed(&session, "s3", "GET", "/bucket/copy", "")
        .await;
    assert_eq!(copy.body, "data");
    let other = target.replace("source&", "secret&");
    assert_ne!(other, target);
    assert_eq!(send(&other).await.code(), "SignatureDoesNotMatch");
}
