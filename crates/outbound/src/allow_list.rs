//! The hosts that may be asked, and whether without TLS: a URL comes in, a refusal or nothing goes out.

use crate::error::{ListError, OutboundError};
use crate::url::{Url, normal_host};

/// Whether hosts may be asked without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// This machine alone, where nobody is in between.
    Loopback,
    /// Any host of the list: for what is signed itself, as revocation lists are.
    Anywhere,
}

/// A list of hosts. An empty one allows nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowList {
    entries: Vec<Entry>,
    plain: Plain,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// A host, or with `below` the domain that it must be below.
    host: String,
    below: bool,
    /// `None`: the scheme's own.
    port: Option<u16>,
}

impl AllowList {
    /// A list of entries of the form `HOST`, `HOST:PORT`, `*.DOMAIN` or `*.DOMAIN:PORT`. Without a port only that of the
    /// scheme is allowed; `*.DOMAIN` is every name below the domain, not the domain itself.
    ///
    /// # Errors
    /// An entry has another form.
    pub fn parse<'a>(
        entries: impl IntoIterator<Item = &'a str>,
        plain: Plain,
    ) -> Result<Self, ListError> {
        let entries = entries.into_iter().map(|text| {
            Entry::parse(text.trim()).ok_or_else(|| ListError {
                presented: text.to_owned(),
            })
        });
        Ok(Self {
            entries: entries.collect::<Result<_, _>>()?,
            plain,
        })
    }

    /// The host and port of one URL.
    pub fn only(url: &Url, plain: Plain) -> Self {
        let entry = Entry {
            host: url.host().to_owned(),
            below: false,
            port: Some(url.port()),
        };
        Self {
            entries: vec![entry],
            plain,
        }
    }

    /// Whether the list allows nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether the URL may be asked.
    ///
    /// # Errors
    /// `HostNotAllowed` or `PlainHttp`.
    pub fn check(&self, url: &Url) -> Result<(), OutboundError> {
        if !self.entries.iter().any(|entry| entry.allows(url)) {
            return Err(OutboundError::HostNotAllowed {
                host: url.shown_host(),
            });
        }
        if url.is_tls() || self.plain == Plain::Anywhere || url.is_loopback() {
            return Ok(());
        }
        Err(OutboundError::PlainHttp {
            host: url.shown_host(),
        })
    }
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, Some(port.parse().ok().filter(|port| *port > 0)?))
            }
            _ => (text, None),
        };
        let (host, below) = match host.strip_prefix("*.") {
            Some(domain) => (domain, true),
            None => (host, false),
        };
        Some(Self {
            host: normal_host(host)?,
            below,
            port,
        })
    }

    fn allows(&self, url: &Url) -> bool {
        let port = match self.port {
            Some(port) => port == url.port(),
            None => url.has_default_port(),
        };
        let host = match self.below {
            false => url.host() == self.host,
            true => url
                .host()
                .strip_suffix(&self.host)
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|name| !name.is_empty()),
        };
        port && host
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_allowed_by_name_and_port() {
        let entries = [
            "crl.Example.org",
            "ca.example.org:8080",
            "*.pki.example.org",
            " 192.0.2.7 ",
            "[2001:db8::1]:81",
        ];
        let list = AllowList::parse(entries, Plain::Anywhere).unwrap();
        for (url, allowed) in [
            ("http://crl.example.org/a", true),
            ("https://CRL.example.org./a", true),
            ("http://crl.example.org:8080/a", false),
            ("http://crl.example.org:443/a", false),
            ("http://ca.example.org:8080/a", true),
            ("https://ca.example.org/a", false),
            ("http://one.pki.example.org/a", true),
            ("http://one.two.pki.example.org/a", true),
            ("http://pki.example.org/a", false),
            ("http://evilpki.example.org/a", false),
            ("http://crl.example.org.evil.example/a", false),
            ("http://192.0.2.7/a", true),
            ("http://192.0.2.8/a", false),
            ("http://[2001:db8:0::1]:81/a", true),
            ("http://[2001:db8::1]/a", false),
            ("http://localhost/a", false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(list.check(&url).is_ok(), allowed, "{:?}", url.shown_host());
        }
        let none = AllowList::parse([], Plain::Anywhere).unwrap();
        assert!(none.is_empty());
        assert!(
            none.check(&Url::parse("http://crl.example.org").unwrap())
                .is_err()
        );
    }

    #[test]
    fn plain_http_is_for_this_machine_unless_said_otherwise() {
        let here = ["127.0.0.1:80", "localhost", "[::1]", "hooks.example.org"];
        let list = AllowList::parse(here, Plain::Loopback).unwrap();
        for (url, allowed) in [
            ("http://127.0.0.1", true),
            ("http://localhost", true),
            ("http://[::1]", true),
            ("https://hooks.example.org", true),
            ("http://hooks.example.org", false),
        ] {
            let url = Url::parse(url).unwrap();
            let plain = Err(OutboundError::PlainHttp {
                host: url.host().to_owned(),
            });
            let expected = if allowed { Ok(()) } else { plain };
            assert_eq!(list.check(&url), expected, "{url}");
        }
    }

    #[test]
    fn an_entry_that_is_no_host_is_refused() {
        for entry in [
            "",
            "*",
            "*.",
            "http://host",
            "host/path",
            "host:",
            "host:0",
            "a b",
            "*.a:x",
        ] {
            let list = AllowList::parse([entry], Plain::Anywhere);
            assert!(list.is_err(), "{entry}");
        }
        let url = Url::parse("https://hooks.example.org:8443/secret").unwrap();
        let only = AllowList::only(&url, Plain::Loopback);
        assert_eq!(only.check(&url), Ok(()));
        assert!(
            only.check(&Url::parse("https://hooks.example.org").unwrap())
                .is_err()
        );
    }
}
