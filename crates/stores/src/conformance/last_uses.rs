//! When access keys and roles were used last.

use anyrole_domain::ports::Store;
use anyrole_domain::{Change, LastUse};

use super::samples::{self, ACCOUNT};
use super::{Engine, Failure, same};

fn last_use(id: &str, seen_at: i64, service: &str) -> Result<LastUse, Failure> {
    Ok(LastUse {
        account: samples::account_id(ACCOUNT)?,
        id: id.into(),
        used_at: samples::at(seen_at),
        service: service.to_owned(),
        region: "eu-north-1".to_owned(),
    })
}

async fn stored(store: &impl Store, id: &str) -> Result<Option<LastUse>, Failure> {
    let account = samples::account_id(ACCOUNT)?;
    Ok(store.read_last_uses(&account, &[id]).await?.pop())
}

pub(super) async fn keeps_the_last_use(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    let rows = samples::rows()?;
    store.commit(0, &rows).await?;
    let account = samples::account_id(ACCOUNT)?;
    let id = samples::user_key("one")?.id;
    let never = stored(&store, &id).await?;
    same("never used", &never, &None)?;
    store.record_last_uses(&[]).await?;
    let newest = last_use(&id, 30, "s3")?;
    let gone = last_use("AKIAGONE", 30, "s3")?;
    store
        .record_last_uses(&[last_use(&id, 20, "iam")?, newest.clone(), gone])
        .await?;
    // One that another server noted before, and writes later.
    store.record_last_uses(&[last_use(&id, 10, "sts")?]).await?;
    let read = stored(&store, &id).await?;
    same("used last", &read, &Some(newest))?;
    let gone = stored(&store, "AKIAGONE").await?;
    same("a key that is not there", &gone, &None)?;
    // No decision reads it: no version.
    same("version", &store.load().await?.version, &1)?;
    let delete = Change::DeleteAccessKey {
        account: account.clone(),
        id: id.clone(),
    };
    store.commit(1, &[delete]).await?;
    let deleted = stored(&store, &id).await?;
    same("deleted", &deleted, &None)
}

pub(super) async fn keeps_uses_of_roles(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &samples::rows()?).await?;
    let account = samples::account_id(ACCOUNT)?;
    let (key, role) = (samples::user_key("one")?, samples::role("one")?);
    let uses = [last_use(&key.id, 20, "iam")?, last_use(&role.id, 30, "s3")?];
    store.record_last_uses(&uses).await?;
    let mut both = store
        .read_last_uses(&account, &[&role.id, "AROANEVER", &key.id])
        .await?;
    both.sort_by_key(|last| last.used_at);
    same("a key and a role", &both, &uses.to_vec())?;
    // Put again it is the same role; deleted and made again it is another.
    let put = Change::PutRole(role.clone().into());
    store.commit(1, &[put]).await?;
    let kept = stored(&store, &role.id).await?;
    same("put again", &kept, &Some(uses[1].clone()))?;
    let delete = Change::DeleteRole(role.arn.clone());
    store.commit(2, &[delete]).await?;
    let deleted = stored(&store, &role.id).await?;
    same("a deleted role", &deleted, &None)?;
    store
        .record_last_uses(&[last_use(&role.id, 40, "s3")?])
        .await?;
    let late = stored(&store, &role.id).await?;
    same("used before it was deleted", &late, &None)
}
