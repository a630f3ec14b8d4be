//! `anyrole certificate create SUBJECT CRT KEY`: a new key and a certificate for it, in two files.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use anyrole_ca::{
    AlternativeName, CertificateOrder, CertificateProfile, Subject, Validity, issue, self_sign,
};
use anyrole_keys::{FileKey, Password, SigningKey};
use aws_lc_rs::rand::SecureRandom;
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::issuer::{Issuer, new_serial};
use crate::atomic_file::{self, NewFile};
use crate::commands::key_type::KeyTypeFlags;
use crate::key_protection::Protection;
use crate::key_source::{self, KeyPlaceFlags, SignerFlags};

/// Flags of `certificate create`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Whose certificate it is: a common name, or a full name as `CN=web,OU=ops,O=Example`
    pub subject: String,
    /// File to write the certificate to
    pub crt: PathBuf,
    /// File to write the private key to, encrypted; not with --key
    #[arg(
        required_unless_present = "present_key",
        conflicts_with = "present_key"
    )]
    pub key: Option<PathBuf>,
    /// Make the certificate for this key instead of a new one: a file, pkcs11:token=NAME;object=LABEL, or tpm:handle=0x81000101
    #[arg(long = "key", id = "present_key", value_name = "FILE|URI", conflicts_with_all = ["no_password", "kty", "curve", "size"])]
    pub present_key: Option<String>,
    /// Kind of certificate
    #[arg(long, value_enum, default_value = "leaf")]
    pub profile: Profile,
    /// Certificate of the authority that issues (leaf, intermediate-ca)
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Private key of the authority that issues: a file, pkcs11:token=NAME;object=LABEL, or tpm:handle=0x81000101
    #[arg(long, value_name = "FILE|URI")]
    pub ca_key: Option<String>,
    /// File with the password of the authority's key; else it is asked for
    #[arg(long, value_name = "FILE")]
    pub ca_password_file: Option<PathBuf>,
    /// File with the password to encrypt the new key with, or of the key of --key; else it is asked for
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Protection of the new key.
    #[command(flatten)]
    pub protection: Protection,
    #[command(flatten)]
    pub places: KeyPlaceFlags,
    /// Alternative name: DNS name, IP address, URI or e-mail address (again for more). Without any, a common name that is one
    #[arg(long, value_name = "NAME")]
    pub san: Vec<String>,
    /// Start of validity: a time (RFC 3339) or a duration from now
    #[arg(long, value_name = "TIME|DURATION", allow_hyphen_values = true)]
    pub not_before: Option<String>,
    /// End of validity: a time or a duration from now. Without it 24h, for authorities ten years
    #[arg(long, value_name = "TIME|DURATION", allow_hyphen_values = true)]
    pub not_after: Option<String>,
    #[command(flatten)]
    pub key_type: KeyTypeFlags,
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

/// Makes both files, or neither.
pub fn run(
    arguments: &Arguments,
    now: Timestamp,
    random: &dyn SecureRandom,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let key_spec = arguments.key_type.spec()?;
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
    let key = match (&arguments.key, &arguments.present_key) {
        (Some(file), None) => {
            let flags = &arguments.protection;
            let password = flags.new_password("--password-file", password_file, file)?;
            HolderKey::New(FileKey::generate(key_spec)?, password)
        }
        _ => HolderKey::Present(arguments.present_key()?),
    };
    let public_key = key.signer().public_key_der().to_vec();
    let mut order =
        CertificateOrder::new(profile, subject, validity, new_serial(random)?, public_key)?;
    order.shape.alternative_names = alternative_names;
    let certificate = match &issuer {
        Some(issuer) => issuer.render(
            &issue(&issuer.authority, &order)?.to_pem()?,
            arguments.bundle,
        )?,
        None => self_sign(key.signer(), &order)?.to_pem()?,
    };
    let crt = NewFile {
        path: &arguments.crt,
        contents: certificate.as_bytes(),
        mode: atomic_file::PUBLIC,
    };
    let key_pem = key.to_pem(random)?;
    match (&arguments.key, &key_pem) {
        (Some(path), Some(pem)) => {
            let key = NewFile {
                path,
                contents: pem.as_bytes(),
                mode: atomic_file::SECRET,
            };
            atomic_file::write(&[key, crt], arguments.force)?;
        }
        _ => atomic_file::write(&[crt], arguments.force)?,
    }
    writeln!(out, "certificate: {}", arguments.crt.display())?;
    if let Some(key) = &arguments.key {
        writeln!(out, "private key: {}", key.display())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The key of the certificate's holder.
enum HolderKey {
    /// Made now, to be written under the password.
    New(FileKey, Option<Password>),
    /// It stays where it is.
    Present(Box<dyn SigningKey>),
}

impl HolderKey {
    fn signer(&self) -> &dyn SigningKey {
        match self {
            Self::New(key, _) => key,
            Self::Present(key) => key.as_ref(),
        }
    }

    /// What is to be written of it.
    fn to_pem(&self, random: &dyn SecureRandom) -> anyhow::Result<Option<Zeroizing<String>>> {
        Ok(match self {
            Self::New(key, Some(password)) => Some(key.to_encrypted_pem(password, random)?),
            Self::New(key, None) => Some(key.to_pem()?),
            Self::Present(_) => None,
        })
    }
}

impl Arguments {
    /// Before anyone is asked for a password.
    fn check_paths(&self) -> anyhow::Result<()> {
        ensure!(
            self.key.as_ref() != Some(&self.crt),
            "CRT and KEY are the same file `{}`; name two",
            self.crt.display()
        );
        for output in std::iter::once(&self.crt).chain(&self.key) {
            let inputs = [
                self.ca.as_deref(),
                self.ca_key.as_deref().map(Path::new),
                self.present_key.as_deref().map(Path::new),
                self.ca_password_file.as_deref(),
                self.password_file.as_deref(),
            ];
            ensure!(
                inputs.iter().flatten().all(|input| !is_same(input, output)),
                "`{}` would be overwritten, but is needed as input; name another file",
                output.display()
            );
            atomic_file::check_free(output, self.force)?;
        }
        Ok(())
    }

    fn present_key(&self) -> anyhow::Result<Box<dyn SigningKey>> {
        let flags = SignerFlags {
            name: self.present_key.as_deref().unwrap_or_default(),
            kms: None,
            password_flag: "--password-file",
            password_file: self.password_file.as_deref(),
            question: "Password of",
        };
        key_source::open(&flags, &self.places).context("--key")
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
                &SignerFlags {
                    name: key,
                    kms: None,
                    password_flag: "--ca-password-file",
                    password_file: self.ca_password_file.as_deref(),
                    question: "Password of",
                },
                &self.places,
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
