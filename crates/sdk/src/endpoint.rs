//! Where CreateSession is and for which region it is signed: ARNs and flags enter, an [`Endpoint`] and a [`Region`] leave.

use std::fmt;

use http::Uri;
use http::uri::Scheme;

use crate::{Arn, ArnError};

/// Why no endpoint or region could be found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// A trust anchor or profile ARN that is none.
    #[error(transparent)]
    Arn(#[from] ArnError),
    /// AWS's own client insists on this too: a profile is looked up in the trust anchor's region.
    #[error(
        "the trust anchor is in region `{trust_anchor}`, the profile in region `{profile}`: both must be in the same"
    )]
    RegionsDiffer {
        /// Of the trust anchor's ARN.
        trust_anchor: String,
        /// Of the profile's ARN.
        profile: String,
    },
    /// A region that could not be part of a host name.
    #[error(
        "`{presented}` is not a region: expected lower-case letters, digits and `-`, such as `us-east-1`"
    )]
    MalformedRegion {
        /// As given.
        presented: String,
    },
    /// An endpoint that is no base URL.
    #[error(
        "`{presented}` is not an endpoint: expected http://HOST[:PORT] or https://HOST[:PORT], with an optional path and no query"
    )]
    MalformedUrl {
        /// As given.
        presented: String,
    },
}

/// An AWS region name, safe to put into a host name and a credential scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region(String);

