//! The same input for ours and for Cloudflare's programs: answers, requests, certificates and descriptions are compared field by
//! field. Every difference stands here and, with its reason, in docs/cfssl-differences.md.

use serde_json::Value;

use super::certificate::{certificate, differences, request};
use super::desk::{Desk, Maker};

const NAMES: &str =
    r#""names":[{"C":"CH","L":"Zurich","O":"Custom CA","OU":"Platform","ST":"ZH"}]"#;
const P256: &str = r#""key":{"algo":"ecdsa","size":256}"#;
/// RFC 8813: EC keys encipher nothing.
const KEY_USAGE: &str = "2.5.29.15";
const ALTERNATIVE_NAMES: &str = "2.5.29.17";

/// A line of a shell, the request that it reads, and in what ours differs from Debian's and today's.
struct Row {
    line: &'static str,
    request: String,
    certificate: [&'static [&'static str]; 2],
    csr: [&'static [&'static str]; 2],
}

fn same(line: &'static str, request: String) -> Row {
    Row {
        line,
        request,
        certificate: [&[], &[]],
        csr: [&[], &[]],
    }
}

/// A leaf with an EC key.
fn leaf(line: &'static str, request: String) -> Row {
    Row {
        certificate: [&[KEY_USAGE], &[KEY_USAGE]],
        ..same(line, request)
    }
}

const CONFIG: &str = r#"{"signing":{"default":{"expiry":"168h","usages":["signing","client auth"],"crl_url":"http://crl.example.net/d.crl"},
"profiles":{
"www":{"expiry":"8760h","usages":["signing","server auth"],"ocsp_url":"http://ocsp.example.net","issuer_urls":["http://ca.example.net/a","http://ca.example.net/b"],"crl_url":"http://crl.example.net/w.crl"},
"client":{"expiry":"1h30m","backdate":"1h","usages":["digital signature","key agreement","client auth","s/mime","any"]},
"middle":{"expiry":"17520h","usages":["cert sign","crl sign"],"ca_constraint":{"is_ca":true,"max_path_len":0,"max_path_len_zero":true}},
"policies":{"expiry":"1h","usages":["signing","client auth"],"ocsp_no_check":true,"policies":[{"ID":"1.2.3.4"},{"ID":"2.23.140.1.2.1","Qualifiers":[{"Type":"id-qt-cps","Value":"http://example.net/cps"},{"Type":"id-qt-unotice","Value":"Mind it"}]}]},
"fixed":{"expiry":"1h","usages":["signing","client auth"],"not_before":"2026-01-02T03:04:05Z","not_after":"2026-03-04T05:06:07Z"},
"named":{"expiry":"1h","usages":["signing","client auth"],"name_whitelist":"^[a-z.]+\\.example\\.net$"},
"strict":{"expiry":"1h","usages":["signing","client auth"],"CSRWhitelist":{"Subject":true,"PublicKeyAlgorithm":true,"PublicKey":true,"SignatureAlgorithm":true,"DNSNames":true}},
"copy":{"expiry":"1h","usages":["signing","client auth"],"copy_extensions":true}}}}"#;

