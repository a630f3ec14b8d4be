//! Requests of ACME accounts: each algorithm signs and is verified, and each way in which it is not.

use anyrole_jwt::{Jwk, JwsError, PresentedSigner, UnverifiedJws};
use anyrole_testkit::jws::{self, b64};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding,
};
use serde_json::{Value, json};

enum Pair {
    Ec(EcdsaKeyPair, &'static str),
    Ed(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl Pair {
    fn ec(algorithm: &'static EcdsaSigningAlgorithm, curve: &'static str) -> Self {
        Self::Ec(EcdsaKeyPair::generate(algorithm).unwrap(), curve)
    }

    fn jwk(&self) -> Value {
        match self {
            Self::Ec(pair, curve) => jws::ec_jwk(curve, pair.public_key().as_ref()),
            Self::Ed(pair) => json!({"kty": "OKP", "crv": "Ed25519", "x": b64(pair.public_key())}),
            Self::Rsa(pair) => {
                // RSAPublicKey (RFC 8017, A.1.1): 257 octets of modulus from the ninth on, of which the first is its sign.
                let der = pair.public_key().as_ref();
                json!({"kty": "RSA", "n": b64(&der[9..265]), "e": b64([1, 0, 1])})
            }
        }
    }

    fn spki(&self) -> Vec<u8> {
        let der: PublicKeyX509Der<'_> = match self {
            Self::Ec(pair, _) => pair.public_key().as_der().unwrap(),
            Self::Ed(pair) => pair.public_key().as_der().unwrap(),
            Self::Rsa(pair) => pair.public_key().as_der().unwrap(),
        };
        der.as_ref().to_vec()
    }

    fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Ec(pair, _) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Rsa(pair) => {
                let encoding: &dyn RsaEncoding = match algorithm {
                    "RS384" => &RSA_PKCS1_SHA384,
                    "RS512" => &RSA_PKCS1_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature)
                    .unwrap();
                signature
            }
        }
    }
}

fn flattened(header: &Value, payload: &[u8], sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    jws::flattened(header, payload, sign)
        .to_string()
        .into_bytes()
}

