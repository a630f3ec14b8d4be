//! How often someone may try to sign in: so many tries at once, then one after the other, for each source address and for each access
//! key. A try that succeeds costs nothing. In memory, of each server by itself.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use anyrole_domain::{Kind, Refusal};
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

/// Tries of one address: so many at once, and one more after each pause.
const OF_ADDRESS: Rate = Rate {
    burst: 10,
    pause: SignedDuration::from_secs(30),
};
/// Tries with one access key: more, since who knows only its id must not keep its holder out from a single address.
const OF_KEY: Rate = Rate {
    burst: 60,
    pause: SignedDuration::from_secs(10),
};
/// The most that are remembered at once; further ones are refused until others have waited long enough.
const MOST: usize = 20_000;

struct Rate {
    burst: i32,
    pause: SignedDuration,
}

#[derive(PartialEq, Eq, Hash)]
enum Who {
    Address(Option<IpAddr>),
    Key(String),
}

/// The tries of one server.
#[derive(Default)]
pub struct Attempts(Mutex<HashMap<Who, Timestamp>>);

impl Attempts {
    /// Counts a try.
    ///
    /// # Errors
    /// Too many came before.
    pub fn admit(
        &self,
        address: Option<IpAddr>,
        access_key_id: &str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let mut tries = self.0.lock();
        if tries.len() >= MOST {
            tries.retain(|_, free_at| *free_at > now);
        }
        if tries.len() >= MOST {
            return Err(too_many());
        }
        let whose = whose(address, access_key_id);
        // When it will be as if no try had ever been made; both are looked at before either is counted.
        let mut counted = Vec::with_capacity(2);
        for (who, rate) in whose {
            let free_at = tries.get(&who).copied().map_or(now, |at| at.max(now));
            let counts_until = free_at.saturating_add(rate.pause).map_err(|_| too_many())?;
            if counts_until.duration_since(now) > rate.pause * rate.burst {
                return Err(too_many());
            }
            counted.push((who, counts_until));
        }
        tries.extend(counted);
        Ok(())
    }

    /// Takes a try back that has succeeded.
    pub fn succeeded(&self, address: Option<IpAddr>, access_key_id: &str) {
        let mut tries = self.0.lock();
        for (who, rate) in whose(address, access_key_id) {
            if let Some(free_at) = tries.get_mut(&who) {
                *free_at = free_at.saturating_sub(rate.pause).unwrap_or(*free_at);
            }
        }
    }
}

/// A whole /64 counts as one address: a single host can have all of it (RFC 6177).
fn whose(address: Option<IpAddr>, access_key_id: &str) -> [(Who, Rate); 2] {
    let address = address.map(|address| match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        address => address,
    });
    [
        (Who::Address(address), OF_ADDRESS),
        (Who::Key(access_key_id.to_owned()), OF_KEY),
    ]
}

fn too_many() -> Refusal {
    Refusal::new(
        Kind::Throttled,
        "console-sign-in-rate",
        "There were too many attempts to sign in. Wait half a minute, then try again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn an_address_has_ten_tries_and_one_more_each_half_minute() {
        let attempts = Attempts::default();
        let here = address("192.0.2.1");
        let mut keys = (0..).map(|number| format!("AKIA{number}"));
        let mut admits = |address, second| {
            let key = keys.next().unwrap();
            attempts.admit(address, &key, at(second)).is_ok()
        };
        for _ in 0..10 {
            assert!(admits(here, 0));
        }
        assert!(!admits(here, 0) && !admits(here, 29));
        assert!(!admits(address("::ffff:192.0.2.1"), 29));
        assert!(admits(address("192.0.2.2"), 0));
        assert!(admits(here, 30) && !admits(here, 31));
        // Backwards, and long after.
        assert!(!admits(here, 0));
        for _ in 0..10 {
            assert!(admits(here, 10_000));
        }
        assert!(!admits(here, 10_000));
    }

    #[test]
    fn a_network_of_one_host_counts_once_and_a_key_from_everywhere() {
        let attempts = Attempts::default();
        for host in 0..10 {
            let here = address(&format!("2001:db8:0:1::{host}"));
            attempts.admit(here, &format!("AKIA{host}"), at(0)).unwrap();
        }
        let here = address("2001:db8:0:1:ffff::1");
        assert!(attempts.admit(here, "AKIAX", at(0)).is_err());
        for host in 0..60 {
            let there = address(&format!("10.0.0.{host}"));
            attempts.admit(there, "AKIAKEY", at(0)).unwrap();
        }
        let there = address("10.0.1.1");
        assert!(attempts.admit(there, "AKIAKEY", at(0)).is_err());
        assert!(attempts.admit(there, "AKIAOTHER", at(0)).is_ok());
    }

    #[test]
    fn what_succeeds_costs_nothing() {
        let attempts = Attempts::default();
        let here = address("192.0.2.1");
        for _ in 0..100 {
            attempts.admit(here, "AKIAKEY", at(0)).unwrap();
            attempts.succeeded(here, "AKIAKEY");
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let attempts = Attempts::default();
        for number in 0..u32::try_from(MOST).unwrap() {
            let here = Some(IpAddr::from((0x0a00_0000 + number).to_be_bytes()));
            let _ = attempts.admit(here, "AKIAKEY", at(0));
        }
        assert!(attempts.0.lock().len() <= MOST);
        for number in 0..u32::try_from(MOST).unwrap() {
            let here = Some(IpAddr::from((0x0b00_0000 + number).to_be_bytes()));
            let _ = attempts.admit(here, &format!("AKIA{number}"), at(0));
        }
        assert!(attempts.0.lock().len() <= MOST + 1);
        assert!(attempts.admit(None, "AKIANEW", at(0)).is_err());
        assert!(attempts.admit(None, "AKIANEW", at(3600)).is_ok());
        assert!(attempts.0.lock().len() < 10);
    }
}
