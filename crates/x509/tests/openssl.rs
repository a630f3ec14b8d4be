//! Certificates as the openssl CLI makes them: accepted where they should be, and judged as
//! `openssl verify` judges them where both have the rule.

#![expect(clippy::unwrap_used, reason = "tests")]

mod made;

use std::path::Path;
use std::process::Command;

use anyrole_x509::{
    AnchorCertificates, PresentedChain, Reason, Revocation, VerifiedChain, verify_chain,
};
use jiff::{SignedDuration, Timestamp};
use made::{CA_EXTENSIONS, EC, LEAF_EXTENSIONS, openssl, openssl_signed};

const RSA: &str = "-newkey rsa:2048";
const P384: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-384";
const P521: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-521";

/// openssl dates certificates from now on, so the tests' moment is an hour after the leaf's start.
fn verify(folder: &Path, leaf: &[u8], chain: &[&[u8]]) -> Result<VerifiedChain, Reason> {
    let pem = std::fs::read_to_string(folder.join("root.pem")).unwrap();
    let anchor = AnchorCertificates::parse_bundle(&pem).unwrap();
    let chain = chain.iter().map(|der| der.to_vec()).collect();
    let presented = PresentedChain::from_der(leaf.to_vec(), chain).unwrap();
    let start = presented.unverified_leaf().unwrap().not_before;
    let at: Timestamp = start + SignedDuration::from_hours(1);
    verify_chain(&presented, &anchor, &Revocation::NONE, at).map_err(|refusal| refusal.reason)
}

/// Makes `root.pem`, which is also the CA that signs (`ca.pem`, `ca.key`).
fn make_root(folder: &Path, arguments: &str) {
    openssl(
        folder,
        &format!(
            "req -x509 -nodes -keyout ca.key -out root.pem -subj /O=Test/CN=Root -days 3650 \
             -addext keyUsage=critical,keyCertSign,cRLSign {arguments}"
        ),
    );
    std::fs::copy(folder.join("root.pem"), folder.join("ca.pem")).unwrap();
}

#[test]
fn algorithms_of_openssl() {
    let leaf = format!("{EC} -subj /CN=leaf");
    let pss = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest";
    let rows = [
        (RSA, "-sha256".to_owned(), None),
        (RSA, "-sha384".to_owned(), None),
        (RSA, "-sha512".to_owned(), None),
        (RSA, format!("-sha256 {pss}"), None),
        (RSA, format!("-sha384 {pss}"), None),
        (RSA, format!("-sha512 {pss}"), None),
        (RSA, format!("-sha1 {pss}"), Some(Reason::LeafWeakSignature)),
        (RSA, "-sha1".to_owned(), Some(Reason::LeafWeakSignature)),
        (RSA, "-md5".to_owned(), Some(Reason::LeafWeakSignature)),
        (RSA, "-sha224".to_owned(), Some(Reason::LeafWeakSignature)),
        (EC, "-sha224".to_owned(), Some(Reason::LeafWeakSignature)),
        (EC, "-sha1".to_owned(), Some(Reason::LeafWeakSignature)),
    ];
    let mut rows: Vec<(&str, String, Option<Reason>)> = rows.to_vec();
    for curve in [EC, P384, P521] {
        for digest in ["-sha256", "-sha384", "-sha512"] {
            rows.push((curve, digest.to_owned(), None));
        }
    }
    for (ca_key, sign, refused) in rows {
        let folder = tempfile::tempdir().unwrap();
        make_root(folder.path(), ca_key);
        let leaf = openssl_signed(folder.path(), &leaf, &sign, Some(LEAF_EXTENSIONS));
        let verdict = verify(folder.path(), &leaf, &[]).err();
        assert_eq!(verdict, refused, "{ca_key} {sign}");
    }
}

