//! An OpenID Connect provider for stories: its documents, and tokens by the names that stories call them.

use anyrole_domain::ports::ProviderDocuments;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64_simd::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

const ISSUER: &str = "https://issuer.example/team";

pub struct Provider(EcdsaKeyPair);

impl Provider {
    pub fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    /// Tokens by name, for an hour from `now`.
    pub fn tokens(&self, now: Timestamp) -> Vec<(&'static str, String)> {
        let now = now.as_second();
        let claims = |changes: Value| {
            let mut claims = json!({
                "iss": ISSUER, "aud": "sts.amazonaws.com", "sub": "repo:one/two", "iat": now, "exp": now + 3600,
            });
            for (name, value) in changes.as_object().unwrap() {
                claims[name] = value.clone();
            }
            claims
        };
        let tags = json!({"https://aws.amazon.com/tags": {"principal_tags": {"team": ["a", "b"]}}});
        vec![
            ("good-token", self.token(&claims(json!({})))),
            ("old-token", self.token(&claims(json!({"exp": now})))),
            (
                "other-token",
                self.token(&claims(json!({"iss": "https://other.example"}))),
            ),
            (
                "away-token",
                self.token(&claims(json!({"iss": "https://away.example"}))),
            ),
            ("tagged-token", self.token(&claims(tags))),
        ]
    }

    fn token(&self, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode_to_string(value.to_string());
        let header = json!({"alg": "ES256", "kid": "one"});
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = self
            .0
            .sign(&SystemRandom::new(), signed.as_bytes())
            .unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode_to_string(signature))
    }

    fn keys(&self) -> Value {
        // 0x04, then the coordinates.
        let point = self.0.public_key().as_ref();
        let coordinate = |from: usize| URL_SAFE_NO_PAD.encode_to_string(&point[from..from + 32]);
        let key = json!({
            "kty": "EC", "crv": "P-256", "kid": "one", "use": "sig", "x": coordinate(1), "y": coordinate(33),
        });
        json!({"keys": [key]})
    }
}

#[async_trait::async_trait]
impl ProviderDocuments for Provider {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
        let document = match url.strip_prefix(ISSUER) {
            Some("/.well-known/openid-configuration") => {
                json!({"issuer": ISSUER, "jwks_uri": format!("{ISSUER}/keys")})
            }
            Some("/keys") => self.keys(),
            _ => return Err("nobody answers".to_owned()),
        };
        Ok(document.to_string().into_bytes())
    }
}
