//! Certificate signing requests (PKCS #10, RFC 2986): PEM or DER enters; subject, names and public key leave, once the
//! requester has proved to hold the key. Of the extensions asked for, only the alternative names are taken over: what
//! the certificate may be used for is the authority's to say.

use std::net::IpAddr;

use der::asn1::{AnyRef, BitStringRef};
use der::oid::AssociatedOid;
use der::{Decode, Encode, Sequence};
use rustls_pki_types::CertificateSigningRequestDer;
use rustls_pki_types::pem::PemObject;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::request::{CertReqInfo, ExtensionReq};
use x509_cert::spki::AlgorithmIdentifierRef;

use crate::public_key::{classify, verify_signature};
use crate::{AlternativeName, CaError, Subject};

/// A request whose signature has been verified.
#[derive(Clone, Debug)]
pub struct SigningRequest {
    subject: Subject,
    alternative_names: Vec<AlternativeName>,
    public_key_der: Vec<u8>,
}

/// The outer layer, with the signed part as it came.
#[derive(Sequence)]
struct SignedRequest<'a> {
    info: AnyRef<'a>,
    algorithm: AlgorithmIdentifierRef<'a>,
    signature: BitStringRef<'a>,
}

impl SigningRequest {
    /// Reads a request, PEM or DER, and verifies its signature with its own public key.
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
        if !verify_signature(&public_key_der, &request.algorithm, &info_der, signature)? {
            return Err(CaError::RequestSignature);
        }
        Ok(SigningRequest {
            subject: Subject::from_der(&info.subject.to_der()?),
            alternative_names: alternative_names(&info)?,
            public_key_der,
        })
    }

    /// The subject asked for.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The alternative names asked for.
    pub fn alternative_names(&self) -> &[AlternativeName] {
        &self.alternative_names
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

fn alternative_names(info: &CertReqInfo) -> Result<Vec<AlternativeName>, CaError> {
    let mut names = Vec::new();
    for attribute in info.attributes.iter() {
        if attribute.oid != ExtensionReq::OID {
            continue;
        }
        for value in attribute.values.iter() {
            let requested = ExtensionReq::from_der(&value.to_der()?)?;
            for extension in &requested.0 {
                if extension.extn_id == SubjectAltName::OID {
                    let asked = SubjectAltName::from_der(extension.extn_value.as_bytes())?;
                    for name in &asked.0 {
                        names.push(alternative_name(name)?);
                    }
                }
            }
        }
    }
    Ok(names)
}

fn alternative_name(name: &GeneralName) -> Result<AlternativeName, CaError> {
    let other = || CaError::AlternativeName("a name of another kind in the request".to_owned());
    Ok(match name {
        GeneralName::DnsName(dns) => AlternativeName::Dns(dns.to_string()),
        GeneralName::Rfc822Name(mailbox) => AlternativeName::Email(mailbox.to_string()),
        GeneralName::UniformResourceIdentifier(uri) => AlternativeName::Uri(uri.to_string()),
        GeneralName::IpAddress(octets) => {
            let octets = octets.as_bytes();
            if let Ok(four) = <[u8; 4]>::try_from(octets) {
                AlternativeName::Ip(IpAddr::from(four))
            } else {
                let sixteen = <[u8; 16]>::try_from(octets).map_err(|_| other())?;
                AlternativeName::Ip(IpAddr::from(sixteen))
            }
        }
        _ => return Err(other()),
    })
}
