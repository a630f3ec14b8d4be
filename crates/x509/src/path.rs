//! A leaf that passed its rules, the presented certificates and the anchor in; the path's facts out.
//! webpki searches and verifies signatures; the rules that it does not know are asked of each path
//! that it finds. When there is none, the reason is worked out afterwards, off the good path.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::UnixTime;
use webpki::{
    EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeId, KeyPurposeIdIter, KeyUsage,
    RequiredEkuNotFoundContext, VerifiedPath,
};

use crate::anchors::AnchorCertificates;
use crate::fingerprint::sha256_fingerprint;
use crate::names::Name;
use crate::parse::ParsedCertificate;
use crate::presented::PresentedChain;
use crate::reason::{Reason, Refusal};
use crate::revocation::{IssuerId, PathSerials, Revocation, SerialNumber};
use crate::rules;

/// What is kept of a verified path.
#[derive(Clone, Debug)]
pub(crate) struct PathFacts {
    /// SHA-256 of each DER, leaf first, anchor last.
    pub(crate) fingerprints: Arc<[[u8; 32]]>,
    /// Earliest notAfter.
    pub(crate) valid_until: Timestamp,
    /// What revocation lists are asked about.
    pub(crate) serials: PathSerials,
}

struct Search<'a> {
    leaf: &'a ParsedCertificate<'a>,
    presented: &'a PresentedChain,
    anchor: &'a AnchorCertificates,
    revocation: &'a Revocation<'a>,
    at: Timestamp,
    found: RefCell<Option<PathFacts>>,
    refused: RefCell<Option<Refusal>>,
}

/// Finds a path and verifies it.
pub(crate) fn find(
    leaf: &ParsedCertificate<'_>,
    presented: &PresentedChain,
    anchor: &AnchorCertificates,
    revocation: &Revocation<'_>,
    at: Timestamp,
) -> Result<PathFacts, Refusal> {
    let end_entity = EndEntityCert::try_from(presented.leaf_certificate()).map_err(|error| {
        Refusal::new(
            Reason::CertificateMalformed,
            format!("the leaf is refused: {error:?}"),
        )
    })?;
    check_namesakes(presented)?;
    let search = Search {
        leaf,
        presented,
        anchor,
        revocation,
        at,
        found: RefCell::new(None),
        refused: RefCell::new(None),
    };
    let verdict = end_entity.verify_for_usage(
        &anchor.signatures().algorithms(),
        anchor.trust_anchors(),
        presented.intermediates(),
        UnixTime::since_unix_epoch(Duration::from_secs(
            u64::try_from(at.as_second()).unwrap_or(0),
        )),
        ClientAuthOrAny,
        None,
        Some(&|path| search.judge(path)),
    );
    match (verdict, search.found.take()) {
        (Ok(_), Some(facts)) => Ok(facts),
        (Ok(_), None) => Err(Refusal::new(Reason::Untrusted, "the path was never judged")),
        (Err(error), _) => Err(search.explain(&error)),
    }
}

/// Most presented certificates of one subject. Cross-signing makes two of a CA; each further one
/// multiplies the paths that someone without any certificate of ours can make us verify.
const MAX_NAMESAKES: usize = 3;

fn check_namesakes(presented: &PresentedChain) -> Result<(), Refusal> {
    if presented.intermediates().len() <= MAX_NAMESAKES {
        return Ok(());
    }
    let parsed = presented.intermediates().iter();
    let parsed: Vec<_> = parsed
        .filter_map(|der| ParsedCertificate::parse(der).ok())
        .collect();
    let subjects = || parsed.iter().map(|certificate| certificate.subject);
    for subject in subjects() {
        if subjects().filter(|other| *other == subject).count() > MAX_NAMESAKES {
            return Err(Refusal::new(
                Reason::ChainTooComplex,
                format!("more than {MAX_NAMESAKES} chain certificates have one subject"),
            ));
        }
    }
    Ok(())
}

