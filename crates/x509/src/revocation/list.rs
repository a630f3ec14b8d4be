//! PEM or DER in, a `RevocationList` out: well-formed, not yet proved to be its issuer's.

use jiff::Timestamp;
use rustls_pki_types::pem::{PemObject as _, SectionKind};

use super::error::RevocationListError as Error;
use super::read::{self, Entry, Parts};
use crate::der::{Reader, tag};
use crate::names::Name;
use crate::serial;

/// Most bytes of one revocation list in DER. What ImportCrl takes is smaller and its own limit; this
/// one bounds what is fetched, and some 400,000 entries fit.
pub const MAX_REVOCATION_LIST_BYTES: usize = 16 * 1024 * 1024 - 1;

/// A revocation list that can be read and that is of a kind that is processed. Whether it is its
/// issuer's, [`RevocationList::verify_issued_by`] says.
///
/// In memory it is its DER and 4 bytes for each entry.
#[derive(Debug)]
pub struct RevocationList {
    der: Box<[u8]>,
    parts: Parts,
    issuer: Name,
}

/// What a list says of one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokedCertificate {
    /// When the issuer revoked it.
    pub revoked_at: Timestamp,
    /// The CRLReason, 0 to 10 (RFC 5280 section 5.3.1); `None` where the list gives none.
    pub reason: Option<u8>,
}

impl RevokedCertificate {
    /// The reason in the words of RFC 5280 section 5.3.1.
    #[must_use]
    pub const fn reason_name(&self) -> &'static str {
        match self.reason {
            Some(1) => "keyCompromise",
            Some(2) => "cACompromise",
            Some(3) => "affiliationChanged",
            Some(4) => "superseded",
            Some(5) => "cessationOfOperation",
            Some(6) => "certificateHold",
            Some(8) => "removeFromCRL",
            Some(9) => "privilegeWithdrawn",
            Some(10) => "aACompromise",
            _ => "unspecified",
        }
    }
}

impl RevocationList {
    /// Reads a list, DER or one PEM section `X509 CRL` with any text around it.
    ///
    /// # Errors
    /// What cannot be read; delta, indirect and partitioned lists; unknown critical extensions; a list
    /// without number or nextUpdate.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let der = match bytes {
            [0x30, ..] => bytes.to_vec(),
            _ => one_pem_section(bytes)?,
        };
        if der.len() > MAX_REVOCATION_LIST_BYTES {
            return Err(Error::TooLarge);
        }
        let mut parts = read::read(&der)?;
        parts.entries.shrink_to_fit();
        parts
            .entries
            .sort_unstable_by(|one, other| order(serial_at(&der, *one), serial_at(&der, *other)));
        let issuer = der.get(parts.issuer.clone()).unwrap_or_default();
        let issuer = Name::from_der(issuer)
            .map_err(|error| Error::malformed(format!("the issuer cannot be read: {error}")))?;
        Ok(Self {
            der: der.into_boxed_slice(),
            parts,
            issuer,
        })
    }

    /// The list's DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The CA that it is of.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// The cRLNumber in lower-case hex.
    #[must_use]
    pub fn number_hex(&self) -> String {
        serial::hex(&self.parts.number)
    }

    /// When it was made.
    #[must_use]
    pub fn this_update(&self) -> Timestamp {
        self.parts.this_update
    }

    /// By when the next one is due.
    #[must_use]
    pub fn next_update(&self) -> Timestamp {
        self.parts.next_update
    }

    /// Whether nextUpdate has passed; its second counts to its end.
    #[must_use]
    pub fn is_expired(&self, at: Timestamp) -> bool {
        at.as_second() > self.parts.next_update.as_second()
    }

    /// How many certificates it revokes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.entries.len()
    }

    /// Whether it revokes none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.entries.is_empty()
    }

    /// What it says of a serial number, given as the octets of the INTEGER, in logarithmic time.
    #[must_use]
    pub fn find(&self, serial: &[u8]) -> Option<RevokedCertificate> {
        let found = self
            .parts
            .entries
            .binary_search_by(|at| order(serial_at(&self.der, *at), magnitude(serial)))
            .ok()?;
        let entry = entry_at(&self.der, *self.parts.entries.get(found)?)?;
        Some(RevokedCertificate {
            revoked_at: entry.revoked_at,
            reason: entry.reason,
        })
    }

    pub(super) fn issuer_der(&self) -> &[u8] {
        self.part(&self.parts.issuer)
    }

    pub(super) fn signed(&self) -> &[u8] {
        self.part(&self.parts.signed)
    }

    pub(super) fn algorithm(&self) -> &[u8] {
        self.part(&self.parts.algorithm)
    }

    pub(super) fn signature(&self) -> &[u8] {
        self.part(&self.parts.signature)
    }

    fn part(&self, range: &std::ops::Range<usize>) -> &[u8] {
        self.der.get(range.clone()).unwrap_or_default()
    }
}

/// Shorter numbers first, so that most comparisons are of a length alone.
fn order(one: &[u8], other: &[u8]) -> std::cmp::Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

fn entry_at(der: &[u8], offset: u32) -> Option<Entry> {
    let rest = der.get(usize::try_from(offset).ok()?..)?;
    let entry = Reader::new(rest).expect(tag::SEQUENCE).ok()?;
    read::read_entry(entry.value).ok()
}

/// The magnitude of the serial number of the entry at this place, which was read before.
fn serial_at(der: &[u8], offset: u32) -> &[u8] {
    let read = || {
        let rest = der.get(usize::try_from(offset).ok()?..)?;
        let entry = Reader::new(rest).element().ok()?;
        Some(Reader::new(entry.value).element().ok()?.value)
    };
    magnitude(read().unwrap_or_default())
}

/// The octets of an INTEGER without the zeroes in front.
fn magnitude(mut octets: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = octets {
        octets = rest;
    }
    octets
}

fn one_pem_section(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut found = None;
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(bytes) {
        match section {
            Ok((SectionKind::Crl, der)) if found.is_none() => found = Some(der),
            Ok((SectionKind::Crl, _)) => {
                return Err(Error::malformed("more than one CRL in the text"));
            }
            Ok((kind, _)) => {
                return Err(Error::malformed(format!("a PEM section of kind {kind:?}")));
            }
            Err(error) => return Err(Error::malformed(error.to_string())),
        }
    }
    found.ok_or_else(|| Error::malformed("neither DER nor a PEM section `X509 CRL`"))
}
