//! How often sessions of each role were granted and refused, by the hour, over the last week: each audit record of a role is
//! counted as it is written. In memory and bounded; the trail is what lasts.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;

use super::filter::TrailOutcome;

/// How many hours are kept, the present one included: seven days.
pub const HOURS: u32 = 168;
/// How many roles are kept; beyond them the least busy one is forgotten.
const MOST_ROLES: usize = 1000;
const SECONDS: i64 = 3600;

/// The counts of the busiest roles.
#[derive(Debug)]
pub struct RoleCounts(Mutex<State>);

#[derive(Debug)]
struct State {
    roles: HashMap<Arc<str>, Counted>,
    /// From here on nothing is missing.
    since: Timestamp,
}

#[derive(Debug)]
struct Counted {
    /// An hour's place is its number modulo `HOURS`.
    slots: Box<[Slot]>,
    /// Of all slots.
    total: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// Hours since 1970.
    hour: u32,
    granted: u32,
    refused: u32,
}

/// One hour of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourCount {
    /// When it begins.
    pub begins: Timestamp,
    /// Sessions that were granted.
    pub granted: u32,
    /// Requests that were refused.
    pub refused: u32,
}

/// A role's hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleHours {
    /// The role.
    pub role_arn: Arc<str>,
    /// Every hour of the week, the oldest first, those without a session included.
    pub hours: Vec<HourCount>,
}

impl RoleHours {
    /// How many were granted and refused over all hours.
    pub fn totals(&self) -> (u64, u64) {
        self.hours.iter().fold((0, 0), |(granted, refused), hour| {
            (
                granted + u64::from(hour.granted),
                refused + u64::from(hour.refused),
            )
        })
    }
}

impl Counted {
    fn new() -> Self {
        Self {
            slots: vec![Slot::default(); HOURS as usize].into(),
            total: 0,
        }
    }

    fn add(&mut self, hour: u32, outcome: TrailOutcome) {
        let Some(slot) = self.slots.get_mut((hour % HOURS) as usize) else {
            return;
        };
        if slot.hour > hour {
            // Of a week before.
            return;
        }
        if slot.hour < hour {
            self.total = self.total.saturating_sub(slot.sum());
            *slot = Slot {
                hour,
                ..Slot::default()
            };
        }
        let count = match outcome {
            TrailOutcome::Granted => &mut slot.granted,
            TrailOutcome::Refused => &mut slot.refused,
            TrailOutcome::Notified => return,
        };
        *count = count.saturating_add(1);
        self.total += 1;
    }

    fn since(&self, hour: u32) -> u64 {
        let slots = self.slots.iter().filter(|slot| slot.hour >= hour);
        slots.map(Slot::sum).sum()
    }

    fn hours(&self, first: u32) -> Vec<HourCount> {
        (first..first.saturating_add(HOURS))
            .map(|hour| {
                let slot = self.slots.get((hour % HOURS) as usize);
                let slot = slot.filter(|slot| slot.hour == hour).copied();
                let Slot {
                    granted, refused, ..
                } = slot.unwrap_or_default();
                HourCount {
                    begins: start_of_hour(hour),
                    granted,
                    refused,
                }
            })
            .collect()
    }
}

impl Slot {
    fn sum(&self) -> u64 {
        u64::from(self.granted) + u64::from(self.refused)
    }
}

impl RoleCounts {
    /// Nothing is counted before `since`.
    pub(crate) fn new(since: Timestamp) -> Self {
        Self(Mutex::new(State {
            roles: HashMap::new(),
            since,
        }))
    }

    /// Counts one session of a role that exists.
    pub(crate) fn note(&self, role_arn: &str, outcome: TrailOutcome, at: Timestamp) {
        let mut state = self.0.lock();
        if let Some(counted) = state.roles.get_mut(role_arn) {
            counted.add(hour_of(at), outcome);
            return;
        }
        let mut counted = Counted::new();
        counted.add(hour_of(at), outcome);
        if state.roles.len() >= MOST_ROLES {
            let least = state.roles.iter().min_by_key(|(_, counted)| counted.total);
            if let Some(least) = least.map(|(arn, _)| arn.clone()) {
                state.roles.remove(&least);
            }
        }
        state.roles.insert(role_arn.into(), counted);
    }

