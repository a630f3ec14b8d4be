//! `cfssl …` and `cfssljson …`: words enter as those programs take them; JSON, files and an exit status leave. Rules and JSON are in
//! the room `cfssl`, certificates are made in the room `ca`; docs/cfssl-differences.md says where the two part from Cloudflare's.

mod certinfo;
mod cfssljson;
mod commands;
mod flags;
mod gencert;
mod genkey;
mod log;
mod selfsign;
mod sign;
mod signer;
mod source;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, bail};
use anyrole_cfssl::{Answer, SigningPolicy, TEMPLATES};
use anyrole_domain::ports::Clock as _;
use aws_lc_rs::rand::SecureRandom;
use jiff::Timestamp;

use self::commands::{COMMANDS, Command, FLAGS, MISSING};
use self::flags::{Flag, Given, Wish};
use self::log::Log;
use crate::wiring::SystemClock;

pub use self::cfssljson::run as run_cfssljson;

/// Usage that is wrong.
const USAGE: u8 = 2;

/// What every command has.
struct Call<'a> {
    given: Given,
    log: Log,
    now: Timestamp,
    random: &'a dyn SecureRandom,
    out: &'a mut dyn Write,
}

/// As `cfssl`; the first word is its name.
pub fn run(words: Vec<OsString>) -> anyhow::Result<ExitCode> {
    let words = words.into_iter().skip(1).map(OsString::into_string);
    let words = words.collect::<Result<Vec<String>, OsString>>();
    let words = match words {
        Ok(words) => words,
        Err(word) => return Ok(fail(&format!("`{}` is not UTF-8", word.display()), 1)),
    };
    let mut words = words.into_iter();
    let Some(name) = words.next() else {
        say("No command is given.");
        say(&overview());
        return Ok(ExitCode::FAILURE);
    };
    if ["-h", "-help", "--h", "--help"].contains(&name.as_str()) {
        say(&overview());
        return Ok(ExitCode::SUCCESS);
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        if let Some((_, cure)) = MISSING.iter().find(|(missing, _)| *missing == name) {
            return Ok(fail(
                &format!("the command `{name}` is not built in; {cure}"),
                1,
            ));
        }
        say(&format!("Command {name} is not defined."));
        say(&overview());
        return Ok(ExitCode::FAILURE);
    };
    let flags: Vec<&Flag> = FLAGS.iter().collect();
    let (given, arguments) = match flags::read(&flags, words) {
        Ok(Wish::Help) => {
            say(&help(command));
            return Ok(ExitCode::SUCCESS);
        }
        Ok(Wish::Run(given, arguments)) => (given, arguments),
        Err(error) => {
            say(&error.to_string());
            say(&help(command));
            return Ok(ExitCode::from(USAGE));
        }
    };
    let now = SystemClock.now();
    let mut call = Call {
        log: Log::new(given.number("loglevel").unwrap_or(1), now),
        given,
        now,
        random: &aws_lc_rs::rand::SystemRandom::new(),
        out: &mut std::io::stdout(),
    };
    match dispatch(command.name, &mut call, arguments) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        // A code of cfssl's is JSON that programs read, without a name before it.
        Err(error) => Ok(fail(&format!("{error:#}"), 1)),
    }
}

fn dispatch(command: &str, call: &mut Call<'_>, arguments: Vec<String>) -> anyhow::Result<()> {
    match command {
        "gencert" => gencert::run(call, arguments),
        "genkey" => genkey::run(call, arguments),
        "sign" => sign::run(call, arguments),
        "selfsign" => selfsign::run(call, arguments),
        "certinfo" => certinfo::run(call),
        "print-defaults" => print_defaults(call, arguments),
        _ => Ok(call.out.write_all(version().as_bytes())?),
    }
}

impl Call<'_> {
    /// The policy of `-config`, else the default one.
    fn policy(&self) -> anyhow::Result<SigningPolicy> {
        let Some(file) = self.given.some("config") else {
            return Ok(SigningPolicy::default());
        };
        source::read(file)
            .and_then(|text| Ok(SigningPolicy::parse(&text)?))
            .context("Failed to load config file")
    }

    fn print(&mut self, answer: &Answer) -> anyhow::Result<()> {
        self.out.write_all(answer.render().as_bytes())?;
        Ok(self.out.write_all(b"\n")?)
    }
}

/// The one argument of a command.
fn only_argument(arguments: Vec<String>) -> anyhow::Result<String> {
    let mut arguments = arguments.into_iter();
    let first = arguments
        .next()
        .context("not enough arguments are supplied --- please refer to the usage")?;
    if let Some(next) = arguments.next() {
        bail!(
            "only one argument is accepted, please check with usage; flags stand before it, `{next}` stands behind"
        );
    }
    Ok(first)
}

fn print_defaults(call: &mut Call<'_>, arguments: Vec<String>) -> anyhow::Result<()> {
    let name = only_argument(arguments)?;
    if let Some((_, text)) = TEMPLATES.iter().find(|(known, _)| *known == name) {
        return Ok(writeln!(call.out, "{text}")?);
    }
    writeln!(call.out, "Default configurations are available for:")?;
    for (name, _) in TEMPLATES {
        writeln!(call.out, "\t{name}")?;
    }
    Ok(())
}

/// What `version` prints.
fn version() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("Version: {version}\nRuntime: anyrole\n")
}

fn overview() -> String {
    let mut text = "Usage:\n  cfssl COMMAND [-FLAG VALUE…] ARGUMENT…\n\nCommands:\n".to_owned();
    for command in &COMMANDS {
        text.push_str(&format!("  {:<16}{}\n", command.name, command.about));
    }
    text.push_str("\n`cfssl COMMAND -h` says more.");
    text
}

fn help(command: &Command) -> String {
    let mut text = format!(
        "cfssl {} -- {}\n\nUsage:\n  {}\n\nFlags:\n",
        command.name, command.about, command.usage
    );
    let named = |name: &&str| FLAGS.iter().find(|flag| flag.name == *name);
    let flags = command.flags.iter().chain(&["loglevel"]).filter_map(named);
    text.extend(flags.map(Flag::shown));
    text
}

fn say(text: &str) {
    let mut stderr = std::io::stderr().lock();
    // Nothing can be done about a standard error that is closed.
    let _: std::io::Result<()> = writeln!(stderr, "{text}");
}

fn fail(text: &str, status: u8) -> ExitCode {
    say(text);
    ExitCode::from(status)
}
