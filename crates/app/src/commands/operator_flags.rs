//! The flags of the operator's own calls, which are signed: which server, and whose key.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::settings::DEFAULT_DATA;
use crate::signed_client::{Call, CallError, Credentials, SignedClient};

/// Our own calls may be signed for this region whatever the server's.
const REGION: &str = "us-east-1";

/// Which server, and whose key.
#[derive(clap::Args, Debug)]
pub struct OperatorFlags {
    /// Base URL of the server
    #[arg(
        long,
        value_name = "URL",
        env = "AWS_ENDPOINT_URL",
        default_value = "http://127.0.0.1:9910"
    )]
    pub endpoint_url: String,

    /// The server's data folder, for root's access key
    #[arg(long, value_name = "DIR", env = "ANYROLE_DATA", default_value = DEFAULT_DATA)]
    pub data: PathBuf,

    /// AWS credentials file to sign with; its first section counts [default: DATA/root-credentials]
    #[arg(long, value_name = "FILE")]
    pub credentials: Option<PathBuf>,
}

impl OperatorFlags {
    /// Signs one of our own calls and sends it; the body of its answer.
    ///
    /// # Errors
    /// The credentials can't be read.
    pub fn send(
        &self,
        user_agent: &'static str,
        (method, path, query): (&'static str, &str, &str),
        body: &[u8],
    ) -> anyhow::Result<Result<String, CallError>> {
        let credentials = match &self.credentials {
            Some(path) => Credentials::read(path),
            None => Credentials::read(&self.data.join("root-credentials")),
        }?;
        let client = SignedClient::new(&self.endpoint_url, REGION, user_agent);
        let call = Call {
            service: "anyrole",
            method,
            path,
            query,
            content_type: "application/json",
            body,
        };
        Ok(client.send(&credentials, &call))
    }

    /// As [`OperatorFlags::send`], where a refusal is the command's end.
    ///
    /// # Errors
    /// What the server says, with its URL.
    pub fn call(
        &self,
        user_agent: &'static str,
        request: (&'static str, &str, &str),
        body: &[u8],
    ) -> anyhow::Result<String> {
        let answer = self.send(user_agent, request, body)?;
        answer.with_context(|| self.endpoint_url.clone())
    }
}
