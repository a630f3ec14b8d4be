//! Requests signed with access keys: the root user's, or those of a session.

use anyrole_signing::{AccessKey, PayloadHash, Signer, presign, sign_request};
use anyrole_testkit::SessionCredentials;
use jiff::Timestamp;

use super::exchange::Request;

/// An access key with its secret, and its token if it is a session's.
#[derive(Clone)]
pub struct Key {
    pub id: String,
    pub secret: String,
    pub token: Option<String>,
}

impl From<&SessionCredentials> for Key {
    fn from(credentials: &SessionCredentials) -> Self {
        Self {
            id: credentials.access_key_id.clone(),
            secret: credentials.secret_access_key.clone(),
            token: Some(credentials.session_token.clone()),
        }
    }
}

/// What a signature is made for; begins as us-east-1, now.
#[derive(Clone)]
pub struct Signature<'a> {
    pub key: &'a Key,
    pub service: &'static str,
    pub region: &'static str,
    pub at: Timestamp,
}

impl<'a> Signature<'a> {
    pub fn new(key: &'a Key, service: &'static str) -> Self {
        Self {
            key,
            service,
            region: "us-east-1",
            at: Timestamp::now(),
        }
    }

    pub fn s3(key: &'a Key) -> Self {
        Self::new(key, "s3")
    }

    fn signer(&self) -> Signer<'_> {
        Signer {
            access_key: AccessKey {
                access_key_id: &self.key.id,
                secret_access_key: &self.key.secret,
                session_token: self.key.token.as_deref(),
            },
            region: self.region,
            service: self.service,
            at: self.at,
        }
    }

    /// Signs in the headers.
    pub fn sign(&self, mut request: Request) -> Request {
        let payload = PayloadHash::of(&request.body);
        sign_request(
            request.method,
            &request.path,
            &request.query,
            &mut request.headers,
            payload,
            &self.signer(),
        )
        .unwrap();
        request
    }

    /// Signs in the query.
    pub fn presign(&self, mut request: Request, expires_seconds: u64) -> Request {
        request.query = presign(
            request.method,
            &request.path,
            &request.query,
            &request.headers,
            expires_seconds,
            &self.signer(),
        )
        .unwrap();
        request
    }
}
