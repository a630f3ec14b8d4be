//! IAM over the Query protocol: `routes` has the table, each file a noun.

mod role_policies;
mod roles;
mod routes;
mod shapes;

pub use self::routes::{NAMESPACE, operation_name, serve};
