//! A domain `Change` to rows, and every row back to the `Change` that would make it.

use std::sync::Arc;

use anyrole_domain::Change;
use sqlx::SqliteConnection;

use super::{
    access_keys, account_aliases, accounts, bucket_policies, certificate_authorities, crls, groups,
    instance_profiles, managed_certificates, managed_policies, oidc_providers, profiles,
    revocations, roles, seal_keys, session_policies, subject_tags, trust_anchors, users,
};
use crate::failure::Failure;

/// Writes one change inside the caller's transaction.
pub(super) async fn apply(
    connection: &mut SqliteConnection,
    change: &Change,
) -> Result<(), Failure> {
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
pub(super) async fn load(connection: &mut SqliteConnection) -> Result<Vec<Change>, Failure> {
    let mut changes = Vec::new();
    for row in accounts::load(connection).await? {
        let account = row.id.clone();
        changes.push(Change::PutAccount(row));
        if let Some(alias) = account_aliases::load(connection, &account).await? {
            let account = account.clone();
            changes.push(Change::PutAccountAlias { account, alias });
        }
        let keys = access_keys::load(connection, &account).await?;
        changes.extend(keys.into_iter().map(Change::PutAccessKey));
        let keys = seal_keys::load(connection, &account).await?;
        changes.extend(keys.into_iter().map(Change::PutSealKey));
        let policies = session_policies::load(connection, &account).await?;
        changes.extend(policies.into_iter().map(Change::PutSessionPolicy));
        let authorities = certificate_authorities::load(connection, &account).await?;
        changes.extend(
            authorities
                .into_iter()
                .map(Arc::new)
                .map(Change::PutCertificateAuthority),
        );
        let revoked = revocations::load(connection, &account).await?;
        changes.extend(revoked.into_iter().map(Arc::new).map(Change::PutRevocation));
        let kept = managed_certificates::load(connection, &account).await?;
        changes.extend(
            kept.into_iter()
                .map(Arc::new)
                .map(Change::PutManagedCertificate),
        );
        let anchors = trust_anchors::load(connection, &account).await?;
        changes.extend(
            anchors
                .into_iter()
                .map(Arc::new)
                .map(Change::PutTrustAnchor),
        );
        let crls = crls::load(connection, &account).await?;
        changes.extend(crls.into_iter().map(Arc::new).map(Change::PutCrl));
        let policies = managed_policies::load(connection, &account).await?;
        changes.extend(
            policies
                .into_iter()
                .map(Arc::new)
                .map(Change::PutManagedPolicy),
        );
        let profiles = profiles::load(connection, &account).await?;
        changes.extend(profiles.into_iter().map(Arc::new).map(Change::PutProfile));
        let instance_profiles = instance_profiles::load(connection, &account).await?;
        changes.extend(
            instance_profiles
                .into_iter()
                .map(Arc::new)
                .map(Change::PutInstanceProfile),
        );
        let roles = roles::load(connection, &account).await?;
        changes.extend(roles.into_iter().map(Arc::new).map(Change::PutRole));
        let groups = groups::load(connection, &account).await?;
        changes.extend(groups.into_iter().map(Arc::new).map(Change::PutGroup));
        let users = users::load(connection, &account).await?;
        changes.extend(users.into_iter().map(Arc::new).map(Change::PutUser));
        let policies = bucket_policies::load(connection, &account).await?;
        changes.extend(
            policies
                .into_iter()
                .map(Arc::new)
                .map(Change::PutBucketPolicy),
        );
        let providers = oidc_providers::load(connection, &account).await?;
        changes.extend(
            providers
                .into_iter()
                .map(Arc::new)
                .map(Change::PutOidcProvider),
        );
        let tags = subject_tags::load(connection, &account).await?;
        changes.extend(tags.into_iter().map(Arc::new).map(Change::PutSubjectTags));
    }
    Ok(changes)
}
