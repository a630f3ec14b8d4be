//! `anyrole certificate create SUBJECT CRT KEY`: a new key and a certificate for it, in two files.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use anyrole_ca::{
    AlternativeName, CertificateOrder, CertificateProfile, Subject, Validity, issue, self_sign,
};
use anyrole_keys::{FileKey, KeySpec, SigningKey};
use aws_lc_rs::rand::SecureRandom;
use jiff::Timestamp;

use super::issuer::{Issuer, new_serial};
use crate::atomic_file::{self, NewFile};
use crate::key_protection::Protection;

/// Flags of `certificate create`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Whose certificate it is: a common name, or a full name as `CN=web,OU=ops,O=Example`
    pub subject: String,
    /// File to write the certificate to
    pub crt: PathBuf,
    /// File to write the private key to, encrypted
    pub key: PathBuf,
    /// Kind of certificate
    #[arg(long, value_enum, default_value = "leaf")]
    pub profile: Profile,
    /// Certificate of the authority that issues (leaf, intermediate-ca)
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Private key of the authority that issues
    #[arg(long, value_name = "FILE")]
    pub ca_key: Option<PathBuf>,
    /// File with the password of the authority's key; else it is asked for
    #[arg(long, value_name = "FILE")]
    pub ca_password_file: Option<PathBuf>,
    /// File with the password to encrypt the new key with; else it is asked for, twice
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Protection of the new key.
    #[command(flatten)]
    pub protection: Protection,
    /// Alternative name: DNS name, IP address, URI or e-mail address (again for more). Without any, a common name that is one
    #[arg(long, value_name = "NAME")]
    pub san: Vec<String>,
    /// Start of validity: a time (RFC 3339) or a duration from now
    #[arg(long, value_name = "TIME|DURATION", allow_hyphen_values = true)]
    pub not_before: Option<String>,
    /// End of validity: a time or a duration from now. Without it 24h, for authorities ten years
    #[arg(long, value_name = "TIME|DURATION", allow_hyphen_values = true)]
    pub not_after: Option<String>,
    /// Type of key
    #[arg(long, value_enum, ignore_case = true, default_value = "EC")]
    pub kty: KeyType,
    /// Curve of an EC key [default: P-256]
    #[arg(long, alias = "crv", value_enum, ignore_case = true)]
    pub curve: Option<Curve>,
    /// Bits of an RSA key: 2048, 3072 or 4096 [default: 2048]
    #[arg(long, value_name = "BITS")]
    pub size: Option<usize>,
    /// Overwrite CRT and KEY where they exist
    #[arg(long, short)]
    pub force: bool,
    /// Write the authority's certificates behind the new one into CRT
    #[arg(long, requires = "ca")]
    pub bundle: bool,
}

/// Values of `--profile`.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A root authority, self-signed
    RootCa,
    /// An authority below a root
    IntermediateCa,
    /// A certificate for clients and servers
    Leaf,
    /// As leaf, signed with its own key
    SelfSigned,
}

impl From<Profile> for CertificateProfile {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::RootCa => CertificateProfile::RootCa,
            Profile::IntermediateCa => CertificateProfile::IntermediateCa,
            Profile::Leaf => CertificateProfile::Leaf,
            Profile::SelfSigned => CertificateProfile::SelfSigned,
        }
    }
}

/// Values of `--kty`.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// Elliptic curve
    #[value(name = "EC")]
    Ec,
    /// RSA
    #[value(name = "RSA")]
    Rsa,
    /// ML-DSA-44 (FIPS 204)
    #[value(name = "ML-DSA-44")]
    MlDsa44,
    /// ML-DSA-65 (FIPS 204)
    #[value(name = "ML-DSA-65")]
    MlDsa65,
    /// ML-DSA-87 (FIPS 204)
    #[value(name = "ML-DSA-87")]
    MlDsa87,
}

/// Values of `--curve`.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// NIST P-256
    #[value(name = "P-256")]
    P256,
    /// NIST P-384
    #[value(name = "P-384")]
    P384,
    /// NIST P-521
    #[value(name = "P-521")]
    P521,
}

