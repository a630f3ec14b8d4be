//! `anyrole sign-string`: flags enter, a signature leaves on stdout. No rules here: `anyrole_helper` has them.

use std::io::Write;

use anyrole_helper::{Digest, SignatureFormat, sign_string};

use super::identity_flags::KeyFlags;

/// Sign a fixed text with a private key, to see that the key can be used
///
/// What is signed is the text of AWS's `aws_signing_helper sign-string`, with a hash of the public key behind it for RSA and EC keys.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    key: KeyFlags,

    /// How the signature is printed: hex in quotes, hex, or as it is.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,

    /// What RSA and EC keys sign; ML-DSA keys sign the text itself.
    #[arg(long, value_enum, default_value_t = Hash::Sha256)]
    digest: Hash,

    /// Say on standard error what is signed with.
    #[arg(long)]
    debug: bool,
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
    let key = arguments.key.into_settings()?.key()?;
    if arguments.debug {
        let (algorithm, digest) = (key.algorithm(), arguments.digest);
        // Nothing can be done about a standard error that is closed.
        let _: std::io::Result<()> = writeln!(
            std::io::stderr(),
            "debug: signing with {algorithm}, {digest:?}"
        );
    }
    let digest = match arguments.digest {
        Hash::Sha256 => Digest::Sha256,
        Hash::Sha384 => Digest::Sha384,
        Hash::Sha512 => Digest::Sha512,
    };
    let format = match arguments.format {
        Format::Json => SignatureFormat::Json,
        Format::Text => SignatureFormat::Text,
        Format::Bin => SignatureFormat::Bin,
    };
    out.write_all(&sign_string(&*key, digest, format)?)?;
    out.flush()?;
    Ok(())
}
