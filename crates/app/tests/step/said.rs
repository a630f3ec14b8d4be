//! What step prints, and what it refuses: both programs on the same files, octet by octet.

use super::Side;

/// Lines whose status, standard output and standard error are the same.
const SAME: [&str; 46] = [
    "certificate inspect leaf.crt",
    "certificate inspect root.crt --short",
    "certificate inspect leaf.crt --short",
    "certificate inspect both.crt --bundle",
    "certificate inspect both.crt",
    "certificate inspect both.crt --format pem --bundle",
    "certificate inspect rsa.crt",
    "certificate inspect wide.crt",
    "certificate inspect wide.crt --short",
    "certificate inspect ask.csr",
    "certificate inspect ask.csr --short",
    "certificate inspect ask.csr --format pem",
    "certificate inspect < leaf.crt",
    "certificate inspect - < leaf.der",
    "certificate inspect leaf.crt --format yaml",
    "certificate inspect leaf.crt --format json --short",
    "certificate inspect a.crt b.crt",
    "certificate inspect none.crt",
    "certificate inspect pass",
    "certificate fingerprint leaf.crt",
    "certificate fingerprint both.crt --bundle",
    "certificate fingerprint leaf.crt --format base64-url-raw",
    "certificate fingerprint leaf.crt --format base64",
    "certificate fingerprint leaf.crt --sha1 --insecure",
    "certificate fingerprint leaf.crt --sha1",
    "certificate fingerprint leaf.crt --format bogus",
    "certificate fingerprint ask.csr",
    "certificate fingerprint < leaf.der",
    "certificate verify leaf.crt --roots root.crt",
    "certificate verify leaf.crt --roots root.crt --verbose",
    "certificate verify leaf.crt --roots root.crt --host leaf.example --verbose",
    "certificate verify leaf.crt --roots root.crt --host other.example",
    "certificate verify leaf.crt --roots rsa.crt",
    "certificate verify root.crt --roots root.crt,rsa.crt",
    "certificate verify leaf.crt",
    "certificate verify none.crt",
    "certificate format leaf.der",
    "certificate format leaf.crt",
    "certificate format ask.csr",
    "certificate format leaf.crt --out out.der && cat out.der",
    "certificate bundle leaf.crt root.crt new.crt && cat new.crt",
    "certificate bundle leaf.crt pass new2.crt",
    "certificate p12 out.p12",
    "certificate p12 out.p12 leaf.crt",
    "crypto keypair a a",
    "crypto change-pass none.key --no-password",
];

/// Refusals: nothing is made, and the words are the same.
const REFUSED: [&str; 22] = [
    "certificate create",
    "certificate create a b",
    "certificate create a b c d",
    "certificate create a b b",
    "certificate create a b c",
    "certificate create a b c --profile bogus",
    "certificate create a b c --ca root.crt",
    "certificate create a b c --no-password",
    "certificate create a b c --profile self-signed",
    "certificate create a b c --profile root-ca --ca root.crt",
    "certificate create a b c --profile root-ca --ca-key root.key",
    "certificate create a b c --profile intermediate-ca --bundle",
    "certificate create a b c --not-after soon",
    "certificate create a b c --not-before 2h --not-after 1h",
    "certificate create a b c --size 2048",
    "certificate create a b c --kty EC --size 2048",
    "certificate create a b c --kty RSA --curve P-256",
    "certificate create a b c --kty RSA --size 1024",
    "certificate create a b c --kty DSA",
    "certificate create a b c --profile root-ca --csr",
    "certificate sign ask.csr root.crt",
    "crypto keypair a b --no-password",
];

