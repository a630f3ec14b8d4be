//! The way to the service: endpoint, proxy, name, connection, TLS, an answer, and the service's clock.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use anyrole_sdk::{CreateSessionClient, CreateSessionError, Probe, Route, ShownTls};
use jiff::SignedDuration;
use zeroize::Zeroizing;

use super::finding::{Finding, Group, Of};
use super::{Doctor, Paths, tls};
use crate::advice::advise;
use crate::span::span;

const OF: Of = Of(Group::Network);
/// In this order.
const CHECKS: [&str; 7] = [
    "endpoint",
    "proxy",
    "address",
    "connection",
    "tls",
    "service",
    "clock",
];
const PATIENCE: Duration = Duration::from_secs(5);
/// The service takes requests that are signed at most so far from its own time.
const TAKEN: SignedDuration = SignedDuration::from_mins(5);
/// Clocks that are kept differ by less.
const NOTABLE: SignedDuration = SignedDuration::from_secs(30);
/// An answer to CONNECT has a short head.
const MOST: usize = 16 * 1024;

pub(super) fn examine(doctor: &Doctor<'_>) -> Vec<Finding> {
    let settings = doctor.settings;
    if settings.trust_anchor_arn.is_empty() || settings.profile_arn.is_empty() {
        let why = "the ARNs of trust anchor and profile say the region, and one is missing";
        return CHECKS.iter().map(|check| OF.skipped(check, why)).collect();
    }
    let client = match doctor.settings.client() {
        Ok(client) => client,
        Err(error) => {
            let mut findings = vec![OF.failure("endpoint", error.to_string())];
            let rest = CHECKS.iter().skip(1);
            findings.extend(rest.map(|check| OF.skipped(check, "there is no endpoint to ask")));
            return findings;
        }
    };
    let route = client.route();
    let mut findings = vec![endpoint(doctor, &route), proxy(&route)];
    let Some(stream) = connect(&route, &mut findings) else {
        let behind = ["service", "clock"];
        let tls = route.is_https.then_some("tls");
        for check in tls.into_iter().chain(behind) {
            findings.push(OF.skipped(check, "there is no connection"));
        }
        return findings;
    };
    // One connection after the other: it is closed before the next one is opened.
    let shown = route.is_https.then(|| {
        let stream = tunnel(stream, &route, &client)?;
        ShownTls::look(stream, &route.host).map_err(|error| error.to_string())
    });
    let probe = client.probe(doctor.surroundings);
    if let Some(shown) = shown {
        findings.push(tls::examine(doctor, &route, shown, probe.as_ref().err()));
    }
    findings.extend(answer(doctor, &client, probe));
    findings
}

