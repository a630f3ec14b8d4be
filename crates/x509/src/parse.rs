//! DER bytes in, the parts of a certificate that the rules ask about out, borrowed and each read once (RFC 5280 section 4.1).
//! Every request with a certificate that is not remembered comes by here: nothing is copied, nothing allocated.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::der::{self, DerError, Element, Oid, Reader, tag};
use crate::extensions::Extensions;
use crate::names;

/// A certificate that can be read; nothing about it is verified.
#[derive(Debug)]
pub(crate) struct ParsedCertificate<'a> {
    /// As people count: 1, 2 or 3, and what else someone may write.
    pub(crate) version: u32,
    /// The serial number's octets: big-endian, two's complement.
    pub(crate) serial: &'a [u8],
    /// What is signed: the tbsCertificate, DER.
    pub(crate) signed: &'a [u8],
    /// The content of the signature's bit string.
    pub(crate) signature: &'a [u8],
    /// The algorithm that stands beside the signature, and inside what is signed.
    pub(crate) signature_algorithm: AlgorithmIdentifier<'a>,
    /// The issuer's name, DER.
    pub(crate) issuer: &'a [u8],
    /// The subject's name, DER.
    pub(crate) subject: &'a [u8],
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    pub(crate) public_key: SubjectPublicKeyInfo<'a>,
    pub(crate) extensions: Extensions<'a>,
}

/// An algorithm with its parameters (RFC 5280 section 4.1.1.2).
#[derive(Clone, Copy, Debug)]
pub(crate) struct AlgorithmIdentifier<'a> {
    /// All of it, without tag and length.
    pub(crate) content: &'a [u8],
    pub(crate) oid: Oid<'a>,
    pub(crate) parameters: Option<Element<'a>>,
}

/// A public key (RFC 5280 section 4.1.2.7).
#[derive(Clone, Copy, Debug)]
pub(crate) struct SubjectPublicKeyInfo<'a> {
    pub(crate) algorithm: AlgorithmIdentifier<'a>,
    /// The content of the bit string.
    pub(crate) key: &'a [u8],
    /// The whole of it, DER.
    pub(crate) raw: &'a [u8],
}

/// The longest serial number that is read at all; the rules accept 20 octets of a leaf (RFC 5280 section 4.1.2.2).
const MAX_SERIAL_OCTETS: usize = 64;

impl<'a> ParsedCertificate<'a> {
    /// Parses exactly one certificate. The error says what could not be read.
    pub(crate) fn parse(der: &'a [u8]) -> Result<Self, String> {
        let malformed = |error: DerError| format!("not a DER certificate: {error}");
        let certificate = der::whole(der, tag::SEQUENCE).map_err(malformed)?;
        let mut certificate = Reader::new(certificate.value);
        let whole_signed = certificate.expect(tag::SEQUENCE).map_err(malformed)?;
        let mut signed = Reader::new(whole_signed.value);
        let signature_algorithm = AlgorithmIdentifier::read(&mut certificate).map_err(malformed)?;
        let signature = certificate.expect(tag::BIT_STRING);
        let signature = signature.and_then(der::octet_aligned).map_err(malformed)?;
        certificate.end().map_err(malformed)?;
        let version = version(&mut signed).map_err(malformed)?;
        let serial = signed.expect(tag::INTEGER).map_err(malformed)?.value;
        // Before any rule: its decimal form costs the square of its length.
        if serial.len() > MAX_SERIAL_OCTETS {
            return Err(format!(
                "a serial number of over {MAX_SERIAL_OCTETS} octets"
            ));
        }
        let inner = AlgorithmIdentifier::read(&mut signed).map_err(malformed)?;
        // RFC 5280 section 4.1.1.2.
        if inner.content != signature_algorithm.content {
            return Err("it names two different signature algorithms".to_owned());
        }
        let issuer = name(&mut signed, "issuer")?;
        let (not_before, not_after) = validity(&mut signed).map_err(malformed)?;
        let subject = name(&mut signed, "subject")?;
        let public_key = SubjectPublicKeyInfo::read(&mut signed).map_err(malformed)?;
        // issuerUniqueID and subjectUniqueID mean nothing to us.
        signed.optional(tag::primitive(1)).map_err(malformed)?;
        signed.optional(tag::primitive(2)).map_err(malformed)?;
        let extensions = match signed.optional(tag::constructed(3)).map_err(malformed)? {
            Some(extensions) => Extensions::read(extensions.value)?,
            None => Extensions::default(),
        };
        signed.end().map_err(malformed)?;
        Ok(Self {
            version,
            serial,
            signed: whole_signed.raw,
            signature,
            signature_algorithm,
            issuer,
            subject,
            not_before,
            not_after,
            public_key,
            extensions,
        })
    }
}

