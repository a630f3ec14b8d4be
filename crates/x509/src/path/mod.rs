//! A leaf that passed its rules, the presented certificates and the anchor in; the path's facts out (RFC 5280 section 6).
//!
//! The search goes down from the anchor, over certificates that issuer names connect with the leaf: so a signature is
//! verified only with a key that a verified path leads to, and who has no certificate of the anchor's makes us verify
//! one signature for each certificate, with the anchor's own key. Every pair is verified once, and what all of them cost is bounded.

mod budget;
mod candidates;
mod explain;

use std::sync::Arc;

use jiff::Timestamp;

use crate::anchors::{AnchorCertificate, AnchorCertificates, AnchorIssuer};
use crate::certificate_signature::{self, Verdict};
use crate::fingerprint::sha256_fingerprint;
use crate::parse::ParsedCertificate;
use crate::presented::{MAX_CHAIN_CERTIFICATES, PresentedChain};
use crate::reason::Refusal;
use crate::revocation::{IssuerId, PathSerials, Revocation, SerialNumber};
use crate::rules;
use budget::Budget;
pub(crate) use budget::Cost;
use candidates::Candidates;

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

/// Finds a path and verifies it.
pub(crate) fn find(
    leaf: &ParsedCertificate<'_>,
    presented: &PresentedChain,
    anchor: &AnchorCertificates,
    revocation: &Revocation<'_>,
    at: Timestamp,
) -> Result<PathFacts, Refusal> {
    let candidates = Candidates::read(leaf, presented, at);
    let mut search = Search {
        leaf,
        leaf_fingerprint: presented.leaf_fingerprint(),
        candidates: &candidates,
        revocation,
        at,
        seen: Seen::default(),
        verified: Pairs::default(),
        anchor_budget: Budget::for_keys(
            anchor.issuers().map(|(_, issuer)| issuer.cost),
            ANCHOR_KEY_MORE,
        ),
        budget: Budget::for_keys(candidates.usable().map(|(_, _, cost)| cost), KEY_MORE),
        steps_left: MAX_STEPS,
        constraint_work_left: MAX_CONSTRAINT_WORK,
    };
    for (certificate, issuer) in anchor.issuers() {
        if let Some(facts) = search.below_anchor(certificate, issuer) {
            return Ok(facts);
        }
    }
    Err(explain::explain(leaf, &candidates, search.seen))
}

/// How often the anchor's dearest key may be used, beside once for each of its certificates: an anchor of one
/// certificate may be asked about everything that was presented.
const ANCHOR_KEY_MORE: u32 = MAX_CHAIN_CERTIFICATES as u32;
/// How often the dearest key that was presented may be used, beside once for each: what cross-signed CAs and keys of
/// the same name need.
const KEY_MORE: u32 = 2;
/// Most steps down from an issuer to a certificate, signatures apart: what names alone make us look at.
const MAX_STEPS: usize = 128;
/// Most work that name constraints may make in one search, as `name_constraints::check_path` counts it: 36 names under 36
/// constraints, each of 100 octets.
const MAX_CONSTRAINT_WORK: usize = 2048;

/// What the search came by, for the reason of a refusal.
#[derive(Default)]
struct Seen {
    /// The first path with good signatures that a rule refused.
    refused: Option<Refusal>,
    /// The first certificate of the anchor that names lead to and that is not valid now.
    anchor_refused: Option<Refusal>,
    signature_invalid: bool,
    key_identifier_differs: bool,
    gave_up: bool,
}

struct Search<'a> {
    leaf: &'a ParsedCertificate<'a>,
    leaf_fingerprint: &'a [u8; 32],
    candidates: &'a Candidates<'a>,
    revocation: &'a Revocation<'a>,
    at: Timestamp,
    seen: Seen,
    verified: Pairs,
    anchor_budget: Budget,
    budget: Budget,
    steps_left: usize,
    constraint_work_left: usize,
}

/// A certificate's place in the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Anchor,
    Intermediate(usize),
    Leaf,
}

impl Place {
    /// 0 is the anchor or, of what was issued, the leaf.
    fn number(self) -> usize {
        match self {
            Place::Anchor | Place::Leaf => 0,
            Place::Intermediate(position) => position + 1,
        }
    }
}

