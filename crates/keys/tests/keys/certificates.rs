//! Certificates in each form of file that openssl writes.

use anyrole_keys::{KeyError, certificates_der};

use crate::openssl::{file, folder, openssl};

#[test]
fn certificates_come_out_of_each_form_in_their_order() {
    let dir = folder();
    for name in ["one", "two"] {
        let line = format!(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {name}.key -out {name}.pem -subj /CN={name}"
        );
        openssl(dir.path(), &line);
        openssl(
            dir.path(),
            &format!("x509 -in {name}.pem -outform DER -out {name}.der"),
        );
    }
    openssl(
        dir.path(),
        "pkey -in one.key -traditional -aes256 -passout file:pass -out old.key",
    );
    let read = |name: &str| std::fs::read(file(&dir, name)).unwrap();
    let (one, two) = (read("one.der"), read("two.der"));
    let both = [
        read("one.pem"),
        read("old.key"),
        b"text\n".to_vec(),
        read("two.pem"),
    ]
    .concat();
    std::fs::write(file(&dir, "both.pem"), &both).unwrap();
    openssl(
        dir.path(),
        "crl2pkcs7 -nocrl -certfile both.pem -out both.p7b",
    );
    openssl(
        dir.path(),
        "crl2pkcs7 -nocrl -certfile both.pem -outform DER -out both.p7",
    );
    for name in ["both.pem", "both.p7b", "both.p7"] {
        let found = certificates_der(&read(name), None).unwrap();
        assert_eq!(found, [one.clone(), two.clone()], "{name}");
    }
    assert_eq!(
        certificates_der(&one, None).unwrap(),
        std::slice::from_ref(&one)
    );
    let windows = String::from_utf8(both).unwrap().replace('\n', "\r\n");
    let marked = [b"\xef\xbb\xbf".as_slice(), windows.as_bytes()].concat();
    assert_eq!(certificates_der(&marked, None).unwrap().len(), 2);
    let carried = [one.as_slice(), b"\r\n"].concat();
    assert_eq!(certificates_der(&carried, None).unwrap().len(), 1);
    let ber = certificates_der(&[0x30, 0x80, 2, 1, 3], None);
    assert!(matches!(ber, Err(KeyError::OtherFormat { .. })), "{ber:?}");
    // Nothing there is no error here: who asks knows what for.
    for none in [read("one.key"), Vec::new(), b"text".to_vec()] {
        assert_eq!(
            certificates_der(&none, None).unwrap(),
            Vec::<Vec<u8>>::new()
        );
    }
    let broken = windows.replace("-----END CERTIFICATE-----", "");
    let refused = certificates_der(broken.as_bytes(), None);
    assert!(
        matches!(refused, Err(KeyError::BrokenPem { .. })),
        "{refused:?}"
    );
}
