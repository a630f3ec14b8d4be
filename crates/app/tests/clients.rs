//! Real clients against the built server: AWS CLI, boto3 and AWS's Python session library, with certificates of our own
//! CA, of openssl and of cfssl, RSA and EC; and the binary under the official helper's name.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod acme;
mod front_ends;
mod way_in;

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyrole_testkit::certificates::{
    Authority, CertificateRequest, CfsslAuthority, Issued, KeyFormat, KeyKind, convert_key,
};
use anyrole_testkit::{Program, PythonTools, TestServer};
use serde_json::{Value, json};
use tempfile::TempDir;

use way_in::{
    ANYROLE, Opened, S3_FULL_ACCESS, WayIn, anyrole, anyrole_in, root, script, succeeds, tls_server,
};

/// A row of the matrix: what CA file to trust, the leaf, the file of intermediates.
struct Row {
    name: &'static str,
    ca: PathBuf,
    leaf: Issued,
    chain: Option<PathBuf>,
}

fn row(name: &'static str, ca: &Path, leaf: Issued) -> Row {
    Row {
        name,
        ca: ca.to_owned(),
        leaf,
        chain: None,
    }
}

/// Root and leaf by `anyrole certificate create`.
fn by_our_own(folder: &Path, name: &'static str, kind: &str) -> Row {
    let open = format!("{kind} --no-password --insecure");
    anyrole_in(
        folder,
        &format!(
            "certificate create Root-{name} {name}-ca.crt {name}-ca.key --profile root-ca {open}"
        ),
    );
    anyrole_in(
        folder,
        &format!(
            "certificate create {name} {name}.crt {name}.key --ca {name}-ca.crt --ca-key {name}-ca.key {open}"
        ),
    );
    let leaf = Issued {
        certificate: folder.join(format!("{name}.crt")),
        key: folder.join(format!("{name}.key")),
    };
    row(name, &folder.join(format!("{name}-ca.crt")), leaf)
}

fn by_openssl(folder: &Path, name: &'static str, ca: KeyKind, leaf: KeyKind, digest: &str) -> Row {
    let request = CertificateRequest::authority("Root").key(ca);
    let root = Authority::root_from(&folder.join(name), "root", &request).unwrap();
    let request = CertificateRequest::leaf(name).key(leaf).digest(digest);
    let leaf = root.issue("leaf", &request).unwrap();
    row(name, root.certificate(), leaf)
}

fn by_cfssl(folder: &Path, name: &'static str, ca: KeyKind, leaf: KeyKind) -> Row {
    let root = CfsslAuthority::root(&folder.join(name), ca).unwrap();
    let leaf = root.leaf("leaf", name, "ops", leaf).unwrap();
    row(name, &root.own().certificate, leaf)
}

/// As the PKI engines of Vault and OpenBao make them: a root with its name as a SAN; leaves without basic constraints, of every usage that
/// RSA keys have whatever their own is, for servers and clients, with the engine's URLs.
fn by_vault(folder: &Path, name: &'static str, ca: KeyKind, leaf: KeyKind) -> Row {
    let request = CertificateRequest::authority("corp.example")
        .key(ca)
        .extension("keyUsage", "critical,keyCertSign,cRLSign")
        .extension("subjectAltName", "DNS:corp.example");
    let root = Authority::root_from(&folder.join(name), "root", &request).unwrap();
    let engine = "http://vault.corp.example:8200/v1/pki";
    let request = CertificateRequest::leaf(name)
        .key(leaf)
        .without_extension("basicConstraints")
        .extension(
            "keyUsage",
            "critical,digitalSignature,keyEncipherment,keyAgreement",
        )
        .extension("extendedKeyUsage", "serverAuth,clientAuth")
        .extension("subjectAltName", &format!("DNS:{name}.corp.example"))
        .extension(
            "authorityInfoAccess",
            &format!("OCSP;URI:{engine}/ocsp,caIssuers;URI:{engine}/ca"),
        )
        .extension("crlDistributionPoints", &format!("URI:{engine}/crl"));
    let leaf = root.issue("leaf", &request).unwrap();
    row(name, root.certificate(), leaf)
}

