//! What enrolment asks of a store; part of the `Store` port. Everything is synced when a call returns.

use async_trait::async_trait;
use jiff::Timestamp;

use super::claims::{Claim, Decision, EnrolledCertificate};
use super::join_tokens::JoinToken;
use crate::account::AccountId;
use crate::ports::StoreError;

/// What came of a claim.
#[derive(Debug, Clone)]
pub struct FinishedClaim {
    /// The claim.
    pub claim: Claim,
    /// The certificate.
    pub issued: EnrolledCertificate,
    /// SHA-256 of its DER, by which its renewal finds it.
    pub certificate_sha256: [u8; 32],
    /// When the row is of no use any more.
    pub forget_at: Timestamp,
}

/// Where join tokens and claims live. No decision but enrolment's reads them; writing them makes no new version.
#[async_trait]
pub trait EnrolmentStore: Send + Sync {
    /// Makes a token, and forgets those that ended before `forget_before`.
    async fn put_join_token(
        &self,
        token: &JoinToken,
        forget_before: Timestamp,
    ) -> Result<(), StoreError>;

    /// A token by its id.
    async fn read_join_token(
        &self,
        account: &AccountId,
        id: &str,
    ) -> Result<Option<JoinToken>, StoreError>;

    /// Tokens whose id is greater than `after`, in order of their ids, at most `limit`.
    async fn list_join_tokens(
        &self,
        account: &AccountId,
        after: &str,
        limit: usize,
    ) -> Result<Vec<JoinToken>, StoreError>;

    /// Deletes a token; whether there was one.
    async fn delete_join_token(&self, account: &AccountId, id: &str) -> Result<bool, StoreError>;

    /// Reads how the right and the key of a claim stand, asks [`super::decide`], and keeps what it says, in one transaction in
    /// which no other server claims the same right.
    async fn claim_enrolment(&self, claim: &Claim) -> Result<Decision, StoreError>;

    /// Keeps what came of a claim, and forgets rows whose time is over; nothing, where somebody else has resumed the claim.
    async fn finish_enrolment(&self, finished: &FinishedClaim) -> Result<(), StoreError>;

    /// Takes a claim back that nothing came of: its use counts no more. Nothing, where somebody else has resumed it.
    async fn release_enrolment(&self, claim: &Claim) -> Result<(), StoreError>;

    /// A certificate that enrolment or renewal gave, by the SHA-256 of its DER.
    async fn read_enrolled(
        &self,
        account: &AccountId,
        certificate_sha256: &[u8; 32],
    ) -> Result<Option<EnrolledCertificate>, StoreError>;
}
