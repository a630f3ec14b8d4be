//! `anyrole read-certificate-data`: a file enters, JSON leaves on stdout. No rules here: `anyrole_helper` has them.

use std::io::Write;

use anyrole_helper::read_certificate_data;

use super::identity_flags::CertificateFlags;

/// Print a certificate's key type, serial number and data as JSON
///
/// The first certificate of the file, as AWS's `aws_signing_helper read-certificate-data` prints it.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    certificate: CertificateFlags,
}

/// Prints the JSON without a newline, as the official helper does.
pub fn run(arguments: Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let certificates = arguments.certificate.into_settings().certificates()?;
    if let Some(leaf) = certificates.first() {
        out.write_all(read_certificate_data(leaf).as_bytes())?;
    }
    out.flush()?;
    Ok(())
}