/// The same files for both.
fn stage() -> (Side, Option<Side>) {
    let ours = Side::ours();
    let open = "--no-password --insecure";
    for line in [
        format!("create Root root.crt root.key --profile root-ca {open}"),
        format!("create leaf.example leaf.crt leaf.key --ca root.crt --ca-key root.key {open}"),
        format!("create RSA rsa.crt rsa.key --kty RSA --profile root-ca {open}"),
        format!(
            "create ask ask.csr ask.key {open} --san a.example --san 1.2.3.4 --san spiffe://x/y --csr"
        ),
        "bundle leaf.crt root.crt both.crt".to_owned(),
        "format leaf.crt --out leaf.der".to_owned(),
    ] {
        ours.succeeds(&format!("step certificate {line}"));
    }
    ours.put("pass", "correct horse battery staple\n");
    // All that a certificate may say, by openssl.
    let extensions = "[x]\nbasicConstraints=critical,CA:TRUE,pathlen:3\nkeyUsage=digitalSignature,keyAgreement,keyCertSign\n\
        extendedKeyUsage=critical,clientAuth,1.2.3.4\nsubjectKeyIdentifier=hash\n\
        subjectAltName=DNS:a.example,DNS:b.example,IP:1.2.3.4,email:a@b.c,URI:spiffe://x/y\n\
        authorityInfoAccess=OCSP;URI:http://o/,caIssuers;URI:http://c/\n\
        crlDistributionPoints=URI:http://d/1,URI:http://d/2\ncertificatePolicies=1.2.3,1.2.4\n1.2.3.4.5=ASN1:UTF8String:something\n\
        [req]\ndistinguished_name=dn\n[dn]\n";
    ours.put("wide.cnf", extensions);
    let line = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -days 9 -keyout wide.key -out wide.crt -config wide.cnf \
                -extensions x -subj /C=CH/ST=ZH/L=Zurich/O=Example/OU=Ops/CN=wide/emailAddress=a@b.c/UID=7/DC=x/serialNumber=9";
    super::openssl(ours.folder.path(), line);
    let line = "req -new -newkey rsa:2048 -nodes -keyout rsa2.key -out rsa.csr -subj /C=DE/O=Ex/CN=r/UID=7 -addext keyUsage=critical,digitalSignature \
                -addext subjectAltName=DNS:a.example,IP:192.0.2.1,IP:2001:db8::1,email:a@b.c,email:c@d.e,URI:https://x/";
    super::openssl(ours.folder.path(), line);
    let line = "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-521 -nodes -keyout bare.key -out bare.csr -subj /CN=bare";
    super::openssl(ours.folder.path(), line);
    let real = Side::real("what step prints");
    if let Some(real) = &real {
        for entry in std::fs::read_dir(ours.folder.path()).unwrap() {
            let entry = entry.unwrap();
            if entry.path().is_file() {
                std::fs::copy(entry.path(), real.path(entry.file_name().to_str().unwrap()))
                    .unwrap();
            }
        }
    }
    (ours, real)
}

#[test]
fn what_is_printed_and_refused_is_the_same() {
    let (ours, real) = stage();
    let lines = SAME.iter().map(|line| (line, false));
    for (line, is_refused) in lines.chain(REFUSED.iter().map(|line| (line, true))) {
        let line = format!("step {line}");
        let output = ours.run(&line);
        let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if is_refused {
            assert_eq!(output.status.code(), Some(1), "{line}");
            assert!(
                output.stdout.is_empty() && !output.stderr.is_empty(),
                "{line}"
            );
            assert!(
                !ours.path("b").exists() && !ours.path("c").exists(),
                "{line}"
            );
        }
        let Some(real) = &real else { continue };
        let theirs = real.run(&line);
        assert_eq!(shown(&output.stderr), shown(&theirs.stderr), "{line}");
        assert_eq!(shown(&output.stdout), shown(&theirs.stdout), "{line}");
        assert_eq!(output.stdout, theirs.stdout, "{line}");
        assert_eq!(output.status.code(), theirs.status.code(), "{line}");
    }
}

