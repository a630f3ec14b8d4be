//! Questions as `step` asks them, at the terminal: what is asked for enters, the answer leaves.

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use anyrole_keys::Password;

use crate::atomic_file::{self, NewFile};
use crate::password::read_secret_file;
use crate::password_quality::judge_at_terminal;
use crate::terminal;

/// How often an empty password, or an answer that is neither yes nor no, is asked for again.
const TRIES: usize = 5;
const NO_TERMINAL: &str = "error allocating terminal: open /dev/tty: no such device or address";

/// The password to encrypt with: from the file, else asked for once, as `step` does. `flag` names files.
pub fn new_password(file: Option<&Path>, question: &str) -> anyhow::Result<Password> {
    let password = match file {
        Some(file) => read_secret_file("--password-file", file)?,
        None => asked(question, "--password-file")?,
    };
    // The old PEM form makes a weak one weaker.
    judge_at_terminal(&password);
    Ok(password)
}

/// A password that is typed once; an empty one is asked for again.
pub fn asked(question: &str, flag: &str) -> anyhow::Result<Password> {
    if !terminal::is_there() {
        return Err(anyhow!("{NO_TERMINAL}; pass {flag} FILE")).context("error reading password");
    }
    for _ in 0..TRIES {
        let typed = terminal::ask_secret(&format!("{question}: "), "")?;
        let text = typed.expose().trim_ascii_end();
        if !text.is_empty() {
            return Ok(Password::new(text.to_vec()));
        }
    }
    bail!("error reading password: value is empty");
}

/// Writes files; whatever stands under one of the names is overwritten if the person says so, or `force` does. All questions come
/// before anything is written, so that a pair is never half replaced.
pub fn write(files: &[NewFile<'_>], force: bool) -> anyhow::Result<()> {
    let mut overwrites = force;
    for file in files {
        let path = file.path;
        if path.is_dir() {
            bail!("`{}`: file is a directory", path.display());
        }
        if !force && path.symlink_metadata().is_ok() {
            if !may_overwrite(path)? {
                bail!("file exists");
            }
            overwrites = true;
        }
    }
    atomic_file::write(files, overwrites)
}

fn may_overwrite(path: &Path) -> anyhow::Result<bool> {
    let question = format!("Would you like to overwrite {} [y/n]: ", path.display());
    if !terminal::is_there() {
        bail!(
            "{NO_TERMINAL}; `{}` exists already: pass --force to overwrite it",
            path.display()
        );
    }
    for _ in 0..TRIES {
        match terminal::ask(&question)?.trim().to_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => {}
        }
    }
    bail!("neither y nor n was answered; nothing was written");
}
