//! The whole operation table of Private CA (Private CA API reference).

use anyrole_domain::certificate_authorities::PcaKind;
use anyrole_domain::{Call, Refusal, Site};
use anyrole_wire::acm_pca::inputs;

use super::{authorities, certificates, policies, tags};
use crate::given::Given;
use crate::rpc_route::{Answer, Route, route};

/// Every operation.
#[rustfmt::skip]
pub static ROUTES: &[Route] = &[
    route!("acm-pca", "CreateCertificateAuthority", inputs::CREATE, authorities::create),
    route!("acm-pca", "CreateCertificateAuthorityAuditReport", inputs::CREATE_AUDIT_REPORT, no_reports),
    route!("acm-pca", "CreatePermission", inputs::CREATE_PERMISSION, policies::create_permission),
    route!("acm-pca", "DeleteCertificateAuthority", inputs::DELETE, authorities::delete),
    route!("acm-pca", "DeletePermission", inputs::DELETE_PERMISSION, policies::delete_permission),
    route!("acm-pca", "DeletePolicy", inputs::POLICY_OF, policies::delete),
    route!("acm-pca", "DescribeCertificateAuthority", inputs::ONE, authorities::describe),
    route!("acm-pca", "DescribeCertificateAuthorityAuditReport", inputs::DESCRIBE_AUDIT_REPORT, no_reports),
    route!("acm-pca", "GetCertificate", inputs::GET_CERTIFICATE, certificates::read),
    route!("acm-pca", "GetCertificateAuthorityCertificate", inputs::ONE, authorities::certificate),
    route!("acm-pca", "GetCertificateAuthorityCsr", inputs::ONE, authorities::csr),
    route!("acm-pca", "GetPolicy", inputs::POLICY_OF, policies::read),
    route!("acm-pca", "ImportCertificateAuthorityCertificate", inputs::IMPORT, authorities::import),
    route!("acm-pca", "IssueCertificate", inputs::ISSUE, certificates::issue).recording_itself(),
    route!("acm-pca", "ListCertificateAuthorities", inputs::LIST, authorities::list),
    route!("acm-pca", "ListPermissions", inputs::LIST_OF_ONE, policies::list_permissions),
    route!("acm-pca", "ListTags", inputs::LIST_OF_ONE, tags::list),
    route!("acm-pca", "PutPolicy", inputs::PUT_POLICY, policies::put),
    route!("acm-pca", "RestoreCertificateAuthority", inputs::ONE, authorities::restore),
    route!("acm-pca", "RevokeCertificate", inputs::REVOKE, certificates::revoke).recording_itself(),
    route!("acm-pca", "TagCertificateAuthority", inputs::TAGGING, tags::tag),
    route!("acm-pca", "UntagCertificateAuthority", inputs::TAGGING, tags::untag),
    route!("acm-pca", "UpdateCertificateAuthority", inputs::UPDATE, authorities::update),
];

/// Audit reports would lie in a bucket; the audit trail has what they would say.
async fn no_reports(_: &Site, _: &Call, _: Given) -> Answer {
    Err(no_report())
}

fn no_report() -> Refusal {
    PcaKind::RequestFailed.refusal(
        "audit-reports-not-served",
        "Audit reports are not served here: the server's audit trail has each certificate that was issued or revoked.",
    )
}

/// The member that names the authority.
pub(super) const AUTHORITY: &str = "CertificateAuthorityArn";

/// A token that is not of this list.
pub(super) fn no_token() -> Refusal {
    PcaKind::InvalidNextToken.refusal(
        "invalid-next-token",
        "The token specified in the NextToken argument is not valid.",
    )
}
