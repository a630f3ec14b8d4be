//! The audit trail beside what clients were answered: after each kill every answered call has its line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub struct AuditReader {
    path: PathBuf,
    /// So much of the file was read: whole lines.
    read: usize,
    /// Status by request id, of answers whose line was not seen yet.
    answered: BTreeMap<String, u16>,
    /// Calls seen in all.
    pub lines: usize,
    /// Kills that left half a line.
    pub torn: usize,
}

impl AuditReader {
    pub fn new(data: &Path) -> Self {
        Self {
            path: data.join("audit.jsonl"),
            read: 0,
            answered: BTreeMap::new(),
            lines: 0,
            torn: 0,
        }
    }

    /// These calls were answered.
    pub fn expect(&mut self, answered: impl IntoIterator<Item = (String, u16)>) {
        self.answered.extend(answered);
    }

    /// Called between a kill and the next start: whole lines, and at most half a line at the end.
    pub fn check_dead(&mut self) {
        let text = std::fs::read(&self.path).unwrap();
        let new = &text[self.read..];
        let whole = new
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        self.take_lines(&new[..whole]);
        self.torn += usize::from(whole < new.len());
        assert!(
            self.answered.is_empty(),
            "answered, but not in the audit trail: {:?}",
            self.answered
        );
    }

    /// Called when the server is up again: half a line has been ended, and nothing else has changed.
    pub fn check_started(&mut self) {
        let text = std::fs::read(&self.path).unwrap();
        assert!(text.is_empty() || text.ends_with(b"\n"));
        let new = &text[self.read..];
        // The half line of the kill comes first, if there is one; all that follow are whole.
        let half = new
            .split_inclusive(|byte| *byte == b'\n')
            .next()
            .filter(|line| serde_json::from_slice::<Value>(line).is_err());
        self.read += half.map_or(0, <[u8]>::len);
    }

    fn take_lines(&mut self, lines: &[u8]) {
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            let record: Value = serde_json::from_slice(line)
                .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(line)));
            let id = record["request_id"].as_str().unwrap();
            if let Some(status) = self.answered.remove(id) {
                let outcome = if status < 400 { "granted" } else { "refused" };
                assert_eq!(record["outcome"], outcome, "{record}");
            }
            self.lines += 1;
        }
        self.read += lines.len();
    }
}
