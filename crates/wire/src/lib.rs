//! The protocols' shapes and codecs, without a server: both ends of the wire use them.
//! `rest_json` (Roles Anywhere), `aws_query` (IAM and STS), `aws_json` and `rpc_v2_cbor` (Private CA), `enrolment` (our own), and the members of
//! each service's messages.

pub mod acm;
pub mod acm_pca;
pub mod aws_json;
pub mod aws_query;
pub mod constraints;
pub mod enrolment;
pub mod iam;
pub mod rest_json;
pub mod rolesanywhere;
pub mod rpc_v2_cbor;
pub mod sts;
