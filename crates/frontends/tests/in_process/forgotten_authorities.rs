//! The end of deleted authorities whose keys are where a destroyed key does not come back.

use std::sync::Arc;

use anyrole_domain::certificate_authorities::{
    AuthorityConfiguration, AuthorityKeyAlgorithm, AuthorityKind, AuthoritySigningAlgorithm,
    CreateAuthority, DistinguishedName, RevocationConfiguration, StoredKey, UsageMode,
    create_authority, delete_authority, forget_deleted_authorities,
};
use anyrole_domain::ports::{AuthorityKeyError, AuthorityKeys, KeyEnd};
use anyrole_keys::{FileKey, KeySpec, SigningKey};
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use crate::site::Bench;

/// A token of which tests say whether it is there.
#[derive(Default)]
struct Token {
    is_away: Mutex<bool>,
    is_foreign: Mutex<bool>,
    destroyed: Mutex<Vec<String>>,
}

struct OnToken(Arc<Token>);

impl AuthorityKeys for OnToken {
    fn make(
        &self,
        authority_arn: &str,
        _algorithm: AuthorityKeyAlgorithm,
    ) -> Result<(StoredKey, Box<dyn SigningKey>), AuthorityKeyError> {
        let key = FileKey::generate(KeySpec::EcP256).unwrap();
        Ok((StoredKey::Token(uri_of(authority_arn)), Box::new(key)))
    }

    fn open(
        &self,
        _authority_arn: &str,
        _stored: &StoredKey,
    ) -> Result<Box<dyn SigningKey>, AuthorityKeyError> {
        Err(AuthorityKeyError::Failed("not asked for".to_owned()))
    }

    fn destroy(&self, stored: &StoredKey) -> Result<KeyEnd, AuthorityKeyError> {
        let StoredKey::Token(uri) = stored else {
            return Ok(KeyEnd::Destroyed);
        };
        if *self.0.is_away.lock() {
            return Err(AuthorityKeyError::Failed("the token is away".to_owned()));
        }
        if *self.0.is_foreign.lock() {
            return Ok(KeyEnd::Left);
        }
        self.0.destroyed.lock().push(uri.clone());
        Ok(KeyEnd::Destroyed)
    }
}

fn uri_of(arn: &str) -> String {
    format!("pkcs11:token=t;object={}", arn.rsplit('/').next().unwrap())
}

fn asked(token: Option<&str>, name: &str) -> CreateAuthority {
    CreateAuthority {
        configuration: AuthorityConfiguration {
            key_algorithm: AuthorityKeyAlgorithm::EC_prime256v1,
            signing_algorithm: AuthoritySigningAlgorithm::SHA256WITHECDSA,
            subject: DistinguishedName {
                common_name: Some(name.to_owned()),
                ..DistinguishedName::default()
            },
            csr_extensions: None,
        },
        kind: AuthorityKind::Root,
        revocation: RevocationConfiguration::default(),
        idempotency_token: token.map(str::to_owned),
        key_storage_standard: None,
        tags: Vec::new(),
        usage_mode: UsageMode::GeneralPurpose,
    }
}

async fn stage() -> (Bench, Arc<Token>) {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    let token = Arc::new(Token::default());
    let keys = Arc::new(OnToken(token.clone()));
    let bench = Bench::with(now, |site| site.with_authority_keys(keys)).await;
    (bench, token)
}

async fn made(bench: &Bench) -> String {
    let root = bench.root();
    let arn = create_authority(&bench.site, &root, asked(None, "Root")).await;
    arn.unwrap()
}

#[tokio::test]
async fn a_key_on_a_token_is_destroyed_once_nothing_brings_it_back() {
    let (bench, token) = stage().await;
    let (arn, kept) = (made(&bench).await, made(&bench).await);
    delete_authority(&bench.site, &bench.root(), &arn, Some(7))
        .await
        .unwrap();
    let ends = async || {
        forget_deleted_authorities(&bench.site, bench.now())
            .await
            .unwrap()
    };
    bench.wait(SignedDuration::from_hours(7 * 24 + 1) - SignedDuration::from_secs(1));
    // Nobody restores it any more; another server's clock may be behind.
    assert!(ends().await.forgotten.is_empty());
    *token.is_away.lock() = true;
    bench.wait(SignedDuration::from_secs(1));
    let waiting = ends().await;
    assert!(waiting.forgotten.is_empty());
    let (waits, why) = waiting.waiting.first().unwrap();
    assert!(*waits == arn && why.contains("the token is away"), "{why}");
    assert!(
        bench
            .site
            .directory
            .read()
            .certificate_authority(&arn)
            .is_some()
    );
    *token.is_away.lock() = false;
    assert_eq!(ends().await.forgotten, [(arn.clone(), None)]);
    assert_eq!(*token.destroyed.lock(), [uri_of(&arn)]);
    assert!(
        bench
            .site
            .directory
            .read()
            .certificate_authority(&arn)
            .is_none()
    );
    assert!(
        bench
            .site
            .directory
            .read()
            .certificate_authority(&kept)
            .is_some()
    );
    assert!(ends().await.forgotten.is_empty());
}

#[tokio::test]
async fn a_key_that_is_out_of_reach_is_named() {
    let (bench, token) = stage().await;
    let arn = made(&bench).await;
    *token.is_foreign.lock() = true;
    delete_authority(&bench.site, &bench.root(), &arn, Some(7))
        .await
        .unwrap();
    bench.wait(SignedDuration::from_hours(8 * 24));
    let outcome = forget_deleted_authorities(&bench.site, bench.now())
        .await
        .unwrap();
    assert_eq!(outcome.forgotten, [(arn.clone(), Some(uri_of(&arn)))]);
}

#[tokio::test]
async fn a_key_of_an_authority_that_is_not_made_is_destroyed() {
    let (bench, token) = stage().await;
    let root = bench.root();
    // Both make a key before either is stored.
    let (one, other) = tokio::join!(
        create_authority(&bench.site, &root, asked(Some("once"), "Root")),
        create_authority(&bench.site, &root, asked(Some("once"), "Root")),
    );
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one, other);
    let destroyed = token.destroyed.lock().clone();
    assert_eq!(destroyed.len(), 1, "{destroyed:?}");
    assert_ne!(destroyed, [uri_of(&one)]);
}
