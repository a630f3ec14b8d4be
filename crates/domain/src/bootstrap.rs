//! The first start: makes the account, its root access key and its first seal key, in one transaction.

use crate::access_keys::AccessKey;
use crate::account::Account;
use crate::directory::Directory;
use crate::ports::{Entropy, SecretAccessKey, SecretBox};
use crate::refusal::Refusal;
use crate::seal_keys::SealKey;
use crate::snapshot::Change;

/// The root access key that the first start makes; the secret is shown only here.
#[derive(Debug)]
pub struct RootAccessKey {
    /// `AKIA…`.
    pub id: String,
    /// The secret.
    pub secret: SecretAccessKey,
}

/// Makes the account, unless there is one. `keep` is given the root access key before anything is stored:
/// were it to fail after, nobody would have the key.
pub async fn bootstrap(
    directory: &Directory,
    account: Account,
    entropy: &dyn Entropy,
    secrets: &dyn SecretBox,
    keep: impl FnOnce(&RootAccessKey) -> Result<(), String> + Clone,
) -> Result<(), Refusal> {
    directory
        .write(|snapshot| {
            if snapshot.account().is_some() {
                return Ok((Vec::new(), ()));
            }
            let now = account.created_at;
            let sealed = |_| Refusal::internal("the master key can't encrypt");
            let (key, secret) =
                AccessKey::generate(account.id.clone(), None, now, entropy, secrets)
                    .map_err(sealed)?;
            let seal_key =
                SealKey::first(account.id.clone(), now, entropy, secrets).map_err(sealed)?;
            let root = RootAccessKey {
                id: key.id.clone(),
                secret,
            };
            keep(&root).map_err(Refusal::internal)?;
            let changes = vec![
                Change::PutAccount(account),
                Change::PutAccessKey(key),
                Change::PutSealKey(seal_key),
            ];
            Ok((changes, ()))
        })
        .await
}
