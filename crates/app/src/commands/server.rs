//! `anyrole server`: settings in, a server that runs until it is told to stop.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::sync::oneshot;

use crate::listeners::{Listener, raise_file_limit, tls_acceptor};
use crate::logging;
use crate::settings::{Engine, ServerFlags, ServerSettings};
use crate::wiring::{Assembly, assemble};

/// A server that is listening but does not serve yet.
pub struct Bound {
    assembly: Arc<Assembly>,
    listener: Listener,
}

impl Bound {
    /// Puts the server together and binds its address: the address first, so that a taken port leaves the data alone.
    pub async fn bind(settings: &ServerSettings) -> anyhow::Result<Self> {
        let tls = settings
            .tls
            .as_ref()
            .map(|(certificate, key)| tls_acceptor(certificate, key))
            .transpose()?;
        raise_file_limit();
        let listener = Listener::bind(settings.listen, tls).await?;
        let assembly = Arc::new(assemble(settings).await?);
        Ok(Self { assembly, listener })
    }

    /// Where clients find it.
    pub fn url(&self) -> anyhow::Result<String> {
        self.listener.url()
    }

    /// The account that it keeps.
    pub fn account(&self) -> &anyrole_domain::Account {
        self.assembly.site.account()
    }

    /// Serves until `stop` resolves, lets requests under way finish, and writes what waits.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let flusher = {
            let assembly = self.assembly.clone();
            tokio::spawn(async move {
                tokio::join!(assembly.flush_sightings(), assembly.flush_last_uses())
            })
        };
        // They are dropped in the middle of a look at the store, or of a wait, which leaves nothing behind.
        let others = {
            let assembly = self.assembly.clone();
            tokio::spawn(async move {
                tokio::join!(
                    assembly.follow(),
                    assembly.tend_seal_keys(),
                    assembly.tend_authorities(),
                    assembly.fetch_revocation_lists(),
                    assembly.warn_of_expiry(),
                    assembly.tidy_acme(),
                    assembly.count_back()
                )
            })
        };
        self.assembly.door.set_ready(true);
        self.listener.serve(self.assembly.door.clone(), stop).await;
        others.abort();
        flusher.abort();
        // What they were writing waits again, once they have ended.
        let _ = tokio::join!(others, flusher);
        self.assembly.flush_at_stop().await;
    }
}

/// Runs the command.
pub fn run(flags: ServerFlags) -> anyhow::Result<ExitCode> {
    let settings = ServerSettings::resolve(flags)?;
    logging::start(&settings)?;
    if let Engine::Postgres(address) = &settings.storage.engine
        && address.has_password()
        && std::env::args().any(|word| word.contains("postgres") && word.contains("://"))
    {
        tracing::warn!(
            "others on this machine can read the database's password in the command line: use --database-file, ANYROLE_DATABASE or PGPASSFILE"
        );
    }
    runtime()?.block_on(async {
        let bound = Bound::bind(&settings).await?;
        let url = bound.url()?;
        tracing::info!("listening on {url}");
        if settings.console {
            tracing::info!("the console is at {url}/-/console/");
        }
        bound.serve(stop_signal()?).await;
        tracing::info!("stopped");
        Ok(ExitCode::SUCCESS)
    })
}

/// The runtime that a server runs on.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime can't be started")
}

/// Resolves at SIGTERM or Ctrl-C; a second one ends the process at once.
pub fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(async move {
        let mut once = Some(stop);
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            match once.take() {
                Some(stop) => drop(stop.send(())),
                None => std::process::exit(130),
            }
        }
    });
    Ok(async move {
        // An error would mean that the task above is gone: stop as well.
        let _: Result<(), _> = stopped.await;
    })
}
