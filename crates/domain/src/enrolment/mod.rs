//! Enrolment: a join token lets a machine have a first certificate for a key of its own ([`enroll()`]), and that certificate the
//! next one ([`renew()`]). What it is called the token says, never the machine beyond it. Called by `frontends/enrolment`.
//!
//! Tokens and claims are rows of the store alone, changed in transactions of their own (`claims.rs`), so that several servers
//! count together. Certificates are issued by `certificate_authorities::issue`, as all are.

mod authority;
mod claims;
mod enroll;
mod finish;
mod join_tokens;
mod name_policy;
mod proof;
mod renew;
mod store;

pub use self::claims::{
    Before, CertificateLine, Claim, Decision, EnrolledCertificate, Right, Standing, decide,
};
pub use self::enroll::{UnverifiedEnrolment, enroll};
pub use self::finish::Enrolled;
pub use self::join_tokens::{
    CreateJoinToken, CreatedJoinToken, JoinToken, create_join_token, delete_join_token,
    list_join_tokens,
};
pub use self::name_policy::{DecidedNames, NamePolicy};
pub use self::proof::UnverifiedProof;
pub use self::renew::{UnverifiedRenewal, renew};
pub use self::store::{EnrolmentStore, FinishedClaim};
