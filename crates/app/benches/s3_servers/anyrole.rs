//! Our own server: the built binary; requests are presigned by a role session, as CreateSession gives it.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use anyrole_domain::sessions::{Credentials, create_session};
use anyrole_signing::AccessKey;
use anyrole_testkit::{TestServer, exchange};

use super::{Server, content, key, presigned};
use crate::parts::leaves::{Issuer, Kind};
use crate::parts::site::{self, refused};

/// The running server with credentials.
pub struct Anyrole {
    server: TestServer,
    credentials: Credentials,
}

/// Starts it and puts the objects.
pub fn start(data: &Path, objects: &[(&str, usize)]) -> Result<Anyrole> {
    std::fs::create_dir(data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let credentials = runtime.block_on(credentials(data))?;
    drop(runtime);
    let server = TestServer::builder(env!("CARGO_BIN_EXE_anyrole"))
        .data(data)
        .start()?;
    let started = Anyrole {
        server,
        credentials,
    };
    started.put("/benchmark", &[])?;
    for (object, size) in objects {
        started.put(&format!("/benchmark/{}", key(object)), &content(*size))?;
    }
    Ok(started)
}

/// A session, made in the server's folder before the server starts.
async fn credentials(data: &Path) -> Result<Credentials> {
    let opened = site::open(data).await?;
    let issuer = Issuer::new(Kind::P256)?;
    let arns = site::configure(&opened.site, issuer.pem()?).await?;
    let leaf = issuer.leaf(0, &arns, "localhost")?;
    let created = create_session(&opened.site, &site::origin(&opened.site), leaf.decoded()).await;
    Ok(created.map_err(refused)?.credentials)
}

impl Anyrole {
    fn presigned(&self, method: &str, path: &str) -> Result<String> {
        let access_key = AccessKey {
            access_key_id: &self.credentials.access_key_id,
            secret_access_key: self.credentials.secret_access_key.expose(),
            session_token: Some(&self.credentials.session_token),
        };
        presigned(method, &self.server.address().to_string(), path, access_key)
    }

    fn put(&self, path: &str, content: &[u8]) -> Result<()> {
        let target = self.presigned("PUT", path)?;
        let (host, length) = (self.server.address(), content.len());
        let mut request =
            format!("PUT {target} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n")
                .into_bytes();
        request.extend_from_slice(content);
        let answer = exchange(self.server.address(), &request)?;
        ensure!(
            answer.status == 200,
            "PUT {path}: {} {}",
            answer.status,
            answer.text()
        );
        Ok(())
    }
}

impl Server for Anyrole {
    fn name(&self) -> &'static str {
        "anyrole"
    }

    fn process(&self) -> Result<u32> {
        self.server.id().context("a running server")
    }

    fn url(&self, object: &str) -> Result<String> {
        let target = self.presigned("GET", &format!("/benchmark/{}", key(object)))?;
        Ok(format!("{}{target}", self.server.url()))
    }
}
