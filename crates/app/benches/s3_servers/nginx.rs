//! nginx with the same objects as plain files: the ceiling. It checks no signature and writes no log.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{Process, Server, content, free_address, key};

/// The running server.
pub struct Nginx {
    process: Process,
    address: SocketAddr,
}

/// Starts it.
pub fn start(folder: &Path, objects: &[(&str, usize)]) -> Result<Nginx> {
    let files = folder.join("files");
    std::fs::create_dir_all(&files)?;
    for (object, size) in objects {
        std::fs::write(files.join(key(object)), content(*size))?;
    }
    let address = free_address()?;
    let folder = folder.display();
    let configuration = format!(
        "daemon off; worker_processes auto; user root; pid {folder}/pid; error_log stderr warn;
events {{ worker_connections 512; }}
http {{
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 100000000;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen {address}; root {folder}/files; }}
}}"
    );
    let path = format!("{folder}/nginx.conf");
    std::fs::write(&path, configuration)?;
    let child = Command::new("nginx").args(["-c", &path]).spawn()?;
    Ok(Nginx {
        process: Process::listening(child, address)?,
        address,
    })
}

impl Server for Nginx {
    fn name(&self) -> &'static str {
        "nginx"
    }

    fn process(&self) -> Result<u32> {
        Ok(self.process.0.id())
    }

    fn url(&self, object: &str) -> Result<String> {
        Ok(format!("http://{}/{}", self.address, key(object)))
    }
}
