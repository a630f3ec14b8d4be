//! `step certificate sign CSR CRT KEY`: a signing request and an issuer's files enter, PEM leaves on standard output.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use anyrole_ca::{
    AlternativeName, BasicConstraints, CertificateOrder, CertificateProfile, CertificateShape,
    KeyIdentifierMethod, SigningRequest, Validity,
};
use aws_lc_rs::rand::SecureRandom;
use jiff::Timestamp;

use super::files;
use super::issued::{Issuer, Names, Order};
use super::left_out::TemplateFlags;
use super::refusal::{check_count, invalid};
use crate::commands::certificate::new_serial;
use crate::key_source::{self, KeyPlaceFlags, SignerFlags};

const USAGE: &str = "step certificate sign <csr-file> <crt-file> <key-file>";
const PROFILES: &str = "leaf, intermediate-ca, csr";

/// Flags of `certificate sign`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// File of the signing request, the issuer's certificate, the issuer's key (a file, pkcs11:… or tpm:…)
    #[arg(value_name = "CSR CRT KEY", num_args = 0..)]
    positional: Vec<String>,
    /// Where the issuer's key is, if not in a file: pkcs11:… or tpm:…
    #[arg(long, value_name = "URI")]
    kms: Option<String>,
    /// Kind of certificate: leaf, intermediate-ca, or csr (what the request asks for) [default: leaf]
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// Do not make the common name an alternative name where the request has none
    #[arg(long)]
    omit_cn_san: bool,
    /// File with the password of KEY
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Start of validity: a time (RFC 3339) or a duration from now
    #[arg(long, value_name = "TIME|DURATION")]
    not_before: Option<String>,
    /// End of validity: a time or a duration from now. Without it 24h, for authorities ten years
    #[arg(long, value_name = "TIME|DURATION")]
    not_after: Option<String>,
    /// For intermediate-ca: how many authorities may follow below it, -1 for no bound [default: 0]
    #[arg(long, value_name = "NUMBER")]
    path_len: Option<String>,
    /// Print the issuer's certificates behind the new one
    #[arg(long)]
    bundle: bool,
    #[command(flatten)]
    templates: TemplateFlags,
}

/// Signs and prints.
pub fn run(
    arguments: &Arguments,
    now: Timestamp,
    random: &dyn SecureRandom,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    check_count(&arguments.positional, 3, 3, USAGE)?;
    arguments.templates.refuse()?;
    let word = |at: usize| arguments.positional.get(at).map_or("", String::as_str);
    let request = files::request(Path::new(word(0)))?;
    let certificates = files::certificates(Path::new(word(1)))?;
    let count = certificates.len();
    let flags = SignerFlags {
        name: word(2),
        kms: arguments.kms.as_deref(),
        password_flag: "--password-file",
        password_file: arguments.password_file.as_deref(),
        question: "Please enter the password to decrypt",
    };
    let key = key_source::open(&flags, &KeyPlaceFlags::of_environment())?;
    let issuer = Issuer::new(certificates, key)?;
    let profile = arguments.profile.as_deref().unwrap_or("leaf");
    let path_length = path_length(arguments.path_len.as_deref())?;
    let validity = arguments.validity(profile, now)?;
    let pem = match profile {
        "leaf" | "intermediate-ca" => {
            let is_leaf = profile == "leaf";
            let order = Order {
                profile: match is_leaf {
                    true => CertificateProfile::Leaf,
                    false => CertificateProfile::IntermediateCa,
                },
                subject: request.subject().clone(),
                names: match is_leaf {
                    true => arguments.names(&request),
                    false => Names(Vec::new()),
                },
                validity,
                path_length: (!is_leaf).then_some(path_length),
            };
            issuer.issue(&order, request.public_key_der(), random)?
        }
        "csr" => issuer.issue_as(&as_requested(&request, validity, random)?)?,
        other => return Err(invalid("profile", other, PROFILES)),
    };
    let pem = match arguments.bundle {
        true => issuer.bundled(&pem, count)?,
        false => pem,
    };
    Ok(out.write_all(pem.as_bytes())?)
}

/// `-1` sets no bound.
fn path_length(text: Option<&str>) -> anyhow::Result<Option<u8>> {
    let Some(text) = text else {
        return Ok(Some(0));
    };
    let number: i64 = text
        .parse()
        .map_err(|_| anyhow!("invalid value \"{text}\" for flag -path-len: parse error"))?;
    match u8::try_from(number) {
        Ok(length) => Ok(Some(length)),
        Err(_) if number == -1 => Ok(None),
        Err(_) => bail!(
            "invalid value '{text}' for flag '--path-len'; path-len must be -1 or greater, and 255 at most"
        ),
    }
}

/// What the request asks for, and nothing beyond it.
fn as_requested(
    request: &SigningRequest,
    validity: Validity,
    random: &dyn SecureRandom,
) -> anyhow::Result<CertificateOrder> {
    let asked = request.requested();
    Ok(CertificateOrder {
        shape: CertificateShape {
            basic_constraints: asked.basic_constraints.map(|asked| BasicConstraints {
                critical: asked.critical || asked.is_authority,
                ..asked
            }),
            key_usage: asked.key_usage,
            purposes: asked.purposes.clone(),
            purposes_critical: asked.purposes_critical,
            alternative_names: Names::sorted(asked.alternative_names.clone()).0,
            extensions: asked.others.clone(),
            subject_key_identifier: KeyIdentifierMethod::Sha1,
            ..CertificateShape::default()
        },
        subject: request.subject().clone(),
        validity,
        serial: new_serial(random)?,
        public_key_der: request.public_key_der().to_vec(),
    })
}

impl Arguments {
    fn names(&self, request: &SigningRequest) -> Names {
        let mut names = request.alternative_names().to_vec();
        if names.is_empty() && !self.omit_cn_san {
            let own = request.subject().common_name();
            names.extend(own.and_then(|name| AlternativeName::parse(name).ok()));
        }
        Names::sorted(names)
    }

    fn validity(&self, profile: &str, now: Timestamp) -> anyhow::Result<Validity> {
        let start = files::moment("not-before", self.not_before.as_deref(), now)?;
        let end = files::moment("not-after", self.not_after.as_deref(), now)?;
        let start = start.unwrap_or(now);
        let kind = match profile {
            "intermediate-ca" => CertificateProfile::IntermediateCa,
            _ => CertificateProfile::Leaf,
        };
        let end = match end {
            Some(end) => end,
            None => start.checked_add(kind.default_lifetime())?,
        };
        if start > end {
            bail!(
                "flag '--not-before {}' is incompatible with flag '--not-after {}'",
                self.not_before.as_deref().unwrap_or_default(),
                self.not_after.as_deref().unwrap_or_default()
            );
        }
        Ok(Validity::new(start, end)?)
    }
}
