//! A refusal becomes the protocol's own error: code, status and shape. One file for each protocol.

pub mod acme_problem;
pub mod aws_query;
pub mod rest_json;
pub mod rpc;
pub mod s3_signature;
pub mod s3_xml;
mod signature;

pub use self::signature::signature_refused;
