//! The service's TLS: who it says that it is, until when, and whether it is believed. The handshake here only looks, and sends
//! nothing behind it; whether the certificate is trusted is what the client itself said.

use std::net::TcpStream;
use std::sync::Arc;

use anyrole_sdk::{CreateSessionError, Route, TlsRoots};
use anyrole_x509::Certificate;
use jiff::SignedDuration;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};

use super::Doctor;
use super::finding::{Finding, Group, Of};
use crate::span::span;

const OF: Of = Of(Group::Network);
const CHECK: &str = "tls";
/// What is left then is little for somebody who renews by hand.
const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What a handshake showed.
pub(super) struct Seen {
    version: String,
    leaf: Option<Certificate>,
}

pub(super) fn examine(
    doctor: &Doctor<'_>,
    route: &Route,
    seen: Result<Seen, String>,
    refused: Option<&CreateSessionError>,
) -> Finding {
    let said = match &seen {
        Ok(seen) => describe(doctor, seen),
        Err(why) => format!("what the service presents can't be looked at: {why}"),
    };
    let untrusted = refused.filter(|error| {
        matches!(
            error,
            CreateSessionError::Transport {
                untrusted_server: true,
                ..
            }
        )
    });
    if let Some(error) = untrusted {
        return untrusted_server(route, error, &said);
    }
    let roots = match &doctor.settings.tls_roots {
        TlsRoots::System => "the system's roots".to_owned(),
        TlsRoots::Bundle(path) => format!("the roots in `{}`", path.display()),
        TlsRoots::Unverified => {
            return OF
                .warning(CHECK, format!("{said}; it is not checked (--no-verify-ssl)"))
                .look("whoever sits in between can take the credentials: leave --no-verify-ssl out, and give --ca-bundle FILE");
        }
    };
    match (&seen, refused) {
        (Err(_), _) => OF.skipped(CHECK, said),
        (Ok(_), Some(_)) => OF.skipped(CHECK, format!("{said}; the service did not answer")),
        (Ok(seen), None) => {
            let said = format!("{said}; trusted by {roots}");
            match seen.leaf.as_ref().map(|leaf| left(doctor, leaf) < SOON) {
                Some(true) => OF
                    .warning(CHECK, said)
                    .look("the service's certificate ends soon: its owner must renew it"),
                _ => OF.ok(CHECK, said),
            }
        }
    }
}

fn left(doctor: &Doctor<'_>, leaf: &Certificate) -> SignedDuration {
    leaf.summary()
        .not_after
        .duration_since(doctor.surroundings.now())
}

fn describe(doctor: &Doctor<'_>, seen: &Seen) -> String {
    let version = &seen.version;
    let Some(leaf) = &seen.leaf else {
        return format!("{version}, with a certificate that can't be read");
    };
    let summary = leaf.summary();
    let plain = |text: String| text.replace(char::is_control, "\u{fffd}");
    let names: Vec<String> = summary
        .subject_alt_names
        .iter()
        .map(|name| plain(name.value.clone()))
        .collect();
    let left = left(doctor, leaf);
    let end = match left.is_negative() {
        true => format!("ended {} ago", span(-left)),
        false => format!("ends in {}", span(left)),
    };
    format!(
        "{version}, with a certificate for {} by `{}` that {end}",
        names.join(", "),
        plain(summary.issuer.to_string())
    )
}

fn untrusted_server(route: &Route, error: &CreateSessionError, said: &str) -> Finding {
    let message = error.to_string();
    let why = message
        .rsplit("invalid peer certificate: ")
        .next()
        .unwrap_or(&message);
    let look = if why.contains("Expired") {
        "the service's certificate has ended, or this machine's clock is wrong"
    } else if why.contains("NotValidForName") {
        "the certificate is of other names: check --endpoint, and whether something answers in the service's place"
    } else {
        "the authority behind the certificate is not among the roots: give its certificate with --ca-bundle FILE (or AWS_CA_BUNDLE), \
         after you have made sure that it is the one"
    };
    let address = format!("{}:{}", route.host, route.port);
    OF.failure(
        CHECK,
        format!("the service's TLS certificate is not trusted: {why}; {said}"),
    )
    .look(look)
    .command([
        "openssl",
        "s_client",
        "-showcerts",
        "-servername",
        &route.host,
        "-connect",
        &address,
    ])
}

/// Shakes hands, and looks at what is presented. The error says why there is nothing to see.
pub(super) fn look(mut stream: TcpStream, host: &str) -> Result<Seen, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let onlooker = Arc::new(Onlooker(provider.clone()));
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(onlooker)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
    let mut connection =
        ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())?;
    while connection.is_handshaking() {
        connection
            .complete_io(&mut stream)
            .map_err(|error| format!("the TLS handshake failed: {error}"))?;
    }
    let version = match connection.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS",
    };
    let leaf = connection.peer_certificates().and_then(<[_]>::first);
    Ok(Seen {
        version: version.to_owned(),
        leaf: leaf.and_then(|der| Certificate::parse_der(der.to_vec()).ok()),
    })
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
