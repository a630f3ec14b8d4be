//! Files that somebody has tampered with: whatever is changed, nothing panics, nothing takes long, and no other key comes out.

use std::sync::LazyLock;

use anyrole_keys::{FileKey, KeyError, Password, Pkcs12, SigningKey, certificates_der};
use proptest::prelude::*;

use crate::openssl::{PASSWORD, file, folder, openssl};

/// A file, and the public key of the one key that may come out of it.
struct Sample {
    form: &'static str,
    bytes: Vec<u8>,
    public: Vec<u8>,
}

/// One of each form, with few rounds, so that many can be tried.
static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let dir = folder();
    let rsa = "req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out leaf.pem -subj /CN=x";
    let ec = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout key.pem -out leaf.pem -subj /CN=x";
    let forms = [
        "pkcs8 -topk8 -nocrypt -in key.pem -out out",
        "pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out out",
        "pkey -in key.pem -traditional -out out",
        "pkey -in key.pem -traditional -outform DER -out out",
        "pkey -in key.pem -traditional -aes256 -passout file:pass -out out",
        "pkcs8 -topk8 -in key.pem -iter 1 -v2prf hmacWithSHA1 -passout file:pass -outform DER -out out",
        "pkcs8 -topk8 -in key.pem -iter 1 -passout file:pass -out out",
        "pkcs8 -topk8 -in key.pem -scrypt -scrypt_N 2 -scrypt_r 1 -scrypt_p 1 -passout file:pass -outform DER -out out",
        "pkcs8 -topk8 -in key.pem -v1 PBE-SHA1-3DES -iter 1 -passout file:pass -outform DER -out out",
        "pkcs12 -export -inkey key.pem -in leaf.pem -iter 1 -passout file:pass -out out",
        "pkcs12 -export -legacy -inkey key.pem -in leaf.pem -iter 1 -passout file:pass -out out",
        "pkcs12 -export -nomac -inkey key.pem -in leaf.pem -iter 1 -passout file:pass -out out",
        "crl2pkcs7 -nocrl -certfile leaf.pem -outform DER -out out",
        "x509 -in leaf.pem -outform DER -out out",
    ];
    let mut samples = Vec::new();
    for make in [rsa, ec] {
        openssl(dir.path(), make);
        let public = openssl(dir.path(), "pkey -in key.pem -pubout -outform DER");
        for form in forms {
            openssl(dir.path(), form);
            let bytes = std::fs::read(file(&dir, "out")).unwrap();
            let public = public.clone();
            samples.push(Sample {
                form,
                bytes,
                public,
            });
        }
    }
    samples
});

/// What is done to a file.
#[derive(Clone, Debug)]
enum Change {
    Flip {
        at: prop::sample::Index,
        with: u8,
    },
    Cut {
        at: prop::sample::Index,
    },
    Insert {
        at: prop::sample::Index,
        what: Vec<u8>,
    },
    Remove {
        at: prop::sample::Index,
        count: usize,
    },
    Double,
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        6 => (index(), 1_u8..).prop_map(|(at, with)| Change::Flip { at, with }),
        1 => index().prop_map(|at| Change::Cut { at }),
        1 => (index(), prop::collection::vec(any::<u8>(), 1..9)).prop_map(|(at, what)| Change::Insert { at, what }),
        1 => (index(), 1_usize..9).prop_map(|(at, count)| Change::Remove { at, count }),
        1 => Just(Change::Double),
    ]
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Change::Flip { at, with } => {
                let at = at.index(bytes.len());
                bytes[at] ^= with;
            }
            Change::Cut { at } => bytes.truncate(at.index(bytes.len())),
            Change::Insert { at, what } => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, what.iter().copied());
            }
            Change::Remove { at, count } => {
                let from = at.index(bytes.len());
                let to = (from + count).min(bytes.len());
                bytes.drain(from..to);
            }
            Change::Double => bytes.extend_from_within(..),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) })]

    #[test]
    fn a_changed_file_gives_its_own_key_or_none(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 1..4),
        password in prop_oneof![9 => Just(Some(PASSWORD)), 1 => Just(None), 1 => Just(Some("wrong"))],
    ) {
        let sample = which.get(&SAMPLES);
        let mut bytes = sample.bytes.clone();
        changes.iter().for_each(|change| change.apply(&mut bytes));
        let password = password.map(Password::from);
        if let Ok(key) = FileKey::parse(&bytes, password.as_ref()) {
            prop_assert_eq!(key.public_key_der(), &sample.public, "{}", sample.form);
        }
        let _certificates = certificates_der(&bytes, password.as_ref());
        let _pkcs12 = Pkcs12::open(&bytes, password.as_ref());
    }

    #[test]
    fn anything_at_all_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(FileKey::parse(&bytes, None).is_err());
        let _certificates = certificates_der(&bytes, None);
        prop_assert!(Pkcs12::open(&bytes, None).is_err());
    }
}

