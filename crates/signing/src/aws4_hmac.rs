//! `AWS4-HMAC-SHA256`: a request's headers or presigned query enter, an unverified signature leaves; and the signing
//! key, derived from a secret access key. The check itself is in `verify.rs`.

use std::borrow::Cow;
use std::fmt;

use aws_lc_rs::hmac;
use http::HeaderMap;
use zeroize::Zeroizing;

use crate::authorization::{AuthorizationFields, HMAC};
use crate::percent::decode_text;
use crate::{AmzDate, CredentialScope, SignedHeaders, VerifyError, canonical_query};

/// What a request claims about its signer. Nothing of it is proven before `verify`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedSignature<'a> {
    /// `AKIA…` or `ASIA…`, as presented.
    pub access_key_id: Cow<'a, str>,
    /// Date, region and service.
    pub scope: CredentialScope<'a>,
    /// Which headers the signature covers.
    pub signed_headers: SignedHeaders<'a>,
    /// The 32 bytes of the HMAC.
    pub signature: [u8; 32],
    /// When it was signed.
    pub signed_at: AmzDate,
    /// `X-Amz-Expires` in seconds if this is a presigned URL.
    pub presigned_expires: Option<u64>,
    /// `x-amz-security-token`, header or query.
    pub session_token: Option<Cow<'a, str>>,
}

impl<'a> UnverifiedSignature<'a> {
    /// Reads the `Authorization` header if there is one, else the presigned query.
    pub fn parse(headers: &'a HeaderMap, raw_query: &'a str) -> Result<Self, VerifyError> {
        use crate::AuthorizationKind as Kind;
        match Kind::of(headers, raw_query) {
            Kind::HmacHeader { .. } => Self::parse_headers(headers),
            Kind::HmacPresigned { .. } => Self::parse_presigned(headers, raw_query),
            Kind::X509 { .. } => Err(VerifyError::UnsupportedAlgorithm {
                presented: "AWS4-X509".to_owned(),
            }),
            kind => Err(kind.refusal().unwrap_or(VerifyError::Unsigned)),
        }
    }

    fn parse_headers(headers: &'a HeaderMap) -> Result<Self, VerifyError> {
        let fields = AuthorizationFields::parse(headers)?;
        let (access_key_id, scope) = CredentialScope::parse_credential(fields.credential.into())?;
        Ok(Self {
            access_key_id,
            scope,
            signed_headers: SignedHeaders::parse(fields.signed_headers.into())?,
            signature: parse_signature(fields.signature)?,
            signed_at: AmzDate::of_headers(headers)?,
            presigned_expires: None,
            session_token: header_token(headers)?,
        })
    }

    fn parse_presigned(headers: &'a HeaderMap, raw_query: &'a str) -> Result<Self, VerifyError> {
        let mut parameters = PresignedParameters::parse(raw_query)?;
        let algorithm = parameters.take(0)?;
        if algorithm != HMAC {
            return Err(VerifyError::UnsupportedAlgorithm {
                presented: algorithm.into_owned(),
            });
        }
        let (access_key_id, scope) = CredentialScope::parse_credential(parameters.take(1)?)?;
        let expires = parameters.take(3)?;
        Ok(Self {
            access_key_id,
            scope,
            signed_headers: SignedHeaders::parse(parameters.take(4)?)?,
            signature: parse_signature(&parameters.take(5)?)?,
            signed_at: AmzDate::parse(&parameters.take(2)?)?,
            presigned_expires: Some(expires.parse().map_err(|_| VerifyError::Malformed {
                part: "X-Amz-Expires",
            })?),
            session_token: match parameters.take(6) {
                Ok(token) => Some(token),
                Err(_) => header_token(headers)?,
            },
        })
    }
}

const PRESIGNED: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    canonical_query::SIGNATURE,
    "X-Amz-Security-Token",
];

/// The values of [`PRESIGNED`], decoded, in that order; none may be given twice.
struct PresignedParameters<'a>([Option<Cow<'a, str>>; 7]);

