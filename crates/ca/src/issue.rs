//! Issuing: an order enters, a certificate leaves. What would be signed is built, signed as a twin by a throwaway key,
//! linted, and only then signed by the key that counts.

use anyrole_keys::SigningKey;
use anyrole_x509::first_leaf_refusal;

use crate::build::{IssuerFields, build_tbs};
use crate::lint::lint;
use crate::public_key::{classify, key_identifier, verify_signature};
use crate::shape::KeyIdentifierMethod;
use crate::signature::Signing;
use crate::{
    Authority, CaError, CertificateProfile, CertificateShape, Serial, Subject, Validity,
    render_certificate,
};

/// What a certificate shall say.
#[derive(Clone, Debug)]
pub struct CertificateOrder {
    /// Its extensions, and how it is signed.
    pub shape: CertificateShape,
    /// Whose it is.
    pub subject: Subject,
    /// From when to when it holds.
    pub validity: Validity,
    /// Its serial number, random.
    pub serial: Serial,
    /// The holder's public key as DER `SubjectPublicKeyInfo`.
    pub public_key_der: Vec<u8>,
}

impl CertificateOrder {
    /// An order of one of the ready-made shapes, which the caller may change.
    ///
    /// # Errors
    /// [`CaError::PublicKey`] for a key that is not certified.
    pub fn new(
        profile: CertificateProfile,
        subject: Subject,
        validity: Validity,
        serial: Serial,
        public_key_der: Vec<u8>,
    ) -> Result<Self, CaError> {
        Ok(CertificateOrder {
            shape: profile.shape(classify(&public_key_der)?),
            subject,
            validity,
            serial,
            public_key_der,
        })
    }
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

/// Issues a certificate that an authority signs.
///
/// # Errors
/// Where the authority's certificate forbids it, where the certificate would break a rule ([`CaError::Lint`]) or
/// CreateSession would refuse the end entity though the shape promises it ([`CaError::Refused`]): nothing is signed
/// then. Where the key fails.
pub fn issue(
    authority: &Authority,
    order: &CertificateOrder,
) -> Result<IssuedCertificate, CaError> {
    authority.check_order(order)?;
    let issuer = authority.fields(order.shape.signature)?;
    let made = Made::new(order, &issuer)?;
    if order.shape.opens_sessions {
        authority.check_twin(&made.twin, &order.validity)?;
    }
    let signature = authority.sign(issuer.signing, &made.tbs)?;
    let issued = IssuedCertificate {
        der: issuer.signing.assemble(&made.tbs, &signature),
    };
    if order.shape.opens_sessions {
        authority.check_path(&issued, &order.validity)?;
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
    if key.public_key_der() != order.public_key_der {
        return Err(CaError::ForeignKey {
            subject: order.subject.common_name().unwrap_or_default().to_owned(),
        });
    }
    let method = match order.shape.subject_key_identifier {
        KeyIdentifierMethod::Absent => KeyIdentifierMethod::Sha256,
        method => method,
    };
    let issuer = IssuerFields {
        name_der: order.subject.as_der(),
        key_identifier: &key_identifier(key.public_key_der(), method)?,
        signing: Signing::new(classify(key.public_key_der())?, order.shape.signature)?,
    };
    let made = Made::new(order, &issuer)?;
    if order.shape.opens_sessions
        && let Some(refusal) = first_leaf_refusal(&made.twin, order.validity.not_before())
    {
        return Err(refusal.into());
    }
    let signature = key.sign(issuer.signing.scheme, &made.tbs)?;
    let algorithm = issuer.signing.identifier();
    verify_signature(key.public_key_der(), &algorithm, &made.tbs, &signature)?;
    Ok(IssuedCertificate {
        der: issuer.signing.assemble(&made.tbs, &signature),
    })
}

/// What is to be signed, and its twin, which a throwaway key has signed and which broke no rule.
struct Made {
    tbs: Vec<u8>,
    twin: Vec<u8>,
}

impl Made {
    fn new(order: &CertificateOrder, issuer: &IssuerFields<'_>) -> Result<Self, CaError> {
        let holder = classify(&order.public_key_der)?;
        let tbs = build_tbs(order, issuer)?;
        let throwaway = issuer.signing.throwaway()?;
        let signature = throwaway.sign(issuer.signing.scheme, &tbs)?;
        let twin = issuer.signing.assemble(&tbs, &signature);
        lint(&twin, &order.shape, holder)?;
        Ok(Self { tbs, twin })
    }
}