/// Two intermediates between anchor and leaf, in a file in the wrong order.
fn with_intermediates(folder: &Path) -> Row {
    let folder = folder.join("chain");
    let root = Authority::root(&folder).unwrap();
    let upper = CertificateRequest::authority("Upper").key(KeyKind::Rsa(2048));
    let upper = root.intermediate("upper", &upper).unwrap();
    let lower = upper
        .intermediate(
            "lower",
            &CertificateRequest::authority("Lower").key(KeyKind::P384),
        )
        .unwrap();
    let leaf = lower
        .issue("leaf", &CertificateRequest::leaf("chain"))
        .unwrap();
    let chain = folder.join("chain.pem");
    let text = [&upper, &lower].map(|ca| ca.own().certificate_pem().unwrap());
    std::fs::write(&chain, text.concat()).unwrap();
    Row {
        chain: Some(chain),
        ..row("chain", root.certificate(), leaf)
    }
}

fn matrix(folder: &Path) -> Vec<Row> {
    const RSA: KeyKind = KeyKind::Rsa(2048);
    vec![
        by_our_own(folder, "own-ec", "--kty EC"),
        by_our_own(folder, "own-p521", "--kty EC --curve P-521"),
        by_our_own(folder, "own-rsa", "--kty RSA"),
        by_openssl(folder, "openssl-ec", KeyKind::P256, KeyKind::P256, "sha256"),
        by_openssl(folder, "openssl-rsa", RSA, RSA, "sha256"),
        // The library calls the signature after the hash of these certificates' own signatures.
        by_openssl(
            folder,
            "openssl-sha384-ec",
            KeyKind::P384,
            KeyKind::P256,
            "sha384",
        ),
        by_openssl(folder, "openssl-sha512-rsa", RSA, RSA, "sha512"),
        by_cfssl(folder, "cfssl-ec", KeyKind::P256, KeyKind::P256),
        by_cfssl(folder, "cfssl-rsa", RSA, RSA),
        by_cfssl(folder, "cfssl-p384-rsa", KeyKind::P384, RSA),
        by_vault(folder, "vault-ec", KeyKind::P256, KeyKind::P256),
        by_vault(folder, "vault-rsa", RSA, RSA),
        with_intermediates(folder),
    ]
}

#[test]
fn every_ca_and_kind_of_key_opens_s3_to_every_client() {
    let folder = TempDir::new().unwrap();
    let (server, trusted) = tls_server(folder.path());
    let aws = root(&server).ca_bundle(&trusted);
    let rows = matrix(folder.path());
    let asked: Vec<Value> = rows
        .iter()
        .map(|row| json!({"name": row.name, "ca": row.ca, "managed": [S3_FULL_ACCESS]}))
        .collect();
    let mut config = String::new();
    let mut ways = Vec::new();
    for (way, row) in WayIn::open_all(&aws, &asked).iter().zip(&rows) {
        let more = row.chain.as_ref().map_or_else(String::new, |chain| {
            format!(" --intermediates {}", chain.display())
        });
        config.push_str(&way.config(row.name, ANYROLE, &row.leaf, &more));
        ways.push(json!({
            "name": row.name, "anchor": way.anchor, "profile": way.profile, "role": way.role,
            "certificate": row.leaf.certificate, "key": row.leaf.key, "chain": row.chain,
        }));
    }
    let config_file = folder.path().join("config");
    std::fs::write(&config_file, config).unwrap();
    let ways_file = folder.path().join("ways.json");
    std::fs::write(&ways_file, Value::from(ways.clone()).to_string()).unwrap();
    let client = server.aws_cli().ca_bundle(&trusted);
    let words = script(
        &client.clone().env("AWS_CONFIG_FILE", &config_file),
        "matrix.py",
        &[ways_file.to_str().unwrap(), trusted.to_str().unwrap()],
    );
    let words: Value = serde_json::from_str(&words).unwrap();
    assert_eq!(words["openssl-sha384-ec"], "AWS4-X509-ECDSA-SHA384");
    assert_eq!(words["openssl-sha512-rsa"], "AWS4-X509-RSA-SHA512");
    for way in &ways {
        let name = way["name"].as_str().unwrap();
        let listed = client.clone().config_file(&config_file, name);
        let listed = listed.run(&["s3", "ls"]).unwrap().success().unwrap();
        assert!(
            listed.stdout.contains(&format!(" process-{name}\n")),
            "{listed:?}"
        );
    }
}

