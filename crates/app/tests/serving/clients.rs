//! AWS's own clients read from `serve`: as on an instance, in a container of ECS, and in a pod of EKS.

use anyrole_testkit::JavaScriptTools;

use super::Served;
use crate::way_in::{ANYROLE, Opened, S3_FULL_ACCESS, script};

#[test]
fn sdks_read_from_serve() {
    let Opened {
        server,
        folder,
        leaf,
        way,
        ..
    } = Opened::start("served", &[S3_FULL_ACCESS], &[]);
    let token = folder.path().join("token");
    std::fs::write(&token, "0123456789abcdef").unwrap();
    let words = way.credential_process(&leaf);
    let mut command = std::process::Command::new(ANYROLE);
    command
        .arg("serve")
        .args(words.iter().skip(1))
        .args(["--port", "0", "--container-token-file"])
        .arg(&token)
        .env_clear()
        .env("AWS_ENDPOINT_URL", server.url());
    let mut served = Served::start(&mut command);
    let url = served.url();
    let container_line = format!("export AWS_CONTAINER_CREDENTIALS_FULL_URI={url}/role/served");
    assert!(served.lines.contains(&container_line), "{:?}", served.lines);

    let token_file = token.to_str().unwrap();
    let instance = [
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("{url}/")),
        ("AWS_EC2_METADATA_DISABLED", "false".to_owned()),
    ];
    let ecs = [
        (
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            format!("{url}/role/served"),
        ),
        (
            "AWS_CONTAINER_AUTHORIZATION_TOKEN",
            "0123456789abcdef".to_owned(),
        ),
    ];
    let eks = [
        (
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            format!("{url}/v1/credentials"),
        ),
        (
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
            token_file.to_owned(),
        ),
    ];
    for (variables, method) in [
        (&instance, "iam-role"),
        (&ecs, "container-role"),
        (&eks, "container-role"),
    ] {
        let mut client = server.aws_cli();
        for (name, value) in variables {
            client = client.env(name, value);
        }
        // The AWS CLI.
        let answer = client.run(&["sts", "get-caller-identity"]).unwrap();
        let answer = answer.json().unwrap();
        let arn = answer["Arn"].as_str().unwrap();
        assert!(arn.contains(":assumed-role/served/"), "{arn}");
        // boto3, which says where it found them.
        let found = script(&client, "credential_method.py", &[]);
        assert_eq!(found.trim(), format!("{method} served"));
    }
    // The SDK for JavaScript; the one of the tests knows no token file yet.
    let caller = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/caller.js");
    // Whatever the variable holds that disables the metadata service, that SDK takes it for a yes.
    for variables in [&instance[..1], &ecs] {
        let output = JavaScriptTools::ready()
            .unwrap()
            .node(&caller)
            .unwrap()
            .env_clear()
            .env("HOME", folder.path())
            .env("AWS_ENDPOINT_URL", server.url())
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said, "served\n", "{variables:?}: {stderr}");
    }

    // One session for all of them.
    let row = "anyrole_serve_create_session_total{role=\"served\",outcome=\"granted\"}";
    assert_eq!(served.metric(row), 1);
    // The region, as botocore asks for it.
    let client = server
        .aws_cli()
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("{url}/"))
        .env("AWS_EC2_METADATA_DISABLED", "false");
    assert_eq!(
        script(&client, "instance_region.py", &[]).trim(),
        "us-east-1"
    );
    assert_eq!(served.terminate().code(), Some(0));
}
