//! Credentials for a program that runs for long: a [`SessionSource`] enters, and valid credentials leave whenever they are
//! asked for, from any thread, one session at a time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::{
    Counts, CredentialSource, Credentials, Keeper, Kept, SessionError, SessionSource, Surroundings,
    ThisMachine,
};

/// Credentials that are got anew five minutes ahead of their end (or when half of a short life is over).
///
/// Without [`Self::refresh_in_background`] that happens when somebody asks, who then waits for it. However many callers there
/// are, one session is made for all of them. While the service can't be reached, the last credentials stay until ten seconds
/// before they end; after a failure nobody asks again before a pause of up to two minutes is over. Clones share everything.
#[derive(Clone)]
pub struct RefreshingCredentials {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    keeper: Keeper<SessionError>,
    role_arn: String,
    /// How many threads get credentials ahead.
    background: AtomicUsize,
    #[cfg(feature = "aws-credential-types")]
    pub(crate) waiting: crate::aws_provider::Waiting,
}

impl RefreshingCredentials {
    /// By the clock of this machine. Nothing is asked for yet.
    pub fn new(source: SessionSource) -> Self {
        Self::with_surroundings(source, Arc::new(ThisMachine))
    }

    /// By another clock, other randomness, other sleep.
    pub fn with_surroundings(
        source: SessionSource,
        surroundings: Arc<dyn Surroundings + Send + Sync>,
    ) -> Self {
        let by_service = Arc::new(source.clock().over(surroundings.clone()));
        Self {
            shared: Arc::new(Shared {
                role_arn: source.request().role_arn.clone(),
                keeper: Keeper::new(
                    Box::new(InSurroundings {
                        source,
                        surroundings,
                    }),
                    by_service,
                ),
                background: AtomicUsize::new(0),
                #[cfg(feature = "aws-credential-types")]
                waiting: Default::default(),
            }),
        }
    }

    /// Valid credentials: those at hand, or new ones. Blocks while a session is made; not for an async task.
    ///
    /// # Errors
    /// Why there are none, now or at the last attempt.
    pub fn get(&self) -> Result<Arc<Kept>, Arc<SessionError>> {
        if self.is_due() {
            self.shared.keeper.renew();
        }
        self.shared.keeper.get()
    }

    /// Whether whoever asks is to get new ones, since no thread does.
    pub(crate) fn is_due(&self) -> bool {
        self.shared.background.load(Ordering::Relaxed) == 0 && self.shared.keeper.is_due()
    }

    /// Valid credentials, if there are any at this moment. Never blocks for long.
    pub fn at_hand(&self) -> Option<Arc<Kept>> {
        self.shared.keeper.at_hand()
    }

    /// How many sessions were made and refused, and why there was none at the last attempt.
    pub fn standing(&self) -> (Counts, Option<Arc<SessionError>>) {
        self.shared.keeper.standing()
    }

    /// The role's ARN.
    pub fn role_arn(&self) -> &str {
        &self.shared.role_arn
    }

    /// Starts a thread that gets credentials ahead of their end, from now on and until the value that is returned is
    /// dropped (the thread ends within 15 seconds of that, or when its call of the service does).
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn refresh_in_background(&self) -> std::io::Result<BackgroundRefresh> {
        let stays = Arc::new(());
        let stop = Arc::downgrade(&stays);
        let shared = self.shared.clone();
        shared.background.fetch_add(1, Ordering::Relaxed);
        let counted = Counted(self.shared.clone());
        std::thread::Builder::new()
            .name("credentials".to_owned())
            .spawn(move || {
                let _counted = counted;
                shared
                    .keeper
                    .keep(|| stop.strong_count() > 0, |_outcome, _next| {});
            })?;
        Ok(BackgroundRefresh { _stays: stays })
    }
}

impl fmt::Debug for RefreshingCredentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RefreshingCredentials")
            .field("role_arn", &self.shared.role_arn)
            .finish_non_exhaustive()
    }
}

/// The thread of [`RefreshingCredentials::refresh_in_background`] goes on for as long as this is kept.
#[derive(Debug)]
#[must_use = "credentials are refreshed in the background only while this is kept"]
pub struct BackgroundRefresh {
    _stays: Arc<()>,
}

/// A thread that gets credentials ahead, however it ends.
struct Counted(Arc<Shared>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.background.fetch_sub(1, Ordering::Relaxed);
    }
}

struct InSurroundings {
    source: SessionSource,
    surroundings: Arc<dyn Surroundings + Send + Sync>,
}

impl CredentialSource for InSurroundings {
    type Error = SessionError;

    fn get(&self) -> Result<Credentials, SessionError> {
        self.source.create(&*self.surroundings)
    }
}
