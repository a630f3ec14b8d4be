//! TPM keys: handles and key files, passwords, the lockout's counter, what is left behind, sessions, AWS's own helper.

use std::path::{Path, PathBuf};

use anyrole_testkit::certificates::{Authority, CertificateRequest, Issued, KeyKind};
use anyrole_testkit::{OfficialHelper, SoftwareTpm, TestServer, say_skipped};
use serde_json::json;
use tempfile::TempDir;

use super::way_in::{ANYROLE, WayIn, root, succeeds};
use super::{Environment, assert_signed, by_shell, caller, ours, public_of, refuses, run};

const PARENT: &str = "0x81000001";
const RSA: &str = "handle:0x81000101";
const EC: &str = "handle:81000102";
const LOCKED: &str = "handle:0x81000103";
const WIDE: &str = "handle:0x81000104";
const PASSWORD: &str = "tpm secret";

/// A TPM with keys of which the certificates and the keys themselves are in files, too.
struct Keys {
    folder: TempDir,
    tpm: SoftwareTpm,
    ca: Authority,
    rsa: Issued,
    ec: Issued,
    wide: Issued,
    environment: Environment,
}

impl Keys {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let ca = Authority::root(folder.path()).unwrap();
        let leaf = |name: &str, kind| {
            let request = CertificateRequest::leaf(name).key(kind).serial("4097");
            ca.issue(name, &request).unwrap()
        };
        let rsa = leaf("rsa", KeyKind::Rsa(2048));
        let ec = leaf("ec", KeyKind::P256);
        let wide = leaf("wide", KeyKind::P384);
        let tpm = SoftwareTpm::start(folder.path()).unwrap();
        tpm.add_parent(PARENT).unwrap();
        for (issued, kind, password, name) in [
            (&rsa, "rsa", "", "rsa"),
            (&ec, "ecc", "", "ec"),
            (&ec, "ecc", PASSWORD, "locked"),
            (&wide, "ecc", "", "wide"),
        ] {
            tpm.import(PARENT, &issued.key, kind, password, name)
                .unwrap();
        }
        for (name, handle) in [("rsa", RSA), ("ec", EC), ("locked", LOCKED), ("wide", WIDE)] {
            let digits = handle
                .trim_start_matches("handle:")
                .trim_start_matches("0x");
            tpm.persist(PARENT, name, &format!("0x{digits}")).unwrap();
        }
        let environment = vec![("TPM_DEVICE", tpm.socket())];
        Self {
            folder,
            tpm,
            ca,
            rsa,
            ec,
            wide,
            environment,
        }
    }

    fn with_password(&self, password: &str) -> Environment {
        let more = [("ANYROLE_TPM_KEY_PASSWORD", PathBuf::from(password))];
        self.environment.iter().cloned().chain(more).collect()
    }

    fn nothing_is_left(&self) {
        assert_eq!(
            self.tpm
                .tool("tpm2_getcap", &["handles-transient"])
                .unwrap(),
            ""
        );
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn keys_sign_by_handle_and_by_file_with_and_without_a_password() {
    let keys = Keys::new();
    let none = Environment::new();
    let file = |issued: &Issued| ours(&none, &["sign-string", "--private-key", path(&issued.key)]);
    let expected = file(&keys.rsa);
    let words = ["sign-string", "--private-key", RSA, "--no-tpm-key-password"];
    assert_eq!(ours(&keys.environment, &words), expected);
    let device = ["--tpm-device", path(&keys.tpm.socket())].map(str::to_owned);
    let words = [&words[..], &[&device[0], &device[1]]].concat();
    assert_eq!(ours(&none, &words), expected);
    // As `--kms` style URIs have it.
    let by_uri = |uri: &str, environment: &Environment| {
        let words = ["sign-string", "--no-tpm-key-password", "--private-key", uri];
        assert_eq!(ours(environment, &words), expected, "{uri}");
    };
    let at = keys.tpm.socket();
    by_uri("tpm:handle=0x81000101", &keys.environment);
    by_uri(
        &format!("tpm:handle=0x81000101?device={}", at.display()),
        &none,
    );

    // Files under a persistent parent.
    for name in ["rsa", "locked"] {
        let (public, private, out) = (
            format!("{name}.pub"),
            format!("{name}.priv"),
            format!("{name}.tss.pem"),
        );
        let mut arguments = vec![
            "-Q", "-C", PARENT, "-u", &public, "-r", &private, "-o", &out,
        ];
        // This release of the tool has it the wrong way round: what it writes as `emptyAuth` is whether there is a password.
        // And it writes the BOOLEAN as 0x01.
        if name == "rsa" {
            arguments.push("-p");
        }
        keys.tpm.tool("tpm2_encodeobject", &arguments).unwrap();
    }
    let rsa_file = keys.tpm.file("rsa.tss.pem");
    let locked_file = keys.tpm.file("locked.tss.pem");
    assert_eq!(
        ours(
            &keys.environment,
            &["sign-string", "--private-key", path(&rsa_file)]
        ),
        expected
    );
    let words = ["sign-string", "--private-key"];
    let uri = format!("tpm:file={}?device={}", path(&rsa_file), at.display());
    assert_eq!(ours(&none, &[&words[..], &[&uri]].concat()), expected);
    keys.nothing_is_left();

    // Each digest on each curve, each way of the password.
    let password_file = keys.folder.path().join("password");
    std::fs::write(&password_file, format!("{PASSWORD}\n")).unwrap();
    let (ec, wide) = (public_of(&keys.ec.key), public_of(&keys.wide.key));
    let in_file = ["--tpm-key-password-file", path(&password_file)];
    let in_flag = ["--tpm-key-password", PASSWORD];
    for (key, more, environment, public) in [
        (EC, &["--no-tpm-key-password"][..], &keys.environment, &ec),
        (WIDE, &["--no-tpm-key-password"], &keys.environment, &wide),
        (LOCKED, &in_file, &keys.environment, &ec),
        (LOCKED, &in_flag, &keys.environment, &ec),
        (LOCKED, &[], &keys.with_password(PASSWORD), &ec),
        (path(&locked_file), &in_file, &keys.environment, &ec),
        (
            path(&locked_file),
            &["--certificate", path(&keys.ec.certificate)],
            &keys.with_password(PASSWORD),
            &ec,
        ),
    ] {
        for (name, hash) in [
            ("SHA256", "-sha256"),
            ("SHA384", "-sha384"),
            ("SHA512", "-sha512"),
        ] {
            let words = [
                &[
                    "sign-string",
                    "--private-key",
                    key,
                    "--format",
                    "bin",
                    "--digest",
                    name,
                ],
                more,
            ]
            .concat();
            assert_signed(public, hash, &ours(environment, &words));
        }
    }
    let file = path(&password_file);
    for way in [
        format!("- < {file}"),
        format!("/dev/fd/7 7< {file}"),
        format!("/dev/fd/0 < {file}"),
    ] {
        let line = format!(
            "$ANYROLE sign-string --private-key {LOCKED} --format bin --tpm-key-password-file {way}"
        );
        let signature = by_shell(&keys.environment, &line);
        assert_signed(&ec, "-sha256", &signature);
    }
    keys.nothing_is_left();
    assert_eq!(keys.tpm.wrong_passwords().unwrap(), 0);
}

#[test]
fn key_files_of_openssls_provider_are_loaded_under_the_owner() {
    let keys = Keys::new();
    let openssl = |line: &str| {
        keys.tpm
            .openssl(&line.split(' ').collect::<Vec<_>>())
            .unwrap();
        keys.tpm.flush().unwrap();
    };
    openssl("genpkey -provider tpm2 -algorithm EC -pkeyopt group:P-256 -out owner.pem");
    openssl("pkey -provider tpm2 -provider default -in owner.pem -pubout -out public.pem");
    let (file, public) = (keys.tpm.file("owner.pem"), keys.tpm.file("public.pem"));
    let words = [
        "sign-string",
        "--private-key",
        path(&file),
        "--format",
        "bin",
    ];
    assert_signed(&public, "-sha256", &ours(&keys.environment, &words));

    openssl("genpkey -provider tpm2 -algorithm RSA -pkeyopt user-auth:pass -out owner-rsa.pem");
    let file = keys.tpm.file("owner-rsa.pem");
    let rsa = ["sign-string", "--private-key", path(&file)];
    ours(&keys.with_password("pass"), &rsa);
    refuses(
        &keys.environment,
        &rsa,
        &["--tpm-key-password-file", "no terminal"],
    );
    keys.nothing_is_left();

    // Another TPM does not load it.
    let elsewhere = TempDir::new().unwrap();
    let other = SoftwareTpm::start(elsewhere.path()).unwrap();
    let other = vec![
        ("TPM_DEVICE", other.socket()),
        ("ANYROLE_TPM_KEY_PASSWORD", PathBuf::from("pass")),
    ];
    refuses(&other, &rsa, &["made by another TPM"]);
}

#[test]
fn key_files_that_no_tpm_loads_say_why() {
    let keys = Keys::new();
    let words = [
        "genpkey",
        "-provider",
        "tpm2",
        "-algorithm",
        "RSA",
        "-out",
        "rsa.pem",
    ];
    keys.tpm.openssl(&words).unwrap();
    let der = keys.tpm.file("rsa.der");
    let words = ["asn1parse", "-in", "rsa.pem", "-noout", "-out", path(&der)];
    keys.tpm.openssl(&words).unwrap();
    let der = std::fs::read(der).unwrap();
    let file = keys.tpm.file("other.pem");
    let words = ["sign-string", "--private-key", path(&file)];
    let oid = der
        .windows(3)
        .position(|window| window == [0x0a, 0x01, 0x03])
        .unwrap();
    for (last, said) in [
        (4, "importable"),
        (5, "sealed"),
        (9, "2.23.133.10.1.9 is not known"),
    ] {
        let mut other = der.clone();
        other[oid + 2] = last;
        std::fs::write(&file, pem_of(&other)).unwrap();
        refuses(&keys.environment, &words, &["not usable", said]);
    }
    // A policy takes the place of `emptyAuth`.
    let mut other = der.clone();
    let tag = oid + 3;
    assert_eq!(other[tag], 0xa0);
    for (number, said) in [(0xa1, "policy"), (0xa3, "policy"), (0xa2, "secret")] {
        other[tag] = number;
        std::fs::write(&file, pem_of(&other)).unwrap();
        refuses(&keys.environment, &words, &["not usable", said]);
    }
    std::fs::write(&file, pem_of(&der[..der.len() - 9])).unwrap();
    refuses(&keys.environment, &words, &["broken"]);
}

fn pem_of(der: &[u8]) -> String {
    let text = base64_simd::STANDARD.encode_to_string(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN TSS2 PRIVATE KEY-----\n{}\n-----END TSS2 PRIVATE KEY-----\n",
        lines.join("\n")
    )
}

#[test]
fn a_wrong_password_is_tried_once_and_errors_name_the_cure() {
    let keys = Keys::new();
    let words = ["sign-string", "--private-key", LOCKED];
    let said = refuses(
        &keys.with_password("a guess"),
        &words,
        &["not that of the TPM key", "tried once"],
    );
    assert!(!said.contains("a guess"), "{said}");
    assert_eq!(keys.tpm.wrong_passwords().unwrap(), 1);
    refuses(
        &keys.environment,
        &words,
        &["--no-tpm-key-password", "no terminal"],
    );
    assert_eq!(keys.tpm.wrong_passwords().unwrap(), 1);

    let certificate = path(&keys.rsa.certificate).to_owned();
    let no_tpm = vec![("TPM_DEVICE", keys.folder.path().join("nothing"))];
    let key = |key| ["sign-string", "--no-tpm-key-password", "--private-key", key];
    refuses(
        &keys.environment,
        &key("handle:0x8100"),
        &["not persistent"],
    );
    refuses(
        &keys.environment,
        &key("handle:mine"),
        &["not a TPM handle", "handle:0x81000101"],
    );
    for uri in ["tpm:", "tpm:name=mine", "tpm:handle=0x81000101;file=a"] {
        refuses(
            &keys.environment,
            &key(uri),
            &["names no key", "tpm:handle="],
        );
    }
    refuses(
        &keys.environment,
        &key("handle:0x81000999"),
        &["no key at handle 0x81000999", "tpm2_getcap"],
    );
    refuses(
        &keys.environment,
        &key("handle:0x81000001"),
        &["lacks the attribute `sign`"],
    );
    refuses(&no_tpm, &key(RSA), &["cannot open the TPM", "nothing"]);
    let words = [
        "sign-string",
        "--no-tpm-key-password",
        "--private-key",
        EC,
        "--certificate",
        &certificate,
    ];
    refuses(
        &keys.environment,
        &words,
        &["belongs to none of the 1 certificate"],
    );
    let words = [
        "credential-process",
        "--private-key",
        EC,
        "--trust-anchor-arn",
        "a",
        "--profile-arn",
        "b",
        "--role-arn",
        "c",
    ];
    refuses(&keys.environment, &words, &["--certificate"]);

    // Locked: said, and no more asked.
    keys.tpm
        .tool(
            "tpm2_dictionarylockout",
            &[
                "-Q",
                "--setup-parameters",
                "--max-tries=1",
                "--recovery-time=1000",
            ],
        )
        .unwrap();
    let words = ["sign-string", "--private-key", LOCKED];
    // The first guess counts still, or this one does.
    refuses(&keys.with_password("another guess"), &words, &["TPM"]);
    refuses(
        &keys.with_password("right or wrong"),
        &words,
        &["locked", "tpm2_dictionarylockout"],
    );
}

#[test]
fn a_session_by_a_key_in_a_tpm() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    let keys = Keys::new();
    let way = WayIn::open(
        &root(&server),
        &json!({"name": "tpm", "ca": keys.ca.certificate()}),
    );
    let environment = keys.with_password(PASSWORD);
    for (certificate, words) in [
        (
            &keys.rsa,
            &["--private-key", RSA, "--no-tpm-key-password"][..],
        ),
        (&keys.ec, &["--private-key", LOCKED]),
        (&keys.ec, &["--private-key", "tpm:handle=0x81000103"]),
    ] {
        let words = [&["--certificate", path(&certificate.certificate)], words].concat();
        let arn = caller(&server, &way, &environment, &words);
        assert!(arn.contains(":assumed-role/tpm/"), "{arn}");
    }
}

