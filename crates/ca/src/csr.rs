//! Certificate signing requests (PKCS #10, RFC 2986): PEM or DER enters; subject, names and public key leave, once the
//! requester has proved to hold the key.

use std::net::IpAddr;

use der::pem::PemLabel;
use der::Encode;
use rustls_pki_types::CertificateSigningRequestDer;
use rustls_pki_types::pem::{PemObject, SectionKind};
use x509_cert::spki::AlgorithmIdentifierRef;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509CertificationRequest};

use crate::public_key::{classify, verify_signature};
use crate::{AlternativeName, CaError, Subject};

/// A request whose signature has been verified.
#[derive(Clone, Debug)]
pub struct SigningRequest {
    subject: Subject,
    alternative_names: Vec<AlternativeName>,
    public_key_der: Vec<u8>,
}
