//! Clients that work at once: a step of each, again and again, enters; steps a second and the server's processor time leave.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use anyrole_testkit::TestServer;

use super::figures::median;
use super::http::Connection;
use super::processes::processor_time;
use super::repeating::repeat;

/// A server that is measured.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its process id.
    pub process: u32,
}

/// What came of one measurement.
pub struct Load {
    /// Steps.
    pub per_second: f64,
    /// Of the server, for one step.
    pub processor_micros: f64,
}

impl Load {
    /// Each figure's value in the middle.
    pub fn median(loads: &[Self]) -> Self {
        let of = |figure: fn(&Self) -> f64| median(loads.iter().map(figure).collect());
        Self {
            per_second: of(|load| load.per_second),
            processor_micros: of(|load| load.processor_micros),
        }
    }
}

impl Target {
    /// The built server.
    pub fn of(server: &TestServer) -> Result<Self> {
        Ok(Self {
            address: server.address(),
            process: server.id().context("a running server")?,
        })
    }

    /// So many connections.
    pub fn connections(&self, count: usize) -> Result<Vec<Connection>> {
        (0..count).map(|_| Connection::open(self.address)).collect()
    }

    /// Has each client, on a thread of its own, take steps for a time.
    pub fn load_for<C: Send>(
        &self,
        time: Duration,
        clients: &mut [C],
        step: impl Fn(&mut C) -> Result<()> + Sync,
    ) -> Result<Load> {
        let begun = Instant::now();
        self.load(clients, |client| {
            let goes_on = begun.elapsed() < time;
            if goes_on {
                step(client)?;
            }
            Ok(goes_on)
        })
    }

    /// Has each client, on a thread of its own, take steps until one says that there was none.
    pub fn load<C: Send>(
        &self,
        clients: &mut [C],
        step: impl Fn(&mut C) -> Result<bool> + Sync,
    ) -> Result<Load> {
        let work = |client: &mut C| -> Result<u32> {
            let mut taken = 0;
            while step(client)? {
                taken += 1;
            }
            Ok(taken)
        };
        self.measure(|| {
            std::thread::scope(|scope| {
                let threads: Vec<_> = clients
                    .iter_mut()
                    .map(|client| scope.spawn(|| work(client)))
                    .collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().map_err(|_| anyhow!("a client panicked"))?)
                    .sum()
            })
        })
    }

    /// Sends one request for a time, again and again on so many connections.
    pub fn repeat_for(&self, time: Duration, connections: usize, request: &[u8]) -> Result<Load> {
        self.measure(|| repeat(self.address, connections, time, request))
    }

    /// What `work` costs the server, which returns how many steps it took.
    fn measure(&self, work: impl FnOnce() -> Result<u32>) -> Result<Load> {
        let before = processor_time(self.process)?;
        let begun = Instant::now();
        let taken = f64::from(work()?);
        let elapsed = begun.elapsed();
        let processor = processor_time(self.process)?.saturating_sub(before);
        Ok(Load {
            per_second: taken / elapsed.as_secs_f64(),
            processor_micros: processor.as_secs_f64() * 1e6 / taken,
        })
    }
}
