//! What a call needs from the world besides the network: time, randomness, sleep, and someone who watches.

use std::ops::Deref;
use std::time::Duration;

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};

/// Given by the caller, so that tests are exact.
pub trait Surroundings {
    /// The clock; each attempt is signed with a fresh date.
    fn now(&self) -> Timestamp;

    /// 16 random bytes: the invocation id of a call, and the jitter between attempts.
    fn random(&self) -> [u8; 16];

    /// Waits between attempts.
    fn sleep(&self, duration: Duration);

    /// Told of each step on the wire; does nothing unless somebody wants to see.
    fn observe(&self, _event: &WireEvent<'_>) {}
}

/// A step on the wire. The `Authorization` header and the body of a success are secrets or near to it: not shown here.
#[derive(Debug)]
pub enum WireEvent<'a> {
    /// A request is about to be sent.
    Sending {
        /// From 1.
        attempt: u32,
        /// `POST`.
        method: &'a str,
        /// The whole URL.
        url: &'a str,
        /// Headers without `Authorization`'s value.
        headers: &'a HeaderMap,
    },
    /// An answer came.
    Received {
        /// HTTP status.
        status: u16,
        /// Its headers.
        headers: &'a HeaderMap,
    },
    /// The attempt failed, by an error of the network or by an answer.
    Failed {
        /// What is said of it.
        error: &'a str,
    },
    /// The clock of this machine is wrong, it seems: the next attempt is signed by the service's.
    ClockCorrected {
        /// The service's clock less this machine's.
        ahead: SignedDuration,
    },
    /// The next attempt waits.
    Waiting {
        /// How long.
        duration: Duration,
    },
}

/// References and shared pointers.
impl<P: Deref<Target: Surroundings>> Surroundings for P {
    fn now(&self) -> Timestamp {
        (**self).now()
    }

    fn random(&self) -> [u8; 16] {
        (**self).random()
    }

    fn sleep(&self, duration: Duration) {
        (**self).sleep(duration);
    }

    fn observe(&self, event: &WireEvent<'_>) {
        (**self).observe(event);
    }
}