fn is_loopback(host: &str) -> bool {
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn endpoint(doctor: &Doctor<'_>, route: &Route) -> Finding {
    let given = doctor.settings.endpoint.as_deref();
    let (host, port) = (&route.host, route.port);
    let said = match given {
        Some(url) => format!("the service is asked at `{url}`, which was given"),
        None => format!("the service is asked at AWS's own endpoint, `{host}:{port}`"),
    };
    if !route.is_https && !is_loopback(host) {
        let finding = OF.warning("endpoint", format!("{said}, without TLS"));
        return finding.look("whoever sits in between can take the credentials: use https://");
    }
    OF.ok("endpoint", said)
}

fn proxy(route: &Route) -> Finding {
    match &route.proxy {
        None => OF.ok("proxy", "no proxy is used"),
        Some(hop) => OF.ok(
            "proxy",
            format!(
                "the way goes by the proxy `{}:{}`, which {} sets{}",
                hop.host,
                hop.port,
                hop.setting,
                match hop.setting {
                    "--proxy" => "",
                    _ => " (NO_PROXY takes hosts out)",
                }
            ),
        ),
    }
}

/// Looks up the first host on the way, and connects to it.
fn connect(route: &Route, findings: &mut Vec<Finding>) -> Option<TcpStream> {
    let (whom, host, port) = match &route.proxy {
        Some(hop) => ("the proxy", &hop.host, hop.port),
        None => ("the service", &route.host, route.port),
    };
    let cure = match &route.proxy {
        Some(hop) if hop.setting == "--proxy" => "check --proxy".to_owned(),
        Some(hop) => format!(
            "check {}, or take the service's host out with NO_PROXY",
            hop.setting
        ),
        None => "check --endpoint and --region, and whether this machine has a way out".to_owned(),
    };
    let found = (host.as_str(), port)
        .to_socket_addrs()
        .map(Iterator::collect::<Vec<SocketAddr>>);
    let addresses = match found {
        Ok(addresses) if !addresses.is_empty() => addresses,
        outcome => {
            let why = outcome
                .err()
                .map_or("no address".to_owned(), |error| error.to_string());
            let said = format!("the name of {whom}, `{host}`, leads nowhere: {why}");
            findings.push(
                OF.failure("address", said)
                    .look(&cure)
                    .command(["getent", "hosts", host]),
            );
            findings.push(OF.skipped("connection", "there is no address"));
            return None;
        }
    };
    let shown: Vec<String> = addresses
        .iter()
        .map(|address| address.ip().to_string())
        .collect();
    findings.push(OF.ok("address", format!("`{host}` is {}", shown.join(", "))));
    let mut why = String::new();
    for address in &addresses {
        match TcpStream::connect_timeout(address, PATIENCE) {
            Ok(stream) => {
                findings.push(OF.ok(
                    "connection",
                    format!("{whom} takes connections at {address}"),
                ));
                return Some(stream);
            }
            Err(error) => why = format!("{address}: {error}"),
        }
    }
    let port = port.to_string();
    findings.push(
        OF.failure("connection", format!("{whom} takes no connection: {why}"))
            .look(cure)
            .command(["nc", "-vz", host, &port]),
    );
    None
}

/// Through the proxy, where there is one. The error says why there is no way.
fn tunnel(
    mut stream: TcpStream,
    route: &Route,
    client: &CreateSessionClient,
) -> Result<TcpStream, String> {
    let said = |error: std::io::Error| error.to_string();
    stream.set_read_timeout(Some(PATIENCE)).map_err(said)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(said)?;
    let Some(hop) = &route.proxy else {
        return Ok(stream);
    };
    if !hop.is_plain {
        return Err("the proxy itself is spoken to by TLS".to_owned());
    }
    let target = match route.host.contains(':') {
        true => format!("[{}]:{}", route.host, route.port),
        false => format!("{}:{}", route.host, route.port),
    };
    let who = match client.proxy_authorization() {
        Some(who) => Zeroizing::new(format!("Proxy-Authorization: {}\r\n", *who)),
        None => Zeroizing::default(),
    };
    let head = format!(
        "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{}\r\n",
        *who
    );
    stream
        .write_all(Zeroizing::new(head).as_bytes())
        .map_err(said)?;
    let mut head = Vec::new();
    let mut octet = [0];
    // One by one: what follows the head is TLS's.
    while !head.ends_with(b"\r\n\r\n") && head.len() < MOST {
        match stream.read(&mut octet).map_err(said)? {
            0 => break,
            _ => head.extend_from_slice(&octet),
        }
    }
    let head = String::from_utf8_lossy(&head);
    let status = head.split(' ').nth(1).unwrap_or_default();
    match status.starts_with('2') {
        true => Ok(stream),
        false => Err(format!(
            "the proxy answered `{}`",
            head.lines().next().unwrap_or_default()
        )),
    }
}

fn answer(
    doctor: &Doctor<'_>,
    client: &CreateSessionClient,
    probe: Result<Probe, CreateSessionError>,
) -> Vec<Finding> {
    let probe = match probe {
        Ok(probe) => probe,
        Err(error) => {
            let skipped = OF.skipped("clock", "the service said no time");
            // Said with TLS already.
            if matches!(
                error,
                CreateSessionError::Transport {
                    untrusted_server: true,
                    ..
                }
            ) {
                return vec![
                    OF.skipped("service", "its TLS certificate is not trusted"),
                    skipped,
                ];
            }
            let paths = Paths::of(doctor.identity);
            let url = client.base_url().to_owned();
            let mut cures = doctor.cures(&paths);
            cures.endpoint = Some(&url);
            let mut finding = OF.failure("service", error.to_string());
            if let Some(advice) = advise(&error, &cures) {
                finding = finding.look(advice.look);
                finding.commands = advice.commands;
            }
            return vec![finding, skipped];
        }
    };
    let said = format!("the service answers (HTTP status {})", probe.status);
    vec![OF.ok("service", said), clock(&probe)]
}

fn clock(probe: &Probe) -> Finding {
    const CHECK: &str = "clock";
    let Some(date) = probe.date else {
        return OF.skipped(CHECK, "the service said no time");
    };
    let ahead = probe.now.duration_since(date);
    let distance = ahead.abs();
    if distance <= NOTABLE {
        return OF.ok(CHECK, "this machine's clock and the service's agree");
    }
    let side = if ahead.is_negative() {
        "behind"
    } else {
        "ahead of"
    };
    let said = format!(
        "this machine's clock is {} {side} the service's",
        span(distance)
    );
    let finding = match distance > TAKEN {
        true => OF.failure(CHECK, said).look("the service refuses signatures that are more than 5 minutes off (`Invalid signature`); anyrole goes by the service's clock then, but AWS's other tools don't"),
        false => OF.warning(CHECK, said).look("from 5 minutes on signatures are refused"),
    };
    finding
        .command(["date", "-u"])
        .command(["timedatectl", "set-ntp", "true"])
}
