//! A signing request (PKCS #10) as cfssl reads it: PEM enters; subject, names and extensions leave, once the requester has proved to
//! hold the key.

use anyrole_ca::{AlternativeName, CaError, CustomExtension, SigningRequest};
use anyrole_keys::KeyAlgorithm;

use crate::error::Fault;
use crate::name::Name;
use crate::{CfsslError, pem};

/// A request whose signature was verified.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    pub(crate) subject: Name,
    pub(crate) alternative_names: Vec<AlternativeName>,
    pub(crate) public_key_der: Vec<u8>,
    key_algorithm: KeyAlgorithm,
    /// Those that are neither alternative names nor constraints, usages or key identifiers.
    pub(crate) extensions: Vec<CustomExtension>,
    /// Whether it asks to be an authority.
    pub(crate) is_authority: bool,
}

impl ReadRequest {
    /// Reads the first block of a PEM text.
    ///
    /// # Errors
    /// It is no request, is broken, or its signature is not by the key that it holds.
    pub fn parse(text: &[u8]) -> Result<Self, CfsslError> {
        let Some(block) = pem::first(text) else {
            return Err(Fault::CsrUndecoded.plain());
        };
        if !["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"].contains(&block.label.as_str()) {
            return Err(Fault::CsrBad.because("not a csr"));
        }
        let verified = SigningRequest::parse(&block.content).map_err(|error| match error {
            error @ CaError::RequestSignature => Fault::CsrSignature.because(error),
            error => Fault::CsrUnparsed.because(error),
        })?;
        let asked = verified.requested();
        Ok(Self {
            subject: Name::from_der(verified.subject().as_der())?,
            alternative_names: asked.alternative_names.clone(),
            public_key_der: verified.public_key_der().to_vec(),
            key_algorithm: verified
                .key_algorithm()
                .map_err(|error| Fault::CsrUnparsed.because(error))?,
            extensions: asked.others.clone(),
            is_authority: asked
                .basic_constraints
                .is_some_and(|asked| asked.is_authority),
        })
    }

    /// The kind of the key that a certificate is asked for.
    pub fn key_algorithm(&self) -> KeyAlgorithm {
        self.key_algorithm
    }
}
