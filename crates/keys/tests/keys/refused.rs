//! What is no key that we read: each is refused with what it is and the command that cures it.

use anyrole_keys::{FileKey, Password};

use crate::openssl::{PASSWORD, file, folder, openssl};

#[test]
fn each_refusal_names_its_reason_and_the_cure() {
    let dir = folder();
    openssl(dir.path(), "genrsa -traditional -out rsa.pem 2048");
    let explicit = "-param_enc explicit -genkey -noout -out out";
    let table = [
        (
            "genrsa -traditional -out out 1024",
            ["fewer than 2048 bits", "openssl genrsa"],
        ),
        (
            "genpkey -algorithm ed25519 -out out",
            ["type Ed25519", "openssl genpkey"],
        ),
        (
            "genpkey -algorithm ed25519 -outform DER -out out",
            ["type Ed25519", "openssl genpkey"],
        ),
        (
            "genpkey -algorithm ed448 -out out",
            ["type Ed448", "openssl genpkey"],
        ),
        (
            "genpkey -algorithm x25519 -out out",
            ["type X25519", "openssl genpkey"],
        ),
        (
            "genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out out",
            ["type RSASSA-PSS", "openssl genpkey"],
        ),
        (
            "ecparam -name secp224r1 -genkey -noout -out out",
            ["EC P-224", "openssl genpkey"],
        ),
        (
            "ecparam -name secp256k1 -genkey -noout -out out",
            ["EC secp256k1", "openssl genpkey"],
        ),
        (
            "ecparam -name brainpoolP256r1 -genkey -noout -outform DER -out out",
            ["EC brainpoolP256r1", "openssl genpkey"],
        ),
        (
            &format!("ecparam -name prime256v1 {explicit}"),
            [
                "spells its curve out",
                "openssl ec -in OLD -param_enc named_curve",
            ],
        ),
        (
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -pkeyopt ec_param_enc:explicit -out out",
            [
                "spells its curve out",
                "openssl ec -in OLD -param_enc named_curve",
            ],
        ),
        (
            "pkcs8 -topk8 -in rsa.pem -v2 camellia-256-cbc -passout file:pass -out out",
            ["Camellia-256", "openssl pkcs8 -topk8"],
        ),
        (
            "pkcs8 -topk8 -in rsa.pem -v1 PBE-SHA1-RC4-128 -provider legacy -provider default -passout file:pass -out out",
            ["RC4 with 128 bits", "openssl pkcs8 -topk8"],
        ),
        (
            "rsa -in rsa.pem -traditional -camellia128 -passout file:pass -out out",
            ["CAMELLIA-128-CBC", "openssl pkcs8 -topk8"],
        ),
        (
            "req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout other.pem -out out",
            ["found: CERTIFICATE", "no private key"],
        ),
        (
            "req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout other.pem -outform DER -out out",
            ["found: a certificate", "no private key"],
        ),
        (
            "rsa -in rsa.pem -pubout -out out",
            ["found: PUBLIC KEY", "no private key"],
        ),
    ];
    for (make, expected) in table {
        openssl(dir.path(), make);
        let bytes = std::fs::read(file(&dir, "out")).unwrap();
        check(make, &bytes, &expected);
    }
}

#[test]
fn other_programs_files_are_named() {
    let dir = folder();
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "ecdsa", "-N", "", "-f", "ssh"])
        .current_dir(dir.path())
        .status();
    assert!(made.unwrap().success());
    let ssh = std::fs::read(file(&dir, "ssh")).unwrap();
    check("ssh", &ssh, &["an OpenSSH key", "ssh-keygen -p -m PKCS8"]);
    // And the cure cures.
    let cured = std::process::Command::new("ssh-keygen")
        .args(["-q", "-p", "-m", "PKCS8", "-N", "", "-f", "ssh"])
        .current_dir(dir.path())
        .output();
    assert!(cured.unwrap().status.success());
    FileKey::parse(&std::fs::read(file(&dir, "ssh")).unwrap(), None).unwrap();
    let table: [(&[u8], &[&str]); 6] = [
        (
            &[0x30, 0x80, 2, 1, 3, 0x30, 0x80],
            &["BER of indefinite length", "openssl pkcs12 -in OLD"],
        ),
        (
            br#" {"kty":"EC","crv":"P-256"}"#,
            &["a JSON Web Key", "step crypto key format"],
        ),
        (
            b"PuTTY-User-Key-File-3: ecdsa-sha2-nistp256",
            &["a PuTTY key", "puttygen"],
        ),
        (
            b"\xfe\xed\xfe\xed\0\0\0\x02",
            &["a Java key store", "keytool"],
        ),
        (b"\x30\x03\x02\x01", &["neither PEM nor DER"]),
        (&[b' '; (1 << 20) + 1], &["larger than 1048576 bytes"]),
    ];
    for (bytes, expected) in table {
        check("other", bytes, expected);
    }
}

fn check(make: &str, bytes: &[u8], expected: &[&str]) {
    let refused = FileKey::parse(bytes, Some(&Password::from(PASSWORD))).unwrap_err();
    let text = refused.to_string();
    for expected in expected {
        assert!(text.contains(expected), "{make}: {text}");
    }
}
