//! A domain `Change` to rows, and rows back to the `Change` that would make them: all of them, or those that were
//! changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyrole_domain::{AccountId, Change};
use sqlx::PgConnection;

use super::change_log::Changed;
use super::{
    access_keys, account_aliases, accounts, bucket_policies, certificate_authorities, crls, groups,
    instance_profiles, managed_certificates, managed_policies, oidc_providers, profiles,
    revocations, roles, seal_keys, session_policies, subject_tags, trust_anchors, users,
};
use crate::columns::Table;
use crate::failure::Failure;
use crate::row_key::{Kind, RowKey, parse_bucket_key};

const TABLE: Table = Table("changes");

/// In the order in which they are loaded.
const KINDS: [Kind; 18] = [
    Kind::AccountAlias,
    Kind::AccessKey,
    Kind::SealKey,
    Kind::SessionPolicy,
    Kind::CertificateAuthority,
    Kind::Revocation,
    Kind::ManagedCertificate,
    Kind::TrustAnchor,
    Kind::Crl,
    Kind::ManagedPolicy,
    Kind::Profile,
    Kind::InstanceProfile,
    Kind::Role,
    Kind::Group,
    Kind::User,
    Kind::OidcProvider,
    Kind::SubjectTags,
    Kind::BucketPolicy,
];

/// Writes one change inside the caller's transaction.
pub(super) async fn apply(connection: &mut PgConnection, change: &Change) -> Result<(), Failure> {
    match change {
        Change::PutAccount(row) => accounts::put(connection, row).await,
        Change::PutAccessKey(row) => access_keys::put(connection, row).await,
        Change::DeleteAccessKey { account, id } => {
            access_keys::delete(connection, account, id).await
        }
        Change::PutAccountAlias { account, alias } => {
            account_aliases::put(connection, account, alias).await
        }
        Change::DeleteAccountAlias(account) => account_aliases::delete(connection, account).await,
        Change::PutUser(row) => users::put(connection, row).await,
        Change::DeleteUser { account, id } => users::delete(connection, account, id).await,
        Change::PutGroup(row) => groups::put(connection, row).await,
        Change::DeleteGroup { account, id } => groups::delete(connection, account, id).await,
        Change::PutSealKey(row) => seal_keys::put(connection, row).await,
        Change::DeleteSealKey { account, id } => seal_keys::delete(connection, account, *id).await,
        Change::PutTrustAnchor(row) => trust_anchors::put(connection, row).await,
        Change::DeleteTrustAnchor(arn) => trust_anchors::delete(connection, arn).await,
        Change::PutCrl(row) => crls::put(connection, row).await,
        Change::DeleteCrl(arn) => crls::delete(connection, arn).await,
        Change::PutProfile(row) => profiles::put(connection, row).await,
        Change::DeleteProfile(arn) => profiles::delete(connection, arn).await,
        Change::PutManagedPolicy(row) => managed_policies::put(connection, row).await,
        Change::DeleteManagedPolicy(arn) => managed_policies::delete(connection, arn).await,
        Change::PutInstanceProfile(row) => instance_profiles::put(connection, row).await,
        Change::DeleteInstanceProfile(arn) => instance_profiles::delete(connection, arn).await,
        Change::PutRole(row) => roles::put(connection, row).await,
        Change::DeleteRole(arn) => roles::delete(connection, arn).await,
        Change::PutOidcProvider(row) => oidc_providers::put(connection, row).await,
        Change::DeleteOidcProvider(arn) => oidc_providers::delete(connection, arn).await,
        Change::PutSubjectTags(row) => subject_tags::put(connection, row).await,
        Change::DeleteSubjectTags(arn) => subject_tags::delete(connection, arn).await,
        Change::PutBucketPolicy(row) => bucket_policies::put(connection, row).await,
        Change::DeleteBucketPolicy {
            account,
            bucket,
            bucket_created_at,
        } => bucket_policies::delete(connection, account, bucket, *bucket_created_at).await,
        Change::PutCertificateAuthority(row) => certificate_authorities::put(connection, row).await,
        Change::DeleteCertificateAuthority(arn) => {
            certificate_authorities::delete(connection, arn).await
        }
        Change::PutRevocation(row) => revocations::put(connection, row).await,
        Change::DeleteRevocation(arn) => revocations::delete(connection, arn).await,
        Change::PutManagedCertificate(row) => managed_certificates::put(connection, row).await,
        Change::DeleteManagedCertificate(arn) => {
            managed_certificates::delete(connection, arn).await
        }
        Change::PutSessionPolicy(row) => session_policies::put(connection, row).await,
    }
}

/// Every row that decisions need, account by account.
pub(super) async fn load(connection: &mut PgConnection) -> Result<Vec<Change>, Failure> {
    let mut changes = Vec::new();
    for row in accounts::load(connection).await? {
        let account = row.id.clone();
        changes.push(Change::PutAccount(row));
        for kind in KINDS {
            changes.extend(rows(connection, kind, &account, None).await?);
        }
    }
    Ok(changes)
}

/// The changed rows as they are now: deletions first, since a row may have taken the place of one that is gone.
pub(super) async fn load_changed(
    connection: &mut PgConnection,
    changed: &[Changed],
) -> Result<Vec<Change>, Failure> {
    let (mut deleted, mut put) = (Vec::new(), Vec::new());
    for group in changed {
        let found = rows(connection, group.kind, &group.account, Some(&group.keys)).await?;
        let there: BTreeSet<String> = found
            .iter()
            .map(|row| RowKey::of(row).map(|row| row.key))
            .collect::<Result<_, _>>()?;
        for key in group.keys.iter().filter(|key| !there.contains(*key)) {
            deleted.push(deletion(group, key)?);
        }
        put.extend(found);
    }
    deleted.extend(put);
    Ok(deleted)
}

