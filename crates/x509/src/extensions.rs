//! A certificate's extensions in, those that the rules ask about out (RFC 5280 section 4.2). `parse.rs` calls it.

use crate::der::{self, DerError, Oid, Reader, tag};

/// The extensions that the rules ask about.
#[derive(Debug, Default)]
pub(crate) struct Extensions<'a> {
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) extended_key_usage: Option<ExtendedKeyUsage>,
    /// DER of the subjectAltName value.
    pub(crate) subject_alt_name: Option<&'a [u8]>,
    /// DER of the nameConstraints value.
    pub(crate) name_constraints: Option<&'a [u8]>,
    /// DER of the cRLDistributionPoints value.
    pub(crate) crl_distribution_points: Option<&'a [u8]>,
    pub(crate) subject_key_id: Option<&'a [u8]>,
    /// The keyIdentifier of the authorityKeyIdentifier.
    pub(crate) authority_key_id: Option<&'a [u8]>,
    /// The first critical extension that no rule processes.
    pub(crate) unknown_critical: Option<Oid<'a>>,
}

/// Comparing each with each stays cheap.
const MAX_EXTENSIONS: usize = 64;

/// Whether one of the first `count` extensions of the list, which have been read, is this one.
fn occurs_among(list: &[u8], count: usize, oid: Oid<'_>) -> bool {
    let mut earlier = Reader::new(list);
    (0..count).any(|_| {
        let read = earlier.inside(tag::SEQUENCE);
        let found = read.and_then(|mut parts| parts.expect(tag::OBJECT_IDENTIFIER));
        found.is_ok_and(|found| found.value == oid.0)
    })
}

/// RFC 5280 section 4.2.1.9.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BasicConstraints {
    pub(crate) ca: bool,
    pub(crate) path_length: Option<u32>,
}

/// The named bits of RFC 5280 section 4.2.1.3, the first one highest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyUsage(u16);

/// What RFC 5280 section 4.2.1.12 is asked for here.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ExtendedKeyUsage {
    pub(crate) client_auth: bool,
    pub(crate) any: bool,
}

impl<'a> Extensions<'a> {
    /// Reads the content of the `[3]` element.
    pub(crate) fn read(explicit: &'a [u8]) -> Result<Self, String> {
        let malformed = |error: DerError| format!("the extensions cannot be read: {error}");
        let whole = der::whole(explicit, tag::SEQUENCE).map_err(malformed)?;
        let mut list = Reader::new(whole.value);
        let mut read = Self::default();
        // Those of id-ce (2.5.29) by their last number, so that the usual ones cost no search.
        let mut seen = 0_u64;
        for count in 0.. {
            if list.is_empty() {
                break;
            }
            if count == MAX_EXTENSIONS {
                return Err(format!("more than {MAX_EXTENSIONS} extensions"));
            }
            let mut parts = list.inside(tag::SEQUENCE).map_err(malformed)?;
            let oid = Oid(parts
                .expect(tag::OBJECT_IDENTIFIER)
                .map_err(malformed)?
                .value);
            let critical = match parts.optional(tag::BOOLEAN).map_err(malformed)? {
                Some(critical) => der::boolean(critical).map_err(malformed)?,
                None => false,
            };
            let value = parts.expect(tag::OCTET_STRING).map_err(malformed)?.value;
            parts.end().map_err(malformed)?;
            // RFC 5280 section 4.2.
            let occurs_twice = match *oid.0 {
                [0x55, 0x1d, number @ 0..=63] => {
                    let bit = 1 << number;
                    let twice = seen & bit != 0;
                    seen |= bit;
                    twice
                }
                _ => occurs_among(whole.value, count, oid),
            };
            if occurs_twice {
                return Err(format!("the extension {oid} occurs twice"));
            }
            read.add(oid, critical, value)?;
        }
        Ok(read)
    }

