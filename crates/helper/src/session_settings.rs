//! What the commands that get credentials have in common: flags enter, credentials leave.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use anyrole_sdk::{
    Attempts, ClientSettings, CreateSessionClient, Credentials, Endpoint, EndpointVariant,
    IdentityError, IdentitySource, LastingSource, Proxies, Region, ServiceClock, SessionSource,
    Surroundings, TlsRoots,
};

use crate::debug_log::DebugLog;
use crate::session_checks::session_request;
use crate::{HelperError, SessionCache, SessionKey};

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
    /// `--attempt-timeout`: how long one attempt may take.
    pub attempt_timeout: Duration,
    /// By which way the service is reached.
    pub route: Route,
    /// What is known of the service's clock; clones of these settings learn together.
    pub clock: ServiceClock,
}

/// By which way the service is reached.
#[derive(Clone, Debug, Default)]
pub struct Route {
    /// Which of AWS's endpoints.
    pub variant: EndpointVariant,
    /// By which proxy.
    pub proxies: Proxies,
    /// How often a call is tried.
    pub attempts: Attempts,
}

impl SessionSettings {
    /// What can be known to be wrong from the settings alone.
    ///
    /// # Errors
    /// It is.
    pub fn check(&self) -> Result<(), HelperError> {
        self.region_to_sign_for().map(|_| ())
    }

    /// The same, with the region.
    ///
    /// # Errors
    /// As [`SessionSettings::check`].
    pub fn region_to_sign_for(&self) -> Result<Region, HelperError> {
        session_request(self)?;
        Ok(endpoint_and_region(self)?.1)
    }

    /// The same for a program that runs for long: the last good identity stays in use while the present one is none
    /// ([`LastingSource`]), and `report` hears why.
    #[must_use]
    pub fn lasting(
        self,
        surroundings: Arc<dyn Surroundings + Send + Sync>,
        report: impl Fn(&HelperError) + Send + Sync + 'static,
    ) -> Self {
        let report = move |error: IdentityError| report(&error.into());
        let identity = LastingSource::new(self.identity, surroundings, report);
        Self {
            identity: Arc::new(identity),
            ..self
        }
    }

    /// Whether a proxy is set for the service.
    ///
    /// # Errors
    /// No endpoint can be had from the settings.
    pub fn goes_by_proxy(&self) -> Result<bool, HelperError> {
        let (endpoint, _) = endpoint_and_region(self)?;
        Ok(self.route.proxies.is_used_for(&endpoint))
    }

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
        self.create_as(self.identity.clone(), surroundings, debug)
    }

    /// As [`SessionSettings::create_credentials`], unless the cache holds what was got before for the very same. The identity is
    /// not opened for that where it can be told without ([`IdentitySource::mark`]), so that nobody is asked for a PIN; `open` is
    /// called where it must be.
    ///
    /// # Errors
    /// As [`SessionSettings::create_credentials`], and those of `open`.
    pub fn cached_credentials<E: From<HelperError>>(
        &self,
        cache: &SessionCache,
        surroundings: &dyn Surroundings,
        debug: Option<&mut dyn Write>,
        open: impl FnOnce() -> Result<Arc<dyn IdentitySource>, E>,
    ) -> Result<Credentials, E> {
        self.check()?;
        // The next process would judge it by this machine's clock, which is wrong.
        let may_keep = || self.clock.ahead().is_zero();
        if let Some(mark) = self.identity.mark() {
            let key = self.cache_key(&[b"mark", &mark])?;
            let create = || Ok(self.create_as(open()?, surroundings, debug)?);
            return cache.get_or_create(&key, surroundings, create, may_keep);
        }
        let identity = open()?.identity().map_err(HelperError::from)?;
        let now = self.clock.at(surroundings.now());
        identity.check_validity(now).map_err(HelperError::from)?;
        let key = self.cache_key(&[b"leaf", &identity.leaf().summary().sha256_fingerprint])?;
        let create = || Ok(self.create_as(Arc::new(identity), surroundings, debug)?);
        cache.get_or_create(&key, surroundings, create, may_keep)
    }

    /// A client of the service that these settings name.
    pub(crate) fn client(&self) -> Result<CreateSessionClient, HelperError> {
        let (endpoint, region) = endpoint_and_region(self)?;
        let client = CreateSessionClient::new(ClientSettings {
            endpoint,
            region,
            tls_roots: self.tls_roots.clone(),
            proxies: self.route.proxies.clone(),
            attempts: self.route.attempts,
        })
        .map_err(HelperError::Client)?;
        Ok(client
            .with_attempt_timeout(self.attempt_timeout)
            .with_clock(self.clock.clone()))
    }

    fn create_as(
        &self,
        identity: Arc<dyn IdentitySource>,
        surroundings: &dyn Surroundings,
        debug: Option<&mut dyn Write>,
    ) -> Result<Credentials, HelperError> {
        let session = session_request(self)?;
        let source = SessionSource::new(self.client()?, identity, session);
        let created = match debug {
            Some(writer) => source.create(&DebugLog::new(surroundings, writer)),
            None => source.create(surroundings),
        };
        Ok(created?)
    }

    /// By what a kept session is found again: who asks, whom, for what, and how far the answer was believed.
    fn cache_key(&self, [kind, who]: &[&[u8]; 2]) -> Result<SessionKey, HelperError> {
        let session = session_request(self)?;
        let (endpoint, region) = endpoint_and_region(self)?;
        let name = session.role_session_name.as_deref();
        let roots = match &self.tls_roots {
            TlsRoots::System => "system".to_owned(),
            TlsRoots::Bundle(path) => format!("bundle {}", path.display()),
            TlsRoots::Unverified => "unverified".to_owned(),
        };
        Ok(SessionKey::of(&[
            b"2",
            kind,
            who,
            session.trust_anchor_arn.as_bytes(),
            session.profile_arn.as_bytes(),
            session.role_arn.as_bytes(),
            &session.duration_seconds.to_be_bytes(),
            name.map_or(&b"-"[..], |_| b"+"),
            name.unwrap_or_default().as_bytes(),
            endpoint.as_str().as_bytes(),
            region.as_str().as_bytes(),
            roots.as_bytes(),
        ]))
    }
}

fn endpoint_and_region(settings: &SessionSettings) -> Result<(Endpoint, Region), HelperError> {
    let (overriding, of_fips) = settings
        .region
        .as_deref()
        .filter(|region| !region.is_empty())
        .map_or((None, false), without_fips);
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
    let mut variant = settings.route.variant;
    variant.fips |= of_fips;
    let endpoint = match settings.endpoint.as_deref().filter(|url| !url.is_empty()) {
        Some(_) if variant != EndpointVariant::default() => {
            return Err(HelperError::VariantOfCustomEndpoint);
        }
        Some(url) => Endpoint::parse(url).map_err(|cause| HelperError::Endpoint {
            flag: "--endpoint",
            cause,
        })?,
        None => Endpoint::of_region(&region, variant),
    };
    Ok((endpoint, region))
}

/// Names such as `us-east-1-fips` mean the FIPS endpoint of the region; requests are signed for the region itself.
fn without_fips(name: &str) -> (Option<&str>, bool) {
    let bare = name
        .strip_suffix("-fips")
        .or_else(|| name.strip_prefix("fips-"));
    (Some(bare.unwrap_or(name)), bare.is_some())
}
