//! `anyrole certificate …` as a person types it, beside openssl.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod cfssl;
mod folder;
mod step;

use folder::{Folder, ROOT};

const BY_ROOT: &str = "--ca root.crt --ca-key root.key --no-password --insecure";

#[test]
fn a_chain_of_three_is_taken_by_openssl_and_by_verify() {
    let folder = Folder::with_root();
    folder.succeeds(&format!(
        "create Middle middle.crt middle.key --profile intermediate-ca {BY_ROOT}"
    ));
    folder.succeeds(
        "create CN=web,OU=ops,O=Example leaf.crt leaf.key --ca middle.crt --ca-key middle.key --bundle \
         --san web.example.com --san 10.1.2.3 --not-after 1h --no-password --insecure",
    );
    assert_eq!(
        folder.text("leaf.crt").matches("BEGIN CERTIFICATE").count(),
        2
    );
    for (name, mode) in [
        ("leaf.crt", 0o644),
        ("leaf.key", 0o600),
        ("root.key", 0o600),
    ] {
        assert_eq!(folder.mode(name), mode, "{name}");
    }
    folder.openssl("verify -x509_strict -CAfile root.crt -untrusted middle.crt leaf.crt");
    let accepted = folder.succeeds("verify leaf.crt --roots root.crt");
    assert!(
        accepted.starts_with("accepted: CN=web,OU=ops,O=Example\n"),
        "{accepted}"
    );
    let json = folder
        .succeeds("verify leaf.crt --roots root.crt --intermediates middle.crt --format json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["accepted"], true);
    assert_eq!(
        json["path_sha256_fingerprints"].as_array().unwrap().len(),
        3
    );
    let fingerprint = folder.succeeds("fingerprint leaf.crt");
    assert_eq!(json["path_sha256_fingerprints"][0], fingerprint.trim());
    let theirs = folder.openssl("x509 -in leaf.crt -noout -fingerprint -sha256");
    let theirs = theirs
        .trim()
        .replace("sha256 Fingerprint=", "")
        .replace(':', "");
    assert_eq!(fingerprint.trim(), theirs.to_lowercase());
    assert_eq!(
        folder
            .succeeds("fingerprint leaf.crt --bundle")
            .lines()
            .count(),
        2
    );
}

#[test]
fn verify_refuses_with_the_reasons_of_create_session() {
    let folder = Folder::with_root();
    folder.succeeds(&format!("create web leaf.crt leaf.key {BY_ROOT}"));
    folder.succeeds("create Other other.crt other.key --profile root-ca --no-password --insecure");
    folder.succeeds("create self self.crt self.key --profile self-signed --no-password --insecure");
    folder.succeeds(&format!(
        "create old old.crt old.key --not-before -2h --not-after -1h {BY_ROOT}"
    ));
    let table = [
        ("leaf.crt --roots root.crt --at 25h", "leaf-expired"),
        ("leaf.crt --roots root.crt --at -5m", "leaf-not-yet-valid"),
        ("old.crt --roots root.crt", "leaf-expired"),
        ("leaf.crt --roots leaf.crt", "anchor-not-ca"),
        ("leaf.crt --roots other.crt", "untrusted"),
        ("self.crt --roots root.crt", "untrusted"),
        ("root.crt --roots root.crt", "leaf-is-ca"),
    ];
    for (arguments, expected) in table {
        let json = folder.fails(&format!("verify {arguments} --format json"));
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["accepted"], false);
        let reason = json["reason"].as_str().unwrap();
        assert_eq!(reason, expected, "{arguments}");
        let text = folder.fails(&format!("verify {arguments}"));
        assert!(text.starts_with(&format!("refused: {reason}: ")), "{text}");
    }
    assert!(
        folder
            .fails("verify leaf.crt --roots none.crt")
            .contains("none.crt")
    );
    assert!(
        folder
            .fails("verify leaf.crt --roots root.crt --at never")
            .contains("--at")
    );
}

#[test]
fn every_kind_of_key_and_certificate() {
    let folder = Folder::with_root();
    let table = [
        ("", "EC P-256"),
        ("--kty EC --curve P-384", "EC P-384"),
        ("--kty ec --curve p-521", "EC P-521"),
        ("--kty RSA", "RSA 2048"),
        ("--kty RSA --size 3072", "RSA 3072"),
    ];
    for (flags, kind) in table {
        folder.succeeds(&format!(
            "create web leaf.crt leaf.key --force {flags} {BY_ROOT}"
        ));
        let json = folder.succeeds("inspect leaf.crt --format json");
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["key"], kind);
        assert_eq!(json["subject"], "CN=web");
        assert_eq!(json["issuer"], "CN=Root");
        assert_eq!(json["version"], 3);
        assert_eq!(json["basic_constraints"]["ca"], false);
        assert_eq!(json["signature_algorithm"], "ecdsa-with-SHA256");
        assert_eq!(json["subject_alt_names"][0]["value"], "web");
        folder.openssl("pkey -in leaf.key -check -noout");
        folder.succeeds("verify leaf.crt --roots root.crt");
    }
    let text = folder.succeeds("inspect root.crt");
    for expected in [
        "CA, path length 1",
        "keyCertSign, cRLSign",
        "Other names     none",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert_eq!(
        folder.succeeds("inspect root.crt --format pem"),
        folder.text("root.crt")
    );
    folder.succeeds(&format!(
        "create two-words-not-a.name- x.crt x.key {BY_ROOT}"
    ));
}

