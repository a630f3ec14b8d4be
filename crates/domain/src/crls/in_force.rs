//! The CRLs of a snapshot, by ARN and by trust anchor: a CRL that is put or deleted, or an anchor that changes, costs what that
//! anchor's CRLs cost, however much is stored; CreateSession finds the lists in force by one look-up.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyrole_x509::VerifiedRevocationList;
use imbl::OrdMap;

use super::{Crl, verify};
use crate::snapshot::UnusableRow;
use crate::trust_anchors::TrustAnchorEntry;

/// A CRL with its list ready for use.
#[derive(Debug)]
pub struct CrlEntry {
    /// The row.
    pub row: Arc<Crl>,
    /// The list; `None` where it is off, or where its anchor is gone.
    pub list: Option<Arc<VerifiedRevocationList>>,
}

/// All CRLs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Crls {
    by_arn: OrdMap<Arc<str>, Arc<CrlEntry>>,
    by_anchor: OrdMap<Arc<str>, OfAnchor>,
    /// Anchors whose lists have yet to be judged, each with whether the anchor itself has changed.
    unsettled: BTreeMap<Arc<str>, bool>,
}

/// The CRLs of one anchor.
#[derive(Debug, Clone, Default)]
struct OfAnchor {
    by_arn: OrdMap<Arc<str>, Arc<CrlEntry>>,
    in_force: Arc<[Arc<VerifiedRevocationList>]>,
}

impl Crls {
    pub(crate) fn by_arn(&self) -> &OrdMap<Arc<str>, Arc<CrlEntry>> {
        &self.by_arn
    }

    /// The lists in force, in order of their CRLs' ARNs.
    pub(crate) fn in_force(&self, trust_anchor_arn: &str) -> &[Arc<VerifiedRevocationList>] {
        self.by_anchor
            .get(trust_anchor_arn)
            .map_or(&[][..], |crls| &crls.in_force)
    }

    /// Every CRL of an anchor, on or off.
    pub(crate) fn of(&self, trust_anchor_arn: &str) -> impl Iterator<Item = &Arc<CrlEntry>> {
        self.by_anchor
            .get(trust_anchor_arn)
            .into_iter()
            .flat_map(|crls| crls.by_arn.values())
    }

    pub(crate) fn count(&self, trust_anchor_arn: &str) -> usize {
        self.by_anchor
            .get(trust_anchor_arn)
            .map_or(0, |crls| crls.by_arn.len())
    }

    /// Makes or replaces a CRL; a CRL keeps its anchor. `settle` comes after.
    pub(crate) fn put(&mut self, row: &Arc<Crl>) {
        let arn: Arc<str> = row.resource.arn.as_str().into();
        let entry = Arc::new(CrlEntry {
            row: row.clone(),
            list: None,
        });
        self.by_arn.insert(arn.clone(), entry.clone());
        let anchor = row.trust_anchor_arn.as_str();
        let mut crls = self.by_anchor.get(anchor).cloned().unwrap_or_default();
        crls.by_arn.insert(arn, entry);
        self.by_anchor.insert(anchor.into(), crls);
        self.unsettled.entry(anchor.into()).or_default();
    }

    /// Deletes a CRL. `settle` comes after.
    pub(crate) fn remove(&mut self, arn: &str) -> Option<Arc<CrlEntry>> {
        let entry = self.by_arn.remove(arn)?;
        let anchor = entry.row.trust_anchor_arn.as_str();
        if let Some(mut crls) = self.by_anchor.remove(anchor) {
            crls.by_arn.remove(arn);
            if !crls.by_arn.is_empty() {
                self.by_anchor.insert(anchor.into(), crls);
            }
        }
        self.unsettled.entry(anchor.into()).or_default();
        Some(entry)
    }

    /// The anchor was made, replaced or deleted. `settle` comes after.
    pub(crate) fn anchor_changed(&mut self, trust_anchor_arn: &str) {
        if self.by_anchor.contains_key(trust_anchor_arn) {
            self.unsettled.insert(trust_anchor_arn.into(), true);
        }
    }

    /// Makes the lists ready that are on; those that were ready under the same anchor stay.
    pub(crate) fn settle<'a>(
        &mut self,
        anchor: impl Fn(&str) -> Option<&'a TrustAnchorEntry>,
    ) -> Result<(), UnusableRow> {
        for (arn, anchor_changed) in std::mem::take(&mut self.unsettled) {
            let Some(mut crls) = self.by_anchor.get(&arn).cloned() else {
                continue;
            };
            let entries: Vec<Arc<CrlEntry>> = crls.by_arn.values().cloned().collect();
            for entry in entries {
                if entry.list.is_some() && !anchor_changed {
                    continue;
                }
                let entry = Arc::new(compile(entry.row.clone(), anchor(&arn))?);
                let key: Arc<str> = entry.row.resource.arn.as_str().into();
                self.by_arn.insert(key.clone(), entry.clone());
                crls.by_arn.insert(key, entry);
            }
            let in_force = crls.by_arn.values().filter_map(|entry| entry.list.clone());
            crls.in_force = in_force.collect();
            self.by_anchor.insert(arn, crls);
        }
        Ok(())
    }
}

/// A list that is on and can't be used is an error: a revoked certificate would go through without it.
fn compile(row: Arc<Crl>, anchor: Option<&TrustAnchorEntry>) -> Result<CrlEntry, UnusableRow> {
    // An anchor without certificates trusts nobody, and needs no list.
    let needs_list = |anchor: &&TrustAnchorEntry| {
        row.resource.enabled && !anchor.certificates.certificates().is_empty()
    };
    let list = match anchor.filter(needs_list) {
        None => None,
        Some(anchor) => {
            let list = verify(&row.data, &anchor.certificates).map_err(|error| UnusableRow {
                kind: "CRL",
                name: row.resource.arn.clone(),
                detail: error.detail(),
            })?;
            Some(Arc::new(list))
        }
    };
    Ok(CrlEntry { row, list })
}