async fn rows(
    connection: &mut PgConnection,
    kind: Kind,
    account: &AccountId,
    keys: Option<&[String]>,
) -> Result<Vec<Change>, Failure> {
    Ok(match kind {
        Kind::Account => {
            let rows = accounts::load(connection).await?;
            let of_account = rows.into_iter().filter(|row| row.id == *account);
            of_account.map(Change::PutAccount).collect()
        }
        Kind::AccountAlias => {
            let alias = account_aliases::load(connection, account).await?;
            let change = |alias| Change::PutAccountAlias {
                account: account.clone(),
                alias,
            };
            alias.map(change).into_iter().collect()
        }
        Kind::AccessKey => {
            let rows = access_keys::load(connection, account, keys).await?;
            rows.into_iter().map(Change::PutAccessKey).collect()
        }
        Kind::SealKey => {
            let rows = seal_keys::load(connection, account, keys).await?;
            rows.into_iter().map(Change::PutSealKey).collect()
        }
        Kind::SessionPolicy => {
            let rows = session_policies::load(connection, account, keys).await?;
            rows.into_iter().map(Change::PutSessionPolicy).collect()
        }
        Kind::CertificateAuthority => {
            let rows = certificate_authorities::load(connection, account, keys).await?;
            shared(rows, Change::PutCertificateAuthority)
        }
        Kind::Revocation => {
            let rows = revocations::load(connection, account, keys).await?;
            shared(rows, Change::PutRevocation)
        }
        Kind::ManagedCertificate => {
            let rows = managed_certificates::load(connection, account, keys).await?;
            shared(rows, Change::PutManagedCertificate)
        }
        Kind::TrustAnchor => {
            let rows = trust_anchors::load(connection, account, keys).await?;
            shared(rows, Change::PutTrustAnchor)
        }
        Kind::Crl => {
            let rows = crls::load(connection, account, keys).await?;
            shared(rows, Change::PutCrl)
        }
        Kind::ManagedPolicy => {
            let rows = managed_policies::load(connection, account, keys).await?;
            shared(rows, Change::PutManagedPolicy)
        }
        Kind::InstanceProfile => {
            let rows = instance_profiles::load(connection, account, keys).await?;
            shared(rows, Change::PutInstanceProfile)
        }
        Kind::Profile => {
            let rows = profiles::load(connection, account, keys).await?;
            shared(rows, Change::PutProfile)
        }
        Kind::OidcProvider => {
            let rows = oidc_providers::load(connection, account, keys).await?;
            shared(rows, Change::PutOidcProvider)
        }
        Kind::SubjectTags => {
            let rows = subject_tags::load(connection, account, keys).await?;
            shared(rows, Change::PutSubjectTags)
        }
        Kind::Group => {
            let rows = groups::load(connection, account, keys).await?;
            shared(rows, Change::PutGroup)
        }
        Kind::User => {
            let rows = users::load(connection, account, keys).await?;
            shared(rows, Change::PutUser)
        }
        Kind::BucketPolicy => {
            let rows = bucket_policies::load(connection, account, keys).await?;
            shared(rows, Change::PutBucketPolicy)
        }
        Kind::Role => {
            let rows = roles::load(connection, account, keys).await?;
            shared(rows, Change::PutRole)
        }
    })
}

fn shared<T>(rows: Vec<T>, change: impl Fn(Arc<T>) -> Change) -> Vec<Change> {
    rows.into_iter().map(Arc::new).map(change).collect()
}

fn deletion(group: &Changed, key: &str) -> Result<Change, Failure> {
    let unknown = || TABLE.unknown("row_key", key);
    match group.kind {
        Kind::CertificateAuthority => Ok(Change::DeleteCertificateAuthority(key.to_owned())),
        Kind::Revocation => Ok(Change::DeleteRevocation(key.to_owned())),
        Kind::ManagedCertificate => Ok(Change::DeleteManagedCertificate(key.to_owned())),
        Kind::TrustAnchor => Ok(Change::DeleteTrustAnchor(key.to_owned())),
        Kind::Crl => Ok(Change::DeleteCrl(key.to_owned())),
        Kind::ManagedPolicy => Ok(Change::DeleteManagedPolicy(key.to_owned())),
        Kind::InstanceProfile => Ok(Change::DeleteInstanceProfile(key.to_owned())),
        Kind::Profile => Ok(Change::DeleteProfile(key.to_owned())),
        Kind::OidcProvider => Ok(Change::DeleteOidcProvider(key.to_owned())),
        Kind::SubjectTags => Ok(Change::DeleteSubjectTags(key.to_owned())),
        Kind::Role => Ok(Change::DeleteRole(key.to_owned())),
        Kind::SealKey => Ok(Change::DeleteSealKey {
            account: group.account.clone(),
            id: key.parse().map_err(|_| unknown())?,
        }),
        Kind::AccountAlias => Ok(Change::DeleteAccountAlias(group.account.clone())),
        Kind::AccessKey => Ok(Change::DeleteAccessKey {
            account: group.account.clone(),
            id: key.to_owned(),
        }),
        Kind::Group => Ok(Change::DeleteGroup {
            account: group.account.clone(),
            id: key.to_owned(),
        }),
        Kind::User => Ok(Change::DeleteUser {
            account: group.account.clone(),
            id: key.to_owned(),
        }),
        Kind::BucketPolicy => {
            let (bucket, bucket_created_at) = parse_bucket_key(key).ok_or_else(unknown)?;
            Ok(Change::DeleteBucketPolicy {
                account: group.account.clone(),
                bucket: bucket.to_owned(),
                bucket_created_at,
            })
        }
        Kind::Account | Kind::SessionPolicy => Err(unknown()),
    }
}
