//! The presented certificates in, those out that issuer names connect with the leaf, each judged by its own rules.

use jiff::Timestamp;

use super::Cost;
use crate::parse::ParsedCertificate;
use crate::presented::PresentedChain;
use crate::reason::{Reason, Refusal};
use crate::rules;

/// The certificates that may lie between leaf and anchor, in an order that is theirs and not the sender's.
pub(super) struct Candidates<'a> {
    certificates: Vec<Candidate<'a>>,
    /// Why a presented certificate cannot be read.
    unreadable: Option<String>,
}

struct Candidate<'a> {
    der: &'a [u8],
    parsed: ParsedCertificate<'a>,
    /// Steps up from the leaf by issuer names; `None` where none lead here.
    distance: Option<usize>,
    /// Of a verification with its key; known where names lead here.
    cost: Cost,
    /// Why it can be on no path.
    refused: Option<Refusal>,
}

impl<'a> Candidates<'a> {
    pub(super) fn read(
        leaf: &ParsedCertificate<'_>,
        presented: &'a PresentedChain,
        at: Timestamp,
    ) -> Self {
        let mut read = Self {
            certificates: Vec::with_capacity(presented.intermediates().len()),
            unreadable: None,
        };
        for der in presented.intermediates() {
            match ParsedCertificate::parse(der) {
                Ok(parsed) => read.certificates.push(Candidate {
                    der,
                    parsed,
                    distance: None,
                    cost: Cost::default(),
                    refused: None,
                }),
                Err(detail) => read.unreadable = Some(detail),
            }
        }
        read.certificates.sort_unstable_by_key(|one| one.der);
        read.connect(leaf);
        for candidate in &mut read.certificates {
            if candidate.distance.is_some() {
                candidate.cost = Cost::of(&candidate.parsed.public_key);
                candidate.refused = rules::check_intermediate(&candidate.parsed, at).err();
            }
        }
        read
    }

    /// Goes up from the leaf by issuer names alone.
    fn connect(&mut self, leaf: &ParsedCertificate<'_>) {
        for distance in 0..self.certificates.len() {
            for position in 0..self.certificates.len() {
                let Some(candidate) = self.certificates.get(position) else {
                    continue;
                };
                let subject = candidate.parsed.subject;
                let is_issuer = candidate.distance.is_none()
                    && match distance {
                        0 => leaf.issuer == subject,
                        _ => self.certificates.iter().any(|below| {
                            below.distance == Some(distance - 1) && below.parsed.issuer == subject
                        }),
                    };
                if let Some(candidate) = self.certificates.get_mut(position)
                    && is_issuer
                {
                    candidate.distance = Some(distance);
                }
            }
        }
    }

    /// Those that may be on a path: position, certificate, and what a verification with its key costs.
    pub(super) fn usable(&self) -> impl Iterator<Item = (usize, &ParsedCertificate<'a>, Cost)> {
        let all = self.certificates.iter().enumerate();
        all.filter(|(_, one)| one.distance.is_some() && one.refused.is_none())
            .map(|(position, one)| (position, &one.parsed, one.cost))
    }

    pub(super) fn at(&self, position: usize) -> Option<(&'a [u8], &ParsedCertificate<'a>)> {
        let one = self.certificates.get(position)?;
        Some((one.der, &one.parsed))
    }

    /// The refusal of the certificate that is nearest to the leaf, of those that broke a rule of their own.
    pub(super) fn nearest_refusal(&self) -> Option<&Refusal> {
        let refused = self.certificates.iter().filter_map(|one| {
            let refusal = one.refused.as_ref()?;
            Some((one.distance, refusal))
        });
        refused
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, refusal)| refusal)
    }

    /// The issuer that is missing: that of the certificate farthest up, else of the leaf.
    pub(super) fn top_issuer<'b>(&'b self, leaf: &'b ParsedCertificate<'_>) -> &'b [u8] {
        let reachable = self
            .certificates
            .iter()
            .filter(|one| one.distance.is_some());
        let top = reachable.max_by_key(|one| one.distance);
        top.map_or(leaf.issuer, |one| one.parsed.issuer)
    }

    pub(super) fn unreadable(&self) -> Option<Refusal> {
        let detail = self.unreadable.as_ref()?;
        Some(Refusal::new(Reason::CertificateMalformed, detail.clone()))
    }
}
