//! The issuer of this server itself: a grant enters, sealed credentials leave; tokens are opened without a store.
//! The domain calls it as `SessionIssuer` (CreateSession) and `SessionOpener` (every call with temporary credentials).

use std::sync::Arc;

use anyrole_domain::AccountId;
use anyrole_domain::ports::{
    Entropy, IssueError, MessagePurpose, OpenError, SecretAccessKey, SessionIssuer, SessionOpener,
};
use anyrole_domain::sessions::{Credentials, OpenedSession, SessionGrant, UserSessionGrant};
use arc_swap::ArcSwap;
use aws_lc_rs::aead::NONCE_LEN;
use jiff::Timestamp;

use crate::access_key_id::AccessKeyId;
use crate::keyring::{Keyring, SealSubkeys};
use crate::payload::{Sealable, account_of};
use crate::{message, seal};

/// Seals sessions with the newest seal key of the role's account and opens those of every key it holds.
/// Opened tokens are not remembered: opening one costs less than looking up its hash would save.
pub struct LocalIssuer {
    keyring: ArcSwap<Keyring>,
    entropy: Arc<dyn Entropy>,
}

/// What `Credentials` are made of.
struct Sealed {
    access_key_id: AccessKeyId,
    secret: SecretAccessKey,
    token: String,
}

impl LocalIssuer {
    /// An issuer with these keys.
    pub fn new(keyring: Keyring, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            keyring: ArcSwap::from_pointee(keyring),
            entropy,
        }
    }

    /// Goes on with other keys, after a rotation.
    pub fn replace_keyring(&self, keyring: Keyring) {
        self.keyring.store(Arc::new(keyring));
    }

    fn seal<'a>(&self, session: impl Into<Sealable<'a>>) -> Result<Sealed, IssueError> {
        let session = session.into();
        let keyring = self.keyring.load();
        let key = account_of(session.owner_arn())
            .and_then(|account| keyring.sealing(account, session.issued_at()))
            .ok_or_else(|| IssueError("the session's account has no seal key".to_owned()))?;
        // One request for id and nonce: each costs a call of the generator.
        let mut random = [0; 8 + NONCE_LEN];
        self.entropy.fill(&mut random);
        let (for_id, rest) = random
            .split_first_chunk::<8>()
            .ok_or_else(|| IssueError("no randomness".to_owned()))?;
        let nonce = rest
            .first_chunk::<NONCE_LEN>()
            .ok_or_else(|| IssueError("no randomness".to_owned()))?;
        let access_key_id = AccessKeyId::from_parts(key.id, u64::from_le_bytes(*for_id));
        let token = seal::seal(key, &access_key_id, session, *nonce)
            .map_err(|error| IssueError(error.to_string()))?;
        Ok(Sealed {
            secret: seal::secret_access_key(key, &access_key_id),
            access_key_id,
            token,
        })
    }

    /// The id and its seal key, where both are ours.
    fn find(
        &self,
        presented_access_key_id: &str,
    ) -> Result<(AccessKeyId, Arc<SealSubkeys>), OpenError> {
        let id =
            AccessKeyId::parse(presented_access_key_id).map_err(|_| OpenError::UnknownAccessKey)?;
        let keyring = self.keyring.load();
        let key = keyring
            .key(id.seal_key())
            .ok_or(OpenError::UnknownAccessKey)?;
        Ok((id, key.clone()))
    }
}

impl std::fmt::Debug for LocalIssuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalIssuer")
            .field("keyring", &self.keyring.load())
            .finish_non_exhaustive()
    }
}

impl SessionIssuer for LocalIssuer {
    fn issue(&self, grant: &SessionGrant) -> Result<Credentials, IssueError> {
        let sealed = self.seal(&grant.session)?;
        Ok(Credentials::new(
            grant,
            sealed.access_key_id.as_str().to_owned(),
            sealed.secret,
            sealed.token,
        ))
    }

    fn issue_to_user(&self, grant: &UserSessionGrant) -> Result<Credentials, IssueError> {
        let sealed = self.seal(&grant.session)?;
        Ok(Credentials::of_user(
            grant,
            sealed.access_key_id.as_str().to_owned(),
            sealed.secret,
            sealed.token,
        ))
    }

    fn seal_message(
        &self,
        account: &AccountId,
        purpose: MessagePurpose,
        message: &[u8],
        now: Timestamp,
    ) -> Result<String, IssueError> {
        let keyring = self.keyring.load();
        let key = keyring
            .sealing(account.as_str(), now)
            .ok_or_else(|| IssueError("the account has no seal key".to_owned()))?;
        let mut random = [0; message::RANDOM_LENGTH];
        self.entropy.fill(&mut random);
        message::seal(key, purpose, message, &random)
            .ok_or_else(|| IssueError("the message can't be sealed".to_owned()))
    }
}

impl SessionOpener for LocalIssuer {
    fn secret(&self, access_key_id: &str) -> Result<SecretAccessKey, OpenError> {
        let (id, key) = self.find(access_key_id)?;
        Ok(seal::secret_access_key(&key, &id))
    }

    fn open(
        &self,
        access_key_id: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<OpenedSession, OpenError> {
        let (id, key) = self.find(access_key_id)?;
        let session = seal::open(&key, &id, token).ok_or(OpenError::InvalidToken)?;
        // Only now: who can't show a token of ours doesn't learn when one ends.
        if now >= session.expires_at() {
            return Err(OpenError::Expired);
        }
        Ok(session)
    }

    fn open_message(
        &self,
        account: &AccountId,
        purpose: MessagePurpose,
        sealed: &str,
    ) -> Option<Vec<u8>> {
        let (id, bytes) = message::read(sealed)?;
        let keyring = self.keyring.load();
        let key = keyring.key(id).filter(|key| key.account == *account)?;
        message::open(key, purpose, bytes)
    }
}

#[cfg(test)]
#[path = "local_tests.rs"]
mod tests;