    /// The trail was counted back to here.
    pub(super) fn counted_since(&self, since: Timestamp) {
        let mut state = self.0.lock();
        state.since = state.since.min(since);
    }

    /// The hours of one role, with since when nothing is missing.
    pub(super) fn read_one(&self, role_arn: &str, now: Timestamp) -> (RoleHours, Timestamp) {
        let first = hour_of(now).saturating_sub(HOURS - 1);
        let state = self.0.lock();
        let known = state.roles.get(role_arn);
        let hours = known.map_or_else(|| Counted::new().hours(first), |known| known.hours(first));
        let role_arn = role_arn.into();
        (
            RoleHours { role_arn, hours },
            state.since.max(start_of_hour(first)),
        )
    }

    /// The hours of at most `most` roles, the busiest first, with how many roles there are and since when nothing is missing.
    pub(super) fn read(&self, now: Timestamp, most: usize) -> (Vec<RoleHours>, usize, Timestamp) {
        let first = hour_of(now).saturating_sub(HOURS - 1);
        let state = self.0.lock();
        let sums = state.roles.iter();
        let mut busy: Vec<(u64, &Arc<str>, &Counted)> = sums
            .map(|(arn, counted)| (counted.since(first), arn, counted))
            .filter(|(sum, ..)| *sum > 0)
            .collect();
        busy.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        let hours = busy.iter().take(most).map(|(_, arn, counted)| RoleHours {
            role_arn: Arc::clone(arn),
            hours: counted.hours(first),
        });
        (
            hours.collect(),
            busy.len(),
            state.since.max(start_of_hour(first)),
        )
    }
}

fn hour_of(at: Timestamp) -> u32 {
    u32::try_from(at.as_second().div_euclid(SECONDS)).unwrap_or(0)
}

fn start_of_hour(hour: u32) -> Timestamp {
    Timestamp::from_second(i64::from(hour) * SECONDS).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(1_750_000_000 / SECONDS * SECONDS).unwrap()
            + SignedDuration::from_hours(hours)
    }

    #[test]
    fn a_week_is_kept_whatever_the_order() {
        let counts = RoleCounts::new(at(0));
        // Counted back, and forth in between.
        for hour in [200, 199, 201, 33, 34, 32, 200] {
            counts.note("role", TrailOutcome::Granted, at(hour));
            counts.note("role", TrailOutcome::Refused, at(hour));
        }
        let (roles, count, since) = counts.read(at(201) + SignedDuration::from_mins(59), 10);
        assert_eq!((roles.len(), count), (1, 1));
        assert_eq!(since, at(34));
        let hours = &roles[0].hours;
        assert_eq!(hours.len(), 168);
        assert_eq!((hours[0].begins, hours[167].begins), (at(34), at(201)));
        let counted = |hour: &&HourCount| hour.granted + hour.refused > 0;
        let known: Vec<_> = hours
            .iter()
            .filter(counted)
            .map(|hour| hour.begins)
            .collect();
        assert_eq!(known, [at(34), at(199), at(200), at(201)]);
        assert_eq!(roles[0].totals(), (5, 5));
        // A week on nothing is left of it.
        assert_eq!(counts.read(at(201 + 168), 10).0, []);
    }

    #[test]
    fn the_busiest_roles_are_kept_and_come_first() {
        let counts = RoleCounts::new(at(0));
        for busy in ["a", "b"] {
            for _ in 0..5 {
                counts.note(busy, TrailOutcome::Granted, at(1));
            }
        }
        counts.note("b", TrailOutcome::Refused, at(1));
        for role in 0..2 * MOST_ROLES {
            counts.note(&role.to_string(), TrailOutcome::Refused, at(1));
        }
        let (roles, count, _) = counts.read(at(1), 2);
        assert_eq!(count, MOST_ROLES);
        let names: Vec<&str> = roles.iter().map(|role| &*role.role_arn).collect();
        assert_eq!(names, ["b", "a"]);
    }
}
