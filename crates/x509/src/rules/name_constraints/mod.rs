//! Do the names of a certificate lie where the CAs above it may issue? (RFC 5280 sections 4.2.1.10 and 6.1.3 (b) and
//! (c).) Forms of names that are not processed refuse, where a CA constrains them and the certificate has one.

mod directory_name;
mod host_name;
mod ip_address;

use crate::der::{self, DerError, Element, Reader, tag};
use crate::parse::ParsedCertificate;
use crate::reason::{Reason, Refusal};
use crate::rules::{Flaw, Violation};

/// The forms of a GeneralName, by tag (section 4.2.1.6).
const RFC822_NAME: u8 = tag::primitive(1);
const DNS_NAME: u8 = tag::primitive(2);
const DIRECTORY_NAME: u8 = tag::constructed(4);
const URI: u8 = tag::primitive(6);
const IP_ADDRESS: u8 = tag::primitive(7);

/// One name: its form's tag and its content.
#[derive(Clone, Debug)]
struct GeneralName<'a> {
    form: u8,
    value: &'a [u8],
    /// What of it is compared, where that is not `value`: of directory names.
    canonical: Vec<u8>,
}

impl<'a> GeneralName<'a> {
    fn read(form: u8, value: &'a [u8]) -> Result<Self, DerError> {
        let canonical = match form {
            DIRECTORY_NAME => directory_name::canonical(value)?,
            _ => Vec::new(),
        };
        Ok(Self {
            form,
            value,
            canonical,
        })
    }
}

/// The value of a nameConstraints extension.
#[derive(Debug)]
struct NameConstraints<'a> {
    permitted: Vec<GeneralName<'a>>,
    excluded: Vec<GeneralName<'a>>,
}

impl<'a> NameConstraints<'a> {
    fn read(value: &'a [u8]) -> Result<Self, DerError> {
        let mut parts = Reader::new(der::whole(value, tag::SEQUENCE)?.value);
        let mut list = |number| -> Result<Vec<GeneralName<'a>>, DerError> {
            match parts.optional(tag::constructed(number))? {
                Some(list) => subtrees(list.value),
                None => Ok(Vec::new()),
            }
        };
        let (permitted, excluded) = (list(0)?, list(1)?);
        parts.end()?;
        Ok(Self {
            permitted,
            excluded,
        })
    }
}

/// The bases of a list of subtrees. Minimum and maximum are used with no form of name (section 4.2.1.10): they refuse.
fn subtrees(list: &[u8]) -> Result<Vec<GeneralName<'_>>, DerError> {
    let mut list = Reader::new(list);
    let mut bases = Vec::new();
    while !list.is_empty() {
        let mut subtree = list.inside(tag::SEQUENCE)?;
        let Element {
            tag: form, value, ..
        } = subtree.element()?;
        subtree.end()?;
        // A base that is none of the nine forms, or no name, would constrain nothing.
        match form {
            DIRECTORY_NAME => crate::names::check(der::whole(value, tag::SEQUENCE)?.value)?,
            0xa0 | 0x81..=0x82 | 0xa3 | 0xa5 | 0x86..=0x88 => {}
            _ => return Err(DerError("a base of no known form")),
        }
        bases.push(GeneralName::read(form, value)?);
    }
    Ok(bases)
}

/// A CA's own constraints can be read.
pub(in crate::rules) fn check_readable(
    certificate: &ParsedCertificate<'_>,
) -> Result<(), Violation> {
    let read = certificate
        .extensions
        .name_constraints
        .map(NameConstraints::read);
    match read.transpose() {
        Ok(_) => Ok(()),
        Err(error) => Err(Violation::new(
            Flaw::NameConstraints,
            format!("has name constraints that cannot be read: {error}"),
        )),
    }
}

/// Only a CA may have name constraints (section 4.2.1.10).
pub(in crate::rules) fn check_absent(certificate: &ParsedCertificate<'_>) -> Result<(), Violation> {
    match certificate.extensions.name_constraints {
        None => Ok(()),
        Some(_) => Err(Violation::new(
            Flaw::NameConstraints,
            "has name constraints, which only a CA may have",
        )),
    }
}

/// Asks every CA on a path about every certificate below it. `anchor` is the anchor's own extension, `intermediates` the
/// path below it, top first. Self-issued intermediates are passed over (section 6.1.3 (b)). `left` is the work that may
/// still be done, here and on other paths: a name compared with a constraint counts one, and so do 16 octets read.
pub(crate) fn check_path<'a>(
    anchor: Option<&'a [u8]>,
    intermediates: impl Iterator<Item = &'a ParsedCertificate<'a>>,
    leaf: &ParsedCertificate<'_>,
    left: &mut usize,
) -> Result<(), Refusal> {
    let mut above: Vec<&[u8]> = anchor.into_iter().collect();
    for certificate in intermediates {
        if certificate.subject != certificate.issuer {
            check_names(certificate, &above, left)?;
        }
        above.extend(certificate.extensions.name_constraints);
    }
    check_names(leaf, &above, left)
}

