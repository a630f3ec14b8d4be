//! `anyrole certificate inspect CRT`: a certificate file enters, text, JSON or PEM leaves.

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use anyrole_x509::{Certificate, CertificateSummary, SubjectAltName};
use serde_json::{Value, json};

use super::read_certificates;

/// Flags of `certificate inspect`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// File with the certificate
    pub crt: PathBuf,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// Show each certificate of the file, not only the first; JSON is a list then
    #[arg(long)]
    pub bundle: bool,
}

/// Values of `--format`.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people
    Text,
    /// For scripts
    Json,
    /// The certificate itself
    Pem,
}

/// Prints.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let mut certificates = Vec::new();
    for der in read_certificates(&arguments.crt)? {
        let certificate = Certificate::parse_der(der)
            .with_context(|| format!("certificate file `{}`", arguments.crt.display()))?;
        certificates.push(certificate);
        if !arguments.bundle {
            break;
        }
    }
    match arguments.format {
        Format::Text => {
            let texts: Vec<_> = certificates
                .iter()
                .map(|certificate| render_text(certificate.summary()))
                .collect();
            write!(out, "{}", texts.join("\n"))?;
        }
        Format::Json => {
            let values: Vec<_> = certificates
                .iter()
                .map(|certificate| render_json(certificate.summary()))
                .collect();
            let value = match arguments.bundle {
                true => Value::Array(values),
                false => values.into_iter().next().unwrap_or_default(),
            };
            writeln!(out, "{}", serde_json::to_string_pretty(&value)?)?;
        }
        Format::Pem => {
            for certificate in &certificates {
                let pem = anyrole_ca::render_certificate(certificate.der())?;
                out.write_all(pem.as_bytes())?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Octets in lower-case hex.
pub fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        // Writing into a String does not fail.
        let _always_fits = write!(text, "{octet:02x}");
        text
    })
}

fn render_text(summary: &CertificateSummary) -> String {
    let none = || "none".to_owned();
    let constraints = summary.basic_constraints.map_or_else(none, |constraints| {
        match (constraints.ca, constraints.path_length) {
            (true, Some(length)) => format!("CA, path length {length}"),
            (true, None) => "CA, any path length".to_owned(),
            (false, _) => "not a CA".to_owned(),
        }
    });
    let names: Vec<_> = summary
        .subject_alt_names
        .iter()
        .map(|SubjectAltName { kind, value }| format!("{kind}:{value}"))
        .collect();
    let rows = [
        ("Subject", summary.subject.to_string()),
        ("Issuer", summary.issuer.to_string()),
        (
            "Serial",
            format!("{} (0x{})", summary.serial_decimal, summary.serial_hex),
        ),
        ("Version", summary.version.to_string()),
        ("Not before", summary.not_before.to_string()),
        ("Not after", summary.not_after.to_string()),
        ("Key", summary.key.clone()),
        ("Signed with", summary.signature_algorithm.clone()),
        ("Constraints", constraints),
        (
            "Key usage",
            summary
                .key_usage
                .as_ref()
                .map_or_else(none, |usage| usage.join(", ")),
        ),
        (
            "Extended usage",
            summary
                .extended_key_usage
                .as_ref()
                .map_or_else(none, |usage| usage.join(", ")),
        ),
        (
            "Other names",
            match names.is_empty() {
                true => none(),
                false => names.join(", "),
            },
        ),
        (
            "Subject key id",
            summary.subject_key_id.clone().unwrap_or_else(none),
        ),
        (
            "Issuer key id",
            summary.authority_key_id.clone().unwrap_or_else(none),
        ),
        ("SHA-256", hex(&summary.sha256_fingerprint)),
    ];
    let mut text = "Certificate\n".to_owned();
    for (title, value) in rows {
        // A name from a foreign certificate must not send control sequences to the terminal.
        let value = value.replace(char::is_control, "\u{fffd}");
        text.push_str(&format!("  {title:<15} {value}\n"));
    }
    text
}

fn render_json(summary: &CertificateSummary) -> Value {
    let names: Vec<_> = summary
        .subject_alt_names
        .iter()
        .map(|SubjectAltName { kind, value }| json!({"type": kind, "value": value}))
        .collect();
    let constraints = summary
        .basic_constraints
        .map(|constraints| json!({"ca": constraints.ca, "path_length": constraints.path_length}));
    json!({
        "version": summary.version,
        "subject": summary.subject.to_string(),
        "issuer": summary.issuer.to_string(),
        "serial": summary.serial_decimal,
        "serial_hex": summary.serial_hex,
        "not_before": summary.not_before.to_string(),
        "not_after": summary.not_after.to_string(),
        "key": summary.key,
        "signature_algorithm": summary.signature_algorithm,
        "basic_constraints": constraints,
        "key_usage": summary.key_usage,
        "extended_key_usage": summary.extended_key_usage,
        "subject_alt_names": names,
        "subject_key_id": summary.subject_key_id,
        "authority_key_id": summary.authority_key_id,
        "sha256_fingerprint": hex(&summary.sha256_fingerprint),
    })
}
