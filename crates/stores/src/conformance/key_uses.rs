//! When access keys were used last.

use anyrole_domain::Change;
use anyrole_domain::access_keys::KeyUse;
use anyrole_domain::ports::Store as _;

use super::samples::{self, ACCOUNT};
use super::{Engine, Failure, same};

fn last_use(id: &str, seen_at: i64, service: &str) -> Result<KeyUse, Failure> {
    Ok(KeyUse {
        account: samples::account_id(ACCOUNT)?,
        id: id.into(),
        used_at: samples::at(seen_at),
        service: service.to_owned(),
        region: "eu-north-1".to_owned(),
    })
}

pub(super) async fn keeps_the_last_use(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    let rows = samples::rows()?;
    store.commit(0, &rows).await?;
    let account = samples::account_id(ACCOUNT)?;
    let id = samples::user_key("one")?.id;
    let never = store.read_key_use(&account, &id).await?;
    same("never used", &never, &None)?;
    store.record_key_uses(&[]).await?;
    let newest = last_use(&id, 30, "s3")?;
    let gone = last_use("AKIAGONE", 30, "s3")?;
    store
        .record_key_uses(&[last_use(&id, 20, "iam")?, newest.clone(), gone])
        .await?;
    // One that another server noted before, and writes later.
    store.record_key_uses(&[last_use(&id, 10, "sts")?]).await?;
    let read = store.read_key_use(&account, &id).await?;
    same("used last", &read, &Some(newest))?;
    let gone = store.read_key_use(&account, "AKIAGONE").await?;
    same("a key that is not there", &gone, &None)?;
    // No decision reads it: no version.
    same("version", &store.load().await?.version, &1)?;
    let delete = Change::DeleteAccessKey {
        account: account.clone(),
        id: id.clone(),
    };
    store.commit(1, &[delete]).await?;
    let deleted = store.read_key_use(&account, &id).await?;
    same("deleted", &deleted, &None)
}
