//! Constraints on DNS names, mail addresses and URIs, whose domains compare without regard to case.

use super::Side;
use crate::der::DerError;

const NO_TEXT: DerError = DerError("it is not ASCII text");

fn ascii(bytes: &[u8]) -> Result<&str, DerError> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() && !text.contains('\0') => Ok(text),
        _ => Err(NO_TEXT),
    }
}

/// A name may end with the dot of the root, which means nothing.
fn without_root(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// Whether `host` is `domain` or has more labels to its left.
fn is_domain_or_below(host: &str, domain: &str) -> bool {
    domain.is_empty() || host.eq_ignore_ascii_case(domain) || is_below(host, domain)
}

/// Whether `host` has more labels to the left of `domain`, which is without its leading dot.
fn is_below(host: &str, domain: &str) -> bool {
    let Some(length) = host.len().checked_sub(domain.len() + 1) else {
        return false;
    };
    match (
        host.get(..length),
        host.get(length..length + 1),
        host.get(length + 1..),
    ) {
        (Some(left), Some("."), Some(right)) => {
            !left.is_empty() && right.eq_ignore_ascii_case(domain)
        }
        _ => false,
    }
}

/// A constraint holds for its domain and all below; with a leading dot, as some CAs write it, only for those below.
/// A wildcard stands for each name that its first label could be.
pub(super) fn dns(name: &[u8], base: &[u8], side: Side) -> Result<bool, DerError> {
    let (name, base) = (without_root(ascii(name)?), without_root(ascii(base)?));
    if name.is_empty() {
        return Err(DerError("it is empty"));
    }
    let within = match base.strip_prefix('.') {
        Some(domain) => is_below(name, domain),
        None => is_domain_or_below(name, base),
    };
    let Some(parent) = name.strip_prefix("*.").filter(|_| side == Side::Excluded) else {
        return Ok(within);
    };
    // `*.example.com` stands for `a.example.com` too, so that excluding that one excludes it.
    let could_be = base
        .strip_prefix('.')
        .unwrap_or(base)
        .split_once('.')
        .is_some_and(|(_, above)| above.eq_ignore_ascii_case(parent));
    Ok(within || could_be)
}

/// One mailbox, all mailboxes of a host, or, with a leading dot, all mailboxes of the hosts below a domain.
pub(super) fn mail(name: &[u8], base: &[u8]) -> Result<bool, DerError> {
    let (name, base) = (without_root(ascii(name)?), without_root(ascii(base)?));
    let Some((mailbox, host)) = name.rsplit_once('@') else {
        return Err(DerError("it is no mail address"));
    };
    if mailbox.is_empty() || host.is_empty() {
        return Err(DerError("it is no mail address"));
    }
    Ok(match base.rsplit_once('@') {
        Some((permitted, at)) => mailbox == permitted && host.eq_ignore_ascii_case(at),
        None => match base.strip_prefix('.') {
            Some(domain) => is_below(host, domain),
            None => base.is_empty() || host.eq_ignore_ascii_case(base),
        },
    })
}

/// One host or, with a leading dot, the hosts below a domain. A URI without a host name, or with an address in its
/// place, is refused where URIs are constrained.
pub(super) fn uri(name: &[u8], base: &[u8]) -> Result<bool, DerError> {
    let (name, base) = (ascii(name)?, ascii(base)?);
    let host = host_of(name).ok_or(DerError("it has no host name"))?;
    Ok(match base.strip_prefix('.') {
        Some(domain) => is_below(host, domain),
        None => base.is_empty() || host.eq_ignore_ascii_case(base),
    })
}

/// The host name in `scheme://user@host:port/path` (RFC 3986 section 3.2).
fn host_of(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once(':')?;
    let authority = rest.strip_prefix("//")?;
    let authority = authority.split(['/', '?', '#']).next()?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = match host.split_once(':') {
        Some((host, port)) if port.bytes().all(|octet| octet.is_ascii_digit()) => host,
        Some(_) => return None,
        None => host,
    };
    let is_name = |octet: u8| octet.is_ascii_alphanumeric() || b"-._".contains(&octet);
    let is_address = host
        .rsplit('.')
        .next()
        .is_some_and(|label| label.bytes().all(|octet| octet.is_ascii_digit()));
    let holds = !scheme.is_empty() && !host.is_empty() && host.bytes().all(is_name) && !is_address;
    holds.then_some(host)
}

#[cfg(test)]
mod tests {
    use super::{Side, dns, mail, uri};

    #[test]
    fn dns_names() {
        // name, constraint, within as permitted, within as excluded
        let rows = [
            ("example.com", "example.com", true, true),
            ("EXAMPLE.com", "example.COM", true, true),
            ("a.example.com", "example.com", true, true),
            ("a.b.example.com.", "example.com", true, true),
            ("badexample.com", "example.com", false, false),
            ("example.com", ".example.com", false, false),
            ("a.example.com", ".example.com", true, true),
            (".example.com", ".example.com", false, false),
            ("a.example.com", "", true, true),
            ("com", "example.com", false, false),
            ("*.example.com", "example.com", true, true),
            ("*.example.com", "a.example.com", false, true),
            ("*.example.com", "b.a.example.com", false, false),
        ];
        for (name, base, permitted, excluded) in rows {
            let ask = |side| dns(name.as_bytes(), base.as_bytes(), side);
            assert_eq!(ask(Side::Permitted), Ok(permitted), "{name} {base}");
            assert_eq!(ask(Side::Excluded), Ok(excluded), "{name} {base}");
        }
        assert!(dns(b"", b"example.com", Side::Permitted).is_err());
        assert!(dns("exämple.com".as_bytes(), b"com", Side::Permitted).is_err());
        assert!(dns(b"a\0.example.com", b"example.com", Side::Permitted).is_err());
    }

    #[test]
    fn mail_addresses() {
        let rows = [
            ("a@example.com", "a@example.com", Some(true)),
            ("a@EXAMPLE.com", "a@example.com", Some(true)),
            ("A@example.com", "a@example.com", Some(false)),
            ("a@example.com", "example.com", Some(true)),
            ("a@b.example.com", "example.com", Some(false)),
            ("a@b.example.com", ".example.com", Some(true)),
            ("a@example.com", ".example.com", Some(false)),
            ("a@other.com", "example.com", Some(false)),
            ("a@b@example.com", "example.com", Some(true)),
            ("example.com", "example.com", None),
            ("@example.com", "example.com", None),
            ("a@", "example.com", None),
        ];
        for (name, base, expected) in rows {
            let found = mail(name.as_bytes(), base.as_bytes()).ok();
            assert_eq!(found, expected, "{name} {base}");
        }
    }

    #[test]
    fn uris() {
        let rows = [
            ("spiffe://example.com/a", "example.com", Some(true)),
            ("spiffe://Example.com", "example.com", Some(true)),
            ("https://u:p@example.com:443/?q", "example.com", Some(true)),
            ("https://a.example.com/", "example.com", Some(false)),
            ("https://a.example.com/", ".example.com", Some(true)),
            ("https://example.com/", ".example.com", Some(false)),
            ("https://other.com/@example.com", "example.com", Some(false)),
            ("https://other.com#@example.com", "example.com", Some(false)),
            ("urn:example.com", "example.com", None),
            ("https:///path", "example.com", None),
            ("https://192.0.2.1/", "example.com", None),
            ("https://[2001:db8::1]/", "example.com", None),
            ("https://example.com:x/", "example.com", None),
        ];
        for (name, base, expected) in rows {
            let found = uri(name.as_bytes(), base.as_bytes()).ok();
            assert_eq!(found, expected, "{name} {base}");
        }
    }
}
