//! Who issues: a certificate and the key that belongs to it enter; an authority that may issue leaves.

use std::sync::atomic::{AtomicBool, Ordering};

use anyrole_keys::{KeyAlgorithm, SignatureScheme, SigningKey};
use anyrole_x509::{
    AnchorCertificates, PresentedChain, Revocation, first_leaf_refusal, verify_chain,
};
use jiff::Timestamp;
use x509_parser::prelude::{FromDer, ParsedExtension, X509Certificate};

use crate::build::IssuerFields;
use crate::public_key::{classify, key_identifier, verify_signature};
use crate::shape::KeyIdentifierMethod;
use crate::signature::Signing;
use crate::{CaError, CertificateOrder, IssuedCertificate, Validity};

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
    algorithm: KeyAlgorithm,
    signs_lists: bool,
    key: Box<dyn SigningKey>,
    /// Whether a signature of this key has been verified with the certificate's.
    is_proved: AtomicBool,
    /// Where the certificate has name constraints and could be a trust anchor: what judges paths below it.
    constrained: Option<AnchorCertificates>,
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
        if usage
            .as_ref()
            .is_some_and(|usage| !usage.value.key_cert_sign())
        {
            return Err(lacks("its key usage lacks keyCertSign"));
        }
        let signs_lists = usage.is_none_or(|usage| usage.value.crl_sign());
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
        let is_constrained = certificate.iter_extensions().any(|extension| {
            matches!(
                extension.parsed_extension(),
                ParsedExtension::NameConstraints(_)
            )
        });
        let time = |seconds| Timestamp::from_second(seconds).map_err(|error| broken(&error));
        Ok(Authority {
            subject_der: certificate.subject().as_raw().to_vec(),
            key_identifier: match own_identifier {
                Some(identifier) => identifier,
                None => key_identifier(&public_key_der, KeyIdentifierMethod::Sha256)?,
            },
            path_length: constraints.value.path_len_constraint,
            not_before: time(certificate.validity().not_before.timestamp())?,
            not_after: time(certificate.validity().not_after.timestamp())?,
            subject,
            algorithm: classify(&public_key_der)?,
            signs_lists,
            public_key_der,
            is_proved: AtomicBool::new(false),
            constrained: match is_constrained {
                true => AnchorCertificates::from_der(vec![certificate_der.clone()]).ok(),
                false => None,
            },
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

    /// The subject as its certificate has it, DER.
    pub fn subject_der(&self) -> &[u8] {
        &self.subject_der
    }

    /// The public key as DER `SubjectPublicKeyInfo`.
    pub fn public_key_der(&self) -> &[u8] {
        &self.public_key_der
    }

    /// The kind of key that it signs with.
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// How many authorities may follow below; `None` where its certificate sets no bound.
    pub fn path_length(&self) -> Option<u32> {
        self.path_length
    }

    pub(crate) fn fields(
        &self,
        signature: Option<SignatureScheme>,
    ) -> Result<IssuerFields<'_>, CaError> {
        Ok(IssuerFields {
            name_der: &self.subject_der,
            key_identifier: &self.key_identifier,
            signing: Signing::new(self.algorithm, signature)?,
        })
    }

    /// Signs. The first signature is verified with the certificate's key; further ones are not, since a P-256 verification
    /// costs three signatures, and what could go wrong is seen elsewhere: tokens and TPMs verify what they hand on, and the
    /// crypto library verifies its RSA signatures, which a fault in the arithmetic would make give the key away.
    pub(crate) fn sign(&self, signing: Signing, message: &[u8]) -> Result<Vec<u8>, CaError> {
        let signature = self.key.sign(signing.scheme, message)?;
        if !self.is_proved.load(Ordering::Relaxed) {
            let algorithm = signing.identifier();
            verify_signature(&self.public_key_der, &algorithm, message, &signature)?;
            self.is_proved.store(true, Ordering::Relaxed);
        }
        Ok(signature)
    }

    /// Whether its certificate lets it sign revocation lists (RFC 5280 section 4.2.1.3).
    pub(crate) fn check_signs_lists(&self) -> Result<(), CaError> {
        match self.signs_lists {
            true => Ok(()),
            false => Err(CaError::NoCrlSign {
                subject: self.subject.clone(),
            }),
        }
    }

    /// Whether this authority's own certificate allows what is ordered.
    pub(crate) fn check_order(&self, order: &CertificateOrder) -> Result<(), CaError> {
        if order.shape.is_authority() && self.path_length == Some(0) {
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

    /// Whether CreateSession would take the leaf for what it says, in the first second in which leaf and authority both
    /// hold. Where there is none (a leaf for the past, wanted by a test) there is nothing to ask.
    pub(crate) fn check_twin(&self, twin: &[u8], validity: &Validity) -> Result<(), CaError> {
        let at = validity.not_before().max(self.not_before);
        match first_leaf_refusal(twin, at).filter(|_| at <= validity.not_after()) {
            Some(refusal) => Err(refusal.into()),
            None => Ok(()),
        }
    }

    /// Whether the leaf's names are within this authority's name constraints, where it has any.
    pub(crate) fn check_path(
        &self,
        issued: &IssuedCertificate,
        validity: &Validity,
    ) -> Result<(), CaError> {
        let at = validity.not_before().max(self.not_before);
        let Some(anchor) = self
            .constrained
            .as_ref()
            .filter(|_| at <= validity.not_after())
        else {
            return Ok(());
        };
        let presented = PresentedChain::from_der(issued.as_der().to_vec(), Vec::new())?;
        verify_chain(&presented, anchor, &Revocation::NONE, at)?;
        Ok(())
    }
}
