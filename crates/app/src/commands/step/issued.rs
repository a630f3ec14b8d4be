//! Certificates in `step`'s shape: a subject, names and a key enter, PEM leaves. Where `step`'s would break RFC 5280, ours don't:
//! docs/step-differences.md.

use anyhow::{Context, anyhow};
use anyrole_ca::{
    AlternativeName, Authority, BasicConstraints, CaError, CertificateOrder, CertificateProfile,
    CertificateShape, KeyIdentifierMethod, RequestOrder, Subject, Validity, issue,
    render_certificate, self_sign,
};
use anyrole_keys::SigningKey;
use aws_lc_rs::rand::SecureRandom;

use crate::commands::certificate::new_serial;

/// Alternative names in the order in which Go writes them.
pub struct Names(pub Vec<AlternativeName>);

impl Names {
    /// Those of `--san`; else the subject's own, where that is a name of some kind.
    pub fn of(subject: &str, given: &[String], subject_counts: bool) -> anyhow::Result<Self> {
        let mut names = Vec::new();
        for name in given.iter().filter(|name| !name.is_empty()) {
            let name = AlternativeName::parse(name)
                .with_context(|| format!("invalid value '{name}' for flag '--san'"))?;
            names.push(name);
        }
        if given.is_empty() && subject_counts {
            names.extend(AlternativeName::parse(subject).ok());
        }
        Ok(Self::sorted(names))
    }

    /// By kind; what is of one kind keeps its order.
    pub fn sorted(mut names: Vec<AlternativeName>) -> Self {
        names.sort_by_key(|name| match name {
            AlternativeName::Dns(_) => 0,
            AlternativeName::Email(_) => 1,
            AlternativeName::Ip(_) => 2,
            AlternativeName::Uri(_) => 3,
            _ => 4,
        });
        Self(names)
    }
}

/// What a certificate shall say.
pub struct Order {
    pub profile: CertificateProfile,
    pub subject: Subject,
    pub names: Names,
    pub validity: Validity,
    /// For intermediate-ca: the inner `None` sets no bound, the outer takes the profile's.
    pub path_length: Option<Option<u8>>,
}

impl Order {
    fn ordered(
        &self,
        public_key_der: &[u8],
        random: &dyn SecureRandom,
    ) -> anyhow::Result<CertificateOrder> {
        let mut order = CertificateOrder::new(
            self.profile,
            self.subject.clone(),
            self.validity,
            new_serial(random)?,
            public_key_der.to_vec(),
        )?;
        let shape = &mut order.shape;
        in_steps_way(shape, self.profile);
        shape.alternative_names = self.names.0.clone();
        if let Some(path_length) = self.path_length {
            shape.basic_constraints = Some(BasicConstraints::authority(path_length));
        }
        Ok(order)
    }
}

/// Go's programs make key identifiers with SHA-1; `step`'s leaves have no basic constraints, and what signs itself does not name
/// its issuer's key.
fn in_steps_way(shape: &mut CertificateShape, profile: CertificateProfile) {
    shape.subject_key_identifier = KeyIdentifierMethod::Sha1;
    shape.authority_key_identifier = !profile.is_self_signed();
    // What CreateSession takes is not step's question.
    shape.opens_sessions = false;
    if !profile.is_authority() {
        shape.basic_constraints = None;
    }
}

/// A certificate that its own key signs, PEM.
pub fn self_signed(
    order: &Order,
    key: &dyn SigningKey,
    random: &dyn SecureRandom,
) -> anyhow::Result<String> {
    let ordered = order.ordered(key.public_key_der(), random)?;
    Ok(self_sign(key, &ordered)?.to_pem()?)
}

/// An issuer and the certificates of its file, its own first.
pub struct Issuer {
    authority: Authority,
    certificates: Vec<Vec<u8>>,
}

impl Issuer {
    /// Pairs them.
    pub fn new(certificates: Vec<Vec<u8>>, key: Box<dyn SigningKey>) -> anyhow::Result<Self> {
        let own = certificates
            .first()
            .cloned()
            .ok_or_else(|| anyhow!("no certificate of the issuer"))?;
        let authority = Authority::new(own, key).map_err(|error| match error {
            CaError::ForeignKey { .. } => anyhow!("private key does not match issuer public key"),
            error => error.into(),
        })?;
        Ok(Self {
            authority,
            certificates,
        })
    }

    /// Issues, PEM.
    pub fn issue(
        &self,
        order: &Order,
        public_key_der: &[u8],
        random: &dyn SecureRandom,
    ) -> anyhow::Result<String> {
        let ordered = order.ordered(public_key_der, random)?;
        self.issue_as(&ordered)
    }

    /// Issues what is ordered as it is, PEM.
    pub fn issue_as(&self, ordered: &CertificateOrder) -> anyhow::Result<String> {
        Ok(issue(&self.authority, ordered)?.to_pem()?)
    }

    /// PEM with so many of the issuer's certificates behind it.
    pub fn bundled(&self, pem: &str, count: usize) -> anyhow::Result<String> {
        let mut text = pem.to_owned();
        for der in self.certificates.iter().take(count) {
            text.push_str(&render_certificate(der)?);
        }
        Ok(text)
    }
}

/// A certificate signing request, PEM.
pub fn request(subject: &Subject, names: &Names, key: &dyn SigningKey) -> anyhow::Result<String> {
    let order = RequestOrder {
        subject: subject.clone(),
        alternative_names: names.0.clone(),
        extensions: Vec::new(),
        signature: None,
    };
    Ok(order.sign(key)?.to_pem()?)
}
