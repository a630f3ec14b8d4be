//! Rows of ACME: each change is made to the revision that it says, all of them or none; nonces are taken once.

use anyrole_domain::AccountId;
use anyrole_domain::acme::{AcmeKey, AcmeRow, AcmeStore as _, AcmeWrite};
use anyrole_domain::ports::Store;

use super::samples::{self, ACCOUNT};
use super::{Engine, Failure, same};

fn row(kind: AcmeKey, id: &str, parent: &str) -> AcmeRow {
    AcmeRow {
        kind,
        id: id.to_owned(),
        parent: parent.to_owned(),
        lookup: None,
        revision: 1,
        expires_at: Some(samples::at(1000)),
        body: format!("{{\"id\": \"{id}\"}}"),
    }
}

fn next(row: &AcmeRow, body: &str) -> AcmeRow {
    AcmeRow {
        revision: row.revision + 1,
        body: body.to_owned(),
        ..row.clone()
    }
}

async fn write(
    store: &impl Store,
    account: &AccountId,
    set: &[AcmeWrite],
) -> Result<bool, Failure> {
    let made = store.write_acme(account, &[set.to_vec()]).await?;
    Ok(made == [true])
}

pub(super) async fn keeps_rows_by_revision(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &samples::rows()?).await?;
    let account = samples::account_id(ACCOUNT)?;
    let account = &account;
    let put = |row: &AcmeRow| AcmeWrite::Put(row.clone());
    let mut one = row(AcmeKey::Account, "one", "service");
    one.lookup = Some("service/key".to_owned());
    let two = row(AcmeKey::Account, "two", "service");
    let order = row(AcmeKey::Order, "one", "one");
    let rows = [put(&one), put(&two), put(&order)];
    same("made", &write(&store, account, &rows).await?, &true)?;
    let again = write(&store, account, &[put(&one)]).await?;
    same("made again", &again, &false)?;
    // Of several changes one that can't be made undoes the others.
    let changed = next(&two, "{}");
    let stale = AcmeRow {
        revision: 3,
        ..next(&order, "{}")
    };
    let half = write(&store, account, &[put(&changed), put(&stale)]).await?;
    same("half of it", &half, &false)?;
    let read = store
        .read_acme(account, AcmeKey::Account, &["two", "nobody"])
        .await?;
    same("as before", &read, &vec![two.clone()])?;
    same(
        "changed",
        &write(&store, account, &[put(&changed)]).await?,
        &true,
    )?;
    same(
        "changed twice",
        &write(&store, account, &[put(&changed)]).await?,
        &false,
    )?;
    // What only has to stay as it is.
    let stays = |row: &AcmeRow| AcmeWrite::Stays(row.clone());
    let changed_again = next(&order, "{\"a\": 1}");
    for (what, found) in [
        ("behind", two.clone()),
        ("nobody's", row(AcmeKey::Account, "no", "service")),
    ] {
        let set = [put(&changed_again), stays(&found)];
        same(what, &write(&store, account, &set).await?, &false)?;
    }
    let set = [stays(&changed), stays(&one), put(&changed_again)];
    same("stays", &write(&store, account, &set).await?, &true)?;
    let found = store.read_acme(account, AcmeKey::Account, &["two"]).await?;
    same("unchanged", &found, &vec![changed.clone()])?;
    // A lookup is one row's of its kind.
    let taken = AcmeRow {
        lookup: one.lookup.clone(),
        ..next(&changed, "{}")
    };
    same(
        "lookup taken",
        &write(&store, account, &[put(&taken)]).await?,
        &false,
    )?;
    let mut third = row(AcmeKey::Account, "three", "service");
    third.lookup = one.lookup.clone();
    same(
        "lookup of a new row",
        &write(&store, account, &[put(&third)]).await?,
        &false,
    )?;
    let given_up = AcmeRow {
        lookup: None,
        ..next(&one, "{}")
    };
    let both = write(&store, account, &[put(&given_up), put(&third)]).await?;
    same("lookup given up", &both, &true)?;
    let found = store
        .find_acme(account, AcmeKey::Account, "service/key")
        .await?;
    same("found", &found, &Some(third.clone()))?;
    let other_kind = store
        .find_acme(account, AcmeKey::Order, "service/key")
        .await?;
    same("another kind", &other_kind, &None)?;
    let page = store
        .list_acme(account, AcmeKey::Account, "service", "one", 1)
        .await?;
    same("a page", &page, &vec![third.clone()])?;
    let stale = AcmeWrite::Delete(one.clone());
    same(
        "stale delete",
        &write(&store, account, &[stale]).await?,
        &false,
    )?;
    let delete = AcmeWrite::Delete(given_up);
    same("delete", &write(&store, account, &[delete]).await?, &true)?;
    let rest = store
        .list_acme(account, AcmeKey::Account, "service", "", 10)
        .await?;
    same("the rest", &rest, &vec![third, changed])?;
    drop(store);
    let store = engine.open().await?;
    let kept = store.read_acme(account, AcmeKey::Order, &["one"]).await?;
    same("after opening again", &kept, &vec![changed_again])
}

pub(super) async fn writes_sets_by_themselves(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &samples::rows()?).await?;
    let account = samples::account_id(ACCOUNT)?;
    let new = |id: &str| row(AcmeKey::Order, id, "one");
    let put = |row: &AcmeRow| AcmeWrite::Put(row.clone());
    let (one, two, three) = (new("one"), new("two"), new("three"));
    let sets = [
        vec![put(&one)],
        // Its second change can't be made: the first one is not, either.
        vec![put(&two), put(&one)],
        vec![put(&next(&one, "{}")), put(&three)],
    ];
    let made = store.write_acme(&account, &sets).await?;
    same("made", &made, &vec![true, false, true])?;
    let rows = store
        .list_acme(&account, AcmeKey::Order, "one", "", 10)
        .await?;
    same("rows", &rows, &vec![next(&one, "{}"), three])?;
    same("none", &store.write_acme(&account, &[]).await?, &vec![])
}

pub(super) async fn takes_nonces_once(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &samples::rows()?).await?;
    let account = samples::account_id(ACCOUNT)?;
    let until = samples::at(100);
    same(
        "first",
        &store.claim_nonce(&account, "a", until).await?,
        &true,
    )?;
    same(
        "again",
        &store.claim_nonce(&account, "a", until).await?,
        &false,
    )?;
    same(
        "another",
        &store.claim_nonce(&account, "b", samples::at(300)).await?,
        &true,
    )?;
    let old = AcmeWrite::Put(row(AcmeKey::Order, "old", "one"));
    let mut lasting = row(AcmeKey::Order, "lasting", "one");
    lasting.expires_at = None;
    let rows = [old, AcmeWrite::Put(lasting)];
    same("rows", &write(&store, &account, &rows).await?, &true)?;
    same(
        "nothing yet",
        &store.forget_acme(&account, samples::at(50)).await?,
        &0,
    )?;
    same(
        "a nonce",
        &store.forget_acme(&account, samples::at(200)).await?,
        &1,
    )?;
    same(
        "still taken",
        &store.claim_nonce(&account, "b", until).await?,
        &false,
    )?;
    same(
        "a nonce and a row",
        &store.forget_acme(&account, samples::at(2000)).await?,
        &2,
    )?;
    let rest = store
        .list_acme(&account, AcmeKey::Order, "one", "", 10)
        .await?;
    let rest: Vec<String> = rest.into_iter().map(|row| row.id).collect();
    same("what lasts", &rest, &vec!["lasting".to_owned()])
}
