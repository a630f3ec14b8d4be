//! AWS's SDK for Rust: with our library's credentials, and with those that aws-config finds at `anyrole serve`.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyrole_testkit::RustClients;

use crate::way_in::{ANYROLE, Opened, S3_FULL_ACCESS, succeeds};

/// `anyrole serve`, ended when the test ends.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

#[test]
fn rust_programs_open_s3_by_the_library_the_metadata_service_and_the_container_endpoint() {
    let clients = RustClients::ready(Path::new(ANYROLE)).unwrap();
    let Opened {
        server,
        folder,
        leaf,
        way,
        ..
    } = Opened::start("rust", &[S3_FULL_ACCESS], &[]);

    let mut s3 = clients.command("s3");
    s3.arg(server.url()).arg(&leaf.certificate).arg(&leaf.key);
    s3.args([&way.anchor, &way.profile, &way.role]);
    let printed = succeeds(&s3.arg("from-rust").output().unwrap());
    assert_eq!(printed, "opened by a certificate\n");
    // A certificate without its key opens nothing, and the cause is in what the SDK says.
    let mut s3 = clients.command("s3");
    s3.arg(server.url()).arg(&leaf.certificate).arg("/none");
    s3.args([&way.anchor, &way.profile, &way.role]);
    let output = s3.arg("never").output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{stderr}");
    let typed = r#"IdentityError { part: PrivateKey, origin: File("/none"), problem: Unreadable("#;
    assert!(stderr.contains(typed), "{stderr}");

    let token = folder.path().join("token");
    std::fs::write(&token, "0123456789abcdef").unwrap();
    let mut serve = Command::new(ANYROLE);
    serve
        .arg("serve")
        .args(way.credential_process(&leaf).iter().skip(1))
        .args(["--port", "0", "--container-token-file"])
        .arg(&token);
    let serve = serve.env_clear().env("AWS_ENDPOINT_URL", server.url());
    let mut served = Served(serve.stdout(Stdio::piped()).spawn().unwrap());
    let lines = BufReader::new(served.0.stdout.take().unwrap()).lines();
    let url = lines.map(Result::unwrap).find_map(|line| {
        let url = line.strip_prefix("export AWS_EC2_METADATA_SERVICE_ENDPOINT=")?;
        Some(url.trim_end_matches('/').to_owned())
    });
    let url = url.unwrap();

    let instance = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", url.clone());
    let container = (
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        format!("{url}/role/rust"),
    );
    let printed = [instance, container].map(|(name, value)| {
        let mut ambient = clients.command("ambient");
        ambient
            .env("HOME", folder.path())
            .env("AWS_ENDPOINT_URL", server.url())
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &token)
            .env(name, value);
        if name.starts_with("AWS_CONTAINER") {
            // Where a container is, nobody tells the region.
            ambient.env("AWS_REGION", "us-east-1");
        }
        succeeds(&ambient.output().unwrap())
    });
    // The same session by both ways: id, end, and the bucket that it may see.
    assert_eq!(printed[0], printed[1]);
    let lines: Vec<&str> = printed[0].lines().collect();
    assert!(lines[0].starts_with("ASIA"), "{lines:?}");
    assert_eq!(lines[2..], ["from-rust"]);
}
