//! The host that a request names: one by which this machine is asked, or one that only DNS leads here (a page in a browser
//! can have its own name do so, DNS rebinding).

use std::net::IpAddr;

use http::header::HOST;
use http::{HeaderMap, Uri};

use super::Reach;

/// AWS's own addresses of the metadata service, of ECS's and of EKS's agent: what a packet filter leads here.
const OF_AWS: [&str; 5] = [
    "169.254.169.254",
    "[fd00:ec2::254]",
    "169.254.170.2",
    "169.254.170.23",
    "[fd00:ec2::23]",
];

/// The names of a listener; `None`: any will do, since no browser gets there, or a token is asked for.
pub(super) struct Hosts(Option<Vec<String>>);

impl Hosts {
    pub(super) fn of(reach: Reach) -> Self {
        let Reach::Loopback(address) = reach else {
            return Self(None);
        };
        let own = match address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        };
        let local = ["127.0.0.1", "localhost", "[::1]"];
        let known = local.into_iter().chain(OF_AWS).map(str::to_owned);
        Self(Some(known.chain([own]).collect()))
    }

    pub(super) fn know(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let Some(known) = &self.0 else {
            return true;
        };
        let mut named = headers.get_all(HOST).iter();
        let first = match named.next().map(|host| host.to_str()) {
            Some(host) => host.ok(),
            None => uri.authority().map(http::uri::Authority::as_str),
        };
        let (Some(host), None) = (first, named.next()) else {
            return false;
        };
        let without_port = match host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => host,
            _ => host,
        };
        known
            .iter()
            .any(|known| known.eq_ignore_ascii_case(without_port))
    }
}
