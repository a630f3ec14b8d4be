//! IAM over the Query protocol: `routes` has the table, each file a noun.

mod role_policies;
mod roles;
mod routes;

pub use self::routes::{NAMESPACE, operation_name, serve};
