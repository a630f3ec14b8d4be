//! The request as the official client sends it: ARNs in the query, duration and session name in the body, certificate
//! and chain in headers, all signed. Source: the Roles Anywhere user guide, "Authentication", and the official client.

use anyrole_signing::{PayloadHash, SignError, X509Signer, sign_x509};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::{Attempts, CreateSessionError, Endpoint, Identity, Region, Surroundings};

/// Signed as this constant whatever path the endpoint has before it.
const PATH: &str = "/sessions";

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRequest {
    /// The trust anchor that the certificate leads to.
    pub trust_anchor_arn: String,
    /// The profile that lists the role.
    pub profile_arn: String,
    /// The role.
    pub role_arn: String,
    /// Lifetime in seconds, 900 to 43200; AWS's default is 3600.
    pub duration_seconds: u32,
    /// The session's name, for profiles that accept one.
    pub role_session_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    duration_seconds: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_session_name: Option<&'a str>,
}

impl SessionRequest {
    fn query(&self) -> String {
        let encode = |arn| utf8_percent_encode(arn, RESERVED).to_string();
        format!(
            "profileArn={}&roleArn={}&trustAnchorArn={}",
            encode(&self.profile_arn),
            encode(&self.role_arn),
            encode(&self.trust_anchor_arn)
        )
    }

    fn body(&self) -> Vec<u8> {
        let body = Body {
            duration_seconds: self.duration_seconds,
            role_session_name: self.role_session_name.as_deref(),
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

/// A request that is the same for all attempts but for its date, its attempt number and its signature.
pub(crate) struct PreparedRequest<'a> {
    identity: &'a Identity,
    region: &'a Region,
    query: String,
    pub(crate) url: String,
    pub(crate) body: Vec<u8>,
    headers: HeaderMap,
}

impl<'a> PreparedRequest<'a> {
    pub(crate) fn new(
        identity: &'a Identity,
        session: &SessionRequest,
        endpoint: &Endpoint,
        region: &'a Region,
        surroundings: &dyn Surroundings,
    ) -> Result<Self, CreateSessionError> {
        let base64 = |der: &[u8]| base64_simd::STANDARD.encode_to_string(der);
        let invocation = uuid::Builder::from_random_bytes(surroundings.random()).into_uuid();
        let mut headers = HeaderMap::new();
        insert(&mut headers, "host", endpoint.host())?;
        insert(&mut headers, "content-type", "application/json")?;
        insert(
            &mut headers,
            "amz-sdk-invocation-id",
            &invocation.to_string(),
        )?;
        insert(&mut headers, "x-amz-x509", &base64(identity.leaf().der()))?;
        if !identity.intermediates_der().is_empty() {
            let chain: Vec<String> = identity
                .intermediates_der()
                .iter()
                .map(|der| base64(der))
                .collect();
            insert(&mut headers, "x-amz-x509-chain", &chain.join(","))?;
        }
        let query = session.query();
        Ok(Self {
            identity,
            region,
            url: endpoint.url(PATH, &query),
            query,
            body: session.body(),
            headers,
        })
    }

    /// The headers of one attempt of so many, signed with this time.
    pub(crate) fn sign(
        &self,
        (attempt, of): (u32, Attempts),
        at: Timestamp,
    ) -> Result<HeaderMap, CreateSessionError> {
        let mut headers = self.headers.clone();
        insert(
            &mut headers,
            "amz-sdk-request",
            &format!("attempt={attempt}; max={}", of.0),
        )?;
        let (algorithm, scheme) = self.identity.algorithm();
        let signer = X509Signer {
            algorithm,
            serial_decimal: &self.identity.leaf().summary().serial_decimal,
            region: self.region.as_str(),
            at,
        };
        let payload = PayloadHash::of(&self.body);
        sign_x509(
            "POST",
            PATH,
            &self.query,
            &mut headers,
            payload,
            &signer,
            |text| self.identity.key().sign(scheme, text),
        )?;
        insert(&mut headers, "user-agent", USER_AGENT)?;
        Ok(headers)
    }
}

const USER_AGENT: &str = concat!("anyrole/", env!("CARGO_PKG_VERSION"));

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) -> Result<(), SignError> {
    let value = HeaderValue::from_str(value).map_err(|_| SignError::InvalidHeader { name })?;
    headers.insert(name, value);
    Ok(())
}
