//! The flags of the commands that get credentials with a certificate, and the machine that they run on. The flags are
//! those of AWS's `aws_signing_helper` for file keys; docs/helper-differences.md says where the two part.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use anyrole_helper::SessionSettings;
pub use anyrole_sdk::ThisMachine;
use anyrole_sdk::{ServiceClock, TlsRoots};

use super::identity_flags::IdentityFlags;

/// With what certificate, of which role, from which service.
#[derive(clap::Args, Debug)]
pub struct SessionFlags {
    #[command(flatten)]
    identity: IdentityFlags,

    /// Role to get credentials of: arn:aws:iam::ACCOUNT:role/NAME. Its trust policy must allow
    /// rolesanywhere.amazonaws.com to sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity.
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,

    /// Profile that lists the role: arn:aws:rolesanywhere:REGION:ACCOUNT:profile/ID, in the trust anchor's region.
    #[arg(long, value_name = "ARN")]
    profile_arn: Option<String>,

    /// Trust anchor that the certificate leads to: arn:aws:rolesanywhere:REGION:ACCOUNT:trust-anchor/ID.
    #[arg(long, value_name = "ARN")]
    trust_anchor_arn: Option<String>,

    /// Base URL of the service, such as http://127.0.0.1:7300 of an `anyrole server`. Wins over the environment.
    /// Default: AWS's endpoint of the region.
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_ROLESANYWHERE")]
    endpoint: Option<String>,

    /// The AWS CLI's name for an endpoint of all services; here only the way in for its environment variable.
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL", hide = true)]
    endpoint_url: Option<String>,

    /// Region to sign for, if it is not the trust anchor's.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// How long the credentials should live, in seconds: 900 to 43200. The profile's own duration is the limit.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 3600,
        allow_negative_numbers = true
    )]
    session_duration: i64,

    /// Name of the session, 2 to 64 characters, for profiles that accept one. Default: the certificate's serial number.
    #[arg(long, value_name = "NAME")]
    role_session_name: Option<String>,

    /// Trust these CA certificates (PEM) for the service's TLS, and no others. Default: what the system trusts.
    #[arg(long, value_name = "FILE", env = "AWS_CA_BUNDLE")]
    ca_bundle: Option<PathBuf>,

    /// Do not check the service's TLS certificate. Whoever sits in between can then take the credentials.
    #[arg(long)]
    no_verify_ssl: bool,

    /// How long one attempt to reach the service may take, in seconds; there are three.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=600))]
    attempt_timeout: u64,

    /// Accepted for the official helper's sake: HTTPS_PROXY, HTTP_PROXY and NO_PROXY count with and without it.
    #[arg(long)]
    with_proxy: bool,
}

impl SessionFlags {
    /// Whether nothing says which role of which service.
    pub fn are_missing(&self) -> bool {
        let arns = [&self.role_arn, &self.profile_arn, &self.trust_anchor_arn];
        arns.iter().all(|arn| arn.is_none())
    }

    /// For commands that may take all of it from a file instead, by a flag of this name.
    ///
    /// # Errors
    /// A flag says it, too.
    pub fn refuse_beside(&self, file_flag: &str) -> anyhow::Result<()> {
        for (flag, value) in [
            ("--role-arn", &self.role_arn),
            ("--profile-arn", &self.profile_arn),
            ("--trust-anchor-arn", &self.trust_anchor_arn),
        ] {
            ensure!(
                value.is_none(),
                "{file_flag}: its file says which roles there are; write {flag} into it, under [defaults] if it is that of all"
            );
        }
        Ok(())
    }

    /// An environment variable set to nothing counts as not set.
    ///
    /// # Errors
    /// The key's password can't be read, or no certificate is named.
    pub fn into_settings(self) -> anyhow::Result<SessionSettings> {
        let set = |url: Option<String>| url.filter(|url| !url.is_empty());
        let ca_bundle = self.ca_bundle.filter(|path| !path.as_os_str().is_empty());
        Ok(SessionSettings {
            identity: self.identity.into_settings()?.source()?,
            role_arn: given("--role-arn", self.role_arn)?,
            profile_arn: given("--profile-arn", self.profile_arn)?,
            trust_anchor_arn: given("--trust-anchor-arn", self.trust_anchor_arn)?,
            endpoint: set(self.endpoint).or(set(self.endpoint_url)),
            region: self.region,
            session_duration: self.session_duration,
            role_session_name: self.role_session_name,
            tls_roots: match (self.no_verify_ssl, ca_bundle) {
                (true, _) => TlsRoots::Unverified,
                (false, Some(path)) => TlsRoots::Bundle(path),
                (false, None) => TlsRoots::System,
            },
            attempt_timeout: Duration::from_secs(self.attempt_timeout),
            clock: ServiceClock::default(),
        })
    }
}

fn given(flag: &str, value: Option<String>) -> anyhow::Result<String> {
    value.with_context(|| format!("{flag} ARN is missing"))
}
