//! One session: who asks, for what, and of whom enters; credentials that are good at this moment leave.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::{
    CreateSessionClient, CreateSessionError, Credentials, IdentityError, IdentitySource,
    ServiceClock, SessionRequest, Surroundings,
};

/// Handed to nobody in its last 10 seconds, and not asked for sooner than 10 seconds after it was got (see `schedule.rs`).
const LEAST_LIFE: SignedDuration = SignedDuration::from_secs(20);

/// Makes sessions: an identity, a request and the client to send it with.
#[derive(Debug)]
pub struct SessionSource {
    client: CreateSessionClient,
    identity: Arc<dyn IdentitySource>,
    request: SessionRequest,
}

/// Why there is no session. The texts hold those of their causes, so there is no chain of sources to print as well.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Nobody to ask as.
    #[error("{0}")]
    Identity(IdentityError),
    /// The service, or the way to it.
    #[error("{0}")]
    CreateSession(CreateSessionError),
    /// The service's answer is of no use.
    #[error(
        "the service gave credentials that end at `{expiration}`, and it is {now} here: check this machine's clock, and the endpoint"
    )]
    EndedCredentials {
        /// As the service said it.
        expiration: String,
        /// The time, by the service's clock as far as that is known.
        now: Timestamp,
    },
}

impl SessionSource {
    /// Nothing is read or sent yet. `identity` is asked anew for each session.
    pub fn new(
        client: CreateSessionClient,
        identity: Arc<dyn IdentitySource>,
        request: SessionRequest,
    ) -> Self {
        Self {
            client,
            identity,
            request,
        }
    }

    /// Gets credentials. Blocks, for up to three attempts over the network.
    ///
    /// # Errors
    /// [`SessionError`]; a certificate outside its validity is found before anything is sent.
    pub fn create(&self, surroundings: &dyn Surroundings) -> Result<Credentials, SessionError> {
        let clock = self.clock();
        let identity = self.identity.identity().map_err(SessionError::Identity)?;
        let now = surroundings.now();
        if let Err(error) = identity.check_validity(clock.at(now)) {
            // What was learnt of the service's clock may be of a time when this one was wrong.
            if clock.ahead().is_zero() || identity.check_validity(now).is_err() {
                return Err(SessionError::Identity(error));
            }
            clock.forget();
        }
        let credentials = self
            .client
            .create_session(&identity, &self.request, surroundings)
            .map_err(SessionError::CreateSession)?;
        check_alive(&credentials, clock.at(surroundings.now()))?;
        Ok(credentials)
    }

    /// What the client knows of the service's clock.
    pub fn clock(&self) -> &ServiceClock {
        self.client.clock()
    }

    /// What is asked for.
    pub fn request(&self) -> &SessionRequest {
        &self.request
    }
}

/// Credentials that have ended, end before they could be replaced in good order, or at no known time, help nobody.
fn check_alive(credentials: &Credentials, now: Timestamp) -> Result<(), SessionError> {
    let end = credentials.expiration.parse::<Timestamp>();
    if end.is_ok_and(|end| end.duration_since(now) > LEAST_LIFE) {
        return Ok(());
    }
    Err(SessionError::EndedCredentials {
        expiration: credentials.expiration.escape_debug().to_string(),
        now,
    })
}
