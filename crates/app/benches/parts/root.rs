//! The root user of a running server: what is asked enters, the answer, or a signed request's bytes, leave.

use std::net::SocketAddr;

use anyhow::Result;
use anyrole_domain::ports::Clock as _;
use anyrole_signing::{AccessKey, PayloadHash, Signer, sign_request};
use anyrole_testkit::{RootKey, TestServer};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use serde_json::Value;

use super::SystemClock;
use super::http::{Connection, wire_bytes};
use super::site::REGION;

/// The root user.
pub struct Root {
    key: RootKey,
    address: SocketAddr,
}

impl Root {
    /// Of this server.
    pub fn of(server: &TestServer) -> Result<Self> {
        Ok(Self {
            key: server.root_key()?,
            address: server.address(),
        })
    }

    /// Calls an operation of Private CA.
    pub fn private_ca(&self, operation: &str, members: &Value) -> Result<Value> {
        self.send(&self.private_ca_request(operation, members)?)
    }

    /// Opens ACME for an authority, without keys; the directory's path.
    pub fn open_acme(&self, members: &Value) -> Result<String> {
        let request = self.signed("anyrole", "/-/acme", None, members)?;
        let opened = self.send(&request)?;
        let path = opened.get("directory").and_then(Value::as_str);
        Ok(path.unwrap_or_default().to_owned())
    }

    /// A call of Private CA as it goes over the wire; it may be sent again for five minutes.
    pub fn private_ca_request(&self, operation: &str, members: &Value) -> Result<Vec<u8>> {
        let target = format!("ACMPrivateCA.{operation}");
        self.signed("acm-pca", "/", Some(&target), members)
    }

    fn send(&self, request: &[u8]) -> Result<Value> {
        let mut connection = Connection::open(self.address)?;
        Ok(serde_json::from_slice(connection.exchange(request)?)?)
    }

    fn signed(
        &self,
        service: &'static str,
        path: &str,
        target: Option<&str>,
        members: &Value,
    ) -> Result<Vec<u8>> {
        let body = members.to_string();
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_str(&self.address.to_string())?);
        let json = HeaderValue::from_static("application/x-amz-json-1.1");
        headers.insert(CONTENT_TYPE, json);
        if let Some(target) = target {
            headers.insert("x-amz-target", HeaderValue::from_str(target)?);
        }
        let signer = Signer {
            access_key: AccessKey {
                access_key_id: &self.key.id,
                secret_access_key: &self.key.secret,
                session_token: None,
            },
            region: REGION,
            service,
            at: SystemClock.now(),
        };
        let payload = PayloadHash::of(body.as_bytes());
        sign_request("POST", path, "", &mut headers, payload, &signer)?;
        headers.insert(CONTENT_LENGTH, body.len().into());
        Ok(wire_bytes("POST", path, &headers, &body))
    }
}
