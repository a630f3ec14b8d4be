//! What a server shows in a TLS handshake: a connection and the host it is to be enter; the version and the certificates leave,
//! believed by nobody yet. The handshake only looks, and nothing is sent behind it. First contacts and `doctor` call it.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, ProtocolVersion, SignatureScheme,
};

/// What a handshake showed. Whoever sits in between may have made it up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownTls {
    /// `TLS 1.3`.
    pub version: &'static str,
    /// DER, the server's own first; none is verified, nor that the server has the key.
    pub unverified_certificates: Vec<Vec<u8>>,
}

impl ShownTls {
    /// Shakes hands on `stream`, whose time limits are the caller's to set, with the host of a name or an address without brackets.
    ///
    /// # Errors
    /// The host is no name, or the handshake failed: the message says why there is nothing to see.
    pub fn look(mut stream: TcpStream, host: &str) -> io::Result<Self> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let onlooker = Arc::new(Onlooker(provider.clone()));
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(onlooker)
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let mut connection =
            ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut stream).map_err(|error| {
                io::Error::new(error.kind(), format!("the TLS handshake failed: {error}"))
            })?;
        }
        let shown = connection.peer_certificates().unwrap_or_default();
        Ok(Self {
            version: match connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
                Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
                _ => "TLS",
            },
            unverified_certificates: shown.iter().map(|der| der.to_vec()).collect(),
        })
    }
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
