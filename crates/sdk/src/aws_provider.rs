//! [`RefreshingCredentials`] as AWS's Rust SDK takes credentials. No runtime is needed: where a session must be made, a thread
//! makes it for all tasks that wait.

use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials as AwsCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Provided;
use aws_credential_types::provider::{ProvideCredentials, Result as ProviderResult};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::{Arn, Kept, RefreshingCredentials, SessionError};

const NAME: &str = "RolesAnywhere";

type Outcome = Result<Arc<Kept>, Arc<SessionError>>;

/// The tasks that wait for the thread; `None` while there is no thread.
pub(crate) type Waiting = Mutex<Option<Vec<oneshot::Sender<Outcome>>>>;

impl ProvideCredentials for RefreshingCredentials {
    fn provide_credentials<'a>(&'a self) -> Provided<'a>
    where
        Self: 'a,
    {
        let Some(kept) = self.at_hand() else {
            return Provided::new(self.provide());
        };
        if self.is_due() {
            // Nobody waits for it. Where there is no thread for it, there is one next time, or an error when these have ended.
            drop(self.wait());
        }
        Provided::ready(Ok(self.as_aws(&kept)))
    }

    /// What an SDK goes on with when its time for getting credentials is over.
    fn fallback_on_interrupt(&self) -> Option<AwsCredentials> {
        self.at_hand().map(|kept| self.as_aws(&kept))
    }
}

impl RefreshingCredentials {
    async fn provide(&self) -> ProviderResult {
        let receiver = self.wait().map_err(CredentialsError::provider_error)?;
        match receiver.await {
            Ok(Ok(kept)) => Ok(self.as_aws(&kept)),
            Ok(Err(failure)) => Err(CredentialsError::provider_error(failure)),
            Err(_) => Err(CredentialsError::unhandled(
                "the thread that gets credentials ended without any",
            )),
        }
    }

    /// Starts the thread where there is none; it answers all who wait by its end.
    fn wait(&self) -> std::io::Result<oneshot::Receiver<Outcome>> {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.shared.waiting.lock();
        if let Some(others) = waiting.as_mut() {
            others.push(sender);
            return Ok(receiver);
        }
        let asking = Asking {
            credentials: self.clone(),
            is_answered: false,
        };
        let thread = std::thread::Builder::new().name("credentials".to_owned());
        *waiting = Some(vec![sender]);
        drop(waiting);
        thread.spawn(move || {
            // The whole of it moves here, to be dropped at the thread's end.
            let mut asking = asking;
            let outcome = asking.credentials.get();
            let waiting = asking.credentials.shared.waiting.lock().take();
            asking.is_answered = true;
            for sender in waiting.into_iter().flatten() {
                // A task that was given up waits no more.
                let _: Result<(), Outcome> = sender.send(outcome.clone());
            }
        })?;
        Ok(receiver)
    }

    fn as_aws(&self, kept: &Kept) -> AwsCredentials {
        let credentials = &kept.credentials;
        let builder = AwsCredentials::builder()
            .access_key_id(&credentials.access_key_id)
            .secret_access_key(&*credentials.secret_access_key)
            .session_token(&*credentials.session_token)
            .expiry(SystemTime::from(kept.end))
            .provider_name(NAME);
        match Arn::parse(self.role_arn()) {
            Ok(role) if !role.account.is_empty() => builder.account_id(role.account),
            _ => builder,
        }
        .build()
    }
}

/// A thread that fails to begin, or panics in a source of somebody else's, leaves nobody waiting.
struct Asking {
    credentials: RefreshingCredentials,
    is_answered: bool,
}

impl Drop for Asking {
    fn drop(&mut self) {
        if !self.is_answered {
            drop(self.credentials.shared.waiting.lock().take());
        }
    }
}
