//! What is written for other programs to read: keys in the old PEM form, and PKCS#12 files. openssl and our own reader open them.

use std::fs;

use anyrole_keys::{
    FileKey, KeyError, KeySpec, NewPkcs12, Password, Pkcs12, SigningKey, certificates_der,
};
use aws_lc_rs::rand::SystemRandom;

use crate::openssl::{PASSWORD, file, folder, openssl};

const SPECS: [KeySpec; 5] = [
    KeySpec::EcP256,
    KeySpec::EcP384,
    KeySpec::EcP521,
    KeySpec::Rsa { bits: 2048 },
    KeySpec::MlDsa44,
];

#[test]
fn keys_in_the_old_form_are_what_openssl_writes_itself() {
    let dir = folder();
    let password = Password::from(PASSWORD);
    for spec in SPECS {
        let key = FileKey::generate(spec).unwrap();
        let plain = key.to_traditional_pem().unwrap();
        let locked = key
            .to_traditional_encrypted_pem(&password, &SystemRandom::new())
            .unwrap();
        for (pem, password) in [(&plain, None), (&locked, Some(&password))] {
            let read = FileKey::parse(pem.as_bytes(), password).unwrap();
            assert_eq!(read.public_key_der(), key.public_key_der(), "{spec:?}");
        }
        // Debian's openssl knows no ML-DSA; such keys have no old form either.
        if spec == KeySpec::MlDsa44 {
            assert!(plain.starts_with("-----BEGIN PRIVATE KEY-----\n"));
            assert!(locked.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
            continue;
        }
        fs::write(file(&dir, "plain.pem"), plain.as_bytes()).unwrap();
        let traditional = openssl(dir.path(), "pkey -in plain.pem -traditional");
        assert_eq!(String::from_utf8(traditional).unwrap(), *plain, "{spec:?}");
        fs::write(file(&dir, "locked.pem"), locked.as_bytes()).unwrap();
        let lines: Vec<&str> = locked.lines().collect();
        assert_eq!(lines[1], "Proc-Type: 4,ENCRYPTED");
        assert!(
            lines[2].starts_with("DEK-Info: AES-256-CBC,"),
            "{}",
            lines[2]
        );
        assert_eq!(lines[3], "");
        let opened = openssl(
            dir.path(),
            "pkey -in locked.pem -passin file:pass -traditional",
        );
        assert_eq!(String::from_utf8(opened).unwrap(), *plain, "{spec:?}");
        let wrong = FileKey::parse(locked.as_bytes(), Some(&Password::from("wrong")));
        assert!(matches!(wrong, Err(KeyError::WrongPassword)), "{wrong:?}");
    }
    let key = FileKey::generate(KeySpec::EcP256).unwrap();
    fs::write(file(&dir, "public.pem"), key.public_key_pem().unwrap()).unwrap();
    let der = openssl(dir.path(), "pkey -pubin -in public.pem -outform DER");
    assert_eq!(der, key.public_key_der());
    let empty = key.to_traditional_encrypted_pem(&Password::from(""), &SystemRandom::new());
    assert!(matches!(empty, Err(KeyError::EmptyPassword)));
}

/// A certificate of this name as DER, its key and nothing else behind.
fn made(dir: &tempfile::TempDir, name: &str) -> (FileKey, Vec<u8>) {
    let line = format!(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout {name}.key -out {name}.crt -subj /CN={name}"
    );
    openssl(dir.path(), &line);
    let key = FileKey::read(&file(dir, &format!("{name}.key")), None).unwrap();
    let der = openssl(dir.path(), &format!("x509 -in {name}.crt -outform DER"));
    (key, der)
}

#[test]
fn pkcs12_files_are_read_by_openssl_and_by_us() {
    let dir = folder();
    let (key, leaf) = made(&dir, "leaf");
    let (_, authority) = made(&dir, "authority");
    let authorities = [("the authority \u{fc}".to_owned(), authority.clone())];
    for (legacy, flags) in [(false, ""), (true, "-legacy")] {
        for password in [PASSWORD, "", "h\u{fc}hn"] {
            let new = NewPkcs12 {
                identity: Some((&key, &leaf)),
                authorities: &authorities,
                legacy,
            };
            let given = Password::from(password);
            let der = new.to_der(&given, &SystemRandom::new()).unwrap();
            fs::write(file(&dir, "new.p12"), &der).unwrap();
            let opened = Pkcs12::open(&der, Some(&given)).unwrap();
            assert_eq!(opened.certificates_der(), [leaf.clone(), authority.clone()]);
            assert_eq!(opened.keys()[0].public_key_der(), key.public_key_der());
            let wrong = Pkcs12::open(&der, Some(&Password::from("wrong")));
            assert!(matches!(wrong, Err(KeyError::WrongPassword)));
            fs::write(file(&dir, "pass"), password.to_owned() + "\n").unwrap();
            let read = format!("pkcs12 -in new.p12 -passin file:pass -nodes {flags}");
            let pem = String::from_utf8(openssl(dir.path(), &read)).unwrap();
            assert_eq!(pem.matches("BEGIN CERTIFICATE").count(), 2, "{pem}");
            assert_eq!(pem.matches("BEGIN PRIVATE KEY").count(), 1, "{pem}");
            let first = format!("{read} -clcerts -nokeys -out first.crt");
            openssl(dir.path(), &first);
            let own = openssl(dir.path(), "x509 -in first.crt -outform DER");
            assert_eq!(own, leaf, "the key's own certificate is known by its id");
        }
    }
}

#[test]
fn a_file_of_authorities_alone_says_that_they_are_trusted() {
    let dir = folder();
    let (_, one) = made(&dir, "one");
    let (_, two) = made(&dir, "two");
    let authorities = [
        ("CN=one".to_owned(), one.clone()),
        ("CN=two \u{1f414}".to_owned(), two.clone()),
    ];
    let new = NewPkcs12 {
        identity: None,
        authorities: &authorities,
        legacy: false,
    };
    let password = Password::from(PASSWORD);
    let der = new.to_der(&password, &SystemRandom::new()).unwrap();
    fs::write(file(&dir, "trust.p12"), &der).unwrap();
    assert_eq!(certificates_der(&der, Some(&password)).unwrap(), [one, two]);
    let text = openssl(dir.path(), "pkcs12 -in trust.p12 -passin file:pass -info");
    let text = String::from_utf8(text).unwrap();
    for said in [
        "friendlyName: CN=one",
        "2.16.840.1.113894.746875.1.1: <Unsupported tag 6>",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
}
