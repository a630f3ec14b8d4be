//! OCSP (RFC 6960): a request's octets enter, what it asks about leaves; answers enter, a signed response leaves. The
//! authority's own key signs, so that no further certificate is needed (section 2.2).

mod request;
mod response;

pub use request::{AskedCertificate, IssuerHash, OcspRequest};
pub use response::{
    CertificateStatus, OcspAnswer, OcspResponse, UnsuccessfulResponse, respond,
    unsuccessful_response,
};
