//! Counts tests: the output of `cargo test` comes in line by line, the sums and the closing line go out.

use std::fmt;

/// How many tests passed, failed and were left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
    /// Tests that were ignored, or said that they can't run here.
    pub skipped: u64,
    /// Those of the binary at hand that said so: it counts them as passed.
    said_skipped: u64,
}

impl Tally {
    /// Adds what `line` says, if it closes a test binary: `test result: ok. 3 passed; 0 failed; 1 ignored; …`; or if a
    /// test says by it that it can't run here: `skipped: …` (`say_skipped` of testkit).
    pub fn add_line(&mut self, line: &str) {
        if line.starts_with("skipped: ") {
            self.said_skipped += 1;
            return;
        }
        let Some(counts) = line
            .strip_prefix("test result: ")
            .and_then(|rest| rest.split_once(". "))
            .map(|(_, counts)| counts)
        else {
            return;
        };
        for part in counts.split(';') {
            let Some((number, word)) = part.trim().split_once(' ') else {
                continue;
            };
            let number: u64 = number.parse().unwrap_or(0);
            match word {
                "passed" => {
                    self.passed += number.saturating_sub(self.said_skipped);
                    self.skipped += std::mem::take(&mut self.said_skipped);
                }
                "failed" => self.failed += number,
                "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(formatter, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_lines_of_all_binaries_are_summed() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test tally::adds ... ok",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s",
            "skipped: the official helper: Go is not installed",
            "test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s",
            "a test result: ok. 5 passed; 0 failed",
        ] {
            tally.add_line(line);
        }
        let expected = Tally {
            passed: 12,
            failed: 2,
            skipped: 2,
            said_skipped: 0,
        };
        assert_eq!(tally, expected);
        assert_eq!(tally.to_string(), "12 passed, 2 failed, 2 skipped");
        assert_eq!(Tally::default().to_string(), "0 passed, 0 failed");
    }
}
