//! A role's week as a picture: granted sessions above the line, refused ones below it, three hours a bar; and the same as a
//! table, a day a row. For the first page, and for Activity where it is of one role.

use std::fmt::Write as _;

use anyrole_domain::activity::{HourCount, RoleHours};

use crate::visit::encoded;

/// Hours of a bar.
const BAR: usize = 3;
/// Hours of a row.
const DAY: usize = 24;
/// From one bar to the next, and how wide it is.
const STEP: usize = 10;
const WIDTH: usize = 8;
/// Where the line is, and how high the highest bar.
const LINE: u64 = 40;
const HEIGHT: u64 = 36;

/// A picture with its table.
pub(crate) struct Picture {
    /// The role's name.
    pub(crate) name: String,
    /// Its records, below the prefix.
    pub(crate) path: String,
    pub(crate) granted: u64,
    pub(crate) refused: u64,
    /// Path data.
    pub(crate) granted_bars: String,
    pub(crate) refused_bars: String,
    /// From when to when, granted, refused.
    pub(crate) days: Vec<(String, u64, u64)>,
    pub(crate) description: String,
}

/// Draws a role's week.
pub(crate) fn picture(role: &RoleHours) -> Picture {
    let sums = |hours: &[HourCount]| {
        hours.iter().fold((0, 0), |(granted, refused), hour| {
            (
                granted + u64::from(hour.granted),
                refused + u64::from(hour.refused),
            )
        })
    };
    let bars: Vec<(u64, u64)> = role.hours.chunks(BAR).map(sums).collect();
    let highest = bars
        .iter()
        .map(|(granted, refused)| *granted.max(refused))
        .max();
    let highest = highest.unwrap_or(0).max(1);
    let (mut granted_bars, mut refused_bars) = (String::new(), String::new());
    for (place, (granted, refused)) in bars.iter().enumerate() {
        let left = place * STEP + 1;
        if *granted > 0 {
            bar(&mut granted_bars, left, -1, height(*granted, highest));
        }
        if *refused > 0 {
            bar(&mut refused_bars, left, 1, height(*refused, highest));
        }
    }
    let (granted, refused) = role.totals();
    let name = role
        .role_arn
        .rsplit_once('/')
        .map_or(&*role.role_arn, |(_, name)| name);
    Picture {
        name: name.to_owned(),
        path: format!("activity?role={}", encoded(&role.role_arn)),
        granted,
        refused,
        granted_bars,
        refused_bars,
        days: role
            .hours
            .chunks(DAY)
            .filter_map(|day| {
                let (granted, refused) = sums(day);
                Some((day.first()?.begins.to_string(), granted, refused))
            })
            .collect(),
        description: format!(
            "{granted} granted and {refused} refused over seven days; the busiest three hours had {highest}."
        ),
    }
}

/// At least so much that it is seen.
fn height(count: u64, highest: u64) -> u64 {
    (count * HEIGHT / highest).max(2)
}

fn bar(path: &mut String, left: usize, direction: i64, height: u64) {
    let height = i64::try_from(height).unwrap_or(0) * direction;
    // Writing to a string does not fail.
    let _ = write!(path, "M{left} {LINE}v{height}h{WIDTH}v{}z", -height);
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;

    #[test]
    fn bars_are_as_high_as_their_counts_and_the_table_has_them_all() {
        let begins = Timestamp::from_second(1_800_000_000).unwrap();
        let hours = (0..168).map(|hour| HourCount {
            begins: begins + SignedDuration::from_hours(hour),
            granted: u32::from(hour < 3) * 10,
            refused: u32::from(hour == 167),
        });
        let drawn = picture(&RoleHours {
            role_arn: "arn:aws:iam::000000000000:role/a/deploy".into(),
            hours: hours.collect(),
        });
        assert_eq!(drawn.name, "deploy");
        assert_eq!(drawn.granted_bars, "M1 40v-36h8v36z");
        assert_eq!(drawn.refused_bars, "M551 40v2h8v-2z");
        assert_eq!(drawn.days.len(), 7);
        assert_eq!((drawn.days[0].1, drawn.days[6].2), (30, 1));
        assert_eq!((drawn.granted, drawn.refused), (30, 1));
    }
}
