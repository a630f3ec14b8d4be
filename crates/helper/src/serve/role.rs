//! A role that is served: its names, where its credentials are, and who may have them.

use std::sync::Arc;

use anyrole_sdk::{Arn, ServiceClock};

use super::container::{ContainerToken, ROLE};
use crate::Keeper;

/// One role of `serve`.
pub struct ServedRole {
    /// What it is called here: in the metadata service's list, and behind `/role/`.
    pub name: String,
    /// The role's ARN.
    pub arn: String,
    /// The region of the service.
    pub region: String,
    /// Where credentials are.
    pub keeper: Arc<Keeper>,
    /// What its source knows of the service's clock.
    pub clock: ServiceClock,
    /// Who shows this gets credentials from the container endpoint; without one it is off for this role.
    pub container_token: Option<ContainerToken>,
    /// Whether the metadata service has it, where any program of this machine may ask.
    pub in_metadata: bool,
}

impl ServedRole {
    /// The last part of a role's ARN, as the official helper calls it; `None` where it ends in none.
    pub fn name_of(arn: &str) -> Option<&str> {
        let (_, name) = arn.rsplit_once('/')?;
        Some(name).filter(|name| !name.is_empty())
    }

    /// Where the container endpoint has it.
    pub fn container_path(&self) -> String {
        format!("{ROLE}{}", self.name)
    }

    /// The role's account; empty if its ARN has none.
    pub(super) fn account(&self) -> &str {
        Arn::parse(&self.arn).map_or("", |arn| arn.account)
    }
}

impl std::fmt::Debug for ServedRole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServedRole")
            .field("name", &self.name)
            .field("arn", &self.arn)
            .finish_non_exhaustive()
    }
}
