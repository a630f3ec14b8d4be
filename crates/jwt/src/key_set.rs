//! A provider's keys: a JWKS document in (RFC 7517), the keys that can verify signatures out. What can't be used is left out.

use base64_simd::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::algorithm::{Curve, PublicKey};

/// The most keys that are read of a document: IAM takes 100 of RSA and 100 of EC.
const MAX_KEYS: usize = 200;
/// The longest modulus, in bytes: 8192 bits.
const MAX_MODULUS: usize = 1024;

/// A document that holds no key of use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Not JSON of the form `{"keys": […]}`.
    #[error("the document is no JSON Web Key Set")]
    Malformed,
    /// More keys than are read.
    #[error("the document has {0} keys, {MAX_KEYS} are the most")]
    TooMany(usize),
    /// No key that verifies signatures of the algorithms that are taken.
    #[error("the document has no RSA or EC key for signatures")]
    Empty,
}

/// The keys of a provider that verify signatures.
#[derive(Debug)]
pub struct KeySet {
    pub(crate) keys: Vec<Key>,
}

#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) id: Option<String>,
    /// The one algorithm that it is for, where the document says so.
    pub(crate) algorithm: Option<String>,
    pub(crate) public: PublicKey,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Presented {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    key_ops: Option<Vec<String>>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a document.
    ///
    /// # Errors
    /// It is no key set, or has none of the keys that are wanted.
    pub fn parse(json: &[u8]) -> Result<Self, KeySetError> {
        let document: Document =
            serde_json::from_slice(json).map_err(|_| KeySetError::Malformed)?;
        if document.keys.len() > MAX_KEYS {
            return Err(KeySetError::TooMany(document.keys.len()));
        }
        // Keys of kinds that are not known are passed over (RFC 7517, section 5).
        let keys: Vec<Key> = document
            .keys
            .into_iter()
            .filter_map(|value| serde_json::from_value(value).ok())
            .filter_map(Key::read)
            .collect();
        if keys.is_empty() {
            return Err(KeySetError::Empty);
        }
        Ok(Self { keys })
    }

    /// Whether a key has this id.
    pub fn knows(&self, id: &str) -> bool {
        self.keys.iter().any(|key| key.id.as_deref() == Some(id))
    }
}

impl Key {
    fn read(presented: Presented) -> Option<Self> {
        let signs = presented
            .used_for
            .as_deref()
            .is_none_or(|used| used == "sig")
            && presented
                .key_ops
                .as_ref()
                .is_none_or(|operations| operations.iter().any(|operation| operation == "verify"));
        if !signs {
            return None;
        }
        let public = match presented.kty.as_str() {
            "RSA" => {
                let (n, e) = (number(&presented.n?)?, number(&presented.e?)?);
                let fits = (1..=MAX_MODULUS).contains(&n.len()) && (1..=8).contains(&e.len());
                fits.then_some(PublicKey::Rsa { n, e })?
            }
            "EC" => {
                let curve = Curve::of(&presented.crv?)?;
                let point = ec_point(curve, &presented.x?, &presented.y?)?;
                PublicKey::Ec { curve, point }
            }
            _ => return None,
        };
        Some(Self {
            id: presented.kid,
            algorithm: presented.alg,
            public,
        })
    }
}

/// An uncompressed point of coordinates that are as long as the curve's.
pub(crate) fn ec_point(curve: Curve, x: &str, y: &str) -> Option<Vec<u8>> {
    let coordinate = |text: &str| {
        let bytes = URL_SAFE_NO_PAD.decode_to_vec(text).ok()?;
        (bytes.len() == curve.coordinate()).then_some(bytes)
    };
    Some([vec![4], coordinate(x)?, coordinate(y)?].concat())
}

/// Big-endian, without the zeros in front that some writers add.
pub(crate) fn number(text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode_to_vec(text).ok()?;
    let start = bytes.iter().position(|byte| *byte != 0)?;
    bytes.get(start..).map(<[u8]>::to_vec)
}