/// Makes both files, or neither.
pub fn run(
    arguments: &Arguments,
    now: Timestamp,
    random: &dyn SecureRandom,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let key_spec = arguments.key_spec()?;
    let password_file = arguments.password_file.as_deref();
    arguments
        .protection
        .check("--password-file", password_file)?;
    arguments.check_paths()?;
    let subject = Subject::parse(&arguments.subject)?;
    let alternative_names = arguments.alternative_names(&subject)?;
    let issuer = arguments.issuer()?;
    let profile = arguments.profile.into();
    let validity = Validity::resolve(
        profile,
        arguments.not_before.as_deref(),
        arguments.not_after.as_deref(),
        issuer.as_ref().map(|issuer| issuer.authority.not_after()),
        now,
    )?;
    let password =
        arguments
            .protection
            .new_password("--password-file", password_file, &arguments.key)?;
    let key = FileKey::generate(key_spec)?;
    let public_key = key.public_key_der().to_vec();
    let mut order =
        CertificateOrder::new(profile, subject, validity, new_serial(random)?, public_key)?;
    order.shape.alternative_names = alternative_names;
    let certificate = match &issuer {
        Some(issuer) => issuer.render(
            &issue(&issuer.authority, &order)?.to_pem()?,
            arguments.bundle,
        )?,
        None => self_sign(&key, &order)?.to_pem()?,
    };
    let key_pem = match &password {
        Some(password) => key.to_encrypted_pem(password, random)?,
        None => key.to_pem()?,
    };
    let files = [
        NewFile {
            path: &arguments.key,
            contents: key_pem.as_bytes(),
            mode: atomic_file::SECRET,
        },
        NewFile {
            path: &arguments.crt,
            contents: certificate.as_bytes(),
            mode: atomic_file::PUBLIC,
        },
    ];
    atomic_file::write(&files, arguments.force)?;
    writeln!(out, "certificate: {}", arguments.crt.display())?;
    writeln!(out, "private key: {}", arguments.key.display())?;
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    fn key_spec(&self) -> anyhow::Result<KeySpec> {
        match (self.kty, self.curve, self.size) {
            (KeyType::Ec, _, Some(_)) => bail!("--size is for --kty RSA; an EC key takes --curve"),
            (KeyType::Rsa, Some(_), _) => {
                bail!("--curve is for --kty EC; an RSA key takes --size")
            }
            (KeyType::Ec, None | Some(Curve::P256), None) => Ok(KeySpec::EcP256),
            (KeyType::Ec, Some(Curve::P384), None) => Ok(KeySpec::EcP384),
            (KeyType::Ec, Some(Curve::P521), None) => Ok(KeySpec::EcP521),
            (KeyType::MlDsa44 | KeyType::MlDsa65 | KeyType::MlDsa87, Some(_), _)
            | (KeyType::MlDsa44 | KeyType::MlDsa65 | KeyType::MlDsa87, _, Some(_)) => {
                bail!("--curve and --size are not for ML-DSA keys")
            }
            (KeyType::MlDsa44, None, None) => Ok(KeySpec::MlDsa44),
            (KeyType::MlDsa65, None, None) => Ok(KeySpec::MlDsa65),
            (KeyType::MlDsa87, None, None) => Ok(KeySpec::MlDsa87),
            (KeyType::Rsa, None, size) => match size.unwrap_or(2048) {
                bits @ (2048 | 3072 | 4096) => Ok(KeySpec::Rsa { bits }),
                bits => bail!("--size {bits} is not possible; use 2048, 3072 or 4096"),
            },
        }
    }

    /// Before anyone is asked for a password.
    fn check_paths(&self) -> anyhow::Result<()> {
        ensure!(
            self.crt != self.key,
            "CRT and KEY are the same file `{}`; name two",
            self.crt.display()
        );
        for output in [&self.crt, &self.key] {
            let inputs = [
                &self.ca,
                &self.ca_key,
                &self.ca_password_file,
                &self.password_file,
            ];
            ensure!(
                inputs
                    .iter()
                    .all(|input| input.as_deref().is_none_or(|input| !is_same(input, output))),
                "`{}` would be overwritten, but is needed as input; name another file",
                output.display()
            );
            atomic_file::check_free(output, self.force)?;
        }
        Ok(())
    }

    fn alternative_names(&self, subject: &Subject) -> anyhow::Result<Vec<AlternativeName>> {
        if self.san.is_empty() && !CertificateProfile::from(self.profile).is_authority() {
            // As with step, the subject stands for itself, where it has the form of a name of some kind.
            let own = subject.common_name().map(AlternativeName::parse);
            return Ok(own.and_then(Result::ok).into_iter().collect());
        }
        self.san
            .iter()
            .map(|name| AlternativeName::parse(name).with_context(|| format!("--san `{name}`")))
            .collect()
    }

    fn issuer(&self) -> anyhow::Result<Option<Issuer>> {
        let profile = CertificateProfile::from(self.profile);
        if profile.is_self_signed() {
            let given = [
                ("--ca", self.ca.is_some()),
                ("--ca-key", self.ca_key.is_some()),
                ("--ca-password-file", self.ca_password_file.is_some()),
            ];
            if let Some((flag, _)) = given.iter().find(|(_, given)| *given) {
                bail!("{flag} does not go with --profile {profile}, which signs itself");
            }
            return Ok(None);
        }
        match (&self.ca, &self.ca_key) {
            (Some(ca), Some(key)) => Ok(Some(Issuer::open(
                ca,
                key,
                "--ca-password-file",
                self.ca_password_file.as_deref(),
            )?)),
            _ => bail!(
                "--profile {profile} needs --ca FILE and --ca-key FILE, the issuing authority; \
                 make one with --profile root-ca"
            ),
        }
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}
