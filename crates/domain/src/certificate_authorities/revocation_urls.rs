//! Where a certificate says that its revocation can be asked for: pages of this server, or of the host that the authority's configuration
//! names in front of them. Called by `issue.rs`, for every way of issuing.

use anyrole_ca::CertificateShape;

use super::AuthorityEntry;
use crate::site::Site;

impl Site {
    /// Puts the URLs of the authority's revocation list and responder into what is to be issued, as its configuration says. A server
    /// that does not know its own address (`--public-url`) names those hosts alone that a configuration names.
    pub(super) fn name_revocation(&self, entry: &AuthorityEntry, shape: &mut CertificateShape) {
        let id = &entry.row.id;
        let at = |host: Option<&String>| match host {
            Some(host) if host.contains("://") => Some(host.trim_end_matches('/').to_owned()),
            Some(host) if !host.is_empty() => Some(format!("http://{host}")),
            _ => self.public_url.clone(),
        };
        let revocation = &entry.row.revocation;
        let lists = revocation.crl_configuration.as_ref();
        if let Some(lists) = lists.filter(|lists| lists.enabled && !lists.omits_extension())
            && let Some(base) = at(lists.custom_cname.as_ref())
        {
            shape.crl_urls = vec![format!("{base}/-/crl/{id}.crl")];
        }
        let responder = revocation.ocsp_configuration.as_ref();
        if let Some(responder) = responder.filter(|responder| responder.enabled)
            && let Some(base) = at(responder.ocsp_custom_cname.as_ref())
        {
            shape.ocsp_urls = vec![format!("{base}/-/ocsp/{id}")];
        }
    }
}
