//! Keys made by openssl are opened by us, ours by openssl, and each side's signatures hold for the other.

use anyrole_keys::{
    FileKey, KeyAlgorithm, KeyError, KeySpec, Password, SignatureScheme, SigningKey, open_file,
};
use aws_lc_rs::rand::SystemRandom;

use crate::openssl::{PASSWORD, file, openssl};

#[test]
fn opens_every_form_that_openssl_writes() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(file(&dir, "pass"), "correct horse\n").unwrap();
    let kinds = [
        (
            "genrsa -traditional -out KEY 2048",
            KeyAlgorithm::Rsa { bits: 2048 },
        ),
        (
            "genrsa -traditional -out KEY 2050",
            KeyAlgorithm::Rsa { bits: 2050 },
        ),
        (
            "genrsa -traditional -out KEY 3072",
            KeyAlgorithm::Rsa { bits: 3072 },
        ),
        (
            "ecparam -name prime256v1 -genkey -out KEY",
            KeyAlgorithm::EcP256,
        ),
        (
            "ecparam -name secp384r1 -genkey -noout -out KEY",
            KeyAlgorithm::EcP384,
        ),
        (
            "ecparam -name secp521r1 -genkey -out KEY",
            KeyAlgorithm::EcP521,
        ),
    ];
    let conversions = [
        "pkcs8 -topk8 -nocrypt -in KEY -out OUT",
        "pkcs8 -topk8 -passout file:pass -in KEY -out OUT",
        "pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA512 -passout file:pass -in KEY -out OUT",
        "pkcs8 -topk8 -v2 aes-128-cbc -v2prf hmacWithSHA256 -iter 100000 -passout file:pass -in KEY -out OUT",
        "pkcs8 -topk8 -scrypt -passout file:pass -in KEY -out OUT",
    ];
    let password = Password::from(PASSWORD);
    for (make, algorithm) in kinds {
        openssl(dir.path(), &make.replace("KEY", "key.pem"));
        let public = openssl(dir.path(), "pkey -in key.pem -pubout -outform DER");
        let key = open_file(&file(&dir, "key.pem"), None).unwrap();
        assert_eq!(key.algorithm(), algorithm, "{make}");
        assert_eq!(key.public_key_der(), public, "{make}");
        for conversion in conversions {
            let line = conversion
                .replace("KEY", "key.pem")
                .replace("OUT", "out.pem");
            openssl(dir.path(), &line);
            let key = open_file(&file(&dir, "out.pem"), Some(&password)).unwrap();
            assert_eq!(key.algorithm(), algorithm, "{make} {conversion}");
            assert_eq!(key.public_key_der(), public, "{make} {conversion}");
            let pem = std::fs::read(file(&dir, "out.pem")).unwrap();
            let encrypted = conversion.contains("pass");
            assert_eq!(FileKey::is_encrypted(&pem).unwrap(), encrypted);
            if encrypted {
                let without = FileKey::parse(&pem, None);
                assert!(matches!(without, Err(KeyError::PasswordNeeded)));
                let wrong = FileKey::parse(&pem, Some(&Password::from("wrong horse")));
                assert!(matches!(wrong, Err(KeyError::WrongPassword)), "{wrong:?}");
            }
        }
    }
}

#[test]
fn openssl_opens_what_we_write() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(file(&dir, "pass"), "correct horse\n").unwrap();
    let specs = [
        KeySpec::Rsa { bits: 2048 },
        KeySpec::EcP256,
        KeySpec::EcP384,
        KeySpec::EcP521,
    ];
    for spec in specs {
        let key = FileKey::generate(spec).unwrap();
        std::fs::write(file(&dir, "plain.pem"), key.to_pem().unwrap().as_bytes()).unwrap();
        let encrypted = key
            .to_encrypted_pem(&Password::from(PASSWORD), &SystemRandom::new())
            .unwrap();
        assert!(encrypted.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
        std::fs::write(file(&dir, "encrypted.pem"), encrypted.as_bytes()).unwrap();
        let plain = openssl(dir.path(), "pkey -in plain.pem -pubout -outform DER");
        let opened = openssl(
            dir.path(),
            "pkey -in encrypted.pem -passin file:pass -pubout -outform DER",
        );
        openssl(dir.path(), "pkey -in plain.pem -check -noout");
        assert_eq!(plain, key.public_key_der(), "{spec:?}");
        assert_eq!(opened, key.public_key_der(), "{spec:?}");
    }
}

