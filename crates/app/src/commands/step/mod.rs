//! Called as `step`: that program's command line enters; its files, words and exit status leave. Flags and texts are Smallstep's;
//! what is made by them is made by the rooms `ca` and `keys`. Each difference stands in docs/step-differences.md.

mod bundle;
mod change_pass;
mod create;
mod elsewhere;
mod files;
mod fingerprint;
mod format;
mod grammar;
mod inspect;
mod issued;
mod key_type;
mod keypair;
mod left_out;
mod p12;
mod prompt;
mod refusal;
mod sign;
mod verify;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

pub use self::format::turned;
use anyrole_domain::ports::Clock as _;
use clap::{CommandFactory as _, FromArgMatches as _};

use crate::signing_helper;
use crate::wiring::SystemClock;

/// Make keys and certificates, show, sign and verify them
///
/// This is `anyrole`, called as Smallstep's step; where the two part stands in docs/step-differences.md.
#[derive(clap::Parser, Debug)]
#[command(name = "step", arg_required_else_help = true)]
struct Step {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Work with certificates
    #[command(subcommand)]
    Certificate(Box<Certificate>),
    /// Work with keys
    #[command(subcommand)]
    Crypto(Crypto),
    /// Print the version
    Version,
}

#[derive(clap::Subcommand, Debug)]
enum Certificate {
    /// Put a certificate and its authority's into one file
    Bundle(bundle::Arguments),
    /// Make a certificate, or a request for one
    Create(create::Arguments),
    /// Turn PEM into DER, or DER into PEM
    Format(format::Arguments),
    /// Show what a certificate or a request says
    Inspect(inspect::Arguments),
    /// Print the fingerprint of a certificate
    Fingerprint(fingerprint::Arguments),
    /// Sign a certificate signing request
    Sign(sign::Arguments),
    /// Verify a certificate
    Verify(verify::Arguments),
    /// Put a certificate and its key into a PKCS#12 file
    P12(p12::Arguments),
}

#[derive(clap::Subcommand, Debug)]
enum Crypto {
    /// Change or remove the password of a private key
    ChangePass(change_pass::Arguments),
    /// Make a pair of keys
    Keypair(keypair::Arguments),
}

/// Runs. Whatever is wrong is said as `step` says it, without a name in front, and the status is 1.
#[expect(clippy::print_stderr, reason = "errors of the command")]
pub fn run(words: Vec<OsString>) -> anyhow::Result<ExitCode> {
    match run_words(words) {
        Ok(status) => Ok(status),
        Err(error) => {
            eprintln!("{error:#}");
            Ok(ExitCode::FAILURE)
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the command's edge: here the environment comes in"
)]
fn run_words(words: Vec<OsString>) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout();
    if let Some(said) = elsewhere::named(&words) {
        anyhow::bail!(said);
    }
    if matches!(&words[..], [_, word] if word == "--version" || word == "-v") {
        return run_command(&Command::Version, &mut out).map(|()| ExitCode::SUCCESS);
    }
    let mut program = Step::command();
    let words = grammar::for_clap(&program, words, |name| std::env::var_os(name))?;
    let parsed = program
        .try_get_matches_from_mut(words)
        .and_then(|mut matches| Step::from_arg_matches_mut(&mut matches));
    match parsed {
        Ok(step) => run_command(&step.command, &mut out).map(|()| ExitCode::SUCCESS),
        Err(error) => signing_helper::print(&error, &mut out, 1),
    }
}

fn run_command(command: &Command, out: &mut dyn Write) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let random = &aws_lc_rs::rand::SystemRandom::new();
    match command {
        Command::Version => {
            let os = std::env::consts::OS;
            // As Go names them.
            let machine = match std::env::consts::ARCH {
                "x86_64" => "amd64",
                "aarch64" => "arm64",
                other => other,
            };
            let version = env!("CARGO_PKG_VERSION");
            writeln!(out, "Anyrole as step/{version} ({os}/{machine})")?;
            Ok(writeln!(out, "Release Date: N/A")?)
        }
        Command::Crypto(Crypto::ChangePass(arguments)) => change_pass::run(arguments, random),
        Command::Crypto(Crypto::Keypair(arguments)) => keypair::run(arguments, random),
        Command::Certificate(command) => match command.as_ref() {
            Certificate::Bundle(arguments) => bundle::run(arguments),
            Certificate::Create(arguments) => create::run(arguments, now, random),
            Certificate::Format(arguments) => format::run(arguments, out),
            Certificate::Inspect(arguments) => inspect::run(arguments, out),
            Certificate::Fingerprint(arguments) => fingerprint::run(arguments, out),
            Certificate::Sign(arguments) => sign::run(arguments, now, random, out),
            Certificate::Verify(arguments) => verify::run(arguments, now, out),
            Certificate::P12(arguments) => p12::run(arguments, random),
        },
    }
}

/// Octets in lower-case hex, with `between` between them.
fn hex(octets: &[u8], between: &str) -> String {
    let texts: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    texts.join(between)
}

/// Text of a foreign certificate must not send control sequences to the terminal.
fn printable(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// The DER of the first certificate signing request, PEM or DER; nobody has looked at its signature.
fn request_der(bytes: &[u8]) -> Option<Vec<u8>> {
    use rustls_pki_types::CertificateSigningRequestDer;
    use rustls_pki_types::pem::PemObject as _;
    use x509_parser::prelude::{FromDer as _, X509CertificationRequest};

    let der = match files::is_pem(bytes) {
        true => {
            let text = String::from_utf8_lossy(bytes).replace("NEW CERTIFICATE", "CERTIFICATE");
            CertificateSigningRequestDer::from_pem_slice(text.as_bytes())
                .ok()?
                .to_vec()
        }
        false => bytes.to_vec(),
    };
    let (rest, _) = X509CertificationRequest::from_der(&der).ok()?;
    rest.is_empty().then_some(der)
}

/// A request as PEM.
fn render_request(der: &[u8]) -> String {
    let text = base64_simd::STANDARD.encode_to_string(der);
    let mut lines = "-----BEGIN CERTIFICATE REQUEST-----\n".to_owned();
    for line in text.as_bytes().chunks(64) {
        lines.push_str(&String::from_utf8_lossy(line));
        lines.push('\n');
    }
    lines.push_str("-----END CERTIFICATE REQUEST-----\n");
    lines
}
