//! S3 with a certificate, and no process beside the program: aws-sdk-s3 takes its credentials from `anyrole-sdk`.
//!
//! ```text
//! s3 ENDPOINT CERTIFICATE KEY TRUST_ANCHOR_ARN PROFILE_ARN ROLE_ARN BUCKET
//! ```
//!
//! Against an `anyrole server`, where one endpoint serves all. It makes the bucket, puts an object, reads it and prints it.
//! Against AWS leave `endpoint`, `endpoint_url` and `http_client` out; the crates' default features bring TLS.

use std::error::Error;
use std::sync::Arc;

use anyrole_sdk::{
    ClientSettings, CreateSessionClient, Endpoint, FileSource, RefreshingCredentials,
    SessionRequest, SessionSource,
};
use aws_sdk_s3::config::{BehaviorVersion, Region};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [
        endpoint,
        certificate,
        key,
        trust_anchor_arn,
        profile_arn,
        role_arn,
        bucket,
    ] = words.as_slice()
    else {
        return Err(
            "s3 ENDPOINT CERTIFICATE KEY TRUST_ANCHOR_ARN PROFILE_ARN ROLE_ARN BUCKET".into(),
        );
    };

    // Who asks, for which role, and where.
    let identity = FileSource::new(certificate).private_key(key);
    let request = SessionRequest {
        trust_anchor_arn: trust_anchor_arn.clone(),
        profile_arn: profile_arn.clone(),
        role_arn: role_arn.clone(),
        duration_seconds: 3600,
        role_session_name: None,
    };
    let mut settings = ClientSettings::of_request(&request)?;
    settings.endpoint = Endpoint::parse(endpoint)?;
    let region = Region::new(settings.region.to_string());
    let client = CreateSessionClient::new(settings)?;

    // Credentials that are fresh for as long as the program runs.
    let source = SessionSource::new(client, Arc::new(identity), request);
    let credentials = RefreshingCredentials::new(source);
    let _background = credentials.refresh_in_background()?;

    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(credentials)
        .region(region)
        .endpoint_url(endpoint)
        .force_path_style(true)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let s3 = aws_sdk_s3::Client::from_conf(config);

    s3.create_bucket().bucket(bucket).send().await?;
    let put = s3.put_object().bucket(bucket).key("greeting");
    put.body("opened by a certificate".as_bytes().to_vec().into())
        .send()
        .await?;
    let object = s3
        .get_object()
        .bucket(bucket)
        .key("greeting")
        .send()
        .await?;
    let body = object.body.collect().await?.into_bytes();
    println!("{}", String::from_utf8_lossy(&body));
    Ok(())
}
