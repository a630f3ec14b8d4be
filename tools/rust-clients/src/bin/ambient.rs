//! A program that knows nothing of us: aws-config finds credentials as the environment says (the metadata service, a container's
//! endpoint), and aws-sdk-s3 lists the buckets with them. It prints the access key id, when the credentials end, and the buckets.

use std::error::Error;
use std::time::UNIX_EPOCH;

use aws_config::BehaviorVersion;
use aws_sdk_s3::config::ProvideCredentials as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .load()
        .await;
    let provider = config.credentials_provider().ok_or("no provider")?;
    let credentials = provider.provide_credentials().await?;
    println!("{}", credentials.access_key_id());
    let end = credentials.expiry().ok_or("no end")?;
    println!("{}", end.duration_since(UNIX_EPOCH)?.as_secs());
    let settings = aws_sdk_s3::config::Builder::from(&config).force_path_style(true);
    let s3 = aws_sdk_s3::Client::from_conf(settings.build());
    for bucket in s3.list_buckets().send().await?.buckets() {
        println!("{}", bucket.name().unwrap_or_default());
    }
    Ok(())
}
