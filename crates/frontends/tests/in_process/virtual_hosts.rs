//! Buckets on hosts of their own, where the whole path is a key.

use anyrole_domain::identities::attach_policy;
use anyrole_domain::roles::Role;
use anyrole_testkit::SessionCredentials;

use super::site::{Bench, S3_DOMAIN};

const S3_FULL_ACCESS: &str = "arn:aws:iam::aws:policy/AmazonS3FullAccess";

#[tokio::test]
async fn the_path_of_our_own_pages_is_a_key_on_a_bucket_s_host() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    attach_policy::<Role>(&bench.site, &bench.root(), "app", S3_FULL_ACCESS)
        .await
        .unwrap();
    let (anchor, profile) = (bench.anchor().await, bench.profile(&[&role]).await);
    let answer = bench.create_session(&bench.leaf(), &anchor, &profile).await;
    let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let session = SessionCredentials::from_json(&json["credentialSet"][0]["credentials"]).unwrap();
    let made = bench.signed(&session, "s3", "PUT", "/bucket", "").await;
    assert_eq!(made.status, 200, "{made:?}");
    let host = format!("bucket.{S3_DOMAIN}");
    for path in ["/-/x", "/-/healthy", "/-"] {
        for (method, body) in [("PUT", path), ("GET", "")] {
            let answer = bench.signed_for(&host, &session, "s3", method, path, body);
            let answer = answer.await;
            assert_eq!(answer.status, 200, "{method} {path} {answer:?}");
            let expected = if method == "GET" { path } else { "" };
            assert_eq!(answer.body, expected);
        }
    }
    for host in ["localhost", S3_DOMAIN] {
        let answer = bench.signed_for(host, &session, "s3", "PUT", "/-/x", "x");
        assert_eq!(answer.await.code(), "InvalidBucketName", "{host}");
    }
}
