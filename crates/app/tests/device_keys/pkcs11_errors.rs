//! What goes wrong with tokens, and what is said of it: nothing guessed, no wrong PIN twice.

use anyrole_testkit::certificates::CertificateRequest;
use anyrole_testkit::{PIN, SoftHsm};

use super::pkcs11::{Tokens, calls, spy};
use super::{Environment, refuses};

#[test]
fn a_wrong_pin_is_tried_once() {
    let tokens = Tokens::new();
    assert!(!tokens.hsm.flags().unwrap().contains("user PIN count low"));
    let (spied, log) = tokens.spied();
    let spy = spy();
    for (uri, more) in [
        ("pkcs11:token=one;object=rsa?pin-value=999999", vec![]),
        // A login for the certificate would come before that for the key.
        (
            "pkcs11:token=two;object=rsa?pin-value=999999",
            vec![
                "--certificate",
                "pkcs11:token=two;object=rsa?pin-value=999999",
            ],
        ),
    ] {
        let _ = std::fs::remove_file(&log);
        let words = [
            &["sign-string", "--pkcs11-lib", &spy, "--private-key", uri],
            &more[..],
        ]
        .concat();
        let said = refuses(
            &spied,
            &words,
            &["the PIN is not that of the token", "tried once"],
        );
        assert!(!said.contains("999999"), "{said}");
        assert_eq!(calls(&log, "C_Login"), 1, "{uri}");
        assert_eq!(calls(&log, "C_SignInit"), 0, "{uri}");
    }
    // The token has seen it.
    assert!(tokens.hsm.flags().unwrap().contains("user PIN count low"));
}

/// Words behind `sign-string`, `=>`, and what is said, joined by `|`.
const ROWS: &str = "\
--private-key pkcs11:token=three LIB => no token matches `pkcs11:token=three`|token=one`|token=two`
--private-key pkcs11:object=rsa LIB => matches 2 tokens|token=one`|token=two`
--private-key pkcs11:token=one LIB => matches 2 private keys|id=%01;object=rsa;type=private
--private-key pkcs11:token=one;object=none LIB => no private key matches|object=the%20ec%3B%20100%25
--private-key pkcs11:token=one --certificate OTHER LIB => no private key matches|belongs to the certificate
--certificate pkcs11:token=one;object=none LIB => no certificate matches|object=rsa;type=cert
--certificate pkcs11:token=two LIB => matches 2 certificates|id=%05;object=again;type=cert
--certificate pkcs11:token=two;id=%05 LIB => no private key matches|belongs to the certificate
--certificate pkcs11:token=one;type=private LIB => `type=private` names a private key
--private-key pkcs11:token=one;type=secret-key LIB => must be cert or private
--private-key pkcs11:token=one;tokne=two LIB => malformed|`tokne`
--private-key pkcs11:token=one;token=two LIB => `token` is there twice
--private-key pkcs11:token=%4 LIB => `token`|two hexadecimal digits
--private-key pkcs11:slot-id=first LIB => `slot-id`|no number
--private-key pkcs11:pin-value=1234 LIB => behind the `?`
--private-key pkcs11:token=one?pin-vlaue=1234 LIB => `pin-vlaue`|not known in the query
--private-key pkcs11:token=one?pin-source=|cat%20/pin LIB => commands are not run
--private-key pkcs11:token=one?pin-value=1&pin-source=/x LIB => exclude each other
--private-key pkcs11:token=one?module-name=no-such => no PKCS#11 module `no-such`|--pkcs11-lib
--private-key pkcs11:token=one?module-path=/etc/hostname => cannot load|/etc/hostname
--private-key pkcs11:token=one?module-path=here.so => no absolute path
--certificate handle:0x81000101 => --certificate|handle:";

#[test]
fn each_error_names_what_is_there_and_the_cure() {
    let tokens = Tokens::new();
    let module = SoftHsm::module().unwrap();
    let module = module.to_str().unwrap();
    let other = tokens
        .ca
        .issue("other", &CertificateRequest::leaf("other"))
        .unwrap();
    let other = other.certificate.to_str().unwrap();
    for (issued, id, label) in [
        (&tokens.rsa, "05", "again"),
        (&tokens.ec, "06", "and again"),
    ] {
        let certificate = &issued.certificate;
        tokens
            .hsm
            .add_certificate("two", certificate, id, label)
            .unwrap();
    }
    let mut with_pin: Environment = tokens.environment.clone();
    with_pin.push(("ANYROLE_PKCS11_PIN", PIN.into()));
    for row in ROWS.lines() {
        let (words, said) = row.split_once(" => ").unwrap();
        let mut all = vec!["sign-string"];
        for word in words.split(' ') {
            match word {
                "LIB" => all.extend(["--pkcs11-lib", module]),
                "OTHER" => all.push(other),
                word => all.push(word),
            }
        }
        let said = refuses(&with_pin, &all, &said.split('|').collect::<Vec<_>>());
        assert!(!said.contains("1234"), "{said}");
    }

    // Without a PIN, and with one that can't be read.
    let key = "pkcs11:token=one;object=rsa";
    for (uri, said) in [
        (
            key.to_owned(),
            &["needs its PIN", "--pin-source", "no terminal"][..],
        ),
        (
            format!("{key}?pin-source=/no/such"),
            &["pin-source", "/no/such"],
        ),
        (format!("{key}?pin-source=/dev/null"), &["it is empty"]),
    ] {
        let words = ["sign-string", "--private-key", &uri, "--pkcs11-lib", module];
        refuses(&tokens.environment, &words, said);
    }
}
