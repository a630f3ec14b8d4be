//! AWS's own helper, unmodified, against the built server over TLS: each kind of key, with and without intermediates,
//! and PKCS#12 files. Skipped, and saying so, where no Go is installed to build it.
#![expect(clippy::panic, clippy::unwrap_used, reason = "tests")]

mod drop_in;
mod way_in;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyrole_testkit::certificates::{Authority, CertificateRequest, Issued, KeyKind, write_pkcs12};
use anyrole_testkit::{OfficialHelper, Program, TestServer, say_skipped};
use serde_json::{Value, json};
use tempfile::TempDir;

use way_in::{S3_FULL_ACCESS, WayIn, root, script, succeeds, tls_server};

const SERIAL: &str = "4097";

/// What the helper is given.
struct Row {
    name: String,
    ca: PathBuf,
    /// Behind `credential-process`.
    words: Vec<String>,
}

fn helper(test: &str) -> Option<OfficialHelper> {
    let helper = OfficialHelper::ready().unwrap();
    if helper.is_none() {
        say_skipped(test, "Go is not installed");
    }
    helper
}

fn words(parts: &[(&str, &Path)]) -> Vec<String> {
    parts
        .iter()
        .flat_map(|(flag, path)| [(*flag).to_owned(), path.to_str().unwrap().to_owned()])
        .collect()
}

fn file_words(leaf: &Issued, intermediates: Option<&Path>) -> Vec<String> {
    let mut parts = vec![
        ("--certificate", leaf.certificate.as_path()),
        ("--private-key", &leaf.key),
    ];
    parts.extend(intermediates.map(|path| ("--intermediates", path)));
    words(&parts)
}

/// A root, a leaf of it, an intermediate and a leaf of that, all with keys of one kind.
fn rows_of(folder: &Path, name: &str, kind: KeyKind, pkcs12: bool) -> Vec<Row> {
    let folder = folder.join(name);
    let authority = |name: &str| CertificateRequest::authority(name).key(kind);
    let leaf = |name: &str| CertificateRequest::leaf(name).key(kind).serial(SERIAL);
    let root = Authority::root_from(&folder, "root", &authority("Root")).unwrap();
    let middle = root.intermediate("middle", &authority("Middle")).unwrap();
    let direct = root.issue("direct", &leaf("direct")).unwrap();
    let under = middle.issue("under", &leaf("under")).unwrap();
    let row = |suffix: &str, words| Row {
        name: format!("{name}-{suffix}"),
        ca: root.certificate().to_owned(),
        words,
    };
    let mut rows = vec![
        row("direct", file_words(&direct, None)),
        row("under", file_words(&under, Some(middle.certificate()))),
    ];
    if pkcs12 {
        let file = folder.join("direct.p12");
        write_pkcs12(&direct, &[], &file).unwrap();
        rows.push(row("p12", words(&[("--certificate", &file)])));
        let file = folder.join("under.p12");
        write_pkcs12(&under, &[middle.certificate()], &file).unwrap();
        rows.push(row("p12-under", words(&[("--certificate", &file)])));
    }
    rows
}

fn ml_dsa_rows(server: &TestServer, folder: &Path) -> Vec<Row> {
    let folder = folder.join("ml-dsa");
    std::fs::create_dir(&folder).unwrap();
    let path = |name: &str| folder.join(name);
    script(
        &server.aws_cli(),
        "ml_dsa_chain.py",
        &[folder.to_str().unwrap()],
    );
    let leaf = |name: &str| Issued {
        certificate: path(&format!("{name}.pem")),
        key: path(&format!("{name}.key")),
    };
    let row = |name: &str, words| Row {
        name: format!("ml-dsa-65-{name}"),
        ca: path("root.pem"),
        words,
    };
    // The largest head that AWS's own limits let a client send.
    let deep = Row {
        name: "ml-dsa-87-five".to_owned(),
        ca: path("deep-root.pem"),
        words: file_words(&leaf("deep"), Some(&path("deep-chain.pem"))),
    };
    vec![
        row("direct", file_words(&leaf("direct"), None)),
        row(
            "under",
            file_words(&leaf("under"), Some(&path("middle.pem"))),
        ),
        deep,
    ]
}

fn arns(way: &WayIn) -> Vec<String> {
    [
        ("--trust-anchor-arn", &way.anchor),
        ("--profile-arn", &way.profile),
        ("--role-arn", &way.role),
    ]
    .iter()
    .flat_map(|(flag, arn)| [(*flag).to_owned(), (*arn).clone()])
    .collect()
}

fn run(helper: &OfficialHelper, server: &TestServer, trusted: &Path, words: &[String]) -> Output {
    Command::new(helper.program())
        .args(words)
        .env_clear()
        .env("HOME", server.data())
        .env("AWS_ENDPOINT_URL", server.url())
        .env("SSL_CERT_FILE", trusted)
        .output()
        .unwrap()
}

