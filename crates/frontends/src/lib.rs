//! What comes in: one door for every service. It gives each request an id, finds the service that it is signed for,
//! checks the signature, and hands it to that service's front end, which decodes, calls one function of the domain,
//! and encodes. No rule of what is allowed lives here.
//!
//! To add an operation: a row in the service's `routes.rs`, a function that decodes and encodes, a function in the
//! domain (docs/adding/operation.md).

mod acm;
mod acm_pca;
mod acme;
mod authenticate;
mod body;
mod console;
mod door;
mod enrolment;
mod given;
mod iam;
mod own_pages;
mod page_token;
mod query_route;
mod render_refusal;
mod revocation_status;
mod rolesanywhere;
mod route;
mod rpc_route;
pub mod s3;
mod sts;

pub use self::body::Limits;
pub use self::door::{Door, DoorParts, Peer, TlsVersion};

/// The body of every request and answer.
pub type Body = s3s::Body;
/// An answer.
pub type Response = http::Response<Body>;
/// A request.
pub type Request = http::Request<Body>;
