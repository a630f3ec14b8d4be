//! One connection to the database: made when it is needed, made again after a failure, and thrown away by who does not
//! give it back, so that a dropped or failed call leaves nothing half done behind.

use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use tokio::sync::{Mutex, MutexGuard};

use crate::failure::Failure;

/// The longest that the first connections of a process take to be made.
pub(super) const FIRST_CONNECT_TIME: Duration = Duration::from_secs(10);
/// The longest that a connection takes to be made or to show that it still lives.
const CONNECT_TIME: Duration = Duration::from_secs(2);
/// A connection that was used this short a time ago is taken to live.
const TRUSTED_TIME: Duration = Duration::from_secs(1);

/// A server that is stopped in the middle of a transaction must not keep the others from writing for long.
/// A setting that would let the database forget what it has acknowledged is not accepted.
const SETTINGS: &str = "SELECT set_config('idle_in_transaction_session_timeout', '3s', false),
        set_config('lock_timeout', '8s', false),
        CASE WHEN current_setting('synchronous_commit') = 'off'
            THEN set_config('synchronous_commit', 'on', false) END";

/// A place for one connection.
pub(super) struct Link {
    options: PgConnectOptions,
    place: Mutex<Option<Idle>>,
}

struct Idle {
    connection: PgConnection,
    since: Instant,
}

/// The connection, in use.
pub(super) struct Lent<'a> {
    place: MutexGuard<'a, Option<Idle>>,
    connection: PgConnection,
}

impl Link {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self {
            options,
            place: Mutex::new(None),
        }
    }

    /// A place with a connection in it.
    pub(super) fn holding(options: PgConnectOptions, connection: PgConnection) -> Self {
        let since = Instant::now();
        Self {
            options,
            place: Mutex::new(Some(Idle { connection, since })),
        }
    }

    /// The connection, once nobody else uses it.
    pub(super) async fn lend(&self) -> Result<Lent<'_>, Failure> {
        let mut place = self.place.lock().await;
        if let Some(mut idle) = place.take()
            && (idle.since.elapsed() < TRUSTED_TIME
                || in_time(CONNECT_TIME, "ping", async {
                    Ok(idle.connection.ping().await?)
                })
                .await
                .is_ok())
        {
            let connection = idle.connection;
            return Ok(Lent { place, connection });
        }
        let connection = in_time(CONNECT_TIME, "connect", connect(&self.options)).await?;
        Ok(Lent { place, connection })
    }
}

impl Lent<'_> {
    /// The connection is in order and may be used again.
    pub(super) fn give_back(mut self) {
        *self.place = Some(Idle {
            connection: self.connection,
            since: Instant::now(),
        });
    }
}

impl Deref for Lent<'_> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

/// A connection with the settings that every one of ours has.
pub(super) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, Failure> {
    prepared(options.connect().await?).await
}

/// The connection with those settings.
pub(super) async fn prepared(mut connection: PgConnection) -> Result<PgConnection, Failure> {
    sqlx::query(SETTINGS).execute(&mut connection).await?;
    Ok(connection)
}

/// What does not end in time has failed: a database that does not answer is as good as away.
pub(super) async fn in_time<T>(
    time: Duration,
    what: &'static str,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(time, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::Silent { what, time }),
    }
}
