//! The clock, the randomness and the patience of the machine that the program runs on, for those who have no others.

use std::time::Duration;

use jiff::Timestamp;

use crate::Surroundings;

/// [`Surroundings`] as they are.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThisMachine;

impl Surroundings for ThisMachine {
    #[expect(
        clippy::disallowed_methods,
        reason = "a program's edge: here the system clock comes in, for who asks for it"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a program's edge: here randomness comes in, for who asks for it"
    )]
    fn random(&self) -> [u8; 16] {
        uuid::Uuid::new_v4().into_bytes()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}
