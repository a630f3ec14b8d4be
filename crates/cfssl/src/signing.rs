//! What a certificate shall say: a request, a profile and what the command line adds enter, an order for the authority leaves.

use anyrole_ca::{
    AlternativeName, BasicConstraints, CertificateOrder, CertificateShape, CustomExtension,
    KeyIdentifierMethod, Oid, Serial, Subject, Validity,
};
use anyrole_keys::{KeyAlgorithm, SignatureScheme};
use jiff::{SignedDuration, Timestamp, TimestampRound, Unit};

use crate::error::Fault;
use crate::profile::Profile;
use crate::request::DELEGATION_USAGE;
use crate::signing_request::ReadRequest;
use crate::{CfsslError, SubjectOverride, host};

/// Extensions that are the profile's alone to set, whatever a request asks for.
const OF_THE_PROFILE: [Oid; 11] = [
    Oid::new_unwrap("2.5.29.14"),
    Oid::new_unwrap("2.5.29.15"),
    Oid::new_unwrap("2.5.29.17"),
    Oid::new_unwrap("2.5.29.18"),
    Oid::new_unwrap("2.5.29.19"),
    Oid::new_unwrap("2.5.29.30"),
    Oid::new_unwrap("2.5.29.31"),
    Oid::new_unwrap("2.5.29.32"),
    Oid::new_unwrap("2.5.29.35"),
    Oid::new_unwrap("2.5.29.37"),
    Oid::new_unwrap("1.3.6.1.5.5.7.1.1"),
];

/// What is to be signed.
pub struct Signing<'a> {
    /// What the holder asks for.
    pub request: &'a ReadRequest,
    /// What is allowed and set.
    pub profile: &'a Profile,
    /// In place of the request's hosts.
    pub hosts: Option<Vec<String>>,
    /// In place of the request's subject.
    pub subject: Option<SubjectOverride>,
    /// The kind of the key that signs.
    pub signer: KeyAlgorithm,
    /// Whether the holder's own key signs.
    pub is_self_signed: bool,
}

/// An order, and what of the request is not in it.
#[derive(Debug)]
pub struct Ordered {
    /// For the authority.
    pub order: CertificateOrder,
    /// Extensions asked for that are the profile's to set.
    pub skipped: Vec<Oid>,
}

impl Signing<'_> {
    /// The order; its validity starts at a whole minute, the profile's `backdate` before `now`.
    ///
    /// # Errors
    /// What the profile forbids.
    pub fn order(self, serial: Serial, now: Timestamp) -> Result<Ordered, CfsslError> {
        let start = match self.profile.not_before {
            Some(start) => start,
            None => back(whole_minute(now)?, self.profile.backdate)?,
        };
        let end = match self.profile.not_after {
            Some(end) => end,
            None => forth(start, self.profile.lifetime)?,
        };
        self.order_for(serial, start, end)
    }

    /// As [`Signing::order`], for `selfsign`: from five minutes ago, and so long from now.
    ///
    /// # Errors
    /// As [`Signing::order`].
    pub fn self_signed_order(self, serial: Serial, now: Timestamp) -> Result<Ordered, CfsslError> {
        let start = back(now, SignedDuration::from_mins(5))?;
        let end = forth(now, self.profile.lifetime)?;
        self.order_for(serial, start, end)
    }

    fn order_for(
        mut self,
        serial: Serial,
        start: Timestamp,
        end: Timestamp,
    ) -> Result<Ordered, CfsslError> {
        let profile = self.profile;
        if self.request.is_authority && profile.authority.is_none() {
            return Err(Fault::Request.because(
                "the request asks to be an authority, which the profile doesn't allow (`ca_constraint`)",
            ));
        }
        let taken = profile.taken();
        if !taken.public_key {
            return Err(Fault::Policy.because("`CSRWhitelist` leaves out `PublicKey`"));
        }
        let asked = match taken.subject {
            true => self.request.subject.clone(),
            false => crate::name::Name::default(),
        };
        let subject = match self.subject.take() {
            Some(given) => given.name().or(asked),
            None => asked,
        };
        let names = self.names()?;
        check_whitelist(profile, &subject.common_name, &names)?;
        let (extensions, skipped) = self.extensions();
        let refuse = |error: anyrole_ca::CaError| Fault::Certificate.because(error);
        Ok(Ordered {
            order: CertificateOrder {
                shape: self.shape(names, extensions)?,
                subject: Subject::from_der(&subject.to_der()?).map_err(refuse)?,
                validity: Validity::new(start, end).map_err(refuse)?,
                serial,
                public_key_der: self.request.public_key_der.clone(),
            },
            skipped,
        })
    }

    fn shape(
        &self,
        alternative_names: Vec<AlternativeName>,
        extensions: Vec<CustomExtension>,
    ) -> Result<CertificateShape, CfsslError> {
        let profile = self.profile;
        let usages = &profile.usages;
        let key_usage = usages.key_usage.fitting(self.request.key_algorithm());
        // A key without any named usage may be used for all, which is not what a profile with unfit ones says.
        if key_usage.is_empty() && (usages.purposes.is_empty() || !usages.key_usage.is_empty()) {
            return Err(Fault::NoKeyUsages.plain());
        }
        let urls = |url: &str| {
            Some(url.to_owned())
                .filter(|url| !url.is_empty())
                .into_iter()
                .collect()
        };
        Ok(CertificateShape {
            basic_constraints: Some(match profile.authority {
                Some(path_length) => BasicConstraints::authority(path_length),
                None => BasicConstraints::END_ENTITY,
            }),
            key_usage: (!key_usage.is_empty()).then_some(key_usage),
            purposes: usages.purposes.clone(),
            alternative_names,
            crl_urls: urls(&profile.crl_url),
            ocsp_urls: urls(&profile.ocsp_url),
            issuer_urls: profile.issuer_urls.clone().unwrap_or_default(),
            extensions,
            subject_key_identifier: KeyIdentifierMethod::Sha1,
            authority_key_identifier: !self.is_self_signed,
            signature: Some(scheme(self.signer)),
            ..CertificateShape::default()
        })
    }

    /// The alternative names; an authority's certificate carries addresses alone.
    fn names(&self) -> Result<Vec<AlternativeName>, CfsslError> {
        let taken = self.profile.taken();
        let mut names = match &self.hosts {
            Some(hosts) => host::alternative_names(hosts)?,
            None => {
                let asked = self.request.alternative_names.iter();
                asked
                    .filter(|name| match name {
                        AlternativeName::Dns(_) => taken.dns,
                        AlternativeName::Ip(_) => taken.addresses,
                        AlternativeName::Email(_) => taken.mailboxes,
                        AlternativeName::Uri(_) => taken.uris,
                        // Which Go's reader doesn't see.
                        _ => false,
                    })
                    .cloned()
                    .collect()
            }
        };
        if self.profile.authority.is_some() {
            names.retain(|name| matches!(name, AlternativeName::Ip(_)));
        }
        host::sort(&mut names);
        Ok(names)
    }

    fn extensions(&self) -> (Vec<CustomExtension>, Vec<Oid>) {
        let (mut kept, mut skipped) = (Vec::new(), Vec::new());
        let asked = match self.profile.takes_all() {
            true => self.request.extensions.as_slice(),
            false => &[],
        };
        for extension in asked {
            if extension.oid == DELEGATION_USAGE {
                kept.push(extension.clone());
            } else if !self.profile.copies_extensions {
            } else if OF_THE_PROFILE.contains(&extension.oid) {
                skipped.push(extension.oid);
            } else {
                kept.push(extension.clone());
            }
        }
        for own in &self.profile.extensions {
            kept.retain(|asked| asked.oid != own.oid);
            kept.push(own.clone());
        }
        (kept, skipped)
    }
}

