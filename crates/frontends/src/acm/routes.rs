//! The whole operation table of Certificate Manager, as far as it is served (Certificate Manager API reference).

use anyrole_wire::acm::inputs;

use super::{certificates, list};
use crate::rpc_route::{Route, route};

/// Every operation.
#[rustfmt::skip]
pub static ROUTES: &[Route] = &[
    route!("acm", "AddTagsToCertificate", inputs::TAGGING, certificates::tag),
    route!("acm", "DeleteCertificate", inputs::ONE, certificates::delete),
    route!("acm", "DescribeCertificate", inputs::ONE, certificates::describe),
    route!("acm", "ExportCertificate", inputs::EXPORT, certificates::export),
    route!("acm", "GetCertificate", inputs::ONE, certificates::read),
    route!("acm", "ImportCertificate", inputs::IMPORT, certificates::import),
    route!("acm", "ListCertificates", inputs::LIST, list::list),
    route!("acm", "ListTagsForCertificate", inputs::ONE, certificates::list_tags),
    route!("acm", "RemoveTagsFromCertificate", inputs::TAGGING, certificates::untag),
    route!("acm", "RenewCertificate", inputs::ONE, certificates::renew),
    route!("acm", "RequestCertificate", inputs::REQUEST, certificates::request),
];
