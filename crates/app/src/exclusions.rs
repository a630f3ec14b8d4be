//! Flags that exclude each other, for all commands that have both: parsed words enter, the refusal leaves. The pairs are those
//! of AWS's helper; what excludes each other of our own stands at the flag.

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

/// In the official order.
const PAIRS: [(&str, &str); 15] = [
    ("certificate", "cert-selector"),
    ("certificate", "system-store-name"),
    ("private-key", "cert-selector"),
    ("private-key", "system-store-name"),
    ("private-key", "use-latest-expiring-certificate"),
    ("use-latest-expiring-certificate", "intermediates"),
    ("use-latest-expiring-certificate", "reuse-pin"),
    ("cert-selector", "intermediates"),
    ("cert-selector", "reuse-pin"),
    ("system-store-name", "reuse-pin"),
    ("tpm-key-password", "cert-selector"),
    ("tpm-key-password", "reuse-pin"),
    ("no-tpm-key-password", "cert-selector"),
    ("no-tpm-key-password", "tpm-key-password"),
    ("pkcs8-password", "tpm-key-password"),
];

/// Of flags that AWS's helper has not.
const OURS: [(&str, &str); 2] = [
    ("store-folder", "private-key"),
    ("store-folder", "intermediates"),
];

/// Of one command alone.
const OF_SIGN_STRING: (&str, &str) = ("no-tpm-key-password", "reuse-pin");

/// Refuses two flags of a pair that were both given.
///
/// # Errors
/// As clap says it of its own conflicts.
pub fn check(program: &mut Command, matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some((name, given)) = matches.subcommand() else {
        return check_flags(program, matches);
    };
    match program.find_subcommand_mut(name) {
        Some(command) => check(command, given),
        None => Ok(()),
    }
}

/// The same command line with nothing that must be there, so that what excludes each other can be seen where something is missing, too.
pub fn without_requirements(mut program: Command) -> Command {
    fn lifted(command: Command) -> Command {
        command
            .mut_args(|argument| argument.required(false))
            .mut_subcommands(lifted)
    }
    program.build();
    lifted(program)
}

/// The same for the flags of one command, which `command` is.
///
/// # Errors
/// As [`check`].
pub fn check_flags(command: &mut Command, given: &ArgMatches) -> Result<(), clap::Error> {
    let is_there =
        |arg: &&Arg| given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
    let there = command.get_arguments().filter(is_there);
    let flags: Vec<&str> = there.filter_map(Arg::get_long).collect();
    let is_given = |flag: &str| flags.contains(&flag);
    let of_command = (command.get_name() == "sign-string").then_some(OF_SIGN_STRING);
    let found = PAIRS
        .into_iter()
        .chain(OURS)
        .chain(of_command)
        .find(|(one, other)| is_given(one) && is_given(other));
    match found {
        None => Ok(()),
        Some((one, other)) => Err(command.error(
            ErrorKind::ArgumentConflict,
            format!("--{one} and --{other} exclude each other: give one of them"),
        )),
    }
}
