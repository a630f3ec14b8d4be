//! The cases, one function each.

use std::sync::Arc;

use anyrole_domain::Change;
use anyrole_domain::ports::{Store as _, StoreError};
use anyrole_domain::trust_anchors::AnchorSource;

use super::samples::{self, ACCOUNT};
use super::{Engine, Failure, authority_samples, described, same};

pub(super) async fn starts_empty(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    let loaded = store.load().await?;
    same("version", &loaded.version, &0)?;
    same("rows", &described(&loaded.changes), &Vec::new())?;
    let account = samples::account_id(ACCOUNT)?;
    let subjects = store.list_subjects(&account, "", 10).await?;
    same("subjects", &subjects, &Vec::new())
}

pub(super) async fn keeps_every_row(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    let mut written = Vec::new();
    for (base, row) in (0..).zip(samples::rows()?) {
        let version = store.commit(base, std::slice::from_ref(&row)).await?;
        same("version", &version, &(base + 1))?;
        written.push(row);
        expect(&store, version, &written).await?;
    }
    Ok(())
}

/// The first row of each kind, changed in all that can change.
fn replaced_rows() -> Result<Vec<Change>, Failure> {
    let mut key = samples::access_key(ACCOUNT)?;
    key.active = false;
    let mut anchor = samples::trust_anchor(1)?;
    anchor.source = AnchorSource::CertificateBundle(String::new());
    anchor.resource.enabled = false;
    anchor.notification_settings.clear();
    anchor.resource.tags.reverse();
    anchor.resource.revision += 1;
    anchor.resource.updated_at = samples::at(100);
    anchor.resource.alias = None;
    anchor.crl_dp_revocation_enabled = false;
    let mut tags = samples::subject_tags(1)?;
    tags.tags.pop();
    let mut provider = samples::oidc_provider(1)?;
    provider.client_ids.pop();
    provider.thumbprints.clear();
    provider.tags.reverse();
    let mut crl = samples::crl(1)?;
    crl.data = Arc::new([0]);
    crl.resource.name = "another".to_owned();
    crl.resource.alias = Some("another".to_owned());
    let mut profile = samples::profile(1)?;
    profile.session_policy = None;
    profile.role_arns.clear();
    profile.attribute_mappings.pop();
    let mut role = samples::role("one")?;
    role.inline_policies.remove("first");
    role.inline_policies
        .insert("second".to_owned(), "changed".to_owned());
    role.attached_policies.swap(0, 2);
    role.attached_policies.pop();
    role.description = None;
    role.boundary = None;
    let mut policy = samples::managed_policy("one");
    policy.versions.remove(&10);
    policy.description = None;
    policy.default_version = 12;
    policy.last_version = 12;
    policy.tags.clear();
    policy.updated_at = samples::at(101);
    let mut machine = samples::instance_profile("one")?;
    machine.role_id = None;
    machine.tags.pop();
    let mut user = samples::user("one")?;
    user.name = "renamed".to_owned();
    user.arn = user.arn.replace("one", "renamed");
    user.inline_policies.remove("first");
    user.attached_policies.swap(0, 1);
    user.boundary = None;
    user.group_ids.clear();
    user.tags.pop();
    let mut group = samples::group("one")?;
    group.path = "/b/".to_owned();
    group.inline_policies.clear();
    group.attached_policies.pop();
    let changes = [
        Change::PutUser(Arc::new(user)),
        Change::PutGroup(Arc::new(group)),
        Change::PutAccountAlias {
            account: samples::account_id(ACCOUNT)?,
            alias: "another".to_owned(),
        },
        Change::PutAccessKey(key),
        Change::PutTrustAnchor(Arc::new(anchor)),
        Change::PutCrl(Arc::new(crl)),
        Change::PutOidcProvider(Arc::new(provider)),
        Change::PutSubjectTags(Arc::new(tags)),
        Change::PutProfile(Arc::new(profile)),
        Change::PutRole(Arc::new(role)),
        Change::PutManagedPolicy(Arc::new(policy)),
        Change::PutInstanceProfile(Arc::new(machine)),
    ];
    Ok([&changes[..], &authority_samples::replaced()?].concat())
}

pub(super) async fn replaces_rows(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &samples::rows()?).await?;
    let mut expected = replaced_rows()?;
    store.commit(1, &expected).await?;
    expected.extend([
        samples::account(ACCOUNT)?,
        Change::PutSealKey(samples::seal_key()?),
        Change::PutSessionPolicy(samples::session_policy(0)?),
        Change::PutSessionPolicy(samples::session_policy(255)?),
        Change::PutCertificateAuthority(Arc::new(authority_samples::subordinate()?)),
        Change::PutRevocation(Arc::new(authority_samples::revocation(2)?)),
        Change::PutManagedCertificate(Arc::new(authority_samples::managed_certificate(2)?)),
        Change::PutTrustAnchor(Arc::new(authority_samples::trust_anchor()?)),
        Change::PutCrl(Arc::new(samples::crl(2)?)),
        Change::PutOidcProvider(Arc::new(samples::oidc_provider(2)?)),
        Change::PutSubjectTags(Arc::new(samples::subject_tags(2)?)),
        Change::PutProfile(Arc::new(samples::profile(2)?)),
        Change::PutManagedPolicy(Arc::new(samples::managed_policy("two"))),
        Change::PutInstanceProfile(Arc::new(samples::instance_profile("two")?)),
        Change::PutRole(Arc::new(samples::role("two")?)),
        Change::PutGroup(Arc::new(samples::group("two")?)),
        Change::PutUser(Arc::new(samples::user("two")?)),
        Change::PutAccessKey(samples::user_key("one")?),
        Change::PutAccessKey(samples::user_key("two")?),
    ]);
    expect(&store, 2, &expected).await
}

