//! Names that certificates are asked for (RFC 8555, 9.7.7; RFC 8738): type and value in, a checked name in its one form out; and
//! the patterns by which an operator says which names may be asked for.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::names::printable;
use crate::refusal::{AcmeKind, Kind, Refusal};

/// A name to be proved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "lowercase")]
pub enum Identifier {
    /// A DNS name in lower case; in orders the first label may be `*`.
    Dns(String),
    /// An IP address.
    Ip(IpAddr),
}

impl Identifier {
    /// Reads a name as a client writes it.
    ///
    /// # Errors
    /// `unsupportedIdentifier` or `malformed`.
    pub fn parse(kind: &str, value: &str) -> Result<Self, Refusal> {
        match kind {
            "dns" => {
                let name = value.to_ascii_lowercase();
                let host = name.strip_prefix("*.").unwrap_or(&name);
                if is_host(host) {
                    return Ok(Self::Dns(name));
                }
                Err(malformed(format!("`{}` is no DNS name.", printable(value))))
            }
            "ip" => value
                .parse()
                .map(Self::Ip)
                .map_err(|_| malformed(format!("`{}` is no IP address.", printable(value)))),
            _ => Err(Refusal::new(
                Kind::Acme(AcmeKind::UnsupportedIdentifier),
                "acme-identifier-type",
                format!(
                    "Identifiers are of the types dns and ip, not `{}`.",
                    printable(kind)
                ),
            )),
        }
    }

    /// `dns` or `ip`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Dns(_) => "dns",
            Self::Ip(_) => "ip",
        }
    }

    /// Whether it stands for all names below one.
    pub fn is_wildcard(&self) -> bool {
        matches!(self, Self::Dns(name) if name.starts_with("*."))
    }

    /// The name that is proved: without `*.`.
    #[must_use]
    pub fn base(&self) -> Self {
        match self {
            Self::Dns(name) => Self::Dns(name.strip_prefix("*.").unwrap_or(name).to_owned()),
            Self::Ip(address) => Self::Ip(*address),
        }
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

fn malformed(public: String) -> Refusal {
    Refusal::new(Kind::Acme(AcmeKind::Malformed), "acme-malformed", public)
}

/// Letters, digits and hyphens (RFC 1123, 2.1); the last label is no number, as an address's is.
fn is_host(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253
        && name.split('.').all(label)
        && !last.bytes().all(|byte| byte.is_ascii_digit())
}

/// Which names may be asked for: `host.example`, `*.example` (every name below it), an address, or `10.0.0.0/8`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum NamePattern {
    /// This name.
    Name(String),
    /// Every name below this one.
    Below(String),
    /// Addresses that share the first so many bits.
    Network(IpAddr, u8),
}

impl NamePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// None of the forms.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let lower = text.trim().to_ascii_lowercase();
        let (address, bits) = match lower.split_once('/') {
            Some((address, bits)) => (address, bits.parse::<u8>().ok()),
            None => (lower.as_str(), Some(128)),
        };
        if let Ok(address) = address.parse::<IpAddr>() {
            let most = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.filter(|bits| *bits <= most || !lower.contains('/'));
            if let Some(bits) = bits {
                return Ok(Self::Network(address, bits.min(most)));
            }
        } else if let Some(domain) = lower.strip_prefix("*.").filter(|domain| is_host(domain)) {
            return Ok(Self::Below(domain.to_owned()));
        } else if is_host(&lower) {
            return Ok(Self::Name(lower));
        }
        Err(Refusal::validation(format!(
            "`{}` is no pattern of names: expected `host.example`, `*.example`, an address or `10.0.0.0/8`.",
            printable(text)
        )))
    }

    /// Whether the name may be asked for. A wildcard may where every name that it stands for may.
    pub fn allows(&self, identifier: &Identifier) -> bool {
        match (self, identifier) {
            (Self::Name(name), Identifier::Dns(asked)) => name == asked,
            (Self::Below(domain), Identifier::Dns(asked)) => {
                let base = asked.strip_prefix("*.");
                base == Some(domain)
                    || asked
                        .strip_suffix(domain.as_str())
                        .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            }
            (Self::Network(network, bits), Identifier::Ip(address)) => {
                in_network(*address, *network, *bits)
            }
            _ => false,
        }
    }
}

