//! A revocation list's DER in, its parts and the place of each entry out; refuses what RFC 5280
//! section 5 does not allow and what we don't process. `list.rs` calls.

use std::ops::Range;

use jiff::Timestamp;

use super::error::RevocationListError as Error;
use crate::der::{self, DerError, Element, Oid, Reader, tag};
use crate::parse::time;

const ENUMERATED: u8 = 0x0a;

/// Where the parts lie in the DER.
#[derive(Debug)]
pub(super) struct Parts {
    /// What is signed.
    pub(super) signed: Range<usize>,
    /// Content of the AlgorithmIdentifier.
    pub(super) algorithm: Range<usize>,
    /// Content of the BIT STRING without its first octet.
    pub(super) signature: Range<usize>,
    /// The issuer's name, whole.
    pub(super) issuer: Range<usize>,
    pub(super) this_update: Timestamp,
    pub(super) next_update: Timestamp,
    /// Octets of the cRLNumber.
    pub(super) number: Vec<u8>,
    /// Where each entry begins, in the order of the list.
    pub(super) entries: Vec<u32>,
}

/// What an entry says beside its serial number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) revoked_at: Timestamp,
    /// CRLReason (section 5.3.1), where it is said.
    pub(super) reason: Option<u8>,
}

fn broken(part: &'static str) -> impl FnOnce(DerError) -> Error {
    move |error| Error::malformed(format!("the {part} cannot be read: {error}"))
}

/// Reads and judges a whole list.
pub(super) fn read(whole: &[u8]) -> Result<Parts, Error> {
    let at = |part: &[u8]| range_of(whole, part);
    let outer = der::whole(whole, tag::SEQUENCE).map_err(broken("frame"))?;
    let mut outer = Reader::new(outer.value);
    let signed = outer.expect(tag::SEQUENCE).map_err(broken("signed part"))?;
    let algorithm = outer.expect(tag::SEQUENCE).map_err(broken("algorithm"))?;
    let signature = outer.expect(tag::BIT_STRING).and_then(der::octet_aligned);
    let signature = signature.map_err(broken("signature"))?;
    outer.end().map_err(broken("signature"))?;

    let mut fields = Reader::new(signed.value);
    match fields.optional(tag::INTEGER).map_err(broken("version"))? {
        Some(version) if version.value == [1] => {}
        None if fields.clone().expect(tag::SEQUENCE).is_err() => {
            return Err(Error::malformed("it does not begin as a CRL"));
        }
        _ => return Err(Error::Version),
    }
    let inner = fields.expect(tag::SEQUENCE).map_err(broken("algorithm"))?;
    if inner.raw != algorithm.raw {
        return Err(Error::malformed("two different signature algorithms"));
    }
    let issuer = fields.expect(tag::SEQUENCE).map_err(broken("issuer"))?;
    if issuer.value.is_empty() {
        return Err(Error::malformed("the issuer is empty"));
    }
    let this_update = fields.element().and_then(time);
    let this_update = this_update.map_err(broken("thisUpdate"))?;
    let next_update = match next_update(&mut fields).map_err(broken("nextUpdate"))? {
        Some(next_update) => time(next_update).map_err(broken("nextUpdate"))?,
        None => return Err(Error::NoNextUpdate),
    };
    if next_update < this_update {
        return Err(Error::malformed("nextUpdate lies before thisUpdate"));
    }
    let entries = fields.optional(tag::SEQUENCE).map_err(broken("entries"))?;
    let entries = match entries {
        None => Vec::new(),
        Some(entries) => read_entries(whole, entries.value)?,
    };
    let extensions = fields.optional(tag::constructed(0));
    let extensions = extensions.map_err(broken("extensions"))?;
    let number = extensions.map(|extensions| read_extensions(extensions.value));
    let number = number.transpose()?.flatten().ok_or(Error::NoNumber)?;
    fields.end().map_err(broken("end"))?;
    Ok(Parts {
        signed: at(signed.raw),
        algorithm: at(algorithm.value),
        signature: at(signature),
        issuer: at(issuer.raw),
        this_update,
        next_update,
        number: number.to_vec(),
        entries,
    })
}

fn next_update<'a>(fields: &mut Reader<'a>) -> Result<Option<Element<'a>>, DerError> {
    match fields.optional(tag::UTC_TIME)? {
        Some(time) => Ok(Some(time)),
        None => fields.optional(tag::GENERALIZED_TIME),
    }
}

/// `part` lies within `whole`.
fn range_of(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
    start..start + part.len()
}

fn read_entries(whole: &[u8], content: &[u8]) -> Result<Vec<u32>, Error> {
    // The shortest entry there is has 20 octets.
    let mut entries = Vec::with_capacity(content.len() / 20);
    let mut list = Reader::new(content);
    while !list.is_empty() {
        let entry = list.expect(tag::SEQUENCE).map_err(broken("entry"))?;
        read_entry(entry.value)?;
        let start = range_of(whole, entry.raw).start;
        entries.push(u32::try_from(start).map_err(|_| Error::TooLarge)?);
    }
    Ok(entries)
}

