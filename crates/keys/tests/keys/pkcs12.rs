//! PKCS#12 files from openssl, old and new, and what they hold.

use anyrole_keys::{FileKey, KeyError, Password, Pkcs12, SigningKey, certificates_der};

use crate::openssl::{PASSWORD, file, folder, openssl};

const SELF_SIGNED: &str =
    "req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out certificate.pem -subj /CN=leaf";
const OTHER: &str = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout other.pem \
                     -out authority.pem -subj /CN=authority";

/// What makes a file `out.p12`, with `PASS` for the password's source.
const EXPORTS: [&str; 8] = [
    "",
    "-legacy",
    "-keypbe AES-128-CBC -certpbe AES-256-CBC -macalg sha512",
    "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-RC2-128 -macalg sha384 -provider legacy -provider default",
    "-certpbe NONE -macalg sha224",
    "-keypbe NONE -certpbe NONE",
    "-nomac",
    "-iter 100000 -maciter",
];

fn export(more: &str, pass: &str) -> String {
    format!(
        "pkcs12 -export -inkey key.pem -in certificate.pem -certfile authority.pem -name leaf -out out.p12 -passout {pass} {more}"
    )
}

#[test]
fn old_and_new_files_open_with_the_password_and_no_other() {
    let dir = folder();
    openssl(dir.path(), SELF_SIGNED);
    openssl(dir.path(), OTHER);
    let public = openssl(dir.path(), "pkey -in key.pem -pubout -outform DER");
    let leaf = openssl(dir.path(), "x509 -in certificate.pem -outform DER");
    let authority = openssl(dir.path(), "x509 -in authority.pem -outform DER");
    for more in EXPORTS {
        for (pass, right) in [
            ("file:pass", PASSWORD),
            ("pass:", ""),
            ("pass:h\u{fc}hn\u{1f414}", "h\u{fc}hn\u{1f414}"),
        ] {
            openssl(dir.path(), &export(more, pass));
            let bytes = std::fs::read(file(&dir, "out.p12")).unwrap();
            assert!(Pkcs12::is_one(&bytes));
            let opened = Pkcs12::open(&bytes, Some(&Password::from(right)));
            let opened = opened.unwrap_or_else(|error| panic!("{more} {pass}: {error}"));
            assert_eq!(opened.keys().len(), 1, "{more}");
            assert_eq!(opened.keys()[0].public_key_der(), public, "{more}");
            assert_eq!(
                opened.certificates_der(),
                [leaf.clone(), authority.clone()],
                "{more}"
            );
            let certificates = certificates_der(&bytes, Some(&Password::from(right)));
            assert_eq!(certificates.unwrap(), opened.certificates_der());
            let as_key = FileKey::parse(&bytes, Some(&Password::from(right))).unwrap();
            assert_eq!(as_key.public_key_der(), public);
            // Neither MAC nor encryption: then any password opens it.
            if more.contains("-nomac") && more.contains("NONE") {
                continue;
            }
            let wrong = Pkcs12::open(&bytes, Some(&Password::from("wrong horse")));
            assert!(
                matches!(wrong, Err(KeyError::WrongPassword)),
                "{more}: {wrong:?}"
            );
            let without = Pkcs12::open(&bytes, None);
            match right {
                "" => assert_eq!(without.unwrap().keys().len(), 1, "{more}"),
                _ => assert!(
                    matches!(without, Err(KeyError::PasswordNeeded)),
                    "{more}: {without:?}"
                ),
            }
        }
    }
}

#[test]
fn certificates_alone_and_keys_that_cannot_be_used() {
    let dir = folder();
    openssl(dir.path(), SELF_SIGNED);
    openssl(
        dir.path(),
        "pkcs12 -export -nokeys -in certificate.pem -passout file:pass -out out.p12",
    );
    let bytes = std::fs::read(file(&dir, "out.p12")).unwrap();
    let password = Password::from(PASSWORD);
    let opened = Pkcs12::open(&bytes, Some(&password)).unwrap();
    assert_eq!(
        (opened.keys().len(), opened.certificates_der().len()),
        (0, 1)
    );
    let key = FileKey::parse(&bytes, Some(&password));
    assert!(matches!(key, Err(KeyError::NoKeyInPkcs12)), "{key:?}");

    openssl(
        dir.path(),
        "req -x509 -newkey ed25519 -nodes -days 2 -keyout key.pem -out certificate.pem -subj /CN=leaf",
    );
    openssl(
        dir.path(),
        "pkcs12 -export -inkey key.pem -in certificate.pem -passout file:pass -out out.p12",
    );
    let bytes = std::fs::read(file(&dir, "out.p12")).unwrap();
    let refused = FileKey::parse(&bytes, Some(&password))
        .unwrap_err()
        .to_string();
    assert!(refused.contains("type Ed25519"), "{refused}");
}
