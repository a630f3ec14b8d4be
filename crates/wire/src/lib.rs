//! The protocols' shapes and codecs, without a server: both ends of the wire use them.
//! `rest_json` (Roles Anywhere), `aws_query` (IAM and STS), `enrolment` (our own), and the members of each service's messages.

pub mod aws_query;
pub mod constraints;
pub mod enrolment;
pub mod iam;
pub mod rest_json;
pub mod rolesanywhere;
pub mod sts;
