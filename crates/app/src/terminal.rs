//! Questions to the person at the terminal: a prompt enters, an answer leaves. `/dev/tty`, so that pipes stay free.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};

use anyhow::{Context, bail};
use anyrole_keys::Password;

const TERMINAL: &str = "/dev/tty";

/// Asks for a password without showing it. `cure` says what to pass where there is no terminal.
pub fn ask_secret(prompt: &str, cure: &str) -> anyhow::Result<Password> {
    if open().is_err() {
        bail!("a password is needed and there is no terminal to ask at; {cure}");
    }
    let typed = rpassword::prompt_password(prompt).context("cannot read the password")?;
    Ok(Password::new(typed.into_bytes()))
}

/// Whether there is anybody to ask, before a device is.
#[cfg(any(feature = "pkcs11", feature = "tpm", feature = "server"))]
pub fn is_there() -> bool {
    open().is_ok()
}

/// Asks a question whose answer is yes or no. `cure` says what to pass where there is no terminal.
pub fn confirm(question: &str, cure: &str) -> anyhow::Result<bool> {
    if open().is_err() {
        bail!("{cure}");
    }
    let answer = ask(&format!("{question} [y/N]? "))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Asks a question; the answer is shown as it is typed, and ends with its line.
pub fn ask(question: &str) -> anyhow::Result<String> {
    let mut terminal = open().context("there is no terminal to ask at")?;
    write!(terminal, "{question}")?;
    let mut answer = String::new();
    BufReader::new(terminal).read_line(&mut answer)?;
    Ok(answer)
}

fn open() -> std::io::Result<File> {
    File::options().read(true).write(true).open(TERMINAL)
}