impl<'a> PresignedParameters<'a> {
    fn parse(raw_query: &'a str) -> Result<Self, VerifyError> {
        let mut values = [const { None }; 7];
        for (name, value) in canonical_query::named_parameters(raw_query) {
            let known = PRESIGNED.iter().zip(&mut values);
            let Some((known, place)) = known
                .into_iter()
                .find(|(known, _)| known.as_bytes() == &*name)
            else {
                continue;
            };
            let value = decode_text(value).ok_or(VerifyError::Malformed { part: known })?;
            if place.replace(value).is_some() {
                return Err(VerifyError::SeveralSignatures);
            }
        }
        Ok(Self(values))
    }

    fn take(&mut self, position: usize) -> Result<Cow<'a, str>, VerifyError> {
        let value = self.0.get_mut(position).and_then(Option::take);
        value.ok_or(VerifyError::Malformed {
            part: PRESIGNED.get(position).copied().unwrap_or_default(),
        })
    }
}

fn header_token(headers: &HeaderMap) -> Result<Option<Cow<'_, str>>, VerifyError> {
    let Some(value) = headers.get("x-amz-security-token") else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| VerifyError::Malformed {
        part: "x-amz-security-token",
    })?;
    Ok(Some(Cow::Borrowed(text)))
}

fn parse_signature(text: &str) -> Result<[u8; 32], VerifyError> {
    let bytes = hex_simd::decode_to_vec(text).ok();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(VerifyError::Malformed { part: "Signature" })
}

/// The key of one secret, day, region and service. It can be kept for that day; the memory of the intermediate keys is
/// wiped, that of the key itself by the crypto library when it is dropped.
#[derive(Clone)]
pub struct SigningKey(hmac::Key);

impl SigningKey {
    /// Derives the key: HMAC over `AWS4` + secret, day, region, service and `aws4_request`.
    /// Source: IAM user guide, "Create a signed AWS API request", step 4.
    pub fn derive(secret_access_key: &str, scope: &CredentialScope<'_>) -> Self {
        let mut secret = Zeroizing::new(Vec::with_capacity(4 + secret_access_key.len()));
        secret.extend_from_slice(b"AWS4");
        secret.extend_from_slice(secret_access_key.as_bytes());
        let mut key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        for part in [
            &*scope.date,
            &*scope.region,
            &*scope.service,
            "aws4_request",
        ] {
            let mut derived = Zeroizing::new([0_u8; 32]);
            // the buffer has the length of the tag, so this cannot fail; were it to, the key would match no signature
            let _ = hmac::sign_to_buffer(&key, part.as_bytes(), derived.as_mut_slice());
            key = hmac::Key::new(hmac::HMAC_SHA256, derived.as_slice());
        }
        Self(key)
    }

    fn context(
        &self,
        signed_at: &AmzDate,
        scope: &CredentialScope<'_>,
        canonical_hash: &[u8; 32],
    ) -> hmac::Context {
        let mut context = hmac::Context::with_key(&self.0);
        crate::verify::write_string_to_sign(HMAC, signed_at, scope, canonical_hash, |part| {
            context.update(part)
        });
        context
    }

    /// The signature of a canonical request's hash.
    pub fn sign(
        &self,
        signed_at: &AmzDate,
        scope: &CredentialScope<'_>,
        canonical_hash: &[u8; 32],
    ) -> [u8; 32] {
        let mut signature = [0; 32];
        signature.copy_from_slice(
            self.context(signed_at, scope, canonical_hash)
                .sign()
                .as_ref(),
        );
        signature
    }

    /// Compares a presented signature in constant time.
    pub(crate) fn matches(
        &self,
        signed_at: &AmzDate,
        scope: &CredentialScope<'_>,
        canonical_hash: &[u8; 32],
        presented: &[u8; 32],
    ) -> bool {
        let expected = self.sign(signed_at, scope, canonical_hash);
        aws_lc_rs::constant_time::verify_slices_are_equal(&expected, presented).is_ok()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey(hidden)")
    }
}
