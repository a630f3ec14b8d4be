//! What is wrong with a policy that someone types, by line and column with the line quoted: a text comes in, places in it leave.

use anyrole_policy::PolicyKind;
use anyrole_policy::lint::{Rule, Severity, lint};

/// How much of a line is quoted on each side of the place, in characters.
const AROUND: usize = 48;
/// How many problems are told of one text.
const MOST: usize = 30;

/// Something in a text that its author should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PolicyProblem {
    /// The kind of badge: `bad` or `warn`.
    pub kind: &'static str,
    /// What the badge says.
    pub word: &'static str,
    /// Its line, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
    /// The line, or of a long one what is around the place, with a mark below the place.
    pub quoted: String,
    /// What is wrong.
    pub message: String,
    /// How to put it right.
    pub cure: String,
}

/// All that is wrong with a text as a policy of this kind, in its order; nothing of an empty text.
pub(crate) fn problems(text: &str, kind: PolicyKind) -> Vec<PolicyProblem> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    let findings = lint(text, kind).into_iter().take(MOST);
    findings
        .map(|finding| PolicyProblem {
            kind: match finding.severity {
                Severity::Error => "bad",
                Severity::Warning => "warn",
            },
            word: match (finding.rule, finding.severity) {
                (Rule::Malformed, _) => "Refused",
                (_, Severity::Error) => "Mistake",
                (_, Severity::Warning) => "Look again",
            },
            line: finding.line,
            column: finding.column,
            quoted: quoted(text, finding.line, finding.column),
            message: finding.message,
            cure: finding.cure,
        })
        .collect()
}

/// The line with `^` below the place. What has no width of its own is shown as a space, so that the mark stands right.
fn quoted(text: &str, line: usize, column: usize) -> String {
    let line = text.split('\n').nth(line.saturating_sub(1));
    let characters: Vec<char> = line.unwrap_or_default().chars().collect();
    let place = column.saturating_sub(1).min(characters.len());
    let start = place.saturating_sub(AROUND);
    let shown = characters.iter().skip(start).take(2 * AROUND);
    let shown: String = shown
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                *character
            }
        })
        .collect();
    let before = if start > 0 { "… " } else { "" };
    let after = if start + 2 * AROUND < characters.len() {
        " …"
    } else {
        ""
    };
    let indent = place - start + before.chars().count();
    format!("{before}{shown}{after}\n{}^", " ".repeat(indent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_marked() {
        let text = "{\n  \"Version\": \"2012-10-17\",\n\t\"Statement\": {\"Effect\": \"Alow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}\n}";
        let found = problems(text, PolicyKind::Session);
        let [problem] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(problem.word, "Refused");
        let (line, mark) = problem.quoted.split_once('\n').unwrap();
        assert_eq!(problem.line, 3);
        let at = mark.chars().count() - 1;
        assert_eq!(at + 1, problem.column);
        assert!(
            line.chars()
                .skip(at)
                .collect::<String>()
                .starts_with("\"Alow\""),
            "{}",
            problem.quoted
        );
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let statements = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"},"#.repeat(40);
        let text =
            format!(r#"{{"Version":"2012-10-17","Statement":[{statements}{{"Efect":"Allow"}}]}}"#);
        let found = problems(&text, PolicyKind::Session);
        let quoted = &found.first().unwrap().quoted;
        let (line, mark) = quoted.split_once('\n').unwrap();
        assert!(line.chars().count() <= 2 * AROUND + 4, "{quoted}");
        let at = mark.chars().count() - 1;
        assert!(
            line.chars()
                .skip(at)
                .collect::<String>()
                .starts_with("\"Efect\""),
            "{quoted}"
        );
    }

    #[test]
    fn what_is_misspelt_is_warned_of_and_nothing_typed_is_no_fault() {
        let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObjekt","Resource":"*"}}"#;
        let found = problems(text, PolicyKind::Session);
        assert!(
            found.first().unwrap().cure.contains("s3:GetObject"),
            "{found:?}"
        );
        assert_eq!(found.first().unwrap().word, "Mistake");
        assert!(problems(" \n", PolicyKind::Session).is_empty());
    }
}
