//! `/-/metrics`: how it stands with each role, and how often was answered, in Prometheus's text format.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;

use super::documents::text;
use super::{Answer, View};

/// How often was answered, by the first digit of the status.
#[derive(Debug, Default)]
pub(super) struct Answered {
    good: AtomicU64,
    client: AtomicU64,
    server: AtomicU64,
}

impl Answered {
    pub(super) fn count(&self, status: StatusCode) {
        let counter = match status.as_u16() {
            500.. => &self.server,
            400.. => &self.client,
            _ => &self.good,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Name, kind, and what it is.
const ABOUT: [(&str, &str, &str); 5] = [
    (
        "create_session_total",
        "counter",
        "Calls of CreateSession, by what came of them.",
    ),
    (
        "credentials_left_seconds",
        "gauge",
        "Seconds that the credentials at hand are still good; 0: there are none.",
    ),
    (
        "failures_in_a_row",
        "gauge",
        "Calls of CreateSession that failed since the last one that did not.",
    ),
    (
        "service_clock_ahead_seconds",
        "gauge",
        "The service's clock less this machine's, where the service has refused this machine's.",
    ),
    (
        "responses_total",
        "counter",
        "Answers to the programs of this machine, by the class of their status.",
    ),
];

impl View {
    pub(super) fn metrics(&self) -> Answer {
        let now = self.metadata.surroundings.now();
        let mut lines = ABOUT.map(|_| String::new());
        let [sessions, left, failures, clock, responses] = &mut lines;
        for (place, role) in self.roles.iter().enumerate() {
            let (counts, _) = role.keeper.standing();
            let name = label(&self.shown_name(place, role));
            // As the keeper counts it.
            let now = role.clock.at(now);
            let seconds = role
                .keeper
                .at_hand()
                .map_or(0, |kept| kept.end.duration_since(now).as_secs());
            row(
                sessions,
                0,
                &format!(r#"role="{name}",outcome="granted""#),
                counts.good,
            );
            row(
                sessions,
                0,
                &format!(r#"role="{name}",outcome="failed""#),
                counts.failed,
            );
            let role_label = format!(r#"role="{name}""#);
            row(left, 1, &role_label, seconds);
            row(failures, 2, &role_label, counts.failed_in_a_row);
            row(clock, 3, &role_label, role.clock.ahead().as_secs());
        }
        let answered = &self.metadata.answered;
        for (class, counter) in [
            ("2xx", &answered.good),
            ("4xx", &answered.client),
            ("5xx", &answered.server),
        ] {
            let count = counter.load(Ordering::Relaxed);
            row(responses, 4, &format!(r#"class="{class}""#), count);
        }
        let mut page = String::new();
        for ((name, kind, help), lines) in ABOUT.iter().zip(&lines) {
            // Writing to a string can't fail.
            let _: std::fmt::Result = write!(
                page,
                "# HELP anyrole_serve_{name} {help}\n# TYPE anyrole_serve_{name} {kind}\n{lines}"
            );
        }
        text(StatusCode::OK, &page)
    }
}

fn row(lines: &mut String, about: usize, labels: &str, value: impl std::fmt::Display) {
    let name = ABOUT.get(about).map_or("", |(name, ..)| name);
    let _: std::fmt::Result = writeln!(lines, "anyrole_serve_{name}{{{labels}}} {value}");
}

/// As a label's value must be written.
fn label(text: &str) -> String {
    text.replace('\\', r"\\")
        .replace('"', r#"\""#)
        .replace('\n', r"\n")
}
