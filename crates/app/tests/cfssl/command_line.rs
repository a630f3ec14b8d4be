//! What is typed wrongly: the status beside Cloudflare's, and what is said.

use super::desk::Desk;

/// A line, our status, what we say, and the status of theirs where it is another.
type Row = (&'static str, i32, &'static str, Option<i32>);

const ROWS: [Row; 33] = [
    ("cfssl", 1, "gencert", None),
    ("cfssl -h", 0, "cfssl COMMAND", None),
    ("cfssl gencert -h", 0, "-initca", None),
    ("cfssl nope", 1, "not defined", None),
    ("cfssl gencert", 1, "not enough arguments", None),
    ("cfssl gencert -initca", 1, "not enough arguments", None),
    (
        "cfssl gencert -initca nothere.json",
        1,
        "`nothere.json`",
        None,
    ),
    ("cfssl gencert -bogus x", 2, "not defined: -bogus", None),
    ("cfssl gencert -ca", 2, "needs an argument: -ca", None),
    ("cfssl genkey -initca=maybe in.json", 2, "`maybe`", None),
    (
        "cfssl genkey root.json",
        1,
        "ca section only permitted in initca",
        None,
    ),
    ("cfssl genkey broken.json", 1, "JSON", None),
    // Nothing is made, which a status of 0 would hide.
    ("cfssl gencert in.json", 1, "-ca", Some(0)),
    ("cfssl sign foreign.csr", 1, "-ca", Some(0)),
    (
        "cfssl gencert -ca nothere -ca-key ca-key.pem in.json",
        1,
        "`nothere`",
        None,
    ),
    (
        "cfssl gencert -ca ca.pem -ca-key other-key.pem in.json",
        1,
        "does not belong",
        None,
    ),
    (
        "cfssl gencert -ca ca.csr -ca-key ca-key.pem in.json",
        1,
        "1003",
        None,
    ),
    (
        "cfssl gencert -ca in.json -ca-key ca-key.pem in.json",
        1,
        "1002",
        None,
    ),
    (
        "cfssl gencert -ca ca.pem -ca-key ca-key.pem -config nothere in.json",
        1,
        "Failed to load config file",
        None,
    ),
    (
        "cfssl gencert -ca ca.pem -ca-key ca-key.pem -config broken.json in.json",
        1,
        "5200",
        None,
    ),
    (
        "cfssl gencert -ca ca.pem -ca-key ca-key.pem -config config.json in.json",
        1,
        "5100",
        None,
    ),
    // A profile that isn't there is none, not the default one.
    (
        "cfssl gencert -ca ca.pem -ca-key ca-key.pem -profile nope in.json",
        1,
        "5400",
        Some(0),
    ),
    (
        "cfssl sign -ca ca.pem -ca-key ca-key.pem in.json",
        1,
        "9002",
        None,
    ),
    (
        "cfssl sign -ca ca.pem -ca-key ca-key.pem ca.pem",
        1,
        "not a csr",
        None,
    ),
    (
        "cfssl gencert -ca ca.pem -ca-key ca-key.pem weak.json",
        1,
        "2400",
        None,
    ),
    ("cfssl gencert -initca nobody.json", 1, "5300", None),
    ("cfssl certinfo", 1, "-cert", None),
    ("cfssl certinfo -cert in.json", 1, "1002", None),
    ("cfssl certinfo -cert ca.csr", 1, "1003", None),
    ("cfssl print-defaults", 1, "not enough arguments", None),
    (
        "cfssljson -bare x < broken.json",
        1,
        "Failed to parse input",
        None,
    ),
    ("cfssljson -f nothere -bare x", 1, "`nothere`", None),
    ("cfssljson < in.json", 1, "Request failed:", None),
];

/// What is refused here, and what is said: mostly who has it.
const MISSING: [(&str, &str); 7] = [
    ("cfssl serve", "anyrole server"),
    // Which Debian's passes over.
    ("cfssl genkey in.json extra", "only one argument"),
    ("cfssl bundle -cert ca.pem", "Cloudflare"),
    ("cfssl ocspsign", "OCSP"),
    ("cfssl certinfo -domain example.net", "openssl s_client"),
    ("cfssl gencert -remote 127.0.0.1 in.json", "Cloudflare"),
    ("cfssl genkey ed25519.json", "Ed25519"),
];

fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("in.json", r#"{"CN":"a"}"#);
    desk.put("root.json", r#"{"CN":"a","ca":{}}"#);
    desk.put("broken.json", "{");
    desk.put(
        "weak.json",
        r#"{"CN":"a","key":{"algo":"rsa","size":1024}}"#,
    );
    desk.put("nobody.json", r#"{"names":[]}"#);
    desk.put(
        "ed25519.json",
        r#"{"CN":"a","key":{"algo":"ed25519","size":256}}"#,
    );
    desk.put(
        "config.json",
        r#"{"signing":{"default":{"expiry":"168h"}}}"#,
    );
    for base in ["ca", "other"] {
        desk.succeeds(
            &desk.ours,
            &format!("cfssl gencert -initca in.json | cfssljson -bare {base}"),
        );
    }
    desk.put("foreign.csr", &desk.text("other.csr"));
    desk
}

#[test]
fn statuses_are_theirs() {
    let desk = desk();
    let makers = Desk::theirs("statuses_are_theirs");
    for (line, status, said, theirs) in ROWS {
        let output = desk.sh(&desk.ours, line);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{line}: {stderr}");
        assert!(stderr.contains(said), "{line}: {stderr}");
        assert!(output.stdout.is_empty(), "{line}");
        for maker in &makers {
            let output = desk.sh(maker, line);
            let expected = theirs.unwrap_or(status);
            assert_eq!(
                output.status.code(),
                Some(expected),
                "{} $ {line}: {output:?}",
                maker.name
            );
        }
    }
}

#[test]
fn what_is_not_here_is_named_with_who_has_it() {
    let desk = desk();
    for (line, said) in MISSING {
        let output = desk.sh(&desk.ours, line);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{line}");
        assert!(stderr.contains(said), "{line}: {stderr}");
    }
}

#[test]
fn examples_and_log_lines_are_theirs() {
    let desk = desk();
    for maker in Desk::theirs("examples_and_log_lines_are_theirs") {
        for name in ["config", "csr"] {
            let line = format!("cfssl print-defaults {name}");
            assert_eq!(
                desk.succeeds(&desk.ours, &line),
                desk.succeeds(&maker, &line)
            );
        }
        // Without time and serial number.
        for line in [
            "cfssl gencert -initca in.json",
            "cfssl gencert -loglevel 2 -initca in.json",
            "cfssl gencert -ca ca.pem -ca-key ca-key.pem -hostname a.example.net in.json",
            "cfssl gencert -renewca -ca ca.pem -ca-key ca-key.pem",
            "cfssl genkey in.json",
            "cfssl sign -ca ca.pem -ca-key ca-key.pem foreign.csr",
        ] {
            let said = [&desk.ours, &maker].map(|maker| {
                let output = desk.sh(maker, line);
                let stderr = String::from_utf8(output.stderr).unwrap();
                let lines = stderr.lines().map(|line| {
                    let behind = line.split_once('[').unwrap().1;
                    behind
                        .trim_end_matches(|last: char| last.is_ascii_digit())
                        .to_owned()
                });
                lines.collect::<Vec<_>>()
            });
            assert_eq!(said[0], said[1], "{} $ {line}", maker.name);
        }
    }
}

#[test]
fn cfssljson_prints_and_writes_what_theirs_does() {
    let desk = desk();
    desk.put(
        "answer.json",
        r#"{"cert":"c\n","key":"k\n","csr":"r\n","encrypted_key":"e"}"#,
    );
    desk.put("wrapped.json", r#"{"success":true,"result":{"certificate":"c","private_key":"k","certificate_request":"r"},"errors":[]}"#);
    desk.put(
        "failed.json",
        r#"{"success":false,"errors":[{"message":"one"},{"message":"two"}]}"#,
    );
    for maker in Desk::theirs("cfssljson_prints_and_writes_what_theirs_does") {
        for line in [
            "cfssljson -stdout -bare < answer.json",
            "cfssljson -stdout -f wrapped.json",
        ] {
            assert_eq!(
                desk.succeeds(&desk.ours, line),
                desk.succeeds(&maker, line),
                "{line}"
            );
        }
        let said = [&desk.ours, &maker].map(|maker| {
            String::from_utf8(desk.sh(maker, "cfssljson < failed.json").stderr).unwrap()
        });
        assert_eq!(said[0], said[1]);
        for (maker, base) in [(&desk.ours, "a"), (&maker, "b")] {
            desk.succeeds(maker, &format!("cfssljson -bare {base} < answer.json"));
        }
        for suffix in [".pem", "-key.pem", ".csr", "-key.enc"] {
            let [ours, theirs] = ["a", "b"].map(|base| desk.text(&format!("{base}{suffix}")));
            assert_eq!(ours, theirs, "{suffix}");
        }
    }
    // A key that lay there for all to read does not stay so.
    desk.put("a-key.pem", "old");
    desk.succeeds(
        &desk.ours,
        "chmod 644 a-key.pem; cfssljson -bare a < answer.json",
    );
    assert_eq!(desk.mode("a-key.pem"), 0o600);
}
