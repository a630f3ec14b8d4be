//! Issuing: an order enters, a certificate leaves. What would be signed is built, linted, signed and checked once more.

use anyrole_keys::SigningKey;
use der::referenced::OwnedToRef;

use crate::build::{IssuerFields, assemble, build_tbs, signature_algorithm, signature_scheme};
use crate::lint::lint;
use crate::public_key::{classify, key_identifier, verify_signature};
use crate::{
    AlternativeName, Authority, CaError, CertificateProfile, Serial, Subject, Validity,
    render_certificate,
};

/// What a certificate shall say.
#[derive(Clone, Debug)]
pub struct CertificateOrder {
    /// Its kind.
    pub profile: CertificateProfile,
    /// Whose it is.
    pub subject: Subject,
    /// Further names of the same holder.
    pub alternative_names: Vec<AlternativeName>,
    /// From when to when it holds.
    pub validity: Validity,
    /// Its serial number, random.
    pub serial: Serial,
    /// The holder's public key as DER `SubjectPublicKeyInfo`.
    pub public_key_der: Vec<u8>,
    /// For authorities: how many authorities may follow below; `None` takes the profile's default.
    pub path_length: Option<u8>,
}

/// A signed certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedCertificate {
    der: Vec<u8>,
}

impl IssuedCertificate {
    /// The certificate in DER.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate as PEM.
    ///
    /// # Errors
    /// As [`render_certificate`].
    pub fn to_pem(&self) -> Result<String, CaError> {
        render_certificate(&self.der)
    }
}

/// Issues a certificate of a profile that an authority signs.
///
/// # Errors
/// Where the authority's certificate forbids it, where the certificate would break a rule of its profile
/// ([`CaError::Lint`]; nothing is signed then), where CreateSession would refuse the end entity
/// ([`CaError::Refused`]), and where the key fails.
pub fn issue(
    authority: &Authority,
    order: &CertificateOrder,
) -> Result<IssuedCertificate, CaError> {
    authority.check_order(order)?;
    let issued = sign(
        authority.key(),
        authority.public_key_der(),
        order,
        &authority.fields()?,
    )?;
    if order.profile == CertificateProfile::Leaf {
        authority.check_leaf(&issued, &order.validity)?;
    }
    Ok(issued)
}

/// Makes a certificate that its own key signs: a root authority or a self-signed end entity.
///
/// # Errors
/// As [`issue`]; [`CaError::ForeignKey`] when the order names another public key than `key`'s.
pub fn self_sign(
    key: &dyn SigningKey,
    order: &CertificateOrder,
) -> Result<IssuedCertificate, CaError> {
    if !order.profile.is_self_signed() {
        return Err(CaError::WrongIssuer(order.profile));
    }
    if key.public_key_der() != order.public_key_der {
        return Err(CaError::ForeignKey {
            subject: order.subject.common_name().unwrap_or_default().to_owned(),
        });
    }
    let issuer = IssuerFields {
        name_der: order.subject.as_der(),
        key_identifier: &key_identifier(key.public_key_der())?,
        algorithm: classify(key.public_key_der())?,
    };
    sign(key, key.public_key_der(), order, &issuer)
}

fn sign(
    key: &dyn SigningKey,
    issuer_public_key: &[u8],
    order: &CertificateOrder,
    issuer: &IssuerFields<'_>,
) -> Result<IssuedCertificate, CaError> {
    let tbs = build_tbs(order, issuer)?;
    // The lint reads a whole certificate; a placeholder stands where the signature will be, so that the real key
    // never signs what breaks a rule.
    lint(
        &assemble(&tbs, issuer.algorithm, b"unsigned")?,
        order.profile,
    )?;
    let signature = key.sign(signature_scheme(issuer.algorithm), &tbs)?;
    let algorithm = signature_algorithm(issuer.algorithm)?;
    if !verify_signature(
        issuer_public_key,
        &algorithm.owned_to_ref(),
        &tbs,
        &signature,
    )? {
        return Err(CaError::Key(anyrole_keys::KeyError::SigningFailed));
    }
    Ok(IssuedCertificate {
        der: assemble(&tbs, issuer.algorithm, &signature)?,
    })
}
