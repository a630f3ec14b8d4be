//! By which proxy the service is reached: what the environment or a flag says enters, and for one endpoint the proxy or none
//! leaves. The rules are those of Go's programs, AWS's helper among them.

use std::fmt;
use std::net::IpAddr;

use ureq::Proxy;

use crate::{ClientError, Endpoint};

/// Proxies for the service. URLs: `http://[USER:PASSWORD@]HOST[:PORT]` or with `https`; `http://` may be left out.
#[derive(Clone, Default)]
pub struct Proxies {
    /// For all endpoints whatever their host; then nothing else counts.
    pub always: Option<String>,
    /// For `https` endpoints (`HTTPS_PROXY`).
    pub https: Option<String>,
    /// For `http` endpoints (`HTTP_PROXY`).
    pub http: Option<String>,
    /// Hosts that are reached without them (`NO_PROXY`): names, which stand for the names below them too, addresses, blocks
    /// of addresses (`10.0.0.0/8`), each with or without a port, separated by commas; `*` is all. This machine is always.
    pub no_proxy: Option<String>,
    /// What the two were set by, for errors and for who looks where a proxy comes from.
    pub names: ProxyNames,
}

/// What proxies are set by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyNames {
    /// That of `https` endpoints.
    pub https: &'static str,
    /// That of `http` endpoints.
    pub http: &'static str,
}

impl Default for ProxyNames {
    fn default() -> Self {
        Self {
            https: "HTTPS_PROXY",
            http: "HTTP_PROXY",
        }
    }
}

impl Proxies {
    /// The proxy of an endpoint.
    ///
    /// # Errors
    /// A URL that is none; the text does not hold it, since it may have a password.
    pub(crate) fn of(&self, endpoint: &Endpoint) -> Result<Option<Proxy>, ClientError> {
        let Some((name, url)) = self.url_of(endpoint) else {
            return Ok(None);
        };
        // Other schemes would need what is not compiled in.
        let is_known = ["http://", "https://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
            || !url.contains("://");
        let proxy = Proxy::new(url).ok();
        let proxy = proxy.filter(|proxy| is_known && !proxy.host().is_empty());
        proxy
            .map(Some)
            .ok_or(ClientError::MalformedProxy { setting: name })
    }

    /// Whether an endpoint is reached by a proxy.
    #[must_use]
    pub fn is_used_for(&self, endpoint: &Endpoint) -> bool {
        self.setting_of(endpoint).is_some()
    }

    /// What sets the proxy of an endpoint: a flag or a variable.
    pub(crate) fn setting_of(&self, endpoint: &Endpoint) -> Option<&'static str> {
        self.url_of(endpoint).map(|(setting, _)| setting)
    }

    fn url_of(&self, endpoint: &Endpoint) -> Option<(&'static str, &str)> {
        if let Some(url) = &self.always {
            return Some(("--proxy", url));
        }
        let (name, url) = match endpoint.is_https() {
            true => (self.names.https, self.https.as_deref()),
            false => (self.names.http, self.http.as_deref()),
        };
        let (host, port) = endpoint.host_and_port();
        let is_direct = is_this_machine(&host)
            || self.no_proxy.as_deref().is_some_and(|list| {
                list.split(',')
                    .any(|entry| covers(entry.trim(), &host, port))
            });
        url.filter(|_| !is_direct).map(|url| (name, url))
    }
}

/// A proxy's URL may have a password.
impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxies")
            .field("always", &self.always.is_some())
            .field("https", &self.https.is_some())
            .field("http", &self.http.is_some())
            .field("no_proxy", &self.no_proxy)
            .finish()
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether an entry of `NO_PROXY` is of this host and port.
fn covers(entry: &str, host: &str, port: u16) -> bool {
    let entry = entry.to_ascii_lowercase();
    if entry == "*" {
        return true;
    }
    let address = host.parse::<IpAddr>().ok();
    if let Some(is_in) = address.and_then(|address| in_block(&entry, address)) {
        return is_in;
    }
    let (name, entry_port) = split_port(&entry);
    if name.is_empty() || entry_port.is_some_and(|entry_port| entry_port != port) {
        return false;
    }
    if let Some(address) = address {
        return name.parse::<IpAddr>().is_ok_and(|known| known == address);
    }
    let (name, below_only) = match name.strip_prefix("*.").or_else(|| name.strip_prefix('.')) {
        Some(name) => (name, true),
        None => (name, false),
    };
    let below = host
        .strip_suffix(name)
        .is_some_and(|before| before.ends_with('.'));
    below || (!below_only && host == name)
}

