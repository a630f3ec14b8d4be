//! Notices of commits: each commit sends one, and a connection of its own listens for those of all servers. They only
//! make things quick; what is missed is found by looking.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgConnection;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::failure::Failure;

const CHANNEL: &str = "anyrole_changes";
/// Between two attempts to listen.
const PAUSE: Duration = Duration::from_secs(1);

/// Listens until it is dropped.
pub(super) struct Notices {
    heard: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Notices {
    pub(super) fn listen(options: PgConnectOptions) -> Self {
        let heard = Arc::new(Notify::new());
        let task = tokio::spawn(listen(options, heard.clone()));
        Self { heard, task }
    }

    /// Resolves when there was one since the last call.
    pub(super) async fn next(&self) {
        self.heard.notified().await;
    }
}

impl Drop for Notices {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Sends one when the transaction commits.
pub(super) async fn send(connection: &mut PgConnection) -> Result<(), Failure> {
    sqlx::query("SELECT pg_notify($1, '')")
        .bind(CHANNEL)
        .execute(connection)
        .await?;
    Ok(())
}

async fn listen(options: PgConnectOptions, heard: Arc<Notify>) {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(3))
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(options);
    loop {
        if let Err(error) = listen_once(&pool, &heard).await {
            tracing::debug!(%error, "listening for changes");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Returns when the connection is lost.
async fn listen_once(pool: &sqlx::PgPool, heard: &Notify) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    // Something may have been written while nobody listened.
    heard.notify_one();
    while listener.try_recv().await?.is_some() {
        heard.notify_one();
    }
    Ok(())
}
