//! The steps of CreateSession by name, and who may watch while they are taken: nobody on the hot path but the one that
//! notes where it stopped; `anyrole explain` notes all that was looked at.

use std::sync::Arc;

use anyrole_x509::StaleList;
use serde::{Serialize, Serializer};

use super::verified_chains::KnownChain;
use crate::snapshot::Snapshot;
use crate::trust_anchors::TrustAnchor;

/// The steps, in the order in which they are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The request could be read.
    Request,
    /// Its members have the form that the model asks for.
    Members,
    /// The trust anchor exists and is enabled.
    TrustAnchor,
    /// The certificate keeps the rules, and a path leads from it to the anchor.
    Certificate,
    /// No revocation list of the anchor's takes a certificate of the path back.
    Revocation,
    /// The request is signed by the certificate's key, here and now.
    Signature,
    /// No list that the path's certificates name takes one of them back, where the anchor goes by such lists.
    DistributionPoints,
    /// The profile exists and is enabled.
    Profile,
    /// The profile holds the role.
    RoleInProfile,
    /// The profile accepts a session name, where one is given.
    SessionName,
    /// The role exists.
    Role,
    /// The role allows the duration.
    Duration,
    /// The certificate's attributes fit into tags.
    SessionTags,
    /// The role's trust policy lets the certificate in.
    TrustPolicy,
    /// What the session holds fits into its token.
    SessionSize,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 15] = [
        Self::Request,
        Self::Members,
        Self::TrustAnchor,
        Self::Certificate,
        Self::Revocation,
        Self::Signature,
        Self::DistributionPoints,
        Self::Profile,
        Self::RoleInProfile,
        Self::SessionName,
        Self::Role,
        Self::Duration,
        Self::SessionTags,
        Self::TrustPolicy,
        Self::SessionSize,
    ];

    /// The name in audit records and explanations, kebab-case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Members => "members",
            Self::TrustAnchor => "trust-anchor",
            Self::Certificate => "certificate",
            Self::Revocation => "revocation",
            Self::Signature => "signature",
            Self::DistributionPoints => "distribution-points",
            Self::Profile => "profile",
            Self::RoleInProfile => "role-in-profile",
            Self::SessionName => "session-name",
            Self::Role => "role",
            Self::Duration => "duration",
            Self::SessionTags => "session-tags",
            Self::TrustPolicy => "trust-policy",
            Self::SessionSize => "session-size",
        }
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Watches a request being judged.
pub(super) trait Watch {
    /// A step begins; the one before it has passed.
    fn begin(&mut self, step: Step);

    /// What the step looks at; `tell` is called by those who want to know.
    fn saw(&mut self, tell: impl FnOnce(&mut Facts));

    /// The chain was verified up to a certificate of the anchor.
    fn verified(&mut self, chain: &Arc<KnownChain>, anchor: &Arc<TrustAnchor>);

    /// Lists that have expired, or are missing, were passed over as the settings say.
    fn warn(&mut self, relied_on: Vec<StaleList>);
}

/// What the audit record of a request needs: how far it came, and who it proved to be.
#[derive(Debug)]
pub(super) struct Reached {
    pub(super) step: Step,
    /// What is not known for want of a current list.
    pub(super) relied_on: Vec<StaleList>,
    /// What it was judged by, where it was refused.
    pub(super) snapshot: Option<Arc<Snapshot>>,
    /// The chain with the anchor that it led to.
    pub(super) verified: Option<(Arc<KnownChain>, Arc<TrustAnchor>)>,
}

impl Reached {
    /// What is to be told of a session that was granted all the same.
    pub(super) fn warning(&self) -> Option<String> {
        let told = self.relied_on.iter().map(|list| list.detail.as_str());
        let told: Vec<&str> = told.collect();
        (!told.is_empty()).then(|| told.join("; "))
    }
}

impl Default for Reached {
    fn default() -> Self {
        Self {
            step: Step::Members,
            relied_on: Vec::new(),
            snapshot: None,
            verified: None,
        }
    }
}

impl Watch for Reached {
    fn begin(&mut self, step: Step) {
        self.step = step;
    }

    fn saw(&mut self, _tell: impl FnOnce(&mut Facts)) {}

    fn verified(&mut self, chain: &Arc<KnownChain>, anchor: &Arc<TrustAnchor>) {
        self.verified = Some((chain.clone(), anchor.clone()));
    }

    fn warn(&mut self, relied_on: Vec<StaleList>) {
        self.relied_on.extend(relied_on);
    }
}

/// What a step looked at, by name, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts(Vec<(&'static str, Fact)>);

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Fact {
    /// A text.
    Text(String),
    /// A number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// Several texts.
    List(Vec<String>),
    /// Nothing there.
    Absent,
    /// What a policy says of a request.
    Policy(Box<anyrole_policy::Explanation>),
    /// What an audit record says.
    Recorded(serde_json::Value),
}

/// How many texts of a list are told.
const LONGEST_LIST: usize = 50;

impl Facts {
    pub(super) fn text(&mut self, name: &'static str, text: impl Into<String>) {
        self.0.push((name, Fact::Text(text.into())));
    }

    pub(super) fn maybe(&mut self, name: &'static str, text: Option<impl Into<String>>) {
        let fact = text.map_or(Fact::Absent, |text| Fact::Text(text.into()));
        self.0.push((name, fact));
    }

    pub(super) fn number(&mut self, name: &'static str, number: Option<i64>) {
        self.0
            .push((name, number.map_or(Fact::Absent, Fact::Number)));
    }

    pub(super) fn flag(&mut self, name: &'static str, flag: bool) {
        self.0.push((name, Fact::Flag(flag)));
    }

    pub(super) fn list<T: Into<String>>(
        &mut self,
        name: &'static str,
        list: impl IntoIterator<Item = T>,
    ) {
        let mut rest = list.into_iter();
        let mut told: Vec<String> = rest.by_ref().take(LONGEST_LIST).map(Into::into).collect();
        match rest.count() {
            0 => {}
            more => told.push(format!("and {more} more")),
        }
        self.0.push((name, Fact::List(told)));
    }

    pub(super) fn policy(&mut self, name: &'static str, explanation: anyrole_policy::Explanation) {
        self.0.push((name, Fact::Policy(Box::new(explanation))));
    }

    pub(super) fn recorded(&mut self, name: &'static str, value: Option<&serde_json::Value>) {
        if let Some(value) = value {
            self.0.push((name, Fact::Recorded(value.clone())));
        }
    }

    /// The facts in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Fact)> {
        self.0.iter().map(|(name, fact)| (*name, fact))
    }
}

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}
