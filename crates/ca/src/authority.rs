//! Who issues: a certificate and the key that belongs to it enter; an authority that may issue leaves.

use anyrole_keys::SigningKey;
use anyrole_x509::{AnchorCertificates, PresentedChain, Revocation, verify_chain};
use jiff::Timestamp;
use x509_parser::prelude::{FromDer, ParsedExtension, X509Certificate};

use crate::build::IssuerFields;
use crate::public_key::{classify, key_identifier};
use crate::{CaError, CertificateOrder, CertificateProfile, IssuedCertificate, Validity};

/// A certificate with the right to issue, and its private key.
pub struct Authority {
    certificate_der: Vec<u8>,
    subject: String,
    subject_der: Vec<u8>,
    public_key_der: Vec<u8>,
    key_identifier: Vec<u8>,
    path_length: Option<u32>,
    not_before: Timestamp,
    not_after: Timestamp,
    key: Box<dyn SigningKey>,
    /// `None` where the certificate could not be a trust anchor; it may issue all the same.
    anchor: Option<AnchorCertificates>,
}

impl Authority {
    /// Pairs a certificate with its key.
    ///
    /// # Errors
    /// [`CaError::BrokenCertificate`]; [`CaError::NotAnAuthority`] when it is no CA or lacks keyCertSign
    /// (RFC 5280 sections 4.2.1.3 and 4.2.1.9); [`CaError::ForeignKey`] when the key is another's.
    pub fn new(certificate_der: Vec<u8>, key: Box<dyn SigningKey>) -> Result<Self, CaError> {
        let broken = |error: &dyn ToString| CaError::BrokenCertificate(error.to_string());
        let (rest, certificate) =
            X509Certificate::from_der(&certificate_der).map_err(|error| broken(&error))?;
        if !rest.is_empty() {
            return Err(broken(&"there is data after its end"));
        }
        let subject = certificate.subject().to_string();
        let lacks = |detail| CaError::NotAnAuthority {
            subject: subject.clone(),
            detail,
        };
        let constraints = certificate
            .basic_constraints()
            .map_err(|error| broken(&error))?
            .filter(|constraints| constraints.value.ca)
            .ok_or_else(|| lacks("its basic constraints do not say CA:TRUE"))?;
        let usage = certificate.key_usage().map_err(|error| broken(&error))?;
        if usage.is_some_and(|usage| !usage.value.key_cert_sign()) {
            return Err(lacks("its key usage lacks keyCertSign"));
        }
        let public_key_der = certificate.public_key().raw.to_vec();
        if public_key_der != key.public_key_der() {
            return Err(CaError::ForeignKey { subject });
        }
        let own_identifier = certificate.iter_extensions().find_map(|extension| {
            match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(identifier) => Some(identifier.0.to_vec()),
                _ => None,
            }
        });
        let time = |seconds| Timestamp::from_second(seconds).map_err(|error| broken(&error));
        Ok(Authority {
            subject_der: certificate.subject().as_raw().to_vec(),
            key_identifier: match own_identifier {
                Some(identifier) => identifier,
                None => key_identifier(&public_key_der)?,
            },
            path_length: constraints.value.path_len_constraint,
            not_before: time(certificate.validity().not_before.timestamp())?,
            not_after: time(certificate.validity().not_after.timestamp())?,
            subject,
            public_key_der,
            anchor: AnchorCertificates::from_der(vec![certificate_der.clone()]).ok(),
            certificate_der,
            key,
        })
    }

    /// The certificate in DER.
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate_der
    }

    /// The last second in which the authority's certificate holds.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The subject, for messages.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    pub(crate) fn key(&self) -> &dyn SigningKey {
        self.key.as_ref()
    }

    pub(crate) fn public_key_der(&self) -> &[u8] {
        &self.public_key_der
    }

    pub(crate) fn fields(&self) -> Result<IssuerFields<'_>, CaError> {
        Ok(IssuerFields {
            name_der: &self.subject_der,
            key_identifier: &self.key_identifier,
            algorithm: classify(&self.public_key_der)?,
        })
    }

    /// Whether this authority's own certificate allows what is ordered.
    pub(crate) fn check_order(&self, order: &CertificateOrder) -> Result<(), CaError> {
        if order.profile.is_self_signed() {
            return Err(CaError::WrongIssuer(order.profile));
        }
        if order.profile == CertificateProfile::IntermediateCa && self.path_length == Some(0) {
            return Err(CaError::PathLength {
                subject: self.subject.clone(),
            });
        }
        if order.validity.not_before() > self.not_after {
            return Err(CaError::AuthorityNotValid {
                subject: self.subject.clone(),
                not_before: self.not_before,
                not_after: self.not_after,
            });
        }
        Ok(())
    }

    /// Whether CreateSession would take the leaf, with this authority as the trust anchor, in the first second in
    /// which both hold. Where there is none (a leaf for the past, wanted by a test) there is nothing to ask.
    pub(crate) fn check_leaf(
        &self,
        issued: &IssuedCertificate,
        validity: &Validity,
    ) -> Result<(), CaError> {
        let at = validity.not_before().max(self.not_before);
        let Some(anchor) = self.anchor.as_ref().filter(|_| at <= validity.not_after()) else {
            return Ok(());
        };
        let presented = PresentedChain::from_der(issued.as_der().to_vec(), Vec::new())?;
        verify_chain(&presented, anchor, &Revocation::NONE, at)?;
        Ok(())
    }
}
