//! What each concurrent client is: it changes things of its own, and remembers for each the last acknowledged state
//! and the states that an unanswered request may have made.

use crate::client::{Client, Unanswered};
use crate::random::Random;

pub trait Writer: Send {
    /// Makes one change and takes the answer; an unanswered one stays in flight.
    fn step(&mut self, client: &mut Client, random: &mut Random) -> Result<(), Unanswered>;

    /// After a restart: what was acknowledged is there; what was in flight is there whole or not at all.
    /// What is found becomes the acknowledged state. Tells whether an unanswered change was found done; `None` where
    /// there was none.
    fn check(&mut self, client: &mut Client) -> Option<bool>;
}
