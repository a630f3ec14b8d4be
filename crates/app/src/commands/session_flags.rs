//! The flags of the commands that get credentials with a certificate, and the machine that they run on. The flags are
//! those of AWS's `aws_signing_helper`; docs/helper-differences.md says where the two part.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use anyrole_helper::{IdentitySettings, SessionSettings};
pub use anyrole_sdk::ThisMachine;
use anyrole_sdk::{IdentitySource, ServiceClock};

use super::identity_flags::IdentityFlags;
use super::service_flags::ServiceFlags;

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

    #[command(flatten)]
    service: ServiceFlags,

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

    /// How long one attempt to reach the service may take, in seconds; there are three, unless AWS_MAX_ATTEMPTS says otherwise.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=600))]
    attempt_timeout: u64,
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

    /// What they say, with what environment and config file say of the service.
    ///
    /// # Errors
    /// The key's password can't be read, no certificate is named, or a value of environment or config file can't be
    /// understood.
    pub fn into_settings(self) -> anyhow::Result<SessionSettings> {
        self.with_identity(|flags| Ok(flags.into_settings()?.source()?))
    }

    /// As [`SessionFlags::into_settings`], with what the flags say of certificate and key, for their renewal.
    ///
    /// # Errors
    /// As [`SessionFlags::into_settings`].
    pub fn into_settings_and_identity(self) -> anyhow::Result<(SessionSettings, IdentitySettings)> {
        let mut kept = IdentitySettings::default();
        let settings = self.with_identity(|flags| {
            kept = flags.into_settings()?;
            Ok(kept.source()?)
        })?;
        Ok((settings, kept))
    }

    /// As [`SessionFlags::with_identity`], for who looks for what is missing: an ARN that isn't given is empty.
    ///
    /// # Errors
    /// As [`SessionFlags::with_identity`].
    pub fn with_gaps(
        mut self,
        identity: impl FnOnce(IdentityFlags) -> anyhow::Result<Arc<dyn IdentitySource>>,
    ) -> anyhow::Result<SessionSettings> {
        for arn in [
            &mut self.role_arn,
            &mut self.profile_arn,
            &mut self.trust_anchor_arn,
        ] {
            arn.get_or_insert_default();
        }
        self.with_identity(identity)
    }

    /// As [`SessionFlags::into_settings`], with what `identity` makes of the flags of certificate and key.
    ///
    /// # Errors
    /// Those of `identity`, and as [`SessionFlags::into_settings`].
    pub fn with_identity(
        self,
        identity: impl FnOnce(IdentityFlags) -> anyhow::Result<Arc<dyn IdentitySource>>,
    ) -> anyhow::Result<SessionSettings> {
        let service = self.service.into_settings()?;
        let settings = SessionSettings {
            identity: identity(self.identity)?,
            role_arn: given("--role-arn", self.role_arn)?,
            profile_arn: given("--profile-arn", self.profile_arn)?,
            trust_anchor_arn: given("--trust-anchor-arn", self.trust_anchor_arn)?,
            endpoint: service.endpoint,
            region: service.region,
            session_duration: self.session_duration,
            role_session_name: self.role_session_name,
            tls_roots: service.tls_roots,
            route: service.route,
            attempt_timeout: Duration::from_secs(self.attempt_timeout),
            clock: ServiceClock::default(),
        };
        if service.wants_proxy && settings.goes_by_proxy().is_ok_and(|by_proxy| !by_proxy) {
            say(
                "--with-proxy: no proxy is set for this endpoint (HTTPS_PROXY, HTTP_PROXY, --proxy), or NO_PROXY excepts it: going there directly",
            );
        }
        Ok(settings)
    }
}

fn given(flag: &str, value: Option<String>) -> anyhow::Result<String> {
    value.with_context(|| format!("{flag} ARN is missing"))
}

/// Nothing can be done about a standard error that is closed.
fn say(text: &str) {
    let _: std::io::Result<()> = writeln!(std::io::stderr(), "anyrole: {text}");
}