impl<'a> AlgorithmIdentifier<'a> {
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, DerError> {
        let content = reader.expect(tag::SEQUENCE)?.value;
        let mut parts = Reader::new(content);
        let oid = Oid(parts.expect(tag::OBJECT_IDENTIFIER)?.value);
        let parameters = match parts.is_empty() {
            true => None,
            false => Some(parts.element()?),
        };
        parts.end()?;
        Ok(Self {
            content,
            oid,
            parameters,
        })
    }
}

impl<'a> SubjectPublicKeyInfo<'a> {
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, DerError> {
        let whole = reader.expect(tag::SEQUENCE)?;
        let mut parts = Reader::new(whole.value);
        let algorithm = AlgorithmIdentifier::read(&mut parts)?;
        let key = der::octet_aligned(parts.expect(tag::BIT_STRING)?)?;
        parts.end()?;
        Ok(Self {
            algorithm,
            key,
            raw: whole.raw,
        })
    }
}

fn version(signed: &mut Reader<'_>) -> Result<u32, DerError> {
    let Some(version) = signed.optional(tag::constructed(0))? else {
        return Ok(1);
    };
    let number = der::small_integer(der::whole(version.value, tag::INTEGER)?)?;
    Ok(number.saturating_add(1))
}

fn name<'a>(signed: &mut Reader<'a>, whose: &str) -> Result<&'a [u8], String> {
    let name = signed
        .expect(tag::SEQUENCE)
        .and_then(|name| names::check(name.value).map(|()| name.raw));
    name.map_err(|error| format!("the {whose}'s name cannot be read: {error}"))
}

fn validity(signed: &mut Reader<'_>) -> Result<(Timestamp, Timestamp), DerError> {
    let mut ends = signed.inside(tag::SEQUENCE)?;
    let not_before = time(ends.element()?)?;
    let not_after = time(ends.element()?)?;
    ends.end()?;
    Ok((not_before, not_after))
}

/// Whole seconds in UTC, of the years 1950 to 2049 as UTCTime, of others as GeneralizedTime (RFC 5280 section 4.1.2.5).
/// jiff ends a day short of the year 9999, whose last second means "no end": such ends are clamped.
pub(crate) fn time(element: Element<'_>) -> Result<Timestamp, DerError> {
    const BROKEN: DerError = DerError("a time is not of the form that certificates have");
    let (year, rest) = match (element.tag, element.value) {
        (tag::UTC_TIME, [y1, y2, rest @ ..]) => match two_digits([*y1, *y2]) {
            Some(year @ 50..) => (1900 + year, rest),
            Some(year) => (2000 + year, rest),
            None => return Err(BROKEN),
        },
        (tag::GENERALIZED_TIME, [y1, y2, y3, y4, rest @ ..]) => {
            match (two_digits([*y1, *y2]), two_digits([*y3, *y4])) {
                (Some(century), Some(year)) => (century * 100 + year, rest),
                _ => return Err(BROKEN),
            }
        }
        _ => return Err(BROKEN),
    };
    let (pairs, [b'Z']) = rest.as_chunks::<2>() else {
        return Err(BROKEN);
    };
    let [month, day, hour, minute, second] = pairs else {
        return Err(BROKEN);
    };
    let part = |pair: &[u8; 2]| two_digits(*pair).and_then(|number| i8::try_from(number).ok());
    let (Some(month), Some(day), Some(hour), Some(minute), Some(second)) = (
        part(month),
        part(day),
        part(hour),
        part(minute),
        part(second),
    ) else {
        return Err(BROKEN);
    };
    let civil = DateTime::new(year, month, day, hour, minute, second, 0).map_err(|_| BROKEN)?;
    Ok(Offset::UTC.to_timestamp(civil).unwrap_or(Timestamp::MAX))
}

fn two_digits([tens, ones]: [u8; 2]) -> Option<i16> {
    let digit = |octet: u8| octet.is_ascii_digit().then(|| i16::from(octet - b'0'));
    Some(digit(tens)? * 10 + digit(ones)?)
}

#[cfg(test)]
mod tests {
    use x509_parser::certificate::X509Certificate;
    use x509_parser::prelude::FromDer as _;

    use super::{ParsedCertificate, time};
    use crate::der::{Reader, tag};

