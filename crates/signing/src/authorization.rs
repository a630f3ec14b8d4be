//! What kind of signature a request claims to carry, and for which service: enough to route it before anything is
//! verified. Also splits the `Authorization` header into its fields for both algorithms.

use std::borrow::Cow;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::percent::decode_text;
use crate::{VerifyError, canonical_query};

pub(crate) const HMAC: &str = "AWS4-HMAC-SHA256";
const X509_PREFIX: &str = "AWS4-X509-";
const SIGV4A: &str = "AWS4-ECDSA-P256-SHA256";

/// What a request presents as its proof. `service` is the unverified name in the credential scope, empty when the
/// scope cannot be read (parsing then says what is wrong).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorizationKind<'a> {
    /// `Authorization: AWS4-X509-…`.
    X509 {
        /// Scope's service.
        service: Cow<'a, str>,
    },
    /// `Authorization: AWS4-HMAC-SHA256 …`.
    HmacHeader {
        /// Scope's service.
        service: Cow<'a, str>,
    },
    /// `X-Amz-Signature` and its companions in the query.
    HmacPresigned {
        /// Scope's service.
        service: Cow<'a, str>,
    },
    /// Signature Version 2, header or query.
    SigV2,
    /// Signature Version 4a, header or query.
    SigV4a,
    /// Another scheme, such as `Bearer` or `Basic`.
    Other {
        /// The first word; empty if there is but one, which might be a secret.
        scheme: &'a str,
    },
    /// Two `Authorization` headers, or a header and a presigned query.
    Several,
    /// None.
    Unsigned,
}

impl<'a> AuthorizationKind<'a> {
    /// Looks at the `Authorization` header and the raw query; neither is verified.
    pub fn of(headers: &'a HeaderMap, raw_query: &'a str) -> Self {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let in_header = values.next();
        let in_query = Self::of_query(raw_query);
        match (in_header, values.next(), in_query) {
            (None, _, in_query) => in_query,
            (Some(value), None, Self::Unsigned) => {
                Self::of_header(value.to_str().unwrap_or_default())
            }
            _ => Self::Several,
        }
    }

    fn of_header(value: &'a str) -> Self {
        let (scheme, fields) = value.split_once(' ').unwrap_or((value, ""));
        let service = || {
            let credential = fields
                .split(',')
                .find_map(|field| field.trim().strip_prefix("Credential="));
            Cow::Borrowed(credential.and_then(scope_service).unwrap_or_default())
        };
        match scheme {
            HMAC => Self::HmacHeader { service: service() },
            SIGV4A => Self::SigV4a,
            "AWS" => Self::SigV2,
            _ if scheme.starts_with(X509_PREFIX) => Self::X509 { service: service() },
            _ if fields.is_empty() => Self::Other { scheme: "" },
            _ => Self::Other { scheme },
        }
    }

    fn of_query(raw_query: &'a str) -> Self {
        let mut presigned = false;
        let mut algorithm = "";
        let mut credential = "";
        for (name, value) in canonical_query::named_parameters(raw_query) {
            match &*name {
                b"X-Amz-Signature" => presigned = true,
                b"X-Amz-Algorithm" => (presigned, algorithm) = (true, value),
                b"X-Amz-Credential" => (presigned, credential) = (true, value),
                b"AWSAccessKeyId" | b"Signature" => return Self::SigV2,
                _ => {}
            }
        }
        match presigned {
            false => Self::Unsigned,
            true if algorithm == SIGV4A => Self::SigV4a,
            true => Self::HmacPresigned {
                service: match decode_text(credential) {
                    Some(Cow::Borrowed(text)) => {
                        Cow::Borrowed(scope_service(text).unwrap_or_default())
                    }
                    Some(Cow::Owned(text)) => {
                        Cow::Owned(scope_service(&text).unwrap_or_default().to_owned())
                    }
                    None => Cow::Borrowed(""),
                },
            },
        }
    }

    /// The unverified service name of the credential scope; `None` if there is no scope.
    pub fn service(&self) -> Option<&str> {
        match self {
            Self::X509 { service }
            | Self::HmacHeader { service }
            | Self::HmacPresigned { service } => Some(service),
            _ => None,
        }
    }