fn in_network(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let bits = u32::from(bits);
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let differ = address.to_bits() ^ network.to_bits();
            bits == 0 || differ.leading_zeros() >= bits
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let differ = address.to_bits() ^ network.to_bits();
            bits == 0 || differ.leading_zeros() >= bits
        }
        _ => false,
    }
}

impl TryFrom<String> for NamePattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|refusal| refusal.public.into_owned())
    }
}

impl From<NamePattern> for String {
    fn from(pattern: NamePattern) -> Self {
        match pattern {
            NamePattern::Name(name) => name,
            NamePattern::Below(domain) => format!("*.{domain}"),
            NamePattern::Network(address, bits) => format!("{address}/{bits}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_form() {
        for (kind, value, expected) in [
            ("dns", "Web.Example.ORG", Some("web.example.org")),
            ("dns", "*.example.org", Some("*.example.org")),
            ("dns", "host", Some("host")),
            ("dns", "xn--mnchen-3ya.de", Some("xn--mnchen-3ya.de")),
            ("dns", "a.*.example.org", None),
            ("dns", "*", None),
            ("dns", "", None),
            ("dns", "a..b", None),
            ("dns", "a.example.org.", None),
            ("dns", "-a.example", None),
            ("dns", "a_b.example", None),
            ("dns", "10.0.0.1", None),
            ("dns", "münchen.de", None),
            ("dns", "a b", None),
            ("ip", "10.0.0.1", Some("10.0.0.1")),
            ("ip", "2001:DB8:0::1", Some("2001:db8::1")),
            ("ip", "10.0.0.1/32", None),
            ("ip", "010.0.0.1", None),
            ("email", "a@b.c", None),
        ] {
            let read = Identifier::parse(kind, value)
                .ok()
                .map(|name| name.to_string());
            assert_eq!(read.as_deref(), expected, "{kind} {value}");
        }
        assert!(Identifier::parse("dns", &format!("{}.org", "a".repeat(64))).is_err());
    }

    #[test]
    fn patterns_allow_names() {
        let dns = |name: &str| Identifier::parse("dns", name).unwrap();
        let ip = |name: &str| Identifier::parse("ip", name).unwrap();
        for (pattern, name, allowed) in [
            ("web.example.org", dns("WEB.example.org"), true),
            ("web.example.org", dns("a.web.example.org"), false),
            ("web.example.org", dns("*.web.example.org"), false),
            ("*.example.org", dns("a.example.org"), true),
            ("*.example.org", dns("a.b.example.org"), true),
            ("*.example.org", dns("example.org"), false),
            ("*.example.org", dns("badexample.org"), false),
            ("*.example.org", dns("*.example.org"), true),
            ("*.example.org", dns("*.a.example.org"), true),
            ("*.example.org", dns("*.org"), false),
            ("10.0.0.0/8", ip("10.2.3.4"), true),
            ("10.0.0.0/8", ip("11.2.3.4"), false),
            ("10.0.0.0/8", dns("a.example"), false),
            ("192.0.2.7", ip("192.0.2.7"), true),
            ("192.0.2.7", ip("192.0.2.8"), false),
            ("fd00::/8", ip("fd12::1"), true),
            ("fd00::/8", ip("10.0.0.1"), false),
            ("0.0.0.0/0", ip("10.0.0.1"), true),
        ] {
            let read = NamePattern::parse(pattern).unwrap();
            assert_eq!(read.allows(&name), allowed, "{pattern} {name}");
        }
        for text in [
            "",
            "*",
            "*.",
            "a*.b",
            "10.0.0.0/33",
            "10.0.0/8",
            "a.*.b",
            "10.0.0.0/x",
        ] {
            assert!(NamePattern::parse(text).is_err(), "{text}");
        }
    }
}
