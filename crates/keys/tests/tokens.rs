//! Tokens in one process: taken out and put in again while a key is in use, used without a login. SoftHSM reads its
//! configuration from the environment, which no test may change: so each test runs itself once more with it.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyrole_keys::{
    KeyError, KeySpec, Password, PinEntry, Pkcs11Error, Pkcs11SecretKey, Pkcs11Settings,
    Pkcs11Source, Pkcs11Store, SignatureScheme, SigningKey,
};
use anyrole_testkit::{PIN, SoftHsm};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use tempfile::TempDir;

const FOLDER: &str = "ANYROLE_TEST_TOKENS";

struct Known;

impl PinEntry for Known {
    fn pin(&self, _token: &str, _for_signature: bool) -> Result<Password, String> {
        Ok(Password::from(PIN))
    }
}

/// Runs `body` in a process of its own, in which SoftHSM has a token `one` with an EC key `key`.
#[expect(
    clippy::disallowed_methods,
    reason = "how the second run knows what it is"
)]
fn with_token(test: &str, body: fn(&Path)) {
    if let Some(tokens) = std::env::var_os(FOLDER) {
        body(Path::new(&tokens));
        return;
    }
    let folder = TempDir::new().unwrap();
    let hsm = SoftHsm::new(folder.path()).unwrap();
    hsm.add_token("one").unwrap();
    let words = [
        "--keypairgen",
        "--key-type",
        "EC:prime256v1",
        "--id",
        "01",
        "--label",
        "key",
    ];
    hsm.tool("one", &words).unwrap();
    let (name, value) = hsm.environment();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(name, value)
        .env(FOLDER, hsm.tokens())
        .env("PKCS11SPY", SoftHsm::module().unwrap())
        .env("PKCS11SPY_OUTPUT", hsm.tokens().with_extension("log"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
fn the_next_signature_finds_a_token_that_is_back() {
    with_token(
        "the_next_signature_finds_a_token_that_is_back",
        take_out_and_put_in,
    );
}

#[test]
fn a_key_that_everybody_may_use_is_used_without_a_pin() {
    with_token(
        "a_key_that_everybody_may_use_is_used_without_a_pin",
        use_without_a_pin,
    );
}

#[test]
fn a_wrong_pin_is_tried_once_by_all_keys_of_a_process() {
    let test = "a_wrong_pin_is_tried_once_by_all_keys_of_a_process";
    with_token(test, try_wrong_pins);
}

#[test]
fn keys_are_made_and_destroyed_by_their_uris() {
    with_token(
        "keys_are_made_and_destroyed_by_their_uris",
        make_and_destroy,
    );
}

fn make_and_destroy(_tokens: &Path) {
    let settings = Pkcs11Settings {
        module: Some(SoftHsm::module().unwrap()),
        reuse_pin: true,
        pin: Arc::new(Known),
    };
    let store = Pkcs11Store::open("pkcs11:token=one", &settings).unwrap();
    let made = [
        (KeySpec::EcP256, SignatureScheme::EcdsaSha256),
        (KeySpec::EcP384, SignatureScheme::EcdsaSha384),
        (KeySpec::EcP521, SignatureScheme::EcdsaSha512),
        (KeySpec::Rsa { bits: 2048 }, SignatureScheme::RsaPkcs1Sha256),
    ];
    for (at, (spec, scheme)) in (2_u8..).zip(made) {
        let (uri, key) = store.make(&format!("k {at}"), &[at], spec).unwrap();
        assert_eq!(
            uri,
            format!("pkcs11:token=one;id=%0{at};object=k%20{at};type=private")
        );
        key.sign(scheme, b"message").unwrap();
        let again = store.key(&uri).unwrap();
        assert_eq!(again.public_key_der(), key.public_key_der());
        let error = store.make(&format!("k {at}"), &[at], spec).unwrap_err();
        assert!(
            matches!(error, KeyError::Pkcs11(Pkcs11Error::KeyIsThere { .. })),
            "{error}"
        );
        assert!(store.destroy(&uri).unwrap());
        assert!(!store.destroy(&uri).unwrap());
        let error = store.key(&uri).unwrap_err();
        assert!(
            matches!(error, KeyError::Pkcs11(Pkcs11Error::NoKey { .. })),
            "{error}"
        );
    }
    assert!(store.make("pq", &[9], KeySpec::MlDsa65).is_err());
    // Nothing is destroyed that is not named in full.
    for uri in [
        "pkcs11:token=one",
        "pkcs11:token=one;object=key",
        "pkcs11:token=one;id=%01",
    ] {
        store.destroy(uri).unwrap_err();
    }
    store.key("pkcs11:token=one;object=key").unwrap();
    for (uri, said) in [
        ("pkcs11:", "token=LABEL"),
        ("pkcs11:token=one;id=%01", "token alone"),
        ("pkcs11:token=one?pin-value=1", "pin-source"),
        ("pkcs11:token=two", "no token"),
    ] {
        let error = Pkcs11Store::open(uri, &settings).unwrap_err().to_string();
        assert!(error.contains(said), "{uri}: {error}");
    }
}

#[test]
fn a_key_of_the_token_encrypts_and_opens() {
    with_token("a_key_of_the_token_encrypts_and_opens", encrypt_and_open);
}

fn encrypt_and_open(_tokens: &Path) {
    let settings = Pkcs11Settings {
        module: Some(SoftHsm::module().unwrap()),
        reuse_pin: true,
        pin: Arc::new(Known),
    };
    let open = |uri: &str| Pkcs11SecretKey::open(uri, &settings);
    let key = open("pkcs11:token=one;object=aes").unwrap();
    assert!(key.seal([1; 12], b"c", b"secret").is_err());
    assert!(key.make_if_missing().unwrap());
    assert!(!key.make_if_missing().unwrap());
    let sealed = key.seal([1; 12], b"context", b"secret").unwrap();
    assert_eq!(sealed.len(), 12 + 6 + 16);
    assert_eq!(
        key.unseal(b"context", &sealed).unwrap().as_slice(),
        b"secret"
    );
    let other = open("pkcs11:token=one;object=other;type=secret-key").unwrap();
    assert!(other.make_if_missing().unwrap());
    let mut changed = sealed.clone();
    *changed.last_mut().unwrap() ^= 1;
    for outcome in [
        key.unseal(b"another", &sealed),
        key.unseal(b"context", &changed),
        key.unseal(b"context", b"short"),
        other.unseal(b"context", &sealed),
    ] {
        let error = outcome.unwrap_err();
        assert!(matches!(error, Pkcs11Error::NotOpened { .. }), "{error}");
    }
    for uri in [
        "pkcs11:object=aes",
        "pkcs11:token=one",
        "pkcs11:token=one;object=aes;type=private",
        "pkcs11:token=one;object=aes?pin-value=1",
    ] {
        assert!(open(uri).is_err(), "{uri}");
    }
}

/// Gives each PIN once.
struct Says(&'static str);

impl PinEntry for Says {
    fn pin(&self, _token: &str, _for_signature: bool) -> Result<Password, String> {
        Ok(Password::from(self.0))
    }
}

/// A wrong PIN and then the right one, as a file has them that somebody mends.
#[derive(Default)]
struct Mended(AtomicBool);

impl PinEntry for Mended {
    fn pin(&self, _token: &str, _for_signature: bool) -> Result<Password, String> {
        let is_mended = self.0.swap(true, Ordering::Relaxed);
        Ok(Password::from(if is_mended { PIN } else { "000000" }))
    }

    fn may_change(&self) -> bool {
        true
    }
}

fn try_wrong_pins(tokens: &Path) {
    let spy = format!(
        "/usr/lib/{}-linux-gnu/pkcs11-spy.so",
        std::env::consts::ARCH
    );
    let open = |uri: &str, pin| {
        let settings = Pkcs11Settings {
            module: Some(spy.clone().into()),
            reuse_pin: false,
            pin: Arc::new(Says(pin)),
        };
        let source = Pkcs11Source::open(uri, &settings).unwrap();
        source.key(None, None).map(|_| ())
    };
    let logins = || {
        let log = std::fs::read_to_string(tokens.with_extension("log")).unwrap();
        log.lines()
            .filter(|line| line.ends_with(": C_Login"))
            .count()
    };
    let incorrect = |outcome: Result<(), KeyError>| {
        let error = outcome.unwrap_err();
        let is = matches!(error, KeyError::Pkcs11(Pkcs11Error::PinIncorrect { .. }));
        assert!(is, "{error}");
    };
    // One role after the other of a configuration, by whatever URI.
    for uri in [
        "pkcs11:token=one;object=key",
        "pkcs11:object=key",
        "pkcs11:token=one;id=%01",
    ] {
        incorrect(open(uri, "000000"));
    }
    assert_eq!(logins(), 1);
    incorrect(open("pkcs11:token=one", "111111"));
    assert_eq!(logins(), 2);
    // A file that was mended counts, in the same source.
    let file = tokens.with_extension("pin");
    std::fs::write(&file, "000000").unwrap();
    let settings = Pkcs11Settings {
        module: Some(spy.clone().into()),
        ..Pkcs11Settings::default()
    };
    let uri = format!("pkcs11:token=one;object=key?pin-source={}", file.display());
    let source = Pkcs11Source::open(&uri, &settings).unwrap();
    incorrect(source.key(None, None).map(|_| ()));
    assert_eq!(logins(), 2);
    std::fs::write(&file, PIN).unwrap();
    let key = source.key(None, None).unwrap();
    key.sign(SignatureScheme::EcdsaSha256, b"message").unwrap();
    assert_eq!(logins(), 3);
    drop((key, source));
    // So does what whoever is asked says then, where it may be another PIN.
    let settings = Pkcs11Settings {
        module: Some(spy.into()),
        reuse_pin: false,
        pin: Arc::new(Mended::default()),
    };
    let source = Pkcs11Source::open("pkcs11:token=one;object=key", &settings).unwrap();
    incorrect(source.key(None, None).map(|_| ()));
    assert_eq!(logins(), 3);
    source.key(None, None).unwrap();
    assert_eq!(logins(), 4);
}

fn use_without_a_pin(_tokens: &Path) {
    make_open_key();
    let settings = Pkcs11Settings {
        module: Some(SoftHsm::module().unwrap()),
        ..Pkcs11Settings::default()
    };
    let open = |uri: &str| Pkcs11Source::open(uri, &settings).unwrap().key(None, None);
    let key = open("pkcs11:token=one;object=open").unwrap();
    key.sign(SignatureScheme::EcdsaSha256, b"message").unwrap();
    // The other one needs a login, for which there is nobody to ask.
    let error = open("pkcs11:token=one;object=key").unwrap_err();
    assert!(
        matches!(error, KeyError::Pkcs11(Pkcs11Error::PinNeeded { .. })),
        "{error}"
    );
}

/// A key pair that needs no login, which no tool of OpenSC or SoftHSM makes.
fn make_open_key() {
    let module = Pkcs11::new(SoftHsm::module().unwrap()).unwrap();
    module
        .initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))
        .unwrap();
    let slot = module.get_slots_with_initialized_token().unwrap().remove(0);
    let session = module.open_rw_session(slot).unwrap();
    session
        .login(UserType::User, Some(&AuthPin::new(PIN.into())))
        .unwrap();
    let name = [
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Label(b"open".to_vec()),
        Attribute::Id(vec![9]),
    ];
    // Object identifier of P-256.
    let curve = vec![0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    let public = [
        &name[..],
        &[Attribute::EcParams(curve), Attribute::Verify(true)],
    ]
    .concat();
    let private = [
        &name[..],
        &[Attribute::Sign(true), Attribute::Sensitive(true)],
    ]
    .concat();
    session
        .generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)
        .unwrap();
    session.logout().unwrap();
    std::mem::forget(module);
}

fn take_out_and_put_in(tokens: &Path) {
    let settings = Pkcs11Settings {
        module: Some(SoftHsm::module().unwrap()),
        reuse_pin: false,
        pin: Arc::new(Known),
    };
    let open = || {
        let source = Pkcs11Source::open("pkcs11:token=one;object=key", &settings).unwrap();
        source.key(None, None).unwrap()
    };
    let (key, other) = (open(), open());
    let sign = |key: &dyn SigningKey| key.sign(SignatureScheme::EcdsaSha256, b"message");
    sign(&key).unwrap();
    sign(&other).unwrap();

    let away = tokens.with_extension("away");
    for _ in 0..2 {
        std::fs::rename(tokens, &away).unwrap();
        std::fs::create_dir(tokens).unwrap();
        for _ in 0..2 {
            let error = sign(&key).unwrap_err();
            let gone = matches!(
                error,
                KeyError::Pkcs11(Pkcs11Error::TokenGone { .. } | Pkcs11Error::NoToken { .. })
            );
            assert!(gone, "{error}");
        }
        std::fs::remove_dir(tokens).unwrap();
        std::fs::rename(&away, tokens).unwrap();
        // Both keys, although only the first was used meanwhile.
        sign(&key).unwrap();
        sign(&other).unwrap();
        sign(&key).unwrap();
    }
}