/// Whether an address is in a block such as `10.0.0.0/8`; `None` if the entry is no block.
fn in_block(entry: &str, address: IpAddr) -> Option<bool> {
    let (start, bits) = entry.split_once('/')?;
    let (start, bits) = (start.parse::<IpAddr>().ok()?, bits.parse::<u32>().ok()?);
    let (start, address, width) = match (start, address) {
        (IpAddr::V4(start), IpAddr::V4(address)) => (
            u128::from(start.to_bits()),
            u128::from(address.to_bits()),
            32,
        ),
        (IpAddr::V6(start), IpAddr::V6(address)) => (start.to_bits(), address.to_bits(), 128),
        _ => return Some(false),
    };
    let beyond = width - bits.min(width);
    let network = |bits: u128| bits.checked_shr(beyond).unwrap_or_default();
    Some(network(start) == network(address))
}

/// `host:port`, `[v6]:port`, `host`, or an address with colons of its own.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    if entry.parse::<IpAddr>().is_ok() {
        return (entry, None);
    }
    let (host, port) = match entry.rsplit_once(':') {
        Some((host, port)) => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        None => (entry, None),
    };
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    (bare.unwrap_or(host), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(endpoint: &str, no_proxy: &str) -> Option<&'static str> {
        let proxies = Proxies {
            always: None,
            https: Some("http://secure".to_owned()),
            http: Some("http://plain".to_owned()),
            no_proxy: Some(no_proxy.to_owned()),
            names: ProxyNames::default(),
        };
        let endpoint = Endpoint::parse(endpoint).unwrap();
        proxies.url_of(&endpoint).map(|(name, _)| name)
    }

    #[test]
    fn the_scheme_decides_and_no_proxy_excepts() {
        let https = Some("HTTPS_PROXY");
        let rows = [
            ("https://a.example", "", https),
            ("http://a.example", "", Some("HTTP_PROXY")),
            ("https://localhost:9", "", None),
            ("https://127.0.0.9", "", None),
            ("https://[::1]:9", "", None),
            ("https://a.example", "*", None),
            ("https://a.example", "b.example, a.example", None),
            ("https://a.example", "A.EXAMPLE", None),
            ("https://a.example", "example", None),
            ("https://a.example", ".example", None),
            ("https://a.example", "*.example", None),
            ("https://example", ".example", https),
            ("https://a.example", "ample", https),
            ("https://a.example", "a.example:443", None),
            ("https://a.example:8443", "a.example:443", https),
            ("https://a.example:8443", "example:8443", None),
            ("https://10.1.2.3", "10.0.0.0/8", None),
            ("https://11.1.2.3", "10.0.0.0/8", https),
            ("https://10.1.2.3", "10.1.2.3", None),
            ("https://10.1.2.3", "10.1.2.3:443", None),
            ("https://10.1.2.3", "10.1.2.3:80", https),
            ("https://10.1.2.3", "3", https),
            ("https://10.1.2.3", "0.0.0.0/0", None),
            ("https://[2001:db8::1]", "2001:db8::/32", None),
            ("https://[2001:db8::1]", "2001:db8::1", None),
            ("https://[2001:db8::1]", "[2001:db8::1]:443", None),
            ("https://[2001:db8::1]", "10.0.0.0/8", https),
            ("https://a.example", ",, ,", https),
            ("https://a.example", ":443", https),
        ];
        for (endpoint, no_proxy, expected) in rows {
            assert_eq!(proxy(endpoint, no_proxy), expected, "{endpoint} {no_proxy}");
        }
    }

    #[test]
    fn urls_are_read_and_never_shown() {
        let endpoint = Endpoint::parse("https://a.example").unwrap();
        let rows = [
            ("proxy.example:3128", true),
            ("http://u:secret@proxy.example:3128", true),
            ("https://proxy.example", true),
            ("socks5://u:secret@proxy.example", false),
            ("http://u:secret@:x", false),
        ];
        for (url, expected) in rows {
            let proxies = Proxies {
                always: Some(url.to_owned()),
                ..Proxies::default()
            };
            let read = proxies.of(&endpoint);
            assert_eq!(read.is_ok(), expected, "{url}");
            if let Err(error) = read {
                assert!(!error.to_string().contains("secret"), "{error}");
            }
            assert!(!format!("{proxies:?}").contains("secret"));
        }
    }
}