#[test]
fn json_has_the_same_fields_in_the_same_order() {
    let (ours, real) = stage();
    for line in [
        "leaf.crt --format json",
        "root.crt --format json",
        "rsa.crt --format json",
        "wide.crt --format json",
        "both.crt --format json --bundle",
        "ask.csr --format json",
        "rsa.csr --format json",
        "bare.csr --format json",
    ] {
        let line = format!("step certificate inspect {line}");
        let json = ours.succeeds(&line);
        let read: serde_json::Value = serde_json::from_str(&short_numbers(&json)).unwrap();
        assert!(read.is_object() || read.is_array(), "{line}");
        let Some(real) = &real else { continue };
        assert_eq!(
            without_order(&json),
            without_order(&real.succeeds(&line)),
            "{line}"
        );
    }
}

/// The numbers of a public key are longer than serde's largest.
fn short_numbers(json: &str) -> String {
    let short = |line: &str| match line.split_once(": ") {
        Some((name, number)) => {
            let digits = number.trim_end_matches(',');
            let is_long = digits.len() > 18 && digits.bytes().all(|octet| octet.is_ascii_digit());
            let number = match is_long {
                true => number.replace(digits, "1"),
                false => number.to_owned(),
            };
            format!("{name}: {number}\n")
        }
        None => format!("{line}\n"),
    };
    json.lines().map(short).collect()
}

/// The real step writes the names of hosts in an order by chance.
fn without_order(json: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = json.lines().collect();
    let mut start = 0;
    while let Some(at) = lines[start..]
        .iter()
        .position(|line| line.trim() == "\"names\": [")
    {
        let first = start + at + 1;
        let count = lines[first..]
            .iter()
            .position(|line| line.trim() == "],")
            .unwrap();
        let names = &mut lines[first..first + count];
        names
            .iter_mut()
            .for_each(|line| *line = line.trim_end_matches(','));
        names.sort_unstable();
        start = first + count;
    }
    lines
}

#[test]
fn what_is_left_out_names_who_has_it() {
    let (ours, _) = stage();
    for (line, said) in [
        ("ca init", "Smallstep's own step"),
        ("ssh certificate", "ssh-keygen"),
        ("certificate lint leaf.crt", "zlint"),
        ("certificate install root.crt", "update-ca-certificates"),
        ("crypto jwk create a b", "Smallstep's own step"),
        ("crypto hash digest leaf.crt", "openssl dgst"),
        (
            "certificate inspect https://example.com",
            "openssl s_client",
        ),
        ("certificate verify leaf.crt --verify-ocsp", "openssl ocsp"),
        (
            "certificate create a b c --template x.tpl",
            "Smallstep's own step",
        ),
        ("certificate create a b c --kty OKP", "openssl genpkey"),
        (
            "certificate create a b c --ca root.crt --ca-kms awskms:region=x --ca-key awskms:key-id=y",
            "step-kms-plugin",
        ),
        (
            "certificate fingerprint leaf.crt --format emoji",
            "Smallstep's own step",
        ),
        (
            "certificate create a b c --bogus",
            "flag provided but not defined: -bogus",
        ),
        ("bogus", "unrecognized subcommand"),
    ] {
        let output = ours.run(&format!("step {line}"));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{line}: {stderr}");
        assert!(stderr.contains(said), "{line}: {stderr}");
        assert!(output.stdout.is_empty(), "{line}");
    }
    for line in [
        "step help certificate create",
        "step certificate sign --help",
        "step",
    ] {
        let help = ours.succeeds(line);
        assert!(help.contains("Usage: step"), "{line}: {help}");
    }
    for line in ["step version", "step --version", "step -v"] {
        assert!(
            ours.succeeds(line).starts_with("Anyrole as step/"),
            "{line}"
        );
    }
    let flags = ours.succeeds(
        "STEP_NO_PASSWORD=1 STEP_INSECURE=1 step crypto keypair e.pub e.key && cat e.key",
    );
    assert!(
        flags.starts_with("-----BEGIN EC PRIVATE KEY-----"),
        "{flags}"
    );
}