#[test]
fn nothing_is_overwritten_and_nothing_is_left_half_done() {
    let folder = Folder::with_root();
    let (certificate, key) = (folder.text("root.crt"), folder.text("root.key"));
    folder.put("there", "x");
    let table = [
        (ROOT.to_owned(), "`root.crt` exists already; pass --force"),
        (
            ROOT.replace("root.key", "new.key"),
            "`root.crt` exists already",
        ),
        (
            ROOT.replace("root.crt", "new.crt"),
            "`root.key` exists already",
        ),
        (
            ROOT.replace("root.crt", "none/new.crt")
                .replace("root.key", "new.key"),
            "cannot write `none/new.crt`",
        ),
        (
            ROOT.replace("root.crt", "a").replace("root.key", "a"),
            "the same file",
        ),
        (
            format!("create web root.crt new.key --force {BY_ROOT}"),
            "needed as input",
        ),
        (
            format!("create web new.crt there {BY_ROOT}"),
            "`there` exists already",
        ),
        (
            format!("create web new.crt . --force {BY_ROOT}"),
            "is a directory",
        ),
        (
            format!("create web new.crt new.key --kty RSA --size 1024 {BY_ROOT}"),
            "2048, 3072 or 4096",
        ),
        (
            format!("create web new.crt new.key --kty RSA --curve P-256 {BY_ROOT}"),
            "--size",
        ),
        (
            format!("create web new.crt new.key --size 2048 {BY_ROOT}"),
            "--curve",
        ),
        (
            format!("create web new.crt new.key --san host:80 {BY_ROOT}"),
            "--san `host:80`",
        ),
        (
            format!("create web new.crt new.key --not-after soon {BY_ROOT}"),
            "`soon`",
        ),
        (
            format!("create web new.crt new.key --not-after -1h {BY_ROOT}"),
            "not after its start",
        ),
        (
            format!("create X=web new.crt new.key {BY_ROOT}"),
            "unknown type `X`",
        ),
        (
            format!("create R new.crt new.key --profile root-ca {BY_ROOT}"),
            "--ca does not go with",
        ),
        (
            "create web new.crt new.key --no-password --insecure".to_owned(),
            "needs --ca FILE",
        ),
        (
            "create web new.crt new.key --ca root.crt --ca-key there --no-password --insecure"
                .to_owned(),
            "`there`",
        ),
    ];
    for (line, expected) in table {
        let text = folder.fails(&line);
        assert!(text.contains(expected), "{line}: {text}");
    }
    assert_eq!(folder.text("root.crt"), certificate);
    assert_eq!(folder.text("root.key"), key);
    folder.succeeds(&format!("{ROOT} --force"));
    assert_ne!(folder.text("root.key"), key);
    assert_eq!(
        folder.names(),
        ["pass", "root.crt", "root.key", "there", "wrong"]
    );
}

#[test]
fn signs_requests_of_openssl() {
    let folder = Folder::with_root();
    folder.openssl(
        "req -new -newkey rsa:2048 -nodes -keyout svc.key -out svc.csr -subj /O=Org/OU=ops/CN=svc \
         -addext subjectAltName=DNS:svc.example.com",
    );
    let pem = folder.succeeds("sign svc.csr root.crt root.key --bundle --not-after 2h");
    assert_eq!(pem.matches("BEGIN CERTIFICATE").count(), 2);
    folder.put("svc.crt", &pem);
    folder.openssl("verify -x509_strict -CAfile root.crt svc.crt");
    folder.succeeds("verify svc.crt --roots root.crt");
    let subject = folder.openssl("x509 -in svc.crt -noout -subject -ext subjectAltName");
    assert!(subject.contains("O = Org, OU = ops, CN = svc"), "{subject}");
    assert!(subject.contains("DNS:svc.example.com"), "{subject}");
    let middle = folder.succeeds("sign svc.csr root.crt root.key --profile intermediate-ca");
    folder.put("middle.crt", &middle);
    assert!(
        folder
            .succeeds("inspect middle.crt")
            .contains("CA, path length 0")
    );
    let table = [
        (
            "sign root.crt root.crt root.key",
            "signing request `root.crt`",
        ),
        ("sign none.csr root.crt root.key", "`none.csr`"),
        (
            "sign svc.csr root.crt svc.key",
            "does not belong to certificate",
        ),
        ("sign svc.csr svc.crt svc.key", "CA:TRUE"),
        (
            "sign svc.csr root.crt root.key --path-len 1",
            "intermediate-ca only",
        ),
    ];
    for (line, expected) in table {
        let text = folder.fails(line);
        assert!(text.contains(expected), "{line}: {text}");
    }
}

