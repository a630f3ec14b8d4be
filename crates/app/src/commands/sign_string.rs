//! `anyrole sign-string`: flags enter, a signature leaves on stdout. No rules here: `anyrole_helper` has them.

use std::io::Write;
use std::path::PathBuf;

use anyrole_helper::{Digest, SignString, SignatureFormat, sign_string};

use crate::password::KeyPassword;

/// Sign a fixed text with a private key, to see that the key can be used
///
/// What is signed is the text of AWS's `aws_signing_helper sign-string`, with a hash of the public key behind it for RSA and EC keys.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Certificate file, PEM. Holds the key where --private-key is left out; otherwise the two must belong together.
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,

    /// Private key file: PKCS#8 (encrypted or not), SEC1 or PKCS#1 PEM.
    #[arg(long, value_name = "FILE")]
    private_key: Option<PathBuf>,

    #[command(flatten)]
    key_password: KeyPassword,

    /// How the signature is printed: hex in quotes, hex, or as it is.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,

    /// What RSA and EC keys sign; ML-DSA keys sign the text itself.
    #[arg(long, value_enum, default_value_t = Hash::Sha256)]
    digest: Hash,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Format {
    Json,
    Text,
    Bin,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Hash {
    #[value(name = "SHA256")]
    Sha256,
    #[value(name = "SHA384")]
    Sha384,
    #[value(name = "SHA512")]
    Sha512,
}

/// Prints the signature without a newline, as the official helper does.
pub fn run(arguments: Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let key = arguments
        .private_key
        .as_ref()
        .or(arguments.certificate.as_ref());
    let key_password = match key {
        Some(key) => arguments.key_password.read(key)?,
        None => None,
    };
    let signature = sign_string(&SignString {
        key_password,
        certificate: arguments.certificate,
        private_key: arguments.private_key,
        format: match arguments.format {
            Format::Json => SignatureFormat::Json,
            Format::Text => SignatureFormat::Text,
            Format::Bin => SignatureFormat::Bin,
        },
        digest: match arguments.digest {
            Hash::Sha256 => Digest::Sha256,
            Hash::Sha384 => Digest::Sha384,
            Hash::Sha512 => Digest::Sha512,
        },
    })?;
    out.write_all(&signature)?;
    out.flush()?;
    Ok(())
}
