//! A URL as text in, its parts out, as far as they say who is asked.

use std::fmt;
use std::net::IpAddr;

use http::Uri;
use http::uri::Scheme;

use crate::error::OutboundError;

/// The longest URL that is asked, in characters.
const LONGEST: usize = 4096;

/// A URL of HTTP or HTTPS without user name. `Debug` and `Display` show scheme and host alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    uri: Uri,
    /// Lower case, without the dot at the end that fully qualified names may have; no brackets around IPv6.
    host: String,
    port: u16,
    tls: bool,
}

impl Url {
    /// Parses a URL.
    ///
    /// # Errors
    /// `MalformedUrl`: no scheme or another one, no host, a user name, or too long.
    pub fn parse(text: &str) -> Result<Self, OutboundError> {
        Self::split(text).ok_or(OutboundError::MalformedUrl { longest: LONGEST })
    }

    fn split(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let uri: Uri = text.parse().ok()?;
        let tls = *uri.scheme()? == Scheme::HTTPS;
        if !tls && *uri.scheme()? != Scheme::HTTP {
            return None;
        }
        let authority = uri.authority()?;
        if authority.as_str().contains('@') {
            return None;
        }
        let port = match authority.as_str().rsplit_once(':') {
            // What follows the last colon may be a part of an IPv6 address.
            Some((_, port)) if !port.ends_with(']') => {
                port.parse().ok().filter(|port| *port > 0)?
            }
            _ => default_port(tls),
        };
        let host = normal_host(authority.host())?;
        Some(Self {
            host,
            port,
            tls,
            uri,
        })
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The host: a name in lower case, or an address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether it is asked by TLS.
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// Whether the port is the scheme's own.
    pub(crate) fn has_default_port(&self) -> bool {
        self.port == default_port(self.tls)
    }

    /// Whether the host is this machine by its name or address.
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost"
            || self
                .host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    /// The host, with the port where that is not the scheme's own.
    pub fn shown_host(&self) -> String {
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        match self.has_default_port() {
            true => host,
            false => format!("{host}:{}", self.port),
        }
    }
}

const fn default_port(tls: bool) -> u16 {
    if tls { 443 } else { 80 }
}

/// A host as it is compared: lower case, no brackets, no dot at the end.
pub(crate) fn normal_host(host: &str) -> Option<String> {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if let Some(address) = bare {
        let address: std::net::Ipv6Addr = address.parse().ok()?;
        return Some(address.to_string());
    }
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    (!host.is_empty() && !host.starts_with('.') && host.bytes().all(legal)).then_some(host)
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.shown_host())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({self}/…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_say_who_is_asked() {
        for (text, host, port, tls, loopback) in [
            (
                "https://Hooks.Example.org/a?token=s",
                "hooks.example.org",
                443,
                true,
                false,
            ),
            (
                "http://crl.example.org.:8080/x.crl",
                "crl.example.org",
                8080,
                false,
                false,
            ),
            ("http://127.0.0.1:9", "127.0.0.1", 9, false, true),
            ("https://[::1]", "::1", 443, true, true),
            ("https://[0:0::0:1]:8443/", "::1", 8443, true, true),
            ("http://localhost", "localhost", 80, false, true),
            (
                "http://localhost.example.org",
                "localhost.example.org",
                80,
                false,
                false,
            ),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!(
                (url.host(), url.port(), url.is_tls(), url.is_loopback()),
                (host, port, tls, loopback),
                "{text}"
            );
        }
        for text in [
            "",
            "hooks.example.org",
            "//hooks.example.org",
            "ftp://hooks.example.org",
            "https://",
            "https://user@host",
            "https://user:word@host/",
            "https://host:0",
            "https://host:70000",
            "https://host:",
            "https://ho%41st",
            "https://.host",
            "https://[::1",
            "https://[zz]",
        ] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
        assert!(Url::parse(&format!("https://host/{}", "a".repeat(LONGEST))).is_err());
    }

    #[test]
    fn what_may_be_secret_is_not_shown() {
        let url = Url::parse("https://hooks.example.org:8443/T0/secret?key=secret").unwrap();
        assert_eq!(url.to_string(), "https://hooks.example.org:8443");
        assert_eq!(format!("{url:?}"), "Url(https://hooks.example.org:8443/…)");
    }
}
