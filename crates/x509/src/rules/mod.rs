//! The questions put to each certificate, in order, for its place on the path. A rule answers with a
//! `Violation`; the place decides which `Reason` that is. `verify_chain.rs` and `anchors.rs` call.

use jiff::Timestamp;

use crate::parse::ParsedCertificate;
use crate::public_key::KeyKind;
use crate::reason::{Reason, Refusal};

mod basic_constraints;
mod critical_extensions;
mod extended_key_usage;
pub(crate) mod key_identifiers;
mod key_strength;
mod key_usage;
pub(crate) mod name_constraints;
pub(crate) mod path_length;
mod serial;
mod signature_algorithm;
mod subject;
mod validity;
mod version;

/// A certificate's place on the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Leaf,
    Intermediate,
    Anchor,
}

/// What a rule found wrong, before it is known what that means at this place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    Version,
    BasicConstraints,
    KeyUsage,
    CertSign,
    ExtendedKeyUsage,
    CriticalExtension,
    WeakSignature,
    UnsupportedSignature,
    WeakKey,
    UnsupportedKey,
    EmptySubject,
    Serial,
    NameConstraints,
    Expired,
    NotYetValid,
}

/// A flaw and what was seen, the certificate not named yet.
#[derive(Debug)]
pub(crate) struct Violation {
    flaw: Flaw,
    seen: String,
}

impl Violation {
    fn new(flaw: Flaw, seen: impl Into<String>) -> Self {
        Self {
            flaw,
            seen: seen.into(),
        }
    }

    fn at(self, place: Place) -> Refusal {
        let who = match place {
            Place::Leaf => "the leaf",
            Place::Intermediate => "an intermediate certificate",
            Place::Anchor => "the anchor certificate",
        };
        Refusal::new(reason(place, self.flaw), format!("{who} {}", self.seen))
    }
}

