//! `--debug`: each step on the wire as lines for a person. No signature, no answer's body: unlike the official helper,
//! which prints the secrets.

use std::cell::RefCell;
use std::io::Write;
use std::time::Duration;

use anyrole_sdk::{Surroundings, WireEvent};
use http::HeaderMap;
use jiff::Timestamp;

/// Certificates are long; this much shows which one it is.
const SHOWN_CHARACTERS: usize = 96;

/// The caller's surroundings, and a place for the lines.
pub(crate) struct DebugLog<'a> {
    surroundings: &'a dyn Surroundings,
    writer: RefCell<&'a mut dyn Write>,
}

impl<'a> DebugLog<'a> {
    pub(crate) fn new(surroundings: &'a dyn Surroundings, writer: &'a mut dyn Write) -> Self {
        Self {
            surroundings,
            writer: RefCell::new(writer),
        }
    }

    fn headers(&self, direction: char, headers: &HeaderMap) {
        for (name, value) in headers {
            let value = value.to_str().unwrap_or("(not text)");
            match value.split_at_checked(SHOWN_CHARACTERS) {
                Some((shown, rest)) if !rest.is_empty() => {
                    let length = value.len();
                    self.line(&format!(
                        "{direction} {name}: {shown}… ({length} characters)"
                    ));
                }
                _ => self.line(&format!("{direction} {name}: {value}")),
            }
        }
    }

    /// A log that cannot be written is no reason to give no credentials.
    fn line(&self, text: &str) {
        let _ = writeln!(self.writer.borrow_mut(), "debug: {text}");
    }
}

impl Surroundings for DebugLog<'_> {
    fn now(&self) -> Timestamp {
        self.surroundings.now()
    }

    fn random(&self) -> [u8; 16] {
        self.surroundings.random()
    }

    fn sleep(&self, duration: Duration) {
        self.surroundings.sleep(duration);
    }

    fn observe(&self, event: &WireEvent<'_>) {
        self.surroundings.observe(event);
        match event {
            WireEvent::Sending {
                attempt,
                method,
                url,
                headers,
            } => {
                self.line(&format!("attempt {attempt}"));
                self.line(&format!("> {method} {url}"));
                self.headers('>', headers);
            }
            WireEvent::Received { status, headers } => {
                self.line(&format!("< {status}"));
                self.headers('<', headers);
            }
            WireEvent::Failed { error } => self.line(&format!("failed: {error}")),
            WireEvent::ClockCorrected { ahead } => {
                self.line(&format!(
                    "the service's clock is {ahead} ahead of this machine's: signing by it"
                ));
            }
            WireEvent::Waiting { duration } => {
                self.line(&format!("waiting {} ms", duration.as_millis()))
            }
        }
    }
}
