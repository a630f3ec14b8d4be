//! The flags that say how the service is reached, and what stands in their place: environment variables, then the AWS config
//! file, as for AWS's helper (docs/helper-differences.md says where the two part).

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use anyrole_helper::{ConfigSettings, Route};
use anyrole_sdk::{Attempts, EndpointVariant, Proxies, ProxyNames, TlsRoots};

/// Where the service is, and by which way.
#[derive(clap::Args, Debug)]
pub struct ServiceFlags {
    /// Base URL of the service, such as http://127.0.0.1:7300 of an `anyrole server`. Default: AWS_ENDPOINT_URL_ROLESANYWHERE,
    /// AWS_ENDPOINT_URL, `endpoint_url` of the AWS config file (none of them with AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true),
    /// else AWS's endpoint of the region.
    #[arg(long, value_name = "URL", alias = "endpoint-url")]
    endpoint: Option<String>,

    /// Region to sign for, if it is not the trust anchor's.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// Ask AWS's endpoint with validated cryptography (FIPS 140). Default: AWS_USE_FIPS_ENDPOINT.
    #[arg(long)]
    use_fips_endpoint: bool,

    /// Ask AWS's endpoint that has IPv6 addresses, too. Default: AWS_USE_DUALSTACK_ENDPOINT.
    #[arg(long, alias = "use-dualstack-endpoint")]
    use_dualstack: bool,

    /// Trust these CA certificates (PEM) for the service's TLS, and no others. Default: AWS_CA_BUNDLE, `ca_bundle` of the AWS
    /// config file, else what the system trusts (SSL_CERT_FILE and SSL_CERT_DIR count).
    #[arg(long, value_name = "FILE")]
    ca_bundle: Option<PathBuf>,

    /// Do not check the service's TLS certificate. Whoever sits in between can then take the credentials.
    #[arg(long)]
    no_verify_ssl: bool,

    /// HTTP proxy to the service: http://[USER:PASSWORD@]HOST[:PORT], or https://…; asked to CONNECT. Every process of the machine
    /// can read a command line: a password is better in HTTPS_PROXY. Default: HTTPS_PROXY or HTTP_PROXY, by the endpoint's
    /// scheme, but for the hosts of NO_PROXY and this machine.
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,

    /// Say so if no proxy is set for the service. (Proxies are used without this flag, too.)
    #[arg(long)]
    with_proxy: bool,
}

/// What the flags say, with what stands in their place.
#[derive(Debug)]
pub struct Service {
    /// `None`: AWS's endpoint of the region.
    pub endpoint: Option<String>,
    /// `None`: the trust anchor's.
    pub region: Option<String>,
    /// Whom to trust in TLS.
    pub tls_roots: TlsRoots,
    /// The rest of it.
    pub route: Route,
    /// Whether it is to be said that no proxy is set.
    pub wants_proxy: bool,
}

impl ServiceFlags {
    /// What the flags say, and where they say nothing environment and config file. A variable set to nothing counts as not
    /// set.
    ///
    /// # Errors
    /// A value that can't be understood, and a config file that can't be read.
    pub fn into_settings(self) -> anyhow::Result<Service> {
        let outside = Outside {
            config: read_config()?,
        };
        let ca_bundle = self.ca_bundle.or_else(|| {
            outside
                .text("AWS_CA_BUNDLE", "ca_bundle")
                .map(PathBuf::from)
        });
        outside.check_retry_mode()?;
        let (https_name, https) = either("HTTPS_PROXY", "https_proxy");
        let (http_name, http) = either("HTTP_PROXY", "http_proxy");
        Ok(Service {
            endpoint: match self.endpoint {
                Some(url) => Some(url),
                None => outside.endpoint()?,
            },
            region: self.region,
            tls_roots: match (self.no_verify_ssl, ca_bundle) {
                (true, _) => TlsRoots::Unverified,
                (false, Some(path)) => TlsRoots::Bundle(path),
                (false, None) => TlsRoots::System,
            },
            route: Route {
                variant: EndpointVariant {
                    fips: self.use_fips_endpoint
                        || outside.switch("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?,
                    dual_stack: self.use_dualstack
                        || outside
                            .switch("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")?,
                },
                proxies: Proxies {
                    always: self.proxy,
                    https,
                    // Of a web server's request, where a header of the request sets it (CVE-2016-5385).
                    http: http.filter(|_| variable("REQUEST_METHOD").is_none()),
                    no_proxy: either("NO_PROXY", "no_proxy").1,
                    names: ProxyNames {
                        https: https_name,
                        http: http_name,
                    },
                },
                attempts: outside.attempts()?,
            },
            wants_proxy: self.with_proxy,
        })
    }
}

/// The environment and, behind it, the config file.
struct Outside {
    config: ConfigSettings,
}

impl Outside {
    fn text(&self, name: &str, key: &str) -> Option<String> {
        variable(name).or_else(|| self.config.get(key).map(str::to_owned))
    }

