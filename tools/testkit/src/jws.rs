//! Flattened JSON Web Signatures (RFC 7515, 7.2.2), as ACME's accounts sign their requests: header, payload and whoever signs come
//! in, the request's body leaves.

use base64_simd::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Base64url without padding.
#[must_use]
pub fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// The JSON Web Key of an elliptic curve's point, uncompressed with its leading 4 (SEC 1, 2.3.3).
#[must_use]
pub fn ec_jwk(curve: &str, point: &[u8]) -> Value {
    let coordinates = point.get(1..).unwrap_or_default();
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    json!({"kty": "EC", "crv": curve, "x": b64(x), "y": b64(y)})
}

/// What `sign` makes of the header and the payload.
#[must_use]
pub fn flattened(
    header: &Value,
    payload: impl AsRef<[u8]>,
    sign: impl FnOnce(&[u8]) -> Vec<u8>,
) -> Value {
    let (protected, payload) = (b64(header.to_string()), b64(payload));
    let signature = sign(format!("{protected}.{payload}").as_bytes());
    json!({"protected": protected, "payload": payload, "signature": b64(signature)})
}