    fn add(&mut self, oid: Oid<'a>, critical: bool, value: &'a [u8]) -> Result<(), String> {
        let unreadable =
            |name: &str, error: DerError| format!("the {name} extension cannot be read: {error}");
        // id-ce is 2.5.29.
        match oid.0 {
            [0x55, 0x1d, 15] => {
                let usage = KeyUsage::read(value).map_err(|error| unreadable("keyUsage", error))?;
                self.key_usage = Some(usage);
            }
            [0x55, 0x1d, 17] => self.subject_alt_name = Some(value),
            [0x55, 0x1d, 19] => {
                let constraints = BasicConstraints::read(value)
                    .map_err(|error| unreadable("basicConstraints", error))?;
                self.basic_constraints = Some(constraints);
            }
            [0x55, 0x1d, 37] => {
                let usage = ExtendedKeyUsage::read(value)
                    .map_err(|error| unreadable("extendedKeyUsage", error))?;
                self.extended_key_usage = Some(usage);
            }
            [0x55, 0x1d, 30] => self.name_constraints = Some(value),
            // Section 4.2.1.13: it should not be critical; whoever made it so wants it processed always, which it isn't.
            [0x55, 0x1d, 31] if !critical => self.crl_distribution_points = Some(value),
            // Both identifiers must not be critical (sections 4.2.1.1 and 4.2.1.2): one that is counts as unknown.
            [0x55, 0x1d, 14] if !critical => {
                let id = der::whole(value, tag::OCTET_STRING)
                    .map_err(|error| unreadable("subjectKeyIdentifier", error))?;
                self.subject_key_id = Some(id.value);
            }
            [0x55, 0x1d, 35] if !critical => {
                self.authority_key_id = authority_key_id(value)
                    .map_err(|error| unreadable("authorityKeyIdentifier", error))?;
            }
            _ => {
                if critical && self.unknown_critical.is_none() {
                    self.unknown_critical = Some(oid);
                }
            }
        }
        Ok(())
    }
}

/// The keyIdentifier, which may be left out.
fn authority_key_id(value: &[u8]) -> Result<Option<&[u8]>, DerError> {
    let mut parts = Reader::new(der::whole(value, tag::SEQUENCE)?.value);
    let id = parts.optional(tag::primitive(0))?;
    Ok(id.map(|id| id.value))
}

impl BasicConstraints {
    fn read(value: &[u8]) -> Result<Self, DerError> {
        let mut parts = Reader::new(der::whole(value, tag::SEQUENCE)?.value);
        let ca = match parts.optional(tag::BOOLEAN)? {
            Some(ca) => der::boolean(ca)?,
            None => false,
        };
        let path_length = match parts.optional(tag::INTEGER)? {
            Some(length) => Some(der::small_integer(length)?),
            None => None,
        };
        parts.end()?;
        Ok(Self { ca, path_length })
    }
}

impl KeyUsage {
    fn read(value: &[u8]) -> Result<Self, DerError> {
        let (unused, bits) = match der::whole(value, tag::BIT_STRING)?.value {
            [0] => (0, 0),
            [unused @ 0..=7, first] => (u32::from(*unused) + 8, u16::from_be_bytes([*first, 0])),
            [unused @ 0..=7, first, second] => {
                (u32::from(*unused), u16::from_be_bytes([*first, *second]))
            }
            _ => return Err(DerError("it is not a string of its nine bits")),
        };
        // ITU-T X.690 section 11.2.1.
        if bits.trailing_zeros() < unused {
            return Err(DerError("a bit that is not used is set"));
        }
        Ok(Self(bits))
    }

    pub(crate) fn digital_signature(self) -> bool {
        self.0 & 0x8000 != 0
    }

    pub(crate) fn key_cert_sign(self) -> bool {
        self.0 & 0x0400 != 0
    }

    pub(crate) fn crl_sign(self) -> bool {
        self.0 & 0x0200 != 0
    }
}

impl ExtendedKeyUsage {
    fn read(value: &[u8]) -> Result<Self, DerError> {
        let mut usages = Reader::new(der::whole(value, tag::SEQUENCE)?.value);
        let mut read = Self::default();
        while !usages.is_empty() {
            match usages.expect(tag::OBJECT_IDENTIFIER)?.value {
                // id-kp-clientAuth 1.3.6.1.5.5.7.3.2
                [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02] => read.client_auth = true,
                // anyExtendedKeyUsage 2.5.29.37.0
                [0x55, 0x1d, 0x25, 0x00] => read.any = true,
                _ => {}
            }
        }
        Ok(read)
    }
}
