//! s3s-fs: this program once more, as a server made as s3s-fs's own binary is made. That one leaves Nagle's algorithm
//! on, which costs 40 ms for each answer that goes out in two writes; with TCP_NODELAY it shows what s3s-fs can do.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use anyrole_signing::AccessKey;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;

use super::{Process, Server, content, free_address, key, presigned};

/// The argument that makes this program the server: it is followed by address, folder and `true` for TCP_NODELAY.
pub const SERVE: &str = "--serve-s3s-fs";
const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// The running server.
pub struct S3sFs {
    process: Process,
    address: SocketAddr,
    no_delay: bool,
}

/// Starts it; its objects are plain files.
pub fn start(folder: &Path, objects: &[(&str, usize)], no_delay: bool) -> Result<S3sFs> {
    let bucket = folder.join("benchmark");
    std::fs::create_dir_all(&bucket)?;
    for (object, size) in objects {
        std::fs::write(bucket.join(key(object)), content(*size))?;
    }
    let address = free_address()?;
    let child = Command::new(std::env::current_exe()?)
        .arg(SERVE)
        .arg(address.to_string())
        .arg(folder)
        .arg(no_delay.to_string())
        .spawn()?;
    Ok(S3sFs {
        process: Process::listening(child, address)?,
        address,
        no_delay,
    })
}

/// Serves for ever; `arguments` are what follows [`SERVE`].
#[tokio::main]
pub async fn serve(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let address: SocketAddr = arguments.next().context("an address")?.parse()?;
    let folder = PathBuf::from(arguments.next().context("a folder")?);
    let no_delay = arguments.next().is_some_and(|argument| argument == "true");
    let files = FileSystem::new(folder).map_err(|error| anyhow::anyhow!("s3s-fs: {error:?}"))?;
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    let service = builder.build();
    let listener = tokio::net::TcpListener::bind(address).await?;
    let server = Builder::new(TokioExecutor::new());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(no_delay)?;
        let connection = server
            .serve_connection(TokioIo::new(stream), service.clone())
            .into_owned();
        tokio::spawn(connection);
    }
}

impl Server for S3sFs {
    fn name(&self) -> &'static str {
        match self.no_delay {
            true => "s3s-fs, TCP_NODELAY",
            false => "s3s-fs as it is",
        }
    }

    fn process(&self) -> Result<u32> {
        Ok(self.process.0.id())
    }

    fn url(&self, object: &str) -> Result<String> {
        let access_key = AccessKey {
            access_key_id: ACCESS_KEY,
            secret_access_key: SECRET_KEY,
            session_token: None,
        };
        let host = self.address.to_string();
        let target = presigned(
            "GET",
            &host,
            &format!("/benchmark/{}", key(object)),
            access_key,
        )?;
        Ok(format!("http://{host}{target}"))
    }
}
