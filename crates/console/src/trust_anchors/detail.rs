//! One trust anchor: facts, its certificates, when it warns, its revocation lists, tags.

use std::sync::Arc;

use anyrole_domain::Tag;
use anyrole_domain::crls::list_crls_of;
use anyrole_domain::resources::{list_tags, read};
use anyrole_domain::trust_anchors::{AnchorSource, NotificationSetting, TrustAnchor};
use anyrole_x509::Certificate;
use askama::Template;

use super::certificates::{CertificateView, views};
use crate::resources::{Shown, below_list, command, command_on, here, id, tagging};
use crate::{Layout, Outcome, Reply, Visit, authorities};

#[derive(Template)]
#[template(path = "trust_anchors/detail.html")]
struct DetailPage {
    layout: Layout,
    here: String,
    row: Arc<TrustAnchor>,
    /// The private CA that it follows: its ARN, and the path of its page.
    authority: Option<(String, String)>,
    certificates: Vec<CertificateView>,
    crls: Shown<Vec<CrlRow>>,
    tags: Shown<Vec<Tag>>,
}

struct CrlRow {
    id: String,
    name: String,
    enabled: bool,
}

/// The words for an event of a notification setting.
fn event(setting: &NotificationSetting) -> &'static str {
    match setting.event.as_str() {
        "CA_CERTIFICATE_EXPIRY" => "A certificate of the anchor ends",
        _ => "A certificate that got in by it ends",
    }
}

pub(super) fn page(visit: &Visit<'_>) -> Outcome {
    let (site, call) = (visit.site, visit.call);
    let row = read::<TrustAnchor>(site, call, &id(visit))?;
    let snapshot = site.directory.read();
    let entry = snapshot.trust_anchor(&row.resource.arn);
    let certificates = entry.map_or(&[][..], |entry| entry.certificates.certificates());
    let parsed = certificates
        .iter()
        .map(|known| Certificate::parse_der(known.der.clone()));
    let parsed: Vec<Certificate> = parsed.filter_map(Result::ok).collect();
    let crls = list_crls_of(site, call, &row.resource.arn);
    Reply::page(DetailPage {
        layout: layout(visit, &row),
        here: here(visit),
        authority: match &row.source {
            AnchorSource::PrivateCa(arn) => {
                let id = arn.rsplit('/').next().unwrap_or_default();
                Some((arn.clone(), authorities::path_of(id)))
            }
            AnchorSource::CertificateBundle(_) => None,
        },
        certificates: views(&parsed, visit.now()),
        crls: crls.map(|entries| {
            entries
                .iter()
                .map(|entry| crl(&entry.row.resource))
                .collect()
        }),
        tags: list_tags::<TrustAnchor>(site, call, &id(visit)),
        row,
    })
}

fn crl(resource: &anyrole_domain::resources::Resource) -> CrlRow {
    CrlRow {
        id: resource.id.clone(),
        name: resource.name.clone(),
        enabled: resource.enabled,
    }
}

fn layout(visit: &Visit<'_>, row: &TrustAnchor) -> Layout {
    let one = &row.resource;
    let switch = if one.enabled { "disable" } else { "enable" };
    let setting = "event=CA_CERTIFICATE_EXPIRY,enabled=true,threshold=DAYS";
    let [tag, untag] = tagging::commands(visit, &one.arn);
    below_list::<TrustAnchor>(visit, &*one.name)
        .same_by(command_on(visit, "get", row))
        .same_by(command_on(visit, switch, row))
        .same_by(
            command(visit, "put-notification-settings")
                .flag("--trust-anchor-id", &one.id)
                .flag("--notification-settings", setting),
        )
        .same_by(
            command(visit, "reset-notification-settings")
                .flag("--trust-anchor-id", &one.id)
                .flag("--notification-setting-keys", "event=CA_CERTIFICATE_EXPIRY"),
        )
        .same_by(tag)
        .same_by(untag)
}
