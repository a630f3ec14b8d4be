//! Roles Anywhere: the control plane (`routes`, one file for each noun) and CreateSession.

mod attribute_mappings;
mod create_session;
mod crls;
mod given;
mod notification_settings;
mod page;
mod profiles;
mod resources;
mod routes;
mod subjects;
mod tags;
mod trust_anchors;

pub use self::create_session::{create_session, presented_signature};
pub use self::routes::{Answer, operation_name, serve};