/// Reads one entry's content (section 5.3).
pub(super) fn read_entry(content: &[u8]) -> Result<Entry, Error> {
    let mut fields = Reader::new(content);
    let serial = fields.expect(tag::INTEGER);
    let serial = serial.map_err(broken("serial number of an entry"))?;
    if serial.value.is_empty() {
        return Err(Error::malformed("the serial number of an entry is empty"));
    }
    let revoked_at = fields.element().and_then(time);
    let revoked_at = revoked_at.map_err(broken("date of an entry"))?;
    let extensions = fields.optional(tag::SEQUENCE);
    let extensions = extensions.map_err(broken("extensions of an entry"))?;
    fields.end().map_err(broken("end of an entry"))?;
    let reason = extensions.map(|extensions| read_reason(extensions.value));
    Ok(Entry {
        revoked_at,
        reason: reason.transpose()?.flatten(),
    })
}

fn read_reason(content: &[u8]) -> Result<Option<u8>, Error> {
    let mut reason = None;
    let mut list = Reader::new(content);
    while !list.is_empty() {
        let extension = Extension::read(&mut list)?;
        match extension.oid.0 {
            // reasonCode
            [0x55, 0x1d, 21] => {
                let read = der::whole(extension.value, ENUMERATED);
                let Ok([code]) = read.map(|read| read.value) else {
                    return Err(Error::malformed("the reason of an entry is not one"));
                };
                reason = Some(*code);
            }
            // invalidityDate
            [0x55, 0x1d, 24] => {}
            // certificateIssuer
            [0x55, 0x1d, 29] => return Err(Error::Indirect),
            _ => extension.refuse_critical()?,
        }
    }
    Ok(reason)
}

/// Most extensions of a list: each is compared with each, before anything is known of who made the list.
const MAX_EXTENSIONS: usize = 64;

/// The list's own extensions (section 5.2); answers with the cRLNumber.
fn read_extensions(content: &[u8]) -> Result<Option<&[u8]>, Error> {
    let sequence = der::whole(content, tag::SEQUENCE).map_err(broken("extensions"))?;
    let mut number = None;
    let mut seen: Vec<Oid<'_>> = Vec::new();
    let mut list = Reader::new(sequence.value);
    while !list.is_empty() {
        let extension = Extension::read(&mut list)?;
        if seen.len() == MAX_EXTENSIONS {
            return Err(Error::malformed("too many extensions"));
        }
        if seen.contains(&extension.oid) {
            return Err(Error::malformed("an extension occurs twice"));
        }
        seen.push(extension.oid);
        match extension.oid.0 {
            // cRLNumber
            [0x55, 0x1d, 20] => {
                let read = der::whole(extension.value, tag::INTEGER).map(|read| read.value);
                number = match read {
                    Ok(octets @ [0..=0x7f, ..]) if octets.len() <= 20 => Some(octets),
                    _ => return Err(Error::malformed("the CRL number is not one")),
                };
            }
            // deltaCRLIndicator
            [0x55, 0x1d, 27] => return Err(Error::Delta),
            // issuingDistributionPoint
            [0x55, 0x1d, 28] => return Err(scope(extension.value)),
            // authorityKeyIdentifier: the signature says more.
            [0x55, 0x1d, 35] => {}
            _ => extension.refuse_critical()?,
        }
    }
    Ok(number)
}

/// What an issuingDistributionPoint makes of the list (section 5.2.5).
fn scope(value: &[u8]) -> Error {
    const INDIRECT: u8 = tag::primitive(4);
    let mut fields = match der::whole(value, tag::SEQUENCE) {
        Ok(point) => Reader::new(point.value),
        Err(error) => return broken("issuingDistributionPoint")(error),
    };
    while let Ok(field) = fields.element() {
        if field.tag == INDIRECT && field.value != [0] {
            return Error::Indirect;
        }
    }
    Error::Partitioned
}

struct Extension<'a> {
    oid: Oid<'a>,
    critical: bool,
    value: &'a [u8],
}

impl<'a> Extension<'a> {
    fn read(list: &mut Reader<'a>) -> Result<Self, Error> {
        Self::read_one(list).map_err(broken("extension"))
    }

    fn read_one(list: &mut Reader<'a>) -> Result<Self, DerError> {
        let mut fields = list.inside(tag::SEQUENCE)?;
        let oid = Oid(fields.expect(tag::OBJECT_IDENTIFIER)?.value);
        let critical = fields.optional(tag::BOOLEAN)?.map(der::boolean);
        let value = fields.expect(tag::OCTET_STRING)?.value;
        fields.end()?;
        Ok(Self {
            oid,
            critical: critical.transpose()?.unwrap_or(false),
            value,
        })
    }

    fn refuse_critical(&self) -> Result<(), Error> {
        if self.critical {
            let oid = self.oid.to_string();
            return Err(Error::UnknownCriticalExtension { oid });
        }
        Ok(())
    }
}
