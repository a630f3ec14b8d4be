//! `anyrole read-certificate-data`: a file enters, JSON leaves on stdout; or a store enters, a list leaves. No rules here:
//! `anyrole_helper` has them.

use std::io::Write;

use anyrole_helper::{StoredCertificate, list_certificates, read_certificate_data};

use super::identity_flags::CertificateFlags;

const EXAMPLE: &str = "\
  anyrole read-certificate-data --certificate host1.crt
  anyrole read-certificate-data --store-folder /etc/anyrole/certificates
  anyrole read-certificate-data --store-folder /etc/anyrole/certificates
      --cert-selector 'Key=x509Issuer,Value=CN=Example CA'";

/// Print a certificate's key type, serial number and data as JSON, or list those of a store or a token
///
/// The first certificate of the file, as AWS's `aws_signing_helper read-certificate-data` prints it. Without --certificate: the
/// certificates of the store that --cert-selector means, or all, with the texts that a selector is made of.
/// Of a token (--certificate pkcs11:…): those that the URI names, each with its own.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXAMPLE)]
pub struct Arguments {
    #[command(flatten)]
    certificate: CertificateFlags,

    /// Say on standard error what is read.
    #[arg(long)]
    debug: bool,
}

/// Prints JSON without a newline, or the list with one, as the official helper does.
pub fn run(arguments: Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let settings = arguments.certificate.into_settings()?;
    if arguments.debug {
        // Nothing can be done about a standard error that is closed.
        let _: std::io::Result<()> = writeln!(std::io::stderr(), "debug: reading {settings:?}");
    }
    if settings.certificate.is_some() {
        let certificates = settings.certificates()?;
        if let Some((leaf, None)) = certificates.first() {
            out.write_all(read_certificate_data(leaf).as_bytes())?;
        } else {
            let mut stored = Vec::new();
            for (certificate, uri) in &certificates {
                let uri = uri.as_deref();
                stored.push(StoredCertificate { certificate, uri });
            }
            out.write_all(list_certificates(&stored).as_bytes())?;
        }
    } else {
        let certificates = settings.stored()?;
        let stored = |certificate| StoredCertificate {
            certificate,
            uri: None,
        };
        let stored: Vec<_> = certificates.iter().map(stored).collect();
        out.write_all(list_certificates(&stored).as_bytes())?;
    }
    out.flush()?;
    Ok(())
}