impl Region {
    /// Parses a name.
    pub fn parse(name: &str) -> Result<Self, EndpointError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > 63 || name.starts_with('-') || !name.bytes().all(allowed)
        {
            return Err(EndpointError::MalformedRegion {
                presented: name.to_owned(),
            });
        }
        Ok(Self(name.to_owned()))
    }

    /// The region that a request is signed for: `overriding` if given, else the trust anchor's. Trust anchor and profile
    /// must be in the same region in either case.
    pub fn of_arns(
        trust_anchor_arn: &str,
        profile_arn: &str,
        overriding: Option<&str>,
    ) -> Result<Self, EndpointError> {
        let (trust_anchor, profile) = (Arn::parse(trust_anchor_arn)?, Arn::parse(profile_arn)?);
        if trust_anchor.region != profile.region {
            return Err(EndpointError::RegionsDiffer {
                trust_anchor: trust_anchor.region.to_owned(),
                profile: profile.region.to_owned(),
            });
        }
        Self::parse(overriding.unwrap_or(trust_anchor.region))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The DNS suffixes of the region's partition, for addresses of version 4 alone and of both; unknown regions are taken
    /// for the `aws` partition's.
    fn dns_suffixes(&self) -> (&'static str, &'static str) {
        const SUFFIXES: [(&str, &str, &str); 6] = [
            ("cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
            ("us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
            ("us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
            ("us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
            ("eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
            ("eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
        ];
        let known = SUFFIXES
            .iter()
            .find(|(prefix, ..)| self.0.starts_with(prefix));
        known.map_or(("amazonaws.com", "api.aws"), |(_, four, both)| (four, both))
    }
}

impl fmt::Display for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Which of AWS's endpoints of a region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndpointVariant {
    /// The one whose cryptography is validated (FIPS 140).
    pub fips: bool,
    /// The one with addresses of IP version 6 beside those of version 4.
    pub dual_stack: bool,
}

/// The base URL of a Roles Anywhere service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    base: String,
    host: String,
}

impl Endpoint {
    /// AWS's public endpoint of a region.
    pub fn of_region(region: &Region, variant: EndpointVariant) -> Self {
        let service = match variant.fips {
            true => "rolesanywhere-fips",
            false => "rolesanywhere",
        };
        let (four, both) = region.dns_suffixes();
        let suffix = if variant.dual_stack { both } else { four };
        let host = format!("{service}.{region}.{suffix}");
        Self {
            base: format!("https://{host}"),
            host,
        }
    }

    /// Parses a base URL; the scheme is required, a path is kept, user names and queries are refused.
    pub fn parse(url: &str) -> Result<Self, EndpointError> {
        Self::split(url).ok_or_else(|| EndpointError::MalformedUrl {
            presented: url.to_owned(),
        })
    }

    fn split(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let (scheme, authority) = (uri.scheme()?, uri.authority()?);
        let default_port = if *scheme == Scheme::HTTPS {
            443
        } else if *scheme == Scheme::HTTP {
            80
        } else {
            return None;
        };
        if uri.query().is_some() || authority.as_str().contains('@') || authority.host().is_empty()
        {
            return None;
        }
        let host = match authority.port_u16() {
            Some(port) if port != default_port => format!("{}:{port}", authority.host()),
            _ => authority.host().to_owned(),
        };
        let path = uri.path().trim_end_matches('/');
        Some(Self {
            base: format!("{scheme}://{authority}{path}"),
            host,
        })
    }

    /// Whether it is reached by TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.base.starts_with("https:")
    }

    /// Its host in lower case, without the brackets of an address, and its port.
    pub(crate) fn host_and_port(&self) -> (String, u16) {
        let default_port = if self.is_https() { 443 } else { 80 };
        let bracket = self.host.rfind(']').unwrap_or_default();
        let (host, port) = match self.host.rsplit_once(':') {
            Some((host, port)) if host.len() > bracket => {
                (host, port.parse().unwrap_or(default_port))
            }
            _ => (self.host.as_str(), default_port),
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        (bare.to_ascii_lowercase(), port)
    }

    /// The value of the `Host` header: without the scheme's own port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = match self.host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => host,
            _ => &self.host,
        };
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || address
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    /// The URL of an operation's path.
    pub(crate) fn url(&self, path: &str, query: &str) -> String {
        format!("{}{path}?{query}", self.base)
    }

    /// The base URL.
    pub fn as_str(&self) -> &str {
        &self.base
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_endpoints_by_partition() {
        let (plain, fips, dual, both) = (
            EndpointVariant::default(),
            EndpointVariant {
                fips: true,
                dual_stack: false,
            },
            EndpointVariant {
                fips: false,
                dual_stack: true,
            },
            EndpointVariant {
                fips: true,
                dual_stack: true,
            },
        );
        let cases = [
            ("us-east-1", plain, "rolesanywhere.us-east-1.amazonaws.com"),
            (
                "us-east-1",
                fips,
                "rolesanywhere-fips.us-east-1.amazonaws.com",
            ),
            ("us-east-1", dual, "rolesanywhere.us-east-1.api.aws"),
            (
                "us-gov-west-1",
                both,
                "rolesanywhere-fips.us-gov-west-1.api.aws",
            ),
            (
                "cn-north-1",
                plain,
                "rolesanywhere.cn-north-1.amazonaws.com.cn",
            ),
            (
                "cn-north-1",
                dual,
                "rolesanywhere.cn-north-1.api.amazonwebservices.com.cn",
            ),
            (
                "us-gov-west-1",
                plain,
                "rolesanywhere.us-gov-west-1.amazonaws.com",
            ),
            (
                "us-isob-east-1",
                plain,
                "rolesanywhere.us-isob-east-1.sc2s.sgov.gov",
            ),
            ("mars-1", plain, "rolesanywhere.mars-1.amazonaws.com"),
        ];
        for (region, variant, host) in cases {
            let region = Region::parse(region).unwrap();
            let endpoint = Endpoint::of_region(&region, variant);
            assert_eq!(endpoint.as_str(), format!("https://{host}"));
        }
        for region in ["", "US-EAST-1", "us-east-1.evil.example/", "-x", "a b"] {
            assert!(Region::parse(region).is_err(), "{region}");
        }
    }

    #[test]
    fn the_region_is_the_trust_anchors_unless_overridden() {
        let arn = |kind: &str, region: &str| {
            format!("arn:aws:rolesanywhere:{region}:000000000000:{kind}/1")
        };
        let (anchor, profile) = (
            arn("trust-anchor", "eu-west-1"),
            arn("profile", "eu-west-1"),
        );
        assert_eq!(
            Region::of_arns(&anchor, &profile, None).unwrap().as_str(),
            "eu-west-1"
        );
        assert_eq!(
            Region::of_arns(&anchor, &profile, Some("us-east-1"))
                .unwrap()
                .as_str(),
            "us-east-1"
        );
        let other = arn("profile", "us-east-1");
        let error = Region::of_arns(&anchor, &other, Some("us-east-1")).unwrap_err();
        assert!(matches!(error, EndpointError::RegionsDiffer { .. }));
    }

    #[test]
    fn this_machine_is_known_by_its_addresses() {
        for (url, expected) in [
            ("http://127.0.0.1:7300", true),
            ("http://localhost", true),
            ("http://[::1]:1/base", true),
            ("https://rolesanywhere.eu-west-1.amazonaws.com", false),
            ("http://localhost.example", false),
            ("http://10.0.0.1:7300", false),
        ] {
            assert_eq!(
                Endpoint::parse(url).unwrap().is_loopback(),
                expected,
                "{url}"
            );
        }
    }

    #[test]
    fn base_urls() {
        let cases = [
            (
                "http://127.0.0.1:7000",
                "http://127.0.0.1:7000/sessions?q",
                "127.0.0.1:7000",
            ),
            ("https://h:443/", "https://h:443/sessions?q", "h"),
            ("https://h/svc/", "https://h/svc/sessions?q", "h"),
            (
                "http://[::1]:8080",
                "http://[::1]:8080/sessions?q",
                "[::1]:8080",
            ),
        ];
        for (text, url, host) in cases {
            let endpoint = Endpoint::parse(text).unwrap();
            assert_eq!(endpoint.url("/sessions", "q"), url);
            assert_eq!(endpoint.host(), host);
        }
        for text in [
            "",
            "host:7000",
            "127.0.0.1:7000",
            "ftp://h",
            "https://u:p@h",
            "https://h/?q",
            "/path",
        ] {
            assert!(Endpoint::parse(text).is_err(), "{text}");
        }
    }
}
