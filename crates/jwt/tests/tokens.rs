//! Tokens and keys that are taken, and each way in which one is not.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod requests;

use anyrole_jwt::{KeySet, KeySetError, TokenError, UnverifiedToken};
use anyrole_testkit::jws::{b64, ec_jwk};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

fn signed(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let text = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
    let signature = sign(text.as_bytes());
    format!("{text}.{}", b64(signature))
}

struct Ec(EcdsaKeyPair);

impl Ec {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        self.0.sign(&random, message).unwrap().as_ref().to_vec()
    }

    fn key(&self, more: &Value) -> Value {
        let mut key = ec_jwk("P-256", self.0.public_key().as_ref());
        key["kid"] = json!("one");
        for (name, value) in more.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    }
}

fn set(keys: &[Value]) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn refused(token: &str, keys: &KeySet) -> TokenError {
    UnverifiedToken::parse(token)
        .and_then(|token| token.verify(keys))
        .unwrap_err()
}

#[test]
fn a_token_is_verified_by_the_key_that_it_names() {
    let pair = Ec::new();
    let keys = set(&[Ec::new().key(&json!({"kid": "two"})), pair.key(&json!({}))]);
    let claims = json!({"iss": "i", "aud": ["a", "b"], "exp": 12.7, "n": 1, "l": ["a", 1]});
    let token = signed(&json!({"alg": "ES256", "kid": "one"}), &claims, |m| {
        pair.sign(m)
    });
    let read = UnverifiedToken::parse(&token).unwrap();
    assert_eq!(read.unverified_issuer(), Some("i"));
    assert_eq!(read.unverified_key_id(), Some("one"));
    let claims = read.verify(&keys).unwrap();
    assert_eq!(claims.text("iss"), Some("i"));
    assert_eq!(claims.text("n"), None);
    assert_eq!(claims.texts("aud"), Some(vec!["a", "b"]));
    assert_eq!(claims.texts("iss"), Some(vec!["i"]));
    assert_eq!(claims.texts("l"), None);
    assert_eq!(claims.second("exp"), Some(12));
    assert_eq!(claims.second("iss"), None);
}

#[test]
fn each_change_of_a_token_is_refused() {
    let pair = Ec::new();
    let keys = set(&[pair.key(&json!({}))]);
    let token = signed(
        &json!({"alg": "ES256", "kid": "one"}),
        &json!({"iss": "i"}),
        |m| pair.sign(m),
    );
    assert!(
        UnverifiedToken::parse(&token)
            .unwrap()
            .verify(&keys)
            .is_ok()
    );
    let mut taken = 0;
    for place in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[place] ^= 1;
        let Ok(changed) = String::from_utf8(changed) else {
            continue;
        };
        taken += usize::from(
            UnverifiedToken::parse(&changed).is_ok_and(|token| token.verify(&keys).is_ok()),
        );
    }
    assert_eq!(taken, 0);
}

#[test]
fn what_is_not_a_signature_of_a_known_key_is_refused() {
    let pair = Ec::new();
    let claims = json!({"iss": "i"});
    let token = |header: &Value| signed(header, &claims, |m| pair.sign(m));
    let keys = set(&[pair.key(&json!({}))]);
    for algorithm in ["none", "HS256", "PS256", "EdDSA", "es256", "RS1", ""] {
        let header = json!({"alg": algorithm, "kid": "one"});
        assert!(
            matches!(refused(&token(&header), &keys), TokenError::Algorithm(_)),
            "{algorithm}"
        );
    }
    // A key of another kind, or for another algorithm or use, is none.
    let header = json!({"alg": "ES256", "kid": "one"});
    for other in [
        json!({"alg": "RS256"}),
        json!({"kid": "two"}),
        json!({"kid": null}),
    ] {
        let keys = set(&[pair.key(&other)]);
        assert!(
            matches!(refused(&token(&header), &keys), TokenError::UnknownKey(_)),
            "{other}"
        );
    }
    for header in [
        json!({"alg": "RS256", "kid": "one"}),
        json!({"alg": "ES384", "kid": "one"}),
    ] {
        assert!(
            matches!(refused(&token(&header), &keys), TokenError::UnknownKey(_)),
            "{header}"
        );
    }
    // Without an id there must be no choice.
    let header = json!({"alg": "ES256"});
    assert!(
        UnverifiedToken::parse(&token(&header))
            .unwrap()
            .verify(&keys)
            .is_ok()
    );
    let two = set(&[pair.key(&json!({})), pair.key(&json!({"kid": "two"}))]);
    assert!(matches!(
        refused(&token(&header), &two),
        TokenError::UnknownKey(_)
    ));
    let critical = json!({"alg": "ES256", "kid": "one", "crit": ["b64"], "b64": false});
    assert_eq!(refused(&token(&critical), &keys), TokenError::Critical);
    let stranger = Ec::new();
    let forged = signed(&json!({"alg": "ES256", "kid": "one"}), &claims, |m| {
        stranger.sign(m)
    });
    assert_eq!(refused(&forged, &keys), TokenError::Signature);
}

#[test]
fn what_is_no_token_is_refused() {
    let keys = set(&[Ec::new().key(&json!({}))]);
    let good = b64(r#"{"alg":"ES256"}"#);
    for text in [
        String::new(),
        "a.b".to_owned(),
        format!("{good}.e30"),
        format!("{good}.e30.a.b"),
        format!("{good}.e30=.AA"),
        format!("{good}.{}.AA", b64("[]")),
        format!("{good}.{}.AA", b64("{")),
        format!("{}.e30.AA", b64("{}")),
        format!("{good}.e30.{}", "A".repeat(20_000)),
    ] {
        let start: String = text.chars().take(40).collect();
        assert_eq!(refused(&text, &keys), TokenError::Malformed, "{start}");
    }
}

#[test]
fn documents_without_a_key_of_use_are_refused() {
    let pair = Ec::new();
    let parse = |keys: &[Value]| KeySet::parse(json!({ "keys": keys }).to_string().as_bytes());
    for document in ["", "{}", "[]", r#"{"keys": {}}"#] {
        assert_eq!(
            KeySet::parse(document.as_bytes()).unwrap_err(),
            KeySetError::Malformed
        );
    }
    for unfit in [
        json!({"use": "enc"}),
        json!({"key_ops": ["sign"]}),
        json!({"kty": "oct"}),
        json!({"crv": "P-224"}),
        json!({"crv": "P-384"}),
        json!({"x": "AA"}),
        json!({"y": null}),
    ] {
        assert_eq!(
            parse(&[pair.key(&unfit)]).unwrap_err(),
            KeySetError::Empty,
            "{unfit}"
        );
    }
    let fit = pair.key(&json!({"use": "sig", "key_ops": ["verify"]}));
    assert!(
        parse(&[json!({"kty": "OKP"}), json!(1), fit.clone()])
            .unwrap()
            .knows("one")
    );
    assert_eq!(
        parse(&vec![fit; 201]).unwrap_err(),
        KeySetError::TooMany(201)
    );
}
