//! What the benchmarks share: a site with an anchor, a role and a profile; leaves with signed requests; figures.

#![allow(dead_code, reason = "each benchmark takes its part of these")]

pub mod figures;
pub mod http;
pub mod leaves;
pub mod openbao;
pub mod processes;
pub mod site;

use anyrole_domain::ports::{Clock, Entropy};
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
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::panic, reason = "a benchmark has nothing to go on with")]
    fn fill(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            panic!("the system's random number generator failed");
        }
    }
}