pub(super) async fn deletes_rows(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &samples::rows()?).await?;
    let mut changes = samples::users_deleted("one")?;
    changes.extend([
        Change::DeleteCertificateAuthority(authority_samples::root()?.arn),
        Change::DeleteRevocation(authority_samples::revocation(1)?.certificate_arn),
        Change::DeleteManagedCertificate(authority_samples::managed_certificate(1)?.arn),
        Change::DeleteTrustAnchor(samples::trust_anchor(1)?.resource.arn),
        Change::DeleteCrl(samples::crl(1)?.resource.arn),
        Change::DeleteOidcProvider(samples::oidc_provider(1)?.arn),
        Change::DeleteSubjectTags(samples::subject_tags(1)?.arn),
        Change::DeleteProfile(samples::profile(1)?.resource.arn),
        Change::DeleteRole(samples::role("one")?.arn),
        Change::DeleteManagedPolicy(samples::managed_policy("one").arn),
        Change::DeleteInstanceProfile(samples::instance_profile("one")?.arn),
        // What is not there is gone already.
        Change::DeleteRole(samples::role("three")?.arn),
    ]);
    store.commit(1, &changes).await?;
    let left = [
        samples::account(ACCOUNT)?,
        Change::PutAccessKey(samples::access_key(ACCOUNT)?),
        Change::PutSealKey(samples::seal_key()?),
        Change::PutSessionPolicy(samples::session_policy(0)?),
        Change::PutSessionPolicy(samples::session_policy(255)?),
        Change::PutCertificateAuthority(Arc::new(authority_samples::subordinate()?)),
        Change::PutRevocation(Arc::new(authority_samples::revocation(2)?)),
        Change::PutManagedCertificate(Arc::new(authority_samples::managed_certificate(2)?)),
        Change::PutTrustAnchor(Arc::new(authority_samples::trust_anchor()?)),
        Change::PutCrl(Arc::new(samples::crl(2)?)),
        Change::PutOidcProvider(Arc::new(samples::oidc_provider(2)?)),
        Change::PutSubjectTags(Arc::new(samples::subject_tags(2)?)),
        Change::PutProfile(Arc::new(samples::profile(2)?)),
        Change::PutManagedPolicy(Arc::new(samples::managed_policy("two"))),
        Change::PutInstanceProfile(Arc::new(samples::instance_profile("two")?)),
        Change::PutRole(Arc::new(samples::role("two")?)),
        Change::PutGroup(Arc::new(samples::group("two")?)),
        Change::PutUser(Arc::new(samples::user("two")?)),
        Change::PutAccessKey(samples::user_key("two")?),
    ];
    expect(&store, 2, &left).await?;
    // A role that is made again has none of the policies of the first one.
    let mut again = samples::role("one")?;
    again.id = "AROAAGAIN".to_owned();
    again.inline_policies.clear();
    again.attached_policies.clear();
    let again = Change::PutRole(Arc::new(again));
    store.commit(2, std::slice::from_ref(&again)).await?;
    let mut expected = left.to_vec();
    expected.push(again);
    expect(&store, 3, &expected).await
}

pub(super) async fn applies_in_order(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    let role = Change::PutRole(Arc::new(samples::role("one")?));
    let mut upper = samples::role("one")?;
    upper.name = "ONE".to_owned();
    upper.arn = upper.arn.replace("one", "ONE");
    upper.id = "AROAUPPER".to_owned();
    let upper = Change::PutRole(Arc::new(upper));
    let changes = [
        samples::account(ACCOUNT)?,
        role,
        Change::DeleteRole(samples::role("one")?.arn),
        upper.clone(),
    ];
    store.commit(0, &changes).await?;
    expect(&store, 1, &[samples::account(ACCOUNT)?, upper]).await
}

pub(super) async fn refuses_an_old_base(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    let account = samples::account(ACCOUNT)?;
    store.commit(0, std::slice::from_ref(&account)).await?;
    let key = Change::PutAccessKey(samples::access_key(ACCOUNT)?);
    for base in [0, 2, u64::MAX / 2] {
        match store.commit(base, std::slice::from_ref(&key)).await {
            Err(StoreError::Conflict { current: 1 }) => {}
            outcome => return Err(Failure(format!("base {base}: {outcome:?}"))),
        }
    }
    expect(&store, 1, std::slice::from_ref(&account)).await?;
    store.commit(1, std::slice::from_ref(&key)).await?;
    expect(&store, 2, &[account, key]).await
}

