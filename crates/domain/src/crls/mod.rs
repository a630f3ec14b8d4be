//! CRLs: the revocation lists that trust anchors are given by hand. Import and update; called by `frontends/rolesanywhere`.
//! The rest is `resources/lifecycle.rs`; `in_force.rs` keeps what CreateSession asks.

mod in_force;

use std::sync::Arc;

use anyrole_x509::{
    AnchorCertificates, RevocationList, RevocationListError, VerifiedRevocationList,
};

pub use self::in_force::CrlEntry;
pub(crate) use self::in_force::Crls;
use crate::authorize::Target;
use crate::call::Call;
use crate::names::ResourceId;
use crate::quotas;
use crate::refusal::{Kind, Refusal};
use crate::resources::{self, Actions, NewResource, Noun, Resource, Updated};
use crate::site::Site;
use crate::snapshot::{Change, Snapshot};
use crate::tags::Tag;

/// A CRL as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crl {
    /// The common columns.
    pub resource: Resource,
    /// The list, byte for byte as it was given: PEM or DER.
    pub data: Arc<[u8]>,
    /// The trust anchor that it is of; the anchor may have been deleted since.
    pub trust_anchor_arn: String,
}

impl Noun for Crl {
    const KIND: &'static str = "crl";
    const TITLE: &'static str = "CRL";
    const ACTIONS: Actions = Actions {
        create: "rolesanywhere:ImportCrl",
        get: "rolesanywhere:GetCrl",
        list: "rolesanywhere:ListCrls",
        update: "rolesanywhere:UpdateCrl",
        delete: "rolesanywhere:DeleteCrl",
        enable: "rolesanywhere:EnableCrl",
        disable: "rolesanywhere:DisableCrl",
    };

    fn resource(&self) -> &Resource {
        &self.resource
    }

    fn resource_mut(&mut self) -> &mut Resource {
        &mut self.resource
    }

    fn find<'a>(snapshot: &'a Snapshot, arn: &str) -> Option<&'a Arc<Self>> {
        snapshot.crl(arn).map(|entry| &entry.row)
    }

    fn following<'a>(snapshot: &'a Snapshot, after: &str) -> impl Iterator<Item = &'a Arc<Self>> {
        snapshot.crls_after(after).map(|entry| &entry.row)
    }

    fn put(row: Arc<Self>, _: &Snapshot) -> Result<Vec<Change>, Refusal> {
        Ok(vec![Change::PutCrl(row)])
    }

    fn remove(arn: String) -> Change {
        Change::DeleteCrl(arn)
    }

    /// The list must be one that the anchor's certificates have issued, on or off.
    fn check_new(&self, site: &Site, snapshot: &Snapshot) -> Result<(), Refusal> {
        let anchor = snapshot
            .trust_anchor(&self.trust_anchor_arn)
            .ok_or_else(|| Refusal::not_found("Trust anchor not found."))?;
        let wanted = snapshot.crl_count(&self.trust_anchor_arn) + 1;
        let quota = site.quotas.crls_per_trust_anchor;
        quotas::check(quota, wanted, "CRLs of a trust anchor")?;
        verify(&self.data, &anchor.certificates)
            .map(drop)
            .map_err(refused)
    }

    /// The anchor's certificates may have changed while the list was off.
    fn check_enable(&self, _: &Site, _: &Call, snapshot: &Snapshot) -> Result<(), Refusal> {
        match snapshot.trust_anchor(&self.trust_anchor_arn) {
            Some(anchor) => verify(&self.data, &anchor.certificates)
                .map(drop)
                .map_err(refused),
            None => Ok(()),
        }
    }
}

/// What ImportCrl is given.
#[derive(Debug, Clone)]
pub struct ImportCrl {
    /// The name.
    pub name: String,
    /// The list: PEM or DER.
    pub data: Vec<u8>,
    /// The trust anchor; an alias ARN names none.
    pub trust_anchor_arn: String,
    /// On from the start; off where it is left out.
    pub enabled: Option<bool>,
    /// An alias.
    pub alias: Option<String>,
    /// Tags.
    pub tags: Vec<Tag>,
}

/// What UpdateCrl is given; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct UpdateCrl {
    /// A new name.
    pub name: Option<String>,
    /// A new list.
    pub data: Option<Vec<u8>>,
    /// A new alias; an empty one takes the old one away.
    pub alias: Option<String>,
}

/// The CRLs of one trust anchor, on or off: the part of a listing that is about it (API reference, ListCrls).
pub fn list_crls_of(
    site: &Site,
    call: &Call,
    trust_anchor_arn: &str,
) -> Result<Vec<Arc<CrlEntry>>, Refusal> {
    site.authorize(call, Crl::ACTIONS.list, Target::any())?;
    let snapshot = site.directory.read();
    let entries = snapshot.crl_entries_of(trust_anchor_arn);
    Ok(entries.cloned().collect())
}

/// Takes a CRL in (API reference, ImportCrl).
pub async fn import_crl(site: &Site, call: &Call, input: ImportCrl) -> Result<Arc<Crl>, Refusal> {
    let new = NewResource {
        name: input.name,
        enabled: input.enabled,
        alias: input.alias,
        tags: input.tags,
    };
    let row = Crl {
        resource: resources::start::<Crl>(site, call, new)?,
        data: input.data.into(),
        trust_anchor_arn: input.trust_anchor_arn,
    };
    resources::keep_new(site, row).await
}

/// Changes name, alias or list (API reference, UpdateCrl).
pub async fn update_crl(
    site: &Site,
    call: &Call,
    id: &ResourceId,
    input: UpdateCrl,
) -> Result<Updated<Crl>, Refusal> {
    let common = (input.name, input.alias);
    resources::update(site, call, id, common, |row: &mut Crl, snapshot| {
        if let Some(data) = input.data {
            let anchor = snapshot
                .trust_anchor(&row.trust_anchor_arn)
                .ok_or_else(|| Refusal::not_found("Trust anchor not found."))?;
            verify(&data, &anchor.certificates).map_err(refused)?;
            row.data = data.into();
        }
        Ok(())
    })
    .await
}

/// Refuses new certificates of an anchor that have not issued the lists that are in force: these would stop to count.
pub(crate) fn check_still_issued(
    snapshot: &Snapshot,
    trust_anchor_arn: &str,
    certificates: &AnchorCertificates,
) -> Result<(), Refusal> {
    for entry in snapshot.crl_entries_of(trust_anchor_arn) {
        if entry.row.resource.enabled && verify(&entry.row.data, certificates).is_err() {
            return Err(Refusal::validation(format!(
                "The CRL {} was not issued by a certificate of the new source; disable or delete it first.",
                entry.row.resource.id
            )));
        }
    }
    Ok(())
}

fn verify(
    data: &[u8],
    certificates: &AnchorCertificates,
) -> Result<VerifiedRevocationList, RevocationListError> {
    RevocationList::parse(data)?.verify_issued_by(certificates)
}

fn refused(error: RevocationListError) -> Refusal {
    Refusal::new(Kind::Validation, error.code(), error.to_string()).with_private(error.detail())
}
