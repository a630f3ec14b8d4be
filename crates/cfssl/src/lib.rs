//! cfssl's JSON and rules: requests, configuration files, profiles and answers, without any file or clock. What they mean for a
//! certificate leaves as an order for the certificate authority (`ca`), which signs. Called by the commands `cfssl` and `cfssljson`.

mod answer;
mod certificate_info;
mod config;
mod duration;
mod error;
mod host;
mod json;
mod key_request;
mod name;
mod pem;
mod policies;
mod profile;
mod request;
mod request_info;
mod signing;
mod signing_request;
mod subject_override;
mod templates;
mod usages;

pub use answer::{Answer, OutputFile, output_files};
pub use certificate_info::{certificate_info, one_certificate};
pub use config::SigningPolicy;
pub use error::CfsslError;
pub use host::split_hosts;
pub use json::Json;
pub use key_request::KeyRequest;
pub use profile::Profile;
pub use request::CertificateRequest;
pub use request_info::request_info;
pub use signing::{Ordered, Signing};
pub use signing_request::ReadRequest;
pub use subject_override::SubjectOverride;
pub use templates::TEMPLATES;
