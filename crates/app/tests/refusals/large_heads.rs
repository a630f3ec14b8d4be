//! Heads as large as a chain of ML-DSA certificates makes them, in HTTP/1.1 and HTTP/2, and heads that are too large.

use std::sync::Arc;

use anyrole_testkit::certificates::{Authority, CertificateRequest};
use anyrole_testkit::{TestServer, exchange as exchange_bytes};
use http::{HeaderMap, HeaderName};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use super::exchange::Request;
use super::session_request::{Leaf, SessionRequest, base64};
use super::stage::Stage;

/// More than six ML-DSA-87 certificates take.
const LARGE: usize = 80 * 1024;

/// A request with a leaf and five intermediates, all of them needed and long.
fn large_request(stage: &Stage, leaf: &Leaf, path: &[Authority], host: &str) -> Request {
    let asked = SessionRequest::new(stage, leaf).with(|asked| {
        let chain = path
            .iter()
            .map(|ca| base64(&ca.own().certificate_der().unwrap()));
        let chain: Vec<String> = chain.collect();
        asked.headers.push(("x-amz-x509-chain", chain.join(",")));
    });
    let request = asked.sign().header("host", host);
    asked.sign_request(request)
}

fn head(request: &Request) -> String {
    let lines = request.headers.iter();
    let lines = lines.map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap()));
    lines.collect()
}

fn long(request: CertificateRequest, length: usize) -> CertificateRequest {
    request.extension("nsComment", &"x".repeat(length))
}

#[test]
fn large_chains_fit_into_the_head_and_a_bound_stays() {
    let mut stage = Stage::new();
    let mut path: Vec<Authority> = Vec::new();
    for number in 0..5 {
        let request = long(
            CertificateRequest::authority(&format!("Level {number}")),
            8800,
        );
        let issuer = path.last().unwrap_or(&stage.ca);
        path.push(
            issuer
                .intermediate(&format!("level-{number}"), &request)
                .unwrap(),
        );
    }
    let request = long(CertificateRequest::leaf("client").serial("1001"), 15_000);
    let leaf = Leaf {
        issued: path[4].issue("leaf", &request).unwrap(),
        serial: 4097,
    };
    let address = stage.server.address();
    let request = large_request(&stage, &leaf, &path, &address.to_string());
    assert!(head(&request).len() >= LARGE, "{}", head(&request).len());
    let answer = request.send(&stage.server);
    assert!(answer.is_granted(), "{answer:?}");
    // The bound is looked at when the buffer has grown again, to its double at most.
    let padding = "x".repeat(512 * 1024);
    let over = format!(
        "GET /-/healthy HTTP/1.1\r\nHost: {address}\r\nX-Padding: {padding}\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(
        exchange_bytes(address, over.as_bytes()).unwrap().status,
        431
    );

    // The same data over TLS, where clients may choose HTTP/2.
    stage.server.sigterm().unwrap();
    let issued = stage
        .ca
        .issue("server", &CertificateRequest::loopback_server())
        .unwrap();
    let server = TestServer::builder(env!("CARGO_BIN_EXE_anyrole"))
        .data(stage.server.data())
        .tls(&issued.certificate, &issued.key)
        .start()
        .unwrap();
    let host = server.url().strip_prefix("https://").unwrap();
    let request = large_request(&stage, &leaf, &path, host);
    assert_eq!(
        over_http2(&stage, &server, &request, &request.headers).unwrap(),
        201
    );
    let mut over = request.headers.clone();
    for number in 0..5 {
        let name = HeaderName::try_from(format!("x-padding-{number}")).unwrap();
        over.insert(name, padding[..60_000].parse().unwrap());
    }
    // Answered, or the connection ended, by how many frames the head came in.
    assert!(matches!(
        over_http2(&stage, &server, &request, &over),
        Ok(431) | Err(_)
    ));
    assert_eq!(
        over_http2(&stage, &server, &request, &request.headers).unwrap(),
        201
    );
}

/// The status of an answer by HTTP/2; curl sends no heads over 64 KiB.
fn over_http2(
    stage: &Stage,
    server: &TestServer,
    request: &Request,
    headers: &HeaderMap,
) -> Result<u16, h2::Error> {
    let uri = format!("{}/sessions?{}", server.url(), request.query);
    let mut head = http::Request::post(uri).body(()).unwrap();
    *head.headers_mut() = headers.clone();
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(stage.ca.certificate()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let address = server.url().strip_prefix("https://").unwrap();
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(tls))
            .connect(name, stream)
            .await
            .unwrap();
        let (client, connection) = h2::client::handshake(stream).await?;
        tokio::spawn(connection);
        let (answer, mut body) = client.ready().await?.send_request(head, false)?;
        body.send_data(request.body.clone().into(), true)?;
        Ok(answer.await?.status().as_u16())
    })
}
