//! Which row a change is of: a kind, an account and a key. What the PostgreSQL engine logs for the other servers.

use anyrole_domain::{AccountId, Change};
use jiff::Timestamp;

use crate::columns::{Table, account_of, micros};
use crate::failure::Failure;

const TABLE: Table = Table("changes");

/// The kinds of rows that decisions need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Account,
    AccountAlias,
    AccessKey,
    SealKey,
    /// Before trust anchors, which may take their certificates from one.
    CertificateAuthority,
    Revocation,
    ManagedCertificate,
    TrustAnchor,
    Crl,
    /// Before all that may have one attached.
    ManagedPolicy,
    Profile,
    InstanceProfile,
    Role,
    Group,
    User,
    OidcProvider,
    SubjectTags,
    SessionPolicy,
    BucketPolicy,
}

impl Kind {
    const NAMES: [(Self, &str); 19] = [
        (Self::Account, "account"),
        (Self::AccountAlias, "account-alias"),
        (Self::AccessKey, "access-key"),
        (Self::SealKey, "seal-key"),
        (Self::CertificateAuthority, "certificate-authority"),
        (Self::Revocation, "revocation"),
        (Self::ManagedCertificate, "managed-certificate"),
        (Self::TrustAnchor, "trust-anchor"),
        (Self::Crl, "crl"),
        (Self::ManagedPolicy, "managed-policy"),
        (Self::Profile, "profile"),
        (Self::InstanceProfile, "instance-profile"),
        (Self::Role, "role"),
        (Self::Group, "group"),
        (Self::User, "user"),
        (Self::OidcProvider, "oidc-provider"),
        (Self::SubjectTags, "subject-tags"),
        (Self::SessionPolicy, "session-policy"),
        (Self::BucketPolicy, "bucket-policy"),
    ];

    /// As it is stored.
    pub(crate) fn as_str(self) -> &'static str {
        let named = Self::NAMES.iter().find(|(kind, _)| *kind == self);
        named.map_or("", |(_, name)| name)
    }

    pub(crate) fn parse(name: &str) -> Result<Self, Failure> {
        let named = Self::NAMES.iter().find(|(_, known)| *known == name);
        named
            .map(|(kind, _)| *kind)
            .ok_or_else(|| TABLE.unknown("kind", name))
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowKey {
    pub(crate) account: String,
    pub(crate) kind: Kind,
    /// An ARN, an id, or a hash in hex.
    pub(crate) key: String,
}

impl RowKey {
    /// The row that `change` puts or deletes.
    pub(crate) fn of(change: &Change) -> Result<Self, Failure> {
        Ok(match change {
            Change::PutAccount(row) => Self::new(Kind::Account, &row.id, row.id.to_string()),
            Change::PutAccessKey(row) => Self::new(Kind::AccessKey, &row.account, row.id.clone()),
            Change::DeleteAccessKey { account, id } => {
                Self::new(Kind::AccessKey, account, id.clone())
            }
            Change::PutAccountAlias { account, .. } | Change::DeleteAccountAlias(account) => {
                Self::new(Kind::AccountAlias, account, account.to_string())
            }
            Change::PutGroup(row) => Self::new(Kind::Group, &row.account, row.id.clone()),
            Change::DeleteGroup { account, id } => Self::new(Kind::Group, account, id.clone()),
            Change::PutUser(row) => Self::new(Kind::User, &row.account, row.id.clone()),
            Change::DeleteUser { account, id } => Self::new(Kind::User, account, id.clone()),
            Change::PutSealKey(row) => Self::new(Kind::SealKey, &row.account, row.id.to_string()),
            Change::DeleteSealKey { account, id } => {
                Self::new(Kind::SealKey, account, id.to_string())
            }
            Change::PutCertificateAuthority(row) => {
                Self::named(Kind::CertificateAuthority, &row.arn)?
            }
            Change::DeleteCertificateAuthority(arn) => {
                Self::named(Kind::CertificateAuthority, arn)?
            }
            Change::PutRevocation(row) => Self::named(Kind::Revocation, &row.certificate_arn)?,
            Change::DeleteRevocation(arn) => Self::named(Kind::Revocation, arn)?,
            Change::PutManagedCertificate(row) => Self::named(Kind::ManagedCertificate, &row.arn)?,
            Change::DeleteManagedCertificate(arn) => Self::named(Kind::ManagedCertificate, arn)?,
            Change::PutTrustAnchor(row) => Self::named(Kind::TrustAnchor, &row.resource.arn)?,
            Change::DeleteTrustAnchor(arn) => Self::named(Kind::TrustAnchor, arn)?,
            Change::PutCrl(row) => Self::named(Kind::Crl, &row.resource.arn)?,
            Change::DeleteCrl(arn) => Self::named(Kind::Crl, arn)?,
            Change::PutManagedPolicy(row) => Self::named(Kind::ManagedPolicy, &row.arn)?,
            Change::DeleteManagedPolicy(arn) => Self::named(Kind::ManagedPolicy, arn)?,
            Change::PutInstanceProfile(row) => Self::named(Kind::InstanceProfile, &row.arn)?,
            Change::DeleteInstanceProfile(arn) => Self::named(Kind::InstanceProfile, arn)?,
            Change::PutProfile(row) => Self::named(Kind::Profile, &row.resource.arn)?,
            Change::DeleteProfile(arn) => Self::named(Kind::Profile, arn)?,
            Change::PutRole(row) => Self::named(Kind::Role, &row.arn)?,
            Change::DeleteRole(arn) => Self::named(Kind::Role, arn)?,
            Change::PutOidcProvider(row) => Self::named(Kind::OidcProvider, &row.arn)?,
            Change::DeleteOidcProvider(arn) => Self::named(Kind::OidcProvider, arn)?,
            Change::PutSubjectTags(row) => Self::named(Kind::SubjectTags, &row.arn)?,
            Change::DeleteSubjectTags(arn) => Self::named(Kind::SubjectTags, arn)?,
            Change::PutBucketPolicy(row) => Self::new(
                Kind::BucketPolicy,
                &row.account,
                bucket_key(&row.bucket, row.bucket_created_at),
            ),
            Change::DeleteBucketPolicy {
                account,
                bucket,
                bucket_created_at,
            } => Self::new(
                Kind::BucketPolicy,
                account,
                bucket_key(bucket, *bucket_created_at),
            ),
            Change::PutSessionPolicy(row) => {
                let hex = row.sha256.iter().map(|byte| format!("{byte:02x}"));
                Self::new(Kind::SessionPolicy, &row.account, hex.collect())
            }
        })
    }

    fn new(kind: Kind, account: &AccountId, key: String) -> Self {
        Self {
            account: account.to_string(),
            kind,
            key,
        }
    }

    fn named(kind: Kind, arn: &str) -> Result<Self, Failure> {
        Ok(Self {
            account: account_of(arn)?.to_owned(),
            kind,
            key: arn.to_owned(),
        })
    }
}

/// A bucket's name and when it was made, in microseconds: which of the buckets of that name it is.
pub(crate) fn bucket_key(bucket: &str, created_at: Timestamp) -> String {
    format!("{bucket}/{}", micros(created_at))
}

/// What `bucket_key` was made of.
pub(crate) fn parse_bucket_key(key: &str) -> Option<(&str, Timestamp)> {
    let (bucket, micros) = key.rsplit_once('/')?;
    let created_at = Timestamp::from_microsecond(micros.parse().ok()?).ok()?;
    Some((bucket, created_at))
}
