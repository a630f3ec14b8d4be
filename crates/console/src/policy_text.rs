//! A policy document as pages show it: a text and its kind come in, what is wrong or likely not meant leaves, each with the line that it
//! is on. Used by the pages of roles, policies and the simulator.

use anyrole_domain::managed_policies::{PolicyPageRequest, Scope, list_policies};
use anyrole_domain::{PageRequest, start_of};
use anyrole_policy::PolicyKind;
use anyrole_policy::lint::{Finding, Severity, lint};

use crate::Visit;

/// How many remarks are shown of one document.
const MOST_REMARKS: usize = 30;
/// How much is shown of a line, in bytes.
const LONGEST_LINE: usize = 160;
/// How many policies are offered to be picked; others are typed.
const MOST_CHOICES: usize = 100;

/// Something that a document's author should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remark {
    /// What was found, where, and what helps.
    pub finding: Finding,
    /// The line that it is on.
    pub line_text: String,
}

impl Remark {
    /// The badge of how bad it is.
    pub fn badge(&self) -> &'static str {
        match self.finding.severity {
            Severity::Error => "bad",
            Severity::Warning => "warn",
        }
    }

    /// How bad it is.
    pub fn severity(&self) -> &'static str {
        match self.finding.severity {
            Severity::Error => "Error",
            Severity::Warning => "Warning",
        }
    }
}

/// What is wrong with a document, or likely not meant; nothing of an empty one.
pub(crate) fn remarks(text: &str, kind: PolicyKind) -> Vec<Remark> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    let findings = lint(text, kind).into_iter().take(MOST_REMARKS);
    findings
        .map(|finding| Remark {
            line_text: shown_line(text, finding.line),
            finding,
        })
        .collect()
}

fn shown_line(text: &str, number: usize) -> String {
    let line = text.lines().nth(number.saturating_sub(1));
    let line = line.unwrap_or_default().trim();
    let shown = start_of(line, LONGEST_LINE);
    match shown.len() < line.len() {
        true => format!("{shown}…"),
        false => shown.to_owned(),
    }
}

/// The first managed policies, to be picked from; none for who may not list them.
pub(crate) fn policy_choices(visit: &Visit<'_>) -> Vec<String> {
    let request = PolicyPageRequest {
        page: PageRequest {
            after: String::new(),
            size: MOST_CHOICES,
        },
        scope: Scope::All,
        only_attached: false,
        usage: None,
        path_prefix: "/".to_owned(),
    };
    let page = list_policies(visit.site, visit.call, &request);
    let views = page.map(|page| page.items).unwrap_or_default();
    views.into_iter().map(|view| view.row.arn.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_names_line_column_and_cure() {
        let text = r#"{
  "Version": "2012-10-17",
  "Statement": {"Action": "s3:GetObject", "Resource": "*",
    "Effect": "Alow"
  }
}"#;
        let found = remarks(text, PolicyKind::Identity);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].finding.line, 4);
        assert_eq!(found[0].line_text, "\"Effect\": \"Alow\"");
        assert_eq!(found[0].severity(), "Error");
        assert!(!found[0].finding.cure.is_empty());
        assert_eq!(remarks(" \n", PolicyKind::Identity), []);
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let text = format!("{{\"{}", "ü".repeat(300));
        let found = remarks(&text, PolicyKind::Trust);
        assert!(found[0].line_text.ends_with('…'));
        assert!(found[0].line_text.len() <= LONGEST_LINE + "…".len());
    }
}
