//! Settings of ACME: how names are proved, where that may connect to, and where clients find this server.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use anyrole_outbound::Networks;

/// Where a system says whom names are asked of (resolv.conf(5)).
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// Flags of ACME, and their places in the configuration file.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct AcmeFlags {
    /// Where clients find this server, for URLs that it hands out (ACME's, and those in certificates): https://HOST[:PORT]
    /// [default: for ACME the host that the client has asked]
    #[arg(long, value_name = "URL", env = "ANYROLE_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// Networks that ACME's http-01 and tls-alpn-01 may connect to, to prove who holds a name: 10.0.0.0/8, fd00::/8 or single
    /// addresses, separated by commas. Names are the clients' to choose, so list where your machines are, and nothing else.
    /// Without it names are proved by dns-01 alone, and addresses not at all [default: none]
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "NETWORKS",
        env = "ANYROLE_ACME_NETWORKS"
    )]
    pub acme_networks: Option<Vec<String>>,

    /// DNS server that ACME looks names up at [default: the first of /etc/resolv.conf]
    #[arg(long, value_name = "ADDR:PORT", env = "ANYROLE_ACME_DNS")]
    pub acme_dns: Option<SocketAddr>,

    /// Port that http-01 connects to; another one than 80 is for tests, and for machines behind a port forwarding [default: 80]
    #[arg(long, value_name = "PORT", env = "ANYROLE_ACME_HTTP_PORT")]
    pub acme_http_port: Option<u16>,

    /// Port that tls-alpn-01 connects to; as for http-01 [default: 443]
    #[arg(long, value_name = "PORT", env = "ANYROLE_ACME_TLS_PORT")]
    pub acme_tls_port: Option<u16>,
}

/// How names are proved.
#[derive(Debug, Clone)]
pub struct AcmeSettings {
    /// `https://HOST[:PORT]`, without a slash at its end.
    pub public_url: Option<String>,
    /// What may be connected to.
    pub networks: Networks,
    /// Whom names are asked of; none where the system does not say.
    pub dns: Option<SocketAddr>,
    /// Of http-01.
    pub http_port: u16,
    /// Of tls-alpn-01.
    pub tls_port: u16,
}

impl AcmeFlags {
    /// These flags, and where they say nothing those.
    #[must_use]
    pub(super) fn or(self, file: Self) -> Self {
        Self {
            public_url: self.public_url.or(file.public_url),
            acme_networks: self.acme_networks.or(file.acme_networks),
            acme_dns: self.acme_dns.or(file.acme_dns),
            acme_http_port: self.acme_http_port.or(file.acme_http_port),
            acme_tls_port: self.acme_tls_port.or(file.acme_tls_port),
        }
    }

    pub(super) fn resolve(self) -> anyhow::Result<AcmeSettings> {
        let networks = self.acme_networks.unwrap_or_default();
        let networks = networks.iter().map(String::as_str);
        let networks = networks.filter(|network| !network.is_empty());
        Ok(AcmeSettings {
            public_url: self.public_url.map(|url| public_url(&url)).transpose()?,
            networks: Networks::parse(networks).context("--acme-networks")?,
            dns: self.acme_dns.or_else(system_server),
            http_port: self.acme_http_port.unwrap_or(80),
            tls_port: self.acme_tls_port.unwrap_or(443),
        })
    }
}

fn public_url(url: &str) -> anyhow::Result<String> {
    let base = url.trim_end_matches('/');
    let parsed = anyrole_outbound::Url::parse(base).context("--public-url")?;
    if base.splitn(4, '/').count() > 3 || base.contains(['?', '#']) {
        bail!("--public-url {parsed}: it is the server's own, https://HOST[:PORT], without a path");
    }
    Ok(base.to_owned())
}

/// The first `nameserver`. A system without one proves no names until it is said where to ask.
fn system_server() -> Option<SocketAddr> {
    let text = std::fs::read_to_string(RESOLV_CONF).ok()?;
    let servers = text.lines().filter_map(|line| {
        let address = line.trim().strip_prefix("nameserver")?;
        address.trim().parse().ok()
    });
    servers.map(|address| SocketAddr::new(address, 53)).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_has_no_path() {
        for (url, expected) in [
            ("https://ca.example", Some("https://ca.example")),
            ("https://ca.example:9910/", Some("https://ca.example:9910")),
            ("http://[::1]:80", Some("http://[::1]:80")),
            ("https://ca.example/acme", None),
            ("https://ca.example?a", None),
            ("ca.example", None),
            ("ftp://ca.example", None),
        ] {
            assert_eq!(public_url(url).ok().as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn networks_are_read() {
        let flags = AcmeFlags {
            acme_networks: Some(vec!["10.0.0.0/8".to_owned(), String::new()]),
            ..AcmeFlags::default()
        };
        assert!(!flags.resolve().unwrap().networks.is_empty());
        let flags = AcmeFlags {
            acme_networks: Some(vec!["10.0.0.0/99".to_owned()]),
            ..AcmeFlags::default()
        };
        let error = format!("{:#}", flags.resolve().unwrap_err());
        assert!(
            error.contains("--acme-networks") && error.contains("10.0.0.0/99"),
            "{error}"
        );
    }
}