#[test]
fn the_official_helper_signs_the_same_with_the_same_tpm() {
    let Some(helper) = OfficialHelper::ready().unwrap() else {
        say_skipped("the official helper with a TPM", "Go is not installed");
        return;
    };
    let keys = Keys::new();
    let certificate = path(&keys.rsa.certificate);
    for digest in ["SHA256", "SHA384", "SHA512"] {
        let words = [
            "sign-string",
            "--private-key",
            RSA,
            "--no-tpm-key-password",
            "--certificate",
            certificate,
            "--digest",
            digest,
        ];
        let theirs = succeeds(&run(helper.program(), &keys.environment, &words));
        keys.tpm.flush().unwrap();
        let ours = String::from_utf8(ours(&keys.environment, &words)).unwrap();
        assert_eq!(theirs, ours, "{digest}");
    }
}

#[test]
fn doctor_looks_at_a_tpm() {
    let keys = Keys::new();
    let (rsa, ec) = (path(&keys.rsa.certificate), path(&keys.ec.certificate));
    let nowhere = vec![("TPM_DEVICE", keys.folder.path().join("nothing"))];
    for (environment, certificate, status, said) in [
        (
            &keys.environment,
            rsa,
            0,
            "ok         the private key belongs to the certificate",
        ),
        (
            &keys.environment,
            ec,
            1,
            "belongs to none of the 1 certificate(s)",
        ),
        (&nowhere, rsa, 1, "cannot open the TPM at"),
    ] {
        let words = [
            &["doctor", "--offline", "--no-tpm-key-password"][..],
            &["--certificate", certificate, "--private-key", RSA],
            &super::pkcs11::ARNS,
        ]
        .concat();
        let output = run(Path::new(ANYROLE), environment, &words);
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(status), "{printed}");
        assert!(printed.contains(said), "`{said}` is not in\n{printed}");
    }
    keys.nothing_is_left();
}