impl Search<'_> {
    /// Asks a path with good signatures what webpki does not: our rules for intermediates, the
    /// anchor's validity and its path length. An error sends webpki to look for another path.
    fn judge(&self, path: &VerifiedPath<'_>) -> Result<(), webpki::Error> {
        match self.facts(path) {
            Ok(facts) => {
                self.found.replace(Some(facts));
                Ok(())
            }
            Err(refusal) => {
                self.refused.borrow_mut().get_or_insert(refusal);
                Err(webpki::Error::UnknownIssuer)
            }
        }
    }

    fn facts(&self, path: &VerifiedPath<'_>) -> Result<PathFacts, Refusal> {
        let Some(anchor) = self.anchor.certificate_of(path.anchor()) else {
            return Err(Refusal::new(
                Reason::Untrusted,
                "the path ends at no certificate of ours",
            ));
        };
        let mut fingerprints = Vec::with_capacity(4);
        fingerprints.push(*self.presented.leaf_fingerprint());
        let mut valid_until = self.leaf.not_after.min(anchor.not_after);
        let mut depth = 0;
        let mut serials = PathSerials::with_capacity(4);
        let mut serial = SerialNumber::of(self.leaf.serial)?;
        for certificate in path.intermediate_certificates() {
            let der = certificate.der();
            let parsed = ParsedCertificate::parse(&der)
                .map_err(|detail| Refusal::new(Reason::CertificateMalformed, detail))?;
            rules::check_intermediate(&parsed, self.at)?;
            // Self-issued certificates do not count (RFC 5280 section 6.1.4 (l)).
            if parsed.subject != parsed.issuer {
                depth += 1;
            }
            valid_until = valid_until.min(parsed.not_after);
            serials.push(serial, IssuerId::of(parsed.subject, parsed.public_key.raw));
            serial = SerialNumber::of(parsed.serial)?;
            fingerprints.push(sha256_fingerprint(&der));
        }
        rules::check_anchor_validity(anchor.not_before, anchor.not_after, self.at)?;
        if anchor.path_length.is_some_and(|limit| depth > limit) {
            return Err(path_length(&format!("the anchor `{}`", anchor.subject)));
        }
        fingerprints.push(anchor.fingerprint);
        serials.push(serial, anchor.issuer_id);
        serials.check(self.revocation, self.at)?;
        Ok(PathFacts {
            fingerprints: fingerprints.into(),
            valid_until,
            serials,
        })
    }

    /// Why there is no path: a path that our rules refused; else the first certificate on the way
    /// up by issuer names that breaks a rule; else what webpki says; else where the names end.
    fn explain(&self, error: &webpki::Error) -> Refusal {
        if let Some(refusal) = self.refused.take() {
            return refusal;
        }
        let walked = self.walk();
        if let Walked::Broken(refusal) = walked {
            return refusal;
        }
        match error {
            webpki::Error::PathLenConstraintViolated => path_length("an intermediate certificate"),
            webpki::Error::NameConstraintViolation
            | webpki::Error::MalformedNameConstraint
            | webpki::Error::InvalidNetworkMaskConstraint => Refusal::new(
                Reason::NameConstraint,
                "a name constraint on the path is not met",
            ),
            webpki::Error::MaximumNameConstraintComparisonsExceeded
            | webpki::Error::MaximumPathBuildCallsExceeded
            | webpki::Error::MaximumPathDepthExceeded
            | webpki::Error::MaximumSignatureChecksExceeded => Refusal::new(
                Reason::ChainTooComplex,
                format!("the search gave up: {error:?}"),
            ),
            _ => match walked {
                Walked::ReachesAnchor => Refusal::new(
                    Reason::ChainSignatureInvalid,
                    format!("names lead to the anchor, but a signature does not verify: {error:?}"),
                ),
                Walked::EndsAt(detail) => Refusal::new(Reason::Untrusted, detail),
                Walked::Broken(refusal) => refusal,
            },
        }
    }

    /// Goes up from the leaf by issuer names alone.
    fn walk(&self) -> Walked {
        let mut unreadable = None;
        let mut candidates = Vec::new();
        for der in self.presented.intermediates() {
            match ParsedCertificate::parse(der) {
                Ok(parsed) => candidates.push(parsed),
                Err(detail) => unreadable = Some(detail),
            }
        }
        let mut reaches_anchor = false;
        let mut top = self.leaf;
        let mut seen = vec![false; candidates.len()];
        let mut pending = vec![self.leaf];
        while let Some(certificate) = pending.pop() {
            top = certificate;
            let issuer = certificate.issuer;
            if self
                .anchor
                .certificates()
                .iter()
                .any(|anchor| anchor.subject.der() == issuer)
            {
                reaches_anchor = true;
            }
            for (candidate, seen) in candidates.iter().zip(&mut seen) {
                if *seen || candidate.subject != issuer {
                    continue;
                }
                *seen = true;
                if let Err(refusal) = rules::check_intermediate(candidate, self.at) {
                    return Walked::Broken(refusal);
                }
                pending.push(candidate);
            }
        }
        match unreadable {
            _ if reaches_anchor => Walked::ReachesAnchor,
            Some(detail) => Walked::Broken(Refusal::new(Reason::CertificateMalformed, detail)),
            None => Walked::EndsAt(format!(
                "neither anchor nor chain has the issuer `{}`",
                Name::from_der(top.issuer).unwrap_or_default()
            )),
        }
    }
}

enum Walked {
    Broken(Refusal),
    ReachesAnchor,
    EndsAt(String),
}

fn path_length(whose: &str) -> Refusal {
    Refusal::new(
        Reason::PathLength,
        format!("the path is longer than {whose} allows"),
    )
}

/// webpki asks it of each certificate below the anchor.
struct ClientAuthOrAny;

impl ExtendedKeyUsageValidator for ClientAuthOrAny {
    fn validate(&self, usages: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        // id-kp-clientAuth 1.3.6.1.5.5.7.3.2 and anyExtendedKeyUsage 2.5.29.37.0
        const CLIENT_AUTH: KeyPurposeId<'_> =
            KeyPurposeId::new(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02]);
        const ANY: KeyPurposeId<'_> = KeyPurposeId::new(&[0x55, 0x1d, 0x25, 0x00]);
        let mut present = Vec::new();
        for usage in usages {
            let usage = usage?;
            if usage == CLIENT_AUTH || usage == ANY {
                return Ok(());
            }
            present.push(usage.to_decoded_oid());
        }
        if present.is_empty() {
            return Ok(());
        }
        Err(webpki::Error::RequiredEkuNotFoundContext(
            RequiredEkuNotFoundContext {
                required: KeyUsage::client_auth(),
                present,
            },
        ))
    }
}
