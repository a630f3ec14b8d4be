//! A `PresentedChain` and a trust anchor in, a `VerifiedChain` out: the one place where a certificate
//! is judged. CreateSession and `certificate verify` call it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::anchors::AnchorCertificates;
use crate::leaf::Leaf;
use crate::parse::ParsedCertificate;
use crate::path::{self, PathFacts};
use crate::presented::PresentedChain;
use crate::public_key::{LeafKey, LeafSignatureAlgorithm};
use crate::reason::{Reason, Refusal};
use crate::revocation::{Revocation, StaleList};
use crate::rules;

/// A leaf with a verified path to a trust anchor, valid when it was verified. Only
/// [`verify_chain()`] builds one. It may be kept and shared until [`VerifiedChain::valid_until`], under
/// a key that holds the leaf's fingerprint and the anchor's revision.
#[derive(Debug)]
pub struct VerifiedChain {
    leaf: Leaf,
    key: LeafKey,
    path: PathFacts,
}

/// Verifies a presented chain against one trust anchor at one moment.
///
/// The leaf's own rules come first (they are cheap and name the commonest mistakes), then the path:
/// RFC 5280 from the leaf through the presented certificates, in any order, to any certificate of
/// the anchor, root or intermediate. Certificates that are not needed do no harm. A path over a
/// revoked certificate is none; another one may be found.
///
/// # Errors
/// The first rule that refused; [`Reason::ALL`] lists them.
pub fn verify_chain(
    presented: &PresentedChain,
    anchor: &AnchorCertificates,
    revocation: &Revocation<'_>,
    at: Timestamp,
) -> Result<VerifiedChain, Refusal> {
    let malformed = |detail| Refusal::new(Reason::CertificateMalformed, detail);
    let parsed = ParsedCertificate::parse(presented.leaf_der()).map_err(malformed)?;
    let kind = rules::check_leaf(&parsed, at)?;
    let path = path::find(&parsed, presented, anchor, revocation, at)?;
    Ok(VerifiedChain {
        leaf: Leaf::from_parsed(&parsed, kind).map_err(malformed)?,
        key: LeafKey::parse(kind, &parsed.public_key)?,
        path,
    })
}

impl VerifiedChain {
    /// The leaf's facts.
    #[must_use]
    pub fn leaf(&self) -> &Leaf {
        &self.leaf
    }

    /// SHA-256 of each certificate's DER on the path, leaf first, anchor last.
    #[must_use]
    pub fn path_fingerprints(&self) -> &Arc<[[u8; 32]]> {
        &self.path.fingerprints
    }

    /// The earliest notAfter on the path, anchor included: the last second the verdict holds.
    #[must_use]
    pub fn valid_until(&self) -> Timestamp {
        self.path.valid_until
    }

    /// Whether a remembered verdict still holds; the last second counts to its end.
    #[must_use]
    pub fn is_valid_at(&self, at: Timestamp) -> bool {
        at.as_second() <= self.path.valid_until.as_second()
    }

    /// Asks revocation lists about the leaf and each intermediate of the path. [`verify_chain()`] has
    /// done so once; a chain that is kept is asked again at each use, with the lists of that moment.
    /// After a refusal there may be another path, which only [`verify_chain()`] finds.
    ///
    /// Answers with the expired lists that were relied on, under [`crate::ExpiredListRule::Warn`].
    ///
    /// # Errors
    /// `leaf-revoked`, `intermediate-revoked`, `revocation-list-expired`.
    pub fn check_revocation(
        &self,
        revocation: &Revocation<'_>,
        at: Timestamp,
    ) -> Result<Vec<StaleList>, Refusal> {
        self.path.serials.check(revocation, at)
    }

    /// Verifies a request's signature with the leaf's key. `message` is the string to sign; hashing
    /// it is part of the algorithm.
    ///
    /// # Errors
    /// `signature-algorithm-mismatch` when the declared algorithm is not of the key's kind,
    /// `signature-invalid` otherwise.
    pub fn verify_leaf_signature(
        &self,
        algorithm: LeafSignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Refusal> {
        self.key.verify(algorithm, message, signature)
    }
}
