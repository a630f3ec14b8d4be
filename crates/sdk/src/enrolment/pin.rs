//! A first contact: an endpoint and the SHA-256 of a certificate enter; that certificate, as the server shows it, leaves as the only
//! root to believe. The request itself is then verified as always.

use std::io;
use std::net::TcpStream;
use std::time::Duration;

use anyrole_x509::sha256_fingerprint;
use ureq::tls::{Certificate, RootCerts};

use super::{EnrolmentError, lower_hex};
use crate::{Endpoint, ShownTls};

/// How long the server may take for each step of the handshake.
const PATIENCE: Duration = Duration::from_secs(10);

/// The certificate of this hash among those that the server shows.
pub(super) fn pinned_roots(endpoint: &Endpoint, sha256: &str) -> Result<RootCerts, EnrolmentError> {
    let wrong = |detail: String| EnrolmentError::Pin(format!("{}: {detail}", endpoint.as_str()));
    let shown = look(endpoint).map_err(|error| wrong(error.to_string()))?;
    let pinned = shown
        .iter()
        .find(|der| lower_hex(&sha256_fingerprint(der)) == sha256);
    let pinned = pinned.ok_or_else(|| {
        wrong("the server's TLS shows no certificate that the join token names: this is another server, or its certificate was changed (make a new token with --tls-ca, or one without it and give --ca-bundle)".to_owned())
    })?;
    Ok(RootCerts::new_with_certs(&[
        Certificate::from_der(pinned).to_owned()
    ]))
}

fn look(endpoint: &Endpoint) -> io::Result<Vec<Vec<u8>>> {
    let (host, port) = endpoint.host_and_port();
    let stream = TcpStream::connect((host.as_str(), port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(ShownTls::look(stream, &host)?.unverified_certificates)
}