fn check_names(
    certificate: &ParsedCertificate<'_>,
    above: &[&[u8]],
    left: &mut usize,
) -> Result<(), Refusal> {
    if above.is_empty() {
        return Ok(());
    }
    let refused = |detail: String| Refusal::new(Reason::NameConstraint, detail);
    let unreadable = |error: DerError| {
        refused(format!(
            "names or their constraints cannot be read: {error}"
        ))
    };
    let mut spend = |work: usize| {
        *left = left.checked_sub(work).ok_or_else(|| {
            let detail = "more names and constraints than are compared";
            Refusal::new(Reason::ChainTooComplex, detail)
        })?;
        Ok(())
    };
    spend(octets_of_names(certificate) / 16)?;
    let names = names_of(certificate).map_err(unreadable)?;
    for value in above {
        spend(value.len() / 16)?;
        let constraints = NameConstraints::read(value).map_err(unreadable)?;
        let bases = constraints.permitted.len() + constraints.excluded.len();
        spend(names.len().saturating_mul(bases))?;
        for name in &names {
            check_name(name, &constraints).map_err(refused)?;
        }
    }
    Ok(())
}

fn octets_of_names(certificate: &ParsedCertificate<'_>) -> usize {
    certificate.subject.len()
        + certificate
            .extensions
            .subject_alt_name
            .map_or(0, <[u8]>::len)
}

/// The names that constraints apply to: alternative names, a subject that is not empty, and the subject's mail
/// addresses, even where an alternative name is one: section 4.2.1.10 would pass over them then, and session tags are
/// made of them all the same.
fn names_of<'a>(certificate: &ParsedCertificate<'a>) -> Result<Vec<GeneralName<'a>>, DerError> {
    let mut names = Vec::new();
    if let Some(value) = certificate.extensions.subject_alt_name {
        let mut alternatives = Reader::new(der::whole(value, tag::SEQUENCE)?.value);
        while !alternatives.is_empty() {
            let Element { tag, value, .. } = alternatives.element()?;
            names.push(GeneralName::read(tag, value)?);
        }
    }
    let subject = der::whole(certificate.subject, tag::SEQUENCE)?;
    for address in directory_name::mail_addresses(subject.value)? {
        names.push(GeneralName::read(RFC822_NAME, address)?);
    }
    if !subject.value.is_empty() {
        names.push(GeneralName::read(DIRECTORY_NAME, subject.raw)?);
    }
    Ok(names)
}

fn check_name(name: &GeneralName<'_>, constraints: &NameConstraints<'_>) -> Result<(), String> {
    let of_form = |base: &&GeneralName<'_>| base.form == name.form;
    for base in constraints.excluded.iter().filter(of_form) {
        if matches(name, base, Side::Excluded)? {
            return Err(format!("{} is excluded by a CA above", describe(name)));
        }
    }
    let mut is_permitted = None;
    for base in constraints.permitted.iter().filter(of_form) {
        let matched = matches(name, base, Side::Permitted)?;
        is_permitted = Some(matched || is_permitted == Some(true));
    }
    match is_permitted {
        Some(false) => Err(format!("{} is not permitted by a CA above", describe(name))),
        _ => Ok(()),
    }
}

/// Which list a subtree stands in: where a name stands for several (a wildcard), all must be permitted, and none may be
/// excluded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Permitted,
    Excluded,
}

/// Whether the name lies below the base, of the same form. An error refuses the certificate.
fn matches(name: &GeneralName<'_>, base: &GeneralName<'_>, side: Side) -> Result<bool, String> {
    let malformed = |error: DerError| format!("{} cannot be compared: {error}", describe(name));
    match name.form {
        DNS_NAME => host_name::dns(name.value, base.value, side).map_err(malformed),
        RFC822_NAME => host_name::mail(name.value, base.value).map_err(malformed),
        URI => host_name::uri(name.value, base.value).map_err(malformed),
        IP_ADDRESS => ip_address::is_within(name.value, base.value).map_err(malformed),
        DIRECTORY_NAME => Ok(name.canonical.starts_with(&base.canonical)),
        _ => Err(format!(
            "{} is of a form whose constraints are not processed",
            describe(name)
        )),
    }
}

fn describe(name: &GeneralName<'_>) -> String {
    let form = match name.form {
        RFC822_NAME => "mail address",
        DNS_NAME => "DNS name",
        URI => "URI",
        IP_ADDRESS => "IP address",
        DIRECTORY_NAME => "directory name",
        other => return format!("a name of the form {}", other & 0x1f),
    };
    let text = match name.form {
        DIRECTORY_NAME => crate::names::Name::from_der(name.value)
            .map(|name| name.to_string())
            .unwrap_or_default(),
        IP_ADDRESS => hex_simd::encode_to_string(name.value, hex_simd::AsciiCase::Lower),
        _ => String::from_utf8_lossy(name.value)
            .escape_debug()
            .to_string(),
    };
    format!("the {form} `{text}`")
}
