//! Why policies decided as they did, in sentences: an explanation comes in, lines for a page leave.

use anyrole_policy::{Effect, Explanation, StatementAt};

/// The decision first, then each statement that matched, then each that nearly did.
pub fn sentences(explanation: &Explanation) -> Vec<String> {
    let Explanation {
        decision,
        action,
        resource,
        matched,
        near_misses,
    } = explanation;
    let mut lines = vec![format!("{action} on {resource}: {decision}.")];
    lines.extend(matched.iter().map(|at| {
        let does = match at.effect {
            Effect::Allow => "allows it",
            Effect::Deny => "denies it",
        };
        format!("{} {does}.", place(at))
    }));
    lines.extend(near_misses.iter().map(|near| {
        let (at, obstacle) = (place(&near.statement), &near.stopped_by);
        format!("{at} does not match: {obstacle}.")
    }));
    lines
}

fn place(at: &StatementAt) -> String {
    let policy = match at.policy {
        0 => String::new(),
        place => format!(" (number {})", place + 1),
    };
    let statement = match &at.sid {
        Some(sid) => format!("statement `{sid}`"),
        None => format!("statement {}", at.statement + 1),
    };
    format!("In {}{policy}, {statement} on line {}", at.layer, at.line)
}