/// Each hash on each kind of key: a hash longer or shorter than the curve's order is the delicate part.
#[test]
fn openssl_verifies_our_signatures() {
    let dir = tempfile::tempdir().unwrap();
    let ecdsa = [
        (SignatureScheme::EcdsaSha256, "sha256"),
        (SignatureScheme::EcdsaSha384, "sha384"),
        (SignatureScheme::EcdsaSha512, "sha512"),
    ];
    let rsa = [
        (SignatureScheme::RsaPkcs1Sha256, "sha256"),
        (SignatureScheme::RsaPkcs1Sha384, "sha384"),
        (SignatureScheme::RsaPkcs1Sha512, "sha512"),
    ];
    let pss = [
        (SignatureScheme::RsaPssSha256, "sha256"),
        (SignatureScheme::RsaPssSha384, "sha384"),
        (SignatureScheme::RsaPssSha512, "sha512"),
    ];
    let table = [
        (KeySpec::Rsa { bits: 2048 }, rsa, ecdsa),
        (KeySpec::EcP256, ecdsa, rsa),
        (KeySpec::EcP384, ecdsa, rsa),
        (KeySpec::EcP521, ecdsa, rsa),
    ];
    let message = b"what is to be signed";
    std::fs::write(file(&dir, "message"), message).unwrap();
    for (spec, fitting, others) in table {
        let key = FileKey::generate(spec).unwrap();
        std::fs::write(file(&dir, "key.pem"), key.to_pem().unwrap().as_bytes()).unwrap();
        openssl(dir.path(), "pkey -in key.pem -pubout -out pub.pem");
        for (scheme, hash) in fitting {
            let signature = key.sign(scheme, message).unwrap();
            std::fs::write(file(&dir, "signature"), signature).unwrap();
            let line = format!("dgst -{hash} -verify pub.pem -signature signature message");
            assert!(
                openssl(dir.path(), &line).starts_with(b"Verified OK"),
                "{spec:?} {hash}"
            );
        }
        for (scheme, hash) in pss {
            let signed = key.sign(scheme, message);
            if !matches!(spec, KeySpec::Rsa { .. }) {
                assert!(matches!(signed, Err(KeyError::SchemeMismatch { .. })));
                continue;
            }
            std::fs::write(file(&dir, "signature"), signed.unwrap()).unwrap();
            let line = format!(
                "dgst -{hash} -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest \
                 -verify pub.pem -signature signature message"
            );
            assert!(
                openssl(dir.path(), &line).starts_with(b"Verified OK"),
                "PSS {hash}"
            );
        }
        for (scheme, _) in others {
            let refused = key.sign(scheme, message);
            assert!(matches!(refused, Err(KeyError::SchemeMismatch { .. })));
        }
    }
}

#[test]
fn refuses_with_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(file(&dir, "pass"), "correct horse\n").unwrap();
    let table = [
        ("genrsa -traditional -out KEY 1024", "fewer than 2048 bits"),
        ("genpkey -algorithm ed25519 -out KEY", "type Ed25519"),
        (
            "ecparam -name secp256k1 -genkey -noout -out KEY",
            "EC secp256k1",
        ),
        (
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp224r1 -out KEY",
            "EC P-224",
        ),
        (
            "req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout other.pem -out KEY",
            "found: CERTIFICATE",
        ),
    ];
    for (make, expected) in table {
        openssl(dir.path(), &make.replace("KEY", "key.pem"));
        match open_file(&file(&dir, "key.pem"), Some(&Password::from(PASSWORD))) {
            Ok(_) => panic!("{make} was opened"),
            Err(error) => {
                let text = error.to_string();
                assert!(text.contains(expected), "{make}: {text}");
            }
        }
    }
    let missing = open_file(&file(&dir, "none.pem"), None).err().unwrap();
    assert!(missing.to_string().contains("none.pem"));
}

#[test]
fn refuses_broken_text() {
    let pem = FileKey::generate(KeySpec::EcP256)
        .unwrap()
        .to_pem()
        .unwrap();
    let truncated = pem.replace("-----END PRIVATE KEY-----\n", "");
    let no_base64 = pem.replace("PRIVATE KEY-----\nM", "PRIVATE KEY-----\n*");
    let relabelled = pem.replace("PRIVATE KEY", "RSA PRIVATE KEY");
    let empty = "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n".to_owned();
    let table = [
        (String::new(), "neither PEM nor DER"),
        (truncated, "END line is missing"),
        (no_base64, "not base64"),
        (relabelled, "broken"),
        (empty, "empty"),
    ];
    for (text, expected) in table {
        let error = FileKey::parse(text.as_bytes(), None)
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{expected}: {error}");
        assert!(
            !error.contains("MIG"),
            "the key's text is in the error: {error}"
        );
    }
}

#[test]
fn reads_windows_line_ends_text_around_and_short_lines() {
    let key = FileKey::generate(KeySpec::EcP256).unwrap();
    let pem = key.to_pem().unwrap();
    let windows = pem.replace('\n', "\r\n");
    let around = format!("Bag Attributes\n  friendlyName: x\n{}\ntrailer", *pem);
    let indented = pem.replace('\n', "  \n ");
    for text in [windows, around, indented] {
        let parsed = FileKey::parse(text.as_bytes(), None).unwrap();
        assert_eq!(parsed.public_key_der(), key.public_key_der());
    }
}

#[test]
fn shows_no_secret() {
    assert_eq!(format!("{:?}", Password::from(PASSWORD)), "Password(..)");
    let key = FileKey::generate(KeySpec::EcP256).unwrap();
    assert_eq!(format!("{key:?}"), "FileKey { algorithm: EcP256, .. }");
    let refused = key.to_encrypted_pem(&Password::from(""), &SystemRandom::new());
    assert!(matches!(refused, Err(KeyError::EmptyPassword)));
}