#[test]
fn the_session_library_is_served_and_refused_as_by_aws() {
    let folder = TempDir::new().unwrap();
    let (server, trusted) = tls_server(folder.path());
    let ca = Authority::root(&folder.path().join("one")).unwrap();
    let leaf = ca.issue("leaf", &CertificateRequest::leaf("a")).unwrap();
    let strange = Authority::root(&folder.path().join("two")).unwrap();
    let strange = strange
        .issue("leaf", &CertificateRequest::leaf("a"))
        .unwrap();
    let password_key = folder.path().join("encrypted.key");
    convert_key(
        &leaf.key,
        &password_key,
        KeyFormat::EncryptedPkcs8("a password"),
    )
    .unwrap();
    let way = WayIn::open(
        &root(&server).ca_bundle(&trusted),
        &json!({"name": "app", "ca": ca.certificate(), "profile": {"acceptRoleSessionName": true}}),
    );
    let way = json!({
        "anchor": way.anchor, "profile": way.profile, "role": way.role,
        "certificate": leaf.certificate, "key": leaf.key, "password_key": password_key,
        "strange_certificate": strange.certificate, "strange_key": strange.key,
    });
    script(
        &server.aws_cli(),
        "session_library.py",
        &[&way.to_string(), trusted.to_str().unwrap()],
    );
}

#[test]
fn boto3_has_all_of_s3_that_is_served() {
    let opened = Opened::start("app", &[S3_FULL_ACCESS], &[]);
    let session = opened.way.session(&opened.server, &opened.leaf);
    let aws = opened.server.aws_cli().session(&session);
    script(
        &aws,
        "s3_round.py",
        &[opened.folder.path().to_str().unwrap()],
    );
}

#[test]
fn bucket_policies_and_tags_answer_boto3_and_curl() {
    let opened = Opened::start("guest", &[], &[]);
    let session = opened.way.session(&opened.server, &opened.leaf);
    script(
        &root(&opened.server),
        "bucket_policies.py",
        &[
            &opened.way.role,
            &session.access_key_id,
            &session.secret_access_key,
            &session.session_token,
        ],
    );
}

