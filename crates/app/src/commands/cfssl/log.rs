//! The log lines of cfssl, on standard error: `2026/11/22 10:04:08 [INFO] received CSR`.

use std::io::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A step.
    Info = 1,
    /// Something that may be a mistake.
    Warning = 2,
}

/// Where lines go, from which level on.
pub struct Log {
    threshold: i64,
    /// The time of all lines: a command takes no time.
    time: String,
}

impl Log {
    /// Lines of `threshold` (0 to 5) and above.
    pub fn new(threshold: i64, now: Timestamp) -> Self {
        let now = TimeZone::UTC.to_datetime(now);
        let time = format!(
            "{:04}/{:02}/{:02} {:02}:{:02}:{:02}",
            now.year(),
            now.month(),
            now.day(),
            now.hour(),
            now.minute(),
            now.second()
        );
        Self { threshold, time }
    }

    /// A step.
    pub fn info(&self, message: &str) {
        self.line(Level::Info, "INFO", message);
    }

    /// What may be a mistake.
    pub fn warning(&self, message: &str) {
        self.line(Level::Warning, "WARNING", message);
    }

    fn line(&self, level: Level, name: &str, message: &str) {
        if level as i64 >= self.threshold {
            let mut stderr = std::io::stderr().lock();
            // Nothing can be done about a standard error that is closed.
            let _: std::io::Result<()> = writeln!(stderr, "{} [{name}] {message}", self.time);
        }
    }
}
