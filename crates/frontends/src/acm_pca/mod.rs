//! Private CA (acm-pca, API version 2017-08-22): AWS JSON 1.1 and RPC v2 with CBOR in and out. `routes.rs` has every operation; each noun has
//! a file that decodes, calls `domain/certificate_authorities`, and encodes.

mod authorities;
mod certificates;
mod policies;
mod routes;
mod tags;

pub use self::routes::ROUTES;
