//! What time ends: sessions at every service, and a certificate whose chain was verified before.

use anyrole_domain::identities::attach_policy;
use anyrole_domain::roles::Role;
use anyrole_testkit::SessionCredentials;
use http::HeaderMap;
use jiff::SignedDuration;

use super::site::{Answer, Bench};

const S3_FULL_ACCESS: &str = "arn:aws:iam::aws:policy/AmazonS3FullAccess";

pub fn credentials(answer: &Answer) -> SessionCredentials {
    assert_eq!(answer.status, 201, "{answer:?}");
    let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    SessionCredentials::from_json(&json["credentialSet"][0]["credentials"]).unwrap()
}

/// S3, STS and Roles Anywhere asked with these credentials.
async fn ask(bench: &Bench, with: &SessionCredentials) -> [Answer; 3] {
    let who = "Action=GetCallerIdentity&Version=2011-06-15";
    [
        bench.signed(with, "s3", "GET", "/", "").await,
        bench.signed(with, "sts", "POST", "/", who).await,
        bench
            .signed(with, "rolesanywhere", "GET", "/profiles", "")
            .await,
    ]
}

#[tokio::test]
async fn a_session_ends_at_its_second() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    attach_policy::<Role>(&bench.site, &bench.root(), "app", S3_FULL_ACCESS)
        .await
        .unwrap();
    let (anchor, profile) = (bench.anchor().await, bench.profile(&[&role]).await);
    let leaf = bench.leaf();
    let session = credentials(&bench.create_session(&leaf, &anchor, &profile).await);
    bench.wait(SignedDuration::from_secs(899));
    let [s3, sts, anywhere] = ask(&bench, &session).await;
    assert_eq!((s3.status, s3.reason()), (200, "ok"));
    assert_eq!((sts.status, sts.reason()), (200, "ok"));
    assert_eq!(
        (anywhere.status, anywhere.reason()),
        (403, "policy-does-not-allow")
    );
    for seconds in [1, 1, 86_400] {
        bench.wait(SignedDuration::from_secs(seconds));
        let [s3, sts, anywhere] = ask(&bench, &session).await;
        let text = "The security token included in the request is expired";
        for (answer, status, code, text) in [
            (&s3, 400, "ExpiredToken", "The provided token has expired."),
            (&sts, 403, "ExpiredToken", text),
            (&anywhere, 403, "ExpiredTokenException", text),
        ] {
            assert_eq!(
                (
                    answer.status,
                    answer.code().as_str(),
                    answer.text().as_str()
                ),
                (status, code, text),
                "{answer:?}"
            );
            assert_eq!(answer.reason(), "expired-session");
        }
    }
    // The certificate is still good for a new one.
    credentials(&bench.create_session(&leaf, &anchor, &profile).await);
}

#[tokio::test]
async fn a_presigned_url_ends_with_its_session() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    attach_policy::<Role>(&bench.site, &bench.root(), "app", S3_FULL_ACCESS)
        .await
        .unwrap();
    let (anchor, profile) = (bench.anchor().await, bench.profile(&[&role]).await);
    let session = credentials(&bench.create_session(&bench.leaf(), &anchor, &profile).await);
    let target = bench.presigned(&session, "/", 7 * 86_400);
    let mut headers = HeaderMap::new();
    headers.insert("host", "localhost".parse().unwrap());
    let get = |headers: &HeaderMap| bench.serve("GET", &target, headers.clone(), String::new());
    assert_eq!(get(&headers).await.status, 200);
    bench.wait(SignedDuration::from_secs(900));
    let ended = get(&headers).await;
    assert_eq!((ended.status, ended.code().as_str()), (400, "ExpiredToken"));
    assert_eq!(ended.reason(), "expired-session");
}

/// A chain that was verified is remembered, but not beyond the time that it is good for.
#[tokio::test]
async fn a_certificate_that_was_good_expires() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    let (anchor, profile) = (bench.anchor().await, bench.profile(&[&role]).await);
    let leaf = bench.leaf();
    credentials(&bench.create_session(&leaf, &anchor, &profile).await);
    bench.wait(SignedDuration::from_hours(47));
    credentials(&bench.create_session(&leaf, &anchor, &profile).await);
    bench.wait(SignedDuration::from_hours(2));
    let refused = bench.create_session(&leaf, &anchor, &profile).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "AccessDeniedException")
    );
    assert_eq!(refused.text(), "Certificate expired");
    assert_eq!(refused.reason(), "leaf-expired");
    assert_eq!(refused.record["certificate"]["subject"], "CN=client");
    assert_eq!(refused.record["certificate"]["serial"], "1001");
}
