//! The certificate in DER (RFC 5280 section 4.1): fields enter, the part to be signed leaves; with a signature, the
//! whole. The issuer's name is taken octet by octet from the issuer's certificate, so that chains match bytewise.

use anyrole_keys::{KeyAlgorithm, SignatureScheme};
use der::asn1::{Any, AnyRef, BitStringRef, Null, ObjectIdentifier, OctetString};
use der::oid::AssociatedOid;
use der::{Decode, Encode, Sequence};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::Validity as EncodedValidity;

use crate::public_key::{classify, key_identifier};
use crate::{CaError, CertificateOrder};

const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
const X509_VERSION_3: u8 = 2;

#[derive(Sequence)]
struct TbsCertificate<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial_number: SerialNumber,
    signature: AlgorithmIdentifierOwned,
    issuer: AnyRef<'a>,
    validity: EncodedValidity,
    subject: AnyRef<'a>,
    subject_public_key_info: AnyRef<'a>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

#[derive(Sequence)]
struct Certificate<'a> {
    tbs_certificate: AnyRef<'a>,
    signature_algorithm: AlgorithmIdentifierOwned,
    signature: BitStringRef<'a>,
}

/// Who signs, as far as the certificate shows it.
pub(crate) struct IssuerFields<'a> {
    pub name_der: &'a [u8],
    pub key_identifier: &'a [u8],
    pub algorithm: KeyAlgorithm,
}

/// The part of a certificate that is signed.
pub(crate) fn build_tbs(
    order: &CertificateOrder,
    issuer: &IssuerFields<'_>,
) -> Result<Vec<u8>, CaError> {
    let tbs = TbsCertificate {
        version: X509_VERSION_3,
        serial_number: SerialNumber::new(order.serial.as_bytes())?,
        signature: signature_algorithm(issuer.algorithm)?,
        issuer: AnyRef::from_der(issuer.name_der)?,
        validity: order.validity.encode()?,
        subject: AnyRef::from_der(order.subject.as_der())?,
        subject_public_key_info: AnyRef::from_der(&order.public_key_der)?,
        extensions: extensions(order, issuer)?,
    };
    Ok(tbs.to_der()?)
}

/// The whole certificate, from its signed part and the signature.
pub(crate) fn assemble(
    tbs_der: &[u8],
    algorithm: KeyAlgorithm,
    signature: &[u8],
) -> Result<Vec<u8>, CaError> {
    let certificate = Certificate {
        tbs_certificate: AnyRef::from_der(tbs_der)?,
        signature_algorithm: signature_algorithm(algorithm)?,
        signature: BitStringRef::from_bytes(signature)?,
    };
    Ok(certificate.to_der()?)
}

/// How an issuer of this kind signs: the hash goes with the curve, RSA takes SHA-256.
pub(crate) fn signature_scheme(algorithm: KeyAlgorithm) -> SignatureScheme {
    match algorithm {
        KeyAlgorithm::Rsa { .. } => SignatureScheme::RsaPkcs1Sha256,
        KeyAlgorithm::EcP256 => SignatureScheme::EcdsaSha256,
        KeyAlgorithm::EcP384 => SignatureScheme::EcdsaSha384,
        KeyAlgorithm::EcP521 => SignatureScheme::EcdsaSha512,
        KeyAlgorithm::MlDsa44 | KeyAlgorithm::MlDsa65 | KeyAlgorithm::MlDsa87 => {
            SignatureScheme::MlDsa
        }
    }
}

/// The names of [`signature_scheme`] (RFC 4055 section 5, RFC 5758 section 3.2, RFC 9881 section 2).
pub(crate) fn signature_algorithm(
    algorithm: KeyAlgorithm,
) -> Result<AlgorithmIdentifierOwned, CaError> {
    let (oid, parameters) = match algorithm {
        KeyAlgorithm::Rsa { .. } => ("1.2.840.113549.1.1.11", Some(Any::from(Null))),
        KeyAlgorithm::EcP256 => ("1.2.840.10045.4.3.2", None),
        KeyAlgorithm::EcP384 => ("1.2.840.10045.4.3.3", None),
        KeyAlgorithm::EcP521 => ("1.2.840.10045.4.3.4", None),
        KeyAlgorithm::MlDsa44 => ("2.16.840.1.101.3.4.3.17", None),
        KeyAlgorithm::MlDsa65 => ("2.16.840.1.101.3.4.3.18", None),
        KeyAlgorithm::MlDsa87 => ("2.16.840.1.101.3.4.3.19", None),
    };
    Ok(AlgorithmIdentifierOwned {
        oid: ObjectIdentifier::new(oid).map_err(der::Error::from)?,
        parameters,
    })
}

fn extensions(
    order: &CertificateOrder,
    issuer: &IssuerFields<'_>,
) -> Result<Vec<Extension>, CaError> {
    let profile = order.profile;
    let rsa = matches!(classify(&order.public_key_der)?, KeyAlgorithm::Rsa { .. });
    let mut extensions = vec![extension(true, &KeyUsage(profile.key_usage(rsa)))?];
    if !profile.is_authority() {
        let purposes = ExtendedKeyUsage(vec![SERVER_AUTH, CLIENT_AUTH]);
        extensions.push(extension(false, &purposes)?);
    }
    let constraints = BasicConstraints {
        ca: profile.is_authority(),
        path_len_constraint: match profile.is_authority() {
            true => order.path_length.or(profile.default_path_length()),
            false => None,
        },
    };
    extensions.push(extension(true, &constraints)?);
    let subject_key = OctetString::new(key_identifier(&order.public_key_der)?)?;
    extensions.push(extension(false, &SubjectKeyIdentifier(subject_key))?);
    let authority_key = AuthorityKeyIdentifier {
        key_identifier: Some(OctetString::new(issuer.key_identifier)?),
        ..AuthorityKeyIdentifier::default()
    };
    extensions.push(extension(false, &authority_key)?);
    if !order.alternative_names.is_empty() {
        let names = order
            .alternative_names
            .iter()
            .map(|name| name.to_general_name())
            .collect::<Result<Vec<_>, _>>()?;
        // Critical where the subject is empty (RFC 5280 section 4.2.1.6): an empty SEQUENCE has two octets.
        let critical = order.subject.as_der().len() <= 2;
        extensions.push(extension(critical, &SubjectAltName(names))?);
    }
    Ok(extensions)
}

fn extension<E: AssociatedOid + Encode>(critical: bool, value: &E) -> Result<Extension, CaError> {
    Ok(Extension {
        extn_id: E::OID,
        critical,
        extn_value: OctetString::new(value.to_der()?)?,
    })
}