/// Which pairs of issuer and certificate were looked at, and which hold: a bit for each of 8 times 8.
#[derive(Clone, Copy, Default)]
struct Pairs {
    known: u64,
    good: u64,
}

const _: () = assert!(MAX_CHAIN_CERTIFICATES < 8, "a pair has its bit");

impl Pairs {
    fn bit(issuer: Place, certificate: Place) -> u64 {
        1 << (issuer.number() * 8 + certificate.number())
    }

    fn verdict(self, issuer: Place, certificate: Place) -> Option<bool> {
        let bit = Self::bit(issuer, certificate);
        (self.known & bit != 0).then_some(self.good & bit != 0)
    }

    fn note(&mut self, issuer: Place, certificate: Place, verdict: bool) {
        let bit = Self::bit(issuer, certificate);
        self.known |= bit;
        if verdict {
            self.good |= bit;
        }
    }

    /// The anchor's pairs are the first eight.
    fn forget_anchor(&mut self) {
        self.known &= !0xff;
        self.good &= !0xff;
    }
}

/// The way down so far: positions among the candidates, top first.
#[derive(Clone, Copy, Default)]
struct Trail {
    positions: [usize; MAX_CHAIN_CERTIFICATES],
    length: usize,
}

impl Trail {
    fn positions(&self) -> &[usize] {
        self.positions.get(..self.length).unwrap_or_default()
    }

    fn extended(mut self, position: usize) -> Option<Self> {
        *self.positions.get_mut(self.length)? = position;
        self.length += 1;
        Some(self)
    }
}

/// The issuer that the search stands on.
#[derive(Clone, Copy)]
struct Issuer<'a> {
    place: Place,
    subject: &'a [u8],
    subject_key_id: Option<&'a [u8]>,
    key: IssuerKey<'a>,
    cost: Cost,
}