fn pairs() -> Vec<(&'static str, Pair)> {
    let rsa = || Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
    vec![
        ("ES256", Pair::ec(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256")),
        ("ES384", Pair::ec(&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384")),
        ("ES512", Pair::ec(&ECDSA_P521_SHA512_FIXED_SIGNING, "P-521")),
        ("EdDSA", Pair::Ed(Ed25519KeyPair::generate().unwrap())),
        ("RS256", rsa()),
        ("RS384", rsa()),
        ("RS512", rsa()),
    ]
}

#[test]
fn each_algorithm_is_verified_by_its_own_key_alone() {
    let pairs = pairs();
    for (algorithm, pair) in &pairs {
        let header = json!({"alg": algorithm, "jwk": pair.jwk(), "nonce": "n", "url": "u"});
        let text = flattened(&header, b"{}", |message| pair.sign(algorithm, message));
        let request = UnverifiedJws::parse(&text).unwrap();
        let PresentedSigner::Key(key) = request.unverified_signer().clone() else {
            panic!("{algorithm}: no key");
        };
        assert_eq!(request.unverified_nonce(), Some("n"));
        assert_eq!(request.unverified_url(), "u");
        assert_eq!(key.to_spki_der(), pair.spki(), "{algorithm}");
        assert_eq!(Jwk::from_json(key.as_json()).unwrap(), key);
        assert_eq!(request.verify(&key).unwrap(), b"{}", "{algorithm}");
        // Every other key refuses, and so does the right one after any change.
        for (other, pair) in &pairs {
            let foreign = Jwk::parse(&pair.jwk()).unwrap();
            let verified = UnverifiedJws::parse(&text).unwrap().verify(&foreign);
            assert_eq!(verified.is_ok(), other == algorithm, "{algorithm} {other}");
        }
        let forged: [(&str, Vec<u8>); 4] = [
            ("empty", Vec::new()),
            ("zeros", vec![0; pair.sign(algorithm, b"x").len()]),
            ("of another text", pair.sign(algorithm, b"another")),
            ("one octet longer", {
                let parts = (b64(header.to_string()), b64("{}"));
                let mut signature =
                    pair.sign(algorithm, format!("{}.{}", parts.0, parts.1).as_bytes());
                signature.push(0);
                signature
            }),
        ];
        for (what, signature) in forged {
            let text = flattened(&header, b"{}", |_| signature);
            let verified = UnverifiedJws::parse(&text).unwrap().verify(&key);
            assert_eq!(verified, Err(JwsError::Signature), "{algorithm}: {what}");
        }
        let named = json!({"alg": "ES256", "jwk": pair.jwk(), "nonce": "n", "url": "u"});
        let text = flattened(&named, b"{}", |message| pair.sign(algorithm, message));
        let verified = UnverifiedJws::parse(&text).unwrap().verify(&key);
        assert_eq!(
            verified.is_ok(),
            *algorithm == "ES256",
            "{algorithm} as ES256"
        );
    }
}

#[test]
fn what_is_no_signed_request_is_refused() {
    let pair = Pair::ec(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256");
    let header = json!({"alg": "ES256", "kid": "k", "url": "u"});
    let with = |name: &str, value: Value| {
        let mut header = header.clone();
        header[name] = value;
        header
    };
    let malformed = |header: &Value| {
        let text = flattened(header, b"{}", |message| pair.sign("ES256", message));
        UnverifiedJws::parse(&text).map(drop)
    };
    assert_eq!(malformed(&header), Ok(()));
    for algorithm in ["none", "HS256", "PS256", "ES256K", "", "es256"] {
        let refused = malformed(&with("alg", json!(algorithm)));
        assert_eq!(refused, Err(JwsError::Algorithm(algorithm.to_owned())));
    }
    for (name, value) in [
        ("jwk", pair.jwk()),
        ("kid", Value::Null),
        ("url", Value::Null),
        ("crit", json!(["b64"])),
        ("b64", json!(false)),
    ] {
        let refused = malformed(&with(name, value));
        assert!(
            matches!(refused, Err(JwsError::Malformed(_))),
            "{name}: {refused:?}"
        );
    }
    for text in [
        "",
        "a.b.c",
        "[]",
        "{}",
        r#"{"protected": "e30", "payload": "", "signature": "", "header": {}}"#,
        r#"{"protected": "e30=", "payload": "", "signature": ""}"#,
        r#"{"payload": "", "signatures": []}"#,
    ] {
        let refused = UnverifiedJws::parse(text.as_bytes()).map(drop);
        assert!(
            matches!(refused, Err(JwsError::Malformed(_))),
            "{text}: {refused:?}"
        );
    }
}

#[test]
fn keys_of_other_kinds_are_refused() {
    let ec = Pair::ec(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256").jwk();
    let rsa = Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()).jwk();
    let with = |key: &Value, name: &str, value: &str| {
        let mut key = key.clone();
        key[name] = json!(value);
        key
    };
    assert!(Jwk::parse(&ec).is_ok() && Jwk::parse(&rsa).is_ok());
    for key in [
        json!({}),
        json!({"kty": "oct", "k": "AAAA"}),
        with(&ec, "d", "AAAA"),
        with(&ec, "crv", "secp256k1"),
        with(&ec, "x", "AAAA"),
        with(&ec, "y", "not base64!"),
        with(&rsa, "n", &b64([0xff; 128])),
        with(&rsa, "n", &b64([0x7f; 256])),
        with(&rsa, "e", &b64([1])),
        with(&rsa, "e", &b64([2])),
        with(&rsa, "e", &b64([1, 0, 0, 0, 1])),
        json!({"kty": "OKP", "crv": "X25519", "x": b64([1; 32])}),
        json!({"kty": "OKP", "crv": "Ed25519", "x": b64([1; 31])}),
    ] {
        assert!(matches!(Jwk::parse(&key), Err(JwsError::Key(_))), "{key}");
    }
}

#[test]
fn thumbprints_are_those_of_the_standard() {
    // RFC 7638, 3.1.
    let key = json!({
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
    });
    let key = Jwk::parse(&key).unwrap();
    assert_eq!(
        key.thumbprint(),
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    );
}

#[test]
fn bindings_are_verified_by_their_secret_alone() {
    for (name, algorithm) in [
        ("HS256", hmac::HMAC_SHA256),
        ("HS384", hmac::HMAC_SHA384),
        ("HS512", hmac::HMAC_SHA512),
    ] {
        let header = json!({"alg": name, "kid": "k", "url": "u"});
        let sign = |message: &[u8]| {
            let key = hmac::Key::new(algorithm, b"secret");
            hmac::sign(&key, message).as_ref().to_vec()
        };
        let text = flattened(&header, b"payload", sign);
        let read = || UnverifiedJws::parse_binding(&text).unwrap();
        assert_eq!(read().verify_mac(b"secret").unwrap(), b"payload");
        assert_eq!(read().verify_mac(b"Secret"), Err(JwsError::Signature));
        assert_eq!(read().verify_mac(b""), Err(JwsError::Signature));
        // A MAC is no signature, nor the other way round.
        assert!(UnverifiedJws::parse(&text).is_err());
        let pair = Pair::Ed(Ed25519KeyPair::generate().unwrap());
        let key = Jwk::parse(&pair.jwk()).unwrap();
        assert_eq!(read().verify(&key), Err(JwsError::Signature));
    }
}
