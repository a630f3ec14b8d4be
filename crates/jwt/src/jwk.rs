//! A public key as JSON (RFC 7517) in, its canonical form and thumbprint (RFC 7638) out. Keys of accounts; see `jws.rs`.

use aws_lc_rs::digest;
use base64_simd::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use crate::algorithm::{Curve, PublicKey};
use crate::jws::JwsError;
use crate::key_set::{ec_point, number};

/// The sizes of RSA moduli that are taken, in bytes: 2048 to 8192 bits.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// `rsaEncryption` with its NULL, as an `AlgorithmIdentifier`.
const RSA_ENCRYPTION: &[u8] = &[
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];
/// `id-Ed25519`.
const ED25519_DER: &[u8] = &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];

/// A public key of a kind that verifies signatures: RSA, P-256, P-384, P-521 or Ed25519.
#[derive(Debug, Clone)]
pub struct Jwk {
    public: PublicKey,
    canonical: String,
}

#[derive(Deserialize)]
struct Presented {
    kty: String,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    /// Of a private key: who sends one has lost it.
    d: Option<String>,
}

impl Jwk {
    /// Reads a key.
    ///
    /// # Errors
    /// [`JwsError::Key`]: another kind, too small, broken, or a private key.
    pub fn parse(json: &Value) -> Result<Self, JwsError> {
        let key: Presented =
            Presented::deserialize(json).map_err(|_| JwsError::Key("it is no JSON Web Key"))?;
        if key.d.is_some() {
            return Err(JwsError::Key("it is a private key"));
        }
        let public = read(&key)?;
        let canonical = canonical(&public);
        Ok(Self { public, canonical })
    }

    /// Reads what `as_json` has written.
    ///
    /// # Errors
    /// As `parse`.
    pub fn from_json(text: &str) -> Result<Self, JwsError> {
        let value = serde_json::from_str(text).map_err(|_| JwsError::Key("it is no JSON"))?;
        Self::parse(&value)
    }

    /// The required members in their one order, without white space (RFC 7638, 3.3).
    pub fn as_json(&self) -> &str {
        &self.canonical
    }

    /// SHA-256 of `as_json` in base64url.
    pub fn thumbprint(&self) -> String {
        let hash = digest::digest(&digest::SHA256, self.canonical.as_bytes());
        URL_SAFE_NO_PAD.encode_to_string(hash.as_ref())
    }

    /// The key as certificates have it: DER `SubjectPublicKeyInfo` (RFC 3279, 2.3; RFC 5480, 2; RFC 8410, 4).
    pub fn to_spki_der(&self) -> Vec<u8> {
        let (algorithm, key): (&[u8], Vec<u8>) = match &self.public {
            PublicKey::Rsa { n, e } => (
                RSA_ENCRYPTION,
                der(0x30, &[integer(n), integer(e)].concat()),
            ),
            PublicKey::Ec { curve, point } => (curve.algorithm_der(), point.clone()),
            PublicKey::Ed25519 { point } => (ED25519_DER, point.clone()),
        };
        let bits = [&[0][..], &key].concat();
        der(0x30, &[algorithm.to_vec(), der(0x03, &bits)].concat())
    }

    pub(crate) fn public(&self) -> &PublicKey {
        &self.public
    }
}

impl PartialEq for Jwk {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for Jwk {}

fn read(key: &Presented) -> Result<PublicKey, JwsError> {
    let broken = JwsError::Key("a member is missing or broken");
    let text = |member: &Option<String>| member.clone().ok_or_else(|| broken.clone());
    match key.kty.as_str() {
        "RSA" => {
            let n = number(&text(&key.n)?).ok_or_else(|| broken.clone())?;
            let e = number(&text(&key.e)?).ok_or_else(|| broken.clone())?;
            if !RSA_BYTES.contains(&n.len())
                || n.first().is_none_or(|first| *first < 0x80) && n.len() == 256
            {
                return Err(JwsError::Key("RSA keys have 2048 to 8192 bits"));
            }
            // Even ones are none, and long ones make verifying slow.
            if e.len() > 4 || e == [1] || e.last().is_none_or(|last| last % 2 == 0) {
                return Err(JwsError::Key("its exponent is not accepted"));
            }
            Ok(PublicKey::Rsa { n, e })
        }
        "EC" => {
            let curve = Curve::of(&text(&key.crv)?)
                .ok_or(JwsError::Key("of curves P-256, P-384 and P-521 are taken"))?;
            let point = ec_point(curve, &text(&key.x)?, &text(&key.y)?).ok_or(broken)?;
            Ok(PublicKey::Ec { curve, point })
        }
        "OKP" if key.crv.as_deref() == Some("Ed25519") => {
            let point = URL_SAFE_NO_PAD
                .decode_to_vec(text(&key.x)?)
                .ok()
                .filter(|point| point.len() == 32)
                .ok_or(broken)?;
            Ok(PublicKey::Ed25519 { point })
        }
        _ => Err(JwsError::Key("it is neither RSA, EC nor Ed25519")),
    }
}

/// A value with its tag and length; none of ours has 64 KiB.
fn der(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len();
    let [high, low] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    let head = match length {
        0..0x80 => vec![tag, low],
        0x80..0x100 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head, value.to_vec()].concat()
}

/// A positive one: a first octet of 0x80 or more would make it negative.
fn integer(number: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if number.first().is_some_and(|first| *first >= 0x80) {
        &[0]
    } else {
        &[]
    };
    der(0x02, &[sign, number].concat())
}

fn canonical(key: &PublicKey) -> String {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode_to_string(bytes);
    match key {
        PublicKey::Rsa { n, e } => {
            format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode(e), encode(n))
        }
        PublicKey::Ec { curve, point } => {
            let (x, y) = point
                .get(1..)
                .and_then(|point| point.split_at_checked(curve.coordinate()))
                .unwrap_or_default();
            let name = curve.name();
            format!(
                r#"{{"crv":"{name}","kty":"EC","x":"{}","y":"{}"}}"#,
                encode(x),
                encode(y)
            )
        }
        PublicKey::Ed25519 { point } => {
            format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode(point))
        }
    }
}
