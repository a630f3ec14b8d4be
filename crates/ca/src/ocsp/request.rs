//! What an OCSP request asks (RFC 6960 section 4.1): DER enters, certificates and nonce leave. Signatures of requests and
//! names of requestors are passed over, as RFC 5019 lets responders do.

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use der::asn1::{AnyRef, ContextSpecific, ObjectIdentifier, OctetStringRef};
use der::{Decode, DecodeValue, Reader, SliceReader, Tag, TagNumber, Tagged};

use crate::public_key::key_bits;
use crate::{Authority, CaError};

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspRequest {
    /// The certificates asked about, in order; at least one.
    pub asked: Vec<AskedCertificate>,
    /// What the response is to repeat (RFC 9654).
    pub nonce: Option<Vec<u8>>,
}

/// A certificate as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedCertificate {
    /// The whole CertID, which the response repeats.
    pub(super) certificate_id: Vec<u8>,
    hash: IssuerHash,
    issuer_name_hash: Vec<u8>,
    issuer_key_hash: Vec<u8>,
    serial: Vec<u8>,
}

/// How a request names the issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerHash {
    /// SHA-1, as most clients do.
    Sha1,
    /// SHA-256.
    Sha256,
    /// Another one: whose certificate it is can't be told.
    Other,
}

/// Most certificates of one request. Clients ask about one (RFC 5019 section 2.1.1) or a path.
const MAX_ASKED: usize = 16;
/// Octets of a nonce (RFC 9654 section 2.1).
const NONCE: std::ops::RangeInclusive<usize> = 1..=128;

const NONCE_OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256_OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

impl OcspRequest {
    /// Reads a request, DER.
    ///
    /// # Errors
    /// [`CaError::BrokenOcspRequest`]: what can't be read, no certificate or more than 16, a nonce that is none or longer
    /// than 128 octets, a critical extension that is not known.
    pub fn parse(der: &[u8]) -> Result<Self, CaError> {
        Self::read(der).map_err(|error| CaError::BrokenOcspRequest(error.to_string()))
    }

    fn read(der: &[u8]) -> der::Result<Self> {
        let mut outer = SliceReader::new(der)?;
        let request = outer.sequence(|fields| {
            let request = fields.sequence(read_signed_part)?;
            // The signature: its place is checked, nothing else.
            if !fields.is_finished() {
                let _ = AnyRef::decode(fields)?;
            }
            Ok::<_, der::Error>(request)
        })?;
        outer.finish()?;
        Ok(request)
    }
}

fn broken() -> der::Error {
    der::ErrorKind::Failed.into()
}

fn read_signed_part<'a>(fields: &mut SliceReader<'a>) -> der::Result<OcspRequest> {
    // Version 1 is the default, and the only one; who writes it out is no worse for it.
    if let Some(version) = context::<u8>(fields, TagNumber(0))?
        && version != 0
    {
        return Err(broken());
    }
    let _requestor: Option<AnyRef<'a>> = context(fields, TagNumber(1))?;
    let asked = fields.sequence(|list| {
        let mut asked = Vec::new();
        while !list.is_finished() {
            if asked.len() == MAX_ASKED {
                return Err(broken());
            }
            asked.push(list.sequence(read_asked)?);
        }
        Ok(asked)
    })?;
    if asked.is_empty() {
        return Err(broken());
    }
    let mut nonce = None;
    if let Some(extensions) = context::<AnyRef<'a>>(fields, TagNumber(2))? {
        nonce = read_extensions(extensions)?;
    }
    Ok(OcspRequest { asked, nonce })
}

/// `[number] EXPLICIT`, where it comes next.
fn context<'a, T>(fields: &mut SliceReader<'a>, number: TagNumber) -> der::Result<Option<T>>
where
    T: Decode<'a, Error = der::Error> + DecodeValue<'a, Error = der::Error> + Tagged,
{
    Ok(ContextSpecific::<T>::decode_explicit(fields, number)?.map(|field| field.value))
}

fn read_asked(fields: &mut SliceReader<'_>) -> der::Result<AskedCertificate> {
    let certificate_id = AnyRef::decode(fields)?;
    // singleRequestExtensions: serviceLocator is for responders that ask on.
    if !fields.is_finished() {
        let _ = AnyRef::decode(fields)?;
    }
    certificate_id.tag().assert_eq(Tag::Sequence)?;
    let mut inside = SliceReader::new(certificate_id.value())?;
    let hash = inside.sequence(|algorithm| {
        let oid = ObjectIdentifier::decode(algorithm)?;
        if !algorithm.is_finished() {
            let _ = AnyRef::decode(algorithm)?;
        }
        Ok::<_, der::Error>(match oid {
            SHA1 => IssuerHash::Sha1,
            SHA256_OID => IssuerHash::Sha256,
            _ => IssuerHash::Other,
        })
    })?;
    let name: &OctetStringRef = Decode::decode(&mut inside)?;
    let key: &OctetStringRef = Decode::decode(&mut inside)?;
    let serial = AnyRef::decode(&mut inside)?;
    serial.tag().assert_eq(Tag::Integer)?;
    if !(1..=21).contains(&serial.value().len()) {
        return Err(broken());
    }
    let asked = AskedCertificate {
        certificate_id: der::Encode::to_der(&certificate_id)?,
        hash,
        issuer_name_hash: name.as_bytes().to_vec(),
        issuer_key_hash: key.as_bytes().to_vec(),
        serial: serial.value().to_vec(),
    };
    inside.finish()?;
    Ok(asked)
}

/// Answers with the nonce.
fn read_extensions(extensions: AnyRef<'_>) -> der::Result<Option<Vec<u8>>> {
    extensions.tag().assert_eq(Tag::Sequence)?;
    let mut list = SliceReader::new(extensions.value())?;
    let mut nonce = None;
    while !list.is_finished() {
        list.sequence(|fields| {
            let oid = ObjectIdentifier::decode(fields)?;
            let critical = Option::<bool>::decode(fields)?.unwrap_or(false);
            let value: &OctetStringRef = Decode::decode(fields)?;
            match oid {
                NONCE_OID => {
                    let octets = <&OctetStringRef>::from_der(value.as_bytes())?.as_bytes();
                    if !NONCE.contains(&octets.len()) {
                        return Err(broken());
                    }
                    nonce = Some(octets.to_vec());
                }
                _ if critical => return Err(broken()),
                _ => {}
            }
            Ok::<_, der::Error>(())
        })?;
    }
    list.finish()?;
    Ok(nonce)
}

impl AskedCertificate {
    /// How the issuer is named.
    pub fn hash(&self) -> IssuerHash {
        self.hash
    }

    /// The serial number, big-endian, without zeroes in front; empty for what no certificate has.
    pub fn serial(&self) -> &[u8] {
        let mut octets = &self.serial[..];
        if octets.first().is_some_and(|first| *first >= 0x80) {
            return &[];
        }
        while let [0, rest @ ..] = octets {
            octets = rest;
        }
        octets
    }

    /// Whether it is asked as one of this authority's.
    pub fn is_issued_by(&self, authority: &Authority) -> bool {
        let algorithm: &'static digest::Algorithm = match self.hash {
            IssuerHash::Sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
            IssuerHash::Sha256 => &SHA256,
            IssuerHash::Other => return false,
        };
        let Ok(key) = key_bits(authority.public_key_der()) else {
            return false;
        };
        digest(algorithm, authority.subject_der()).as_ref() == self.issuer_name_hash
            && digest(algorithm, key).as_ref() == self.issuer_key_hash
    }
}