#[test]
fn leaves_of_openssl() {
    let folder = tempfile::tempdir().unwrap();
    make_root(folder.path(), RSA);
    let usage = "keyUsage=digitalSignature,keyEncipherment\n";
    let rows = [
        (format!("{EC} -subj /CN=leaf"), usage, None),
        (format!("{P384} -subj /CN=leaf"), usage, None),
        (format!("{P521} -subj /CN=leaf"), usage, None),
        ("-newkey rsa:4096 -subj /CN=leaf".to_owned(), usage, None),
        (
            format!("{RSA} -subj /CN=leaf"),
            "keyUsage=critical,nonRepudiation\n",
            Some(Reason::NoDigitalSignature),
        ),
        (
            format!("{EC} -subj /CN=leaf"),
            "basicConstraints=CA:FALSE\n",
            Some(Reason::NoDigitalSignature),
        ),
        (
            format!("{EC} -subj /"),
            usage,
            Some(Reason::LeafEmptySubject),
        ),
        (
            format!("{EC} -subj /CN=leaf"),
            "keyUsage=digitalSignature\ncertificatePolicies=critical,1.2.3.4\n",
            Some(Reason::LeafUnknownCriticalExtension),
        ),
        (
            format!("{EC} -subj /CN=leaf"),
            "keyUsage=digitalSignature\ncertificatePolicies=1.2.3.4\n\
             crlDistributionPoints=URI:http://crl.example/a\nauthorityInfoAccess=OCSP;URI:http://o.example\n",
            None,
        ),
    ];
    for (request, extensions, refused) in rows {
        let leaf = openssl_signed(folder.path(), &request, "", Some(extensions));
        assert_eq!(
            verify(folder.path(), &leaf, &[]).err(),
            refused,
            "{request} {extensions}"
        );
    }
}

/// Names that older tools write: T61String and BMPString.
#[test]
fn old_string_types() {
    let folder = tempfile::tempdir().unwrap();
    make_root(folder.path(), EC);
    for mask in ["MASK:0x4", "MASK:0x800", "utf8only"] {
        let config = format!(
            "[req]\nstring_mask={mask}\ndistinguished_name=dn\nprompt=no\nutf8=yes\n[dn]\nO=Zürich\nCN=w1\n"
        );
        std::fs::write(folder.path().join("names.cnf"), config).unwrap();
        let request = format!("{EC} -config names.cnf");
        let leaf = openssl_signed(folder.path(), &request, "", Some(LEAF_EXTENSIONS));
        let chain = verify(folder.path(), &leaf, &[]).unwrap();
        assert_eq!(chain.leaf().subject.to_string(), "CN=w1,O=Zürich", "{mask}");
    }
}

#[test]
fn openssl_verify_agrees_on_intermediates() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let rows = [
        (CA_EXTENSIONS, true),
        (
            "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=keyCertSign\n",
            true,
        ),
        ("basicConstraints=CA:TRUE\n", true),
        (
            "basicConstraints=critical,CA:FALSE\nkeyUsage=keyCertSign\n",
            false,
        ),
        (
            "basicConstraints=critical,CA:TRUE\nkeyUsage=cRLSign\n",
            false,
        ),
        ("keyUsage=keyCertSign\n", false),
        (
            "basicConstraints=critical,CA:TRUE\nextendedKeyUsage=serverAuth\n",
            false,
        ),
        (
            "basicConstraints=critical,CA:TRUE\nextendedKeyUsage=clientAuth\n",
            true,
        ),
        (
            "basicConstraints=critical,CA:TRUE\nnameConstraints=critical,permitted;DNS:a.example\n",
            true,
        ),
        (
            "basicConstraints=critical,CA:TRUE\nnameConstraints=critical,excluded;DNS:a.example\n",
            false,
        ),
        (
            "basicConstraints=critical,CA:TRUE\nnameConstraints=critical,permitted;DNS:b.example\n",
            false,
        ),
    ];
    for (extensions, accepted) in rows {
        make_root(path, EC);
        let request = format!("{EC} -subj /CN=Intermediate");
        let intermediate = openssl_signed(path, &request, "", Some(extensions));
        std::fs::rename(path.join("made.key"), path.join("ca.key")).unwrap();
        std::fs::write(path.join("int.der"), &intermediate).unwrap();
        openssl(path, "x509 -inform DER -in int.der -out ca.pem");
        let leaf_extensions = format!("{LEAF_EXTENSIONS}subjectAltName=DNS:x.a.example\n");
        let request = format!("{EC} -subj /CN=leaf");
        let leaf = openssl_signed(path, &request, "", Some(&leaf_extensions));
        std::fs::write(path.join("leaf.der"), &leaf).unwrap();
        openssl(path, "x509 -inform DER -in leaf.der -out leaf.pem");
        let theirs = Command::new("openssl")
            .args(
                "verify -purpose sslclient -CAfile root.pem -untrusted ca.pem leaf.pem".split(' '),
            )
            .current_dir(path)
            .output()
            .unwrap();
        let ours = verify(path, &leaf, &[&intermediate]);
        assert_eq!(ours.is_ok(), accepted, "{extensions}: {:?}", ours.err());
        assert_eq!(
            theirs.status.success(),
            accepted,
            "openssl: {extensions}: {theirs:?}"
        );
    }
}
