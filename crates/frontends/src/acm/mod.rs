//! Certificate Manager, the slice that hands out private certificates (AWS JSON 1.1, target `CertificateManager.…`): members
//! decoded into the domain's inputs, its rows encoded. Public certificates, e-mail and DNS validation are not served.

mod certificates;
mod describe;
mod inputs;
mod list;
mod names;
mod routes;

pub use self::routes::ROUTES;
