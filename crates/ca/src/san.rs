//! Subject alternative names: text enters, and its form tells the kind, as with `step`: an IP address, a URI (it has
//! a scheme), an e-mail address (it has an `@`), else a DNS name.

use std::net::IpAddr;

use der::asn1::Ia5String;
use rustls_pki_types::DnsName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::CaError;

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

    pub(crate) fn to_general_name(&self) -> Result<GeneralName, CaError> {
        Ok(match self {
            AlternativeName::Dns(name) => GeneralName::DnsName(Ia5String::new(name)?),
            AlternativeName::Ip(address) => GeneralName::from(*address),
            AlternativeName::Uri(uri) => {
                GeneralName::UniformResourceIdentifier(Ia5String::new(uri)?)
            }
            AlternativeName::Email(mailbox) => GeneralName::Rfc822Name(Ia5String::new(mailbox)?),
        })
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