/// How cfssl has keys sign: with the hash of the curve, or one that fits an RSA key's size.
pub(crate) fn scheme(signer: KeyAlgorithm) -> SignatureScheme {
    match signer {
        KeyAlgorithm::Rsa { bits: 4096.. } => SignatureScheme::RsaPkcs1Sha512,
        KeyAlgorithm::Rsa { bits: 3072.. } => SignatureScheme::RsaPkcs1Sha384,
        KeyAlgorithm::Rsa { .. } => SignatureScheme::RsaPkcs1Sha256,
        KeyAlgorithm::EcP256 => SignatureScheme::EcdsaSha256,
        KeyAlgorithm::EcP384 => SignatureScheme::EcdsaSha384,
        KeyAlgorithm::EcP521 => SignatureScheme::EcdsaSha512,
        KeyAlgorithm::MlDsa44 | KeyAlgorithm::MlDsa65 | KeyAlgorithm::MlDsa87 => {
            SignatureScheme::MlDsa
        }
    }
}

fn check_whitelist(
    profile: &Profile,
    common_name: &str,
    names: &[AlternativeName],
) -> Result<(), CfsslError> {
    let Some(allowed) = &profile.name_whitelist else {
        return Ok(());
    };
    let named = names.iter().filter_map(|name| match name {
        AlternativeName::Dns(name) | AlternativeName::Email(name) | AlternativeName::Uri(name) => {
            Some(name.as_str())
        }
        _ => None,
    });
    let own = Some(common_name).filter(|name| !name.is_empty());
    match own
        .into_iter()
        .chain(named)
        .all(|name| allowed.is_match(name))
    {
        true => Ok(()),
        false => Err(Fault::Whitelist.plain()),
    }
}

fn whole_minute(now: Timestamp) -> Result<Timestamp, CfsslError> {
    now.round(TimestampRound::new().smallest(Unit::Minute))
        .map_err(|error| Fault::Certificate.because(error))
}

fn back(at: Timestamp, by: SignedDuration) -> Result<Timestamp, CfsslError> {
    at.checked_sub(by)
        .map_err(|error| Fault::Certificate.because(error))
}

fn forth(at: Timestamp, by: SignedDuration) -> Result<Timestamp, CfsslError> {
    at.checked_add(by)
        .map_err(|error| Fault::Certificate.because(error))
}
