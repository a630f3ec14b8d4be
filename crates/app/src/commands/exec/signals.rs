//! The signals that `exec` is sent: what the command has not got by itself leaves, to be sent on.

use std::io::IsTerminal as _;

use rustix::process::Signal;
use signal_hook::consts::{SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
use signal_hook::iterator::exfiltrator::origin::WithOrigin;
use signal_hook::iterator::{Handle, SignalsInfo};
use signal_hook::low_level::siginfo::{Cause, Origin};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// What comes while the command runs.
pub struct Signals {
    received: UnboundedReceiver<Signal>,
    listening: Handle,
}

impl Signals {
    /// Before the command begins, so that none ends this process and leaves the command alone.
    ///
    /// # Errors
    /// The system has no room for a thread or a socket.
    pub fn listen() -> std::io::Result<Self> {
        let signals = [
            SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH,
        ];
        let mut signals = SignalsInfo::<WithOrigin>::new(signals)?;
        let listening = signals.handle();
        let (tell, received) = unbounded_channel();
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                for origin in signals.forever() {
                    let missed = Signal::from_named_raw(origin.signal)
                        .filter(|_| !has_reached_the_command(&origin));
                    if let Some(signal) = missed
                        && tell.send(signal).is_err()
                    {
                        break;
                    }
                }
            })?;
        Ok(Self {
            received,
            listening,
        })
    }

    /// The next one that is to be sent on.
    pub async fn next(&mut self) -> Signal {
        match self.received.recv().await {
            Some(signal) => signal,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.listening.close();
    }
}

/// What a terminal sends (Ctrl-C, Ctrl-\, that it is gone or has another size) goes to each process in its foreground, the
/// command among them; what another process sends to this one reaches this one alone. The kernel tells the two apart.
fn has_reached_the_command(origin: &Origin) -> bool {
    let is_of_terminals = matches!(origin.signal, SIGINT | SIGQUIT | SIGHUP | SIGWINCH);
    is_of_terminals
        && match origin.cause {
            Cause::Kernel => true,
            // A system that doesn't tell: a guess.
            Cause::Unknown => std::io::stdin().is_terminal(),
            _ => false,
        }
}
