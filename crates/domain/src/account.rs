//! Whose things these are: account, region and partition, and the ARNs made of them.

use serde::{Deserialize, Serialize};

/// A 12-digit account id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(std::sync::Arc<str>);

/// A text that is no account id, region or partition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// Not 12 digits.
    #[error("`{0}` is not an account id: it has 12 digits")]
    Id(String),
    /// Not a region name.
    #[error("`{0}` is not a region: it has 1 to 32 letters a-z, digits and hyphens")]
    Region(String),
    /// Not a partition name.
    #[error("`{0}` is not a partition: use aws, aws-cn or aws-us-gov")]
    Partition(String),
}

impl AccountId {
    /// Parses 12 digits.
    pub fn parse(text: &str) -> Result<Self, AccountError> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.into()))
        } else {
            Err(AccountError::Id(text.to_owned()))
        }
    }

    /// The 12 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for AccountId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The account that a server keeps, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// 12 digits.
    pub id: AccountId,
    /// The region that requests are signed for, e.g. `us-east-1`.
    pub region: String,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// When it was made.
    pub created_at: jiff::Timestamp,
}

impl Account {
    /// Checks region and partition.
    pub fn new(
        id: AccountId,
        region: &str,
        partition: &str,
        created_at: jiff::Timestamp,
    ) -> Result<Self, AccountError> {
        let region_ok = (1..=32).contains(&region.len())
            && region
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !region_ok {
            return Err(AccountError::Region(region.to_owned()));
        }
        if !["aws", "aws-cn", "aws-us-gov"].contains(&partition) {
            return Err(AccountError::Partition(partition.to_owned()));
        }
        Ok(Self {
            id,
            region: region.to_owned(),
            partition: partition.to_owned(),
            created_at,
        })
    }

    /// `arn:{partition}:rolesanywhere:{region}:{account}:{kind}/{id}`.
    pub fn rolesanywhere_arn(&self, kind: &str, id: &str) -> String {
        let (partition, region, account) = (&self.partition, &self.region, self.id.as_str());
        // Not `format!`, here and below: both are asked for in each session, and it takes several times as long.
        [
            "arn:",
            partition,
            ":rolesanywhere:",
            region,
            ":",
            account,
            ":",
            kind,
            "/",
            id,
        ]
        .concat()
    }

    /// `arn:{partition}:iam::{account}:role{path}{name}`; the path begins and ends with `/`.
    pub fn role_arn(&self, path: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:role{path}{name}", self.partition, self.id)
    }

    /// `arn:{partition}:iam::{account}:user{path}{name}`; the path begins and ends with `/`.
    pub fn user_arn(&self, path: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:user{path}{name}", self.partition, self.id)
    }

    /// `arn:{partition}:iam::{account}:group{path}{name}`; the path begins and ends with `/`.
    pub fn group_arn(&self, path: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:group{path}{name}", self.partition, self.id)
    }

    /// `arn:{partition}:iam::{account}:policy{path}{name}`.
    pub fn policy_arn(&self, path: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:policy{path}{name}", self.partition, self.id)
    }

    /// `arn:{partition}:iam::{account}:instance-profile{path}{name}`.
    pub fn instance_profile_arn(&self, path: &str, name: &str) -> String {
        let (partition, id) = (&self.partition, &self.id);
        format!("arn:{partition}:iam::{id}:instance-profile{path}{name}")
    }

    /// `arn:{partition}:iam::{account}:root`.
    pub fn root_arn(&self) -> String {
        format!("arn:{}:iam::{}:root", self.partition, self.id)
    }

    /// `arn:{partition}:sts::{account}:federated-user/{name}`.
    pub fn federated_user_arn(&self, name: &str) -> String {
        format!(
            "arn:{}:sts::{}:federated-user/{name}",
            self.partition, self.id
        )
    }

    /// `arn:{partition}:iam::{account}:oidc-provider/{url}`, the URL without its scheme.
    pub fn oidc_provider_arn(&self, name: &str) -> String {
        format!(
            "arn:{}:iam::{}:oidc-provider/{name}",
            self.partition, self.id
        )
    }

    /// `arn:{partition}:sts::{account}:assumed-role/{role}/{session}`; the role's path is dropped, as STS does.
    pub fn assumed_role_arn(&self, role_name: &str, session_name: &str) -> String {
        let (partition, account) = (&self.partition, self.id.as_str());
        [
            "arn:",
            partition,
            ":sts::",
            account,
            ":assumed-role/",
            role_name,
            "/",
            session_name,
        ]
        .concat()
    }
}