/// A bucket policy and tags by the commands that people type.
#[test]
fn the_aws_cli_puts_policies_and_tags() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    let folder = TempDir::new().unwrap();
    let aws = root(&server);
    let s3api = |words: &str| {
        let words: Vec<&str> = ["s3api"].into_iter().chain(words.split(' ')).collect();
        aws.run(&words).unwrap()
    };
    s3api("create-bucket --bucket by-cli").success().unwrap();
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::by-cli/*",
    }});
    let file = folder.path().join("policy.json");
    std::fs::write(&file, policy.to_string()).unwrap();
    let put = format!(
        "put-bucket-policy --bucket by-cli --policy file://{}",
        file.display()
    );
    s3api(&put).success().unwrap();
    let got = s3api("get-bucket-policy --bucket by-cli").json().unwrap();
    assert_eq!(got["Policy"], policy.to_string());
    let put = format!(
        "put-object --bucket by-cli --key k --body {} --tagging a=b",
        file.display()
    );
    s3api(&put).success().unwrap();
    let tags = s3api("get-object-tagging --bucket by-cli --key k");
    assert_eq!(
        tags.json().unwrap()["TagSet"],
        json!([{"Key": "a", "Value": "b"}])
    );
    let target = folder.path().join("got.json");
    let get = format!(
        "get-object --bucket by-cli --key k --no-sign-request {}",
        target.display()
    );
    s3api(&get).success().unwrap();
    assert_eq!(
        std::fs::read_to_string(&target).unwrap(),
        policy.to_string()
    );
    s3api("delete-bucket-policy --bucket by-cli")
        .success()
        .unwrap();
    assert_eq!(s3api(&get).error_code(), Some("AccessDenied"));
    let gone = s3api("get-bucket-policy --bucket by-cli");
    assert_eq!(gone.error_code(), Some("NoSuchBucketPolicy"));
}

/// Over TLS the SDKs don't sign bodies, and send checksums behind them.
#[test]
fn boto3_has_all_of_s3_over_tls() {
    let folder = TempDir::new().unwrap();
    let (server, trusted) = tls_server(folder.path());
    let ca = Authority::root(folder.path()).unwrap();
    let leaf = ca.issue("leaf", &CertificateRequest::leaf("app")).unwrap();
    let asked = json!({"name": "app", "ca": ca.certificate(), "managed": [S3_FULL_ACCESS]});
    let way = WayIn::open(&root(&server).ca_bundle(&trusted), &asked);
    let config = folder.path().join("config");
    std::fs::write(&config, way.config("app", ANYROLE, &leaf, "")).unwrap();
    let aws = server
        .aws_cli()
        .ca_bundle(&trusted)
        .config_file(&config, "app")
        .env("SSL_CERT_FILE", &trusted);
    script(&aws, "s3_round.py", &[folder.path().to_str().unwrap()]);
}

#[test]
fn buckets_are_hosts_of_the_domain() {
    let opened = Opened::start("app", &[S3_FULL_ACCESS], &["--s3-domain", "s3.example.org"]);
    let session = opened.way.session(&opened.server, &opened.leaf);
    let aws = opened.server.aws_cli().session(&session);
    let port = opened.server.address().port().to_string();
    script(&aws, "virtual_hosts.py", &["s3.example.org", &port]);
}

#[test]
fn the_aws_cli_copies_moves_syncs_and_removes_trees() {
    let opened = Opened::start("app", &[S3_FULL_ACCESS], &[]);
    let folder = opened.folder.path();
    let config = folder.join("config");
    let text = opened.way.config("app", ANYROLE, &opened.leaf, "");
    // `aws s3 presign` would use SigV2.
    std::fs::write(&config, text + "s3 =\n  signature_version = s3v4\n").unwrap();
    let aws = opened.server.aws_cli().config_file(&config, "app");
    let s3 = |words: &str| {
        let words: Vec<&str> = ["s3"].into_iter().chain(words.split(' ')).collect();
        let mut aws_program = Command::new(PythonTools::ready().unwrap().aws());
        let output = aws
            .finish(aws_program.args(&words).current_dir(folder))
            .unwrap();
        output.success().unwrap().stdout
    };
    let tree = folder.join("tree/deep/er");
    std::fs::create_dir_all(&tree).unwrap();
    let large: Vec<u8> = (0..9_000_000_u32)
        .map(|number| (number % 251) as u8)
        .collect();
    for (name, text) in [
        ("a b.txt", b"first" as &[u8]),
        ("ü+%.html", b"second"),
        ("large.bin", &large),
    ] {
        std::fs::write(tree.join(name), text).unwrap();
    }
    std::fs::write(folder.join("tree/top.txt"), "top").unwrap();

    s3("mb s3://trees");
    s3("cp tree s3://trees/one --recursive");
    let listed = s3("ls s3://trees --recursive");
    assert_eq!(listed.lines().count(), 4, "{listed}");
    assert!(
        listed.contains(" 9000000 one/deep/er/large.bin\n"),
        "{listed}"
    );
    // It syncs only what is new.
    assert_eq!(s3("sync tree s3://trees/one"), "");
    std::fs::write(folder.join("tree/new"), "new").unwrap();
    let synced = s3("sync tree s3://trees/one --no-progress");
    assert_eq!(synced.lines().count(), 1, "{synced}");
    s3("sync s3://trees/one s3://trees/two --delete");
    s3("mv s3://trees/two s3://trees/three --recursive");
    s3("sync s3://trees/three back");
    let same = Command::new("diff")
        .args(["-r", "tree", "back"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(same.status.success(), "{same:?}");
    assert_eq!(s3("cp s3://trees/three/top.txt -"), "top");
    let url = s3("presign s3://trees/three/top.txt");
    let mut curl = Program::Curl.command().unwrap();
    let got = curl
        .args(["--silent", "--fail", url.trim()])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&got.stdout), "top", "{url}");
    let folders = s3("ls s3://trees/");
    assert_eq!(folders.replace(' ', ""), "PREone/\nPREthree/\n");
    s3("rm s3://trees/three --recursive --exclude * --include *.txt");
    assert!(s3("ls s3://trees/three/ --recursive").contains("large.bin"));
    s3("rb s3://trees --force");
    assert_eq!(s3("ls"), "");
}

#[test]
fn called_as_aws_signing_helper_it_is_that_helper() {
    let opened = Opened::start("app", &[S3_FULL_ACCESS], &[]);
    let helper = opened.folder.path().join("aws_signing_helper");
    symlink(ANYROLE, &helper).unwrap();
    let helper = helper.to_str().unwrap();
    let run = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        anyrole(helper, opened.server.url(), &words)
    };
    let words = opened.way.credential_process(&opened.leaf);
    let output = anyrole(helper, opened.server.url(), &words);
    let printed = succeeds(&output);
    assert!(output.stderr.is_empty(), "{output:?}");
    assert!(
        !printed.ends_with('\n'),
        "the helper ends without a new line"
    );
    assert!(
        printed.starts_with("{\"Version\":1,\"AccessKeyId\":\"ASIA"),
        "the members come in this order: {printed}"
    );
    let json: Value = serde_json::from_str(&printed).unwrap();
    let members: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(members.len(), 5, "{members:?}");
    assert!(json["Expiration"].as_str().unwrap().ends_with('Z'));

    let version = succeeds(&run(&["version"]));
    assert_eq!(version, format!("{}\n", env!("CARGO_PKG_VERSION")));
    let help = run(&["--help"]);
    assert!(succeeds(&help).contains("credential-process"));
    // Every error ends with 1, usage included, and says nothing on standard output.
    let anchor = ["--trust-anchor-arn", "arn:no"];
    for (usage, said) in [
        (&["credential-proces"][..], "credential-proces"),
        (&["credential-process", "--no-such-flag"], "--no-such-flag"),
        (&["credential-process", "--session-duration", "1h"], "1h"),
        (&["credential-process", anchor[0], anchor[1]], ""),
        (&["server"], "server"),
    ] {
        let output = run(usage);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{usage:?}: {stderr}");
        assert!(output.stdout.is_empty(), "{usage:?}");
        assert!(
            !stderr.is_empty() && stderr.contains(said),
            "{usage:?}: {stderr}"
        );
    }
    // A refusal, as an SDK shows it to its user.
    let mut strange = opened.way.credential_process(&opened.leaf);
    let last = strange.last_mut().unwrap();
    last.push('x');
    let refused = anyrole(helper, opened.server.url(), &strange);
    assert_eq!(refused.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert!(
        stderr.contains("Requested Role isn't one of those listed in the Profile."),
        "{stderr}"
    );
    assert!(refused.stdout.is_empty());
}

#[test]
fn revocations_are_published_and_end_what_they_should() {
    for rule in ["keep", "refuse"] {
        let builder = TestServer::builder(ANYROLE).arg(format!("--revoked-sessions={rule}"));
        let server = builder.start().unwrap();
        let folder = TempDir::new().unwrap();
        let arguments = [folder.path().to_str().unwrap(), server.url(), ANYROLE, rule];
        script(&root(&server), "revocation_status.py", &arguments);
    }
}