    /// The error of a request that cannot be verified because of its kind.
    pub fn refusal(&self) -> Option<VerifyError> {
        match self {
            Self::X509 { .. } | Self::HmacHeader { .. } | Self::HmacPresigned { .. } => None,
            Self::SigV2 => Some(VerifyError::SigV2),
            Self::SigV4a => Some(VerifyError::SigV4a),
            Self::Several => Some(VerifyError::SeveralSignatures),
            Self::Other { scheme } => Some(VerifyError::UnsupportedAlgorithm {
                presented: (*scheme).to_owned(),
            }),
            Self::Unsigned => Some(VerifyError::Unsigned),
        }
    }
}

fn scope_service(credential: &str) -> Option<&str> {
    credential.rsplit('/').nth(1)
}

/// `ALGORITHM Credential=…, SignedHeaders=…, Signature=…`, the fields in any order, each exactly once.
pub(crate) struct AuthorizationFields<'a> {
    pub(crate) algorithm: &'a str,
    pub(crate) credential: &'a str,
    pub(crate) signed_headers: &'a str,
    pub(crate) signature: &'a str,
}

impl<'a> AuthorizationFields<'a> {
    pub(crate) fn parse(headers: &'a HeaderMap) -> Result<Self, VerifyError> {
        const MALFORMED: VerifyError = VerifyError::Malformed {
            part: "Authorization",
        };
        let value = headers.get(AUTHORIZATION).ok_or(VerifyError::Unsigned)?;
        let value = value.to_str().map_err(|_| MALFORMED)?;
        let (algorithm, fields) = value.trim().split_once(' ').ok_or(MALFORMED)?;
        let mut found: [Option<&str>; 3] = [None; 3];
        for field in fields.split(',') {
            let (name, value) = field.trim().split_once('=').ok_or(MALFORMED)?;
            let [credential, signed_headers, signature] = &mut found;
            let place = match name {
                "Credential" => credential,
                "SignedHeaders" => signed_headers,
                "Signature" => signature,
                _ => return Err(MALFORMED),
            };
            if place.replace(value).is_some() {
                return Err(VerifyError::SeveralSignatures);
            }
        }
        let [credential, signed_headers, signature] = found;
        Ok(Self {
            algorithm,
            credential: credential.ok_or(VerifyError::Malformed { part: "Credential" })?,
            signed_headers: signed_headers.ok_or(VerifyError::Malformed {
                part: "SignedHeaders",
            })?,
            signature: signature.ok_or(VerifyError::Malformed { part: "Signature" })?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(authorization: &[&str], query: &str) -> (String, Option<String>) {
        let mut headers = HeaderMap::new();
        for value in authorization {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        let kind = AuthorizationKind::of(&headers, query);
        let name = format!("{kind:?}");
        let name = name.split(' ').next().unwrap_or_default().to_owned();
        (name, kind.service().map(str::to_owned))
    }

    #[test]
    fn tells_the_kinds_apart_before_verification() {
        let hmac = "AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=ff";
        let x509 = "AWS4-X509-RSA-SHA256 Credential=17/20150830/us-east-1/rolesanywhere/aws4_request, SignedHeaders=host, Signature=ff";
        let presigned = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20150830%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature=ff";
        let cases: [(&[&str], &str, &str, Option<&str>); 14] = [
            (&[], "", "Unsigned", None),
            (&[], "list-type=2&prefix=X-Amz-Signature", "Unsigned", None),
            (&[hmac], "", "HmacHeader", Some("iam")),
            (&[x509], "a=b", "X509", Some("rolesanywhere")),
            (&[], presigned, "HmacPresigned", Some("s3")),
            (&[], "X%2DAmz-Signature=ff", "HmacPresigned", Some("")),
            (
                &[],
                "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Signature=f",
                "SigV4a",
                None,
            ),
            (&["AWS4-ECDSA-P256-SHA256 Credential=A"], "", "SigV4a", None),
            (&["AWS AKID:c2ln"], "", "SigV2", None),
            (&[], "AWSAccessKeyId=A&Signature=b&Expires=1", "SigV2", None),
            (&["Bearer t"], "", "Other", None),
            (&[hmac, hmac], "", "Several", None),
            (&[hmac], presigned, "Several", None),
            (&["AWS4-HMAC-SHA256"], "", "HmacHeader", Some("")),
        ];
        for (authorization, query, kind, service) in cases {
            let expected = (kind.to_owned(), service.map(str::to_owned));
            assert_eq!(
                kind_of(authorization, query),
                expected,
                "{authorization:?} {query}"
            );
        }
    }
}
