//! `step certificate create SUBJECT CRT KEY`: a key and a certificate (or a request for one) in two files, as `step` writes them.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use anyrole_ca::{CertificateProfile, Subject, Validity};
use anyrole_keys::{FileKey, SigningKey};
use aws_lc_rs::rand::SecureRandom;
use jiff::Timestamp;

use super::files::{self, say};
use super::issued::{self, Names, Order};
use super::key_type::KeyTypeFlags;
use super::left_out::TemplateFlags;
use super::prompt;
use super::refusal::{
    check_count, equal_arguments, incompatible, incompatible_value, invalid, requires,
    value_requires,
};
use crate::atomic_file::{NewFile, SECRET};
use crate::key_source::{self, KeyPlaceFlags, SignerFlags};

const USAGE: &str = "step certificate create <subject> <crt-file> <key-file>";
const QUESTION: &str = "Please enter the password to decrypt";
const PROFILES: &str = "leaf, intermediate-ca, root-ca, self-signed";

/// Flags of `certificate create`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Subject, file of the certificate, file of the private key
    #[arg(value_name = "SUBJECT CRT KEY", num_args = 0..)]
    positional: Vec<String>,
    #[command(flatten)]
    key_type: KeyTypeFlags,
    /// Make a certificate signing request, not a certificate
    #[arg(long)]
    csr: bool,
    /// Kind of certificate: leaf, intermediate-ca, root-ca, self-signed [default: leaf]
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// Start of validity: a time (RFC 3339) or a duration from now
    #[arg(long, value_name = "TIME|DURATION")]
    not_before: Option<String>,
    /// End of validity: a time or a duration from now. Without it 24h, for authorities ten years
    #[arg(long, value_name = "TIME|DURATION")]
    not_after: Option<String>,
    /// Alternative name (again for more). Without any, a leaf's is its subject
    #[arg(long, value_name = "NAME")]
    san: Vec<String>,
    /// Certificate of the authority that issues
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Where the key of the authority is, if not in a file: pkcs11:… or tpm:…
    #[arg(long, value_name = "URI")]
    ca_kms: Option<String>,
    /// Private key of the authority: a file, pkcs11:… or tpm:…
    #[arg(long, value_name = "FILE|URI")]
    ca_key: Option<String>,
    /// File with the password of the authority's key
    #[arg(long, value_name = "FILE")]
    ca_password_file: Option<PathBuf>,
    /// Where the key of --key is, if not in a file: pkcs11:… or tpm:…
    #[arg(long, value_name = "URI")]
    kms: Option<String>,
    /// Private key to use, instead of a new one: a file, pkcs11:… or tpm:…
    #[arg(long, value_name = "FILE|URI")]
    key: Option<String>,
    /// File with the password to encrypt the new key with, or of the key of --key
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Write the private key without encryption; needs --insecure
    #[arg(long)]
    no_password: bool,
    /// Write the authority's certificate behind the new one
    #[arg(long)]
    bundle: bool,
    /// Accepted for step's sake
    #[arg(long, hide = true)]
    skip_csr_signature: bool,
    /// Overwrite files without asking
    #[arg(long, short)]
    force: bool,
    /// Allow what is delicate: --profile self-signed
    #[arg(long)]
    subtle: bool,
    /// Allow what is insecure: --no-password
    #[arg(long)]
    insecure: bool,
    #[command(flatten)]
    templates: TemplateFlags,
}

/// The key of the new certificate.
enum Key {
    /// Made now, to be written.
    New(FileKey),
    /// From `--key`.
    Given(Box<dyn SigningKey>),
}

impl Key {
    fn signer(&self) -> &dyn SigningKey {
        match self {
            Key::New(key) => key,
            Key::Given(key) => key.as_ref(),
        }
    }
}

/// Makes both files, or neither.
pub fn run(arguments: &Arguments, now: Timestamp, random: &dyn SecureRandom) -> anyhow::Result<()> {
    let least = if arguments.key.is_some() { 2 } else { 3 };
    check_count(&arguments.positional, least, 3, USAGE)?;
    let word = |at: usize| arguments.positional.get(at).map_or("", String::as_str);
    let (subject, crt, key_file) = (word(0), word(1), word(2));
    if arguments.no_password && !arguments.insecure {
        return Err(requires("no-password", "insecure"));
    }
    if crt == key_file {
        return Err(equal_arguments("<crt-file>", "<key-file>", USAGE));
    }
    arguments.templates.refuse()?;
    let validity = Moments::parse(arguments, now)?;
    let profile = arguments.profile()?;
    let key = arguments.key()?;
    let pem = match arguments.csr {
        true => arguments.request(subject, &key)?,
        false => arguments.certificate(subject, profile, validity, &key, now, random)?,
    };
    let key_pem = match &key {
        Key::New(key) if arguments.no_password => Some(key.to_traditional_pem()?),
        Key::New(key) => {
            let password = prompt::new_password(
                arguments.password_file.as_deref(),
                "Please enter the password to encrypt the private key",
            )?;
            Some(key.to_traditional_encrypted_pem(&password, random)?)
        }
        Key::Given(_) => None,
    };
    let crt_path = Path::new(crt);
    let key_path = Path::new(key_file);
    let mut written = Vec::new();
    if let Some(pem) = &key_pem {
        written.push(NewFile {
            path: key_path,
            contents: pem.as_bytes(),
            mode: SECRET,
        });
    }
    written.push(NewFile {
        path: crt_path,
        contents: pem.as_bytes(),
        mode: SECRET,
    });
    prompt::write(&written, arguments.force)?;
    let what = match arguments.csr {
        true => "certificate signing request",
        false => "certificate",
    };
    say(&format!("Your {what} has been saved in {crt}."));
    if key_pem.is_some() {
        say(&format!("Your private key has been saved in {key_file}."));
    }
    Ok(())
}

