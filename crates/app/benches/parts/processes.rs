//! How much processor time another process has had, as /proc says (Linux).

use std::time::Duration;

use anyhow::{Context as _, Result};

/// `/proc/PID/stat` counts in hundredths of a second (USER_HZ is 100 on all common machines).
const TICK: Duration = Duration::from_millis(10);

/// User and system time of a process and of its living children.
pub fn processor_time(id: u32) -> Result<Duration> {
    let mut time = of_one(id)?;
    for child in children(id) {
        time += of_one(child)?;
    }
    Ok(time)
}

fn of_one(id: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').context("/proc/PID/stat")?;
    // utime and stime are fields 14 and 15; field 3 is the first after the name (proc(5)).
    let ticks: u32 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u32>().ok())
        .sum();
    Ok(TICK * ticks)
}

fn children(id: u32) -> Vec<u32> {
    let list =
        std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    list.split_whitespace()
        .filter_map(|id| id.parse().ok())
        .collect()
}
