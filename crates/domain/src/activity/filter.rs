//! Which records of the trail are wanted: what a filter says, held against a record's line as it was written.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Deserialize;

/// What became of a call, as a filter asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TrailOutcome {
    /// It was granted.
    Granted,
    /// It was refused.
    Refused,
    /// It is of no request: an event that was found.
    Notified,
}

impl TrailOutcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Granted, Self::Refused, Self::Notified];

    /// As records have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Notified => "notified",
        }
    }

    /// The outcome of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// What records must be like; all that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrailFilter {
    /// A certificate: its serial number (hex, with or without colons), or a part of its subject as records have it.
    pub certificate: Option<String>,
    /// A role that was asked for, or whose session called: its ARN or its name.
    pub role: Option<String>,
    /// What became of it.
    pub outcome: Option<TrailOutcome>,
    /// `service:Operation`, or a beginning of it with a `*` behind.
    pub event: Option<String>,
    /// A role was asked for, whichever.
    pub names_role: bool,
}

/// What a filter looks at in a record. Members that are missing, or of another kind, are as if empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RecordFacts<'a> {
    pub(super) time: Option<Timestamp>,
    #[serde(borrow)]
    pub(super) event: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) outcome: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) role_arn: Option<Cow<'a, str>>,
    #[serde(borrow)]
    caller: Option<Cow<'a, str>>,
    #[serde(borrow)]
    certificate: Option<CertificateOf<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CertificateOf<'a> {
    #[serde(borrow)]
    subject: Cow<'a, str>,
    #[serde(borrow)]
    serial: Cow<'a, str>,
}

impl TrailFilter {
    /// Whether every record is wanted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Texts that a wanted record's line holds, as JSON writes them: one of each list, at least. Whoever reads the trail
    /// passes over lines without them unread.
    pub fn needles(&self) -> Vec<Vec<String>> {
        let mut needles = Vec::new();
        if self.names_role {
            needles.push(vec!["\"role_arn\":\"".to_owned()]);
        }
        if let Some(outcome) = self.outcome {
            needles.push(vec![format!("\"outcome\":\"{}\"", outcome.name())]);
        }
        if let Some(event) = &self.event {
            let (text, end) = match event.strip_suffix('*') {
                Some(start) => (start, ""),
                None => (event.as_str(), "\""),
            };
            needles.push(vec![format!("\"event\":\"{}{end}", escaped(text))]);
        }
        if let Some(role) = &self.role {
            needles.push(vec![escaped(name_of(role))]);
        }
        if let Some(certificate) = &self.certificate {
            let mut either = vec![escaped(certificate)];
            either.extend(serial_of(certificate).filter(|serial| serial != certificate));
            needles.push(either);
        }
        needles
    }

    /// Whether the record of this line is wanted; a line that is no record is not.
    pub fn matches(&self, line: &str) -> bool {
        serde_json::from_str::<RecordFacts<'_>>(line).is_ok_and(|facts| self.wants(&facts))
    }

    fn wants(&self, facts: &RecordFacts<'_>) -> bool {
        let outcome = self
            .outcome
            .is_none_or(|outcome| facts.outcome == outcome.name());
        let event = self
            .event
            .as_deref()
            .is_none_or(|event| match event.strip_suffix('*') {
                Some(start) => facts.event.starts_with(start),
                None => facts.event == event,
            });
        let role = self
            .role
            .as_deref()
            .is_none_or(|role| concerns_role(facts, role));
        let certificate = self.certificate.as_deref().is_none_or(|wanted| {
            facts.certificate.as_ref().is_some_and(|known| {
                known.subject.contains(wanted)
                    || serial_of(wanted).is_some_and(|serial| known.serial == serial)
            })
        });
        let names_role = !self.names_role || facts.role_arn.is_some();
        outcome && event && role && certificate && names_role
    }
}

/// Whether the role was asked for, or one of its sessions called.
fn concerns_role(facts: &RecordFacts<'_>, role: &str) -> bool {
    let is_it = |arn: &str| arn == role || (name_of(role) == role && name_of(arn) == role);
    let called = || {
        let session = facts.caller.as_deref()?.split_once(":assumed-role/")?.1;
        session.split_once('/').map(|(name, _)| name)
    };
    facts.role_arn.as_deref().is_some_and(is_it) || called() == Some(name_of(role))
}

/// The last part of an ARN; a name stands for itself.
fn name_of(role: &str) -> &str {
    role.rsplit_once('/').map_or(role, |(_, name)| name)
}

/// A serial number as records have it, where the text can be one.
fn serial_of(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|letter| *letter != ':').collect();
    let is_serial = !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_hexdigit());
    is_serial.then(|| digits.to_ascii_lowercase())
}

/// The text as it stands within a JSON string.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inner = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"time":"2026-11-22T00:27:23Z","request_id":"1","event":"rolesanywhere:CreateSession","outcome":"refused","reason":"x","caller":"arn:aws:sts::000000000000:assumed-role/builder/web-1","role_arn":"arn:aws:iam::000000000000:role/team/deploy","certificate":{"subject":"CN=a\\,b \"x\"","issuer":"CN=ca","serial":"0af1"}}"#;

    fn filter(set: impl FnOnce(&mut TrailFilter)) -> TrailFilter {
        let mut filter = TrailFilter::default();
        set(&mut filter);
        filter
    }

    #[test]
    fn a_filter_wants_what_it_says_and_its_needles_stand_in_what_it_wants() {
        let text = |text: &str| Some(text.to_owned());
        let cases = [
            (filter(|_| {}), true),
            (filter(|f| f.outcome = Some(TrailOutcome::Refused)), true),
            (filter(|f| f.outcome = Some(TrailOutcome::Granted)), false),
            (
                filter(|f| f.event = text("rolesanywhere:CreateSession")),
                true,
            ),
            (filter(|f| f.event = text("rolesanywhere:*")), true),
            (filter(|f| f.event = text("rolesanywhere:")), false),
            (filter(|f| f.event = text("s3:*")), false),
            (filter(|f| f.names_role = true), true),
            (filter(|f| f.role = text("deploy")), true),
            (
                filter(|f| f.role = text("arn:aws:iam::000000000000:role/team/deploy")),
                true,
            ),
            (
                filter(|f| f.role = text("arn:aws:iam::000000000000:role/deploy")),
                false,
            ),
            (filter(|f| f.role = text("builder")), true),
            (filter(|f| f.role = text("build")), false),
            (filter(|f| f.certificate = text("0A:F1")), true),
            (filter(|f| f.certificate = text("0a")), false),
            (filter(|f| f.certificate = text("a\\,b \"x")), true),
            (filter(|f| f.certificate = text("CN=ca")), false),
        ];
        for (filter, wanted) in cases {
            assert_eq!(filter.matches(LINE), wanted, "{filter:?}");
            if wanted {
                for either in filter.needles() {
                    let found = either.iter().any(|needle| LINE.contains(needle.as_str()));
                    assert!(found, "{either:?}");
                }
            }
        }
        assert!(!TrailFilter::default().matches("{\"time\":\"2026"));
        assert!(!TrailFilter::default().matches(""));
    }
}
