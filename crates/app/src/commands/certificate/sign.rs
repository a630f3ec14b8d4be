//! `anyrole certificate sign CSR CRT KEY`: a signing request and an authority's files enter, PEM leaves on standard output.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use anyrole_ca::{
    BasicConstraints, CertificateOrder, CertificateProfile, SigningRequest, Validity, issue,
};
use aws_lc_rs::rand::SecureRandom;
use jiff::Timestamp;

use super::issuer::{Issuer, new_serial};
use crate::key_source::{KeyPlaceFlags, SignerFlags};

/// Flags of `certificate sign`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// File with the certificate signing request
    pub csr: PathBuf,
    /// Certificate of the authority that issues
    pub crt: PathBuf,
    /// Private key of the authority that issues: a file, pkcs11:token=NAME;object=LABEL, or tpm:handle=0x81000101
    #[arg(value_name = "KEY|URI")]
    pub key: String,
    /// Kind of certificate
    #[arg(long, value_enum, default_value = "leaf")]
    pub profile: Profile,
    /// File with the password of KEY; else it is asked for
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Start of validity: a time (RFC 3339) or a duration from now
    #[arg(long, value_name = "TIME|DURATION", allow_hyphen_values = true)]
    pub not_before: Option<String>,
    /// End of validity: a time or a duration from now. Without it 24h, for authorities ten years
    #[arg(long, value_name = "TIME|DURATION", allow_hyphen_values = true)]
    pub not_after: Option<String>,
    /// For intermediate-ca: how many authorities may follow below it [default: 0]
    #[arg(long, value_name = "NUMBER")]
    pub path_len: Option<u8>,
    /// Print the authority's certificates behind the new one
    #[arg(long)]
    pub bundle: bool,
    #[command(flatten)]
    pub places: KeyPlaceFlags,
}

/// Values of `--profile`: those that an authority signs.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A certificate for clients and servers
    Leaf,
    /// An authority below this one
    IntermediateCa,
}

/// Signs and prints.
pub fn run(
    arguments: &Arguments,
    now: Timestamp,
    random: &dyn SecureRandom,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let profile = match arguments.profile {
        Profile::Leaf => CertificateProfile::Leaf,
        Profile::IntermediateCa => CertificateProfile::IntermediateCa,
    };
    ensure!(
        arguments.path_len.is_none() || profile.is_authority(),
        "--path-len goes with --profile intermediate-ca only"
    );
    let csr = &arguments.csr;
    let text = std::fs::read(csr)
        .with_context(|| format!("cannot read signing request `{}`", csr.display()))?;
    let request = SigningRequest::parse(&text)
        .with_context(|| format!("signing request `{}`", csr.display()))?;
    let issuer = Issuer::open(
        &arguments.crt,
        &SignerFlags {
            name: &arguments.key,
            kms: None,
            password_flag: "--password-file",
            password_file: arguments.password_file.as_deref(),
            question: "Password of",
        },
        &arguments.places,
    )?;
    let validity = Validity::resolve(
        profile,
        arguments.not_before.as_deref(),
        arguments.not_after.as_deref(),
        Some(issuer.authority.not_after()),
        now,
    )?;
    let mut order = CertificateOrder::new(
        profile,
        request.subject().clone(),
        validity,
        new_serial(random)?,
        request.public_key_der().to_vec(),
    )?;
    order.shape.alternative_names = request.alternative_names().to_vec();
    if arguments.path_len.is_some() {
        order.shape.basic_constraints = Some(BasicConstraints::authority(arguments.path_len));
    }
    let certificate = issue(&issuer.authority, &order)?;
    let pem = issuer.render(&certificate.to_pem()?, arguments.bundle)?;
    out.write_all(pem.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
