//! Sealing and opening, by way of the ports and of `LocalIssuer::seal`, since only the domain makes grants.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyrole_domain::ports::{
    Entropy, MessagePurpose, OpenError, SecretBox, SecretBoxError, SessionIssuer as _,
    SessionOpener as _,
};
use anyrole_domain::sessions::{
    Assumed, FederatedUser, InlinePolicy, OpenedSession, Session, UserSession, WebIdentity,
};
use anyrole_domain::{AccountId, SealKey, Tag};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::LocalIssuer;
use crate::keyring::{Keyring, KeyringError};
use crate::seal::MAX_TOKEN_LENGTH;

/// Not random at all, but never the same twice.
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let next = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            let mixed = next.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes();
            chunk.copy_from_slice(&mixed[..chunk.len()]);
        }
    }
}

/// Seal keys in these tests are sealed by nothing.
struct Open;

impl SecretBox for Open {
    fn seal(&self, _: &str, secret: &[u8]) -> Result<Vec<u8>, SecretBoxError> {
        Ok(secret.to_vec())
    }

    fn open(&self, _: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SecretBoxError> {
        Ok(sealed.to_vec().into())
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn seal_key(account: &str, id: u32, created_at: i64) -> SealKey {
    SealKey {
        account: AccountId::parse(account).unwrap(),
        id,
        sealed_secret: vec![u8::try_from(id % 251).unwrap(); 32],
        created_at: at(created_at),
        usable_from: at(created_at),
    }
}

fn issuer(keys: &[SealKey]) -> LocalIssuer {
    LocalIssuer::new(
        Keyring::unlock(keys, &Open).unwrap(),
        Arc::new(Counting(AtomicU64::new(0))),
    )
}

fn one_key() -> LocalIssuer {
    issuer(&[seal_key("000000000000", 0x000A_BCDE, 0)])
}

fn session() -> Session {
    Session {
        role_arn: "arn:aws:iam::000000000000:role/service/web/reader".into(),
        role_id: "AROAABCDEFGHIJKLMNOPQ".into(),
        session_name: "00c4f5a1b2c3d4e5f60718293a4b5c6d7e8f".to_owned(),
        assumed_role_arn:
            "arn:aws:sts::000000000000:assumed-role/reader/00c4f5a1b2c3d4e5f60718293a4b5c6d7e8f"
                .to_owned(),
        source_identity: "CN=web-1".into(),
        tags: [
            ("x509Subject/CN", "web-1"),
            ("x509Subject/OU", "web"),
            ("x509Subject/O", "Example"),
            ("x509Issuer/CN", "Example CA"),
            ("x509SAN/DNS", "web-1.example"),
        ]
        .into_iter()
        .map(|(key, value)| Tag {
            key: key.into(),
            value: value.to_owned(),
        })
        .collect(),
        session_policies: [[7; 32]].into(),
        assumed: None,
        trust_anchor_arn: "arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/0f8fad5b-d9cb-469f-a165-70867728950e".into(),
        certificates: [[1; 32], [2; 32]].into(),
        issued_at: at(0),
        expires_at: at(3600),
    }
}

#[test]
fn what_is_sealed_is_opened() {
    let issuer = one_key();
    let mut plain = session();
    plain.tags = [].into();
    plain.session_policies = [].into();
    plain.certificates = [].into();
    let mut odd = session();
    odd.assumed_role_arn = "arn:aws:sts::000000000000:assumed-role/other/name".to_owned();
    odd.session_name = "é\n\0".to_owned();
    odd.issued_at = at(-3_000_000_000);
    for session in [session(), plain, odd] {
        let sealed = issuer.seal(&session).unwrap();
        let id = sealed.access_key_id.as_str();
        let opened = issuer.open(id, &sealed.token, at(3599)).unwrap();
        assert_eq!(opened, OpenedSession::Role(Arc::new(session)));
    }
}

#[test]
fn every_kind_of_session_is_sealed_whole() {
    let issuer = one_key();
    let mut assumed = session();
    assumed.assumed = Some(Arc::new(Assumed::default()));
    let mut all = session();
    all.source_identity = "".into();
    all.trust_anchor_arn = "".into();
    all.certificates = [].into();
    let text = r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    all.assumed = Some(Arc::new(Assumed {
        inline_policy: Some(InlinePolicy::parse(text).unwrap()),
        transitive_tag_keys: vec!["x509Subject/CN".to_owned(), "é".to_owned()],
        web_identity: Some(WebIdentity {
            provider_arn: "arn:aws:iam::000000000000:oidc-provider/issuer.example".to_owned(),
            subject: "repo:one/two:ref:main".to_owned(),
            audience: "sts.amazonaws.com".to_owned(),
        }),
    }));
    for session in [assumed, all] {
        let sealed = issuer.seal(&session).unwrap();
        let opened = issuer.open(sealed.access_key_id.as_str(), &sealed.token, at(1));
        assert_eq!(opened, Ok(OpenedSession::Role(Arc::new(session))));
    }
    let user = UserSession {
        owner_arn: "arn:aws:iam::000000000000:user/team/ann".to_owned(),
        owner_id: "AIDAABCDEFGHIJKLMNOPQ".to_owned(),
        federated: None,
        issued_at: at(0),
        expires_at: at(900),
    };
    let federated = UserSession {
        federated: Some(FederatedUser {
            name: "bob".to_owned(),
            arn: "arn:aws:sts::000000000000:federated-user/bob".to_owned(),
            tags: session().tags,
            inline_policy: Some(InlinePolicy::parse(text).unwrap()),
            session_policies: [[9; 32], [8; 32]].into(),
        }),
        ..user.clone()
    };
    for session in [user, federated] {
        let sealed = issuer.seal(&session).unwrap();
        let id = sealed.access_key_id.as_str();
        let opened = issuer.open(id, &sealed.token, at(899));
        assert_eq!(opened, Ok(OpenedSession::User(Arc::new(session))));
        let ended = issuer.open(id, &sealed.token, at(900));
        assert_eq!(ended, Err(OpenError::Expired));
    }
}

#[test]
fn lengths_are_what_the_documents_say() {
    let issuer = one_key();
    let sealed = issuer.seal(&session()).unwrap();
    assert_eq!(sealed.access_key_id.as_str().len(), 20);
    assert!(sealed.access_key_id.as_str().starts_with("ASIAVPG6"));
    assert_eq!(sealed.secret.expose().len(), 40);
    // Two certificates, a session policy and five tags.
    assert_eq!(sealed.token.len(), 620);
}

#[test]
fn a_token_of_4_kib_is_refused() {
    let issuer = one_key();
    let mut session = session();
    let room = (0..4096)
        .rev()
        .find(|length| {
            session.source_identity = "x".repeat(*length).into();
            issuer.seal(&session).is_ok()
        })
        .unwrap();
    session.source_identity = "x".repeat(room).into();
    assert!(issuer.seal(&session).unwrap().token.len() <= MAX_TOKEN_LENGTH);
    session.source_identity = "x".repeat(room + 1).into();
    let Err(error) = issuer.seal(&session) else {
        panic!("one character more was sealed");
    };
    assert!(error.0.contains("4095 is the most"), "{error}");
}

#[test]
fn any_flipped_bit_is_refused() {
    let issuer = one_key();
    let sealed = issuer.seal(&session()).unwrap();
    let id = sealed.access_key_id.as_str();
    for place in 0..sealed.token.len() {
        for bit in 0..8 {
            let mut bytes = sealed.token.clone().into_bytes();
            bytes[place] ^= 1 << bit;
            let Ok(token) = String::from_utf8(bytes) else {
                continue;
            };
            assert_eq!(
                issuer.open(id, &token, at(1)),
                Err(OpenError::InvalidToken),
                "bit {bit} of character {place}"
            );
        }
    }
    let whole = base64_simd::STANDARD.decode_to_vec(&sealed.token).unwrap();
    for place in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[place] ^= 1 << bit;
            let token = base64_simd::STANDARD.encode_to_string(&bytes);
            assert_eq!(
                issuer.open(id, &token, at(1)),
                Err(OpenError::InvalidToken),
                "bit {bit} of byte {place}"
            );
        }
    }
    for length in 0..whole.len() {
        let token = base64_simd::STANDARD.encode_to_string(&whole[..length]);
        assert_eq!(issuer.open(id, &token, at(1)), Err(OpenError::InvalidToken));
    }
    for token in [
        format!("{} ", sealed.token),
        format!("{}\n", sealed.token),
        format!("{}AAAA", sealed.token),
        "A".repeat(100_000),
    ] {
        assert_eq!(issuer.open(id, &token, at(1)), Err(OpenError::InvalidToken));
    }
}

#[test]
fn a_token_belongs_to_one_id() {
    let issuer = one_key();
    let first = issuer.seal(&session()).unwrap();
    let second = issuer.seal(&session()).unwrap();
    assert_ne!(first.access_key_id, second.access_key_id);
    assert_ne!(first.token, second.token);
    for (id, token) in [
        (first.access_key_id, &second.token),
        (second.access_key_id, &first.token),
    ] {
        assert_eq!(
            issuer.open(id.as_str(), token, at(1)),
            Err(OpenError::InvalidToken)
        );
    }
}

#[test]
fn a_session_ends() {
    let issuer = one_key();
    let sealed = issuer.seal(&session()).unwrap();
    let id = sealed.access_key_id.as_str();
    for (second, outcome) in [
        (0, None),
        (3599, None),
        (3600, Some(OpenError::Expired)),
        (1_000_000, Some(OpenError::Expired)),
    ] {
        assert_eq!(issuer.open(id, &sealed.token, at(second)).err(), outcome);
    }
    // Nobody learns of an expiry without a whole token.
    let other = issuer.seal(&session()).unwrap();
    assert_eq!(
        issuer.open(id, &other.token, at(1_000_000)),
        Err(OpenError::InvalidToken)
    );
}

#[test]
fn the_secret_follows_from_the_id() {
    let issuer = one_key();
    let first = issuer.seal(&session()).unwrap();
    let second = issuer.seal(&session()).unwrap();
    for sealed in [&first, &second] {
        let secret = issuer.secret(sealed.access_key_id.as_str()).unwrap();
        assert_eq!(secret.expose(), sealed.secret.expose());
    }
    assert_ne!(first.secret.expose(), second.secret.expose());
    // Another server with the same seal key finds the same secret, one with another key another.
    let id = first.access_key_id.as_str();
    assert_eq!(
        one_key().secret(id).unwrap().expose(),
        first.secret.expose()
    );
    let mut other = seal_key("000000000000", 0x000A_BCDE, 0);
    other.sealed_secret = vec![9; 32];
    let other = self::issuer(&[other]);
    assert_ne!(other.secret(id).unwrap().expose(), first.secret.expose());
    assert_eq!(
        other.open(id, &first.token, at(1)),
        Err(OpenError::InvalidToken)
    );
}

#[test]
fn ids_that_are_not_ours_are_unknown() {
    let issuer = one_key();
    let sealed = issuer.seal(&session()).unwrap();
    for id in [
        "",
        "AKIAAAAAAAAAAAAAAAAA",
        "ASIAAAAAAAAAAAAAAAAA",
        "asiavpg6aaaaaaaaaaaa",
        "ASIAVPG6",
    ] {
        assert_eq!(issuer.secret(id).err(), Some(OpenError::UnknownAccessKey));
        assert_eq!(
            issuer.open(id, &sealed.token, at(1)),
            Err(OpenError::UnknownAccessKey)
        );
    }
}

#[test]
fn the_accounts_last_usable_key_seals_and_every_key_opens() {
    let old = seal_key("000000000000", 9, 0);
    let new = seal_key("000000000000", 3, 10);
    let other = seal_key("111111111111", 5, 5);
    let issuer = issuer(&[old, new, other]);
    let sealed_at = |second| {
        let mut session = session();
        session.issued_at = at(second);
        issuer.seal(&session).unwrap()
    };
    // A clock that is behind that of who made the first key uses it all the same.
    for second in [-1, 0, 9] {
        assert_eq!(sealed_at(second).access_key_id.seal_key(), 9, "{second}");
    }
    let (before, after) = (sealed_at(9), sealed_at(10));
    assert_eq!(after.access_key_id.seal_key(), 3);
    for sealed in [before, after] {
        let id = sealed.access_key_id.as_str();
        issuer.open(id, &sealed.token, at(1)).unwrap();
    }
    let mut foreign = session();
    foreign.role_arn = "arn:aws:iam::222222222222:role/reader".into();
    assert!(issuer.seal(&foreign).is_err());
}

/// A cookie is no authorization message, a form's token no cookie, and none is of another account.
#[test]
fn a_message_opens_for_its_purpose_alone() {
    let issuer = one_key();
    let account = AccountId::parse("000000000000").unwrap();
    let other = AccountId::parse("111111111111").unwrap();
    let purposes = [
        MessagePurpose::AuthorizationFailure,
        MessagePurpose::ConsoleSession,
        MessagePurpose::ConsoleForm,
    ];
    for made_for in purposes {
        let sealed = issuer
            .seal_message(&account, made_for, b"message", at(1))
            .unwrap();
        for purpose in purposes {
            let opened = issuer.open_message(&account, purpose, &sealed);
            let expected = (purpose == made_for).then(|| b"message".to_vec());
            assert_eq!(opened, expected, "{made_for:?} as {purpose:?}");
        }
        assert_eq!(issuer.open_message(&other, made_for, &sealed), None);
        let whole = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(&sealed).unwrap();
        for place in 0..whole.len() * 8 {
            let mut altered = whole.clone();
            altered[place / 8] ^= 1 << (place % 8);
            let altered = base64_simd::URL_SAFE_NO_PAD.encode_to_string(altered);
            let opened = issuer.open_message(&account, made_for, &altered);
            assert_eq!(opened, None, "bit {place}");
        }
    }
}

#[test]
fn nothing_secret_is_shown() {
    let issuer = one_key();
    let shown = format!("{issuer:?}");
    assert_eq!(
        shown, "LocalIssuer { keyring: {703710}, .. }",
        "only the ids of seal keys"
    );
}

#[test]
fn a_seal_key_of_another_length_is_refused() {
    let mut key = seal_key("000000000000", 1, 0);
    key.sealed_secret.pop();
    assert_eq!(
        Keyring::unlock([&key], &Open).unwrap_err(),
        KeyringError::Length(1)
    );
}
