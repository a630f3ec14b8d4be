//! A session, as `credential-process` would get it: the last check, which decides.

use std::io::Write;

use anyrole_sdk::Credentials;
use jiff::{SignedDuration, Timestamp};

use super::finding::{Finding, Group, Of};
use super::{Doctor, Paths};
use crate::HelperError;
use crate::advice::advise;
use crate::span::span;

const OF: Of = Of(Group::Session);
const CHECK: &str = "create-session";
/// What a session may live less than it was asked for without a word.
const SLACK: SignedDuration = SignedDuration::from_mins(1);

pub(super) fn examine(doctor: &Doctor<'_>, obstacle: Option<&str>) -> Vec<Finding> {
    if let Some(obstacle) = obstacle {
        return vec![OF.skipped(CHECK, obstacle)];
    }
    let asked = doctor.surroundings.now();
    let mut stderr = std::io::stderr();
    let debug = doctor.debug.then_some(&mut stderr as &mut dyn Write);
    let created = doctor
        .settings
        .create_credentials(doctor.surroundings, debug);
    let finding = match created {
        Ok(credentials) => granted(doctor, &credentials, asked),
        Err(HelperError::Session { cause }) => {
            let paths = Paths::of(doctor.identity);
            let mut finding = OF.failure(CHECK, cause.to_string());
            if let Some(advice) = advise(&cause, &doctor.cures(&paths)) {
                finding = finding.look(advice.look);
                finding.commands = advice.commands;
            }
            finding
        }
        Err(error) => OF.failure(CHECK, error.to_string()),
    };
    vec![finding]
}

fn granted(doctor: &Doctor<'_>, credentials: &Credentials, asked: Timestamp) -> Finding {
    let key = &credentials.access_key_id;
    let Ok(end) = credentials.expiration.parse::<Timestamp>() else {
        return OF.failure(CHECK, "the session's end can't be read");
    };
    let life = end.duration_since(asked);
    let said = format!("a session was granted: {key}, until {end} ({})", span(life));
    let wanted = SignedDuration::from_secs(doctor.settings.session_duration.clamp(0, 43_200));
    if life + SLACK < wanted {
        return OF.warning(CHECK, said).look(format!(
            "{} was asked for: the profile's own duration is the limit",
            span(wanted)
        ));
    }
    OF.ok(CHECK, said)
}