pub(super) async fn lets_one_of_two_writers_win(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &[samples::account(ACCOUNT)?]).await?;
    let first = [Change::PutRole(Arc::new(samples::role("one")?))];
    let second = [Change::PutRole(Arc::new(samples::role("two")?))];
    let (first_outcome, second_outcome) =
        tokio::join!(store.commit(1, &first), store.commit(1, &second));
    let kept = match (&first_outcome, &second_outcome) {
        (Ok(2), Err(StoreError::Conflict { current: 2 })) => first,
        (Err(StoreError::Conflict { current: 2 }), Ok(2)) => second,
        outcomes => return Err(Failure(format!("{outcomes:?}"))),
    };
    let mut expected = vec![samples::account(ACCOUNT)?];
    expected.extend(kept);
    expect(&store, 2, &expected).await
}

pub(super) async fn writes_all_or_nothing(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    let before = [
        samples::account(ACCOUNT)?,
        Change::PutRole(Arc::new(samples::role("one")?)),
    ];
    store.commit(0, &before).await?;
    let mut other_case = samples::role("ONE")?;
    other_case.id = "AROAOTHER".to_owned();
    let mut same_alias = samples::trust_anchor(2)?;
    same_alias.resource.alias = samples::trust_anchor(1)?.resource.alias;
    let impossible = [
        // No such account; a name that another role has; an ARN that names no account; an
        // alias that another anchor has.
        Change::PutAccessKey(samples::access_key("999999999999")?),
        Change::PutRole(Arc::new(other_case)),
        Change::DeleteProfile("profile".to_owned()),
        Change::PutTrustAnchor(Arc::new(same_alias)),
    ];
    for last in impossible {
        let changes = [
            Change::PutTrustAnchor(Arc::new(samples::trust_anchor(1)?)),
            Change::PutRole(Arc::new(samples::role("two")?)),
            Change::DeleteRole(samples::role("one")?.arn.replace("one", "none")),
            last,
        ];
        match store.commit(1, &changes).await {
            Err(StoreError::Failed(_)) => {}
            outcome => return Err(Failure(format!("{:?}: {outcome:?}", changes.last()))),
        }
        expect(&store, 1, &before).await?;
    }
    let next = Change::PutTrustAnchor(Arc::new(samples::trust_anchor(1)?));
    store.commit(1, std::slice::from_ref(&next)).await?;
    let mut expected = before.to_vec();
    expected.push(next);
    expect(&store, 2, &expected).await
}

/// A call may be dropped at any await; then the store is as before or as after, and goes on.
pub(super) async fn survives_a_dropped_call(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &[samples::account(ACCOUNT)?]).await?;
    for polls in 0..40 {
        let before = store.load().await?;
        let changes = [
            Change::PutRole(Arc::new(samples::role("one")?)),
            Change::PutRole(Arc::new(samples::role("two")?)),
        ];
        {
            let mut commit = std::pin::pin!(store.commit(before.version, &changes));
            for _ in 0..polls {
                let finished = std::future::poll_fn(|context| {
                    std::task::Poll::Ready(commit.as_mut().poll(context).is_ready())
                });
                if finished.await {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        let undo = [
            Change::DeleteRole(samples::role("one")?.arn),
            Change::DeleteRole(samples::role("two")?.arn),
        ];
        loop {
            let after = store.load().await?;
            let mut expected = vec![samples::account(ACCOUNT)?];
            if after.version == before.version + 1 {
                expected.extend(changes.clone());
            } else {
                same("version", &after.version, &before.version)?;
            }
            same("rows", &described(&after.changes), &described(&expected))?;
            match store.commit(after.version, &undo).await {
                // What was dropped was carried out only now.
                Err(StoreError::Conflict { .. }) if after.version == before.version => {}
                outcome => {
                    outcome?;
                    break;
                }
            }
        }
    }
    Ok(())
}

pub(super) async fn keeps_rows_when_opened_again(engine: &impl Engine) -> Result<(), Failure> {
    let rows = samples::rows()?;
    let store = engine.open().await?;
    store.commit(0, &rows).await?;
    drop(store);
    let store = engine.open().await?;
    expect(&store, 1, &rows).await?;
    store
        .commit(1, &[Change::DeleteRole(samples::role("one")?.arn)])
        .await?;
    drop(store);
    let store = engine.open().await?;
    let left = rows
        .into_iter()
        .filter(|row| !matches!(row, Change::PutRole(role) if role.name == "one"))
        .collect::<Vec<_>>();
    expect(&store, 2, &left).await
}

async fn expect(
    store: &impl anyrole_domain::ports::Store,
    version: u64,
    rows: &[Change],
) -> Result<(), Failure> {
    let loaded = store.load().await?;
    same("version", &loaded.version, &version)?;
    same("rows", &described(&loaded.changes), &described(rows))
}