fn rows() -> Vec<Row> {
    let plain =
        |hosts: &str| format!(r#"{{"CN":"aws.example.net",{P256},"hosts":[{hosts}],{NAMES}}}"#);
    let hosts = r#""www.example.net","10.0.0.1","me@example.net","*.example.net","2001:db8::1""#;
    let by = |line| same(line, plain(hosts));
    vec![
        // Roots.
        same("gencert -initca IN", format!(r#"{{"CN":"Root",{P256},{NAMES}}}"#)),
        same("gencert -initca IN", r#"{"CN":"Root","key":{"algo":"rsa","size":2048},"names":[{"O":"a"}]}"#.into()),
        same("gencert -initca IN", r#"{"CN":"Root","key":{"algo":"ecdsa","size":521}}"#.into()),
        same(
            "gencert -initca IN",
            format!(r#"{{"CN":"Root",{P256},"ca":{{"expiry":"720h","pathlen":2}},"hosts":["10.0.0.1","a.example.net"]}}"#),
        ),
        same(
            "gencert -initca -cn Other IN",
            format!(r#"{{"CN":"Root",{P256},"ca":{{"pathlenzero":true}}}}"#),
        ),
        same("genkey -initca IN", format!(r#"{{"CN":"Root",{P256}}}"#)),
        same("gencert -initca -ca-key ca-key.pem IN", format!(r#"{{"CN":"Again",{P256},"ca":{{"expiry":"9h"}}}}"#)),
        same("gencert -renewca -ca ca.pem -ca-key ca-key.pem", "{}".into()),
        // Leaves without a file.
        leaf("gencert -ca ca.pem -ca-key ca-key.pem IN", plain(hosts)),
        leaf("gencert -ca ca.pem -ca-key ca-key.pem IN", plain("")),
        same(
            "gencert -ca ca.pem -ca-key ca-key.pem IN",
            format!(r#"{{"CN":"a","key":{{"algo":"rsa","size":2048}},{NAMES}}}"#),
        ),
        leaf(
            "gencert -ca rsa.pem -ca-key rsa-key.pem -hostname=a.example.net,10.1.1.1 -cn b IN",
            plain(hosts),
        ),
        // The spelling of names counts for nothing; values of one kind share a part, `E` is ASCII and not UTF-8.
        leaf(
            "gencert -ca ca.pem -ca-key ca-key.pem IN",
            r#"{"cn":"Jürgen *","Names":[{"ou":"b"},{"OU":"a & b","O":"x"},{"OU":""}],"SerialNumber":"77","hosts":["a.example.net"]}"#.into(),
        ),
        Row {
            certificate: [&[KEY_USAGE, "subject"], &[KEY_USAGE, "subject"]],
            csr: [&["subject"], &["subject"]],
            ..same(
                "gencert -ca ca.pem -ca-key ca-key.pem IN",
                r#"{"CN":"a","names":[{"E":"me@example.net"}]}"#.into(),
            )
        },
        // An empty host is no name.
        Row {
            certificate: [&[KEY_USAGE, ALTERNATIVE_NAMES, "order"]; 2],
            csr: [&[ALTERNATIVE_NAMES]; 2],
            ..same("gencert -ca ca.pem -ca-key ca-key.pem IN", plain(r#""""#))
        },
        // Debian's has no URIs and takes them for DNS names.
        Row {
            certificate: [&[KEY_USAGE, ALTERNATIVE_NAMES], &[KEY_USAGE]],
            csr: [&[ALTERNATIVE_NAMES], &[]],
            ..same(
                "gencert -ca ca.pem -ca-key ca-key.pem IN",
                plain(r#""spiffe://example.net/a","b.example.net","urn:uuid:1""#),
            )
        },
        // Profiles.
        by("gencert -ca ca.pem -ca-key ca-key.pem -config config.json IN"),
        by("gencert -ca ca.pem -ca-key ca-key.pem -config config.json -profile www IN"),
        by("gencert -ca ca.pem -ca-key ca-key.pem -config config.json -profile client IN"),
        by("gencert -ca ca.pem -ca-key ca-key.pem -config config.json -profile middle IN"),
        by("gencert -ca ca.pem -ca-key ca-key.pem -config config.json -profile policies IN"),
        by("gencert -ca ca.pem -ca-key ca-key.pem -config config.json -profile fixed IN"),
        by("gencert -ca ca.pem -ca-key ca-key.pem -config config.json -profile strict IN"),
        same(
            "gencert -ca ca.pem -ca-key ca-key.pem -config config.json -profile named -hostname www.example.net IN",
            plain(""),
        ),
        // Requests of others.
        // Debian's loses names of other kinds, and copies nothing; today's makes them PrintableStrings.
        Row {
            certificate: [
                &["1.2.3.4", "1.3.6.1.5.5.7.1.24", "order", "subject"],
                &["subject"],
            ],
            ..by("sign -ca ca.pem -ca-key ca-key.pem -config config.json -profile copy foreign.csr")
        },
        by(
            "sign -ca ca.pem -ca-key ca-key.pem -config config.json -hostname b.example.net foreign.csr subject.json",
        ),
        Row {
            certificate: [&["subject"], &["subject"]],
            ..by("sign -ca ca.pem -ca-key ca-key.pem -config config.json -csr foreign.csr")
        },
    ]
}

/// Made once, so that each maker signs with the same authorities.
fn desk(maker: &Maker) -> Desk {
    let desk = Desk::new();
    desk.put(
        "ca.json",
        &format!(r#"{{"CN":"Custom CA Root",{P256},{NAMES}}}"#),
    );
    desk.put(
        "rsa.json",
        r#"{"CN":"RSA root","key":{"algo":"rsa","size":2048}}"#,
    );
    desk.put("config.json", CONFIG);
    desk.put("subject.json", r#"{"CN":"given","names":[{"O":"Given"}]}"#);
    for base in ["ca", "rsa"] {
        let line = format!("cfssl gencert -initca {base}.json | cfssljson -bare {base}");
        desk.succeeds(maker, &line);
    }
    desk.put(
        "foreign.cnf",
        "[req]\ndistinguished_name=dn\nreq_extensions=ext\nprompt=no\n[dn]\nCN=foreign\nO=Asked\nL=Zurich\nDC=example\n\
         [ext]\nsubjectAltName=DNS:f.example.net,IP:10.9.9.9\n1.2.3.4=ASN1:NULL\ntlsfeature=status_request\n",
    );
    desk.openssl(
        "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout foreign.key -config foreign.cnf -out foreign.csr",
    );
    desk
}

fn part<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_default()
}

#[test]
fn certificates_and_requests_are_theirs() {
    let makers = Desk::theirs("certificates_and_requests_are_theirs");
    let desk = desk(&makers[0]);
    for row in rows() {
        desk.put("in.json", &row.request);
        let line = format!("cfssl {}", row.line.replace("IN", "in.json"));
        let ours = desk.json(&desk.ours, &line);
        for (index, maker) in makers.iter().enumerate() {
            let theirs = desk.json(maker, &line);
            let place = format!("{} $ {line} < {}", maker.name, row.request);
            let keys = |answer: &Value| {
                answer
                    .as_object()
                    .unwrap()
                    .keys()
                    .cloned()
                    .collect::<Vec<_>>()
            };
            assert_eq!(keys(&ours), keys(&theirs), "{place}");
            let label = |answer| part(answer, "key").lines().next().map(str::to_owned);
            assert_eq!(label(&ours), label(&theirs), "{place}");
            let mut pair = [&ours, &theirs].map(|answer| certificate(part(answer, "cert")));
            let found = differences(&pair[0], &pair[1]);
            assert_eq!(found, row.certificate[index], "{place}\n{pair:#?}");
            if !part(&ours, "csr").is_empty() {
                pair = [&ours, &theirs].map(|answer| request(part(answer, "csr")));
                let found = differences(&pair[0], &pair[1]);
                assert_eq!(found, row.csr[index], "{place}\n{pair:#?}");
            }
        }
        desk.put("one.pem", part(&ours, "cert"));
        desk.openssl("x509 -in one.pem -noout -text");
    }
}

#[test]
fn what_signs_itself_is_theirs() {
    let desk = Desk::new();
    for (request_text, expected) in [
        (
            r#"{"CN":"self","hosts":["self.example.net"]}"#,
            vec![KEY_USAGE, "lifetime"],
        ),
        (
            r#"{"CN":"self","key":{"algo":"rsa","size":2048}}"#,
            vec!["lifetime"],
        ),
    ] {
        desk.put("in.json", request_text);
        let line = "cfssl selfsign self.example.net in.json";
        let ours = certificate(part(&desk.json(&desk.ours, line), "cert"));
        for maker in Desk::theirs("what_signs_itself_is_theirs") {
            let mut theirs = certificate(part(&desk.json(&maker, line), "cert"));
            let mut ours = ours.clone();
            // It starts five minutes before now and ends three months after; each program cuts fractions of a second.
            for fields in [&mut ours, &mut theirs] {
                fields.remove("start in its minute");
                let lifetime: i64 = fields["lifetime"].parse().unwrap();
                assert!((7_884_300..=7_884_301).contains(&lifetime), "{lifetime}");
                fields.remove("lifetime");
            }
            let expected: Vec<&str> = expected
                .iter()
                .copied()
                .filter(|name| *name != "lifetime")
                .collect();
            let expected = match maker.name {
                // Which loses the names.
                "Debian's" if request_text.contains("hosts") => {
                    vec![KEY_USAGE, ALTERNATIVE_NAMES, "order"]
                }
                _ => expected,
            };
            assert_eq!(differences(&ours, &theirs), expected, "{}", maker.name);
        }
    }
}

/// A line with octets in hex, each without the zeroes that it begins with; nothing is left of one that is zero.
fn without_zeroes(line: &str) -> String {
    let mut begins = false;
    let is_kept = |character: &char| {
        let is_kept = !(begins && *character == '0');
        begins = !is_kept || matches!(character, ':' | '"');
        is_kept
    };
    line.chars().filter(is_kept).collect()
}

#[test]
fn descriptions_are_theirs() {
    let makers = Desk::theirs("descriptions_are_theirs");
    let desk = desk(&makers[0]);
    desk.put(
        "in.json",
        &format!(r#"{{"CN":"a <b> & c",{P256},"hosts":["a.example.net","10.0.0.1","2001:db8::1","me@example.net"],{NAMES}}}"#),
    );
    desk.succeeds(
        &makers[0],
        "cfssl gencert -ca rsa.pem -ca-key rsa-key.pem in.json | cfssljson -bare leaf",
    );
    for file in [
        "-cert ca.pem",
        "-cert rsa.pem",
        "-cert leaf.pem",
        "-csr leaf.csr",
        "-csr rsa.csr",
        "-csr foreign.csr",
        "-cert - < ca.pem",
    ] {
        let line = format!("cfssl certinfo {file}");
        let ours = desk.succeeds(&desk.ours, &line);
        for maker in &makers {
            let mut theirs = desk.succeeds(maker, &line);
            let mut ours = ours.clone();
            if maker.name == "Debian's" {
                // Its identifiers lose the zeroes before single digits, and a request's algorithm is newer.
                for text in [&mut ours, &mut theirs] {
                    *text = text
                        .lines()
                        .filter(|line| !line.contains("RawSignatureAlgorithm"))
                        .map(|line| match line.contains("_key_id") {
                            true => without_zeroes(line),
                            false => line.to_owned(),
                        })
                        .collect::<Vec<_>>()
                        .join("\n");
                }
            }
            assert_eq!(
                ours.trim_end(),
                theirs.trim_end(),
                "{} $ {line}",
                maker.name
            );
        }
    }
}