    /// Where a value is from, for errors.
    fn source(&self, name: &str, key: &str) -> String {
        match variable(name) {
            Some(_) => name.to_owned(),
            None => format!("{key} of the AWS config file"),
        }
    }

    fn endpoint(&self) -> anyhow::Result<Option<String>> {
        let ignored = self.switch(
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "ignore_configured_endpoint_urls",
        )?;
        if ignored {
            return Ok(None);
        }
        Ok(variable("AWS_ENDPOINT_URL_ROLESANYWHERE")
            .or_else(|| variable("AWS_ENDPOINT_URL"))
            .or_else(|| self.config.service_endpoint().map(str::to_owned))
            .or_else(|| self.config.get("endpoint_url").map(str::to_owned)))
    }

    fn switch(&self, name: &str, key: &str) -> anyhow::Result<bool> {
        let Some(text) = self.text(name, key) else {
            return Ok(false);
        };
        match text.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => bail!(
                "{}: `{text}` is neither true nor false",
                self.source(name, key)
            ),
        }
    }

    /// 0 means the default, as in AWS's SDKs.
    fn attempts(&self) -> anyhow::Result<Attempts> {
        let (name, key) = ("AWS_MAX_ATTEMPTS", "max_attempts");
        let Some(text) = self.text(name, key) else {
            return Ok(Attempts::default());
        };
        let number = text.parse::<u32>().with_context(|| {
            format!(
                "{}: `{text}` is not a number of attempts, such as 3",
                self.source(name, key)
            )
        })?;
        Ok(NonZeroU32::new(number).map_or_else(Attempts::default, Attempts))
    }

    /// The modes differ in what they do across calls; for one call they are the same.
    fn check_retry_mode(&self) -> anyhow::Result<()> {
        let (name, key) = ("AWS_RETRY_MODE", "retry_mode");
        let mode = self.text(name, key).unwrap_or_default();
        ensure!(
            ["", "standard", "adaptive", "legacy"].contains(&mode.as_str()),
            "{}: `{mode}` is not a retry mode: standard or adaptive",
            self.source(name, key)
        );
        Ok(())
    }
}

/// Of `AWS_PROFILE`, else `default`. No file is as an empty one, and so is one that can't be read, unless it is named.
fn read_config() -> anyhow::Result<ConfigSettings> {
    let profile = variable("AWS_PROFILE").or_else(|| variable("AWS_DEFAULT_PROFILE"));
    let profile = profile.as_deref().unwrap_or("default");
    if let Some(file) = variable("AWS_CONFIG_FILE") {
        return Ok(ConfigSettings::read(Path::new(&file), profile)?);
    }
    // No user database is asked for a home: it may be far away, and this is asked at each call.
    let read = variable("HOME").and_then(|home| {
        // Somebody else's home, as daemons have it.
        ConfigSettings::read(&Path::new(&home).join(".aws").join("config"), profile).ok()
    });
    Ok(read.unwrap_or_default())
}

/// The value, and the name of the variable that has it.
fn either(name: &'static str, lower: &'static str) -> (&'static str, Option<String>) {
    match variable(name) {
        Some(value) => (name, Some(value)),
        None => match variable(lower) {
            Some(value) => (lower, Some(value)),
            None => (name, None),
        },
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the command's edge: here the environment comes in"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