#[test]
fn every_kind_of_key_opens_s3_to_the_official_helper() {
    let Some(helper) = helper("every kind of key by the official helper") else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let (server, trusted) = tls_server(folder.path());
    let mut rows = Vec::new();
    for (name, kind, pkcs12) in [
        ("rsa-2048", KeyKind::Rsa(2048), true),
        ("rsa-4096", KeyKind::Rsa(4096), false),
        ("p-256", KeyKind::P256, true),
        ("p-384", KeyKind::P384, false),
    ] {
        rows.extend(rows_of(folder.path(), name, kind, pkcs12));
    }
    rows.extend(ml_dsa_rows(&server, folder.path()));
    let asked: Vec<Value> = rows
        .iter()
        .map(|row| json!({"name": row.name, "ca": row.ca, "managed": [S3_FULL_ACCESS]}))
        .collect();
    let ways = WayIn::open_all(&root(&server).ca_bundle(&trusted), &asked);
    let mut config = String::new();
    let mut listed = Vec::new();
    for (row, way) in rows.iter().zip(&ways) {
        let program = helper.program().display();
        let arns = arns(way).join(" ");
        let words = row.words.join(" ");
        config.push_str(&format!(
            "[profile {}]\ncredential_process = {program} credential-process {arns} {words}\n",
            row.name
        ));
        listed.push(json!({"name": row.name, "role": way.role, "serial": SERIAL}));
    }
    let config_file = folder.path().join("config");
    std::fs::write(&config_file, config).unwrap();
    let ways_file = folder.path().join("ways.json");
    std::fs::write(&ways_file, Value::from(listed).to_string()).unwrap();
    let client = server
        .aws_cli()
        .ca_bundle(&trusted)
        .env("SSL_CERT_FILE", &trusted);
    script(
        &client.clone().env("AWS_CONFIG_FILE", &config_file),
        "official_helper.py",
        &[ways_file.to_str().unwrap()],
    );

    // The AWS CLI, as its users would.
    let cli = client.config_file(&config_file, "rsa-2048-p12");
    let caller = cli.run(&["sts", "get-caller-identity"]).unwrap();
    let caller = caller.json().unwrap();
    let arn = caller["Arn"].as_str().unwrap();
    assert!(arn.ends_with(":assumed-role/rsa-2048-p12/4097"), "{arn}");
    let buckets = cli.run(&["s3", "ls"]).unwrap().success().unwrap();
    assert!(buckets.stdout.contains(" ml-dsa-65-under\n"), "{buckets:?}");
}

