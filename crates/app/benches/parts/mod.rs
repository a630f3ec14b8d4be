//! What the benchmarks share: a site with an anchor, a role and a profile; leaves with signed requests; figures.

#![allow(dead_code, reason = "each benchmark takes its part of these")]

pub mod figures;
pub mod leaves;
pub mod processes;
pub mod site;

use std::sync::Arc;

use anyrole_domain::ports::{Clock, Entropy};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use jiff::Timestamp;

/// The system's clock, as the server has it.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "a benchmark is judged by the real time"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The system's generator, as the server has it.
pub struct SystemEntropy(SystemRandom);

impl SystemEntropy {
    /// The generator.
    pub fn shared() -> Arc<dyn Entropy> {
        Arc::new(Self(SystemRandom::new()))
    }
}

impl Entropy for SystemEntropy {
    #[expect(clippy::panic, reason = "a benchmark has nothing to go on with")]
    fn fill(&self, bytes: &mut [u8]) {
        if self.0.fill(bytes).is_err() {
            panic!("the system's random number generator failed");
        }
    }
}
