//! `anyrole doctor`: flags enter, lines or JSON with what was found leave. No rules here: `anyrole_helper` has them.

use std::io::{IsTerminal as _, Write};
use std::process::ExitCode;
use std::sync::Arc;

use anyrole_helper::{Doctor, Finding, IdentitySettings, Status};
use anyrole_sdk::{FileSource, IdentitySource};
use serde_json::json;

use super::output_format::Format;
use super::session_flags::{SessionFlags, ThisMachine};

const HELP: &str = "\
  anyrole doctor --certificate CRT --private-key KEY
      --trust-anchor-arn ARN --profile-arn ARN --role-arn ARN

Put `doctor` in the place of `credential-process`: the flags are the same. Lines that begin with
`$` can be pasted. Exit status: 0 with ok and warnings alone, 1 with a failure, 2 wrong flags.";

/// Look for what keeps a certificate from getting credentials
///
/// Checks files and permissions, certificate, chain and key, ARNs, proxy, TLS, clock and endpoint, and asks for a session at
/// last; says what to look at, and the commands that cure it. A session that is granted is thrown away.
#[derive(clap::Args, Debug)]
#[command(after_long_help = HELP)]
pub struct Arguments {
    #[command(flatten)]
    session: SessionFlags,

    /// Make only the checks that need no network.
    #[arg(long)]
    offline: bool,

    /// How to show it.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,

    /// Print what goes over the wire for the session on stderr, without signatures and secrets.
    #[arg(long)]
    debug: bool,

    /// Taken for the sake of the same command line: a session is always asked for.
    #[arg(long, hide = true)]
    cache: bool,

    /// As `--cache`.
    #[arg(long, hide = true)]
    no_cache: bool,

    /// Colour on a terminal is left out where this is set (no-color.org).
    #[arg(long, env = "NO_COLOR", hide = true)]
    no_color_of_environment: Option<String>,
}

/// Prints each finding as it comes; failure where one of them is.
pub fn run(arguments: Arguments, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let no_color = arguments.no_color_of_environment.as_deref();
    let is_coloured = std::io::stdout().is_terminal() && no_color.unwrap_or_default().is_empty();
    let mut identity = IdentitySettings::default();
    let mut password_problem = None;
    let settings = arguments.session.with_gaps(|flags| {
        let (settings, passwords) = flags.before_passwords()?;
        identity = settings;
        if let Err(error) = passwords.add_to(&mut identity) {
            password_problem = Some(format!("{error:#}"));
        }
        // What is missing is a finding like others.
        let nothing = || Arc::new(FileSource::new("")) as Arc<dyn IdentitySource>;
        Ok(identity.source().unwrap_or_else(|_| nothing()))
    })?;
    let doctor = Doctor {
        identity: &identity,
        settings: &settings,
        surroundings: &ThisMachine,
        password_problem: password_problem.as_deref(),
        debug: arguments.debug,
    };
    let mut all = Vec::new();
    let mut written = Ok(());
    let worst = doctor.examine(arguments.offline, &mut |finding| {
        if arguments.format == Format::Text && written.is_ok() {
            let is_first = all
                .last()
                .is_none_or(|last: &Finding| last.group != finding.group);
            written = render(&finding, is_first, is_coloured, out);
        }
        all.push(finding);
    });
    written?;
    match arguments.format {
        Format::Text => summarize(&all, out)?,
        Format::Json => render_json(&all, worst, out)?,
    }
    out.flush()?;
    Ok(match worst {
        Status::Failure => ExitCode::FAILURE,
        Status::Ok | Status::Skipped | Status::Warning => ExitCode::SUCCESS,
    })
}

/// Under the name, where it is aligned with the other lines.
const INDENT: &str = "             ";

fn render(
    finding: &Finding,
    is_first: bool,
    is_coloured: bool,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    if is_first {
        writeln!(out, "{}", finding.group.name())?;
    }
    let name = format!("{:<9}", finding.status.name());
    let colour = match finding.status {
        Status::Ok => "32",
        Status::Skipped => "2",
        Status::Warning => "33",
        Status::Failure => "31",
    };
    let name = match is_coloured {
        true => format!("\u{1b}[{colour}m{name}\u{1b}[0m"),
        false => name,
    };
    let under = format!("\n{INDENT}");
    let text = finding.text.trim_end().replace('\n', &under);
    writeln!(out, "  {name}  {text}")?;
    if let Some(look) = &finding.look {
        writeln!(out, "{INDENT}{look}")?;
    }
    for command in &finding.commands {
        writeln!(out, "{INDENT}$ {command}")?;
    }
    out.flush()
}

fn summarize(all: &[Finding], out: &mut dyn Write) -> std::io::Result<()> {
    let count = |status| {
        all.iter()
            .filter(|finding| finding.status == status)
            .count()
    };
    writeln!(
        out,
        "{} ok, {} warnings, {} failures, {} skipped",
        count(Status::Ok),
        count(Status::Warning),
        count(Status::Failure),
        count(Status::Skipped)
    )
}

fn render_json(all: &[Finding], worst: Status, out: &mut dyn Write) -> anyhow::Result<()> {
    let findings: Vec<_> = all
        .iter()
        .map(|finding| {
            json!({
                "group": finding.group.name(),
                "check": finding.check,
                "status": finding.status.name(),
                "text": finding.text,
                "look": finding.look,
                "commands": finding.commands,
            })
        })
        .collect();
    let verdict = match worst {
        Status::Failure => "failure",
        Status::Warning => "warning",
        Status::Ok | Status::Skipped => "ok",
    };
    let value = json!({ "verdict": verdict, "findings": findings });
    writeln!(out, "{}", serde_json::to_string_pretty(&value)?)?;
    Ok(())
}
