//! The master key's file and what is sealed under it.
#![expect(clippy::unwrap_used, clippy::string_slice, reason = "tests")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use anyrole_domain::ports::{Entropy, SecretBox as _, SecretBoxError};
use anyrole_issuers::{MasterKey, MasterKeyError};

struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn entropy(start: u8) -> Arc<dyn Entropy> {
    Arc::new(Counting(AtomicU8::new(start)))
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_key_is_made_once_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    assert!(matches!(
        MasterKey::open(&path, entropy(0)),
        Err(MasterKeyError::Missing(_))
    ));
    let key = MasterKey::open_or_create(&path, entropy(0)).unwrap();
    assert_eq!(
        path.metadata().unwrap().permissions().mode() & 0o7777,
        0o600
    );
    let sealed = key.seal("access-key:AKIA", b"secret").unwrap();
    let content = std::fs::read(&path).unwrap();
    for again in [
        MasterKey::open(&path, entropy(7)).unwrap(),
        MasterKey::open_or_create(&path, entropy(7)).unwrap(),
    ] {
        assert_eq!(
            again.open("access-key:AKIA", &sealed).unwrap().as_slice(),
            b"secret"
        );
    }
    assert!(matches!(
        MasterKey::create(&path, entropy(9)),
        Err(MasterKeyError::Exists(_))
    ));
    assert_eq!(std::fs::read(&path).unwrap(), content);
    // No temporary file is left.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_others_may_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    MasterKey::create(&path, entropy(0)).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610] {
        set_mode(&path, mode);
        let error = MasterKey::open_or_create(&path, entropy(0)).unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    for mode in [0o600, 0o400] {
        set_mode(&path, mode);
        MasterKey::open(&path, entropy(0)).unwrap();
    }
}

#[test]
fn a_file_that_is_no_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    MasterKey::create(&path, entropy(0)).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    for content in [
        String::new(),
        text.replace("version 1", "version 2"),
        text.replace('\n', ""),
        text[..text.len() - 3].to_owned(),
        format!("{text}{text}"),
        "x".repeat(10_000),
    ] {
        std::fs::write(&path, &content).unwrap();
        let error = MasterKey::open_or_create(&path, entropy(0)).unwrap_err();
        assert!(matches!(error, MasterKeyError::Malformed(_)), "{content:?}");
    }
    std::fs::write(&path, [0xff; 40]).unwrap();
    MasterKey::open_or_create(&path, entropy(0)).unwrap_err();
}

#[test]
fn a_sealed_secret_opens_only_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let key = MasterKey::create(&folder.path().join("a"), entropy(0)).unwrap();
    let other = MasterKey::create(&folder.path().join("b"), entropy(1)).unwrap();
    let sealed = key.seal("seal-key:1", b"the secret").unwrap();
    assert_eq!(sealed.len(), 1 + 12 + 10 + 16);
    assert_eq!(
        key.open("seal-key:1", &sealed).unwrap().as_slice(),
        b"the secret"
    );
    let refused = Err(SecretBoxError);
    for context in ["seal-key:2", "seal-key:1 ", "access-key:1", ""] {
        assert_eq!(key.open(context, &sealed), refused, "{context}");
    }
    assert_eq!(other.open("seal-key:1", &sealed), refused);
    for place in 0..sealed.len() {
        for bit in 0..8 {
            let mut changed = sealed.clone();
            changed[place] ^= 1 << bit;
            assert_eq!(key.open("seal-key:1", &changed), refused, "{place}.{bit}");
        }
        assert_eq!(key.open("seal-key:1", &sealed[..place]), refused);
    }
    // Each sealing has a nonce of its own.
    assert_ne!(key.seal("seal-key:1", b"the secret").unwrap(), sealed);
    assert_eq!(key.open("", &key.seal("", b"").unwrap()).unwrap().len(), 0);
}

#[test]
fn nothing_secret_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let key = MasterKey::create(&folder.path().join("a"), entropy(0)).unwrap();
    assert_eq!(format!("{key:?}"), "MasterKey(…)");
}