type Rule = fn(&ParsedCertificate<'_>, Timestamp) -> Result<(), Violation>;

/// What AWS asks of an end-entity certificate (user guide, "Trust model"), and of any certificate by
/// RFC 5280, up to its key.
const LEAF_RULES: [Rule; 8] = [
    |leaf, _| version::check(leaf),
    |leaf, _| basic_constraints::check_not_ca(leaf),
    |leaf, _| key_usage::check_digital_signature(leaf),
    |leaf, _| key_usage::check_no_cert_sign(leaf),
    |leaf, _| extended_key_usage::check(leaf),
    |leaf, _| critical_extensions::check(leaf),
    |leaf, _| name_constraints::check_absent(leaf),
    |leaf, _| signature_algorithm::check(leaf),
];

/// What is asked once the key is known.
const LEAF_RULES_BEHIND_KEY: [Rule; 3] = [
    |leaf, _| subject::check(leaf),
    |leaf, _| serial::check(leaf),
    |leaf, at| validity::check(leaf.not_before, leaf.not_after, at),
];

/// What RFC 5280 section 6.1.4 asks of a CA certificate between leaf and anchor.
const INTERMEDIATE_RULES: [Rule; 11] = [
    |certificate, _| version::check(certificate),
    |certificate, _| basic_constraints::check_ca(certificate),
    |certificate, _| key_usage::check_cert_sign_if_present(certificate),
    |certificate, _| extended_key_usage::check(certificate),
    |certificate, _| critical_extensions::check(certificate),
    |certificate, _| name_constraints::check_readable(certificate),
    |certificate, _| signature_algorithm::check(certificate),
    |certificate, _| key_strength::check(certificate).map(|_| ()),
    |certificate, _| subject::check(certificate),
    |certificate, _| serial::check(certificate),
    |certificate, at| validity::check(certificate.not_before, certificate.not_after, at),
];

/// Answers with the kind of key, read on the way, or the first refusal.
pub(crate) fn check_leaf(leaf: &ParsedCertificate<'_>, at: Timestamp) -> Result<KeyKind, Refusal> {
    let checked = || {
        LEAF_RULES.iter().try_for_each(|rule| rule(leaf, at))?;
        let kind = key_strength::check(leaf)?;
        let mut rest = LEAF_RULES_BEHIND_KEY.iter();
        rest.try_for_each(|rule| rule(leaf, at))?;
        Ok(kind)
    };
    checked().map_err(|violation: Violation| violation.at(Place::Leaf))
}

/// What is asked of a certificate of any kind at the end of a path.
const ANY_RULES: [Rule; 5] = [
    |leaf, _| version::check(leaf),
    |leaf, _| critical_extensions::check(leaf),
    |leaf, _| signature_algorithm::check(leaf),
    |leaf, _| key_strength::check(leaf).map(|_| ()),
    |leaf, at| validity::check(leaf.not_before, leaf.not_after, at),
];

/// The first refusal of a certificate of any kind.
pub(crate) fn check_any(leaf: &ParsedCertificate<'_>, at: Timestamp) -> Result<(), Refusal> {
    let mut rules = ANY_RULES.iter();
    rules
        .try_for_each(|rule| rule(leaf, at))
        .map_err(|violation| violation.at(Place::Leaf))
}

/// Every refusal, for those who ask what is wrong with it.
pub(crate) fn leaf_refusals(leaf: &ParsedCertificate<'_>, at: Timestamp) -> Vec<Refusal> {
    let key: Rule = |leaf, _| key_strength::check(leaf).map(|_| ());
    let rules = LEAF_RULES
        .iter()
        .chain([&key])
        .chain(&LEAF_RULES_BEHIND_KEY);
    rules
        .filter_map(|rule| rule(leaf, at).err())
        .map(|violation| violation.at(Place::Leaf))
        .collect()
}

/// The first refusal.
pub(crate) fn check_intermediate(
    certificate: &ParsedCertificate<'_>,
    at: Timestamp,
) -> Result<(), Refusal> {
    let mut rules = INTERMEDIATE_RULES.iter();
    rules
        .try_for_each(|rule| rule(certificate, at))
        .map_err(|violation| violation.at(Place::Intermediate))
}

/// Every refusal.
pub(crate) fn intermediate_refusals(
    certificate: &ParsedCertificate<'_>,
    at: Timestamp,
) -> Vec<Refusal> {
    let refused = INTERMEDIATE_RULES.iter();
    refused
        .filter_map(|rule| rule(certificate, at).err())
        .map(|violation| violation.at(Place::Intermediate))
        .collect()
}

type TimelessRule = fn(&ParsedCertificate<'_>) -> Result<(), Violation>;

/// What AWS asks of a trust anchor's certificate when the anchor is created, up to its key. The serial number is
/// left alone, since roots with serial 0 are common and nothing depends on it; validity is asked
/// on each use by [`check_anchor_validity`].
const ANCHOR_RULES: [TimelessRule; 6] = [
    version::check,
    basic_constraints::check_ca,
    key_usage::check_cert_sign,
    critical_extensions::check,
    name_constraints::check_readable,
    signature_algorithm::check,
];

/// Answers with the kind of key, read on the way, or the first refusal.
pub(crate) fn check_anchor(certificate: &ParsedCertificate<'_>) -> Result<KeyKind, Refusal> {
    let checked = || {
        ANCHOR_RULES.iter().try_for_each(|rule| rule(certificate))?;
        let kind = key_strength::check(certificate)?;
        subject::check(certificate)?;
        Ok(kind)
    };
    checked().map_err(|violation: Violation| violation.at(Place::Anchor))
}

/// Every refusal, and whether the certificate is valid at this moment, which no anchor is refused for when it is made.
pub(crate) fn anchor_refusals(certificate: &ParsedCertificate<'_>, at: Timestamp) -> Vec<Refusal> {
    let rules = ANCHOR_RULES.iter().map(|rule| rule(certificate));
    let key = key_strength::check(certificate).map(|_| ());
    let valid = validity::check(certificate.not_before, certificate.not_after, at);
    rules
        .chain([key, subject::check(certificate), valid])
        .filter_map(Result::err)
        .map(|violation| violation.at(Place::Anchor))
        .collect()
}

/// Whether an anchor certificate is valid at this moment.
pub(crate) fn check_anchor_validity(
    not_before: Timestamp,
    not_after: Timestamp,
    at: Timestamp,
) -> Result<(), Refusal> {
    validity::check(not_before, not_after, at).map_err(|violation| violation.at(Place::Anchor))
}

fn reason(place: Place, flaw: Flaw) -> Reason {
    use Reason as R;
    let [leaf, intermediate, anchor] = match flaw {
        Flaw::Version => [R::LeafVersion, R::IntermediateVersion, R::AnchorVersion],
        Flaw::BasicConstraints => [R::LeafIsCa, R::IntermediateNotCa, R::AnchorNotCa],
        Flaw::KeyUsage => [
            R::NoDigitalSignature,
            R::IntermediateNoCertSign,
            R::AnchorNoCertSign,
        ],
        // A CA is not asked.
        Flaw::CertSign => [
            R::LeafCertSign,
            R::IntermediateNoCertSign,
            R::AnchorNoCertSign,
        ],
        // Anchors are not asked: RFC 5280 section 6.1 takes name and key from them.
        Flaw::ExtendedKeyUsage => [
            R::LeafExtendedKeyUsage,
            R::IntermediateExtendedKeyUsage,
            R::AnchorMalformed,
        ],
        Flaw::CriticalExtension => [
            R::LeafUnknownCriticalExtension,
            R::IntermediateUnknownCriticalExtension,
            R::AnchorUnknownCriticalExtension,
        ],
        Flaw::WeakSignature => [
            R::LeafWeakSignature,
            R::IntermediateWeakSignature,
            R::AnchorWeakSignature,
        ],
        Flaw::UnsupportedSignature => [
            R::LeafUnsupportedSignature,
            R::IntermediateUnsupportedSignature,
            R::AnchorUnsupportedSignature,
        ],
        Flaw::WeakKey => [R::LeafWeakKey, R::IntermediateWeakKey, R::AnchorWeakKey],
        Flaw::UnsupportedKey => [
            R::LeafUnsupportedKey,
            R::IntermediateUnsupportedKey,
            R::AnchorUnsupportedKey,
        ],
        Flaw::EmptySubject => [
            R::LeafEmptySubject,
            R::IntermediateEmptySubject,
            R::AnchorEmptySubject,
        ],
        Flaw::NameConstraints => [
            R::LeafNameConstraints,
            R::IntermediateNameConstraints,
            R::AnchorMalformed,
        ],
        Flaw::Serial => [R::LeafSerial, R::IntermediateSerial, R::AnchorMalformed],
        Flaw::Expired => [R::LeafExpired, R::IntermediateExpired, R::AnchorExpired],
        Flaw::NotYetValid => [
            R::LeafNotYetValid,
            R::IntermediateNotYetValid,
            R::AnchorNotYetValid,
        ],
    };
    match place {
        Place::Leaf => leaf,
        Place::Intermediate => intermediate,
        Place::Anchor => anchor,
    }
}