#[test]
fn chains_and_pkcs12_files_are_put_together_from_what_belongs_together() {
    let folder = Folder::with_root();
    folder.succeeds(&format!(
        "create Middle middle.crt middle.key --profile intermediate-ca {BY_ROOT}"
    ));
    folder.succeeds(
        "create web web.crt web.key --ca middle.crt --ca-key middle.key --password-file pass",
    );
    let said = folder.succeeds("bundle web.crt middle.crt chain.crt");
    assert_eq!(said, "2 certificates: chain.crt\n");
    folder.succeeds("bundle chain.crt root.crt whole.crt");
    folder.succeeds("verify whole.crt --roots root.crt");
    for (line, said) in [
        ("bundle web.crt root.crt new.crt", "was not issued by"),
        ("bundle web.crt middle.crt chain.crt", "exists already"),
        (
            "p12 new.p12 web.crt middle.key --password-file pass",
            "does not belong",
        ),
        ("p12 new.p12 web.crt", "required"),
        ("p12 new.p12", "required"),
        ("p12 new.p12 root.crt root.key --no-password", "--insecure"),
        (
            "p12 new.p12 root.crt root.key --password-file wrong --strong-password",
            "is weak",
        ),
        ("format pass", "error parsing"),
    ] {
        let text = folder.fails(line);
        assert!(text.contains(said), "{line}: {text}");
    }
    folder.succeeds(
        "p12 web.p12 chain.crt web.key --ca root.crt --key-password-file pass --password-file pass",
    );
    let pem = folder.openssl("pkcs12 -in web.p12 -passin file:pass -nodes");
    assert_eq!(pem.matches("BEGIN CERTIFICATE").count(), 3, "{pem}");
    assert_eq!(pem.matches("BEGIN PRIVATE KEY").count(), 1, "{pem}");
    folder.succeeds("p12 trust.p12 --ca root.crt --no-password --insecure --legacy");
    folder.openssl("pkcs12 -in trust.p12 -passin pass: -nokeys -legacy -noout");
    folder.succeeds("format web.crt --out web.der");
    folder.openssl("x509 -inform DER -in web.der -noout");
    assert_eq!(folder.succeeds("format web.der"), folder.text("web.crt"));
    assert_eq!(folder.mode("web.p12"), 0o600);
}

#[test]
fn pairs_of_keys_are_made_encrypted() {
    let folder = Folder::new();
    folder.succeeds("crypto keypair a.pub a.key --password-file pass");
    assert!(
        folder
            .text("a.key")
            .starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    );
    let public = folder.openssl("pkey -in a.key -passin file:pass -pubout");
    assert_eq!(folder.text("a.pub"), public);
    assert_eq!((folder.mode("a.key"), folder.mode("a.pub")), (0o600, 0o644));
    folder.succeeds("crypto keypair b.pub b.key --kty RSA --size 3072 --no-password --insecure");
    folder.openssl("pkey -in b.key -check -noout");
    for (line, said) in [
        (
            "crypto keypair a.pub c.key --password-file pass",
            "`a.pub` exists already",
        ),
        ("crypto keypair c c --password-file pass", "name two"),
        ("crypto keypair c.pub c.key --no-password", "--insecure"),
        (
            "crypto keypair c.pub c.key --password-file wrong --strong-password",
            "is weak",
        ),
        (
            "crypto keypair c.pub c.key --password-file pass --kty EC --size 2048",
            "--size",
        ),
    ] {
        let text = folder.fails(line);
        assert!(text.contains(said), "{line}: {text}");
    }
    // Weak ones are told of, terminal or none; good ones are not.
    folder.put("good", "tulip anchor violet gravel mitten\n");
    for (file, is_weak) in [("wrong", true), ("good", false)] {
        let line = format!("crypto keypair {file}.pub {file}.key --password-file {file}");
        let output = folder.run(&line);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{stderr}");
        let is_told = stderr.starts_with("warning: the new password is weak");
        assert_eq!(
            (is_told, stderr.is_empty()),
            (is_weak, !is_weak),
            "{stderr}"
        );
        assert!(!stderr.contains("horse"), "{stderr}");
    }
    folder.succeeds("create web web.crt --key a.key --password-file pass --profile self-signed");
    let own = folder.openssl("x509 -in web.crt -noout -pubkey");
    assert_eq!(own, public);
}
