//! Subject alternative names: text enters, and its form tells the kind, as with `step`: an IP address, a URI (it has
//! a scheme), an e-mail address (it has an `@`), else a DNS name. Three further kinds come from requests and programs only.

use std::net::IpAddr;

use der::Encode;
use rustls_pki_types::DnsName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::der_writer::{Writer, tag};
use crate::{CaError, Oid, Subject};

/// One subject alternative name (RFC 5280 section 4.2.1.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlternativeName {
    /// A host name; the first label may be `*`.
    Dns(String),
    /// An IP address.
    Ip(IpAddr),
    /// An absolute URI, such as a SPIFFE id.
    Uri(String),
    /// A mailbox, `local@domain`.
    Email(String),
    /// A distinguished name.
    Directory(Subject),
    /// A registered identifier.
    RegisteredId(Oid),
    /// A name of another kind.
    Other {
        /// The kind.
        oid: Oid,
        /// The name in DER.
        value_der: Vec<u8>,
    },
}

impl AlternativeName {
    /// Reads a name and tells its kind from its form.
    ///
    /// # Errors
    /// [`CaError::AlternativeName`] when it is none of the four.
    pub fn parse(text: &str) -> Result<Self, CaError> {
        let name = text.trim();
        if let Ok(address) = name.parse::<IpAddr>() {
            Ok(AlternativeName::Ip(address))
        } else if is_uri(name) {
            Ok(AlternativeName::Uri(name.to_owned()))
        } else if is_email(name) {
            Ok(AlternativeName::Email(name.to_owned()))
        } else if is_dns(name) {
            Ok(AlternativeName::Dns(name.to_owned()))
        } else {
            Err(CaError::AlternativeName(text.to_owned()))
        }
    }

    /// Reads a GeneralName of a request.
    pub(crate) fn from_general_name(name: &GeneralName) -> Result<Self, CaError> {
        let other = || CaError::AlternativeName("a name of another kind in the request".to_owned());
        Ok(match name {
            GeneralName::DnsName(dns) => Self::Dns(dns.to_string()),
            GeneralName::Rfc822Name(mailbox) => Self::Email(mailbox.to_string()),
            GeneralName::UniformResourceIdentifier(uri) => Self::Uri(uri.to_string()),
            GeneralName::IpAddress(octets) => {
                let octets = octets.as_bytes();
                if let Ok(four) = <[u8; 4]>::try_from(octets) {
                    Self::Ip(IpAddr::from(four))
                } else {
                    let sixteen = <[u8; 16]>::try_from(octets).map_err(|_| other())?;
                    Self::Ip(IpAddr::from(sixteen))
                }
            }
            GeneralName::DirectoryName(name) => {
                Self::Directory(Subject::from_der(&name.to_der()?)?)
            }
            GeneralName::RegisteredId(oid) => Self::RegisteredId(*oid),
            GeneralName::OtherName(name) => Self::Other {
                oid: name.type_id,
                value_der: name.value.to_der()?,
            },
            _ => return Err(other()),
        })
    }

    /// Texts must be IA5Strings (RFC 5280 section 4.2.1.6).
    pub(crate) fn check(&self) -> Result<(), CaError> {
        match self {
            Self::Dns(text) | Self::Uri(text) | Self::Email(text)
                if text.is_empty() || !text.is_ascii() =>
            {
                Err(CaError::AlternativeName(text.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Writes the GeneralName, after [`Self::check`].
    pub(crate) fn write(&self, der: &mut Writer) {
        match self {
            Self::Email(mailbox) => der.put(tag::primitive(1), mailbox.as_bytes()),
            Self::Dns(name) => der.put(tag::primitive(2), name.as_bytes()),
            Self::Directory(name) => der.nest(tag::constructed(4), |der| der.raw(name.as_der())),
            Self::Uri(uri) => der.put(tag::primitive(6), uri.as_bytes()),
            Self::Ip(IpAddr::V4(address)) => der.put(tag::primitive(7), &address.octets()),
            Self::Ip(IpAddr::V6(address)) => der.put(tag::primitive(7), &address.octets()),
            Self::RegisteredId(oid) => der.put(tag::primitive(8), oid.as_bytes()),
            Self::Other { oid, value_der } => der.nest(tag::constructed(0), |der| {
                der.oid(oid);
                der.nest(tag::constructed(0), |der| der.raw(value_der));
            }),
        }
    }
}

fn is_printable_ascii(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A scheme (RFC 3986 section 3.1), a colon and something after it. `host:8443` is no URI: what follows is a port.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let scheme_is_fine = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let is_port = rest.bytes().all(|byte| byte.is_ascii_digit());
    scheme_is_fine && !rest.is_empty() && !is_port && is_printable_ascii(text)
}

fn is_email(text: &str) -> bool {
    match text.rsplit_once('@') {
        Some((local, domain)) => {
            !local.is_empty() && is_printable_ascii(local) && DnsName::try_from(domain).is_ok()
        }
        None => false,
    }
}

fn is_dns(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    DnsName::try_from(name).is_ok() && !name.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::AlternativeName::{self, Dns, Email, Ip, Uri};

    #[test]
    fn tells_the_kind_from_the_form() {
        let table = [
            ("host", Dns("host".into())),
            ("a.example.com", Dns("a.example.com".into())),
            ("*.example.com", Dns("*.example.com".into())),
            ("10.0.0.1", Ip([10, 0, 0, 1].into())),
            ("::1", Ip([0, 0, 0, 0, 0, 0, 0, 1_u16].into())),
            ("spiffe://td/ns/a", Uri("spiffe://td/ns/a".into())),
            ("urn:uuid:1", Uri("urn:uuid:1".into())),
            ("mailto:a@b.c", Uri("mailto:a@b.c".into())),
            (" me@example.com ", Email("me@example.com".into())),
        ];
        for (text, expected) in table {
            assert_eq!(AlternativeName::parse(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_none() {
        for text in [
            "",
            "two words",
            "münchen.de",
            "@example.com",
            "a@",
            "host:8443",
            "a..b",
            "https:// x",
        ] {
            assert!(AlternativeName::parse(text).is_err(), "{text}");
        }
    }
}