/// Start and end, where they were given.
#[derive(Clone, Copy)]
struct Moments {
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Moments {
    fn parse(arguments: &Arguments, now: Timestamp) -> anyhow::Result<Self> {
        let start = files::moment("not-before", arguments.not_before.as_deref(), now)?;
        let end = files::moment("not-after", arguments.not_after.as_deref(), now)?;
        if let (Some(first), Some(last)) = (start, end)
            && first > last
        {
            let text = |flag: &Option<String>| flag.clone().unwrap_or_default();
            bail!(
                "flag '--not-before {}' is incompatible with flag '--not-after {}'",
                text(&arguments.not_before),
                text(&arguments.not_after)
            );
        }
        Ok(Self { start, end })
    }
}

impl Arguments {
    fn profile(&self) -> anyhow::Result<CertificateProfile> {
        match self.profile.as_deref() {
            None | Some("leaf") => Ok(CertificateProfile::Leaf),
            Some("intermediate-ca") => Ok(CertificateProfile::IntermediateCa),
            Some("root-ca") => Ok(CertificateProfile::RootCa),
            Some("self-signed") => Ok(CertificateProfile::SelfSigned),
            Some(other) => Err(invalid("profile", other, PROFILES)),
        }
    }

    fn key(&self) -> anyhow::Result<Key> {
        let Some(name) = self.key.as_deref() else {
            let spec = self.key_type.spec(self.insecure)?;
            return Ok(Key::New(FileKey::generate(spec)?));
        };
        if let Some(flag) = self.key_type.given() {
            return Err(incompatible("key", flag));
        }
        let flags = SignerFlags {
            name,
            kms: self.kms.as_deref(),
            password_flag: "--password-file",
            password_file: self.password_file.as_deref(),
            question: QUESTION,
        };
        key_source::open(&flags, &KeyPlaceFlags::of_environment())
            .map(Key::Given)
            .context("--key")
    }

    fn request(&self, subject: &str, key: &Key) -> anyhow::Result<String> {
        let flags = [
            ("bundle", self.bundle),
            (
                "profile",
                self.profile.as_deref().is_some_and(|it| it != "leaf"),
            ),
            ("ca", self.ca.is_some()),
            ("ca-key", self.ca_key.is_some()),
            ("ca-password-file", self.ca_password_file.is_some()),
            ("not-before", self.not_before.is_some()),
            ("not-after", self.not_after.is_some()),
        ];
        if let Some((flag, _)) = flags.iter().find(|(_, given)| *given) {
            return Err(incompatible(flag, "csr"));
        }
        let names = Names::of(subject, &self.san, true)?;
        let subject = Subject::common_name_as_go(subject)?;
        issued::request(&subject, &names, key.signer())
    }

    fn certificate(
        &self,
        subject: &str,
        profile: CertificateProfile,
        moments: Moments,
        key: &Key,
        now: Timestamp,
        random: &dyn SecureRandom,
    ) -> anyhow::Result<String> {
        if self.bundle && profile != CertificateProfile::Leaf {
            return Err(incompatible_value(
                "bundle",
                "profile",
                &profile.to_string(),
            ));
        }
        if profile == CertificateProfile::SelfSigned && !self.subtle {
            return Err(value_requires("profile", "self-signed", "subtle"));
        }
        let issuer = self.issuer(profile)?;
        let start = moments.start.unwrap_or(now);
        let end = match moments.end {
            Some(end) => end,
            None => start.checked_add(profile.default_lifetime())?,
        };
        let order = Order {
            profile,
            subject: Subject::common_name_as_go(subject)?,
            names: Names::of(subject, &self.san, !profile.is_authority())?,
            validity: Validity::new(start, end)?,
            path_length: None,
        };
        match issuer {
            None => issued::self_signed(&order, key.signer(), random),
            Some(issuer) => {
                let pem = issuer.issue(&order, key.signer().public_key_der(), random)?;
                match self.bundle {
                    true => issuer.bundled(&pem, 1),
                    false => Ok(pem),
                }
            }
        }
    }

    /// `step`'s rules for `--ca` and `--ca-key`.
    fn issuer(&self, profile: CertificateProfile) -> anyhow::Result<Option<issued::Issuer>> {
        let name = profile.to_string();
        if profile.is_self_signed() {
            let flags = [("ca", self.ca.is_some()), ("ca-key", self.ca_key.is_some())];
            return match flags.iter().find(|(_, given)| *given) {
                Some((flag, _)) => Err(incompatible_value(flag, "profile", &name)),
                None => Ok(None),
            };
        }
        let Some(ca) = self.ca.as_deref() else {
            return Err(value_requires("profile", &name, "ca"));
        };
        let Some(key) = self.ca_key.as_deref() else {
            return Err(value_requires("profile", &name, "ca-key"));
        };
        let certificates = files::certificates(ca)?;
        ensure!(
            certificates.len() == 1,
            "error decoding {}: contains more than one PEM encoded block",
            ca.display()
        );
        let flags = SignerFlags {
            name: key,
            kms: self.ca_kms.as_deref(),
            password_flag: "--ca-password-file",
            password_file: self.ca_password_file.as_deref(),
            question: QUESTION,
        };
        let key = key_source::open(&flags, &KeyPlaceFlags::of_environment())?;
        issued::Issuer::new(certificates, key).map(Some)
    }
}