#[test]
fn the_official_helper_shows_its_users_why_they_are_refused() {
    let Some(helper) = helper("refusals by the official helper") else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let (server, trusted) = tls_server(folder.path());
    let rows = rows_of(folder.path(), "refused", KeyKind::P256, false);
    let way = WayIn::open(
        &root(&server).ca_bundle(&trusted),
        &json!({"name": "refused", "ca": rows[0].ca}),
    );
    let call = |row: &Row, arns: Vec<String>, more: &[&str]| {
        let mut words = vec!["credential-process".to_owned()];
        words.extend(row.words.iter().cloned().chain(arns));
        words.extend(more.iter().map(|word| (*word).to_owned()));
        run(&helper, &server, &trusted, &words)
    };
    let printed = succeeds(&call(&rows[0], arns(&way), &["--session-duration", "900"]));
    let printed: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(printed["Version"], 1, "{printed}");

    // Without its intermediates, and with a role that the profile doesn't have.
    let mut alone = Row {
        name: String::new(),
        ca: PathBuf::new(),
        words: rows[1].words.clone(),
    };
    alone.words.truncate(4);
    let mut strange = arns(&way);
    strange.last_mut().unwrap().push('x');
    for (output, said) in [
        (
            call(&alone, arns(&way), &[]),
            "AccessDeniedException: Untrusted signing certificate",
        ),
        (
            call(&rows[0], strange, &[]),
            "AccessDeniedException: Requested Role isn't one of those listed in the Profile.",
        ),
        (
            call(&rows[0], arns(&way), &["--role-session-name", "me"]),
            "AccessDeniedException: Not authorized to set roleSessionName.",
        ),
    ] {
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
    let version = run(&helper, &server, &trusted, &["version".to_owned()]);
    assert_eq!(succeeds(&version).trim(), OfficialHelper::version());
}

/// Of the same files, under the official name.
#[test]
fn certificates_and_signatures_are_printed_as_the_official_helper_prints_them() {
    let Some(helper) = helper("output beside the official helper's") else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let ours = folder.path().join("aws_signing_helper");
    std::os::unix::fs::symlink(way_in::ANYROLE, &ours).unwrap();
    let both = |words: &[&str]| {
        [helper.program(), &ours].map(|program| {
            let output = Command::new(program)
                .args(words)
                .env_clear()
                .output()
                .unwrap();
            assert!(output.status.success(), "{program:?} {words:?}: {output:?}");
            output.stdout
        })
    };
    let kinds = [
        ("rsa", KeyKind::Rsa(2048)),
        ("p256", KeyKind::P256),
        ("p384", KeyKind::P384),
        ("p521", KeyKind::P521),
    ];
    for (name, kind) in kinds {
        let folder = folder.path().join(name);
        let authority = CertificateRequest::authority("Root").key(kind);
        let root = Authority::root_from(&folder, "root", &authority).unwrap();
        let leaf = root
            .issue("leaf", &CertificateRequest::leaf("leaf").key(kind))
            .unwrap();
        let (certificate, key) = (
            leaf.certificate.to_str().unwrap(),
            leaf.key.to_str().unwrap(),
        );
        let [theirs, ours] = both(&["read-certificate-data", "--certificate", certificate]);
        assert_eq!(theirs, ours, "{name}");
        let public = folder.join("public.pem");
        openssl(&[
            "pkey",
            "-in",
            key,
            "-pubout",
            "-out",
            public.to_str().unwrap(),
        ]);
        for digest in ["SHA256", "SHA384", "SHA512"] {
            let words = [
                "sign-string",
                "--certificate",
                certificate,
                "--private-key",
                key,
            ];
            let with = |format| [&words[..], &["--digest", digest, "--format", format]].concat();
            if kind == KeyKind::Rsa(2048) {
                for format in ["json", "text", "bin"] {
                    let [theirs, ours] = both(&with(format));
                    assert_eq!(theirs, ours, "{digest} {format}");
                }
            } else {
                // Each signature is another: both must verify over the same text.
                let message = folder.join("message");
                std::fs::write(&message, signed_text(&public)).unwrap();
                for signature in both(&with("bin")) {
                    let file = folder.join("signature");
                    std::fs::write(&file, signature).unwrap();
                    let digest = format!("-{}", digest.to_lowercase());
                    let [public, file, message] =
                        [&public, &file, &message].map(|path| path.to_str().unwrap());
                    openssl(&[
                        "dgst",
                        &digest,
                        "-verify",
                        public,
                        "-signature",
                        file,
                        message,
                    ]);
                }
                for printed in both(&with("json")) {
                    assert!(
                        printed.starts_with(b"\"30") && printed.ends_with(b"\""),
                        "{printed:?}"
                    );
                }
            }
        }
    }
}

fn openssl(words: &[&str]) -> Vec<u8> {
    let output = Program::Openssl
        .command()
        .unwrap()
        .args(words)
        .output()
        .unwrap();
    assert!(output.status.success(), "{words:?}: {output:?}");
    output.stdout
}

/// What `sign-string` signs with the EC key of this public key.
fn signed_text(public: &Path) -> Vec<u8> {
    let der = openssl(&[
        "pkey",
        "-pubin",
        "-in",
        public.to_str().unwrap(),
        "-outform",
        "DER",
    ]);
    // The uncompressed point ends the structure; it begins with 04 behind the BIT STRING's unused bits.
    let sizes = [(91, 65), (120, 97), (158, 133)];
    let (_, size) = sizes
        .iter()
        .find(|(length, _)| *length == der.len())
        .unwrap();
    let point = der.get(der.len() - size..).unwrap();
    let hashed = public.with_extension("hashed");
    std::fs::write(&hashed, [b"IAM RA", point].concat()).unwrap();
    let hash = openssl(&["dgst", "-sha256", "-binary", hashed.to_str().unwrap()]);
    [
        b"AWS Roles Anywhere Credential Helper Signing Test1",
        &*hash,
    ]
    .concat()
}

/// From what the helper's user sees to what would cure it; also behind a gateway's base path.
#[test]
fn the_id_that_the_official_helper_shows_is_explained() {
    let Some(helper) = helper("explanations for the official helper") else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let (server, trusted) = tls_server(folder.path());
    let rows = rows_of(folder.path(), "explained", KeyKind::P256, false);
    let way = WayIn::open(
        &root(&server).ca_bundle(&trusted),
        &json!({"name": "explained", "ca": rows[0].ca}),
    );
    let call = |row: &Row, arns: Vec<String>| {
        let mut words = vec!["credential-process".to_owned()];
        words.extend(row.words.iter().cloned().chain(arns));
        words.extend(["--endpoint".to_owned(), format!("{}/svc", server.url())]);
        run(&helper, &server, &trusted, &words)
    };
    succeeds(&call(&rows[0], arns(&way)));

    // Without its intermediate.
    let mut alone = Row {
        name: String::new(),
        ca: PathBuf::new(),
        words: rows[1].words.clone(),
    };
    alone.words.truncate(4);
    let refused = call(&alone, arns(&way));
    let stderr = String::from_utf8_lossy(&refused.stderr).into_owned();
    let (_, rest) = stderr.split_once("RequestID: ").unwrap();
    let (request_id, _) = rest.split_once(',').unwrap();
    let explained = Command::new(way_in::ANYROLE)
        .args([
            "explain",
            request_id,
            "--endpoint-url",
            server.url(),
            "--data",
        ])
        .arg(server.data())
        .env_clear()
        .env("SSL_CERT_FILE", &trusted)
        .output()
        .unwrap();
    let text = String::from_utf8(explained.stdout).unwrap();
    assert_eq!(explained.status.code(), Some(3), "{text}");
    for expected in [
        "refused at step certificate: untrusted",
        "The authority that is needed is `CN=Middle`",
        "If it is an intermediate, send its certificate along (--intermediates).",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}
