//! `anyrole policy lint`: documents enter, findings leave.

use std::io::{self, Write};

use anyrole_policy::PolicyKind;
use anyrole_policy::lint::{Finding, Severity, guess_kind, lint};
use serde_json::json;

use super::documents::Document;
use super::{FINE, FOUND, Format};

const HELP: &str = "\
Looks for what IAM takes and nobody means: actions and condition keys that don't exist, statements
that no request matches, conditions that say something else than they seem to, trust policies that
let any certificate in or that no session can be made by.

  anyrole policy lint trust.json permissions.json
  anyrole policy lint --kind trust - < trust.json
  anyrole policy lint --format json *.json | jq '.findings[] | select(.severity == \"error\")'

Each finding has a line, a reason and a cure. Actions are those of IAM, STS, S3, Roles Anywhere and
Private CA; actions of other services are not looked up.

Exit status: 0 no errors (warnings may be printed), 3 errors were found (with --deny-warnings:
anything was), 1 a file could not be read, 2 wrong flags.";

/// Look for mistakes in policies
///
/// Prints what is likely not meant: file, line, reason and cure.
#[derive(clap::Args, Debug)]
#[command(after_long_help = HELP)]
pub struct Arguments {
    /// Policy documents: files, `-` for standard input, or texts in braces
    #[arg(required = true, value_name = "FILE|-|JSON")]
    documents: Vec<String>,

    /// What the documents are [default: by their elements, each for itself]
    #[arg(long, value_enum)]
    kind: Option<Kind>,

    /// Take warnings for errors
    #[arg(long)]
    deny_warnings: bool,

    /// How to answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Values of `--kind`.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Of a user, group or role, or a permissions boundary
    Identity,
    /// A role's trust policy
    Trust,
    /// A session policy
    Session,
    /// Of a resource, such as a bucket
    Resource,
    /// A service control policy
    ServiceControl,
    /// A resource control policy
    ResourceControl,
}

impl From<Kind> for PolicyKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Identity => Self::Identity,
            Kind::Trust => Self::Trust,
            Kind::Session => Self::Session,
            Kind::Resource => Self::Resource,
            Kind::ServiceControl => Self::ServiceControl,
            Kind::ResourceControl => Self::ResourceControl,
        }
    }
}

pub(super) fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<u8> {
    let mut found = Vec::new();
    for given in &arguments.documents {
        let document = Document::read(given)?;
        let kind = arguments
            .kind
            .map_or_else(|| guess_kind(&document.text), PolicyKind::from);
        let findings = lint(&document.text, kind);
        found.extend(
            findings
                .into_iter()
                .map(|finding| (document.name.clone(), finding)),
        );
    }
    match arguments.format {
        Format::Json => {
            let findings: Vec<_> = found
                .iter()
                .map(|(document, finding)| json!({"document": document, "finding": finding}))
                .map(flattened)
                .collect();
            writeln!(out, "{:#}", json!({"findings": findings}))?;
        }
        Format::Text => {
            for (document, finding) in &found {
                print(out, document, finding)?;
            }
        }
    }
    let worst = found.iter().map(|(_, finding)| finding.severity).max();
    let fails = match worst {
        Some(Severity::Error) => true,
        Some(Severity::Warning) => arguments.deny_warnings,
        None => false,
    };
    Ok(if fails { FOUND } else { FINE })
}

/// The document beside the finding's own members.
fn flattened(mut row: serde_json::Value) -> serde_json::Value {
    let document = row.get_mut("document").map(serde_json::Value::take);
    let mut finding = row.get_mut("finding").map(serde_json::Value::take);
    if let (Some(document), Some(serde_json::Value::Object(members))) = (document, &mut finding) {
        members.insert("document".to_owned(), document);
    }
    finding.unwrap_or_default()
}

fn print(out: &mut dyn Write, document: &str, finding: &Finding) -> io::Result<()> {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let statement = match &finding.sid {
        Some(sid) => format!(" (statement `{sid}`)"),
        None => String::new(),
    };
    writeln!(
        out,
        "{document}:{}:{}: {severity}: {}{statement}\n    {}",
        finding.line, finding.column, finding.message, finding.cure
    )
}
