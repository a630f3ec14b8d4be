//! Files as `step` reads and names them: a path enters, certificates, requests or the error that `step` would print leave. And its
//! words to the person, which go to standard error.

use std::io::Read as _;
use std::path::Path;

use anyhow::{anyhow, bail};
use anyrole_ca::{SigningRequest, parse_certificates, parse_moment};
use jiff::Timestamp;

/// The largest file that is read, bytes.
const LIMIT: u64 = 4 << 20;
const BEGIN: &[u8] = b"-----BEGIN ";

/// Says something on standard error, as `step` does even when all is well.
#[expect(clippy::print_stderr, reason = "step says this on standard error")]
pub fn say(text: &str) {
    eprintln!("{text}");
}

/// The bytes of a file; `-` is standard input.
pub fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let failed = |what: &str, error: &std::io::Error| {
        anyhow!("{what} {} failed: {}", path.display(), reason(error))
    };
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        let read = std::io::stdin().lock().take(LIMIT).read_to_end(&mut bytes);
        read.map_err(|error| failed("read", &error))?;
    } else {
        let file = std::fs::File::open(path).map_err(|error| failed("open", &error))?;
        let read = file.take(LIMIT).read_to_end(&mut bytes);
        read.map_err(|error| failed("read", &error))?;
    }
    Ok(bytes)
}

/// The same with the words of `step`'s other library.
fn read_quoted(path: &Path) -> anyhow::Result<Vec<u8>> {
    let found = std::fs::metadata(path);
    match found {
        Err(error) if path.as_os_str() != "-" => {
            bail!("error reading \"{}\": {}", path.display(), reason(&error))
        }
        _ => read(path),
    }
}

/// As Go says it: without the number that Rust puts behind.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.to_lowercase()
}

/// Whether the bytes are PEM, by `step`'s way to tell.
pub fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(BEGIN.len()).any(|part| part == BEGIN)
}

/// The certificates of a file, PEM or DER; at least one.
pub fn certificates(path: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let bytes = read_quoted(path)?;
    certificates_of(&bytes).map_err(|error| anyhow!("error parsing {}: {error}", path.display()))
}

/// The certificates of PEM or DER.
pub fn certificates_of(bytes: &[u8]) -> anyhow::Result<Vec<Vec<u8>>> {
    parse_certificates(bytes).map_err(|error| match is_pem(bytes) {
        true => anyhow!("does not contain a valid PEM encoded certificate"),
        false => anyhow!("error parsing certificate as DER format: {error}"),
    })
}

/// The certificate signing request of a file, its signature verified.
pub fn request(path: &Path) -> anyhow::Result<SigningRequest> {
    let bytes = read_quoted(path)?;
    SigningRequest::parse(&bytes)
        .map_err(|error| anyhow!("error parsing {}: {error}", path.display()))
}

/// A time or duration of a flag.
pub fn moment(flag: &str, text: Option<&str>, now: Timestamp) -> anyhow::Result<Option<Timestamp>> {
    match text {
        None | Some("") => Ok(None),
        Some(text) => match parse_moment(text, now) {
            Ok(moment) => Ok(Some(moment)),
            Err(_) => bail!("invalid value '{text}' for flag '--{flag}'"),
        },
    }
}
