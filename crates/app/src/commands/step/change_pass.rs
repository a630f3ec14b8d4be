//! `step crypto change-pass KEY`: a key file enters, the same key under another password (or none) leaves.

use std::path::{Path, PathBuf};

use aws_lc_rs::rand::SecureRandom;

use super::files::say;
use super::prompt;
use super::refusal::{check_count, requires};
use crate::atomic_file::{NewFile, SECRET};
use crate::key_protection::open_key_asking;
use crate::password::read_secret_file;
use crate::password_quality::judge_at_terminal;

/// Flags of `crypto change-pass`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// File of the private key
    #[arg(value_name = "KEY", num_args = 0..)]
    positional: Vec<String>,
    /// File with the present password
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// File with the new password
    #[arg(long, value_name = "FILE")]
    new_password_file: Option<PathBuf>,
    /// File to write to, not KEY
    #[arg(long, alias = "output-file", value_name = "FILE")]
    out: Option<String>,
    /// Overwrite the file without asking
    #[arg(long, short)]
    force: bool,
    /// Allow what is insecure: --no-password
    #[arg(long)]
    insecure: bool,
    /// Write the key without encryption; needs --insecure
    #[arg(long)]
    no_password: bool,
}

/// Writes.
pub fn run(arguments: &Arguments, random: &dyn SecureRandom) -> anyhow::Result<()> {
    check_count(
        &arguments.positional,
        1,
        1,
        "step crypto change-pass <key-file>",
    )?;
    if arguments.no_password && !arguments.insecure {
        return Err(requires("no-password", "insecure"));
    }
    let source = arguments.positional.first().map_or("", String::as_str);
    let target = arguments.out.as_deref().filter(|out| !out.is_empty());
    let target = target.unwrap_or(source);
    let key = open_key_asking(
        Path::new(source),
        "Please enter the password to decrypt",
        "--password-file",
        arguments.password_file.as_deref(),
    )?;
    let pem = match (arguments.no_password, &arguments.new_password_file) {
        (true, _) => key.to_traditional_pem()?,
        (false, Some(file)) => {
            let password = read_secret_file("--new-password-file", file)?;
            judge_at_terminal(&password);
            key.to_traditional_encrypted_pem(&password, random)?
        }
        (false, None) => {
            let question = format!("Please enter the password to encrypt {target}");
            let password = prompt::asked(&question, "--new-password-file")?;
            judge_at_terminal(&password);
            key.to_traditional_encrypted_pem(&password, random)?
        }
    };
    let file = NewFile {
        path: Path::new(target),
        contents: pem.as_bytes(),
        mode: SECRET,
    };
    prompt::write(&[file], arguments.force)?;
    say(&format!("Your key has been saved in {target}."));
    Ok(())
}