#[derive(Clone, Copy)]
enum IssuerKey<'a> {
    Anchor(&'a certificate_signature::AnchorKey),
    /// A whole SubjectPublicKeyInfo.
    Presented(&'a [u8]),
}

impl<'a> Search<'a> {
    fn below_anchor(
        &mut self,
        certificate: &'a AnchorCertificate,
        issuer: &'a AnchorIssuer,
    ) -> Option<PathFacts> {
        let subject = certificate.subject.der();
        let names_it = |candidate: &ParsedCertificate<'_>| candidate.issuer == subject;
        if !names_it(self.leaf) && !self.candidates.usable().any(|(_, one, _)| names_it(one)) {
            return None;
        }
        let (from, until) = (certificate.not_before, certificate.not_after);
        if let Err(refusal) = rules::check_anchor_validity(from, until, self.at) {
            self.seen.anchor_refused.get_or_insert(refusal);
            return None;
        }
        // What was verified with another certificate of the anchor says nothing of this one.
        self.verified.forget_anchor();
        let top = Issuer {
            place: Place::Anchor,
            subject,
            subject_key_id: issuer.subject_key_id.as_deref(),
            key: IssuerKey::Anchor(&issuer.key),
            cost: issuer.cost,
        };
        self.descend((certificate, issuer), top, Trail::default())
    }

    /// The leaf first, so that a path is no longer than it need be; then each CA that is not on it yet.
    fn descend(
        &mut self,
        anchor: (&AnchorCertificate, &AnchorIssuer),
        issuer: Issuer<'a>,
        trail: Trail,
    ) -> Option<PathFacts> {
        if self.issued(issuer, Place::Leaf, self.leaf) {
            match self.judge(anchor, trail) {
                Ok(facts) => return Some(facts),
                Err(refusal) => {
                    self.seen.refused.get_or_insert(refusal);
                }
            }
        }
        let candidates = self.candidates;
        for (position, certificate, cost) in candidates.usable() {
            if self.is_on_path(anchor, trail, certificate)
                || !self.issued(issuer, Place::Intermediate(position), certificate)
            {
                continue;
            }
            let next = Issuer {
                place: Place::Intermediate(position),
                subject: certificate.subject,
                subject_key_id: certificate.extensions.subject_key_id,
                key: IssuerKey::Presented(certificate.public_key.raw),
                cost,
            };
            let found = self.descend(anchor, next, trail.extended(position)?);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Whether name and key are on the path already, in this certificate or another: it would lead back to where the
    /// search has been (RFC 4158 section 5.2).
    fn is_on_path(
        &self,
        (top, issuer): (&AnchorCertificate, &AnchorIssuer),
        trail: Trail,
        certificate: &ParsedCertificate<'_>,
    ) -> bool {
        let (subject, key) = (certificate.subject, certificate.public_key.raw);
        let mut above = trail.positions().iter();
        (top.subject.der() == subject && issuer.key.public_key() == key)
            || above.any(|position| {
                self.candidates.at(*position).is_some_and(|(_, above)| {
                    above.subject == subject && above.public_key.raw == key
                })
            })
    }

    /// Whether names, key identifiers and the signature say that the one issued the other.
    fn issued(
        &mut self,
        issuer: Issuer<'_>,
        place: Place,
        certificate: &ParsedCertificate<'_>,
    ) -> bool {
        if certificate.issuer != issuer.subject {
            return false;
        }
        let Some(steps_left) = self.steps_left.checked_sub(1) else {
            self.seen.gave_up = true;
            return false;
        };
        self.steps_left = steps_left;
        if let Some(verdict) = self.verified.verdict(issuer.place, place) {
            return verdict;
        }
        if !rules::key_identifiers::fit(certificate, issuer.subject_key_id) {
            self.seen.key_identifier_differs = true;
            return false;
        }
        let budget = match issuer.key {
            IssuerKey::Anchor(_) => &mut self.anchor_budget,
            IssuerKey::Presented(_) => &mut self.budget,
        };
        if !budget.spend(issuer.cost) {
            self.seen.gave_up = true;
            return false;
        }
        let (algorithm, message, signature) = (
            certificate.signature_algorithm.content,
            certificate.signed,
            certificate.signature,
        );
        let verdict = match issuer.key {
            IssuerKey::Anchor(key) => key.verify(algorithm, message, signature),
            IssuerKey::Presented(key) => {
                certificate_signature::verify(key, algorithm, message, signature)
            }
        };
        let verdict = verdict == Verdict::Verified;
        self.seen.signature_invalid |= !verdict;
        self.verified.note(issuer.place, place, verdict);
        verdict
    }

    /// Asks a whole path, whose signatures are good, what its certificates' own rules did not ask.
    fn judge(
        &mut self,
        (certificate, issuer): (&AnchorCertificate, &AnchorIssuer),
        trail: Trail,
    ) -> Result<PathFacts, Refusal> {
        let candidates = self.candidates;
        let down = || {
            let positions = trail.positions().iter();
            positions.filter_map(|position| candidates.at(*position))
        };
        rules::path_length::check(issuer.path_length, down().map(|(_, parsed)| parsed))?;
        rules::name_constraints::check_path(
            issuer.name_constraints.as_deref(),
            down().map(|(_, parsed)| parsed),
            self.leaf,
            &mut self.constraint_work_left,
        )?;
        let count = trail.length + 2;
        let mut fingerprints = Vec::with_capacity(count);
        let mut serials = PathSerials::with_capacity(count - 1);
        let mut valid_until = self.leaf.not_after.min(certificate.not_after);
        let mut serial = SerialNumber::of(self.leaf.serial)?;
        fingerprints.push(*self.leaf_fingerprint);
        for position in trail.positions().iter().rev() {
            let Some((der, parsed)) = self.candidates.at(*position) else {
                continue;
            };
            serials.push(serial, IssuerId::of(parsed.subject, parsed.public_key.raw));
            serial = SerialNumber::of(parsed.serial)?;
            valid_until = valid_until.min(parsed.not_after);
            fingerprints.push(sha256_fingerprint(der));
        }
        serials.push(serial, issuer.id);
        fingerprints.push(certificate.fingerprint);
        serials.check(self.revocation, self.at)?;
        debug_assert!(
            fingerprints.len() == count,
            "each position is a candidate's"
        );
        Ok(PathFacts {
            fingerprints: fingerprints.into(),
            valid_until,
            serials,
        })
    }
}
