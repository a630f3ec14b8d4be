//! Files as cfssl's flags and arguments name them: a name enters, bytes leave. `-` is standard input, `env:NAME` the environment.

use std::path::Path;

use anyhow::{Context, bail};
use zeroize::Zeroizing;

use crate::standard_input;

/// The largest file, bytes.
const LIMIT: u64 = 1 << 20;

/// A file's bytes; `-` is standard input.
pub fn read_or_stdin(name: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    standard_input::read("the argument", Path::new(name), LIMIT)
}

/// A file's bytes, whatever its name.
pub fn read(name: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let bytes =
        Zeroizing::new(std::fs::read(name).with_context(|| format!("cannot read `{name}`"))?);
    match bytes.len() as u64 > LIMIT {
        true => bail!("`{name}` is larger than {LIMIT} bytes"),
        false => Ok(bytes),
    }
}

/// The value of `-ca` or `-ca-key`: `FILE`, `file:FILE` or `env:VARIABLE`.
#[expect(
    clippy::disallowed_methods,
    reason = "the command's edge: here the environment comes in"
)]
pub fn read_value(flag: &str, value: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    match value.split_once(':') {
        None => read(value),
        Some(("file", name)) => read(name),
        Some(("env", variable)) => match std::env::var_os(variable) {
            Some(text) => Ok(Zeroizing::new(text.into_encoded_bytes())),
            None => bail!("{flag}: the environment has no `{variable}`"),
        },
        Some((prefix, _)) => {
            bail!("{flag}: unknown prefix: {prefix}; there are `file:` and `env:`")
        }
    }
}

/// The password of a CA's key.
#[expect(
    clippy::disallowed_methods,
    reason = "the command's edge: here the environment comes in"
)]
pub fn password_variable() -> Option<Zeroizing<Vec<u8>>> {
    let text = std::env::var_os("CFSSL_CA_PK_PASSWORD")?;
    Some(Zeroizing::new(text.into_encoded_bytes())).filter(|text| !text.is_empty())
}
