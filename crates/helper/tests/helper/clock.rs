//! Time that goes by only while somebody sleeps, or when it is told to; it counts what goes over the wire.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyrole_sdk::{Surroundings, WireEvent};
use jiff::{SignedDuration, Timestamp};

pub struct Clock {
    now: Mutex<Timestamp>,
    attempts: AtomicU64,
}

impl Clock {
    pub fn at(now: &str) -> Arc<Self> {
        Arc::new(Self {
            now: Mutex::new(now.parse().unwrap()),
            attempts: AtomicU64::new(0),
        })
    }

    pub fn pass(&self, seconds: i64) {
        *self.now.lock().unwrap() += SignedDuration::from_secs(seconds);
    }

    /// Requests that were sent, or were to be.
    pub fn attempts(&self) -> u64 {
        self.attempts.load(Ordering::SeqCst)
    }
}

impl Surroundings for Clock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn random(&self) -> [u8; 16] {
        [255; 16]
    }

    fn sleep(&self, duration: Duration) {
        *self.now.lock().unwrap() += SignedDuration::try_from(duration).unwrap();
    }

    fn observe(&self, event: &WireEvent<'_>) {
        if matches!(event, WireEvent::Sending { .. }) {
            self.attempts.fetch_add(1, Ordering::SeqCst);
        }
    }
}
