//! The DER of PKCS#12 (RFC 7292 section 4) and of the parts of PKCS#7 that it and certificate bundles are made of.

use der::asn1::{AnyRef, ContextSpecific, ObjectIdentifier, OctetStringRef};
use der::{Decode, DecodeValue, FixedTag, Header, Reader, Sequence, Tag, TagNumber};
use pkcs8::spki::AlgorithmIdentifierRef;

pub(crate) const DATA: &str = "1.2.840.113549.1.7.1";
pub(crate) const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
pub(crate) const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";

#[derive(Sequence)]
pub(super) struct Pfx<'a> {
    pub(super) version: u8,
    pub(super) contents: ContentInfo<'a>,
    #[asn1(optional = "true")]
    pub(super) mac: Option<MacData<'a>>,
}

/// RFC 5652 section 3.
#[derive(Sequence)]
pub(crate) struct ContentInfo<'a> {
    pub(crate) kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(crate) content: AnyRef<'a>,
}

#[derive(Sequence)]
pub(super) struct MacData<'a> {
    pub(super) digest: DigestInfo<'a>,
    pub(super) salt: &'a OctetStringRef,
    #[asn1(optional = "true")]
    pub(super) rounds: Option<u32>,
}

#[derive(Sequence)]
pub(super) struct DigestInfo<'a> {
    pub(super) algorithm: AlgorithmIdentifierRef<'a>,
    pub(super) digest: &'a OctetStringRef,
}

/// RFC 5652 section 8.
#[derive(Sequence)]
pub(super) struct EncryptedData<'a> {
    pub(super) version: u8,
    pub(super) content: EncryptedContent<'a>,
}

#[derive(Sequence)]
pub(super) struct EncryptedContent<'a> {
    pub(super) kind: ObjectIdentifier,
    pub(super) algorithm: AlgorithmIdentifierRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    pub(super) data: &'a OctetStringRef,
}

/// One bag; its attributes (names for people, identifiers) are passed over, since key and certificate are matched by the
/// public key.
pub(super) struct SafeBag<'a> {
    pub(super) kind: ObjectIdentifier,
    pub(super) value: AnyRef<'a>,
}

impl<'a> DecodeValue<'a> for SafeBag<'a> {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, _header: Header) -> der::Result<Self> {
        let kind = ObjectIdentifier::decode(reader)?;
        let value = ContextSpecific::<AnyRef<'a>>::decode_explicit(reader, TagNumber(0))?
            .ok_or(der::ErrorKind::Failed)?
            .value;
        if !reader.is_finished() {
            let _attributes = AnyRef::decode(reader)?;
        }
        Ok(SafeBag { kind, value })
    }
}

impl FixedTag for SafeBag<'_> {
    const TAG: Tag = Tag::Sequence;
}

#[derive(Sequence)]
pub(super) struct CertificateBag<'a> {
    pub(super) kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) certificate: &'a OctetStringRef,
}
