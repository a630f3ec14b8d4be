//! What a revocation list says, and what speaks against it: its bytes and its anchor come in.

use anyrole_domain::crls::Crl;
use anyrole_domain::trust_anchors::TrustAnchorEntry;
use anyrole_x509::{RevocationList, RevocationListError};
use jiff::Timestamp;

use crate::resources::Ending;

/// A list as it is shown.
#[derive(Debug, Clone)]
pub(super) struct Summary {
    /// The CA that it is of.
    pub issuer: String,
    /// Its number in hex.
    pub number: String,
    /// When it was made.
    pub this_update: Timestamp,
    /// By when the next one is due.
    pub next_update: Ending,
    /// How many certificates it revokes.
    pub entries: usize,
}

impl Summary {
    pub fn of(list: &RevocationList, now: Timestamp) -> Self {
        Self {
            issuer: list.issuer().to_string(),
            number: list.number_hex(),
            this_update: list.this_update(),
            next_update: Ending::of(list.next_update(), now),
            entries: list.len(),
        }
    }
}

/// Sentences on what its reader should know; nothing of a list that does what it is for.
pub(super) fn warnings(
    crl: &Crl,
    list: &Result<RevocationList, RevocationListError>,
    anchor: Option<&TrustAnchorEntry>,
    now: Timestamp,
) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut warn = |applies: bool, text: &str| {
        if applies {
            warnings.push(text.to_owned());
        }
    };
    match list {
        Ok(list) => {
            warn(
                list.is_expired(now),
                "Its next update is overdue: what it does not revoke may be revoked by now. Import the newer list.",
            );
            warn(
                list.this_update() > now,
                "It was made in the future, by this server's clock.",
            );
            warn(list.is_empty(), "It revokes nothing.");
        }
        Err(error) => warn(true, &format!("It can't be read: {error}.")),
    }
    warn(
        !crl.resource.enabled,
        "It is disabled: no certificate is held against it.",
    );
    match anchor {
        None => warn(true, "Its trust anchor is gone: it is held against nobody."),
        Some(anchor) => {
            warn(
                !anchor.row.resource.enabled,
                "Its trust anchor is disabled: nobody gets in by it anyway.",
            );
            warn(
                is_of_others(crl, anchor),
                "No certificate of its trust anchor has issued it: it can't be enabled.",
            );
        }
    }
    warnings
}

fn is_of_others(crl: &Crl, anchor: &TrustAnchorEntry) -> bool {
    RevocationList::parse(&crl.data)
        .and_then(|list| list.verify_issued_by(&anchor.certificates))
        .is_err()
}
