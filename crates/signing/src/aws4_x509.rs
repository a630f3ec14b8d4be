//! `AWS4-X509-*`: a CreateSession request's headers enter, an unverified signature and the bytes that the certificate's
//! key must have signed leave. The public-key check is the x509 room's. Source: Roles Anywhere user guide, "Authentication".

use std::borrow::Cow;

use http::HeaderMap;

use crate::authorization::AuthorizationFields;
use crate::verify::{Expected, check_scope, write_string_to_sign};
use crate::{
    AmzDate, CanonicalRequest, CredentialScope, PathStyle, PayloadHash, RequestHead, SignedHeaders,
    VerifyError,
};

/// The primitive that a leaf's key signs the string to sign with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum X509Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// ECDSA with SHA-256 whatever the curve, ASN.1 DER.
    EcdsaSha256,
    /// Pure ML-DSA over the string to sign, empty context.
    MlDsa,
}

impl X509Algorithm {
    /// The word in the `Authorization` header.
    pub fn token(self) -> &'static str {
        match self {
            Self::RsaSha256 => "AWS4-X509-RSA-SHA256",
            Self::EcdsaSha256 => "AWS4-X509-ECDSA-SHA256",
            Self::MlDsa => "AWS4-X509-MLDSA",
        }
    }

    /// AWS documents three words. AWS's own Python session library puts the hash of the leaf's *own* signature into the
    /// word (`AWS4-X509-RSA-SHA384`) and signs with SHA-256 all the same; so those words mean SHA-256 here too.
    fn parse(token: &str) -> Option<Self> {
        let name = token.strip_prefix("AWS4-X509-")?;
        match name {
            "RSA-SHA256" | "RSA-SHA384" | "RSA-SHA512" => Some(Self::RsaSha256),
            "ECDSA-SHA256" | "ECDSA-SHA384" | "ECDSA-SHA512" => Some(Self::EcdsaSha256),
            "MLDSA" => Some(Self::MlDsa),
            _ => None,
        }
    }
}

/// What a CreateSession request claims about its signer. Nothing of it is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedX509Signature<'a> {
    /// The primitive to verify with.
    pub algorithm: X509Algorithm,
    /// The algorithm's word as presented; it is the first line of the string to sign.
    pub algorithm_token: &'a str,
    /// Decimal serial number of the certificate, digits only; to be compared with the leaf's.
    pub serial_decimal: Cow<'a, str>,
    /// Date, region and service.
    pub scope: CredentialScope<'a>,
    /// Which headers the signature covers.
    pub signed_headers: SignedHeaders<'a>,
    /// The signature's bytes, in the algorithm's own form.
    pub signature: Vec<u8>,
    /// When it was signed.
    pub signed_at: AmzDate,
}

impl<'a> UnverifiedX509Signature<'a> {
    /// The service that AWS4-X509 signatures are for.
    pub const SERVICE: &'static str = "rolesanywhere";

    /// Reads `Authorization: ALG Credential=<serial>/<scope>, SignedHeaders=a;b, Signature=<hex>` and the date.
    pub fn parse(headers: &'a HeaderMap) -> Result<Self, VerifyError> {
        if headers
            .get_all(http::header::AUTHORIZATION)
            .iter()
            .nth(1)
            .is_some()
        {
            return Err(VerifyError::SeveralSignatures);
        }
        let fields = AuthorizationFields::parse(headers)?;
        let Some(algorithm) = X509Algorithm::parse(fields.algorithm) else {
            return Err(VerifyError::UnsupportedAlgorithm {
                presented: fields.algorithm.to_owned(),
            });
        };
        let (serial_decimal, scope) = CredentialScope::parse_credential(fields.credential.into())?;
        if !serial_decimal.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(VerifyError::Malformed { part: "Credential" });
        }
        let signature = hex_simd::decode_to_vec(fields.signature).ok();
        Ok(Self {
            algorithm,
            algorithm_token: fields.algorithm,
            serial_decimal,
            scope,
            signed_headers: SignedHeaders::parse(fields.signed_headers.into())?,
            signature: signature
                .filter(|bytes| !bytes.is_empty())
                .ok_or(VerifyError::Malformed { part: "Signature" })?,
            signed_at: AmzDate::of_headers(headers)?,
        })
    }

    /// All rules but the public-key check: region, service, date window, and that `host`, `x-amz-date`, `x-amz-x509` and
    /// every other `x-amz-*` header are signed and sent once.
    pub fn check_claims(
        &self,
        headers: &HeaderMap,
        expected: &Expected<'_>,
    ) -> Result<(), VerifyError> {
        check_scope(&self.scope, &self.signed_at, expected)?;
        expected.check_window(&self.signed_at)?;
        for name in ["x-amz-date", "x-amz-x509"] {
            if !self.signed_headers.contains(name) {
                return Err(VerifyError::HeaderNotSigned {
                    name: name.to_owned(),
                });
            }
        }
        for name in ["x-amz-x509", "x-amz-x509-chain"] {
            // a second one would be signed as part of a joined value and then be overlooked
            if headers.get_all(name).iter().nth(1).is_some() {
                return Err(VerifyError::Malformed {
                    part: if name == "x-amz-x509" {
                        "x-amz-x509"
                    } else {
                        "x-amz-x509-chain"
                    },
                });
            }
        }
        self.signed_headers.check_cover(headers)
    }

    /// The bytes that the leaf's key must have signed. The official client signs the path `/sessions` even when the
    /// endpoint has a base path: pass that constant.
    pub fn string_to_sign(&self, head: &RequestHead<'_>, payload: PayloadHash<'_>) -> Vec<u8> {
        let canonical = CanonicalRequest {
            head: *head,
            signed_headers: &self.signed_headers,
            payload,
            path_style: PathStyle::EncodedTwice,
        };
        let mut text = Vec::with_capacity(192);
        write_string_to_sign(
            self.algorithm_token,
            &self.signed_at,
            &self.scope,
            &canonical.hash(),
            |part| {
                text.extend_from_slice(part);
            },
        );
        text
    }
}
