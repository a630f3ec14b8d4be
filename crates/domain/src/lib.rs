//! What Anyrole means, without I/O: trust anchors, profiles, roles, sessions, and who may do what.
//! Front ends decode a request, call one function here, and encode its answer or its `Refusal`.
//!
//! To add an entity: its row and its functions in a file of its own, a variant of `snapshot::Change`, its place in
//! `Snapshot`, a file of the same name in each store, and rows in `operations.rs` (docs/adding/operation.md).

pub mod access_keys;
mod account;
pub mod account_aliases;
pub mod account_details;
pub mod account_summary;
pub mod acm;
pub mod acme;
pub mod activity;
pub mod attribute_mappings;
mod audit;
mod authorize;
mod bootstrap;
pub mod bucket_policies;
mod call;
pub mod certificate_authorities;
pub mod crls;
mod directory;
mod distribution_points;
pub mod enrolment;
pub mod identities;
pub mod instance_profiles;
mod last_uses;
pub mod managed_policies;
mod names;
pub mod notifications;
pub mod objects;
pub mod oidc_providers;
pub mod operations;
mod page;
mod policy_documents;
pub mod ports;
pub mod principals;
pub mod profiles;
mod quotas;
mod rates;
mod refusal;
pub mod resources;
pub mod roles;
mod seal_keys;
pub mod sessions;
pub mod simulation;
mod site;
mod snapshot;
pub mod sts;
pub mod subjects;
mod tags;
pub mod trust_anchors;
pub mod users;

pub use self::access_keys::AccessKey;
pub use self::account::{Account, AccountError, AccountId};
pub use self::audit::{
    AuditRecord, CertificateFacts, IssuedSession, SessionFacts, record_call, record_call_by,
    record_issuing,
};
pub use self::authorize::{AuthorizationFailure, ObjectTags, Target, authorize};
pub use self::bootstrap::{RootAccessKey, bootstrap};
pub use self::call::{Call, Caller, Origin, Principal};
pub use self::directory::{
    Confirmed, DECISIONS, Directory, LoadError, Report, Staleness, Standing,
};
pub use self::distribution_points::{DistributionPoints, DuePoint, MissingListRule, PointKey};
pub use self::last_uses::{LastUse, LastUses};
pub use self::names::{ResourceId, printable, start_of};
pub use self::page::{Page, PageRequest};
pub use self::quotas::Quotas;
pub use self::rates::Rates;
pub use self::refusal::{AcmeKind, Kind, Refusal, StsKind};
pub use self::seal_keys::{Rotation, SealKey, rotate_seal_key, tend_seal_keys};
pub use self::site::{NoAccount, Site, SiteParts};
pub use self::snapshot::{Change, SessionPolicyText, Snapshot, UnusableRow};
pub use self::tags::Tag;
