//! What the commands that get credentials have in common: flags enter, credentials leave.

use std::io::Write;
use std::sync::Arc;

use anyrole_sdk::{
    ClientSettings, CreateSessionClient, Credentials, Endpoint, IdentitySource, Region,
    ServiceClock, SessionSource, Surroundings, TlsRoots,
};

use crate::HelperError;
use crate::debug_log::DebugLog;
use crate::session_checks::session_request;

/// What the command line says.
#[derive(Clone, Debug)]
pub struct SessionSettings {
    /// Where certificate, chain and key come from ([`crate::IdentitySettings::source`]).
    pub identity: Arc<dyn IdentitySource>,
    /// `--role-arn`.
    pub role_arn: String,
    /// `--profile-arn`.
    pub profile_arn: String,
    /// `--trust-anchor-arn`.
    pub trust_anchor_arn: String,
    /// `--endpoint`; `None`: AWS's endpoint of the region.
    pub endpoint: Option<String>,
    /// `--region`; `None`: the trust anchor's.
    pub region: Option<String>,
    /// `--session-duration`, seconds.
    pub session_duration: i64,
    /// `--role-session-name`.
    pub role_session_name: Option<String>,
    /// `--no-verify-ssl`, `--ca-bundle`.
    pub tls_roots: TlsRoots,
    /// What is known of the service's clock; clones of these settings learn together.
    pub clock: ServiceClock,
}

impl SessionSettings {
    /// Gets credentials. Everything that can be checked on this side is checked before anything is sent. The identity is
    /// asked for anew each time, so that a renewed certificate counts. `debug` receives one line per step on the wire,
    /// without secrets.
    ///
    /// # Errors
    /// What is wrong with flags and files, or what the service said.
    pub fn create_credentials(
        &self,
        surroundings: &dyn Surroundings,
        debug: Option<&mut dyn Write>,
    ) -> Result<Credentials, HelperError> {
        let session = session_request(self)?;
        let (endpoint, region) = endpoint_and_region(self)?;
        let client = CreateSessionClient::new(ClientSettings {
            endpoint,
            region,
            tls_roots: self.tls_roots.clone(),
        })
        .map_err(HelperError::Client)?
        .with_clock(self.clock.clone());
        let source = SessionSource::new(client, self.identity.clone(), session);
        let created = match debug {
            Some(writer) => source.create(&DebugLog::new(surroundings, writer)),
            None => source.create(surroundings),
        };
        Ok(created?)
    }
}

fn endpoint_and_region(settings: &SessionSettings) -> Result<(Endpoint, Region), HelperError> {
    let overriding = settings
        .region
        .as_deref()
        .filter(|region| !region.is_empty());
    let flag = if overriding.is_some() {
        "--region"
    } else {
        "--profile-arn"
    };
    let region = Region::of_arns(
        &settings.trust_anchor_arn,
        &settings.profile_arn,
        overriding,
    )
    .map_err(|cause| HelperError::Endpoint { flag, cause })?;
    let endpoint = match settings.endpoint.as_deref().filter(|url| !url.is_empty()) {
        Some(url) => Endpoint::parse(url).map_err(|cause| HelperError::Endpoint {
            flag: "--endpoint",
            cause,
        })?,
        None => Endpoint::of_region(&region),
    };
    Ok((endpoint, region))
}
