//! `step certificate fingerprint [CRT]`: a certificate or request enters, its hash leaves.

use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, bail};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};

use super::files;
use super::left_out::RemoteFlags;
use super::refusal::{check_count, requires};
use super::request_der;

/// Flags of `certificate fingerprint`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// File of the certificate; without one, standard input
    #[arg(value_name = "CRT", num_args = 0..)]
    positional: Vec<String>,
    /// One line for each certificate of the file
    #[arg(long)]
    bundle: bool,
    /// hex, base64, base64-url, base64-raw or base64-url-raw [default: hex]
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// SHA-1 instead of SHA-256; needs --insecure
    #[arg(long)]
    sha1: bool,
    /// Allow what is insecure: --sha1
    #[arg(long)]
    insecure: bool,
    #[arg(long, hide = true)]
    roots: Option<String>,
    #[command(flatten)]
    remote: RemoteFlags,
}

/// Prints.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let usage = "step certificate fingerprint <crt-file>";
    check_count(&arguments.positional, 0, 1, usage)?;
    if arguments.sha1 && !arguments.insecure {
        return Err(requires("sha", "insecure"));
    }
    let encode = encoding(arguments.format.as_deref().unwrap_or("hex"))?;
    let name = arguments.positional.first().map_or("-", String::as_str);
    arguments.remote.refuse(name)?;
    let bytes =
        files::read(Path::new(name)).with_context(|| format!("error reading file {name}"))?;
    let certificates = match files::certificates_of(&bytes) {
        Ok(certificates) => certificates,
        Err(_) => match request_der(&bytes) {
            Some(der) => vec![der],
            None => bail!(
                "file {name} does not contain any valid CERTIFICATE or CERTIFICATE REQUEST blocks"
            ),
        },
    };
    let hash = match arguments.sha1 {
        true => &SHA1_FOR_LEGACY_USE_ONLY,
        false => &SHA256,
    };
    let shown = if arguments.bundle {
        certificates.len()
    } else {
        1
    };
    for (position, der) in certificates.iter().take(shown).enumerate() {
        let text = encode(digest(hash, der).as_ref());
        match arguments.bundle {
            true => writeln!(out, "{position}: {text}")?,
            false => writeln!(out, "{text}")?,
        }
    }
    Ok(())
}

fn encoding(format: &str) -> anyhow::Result<fn(&[u8]) -> String> {
    use base64_simd::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
    Ok(match format.trim().to_lowercase().as_str() {
        "hex" => |hash| super::hex(hash, ""),
        "base64" => |hash| STANDARD.encode_to_string(hash),
        "base64url" | "base64-url" => |hash| URL_SAFE.encode_to_string(hash),
        "base64raw" | "base64-raw" => |hash| STANDARD_NO_PAD.encode_to_string(hash),
        "base64urlraw" | "base64url-raw" | "base64-url-raw" => {
            |hash| URL_SAFE_NO_PAD.encode_to_string(hash)
        }
        "emoji" | "emojisum" => {
            bail!("--format emoji is left out of anyrole; Smallstep's own step has it")
        }
        _ => {
            bail!("error parsing fingerprint format: '{format}' is not a valid fingerprint format")
        }
    })
}
