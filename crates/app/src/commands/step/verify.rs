//! `step certificate verify CRT`: a certificate, what follows it in its file, and roots enter; the verdict of RFC 5280 leaves. Unlike
//! `anyrole certificate verify` it asks for a path alone, not for what CreateSession takes.

use std::fs;
use std::io::Write;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use anyrole_x509::{AnchorCertificates, Certificate, PresentedChain, Reason, Refusal, verify_path};
use jiff::Timestamp;

use super::files;
use super::left_out::RemoteFlags;
use super::refusal::check_count;

/// Where distributions keep what the system trusts.
const SYSTEM_ROOTS: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Flags of `certificate verify`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// File of the certificate; those behind it count as intermediates
    #[arg(value_name = "CRT", num_args = 0..)]
    positional: Vec<String>,
    /// Roots: a file, several with commas between, or a folder [default: the system's]
    #[arg(long, value_name = "FILE")]
    roots: Option<String>,
    /// The host that the certificate must be for
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// Say so when all is well
    #[arg(long, short)]
    verbose: bool,
    #[arg(long, hide = true)]
    issuing_ca: Option<String>,
    #[arg(long, hide = true)]
    verify_ocsp: bool,
    #[arg(long, hide = true)]
    ocsp_endpoint: Option<String>,
    #[arg(long, hide = true)]
    verify_crl: bool,
    #[arg(long, hide = true)]
    crl_endpoint: Option<String>,
    #[arg(long, hide = true)]
    insecure: bool,
    #[command(flatten)]
    remote: RemoteFlags,
}

/// Judges; an error where the certificate is refused.
pub fn run(arguments: &Arguments, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<()> {
    let usage = "step certificate verify <crt-file> [--host=<host>]";
    check_count(&arguments.positional, 1, 1, usage)?;
    if arguments.verify_ocsp || arguments.verify_crl {
        bail!(
            "--verify-ocsp and --verify-crl are left out of anyrole; openssl has both (`openssl ocsp`, `openssl verify -crl_check -CRLfile CRL`)"
        );
    }
    let name = arguments.positional.first().map_or("", String::as_str);
    arguments.remote.refuse(name)?;
    let bytes = files::read(Path::new(name))?;
    if !files::is_pem(&bytes) {
        bail!("{name} contains an invalid PEM block");
    }
    let mut certificates = files::certificates_of(&bytes)
        .map_err(|_| anyhow!("{name} contains no PEM certificate blocks"))?;
    let leaf = certificates.remove(0);
    let roots = roots(arguments.roots.as_deref())?;
    check_path(&leaf, &certificates, &roots, now)?;
    if let Some(host) = arguments.host.as_deref().filter(|host| !host.is_empty()) {
        check_host(&leaf, host)?;
    }
    if arguments.verbose {
        writeln!(out, "certificate validated against roots")?;
        if arguments.host.is_some() {
            writeln!(out, "certificate host name validated")?;
        }
        // step's own spelling.
        writeln!(out, "certficiate is valid")?;
    }
    Ok(())
}

fn check_path(
    leaf: &[u8],
    others: &[Vec<u8>],
    roots: &[Vec<u8>],
    now: Timestamp,
) -> anyhow::Result<()> {
    let failed = |refusal: &Refusal| match refusal.reason {
        Reason::Untrusted => {
            anyhow!("failed to verify certificate: x509: certificate signed by unknown authority")
        }
        Reason::LeafExpired | Reason::LeafNotYetValid => anyhow!(
            "failed to verify certificate: x509: certificate has expired or is not yet valid: {}",
            refusal.detail
        ),
        _ => anyhow!(
            "failed to verify certificate: {}: {}",
            refusal.reason.code(),
            refusal.detail
        ),
    };
    let presented = PresentedChain::from_der(leaf.to_vec(), others.to_vec())
        .map_err(|refusal| failed(&refusal))?;
    let mut worst: Option<Refusal> = None;
    // One at a time: a system has over a hundred, and some that are no authorities.
    for root in roots {
        let Ok(anchor) = AnchorCertificates::from_der(vec![root.clone()]) else {
            continue;
        };
        match verify_path(&presented, &anchor, now) {
            Ok(()) => return Ok(()),
            // What comes closest says most.
            Err(refusal) if refusal.reason != Reason::Untrusted => worst = Some(refusal),
            Err(refusal) => worst = worst.or(Some(refusal)),
        }
    }
    match worst {
        Some(refusal) => Err(failed(&refusal)),
        None => {
            bail!("failed to verify certificate: x509: certificate signed by unknown authority")
        }
    }
}

fn roots(given: Option<&str>) -> anyhow::Result<Vec<Vec<u8>>> {
    let files: Vec<PathBuf> = match given.filter(|given| !given.is_empty()) {
        None => {
            let found = SYSTEM_ROOTS
                .iter()
                .map(PathBuf::from)
                .find(|file| file.is_file());
            vec![found.context("this system's roots are not found; pass --roots FILE")?]
        }
        Some(folder) if Path::new(folder).is_dir() => {
            let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
            let mut paths: Vec<_> = entries.iter().map(fs::DirEntry::path).collect();
            paths.retain(|path| path.is_file());
            paths.sort();
            paths
        }
        Some(list) => list.split(',').map(|file| file.trim().into()).collect(),
    };
    let mut roots = Vec::new();
    for file in files {
        roots.extend(files::certificates(&file).with_context(|| {
            format!(
                "failure to load root certificates from `{}`",
                file.display()
            )
        })?);
    }
    Ok(roots)
}

/// By the alternative names alone (RFC 9525); a `*` stands for one label, the first.
fn check_host(leaf: &[u8], host: &str) -> anyhow::Result<()> {
    let certificate = Certificate::parse_der(leaf.to_vec())?;
    let names = &certificate.summary().subject_alt_names;
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    let fits = names.iter().any(|name| match (address, name.kind) {
        (Some(address), "IP") => name.value.parse() == Ok(address),
        (None, "DNS") => covers(&name.value.to_lowercase(), &host.to_lowercase()),
        _ => false,
    });
    if fits {
        return Ok(());
    }
    let of_kind = |kind: &str| {
        let names = names.iter().filter(|name| name.kind == kind);
        names
            .map(|name| name.value.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let valid = of_kind(if address.is_some() { "IP" } else { "DNS" });
    match valid.is_empty() {
        true => bail!(
            "failed to verify certificate: x509: certificate is not valid for any names, but wanted to match {host}"
        ),
        false => bail!(
            "failed to verify certificate: x509: certificate is valid for {valid}, not {host}"
        ),
    }
}

fn covers(pattern: &str, host: &str) -> bool {
    let host = host.trim_end_matches('.');
    match pattern.strip_prefix("*.") {
        Some(rest) => host
            .split_once('.')
            .is_some_and(|(first, behind)| !first.is_empty() && behind == rest),
        None => pattern == host,
    }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_star_is_one_label() {
        for (pattern, host, expected) in [
            ("a.example", "a.example", true),
            ("a.example", "a.example.", true),
            ("*.example", "a.example", true),
            ("*.example", "a.b.example", false),
            ("*.example", "example", false),
            ("*.example", ".example", false),
            ("a.example", "b.example", false),
        ] {
            assert_eq!(covers(pattern, host), expected, "{pattern} {host}");
        }
    }
}