    #[test]
    fn times_are_whole_seconds_of_utc() {
        let read = |tag: u8, text: &str| {
            let der = [&[tag, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
            time(Reader::new(&der).element().unwrap())
                .ok()
                .map(|at| at.to_string())
        };
        let rows = [
            (tag::UTC_TIME, "261122002723Z", Some("2026-11-22T00:27:23Z")),
            (tag::UTC_TIME, "491231235959Z", Some("2049-12-31T23:59:59Z")),
            (tag::UTC_TIME, "500101000000Z", Some("1950-01-01T00:00:00Z")),
            (
                tag::GENERALIZED_TIME,
                "20500101000000Z",
                Some("2050-01-01T00:00:00Z"),
            ),
            (
                tag::GENERALIZED_TIME,
                "99991231235959Z",
                Some("9999-12-30T22:00:00.999999999Z"),
            ),
            (tag::UTC_TIME, "2611220027Z", None),
            (tag::UTC_TIME, "261122002723+0000", None),
            (tag::UTC_TIME, "260230000000Z", None),
            (tag::UTC_TIME, "26112200272xZ", None),
            (tag::GENERALIZED_TIME, "20500101000000.5Z", None),
            (tag::GENERALIZED_TIME, "20500101000060Z", None),
            (tag::OCTET_STRING, "261122002723Z", None),
        ];
        for (tag, text, expected) in rows {
            assert_eq!(read(tag, text).as_deref(), expected, "{text}");
        }
    }

    /// Whatever is done to a certificate: what we read in it is what x509-parser reads in it.
    #[test]
    fn agrees_with_x509_parser() {
        let mut params = rcgen::CertificateParams::new(["a.example.org".to_owned()]).unwrap();
        params
            .distinguished_name
            .push(rcgen::DnType::OrganizationName, "Example");
        params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(3));
        let key = rcgen::KeyPair::generate().unwrap();
        let honest = params.self_signed(&key).unwrap().der().to_vec();
        assert!(both_read_the_same(&honest));
        let mut read = 0;
        for position in 0..honest.len() {
            for change in [0x01, 0x03, 0x10, 0x80, 0xff] {
                let mut changed = honest.clone();
                changed[position] ^= change;
                read += usize::from(both_read_the_same(&changed));
            }
        }
        assert!(read > honest.len(), "only {read} could be read");
    }

    fn both_read_the_same(der: &[u8]) -> bool {
        let Ok(ours) = ParsedCertificate::parse(der) else {
            return false;
        };
        // With extensions and another version it is refused by a rule, and not read by x509-parser.
        if ours.version != 3 {
            return false;
        }
        let (rest, theirs) = X509Certificate::from_der(der).unwrap();
        assert!(rest.is_empty());
        assert_eq!(ours.version, theirs.version.0 + 1);
        assert_eq!(ours.serial, theirs.raw_serial());
        assert_eq!(ours.issuer, theirs.issuer().as_raw());
        assert_eq!(ours.subject, theirs.subject().as_raw());
        assert_eq!(ours.public_key.raw, theirs.public_key().raw);
        let key = &*theirs.public_key().subject_public_key.data;
        assert_eq!(ours.public_key.key, key);
        let algorithm = theirs.signature_algorithm.algorithm.as_bytes();
        assert_eq!(ours.signature_algorithm.oid.0, algorithm);
        let validity = theirs.validity();
        assert_eq!(ours.not_before.as_second(), validity.not_before.timestamp());
        assert_eq!(ours.not_after.as_second(), validity.not_after.timestamp());
        let extensions = &ours.extensions;
        let constraints = theirs.basic_constraints().unwrap().map(|found| found.value);
        assert_eq!(
            extensions
                .basic_constraints
                .map(|ours| (ours.ca, ours.path_length)),
            constraints.map(|theirs| (theirs.ca, theirs.path_len_constraint))
        );
        let usage = theirs.key_usage().unwrap().map(|found| found.value);
        assert_eq!(
            extensions
                .key_usage
                .map(|ours| (ours.digital_signature(), ours.key_cert_sign())),
            usage.map(|theirs| (theirs.digital_signature(), theirs.key_cert_sign()))
        );
        let usage = theirs.extended_key_usage().unwrap();
        assert_eq!(
            extensions
                .extended_key_usage
                .map(|ours| (ours.client_auth, ours.any)),
            usage.map(|theirs| (theirs.value.client_auth, theirs.value.any))
        );
        true
    }
}