/// Each octet of a DER header changed to each value: lengths and tags that mislead.
#[test]
fn each_value_of_each_early_octet() {
    // Those with EC keys, which take less time.
    let samples = SAMPLES.iter().skip(SAMPLES.len() / 2);
    for sample in samples.filter(|sample| sample.bytes[0] == 0x30) {
        for at in 0..sample.bytes.len().min(48) {
            for value in 0..=255 {
                let mut bytes = sample.bytes.clone();
                bytes[at] = value;
                if let Ok(key) = FileKey::parse(&bytes, Some(&Password::from(PASSWORD))) {
                    assert_eq!(
                        key.public_key_der(),
                        sample.public,
                        "{} {at} {value}",
                        sample.form
                    );
                }
            }
        }
    }
}

/// Puts other figures into the last place where `written` stands.
fn with(bytes: &[u8], written: &[u8], other: &[u8]) -> Vec<u8> {
    let at = bytes
        .windows(written.len())
        .rposition(|window| window == written)
        .unwrap();
    let mut changed = bytes.to_vec();
    changed.splice(at..at + written.len(), other.iter().copied());
    changed
}

#[test]
fn work_that_has_no_end_is_refused_before_it_begins() {
    let dir = folder();
    openssl(
        dir.path(),
        "req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out leaf.pem -subj /CN=x",
    );
    // A figure of as many octets, so that no length has to change: 999,999 rounds become 8,388,607.
    let rounds: (&[u8], &[u8]) = (&[2, 3, 0x0f, 0x42, 0x3f], &[2, 3, 0x7f, 0xff, 0xff]);
    let scrypt: (&[u8], &[u8]) = (
        &[2, 2, 0x40, 0, 2, 1, 8, 2, 1, 1],
        &[2, 2, 0x40, 0, 2, 1, 0x7f, 2, 1, 0x7f],
    );
    let lanes: (&[u8], &[u8]) = (&[2, 3, 0x03, 0x0d, 0x40], &[2, 3, 0x7f, 0xff, 0xff]);
    for (form, (written, other)) in [
        (
            "pkcs8 -topk8 -in key.pem -iter 999999 -passout file:pass -outform DER -out out",
            rounds,
        ),
        (
            "pkcs8 -topk8 -in key.pem -v1 PBE-SHA1-3DES -iter 999999 -passout file:pass -outform DER -out out",
            rounds,
        ),
        (
            "pkcs8 -topk8 -in key.pem -v1 PBE-MD5-DES -iter 999999 -provider legacy -provider default \
             -passout file:pass -outform DER -out out",
            rounds,
        ),
        (
            "pkcs12 -export -inkey key.pem -in leaf.pem -iter 999999 -passout file:pass -out out",
            rounds,
        ),
        (
            "pkcs8 -topk8 -in key.pem -scrypt -passout file:pass -outform DER -out out",
            scrypt,
        ),
        // Next to no blocks to fill, and over four million lanes of them.
        (
            "pkcs8 -topk8 -in key.pem -scrypt -scrypt_N 2 -scrypt_r 1 -scrypt_p 200000 -passout file:pass -outform DER -out out",
            lanes,
        ),
    ] {
        openssl(dir.path(), form);
        let bytes = std::fs::read(file(&dir, "out")).unwrap();
        let password = Password::from(PASSWORD);
        FileKey::parse(&bytes, Some(&password)).unwrap();
        let refused = FileKey::parse(&with(&bytes, written, other), Some(&password));
        assert!(
            matches!(refused, Err(KeyError::TooCostly { .. })),
            "{form}: {refused:?}"
        );
        let text = refused.unwrap_err().to_string();
        assert!(text.contains("openssl pkcs8 -topk8 -iter"), "{text}");
    }
}
