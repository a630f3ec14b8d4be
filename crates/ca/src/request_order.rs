//! Signing requests made (PKCS #10, RFC 2986): a subject, names and extensions enter; with the key that they are for, a request
//! leaves.

use anyrole_keys::{SignatureScheme, SigningKey};

use crate::der_writer::{Writer, tag};
use crate::extensions::extension;
use crate::public_key::classify;
use crate::signature::Signing;
use crate::{AlternativeName, CaError, CustomExtension, Subject};

const SUBJECT_ALT_NAME: [u8; 3] = [0x55, 0x1d, 17];
/// extensionRequest (RFC 2985 section 5.4.2), 1.2.840.113549.1.9.14.
const EXTENSION_REQUEST: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14];

/// What a request shall ask for.
#[derive(Clone, Debug)]
pub struct RequestOrder {
    /// Whose certificate it is to be.
    pub subject: Subject,
    /// Further names of the same holder.
    pub alternative_names: Vec<AlternativeName>,
    /// Other extensions, as they are.
    pub extensions: Vec<CustomExtension>,
    /// How the key signs; `None` takes what goes with its kind.
    pub signature: Option<SignatureScheme>,
}

/// A signed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeRequest {
    der: Vec<u8>,
}

impl MadeRequest {
    /// The request in DER.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The request as PEM.
    ///
    /// # Errors
    /// [`CaError::Encode`] when the encoder refuses it, which no request of sane size brings about.
    pub fn to_pem(&self) -> Result<String, CaError> {
        der::pem::encode_string("CERTIFICATE REQUEST", der::pem::LineEnding::LF, &self.der)
            .map_err(|error| CaError::Encode(error.into()))
    }
}

impl RequestOrder {
    /// Has the key that the certificate is to be for sign.
    ///
    /// # Errors
    /// A name that can't be encoded; the key is of a kind that is not certified, does not fit the scheme, or fails.
    pub fn sign(&self, key: &dyn SigningKey) -> Result<MadeRequest, CaError> {
        for name in &self.alternative_names {
            name.check()?;
        }
        let signing = Signing::new(classify(key.public_key_der())?, self.signature)?;
        let info = self.info(key.public_key_der());
        let signature = key.sign(signing.scheme, &info)?;
        Ok(MadeRequest {
            der: signing.assemble(&info, &signature),
        })
    }

    /// CertificationRequestInfo (RFC 2986 section 4.1).
    fn info(&self, public_key_der: &[u8]) -> Vec<u8> {
        Writer::element(tag::SEQUENCE, |der| {
            der.integer(&[0]);
            der.raw(self.subject.as_der());
            der.raw(public_key_der);
            der.nest(tag::constructed(0), |der| self.attributes(der));
        })
    }

    fn attributes(&self, der: &mut Writer) {
        if self.alternative_names.is_empty() && self.extensions.is_empty() {
            return;
        }
        der.nest(tag::SEQUENCE, |der| {
            der.put(tag::OBJECT_IDENTIFIER, &EXTENSION_REQUEST);
            der.nest(tag::SET, |der| {
                der.nest(tag::SEQUENCE, |der| self.requested(der));
            });
        });
    }

    fn requested(&self, der: &mut Writer) {
        if !self.alternative_names.is_empty() {
            extension(der, &SUBJECT_ALT_NAME, false, |der| {
                der.nest(tag::SEQUENCE, |der| {
                    for name in &self.alternative_names {
                        name.write(der);
                    }
                });
            });
        }
        for custom in &self.extensions {
            extension(der, custom.oid.as_bytes(), custom.critical, |der| {
                der.raw(&custom.value_der);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use anyrole_keys::{FileKey, KeySpec, SignatureScheme, SigningKey};

    use super::RequestOrder;
    use crate::{AlternativeName, CustomExtension, Oid, SigningRequest, Subject};

    #[test]
    fn requests_are_read_again() {
        let other = CustomExtension {
            oid: Oid::new_unwrap("1.2.3.4"),
            critical: true,
            value_der: vec![5, 0],
        };
        let rows = [
            (KeySpec::EcP256, None),
            (KeySpec::EcP384, Some(SignatureScheme::EcdsaSha384)),
            (
                KeySpec::Rsa { bits: 2048 },
                Some(SignatureScheme::RsaPkcs1Sha512),
            ),
            (KeySpec::MlDsa44, None),
        ];
        for (spec, signature) in rows {
            let key = FileKey::generate(spec).unwrap();
            let order = RequestOrder {
                subject: Subject::parse("CN=a,O=b").unwrap(),
                alternative_names: vec![AlternativeName::parse("a.example.org").unwrap()],
                extensions: vec![other.clone()],
                signature,
            };
            let made = order.sign(&key).unwrap();
            let read = SigningRequest::parse(made.to_pem().unwrap().as_bytes()).unwrap();
            assert_eq!(read.subject().as_der(), order.subject.as_der());
            assert_eq!(read.alternative_names(), order.alternative_names);
            assert_eq!(read.requested().others, order.extensions);
            assert_eq!(read.public_key_der(), key.public_key_der());
            let bare = RequestOrder {
                alternative_names: Vec::new(),
                extensions: Vec::new(),
                ..order
            };
            SigningRequest::parse(bare.sign(&key).unwrap().as_der()).unwrap();
        }
        let foreign = RequestOrder {
            subject: Subject::empty(),
            alternative_names: Vec::new(),
            extensions: Vec::new(),
            signature: Some(SignatureScheme::MlDsa),
        };
        let key = FileKey::generate(KeySpec::EcP256).unwrap();
        assert!(foreign.sign(&key).is_err());
    }
}
