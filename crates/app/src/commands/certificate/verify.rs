//! `anyrole certificate verify CRT --roots FILE`: files enter, the verdict of CreateSession's rules leaves. Revocation
//! and enabled or disabled anchors are the server's to know; all else is the same code.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use anyrole_x509::{
    AnchorCertificates, AnchorError, PresentedChain, Refusal, Revocation, VerifiedChain,
    verify_chain,
};
use jiff::Timestamp;
use serde_json::json;

use super::inspect::hex;
use super::read_certificates;
use crate::commands::output_format::Format;

/// Flags of `certificate verify`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// File with the certificate; others that follow in it count as intermediates
    pub crt: PathBuf,
    /// File with the certificates of the trust anchor
    #[arg(long, value_name = "FILE")]
    pub roots: PathBuf,
    /// File with intermediate certificates, in any order
    #[arg(long, value_name = "FILE")]
    pub intermediates: Option<PathBuf>,
    /// The moment to judge by: a time (RFC 3339) or a duration from now [default: now]
    #[arg(long, value_name = "TIME|DURATION", allow_hyphen_values = true)]
    pub at: Option<String>,
    /// How to answer
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
}

/// Judges; success where the certificate is accepted, failure (1) where it is refused.
pub fn run(arguments: &Arguments, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let at = match &arguments.at {
        Some(text) => anyrole_ca::parse_moment(text, now).context("--at")?,
        None => now,
    };
    let mut presented = read_certificates(&arguments.crt)?.into_iter();
    let leaf = presented.next().unwrap_or_default();
    let mut intermediates: Vec<_> = presented.collect();
    if let Some(path) = &arguments.intermediates {
        intermediates.extend(read_certificates(path).context("--intermediates")?);
    }
    let roots = read_certificates(&arguments.roots).context("--roots")?;
    let verdict = match AnchorCertificates::from_der(roots) {
        Ok(anchor) => PresentedChain::from_der(leaf, intermediates)
            .and_then(|presented| verify_chain(&presented, &anchor, &Revocation::NONE, at)),
        Err(AnchorError::Refused { refusal, .. }) => Err(refusal),
        Err(error) => {
            return Err(error).with_context(|| format!("--roots `{}`", arguments.roots.display()));
        }
    };
    match arguments.format {
        Format::Text => render_text(&verdict, out)?,
        Format::Json => render_json(&verdict, out)?,
    }
    Ok(match verdict {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    })
}

fn render_text(
    verdict: &Result<VerifiedChain, Refusal>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let printable = |text: String| text.replace(char::is_control, "\u{fffd}");
    match verdict {
        Ok(chain) => {
            let leaf = chain.leaf();
            writeln!(out, "accepted: {}", printable(leaf.subject.to_string()))?;
            writeln!(out, "  issuer      {}", printable(leaf.issuer.to_string()))?;
            writeln!(out, "  serial      {}", leaf.serial_decimal)?;
            writeln!(out, "  key         {}", leaf.key)?;
            writeln!(out, "  valid until {}", chain.valid_until())?;
            writeln!(
                out,
                "  path        {} certificates",
                chain.path_fingerprints().len()
            )?;
        }
        Err(refusal) => {
            let detail = printable(refusal.detail.clone());
            writeln!(out, "refused: {}: {detail}", refusal.reason.code())?;
        }
    }
    Ok(())
}

fn render_json(
    verdict: &Result<VerifiedChain, Refusal>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let value = match verdict {
        Ok(chain) => {
            let path: Vec<_> = chain
                .path_fingerprints()
                .iter()
                .map(|one| hex(one))
                .collect();
            json!({
                "accepted": true,
                "subject": chain.leaf().subject.to_string(),
                "issuer": chain.leaf().issuer.to_string(),
                "serial": chain.leaf().serial_decimal,
                "key": chain.leaf().key.to_string(),
                "valid_until": chain.valid_until().to_string(),
                "path_sha256_fingerprints": path,
            })
        }
        Err(refusal) => json!({
            "accepted": false,
            "reason": refusal.reason.code(),
            "detail": refusal.detail,
        }),
    };
    writeln!(out, "{}", serde_json::to_string_pretty(&value)?)?;
    Ok(())
}
