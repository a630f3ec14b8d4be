//! What the benchmarks share: a site with an anchor, a role and a profile; leaves with signed requests; figures.

#![allow(dead_code, reason = "each benchmark takes its part of these")]

pub mod acme;
pub mod authority;
pub mod figures;
pub mod filled;
pub mod http;
pub mod leaves;
pub mod load;
pub mod openbao;
pub mod processes;
pub mod repeating;
pub mod root;
pub mod site;

use anyhow::Result;
use anyrole_domain::ports::{Clock, Entropy};
use jiff::Timestamp;

/// The number after a flag of the command line, such as `--rows 100`.
pub fn number_after(flag: &str, default: usize) -> Result<usize> {
    let mut words = std::env::args().skip_while(|word| *word != flag);
    Ok(words.nth(1).map_or(Ok(default), |number| number.parse())?)
}

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
