//! A first contact: an endpoint and the SHA-256 of a certificate enter; that certificate, as the server shows it, leaves as the only
//! root to believe. The handshake here only looks, and sends nothing behind it; the request itself is then verified as always.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use anyrole_x509::sha256_fingerprint;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};
use ureq::tls::{Certificate, RootCerts};

use super::{EnrolmentError, lower_hex};
use crate::Endpoint;

/// How long the server may take for each step of the handshake.
const PATIENCE: Duration = Duration::from_secs(10);

/// The certificate of this hash among those that the server shows.
pub(super) fn pinned_roots(endpoint: &Endpoint, sha256: &str) -> Result<RootCerts, EnrolmentError> {
    let wrong = |detail: String| EnrolmentError::Pin(format!("{}: {detail}", endpoint.as_str()));
    let shown = look(endpoint).map_err(wrong)?;
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

fn look(endpoint: &Endpoint) -> Result<Vec<Vec<u8>>, String> {
    let (host, port) = endpoint.host_and_port();
    let mut stream =
        TcpStream::connect((host.as_str(), port)).map_err(|error| error.to_string())?;
    for set in [TcpStream::set_read_timeout, TcpStream::set_write_timeout] {
        set(&stream, Some(PATIENCE)).map_err(|error| error.to_string())?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let onlooker = Arc::new(Onlooker(provider.clone()));
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(onlooker)
        .with_no_client_auth();
    let name = ServerName::try_from(host).map_err(|error| error.to_string())?;
    let mut connection =
        ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())?;
    while connection.is_handshaking() {
        connection
            .complete_io(&mut stream)
            .map_err(|error| format!("the TLS handshake failed: {error}"))?;
    }
    let shown = connection.peer_certificates().unwrap_or_default();
    Ok(shown.iter().map(|der| der.to_vec()).collect())
}

/// Takes whatever is presented: it is looked at, and nothing is sent.
#[derive(Debug)]
struct Onlooker(Arc<CryptoProvider>);

impl ServerCertVerifier for Onlooker {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
