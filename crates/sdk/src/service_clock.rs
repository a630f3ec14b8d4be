//! The service's clock: the `Date` of its answers enters, and how far this machine's clock is from it leaves. A machine whose
//! clock is wrong signs by the service's, then; `client.rs` learns it, long-running commands go by it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};

use crate::{Refusal, Surroundings, WireEvent};

/// Clocks further apart than this are worth a word; AWS allows about 5 minutes.
pub(crate) const NOTABLE: SignedDuration = SignedDuration::from_mins(4);
/// A service that speaks of the time itself is believed on less: `Date` is in seconds, and answers take a while.
const SURE: SignedDuration = SignedDuration::from_secs(30);

/// A service is believed no further than this: certificates, and credentials, are judged by the time.
const FURTHEST: SignedDuration = SignedDuration::from_hours(24);

/// Error codes that can mean nothing but the time of a request.
const OF_THE_TIME: [&str; 3] = [
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
];
/// Error codes of a signature that may be refused for its time. Roles Anywhere says `AccessDeniedException` with the text below.
const OF_THE_SIGNATURE: [&str; 2] = ["InvalidSignatureException", "SignatureDoesNotMatch"];
const ROLES_ANYWHERE_TEXT: &str = "Invalid signature";

/// How far the service's clock is ahead of this machine's: nothing, until the service has refused a signature for its time and
/// taken one that was made by its own clock. Clones share it, so that it is remembered from one client to the next.
#[derive(Clone, Debug, Default)]
pub struct ServiceClock {
    ahead_seconds: Arc<AtomicI64>,
}

impl ServiceClock {
    /// The service's clock less this machine's; zero while they agree within 4 minutes, or nothing is known.
    pub fn ahead(&self) -> SignedDuration {
        SignedDuration::from_secs(self.ahead_seconds.load(Ordering::Relaxed))
    }

    /// The service's time, when it is `now` on this machine.
    pub fn at(&self, now: Timestamp) -> Timestamp {
        shifted(now, self.ahead())
    }

    /// The same surroundings, but for a clock that goes by the service's.
    pub fn over<S: Surroundings>(&self, surroundings: S) -> OnServiceClock<S> {
        OnServiceClock {
            surroundings,
            clock: self.clone(),
        }
    }

    /// This machine's clock is believed again.
    pub(crate) fn forget(&self) {
        self.ahead_seconds.store(0, Ordering::Relaxed);
    }

    /// The service took a request that was signed so far ahead of `now`, and its answer is of `date`. A clock that was set right
    /// meanwhile is believed again.
    pub(crate) fn taken(&self, ahead: SignedDuration, now: Timestamp, date: Option<Timestamp>) {
        let ahead = match date {
            Some(date) if !ahead.is_zero() => notable(date.duration_since(now)),
            _ => ahead,
        };
        self.ahead_seconds.store(ahead.as_secs(), Ordering::Relaxed);
    }
}

fn notable(difference: SignedDuration) -> SignedDuration {
    if difference.abs() > NOTABLE {
        difference
    } else {
        SignedDuration::ZERO
    }
}

pub(crate) fn shifted(now: Timestamp, ahead: SignedDuration) -> Timestamp {
    now.checked_add(ahead).unwrap_or(now)
}

/// When the service answered, by its own clock.
pub(crate) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get(http::header::DATE)?.to_str().ok()?;
    Some(jiff::fmt::rfc2822::parse(date).ok()?.timestamp())
}

/// How far ahead of `now` the next attempt is to be signed, if the refusal of one that was signed `ahead` looks like the clock.
pub(crate) fn correction(
    refusal: &Refusal,
    ahead: SignedDuration,
    now: Timestamp,
    date: Option<Timestamp>,
) -> Option<SignedDuration> {
    let code = refusal.code.as_str();
    let least = if OF_THE_TIME.contains(&code) {
        SURE
    } else if OF_THE_SIGNATURE.contains(&code) || refusal.message == ROLES_ANYWHERE_TEXT {
        NOTABLE
    } else {
        return None;
    };
    let difference = date?.duration_since(now);
    let is_it = (difference - ahead).abs() > least && difference.abs() <= FURTHEST;
    is_it.then_some(difference)
}

/// Surroundings whose clock is the service's.
#[derive(Debug)]
pub struct OnServiceClock<S> {
    surroundings: S,
    clock: ServiceClock,
}

impl<S: Surroundings> Surroundings for OnServiceClock<S> {
    fn now(&self) -> Timestamp {
        self.clock.at(self.surroundings.now())
    }

    fn random(&self) -> [u8; 16] {
        self.surroundings.random()
    }

    fn sleep(&self, duration: Duration) {
        self.surroundings.sleep(duration);
    }

    fn observe(&self, event: &WireEvent<'_>) {
        self.surroundings.observe(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str, message: &str) -> Refusal {
        Refusal {
            status: 403,
            code: code.to_owned(),
            message: message.to_owned(),
            request_id: None,
            attempts: 1,
            clock_difference: None,
        }
    }

    #[test]
    fn only_what_looks_like_the_clock_is_put_down_to_it() {
        let now: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
        let denied = "AccessDeniedException";
        let rows = [
            (denied, "Invalid signature", 0, 1800, Some(1800)),
            (denied, "Invalid signature", 0, -1800, Some(-1800)),
            (denied, "Invalid signature", 0, 200, None),
            // It was signed by the service's clock already: the signature is wrong.
            (denied, "Invalid signature", 1800, 1800, None),
            // And this machine's clock was set right meanwhile.
            (denied, "Invalid signature", 1800, 0, Some(0)),
            (denied, "Untrusted signing certificate", 0, 1800, None),
            (denied, "Invalid signature", 0, 90_000, None),
            ("SignatureDoesNotMatch", "", 0, 1800, Some(1800)),
            ("RequestTimeTooSkewed", "", 0, 60, Some(60)),
            ("RequestTimeTooSkewed", "", 0, 20, None),
        ];
        for (code, message, ahead, date, expected) in rows {
            let seconds = SignedDuration::from_secs;
            let found = correction(
                &refusal(code, message),
                seconds(ahead),
                now,
                Some(now + seconds(date)),
            );
            assert_eq!(
                found,
                expected.map(seconds),
                "{code} {message} {ahead} {date}"
            );
            assert_eq!(
                correction(&refusal(code, message), seconds(ahead), now, None),
                None
            );
        }
    }

    #[test]
    fn what_was_learnt_holds_until_the_clock_is_set_right() {
        let clock = ServiceClock::default();
        let now: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
        let at = |seconds| now + SignedDuration::from_secs(seconds);
        clock.taken(SignedDuration::ZERO, now, Some(at(1800)));
        assert_eq!(clock.at(now), now, "a signature by this clock was taken");
        clock.taken(SignedDuration::from_secs(1800), now, Some(at(1799)));
        assert_eq!(clock.clone().at(now), at(1799));
        clock.taken(clock.ahead(), now, None);
        assert_eq!(clock.at(now), at(1799));
        clock.taken(clock.ahead(), now, Some(at(100)));
        assert_eq!(clock.at(now), now);
    }
}
