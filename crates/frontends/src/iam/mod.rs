//! IAM over the Query protocol: `routes` has the table, each file a noun.

mod access_keys;
mod account;
mod account_details;
mod groups;
mod identity_policies;
mod instance_profiles;
mod oidc_providers;
mod policies;
mod policy_versions;
mod roles;
mod routes;
mod shapes;
mod simulation;
mod users;

pub use self::routes::{NAMESPACE, operation_name, serve};
pub use self::shapes::whole_seconds;
