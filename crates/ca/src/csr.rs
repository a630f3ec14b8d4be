//! Certificate signing requests (PKCS #10, RFC 2986): PEM or DER enters; subject, public key and the extensions asked for
//! leave, once the requester has proved to hold the key. What of it goes into a certificate is the caller's to say.

use anyrole_keys::KeyAlgorithm;
use der::asn1::{AnyRef, BitStringRef};
use der::oid::AssociatedOid;
use der::{Decode, Encode, Sequence};
use rustls_pki_types::CertificateSigningRequestDer;
use rustls_pki_types::pem::PemObject;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName};
use x509_cert::request::{CertReqInfo, ExtensionReq};

use crate::public_key::{classify, verify_signature};
use crate::shape::{self, CustomExtension};
use crate::{AlternativeName, CaError, Oid, Subject};

/// A request whose signature has been verified.
#[derive(Clone, Debug)]
pub struct SigningRequest {
    subject: Subject,
    public_key_der: Vec<u8>,
    requested: RequestedExtensions,
}

/// The extensions that a request asks for (RFC 2985 section 5.4.2). Nothing in it is anyone's right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestedExtensions {
    /// Basic constraints.
    pub basic_constraints: Option<shape::BasicConstraints>,
    /// Key usage.
    pub key_usage: Option<shape::KeyUsage>,
    /// Extended key usage.
    pub purposes: Vec<Oid>,
    /// Whether the extended key usage is to be critical.
    pub purposes_critical: bool,
    /// Alternative names.
    pub alternative_names: Vec<AlternativeName>,
    /// All others, in order; key identifiers are left out, which the authority makes itself.
    pub others: Vec<CustomExtension>,
}

/// The outer layer, with the signed part as it came.
#[derive(Sequence)]
struct SignedRequest<'a> {
    info: AnyRef<'a>,
    algorithm: AnyRef<'a>,
    signature: BitStringRef<'a>,
}

impl SigningRequest {
    /// Reads a request, PEM or DER, and verifies its signature with its own public key: RSA (PKCS #1, PSS), ECDSA, ML-DSA.
    ///
    /// # Errors
    /// [`CaError::BrokenRequest`], [`CaError::RequestSignature`], [`CaError::PublicKey`] for a key that is not
    /// certified (RSA below 2048 bits, other kinds), [`CaError::AlternativeName`] for a kind of name not supported.
    pub fn parse(text: &[u8]) -> Result<Self, CaError> {
        let broken = |error: &dyn ToString| CaError::BrokenRequest(error.to_string());
        let der = decode(text)?;
        let request = SignedRequest::from_der(&der).map_err(|error| broken(&error))?;
        let info_der = request.info.to_der()?;
        let info = CertReqInfo::from_der(&info_der).map_err(|error| broken(&error))?;
        let public_key_der = info.public_key.to_der()?;
        classify(&public_key_der)?;
        let signature = request
            .signature
            .as_bytes()
            .ok_or_else(|| broken(&"its signature is no whole number of octets"))?;
        let algorithm = request.algorithm.value();
        verify_signature(&public_key_der, algorithm, &info_der, signature)
            .map_err(|_| CaError::RequestSignature)?;
        Ok(SigningRequest {
            subject: Subject::from_der(&info.subject.to_der()?)?,
            requested: RequestedExtensions::of(&info)?,
            public_key_der,
        })
    }

    /// The subject asked for; it may be empty.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The alternative names asked for.
    pub fn alternative_names(&self) -> &[AlternativeName] {
        &self.requested.alternative_names
    }

    /// The extensions asked for.
    pub fn requested(&self) -> &RequestedExtensions {
        &self.requested
    }

    /// The kind of the key that a certificate is asked for.
    ///
    /// # Errors
    /// None: [`SigningRequest::parse`] takes no other kinds than those that are certified.
    pub fn key_algorithm(&self) -> Result<KeyAlgorithm, CaError> {
        classify(&self.public_key_der)
    }

    /// The public key as DER `SubjectPublicKeyInfo`.
    pub fn public_key_der(&self) -> &[u8] {
        &self.public_key_der
    }
}

fn decode(text: &[u8]) -> Result<Vec<u8>, CaError> {
    if text.starts_with(&[0x30]) {
        return Ok(text.to_vec());
    }
    // Old openssl and Microsoft's tools write `NEW CERTIFICATE REQUEST`.
    let text = String::from_utf8_lossy(text).replace("NEW CERTIFICATE", "CERTIFICATE");
    CertificateSigningRequestDer::from_pem_slice(text.as_bytes())
        .map(|der| der.to_vec())
        .map_err(|error| match error {
            rustls_pki_types::pem::Error::NoItemsFound => CaError::BrokenRequest(
                "expected PEM with `-----BEGIN CERTIFICATE REQUEST-----`".to_owned(),
            ),
            error => CaError::BrokenRequest(error.to_string()),
        })
}

/// subjectKeyIdentifier and authorityKeyIdentifier.
const KEY_IDENTIFIERS: [Oid; 2] = [Oid::new_unwrap("2.5.29.14"), Oid::new_unwrap("2.5.29.35")];

impl RequestedExtensions {
    fn of(info: &CertReqInfo) -> Result<Self, CaError> {
        let mut requested = Self::default();
        for attribute in info.attributes.iter() {
            if attribute.oid != ExtensionReq::OID {
                continue;
            }
            for value in attribute.values.iter() {
                for extension in ExtensionReq::from_der(&value.to_der()?)?.0 {
                    requested.take(extension)?;
                }
            }
        }
        Ok(requested)
    }

    fn take(&mut self, extension: Extension) -> Result<(), CaError> {
        let value = extension.extn_value.as_bytes();
        match extension.extn_id {
            BasicConstraints::OID => {
                let asked = BasicConstraints::from_der(value)?;
                self.basic_constraints = Some(shape::BasicConstraints {
                    is_authority: asked.ca,
                    path_length: asked.path_len_constraint,
                    critical: extension.critical,
                });
            }
            KeyUsage::OID => {
                let asked = KeyUsage::from_der(value)?;
                self.key_usage = Some(shape::KeyUsage::from_reversed(asked.0.bits()));
            }
            ExtendedKeyUsage::OID => {
                self.purposes = ExtendedKeyUsage::from_der(value)?.0;
                self.purposes_critical = extension.critical;
            }
            SubjectAltName::OID => {
                for name in &SubjectAltName::from_der(value)?.0 {
                    let name = AlternativeName::from_general_name(name)?;
                    self.alternative_names.push(name);
                }
            }
            other if KEY_IDENTIFIERS.contains(&other) => {}
            oid => self.others.push(CustomExtension {
                oid,
                critical: extension.critical,
                value_der: value.to_vec(),
            }),
        }
        Ok(())
    }
}
