//! A running Anyrole as the domain sees it: its account, its directory, and what the ports are bound to.

use std::sync::Arc;

use anyrole_x509::ExpiredListRule;
use jiff::SignedDuration;

use crate::account::Account;
use crate::acme::{Acme, Probes};
use crate::activity::{RoleCounts, count_record};
use crate::attribute_mappings::Unmappable;
use crate::audit::AuditRecord;
use crate::call::Origin;
use crate::certificate_authorities::{IssuingQueue, OpenedAuthorities, PublishedLists};
use crate::directory::Directory;
use crate::distribution_points::{DistributionPoints, MissingListRule};
use crate::last_uses::LastUses;
use crate::oidc_providers::ProviderKeys;
use crate::operations::rate_class;
use crate::ports::{
    AuditTrail, AuthorityKeys, Clock, Entropy, ProviderDocuments, SecretBox, SessionIssuer,
    SessionOpener,
};
use crate::quotas::Quotas;
use crate::rates::RateLimits;
use crate::refusal::Refusal;
use crate::sessions::{RecentRefusals, Replays, Session, VerifiedChains};
use crate::subjects::Sightings;

/// What the domain's functions work on. One for each server.
pub struct Site {
    account: Account,
    /// The stored state.
    pub directory: Directory,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Makes credentials.
    pub issuer: Arc<dyn SessionIssuer>,
    /// Opens sessions.
    pub opener: Arc<dyn SessionOpener>,
    /// Opens the secrets in rows.
    pub secrets: Arc<dyn SecretBox>,
    /// Takes audit records.
    pub audit: Arc<dyn AuditTrail>,
    /// How many of each thing there may be.
    pub quotas: Quotas,
    pub(crate) role_counts: RoleCounts,
    pub(crate) rates: RateLimits,
    pub(crate) verified_chains: VerifiedChains,
    /// What a revocation list means that has expired.
    pub(crate) expired_crl: ExpiredListRule,
    /// What it means that a list is missing which a certificate names.
    pub(crate) missing_list: MissingListRule,
    refuses_revoked_sessions: bool,
    /// The lists that certificates name, for who fetches them.
    pub distribution_points: DistributionPoints,
    pub(crate) replays: Option<Replays>,
    pub(crate) recent_refusals: RecentRefusals,
    /// Who was seen, to be written in groups.
    pub sightings: Sightings,
    /// When access keys and roles were used last, to be written in groups.
    pub last_uses: LastUses,
    pub(crate) unmappable: Unmappable,
    pub(crate) encodes_messages: bool,
    /// How long after its end a certificate can still be renewed.
    pub(crate) renewal_grace: SignedDuration,
    pub(crate) provider_keys: ProviderKeys,
    authority_keys: Option<Arc<dyn AuthorityKeys>>,
    pub(crate) opened_authorities: OpenedAuthorities,
    pub(crate) issuing: IssuingQueue,
    pub(crate) acme: Acme,
    pub(crate) public_url: Option<String>,
    pub(crate) published_lists: PublishedLists,
}

/// What a site is made of.
pub struct SiteParts {
    /// The stored state.
    pub directory: Directory,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Makes credentials.
    pub issuer: Arc<dyn SessionIssuer>,
    /// Opens sessions.
    pub opener: Arc<dyn SessionOpener>,
    /// Opens the secrets in rows.
    pub secrets: Arc<dyn SecretBox>,
    /// Takes audit records.
    pub audit: Arc<dyn AuditTrail>,
    /// How many of each thing there may be.
    pub quotas: Quotas,
}

/// The store holds no account yet: `bootstrap` must run first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store has no account")]
pub struct NoAccount;

impl Site {
    /// Puts a site together; the directory must hold its account.
    pub fn new(parts: SiteParts) -> Result<Self, NoAccount> {
        let account = parts.directory.read().account().cloned().ok_or(NoAccount)?;
        let acme = Acme::new(parts.entropy.as_ref());
        let role_counts = RoleCounts::new(parts.clock.now());
        Ok(Self {
            account: Account::clone(&account),
            directory: parts.directory,
            clock: parts.clock,
            entropy: parts.entropy,
            issuer: parts.issuer,
            opener: parts.opener,
            secrets: parts.secrets,
            audit: parts.audit,
            role_counts,
            rates: RateLimits::new(&parts.quotas.rates),
            quotas: parts.quotas,
            verified_chains: VerifiedChains::default(),
            expired_crl: ExpiredListRule::default(),
            missing_list: MissingListRule::default(),
            refuses_revoked_sessions: false,
            distribution_points: DistributionPoints::default(),
            replays: None,
            recent_refusals: RecentRefusals::default(),
            sightings: Sightings::default(),
            last_uses: LastUses::default(),
            unmappable: Unmappable::default(),
            encodes_messages: false,
            renewal_grace: SignedDuration::ZERO,
            provider_keys: ProviderKeys::default(),
            authority_keys: None,
            opened_authorities: OpenedAuthorities::default(),
            issuing: IssuingQueue::default(),
            acme,
            public_url: None,
            published_lists: PublishedLists::default(),
        })
    }

    /// Says what a revocation list means that has expired.
    #[must_use]
    pub fn with_expired_crl(mut self, rule: ExpiredListRule) -> Self {
        self.expired_crl = rule;
        self
    }

    /// Says what it means that a list is missing which a certificate names.
    #[must_use]
    pub fn with_missing_list(mut self, rule: MissingListRule) -> Self {
        self.missing_list = rule;
        self
    }

    /// Has living sessions refused once an authority of this server has revoked a certificate that they were opened with.
    #[must_use]
    pub fn with_revoked_sessions_refused(mut self, refused: bool) -> Self {
        self.refuses_revoked_sessions = refused;
        self
    }

    /// Whether a session is refused, since a certificate of its path was revoked after it was opened.
    pub fn is_session_revoked(&self, session: &Session) -> bool {
        self.refuses_revoked_sessions
            && !session.certificates.is_empty()
            && self.directory.read().is_any_revoked(&session.certificates)
    }

    /// Has CreateSession refuse requests that it accepted before; at most so many are remembered.
    #[must_use]
    pub fn with_replay_cache(mut self, most: usize) -> Self {
        self.replays = Some(Replays::new(most));
        self
    }

    /// Has CreateSession do this with attributes whose values tags can't hold.
    #[must_use]
    pub fn with_unmappable(mut self, unmappable: Unmappable) -> Self {
        self.unmappable = unmappable;
        self
    }

    /// Has keys of OpenID Connect providers fetched so; without it no web identity token is taken.
    #[must_use]
    pub fn with_provider_documents(mut self, documents: Arc<dyn ProviderDocuments>) -> Self {
        self.provider_keys = ProviderKeys::new(documents);
        self
    }

    /// Has keys of certificate authorities made and opened so; without it there are none.
    #[must_use]
    pub fn with_authority_keys(mut self, keys: Arc<dyn AuthorityKeys>) -> Self {
        self.authority_keys = Some(keys);
        self
    }

    pub(crate) fn authority_keys(&self) -> Result<&Arc<dyn AuthorityKeys>, Refusal> {
        let keys = self.authority_keys.as_ref();
        keys.ok_or_else(|| Refusal::internal("this server keeps no keys of authorities"))
    }

    /// Has names of ACME's orders proved so; without it none can be.
    #[must_use]
    pub fn with_acme_probes(mut self, probes: Arc<dyn Probes>) -> Self {
        self.acme.probes = Some(probes);
        self
    }

    /// Says where clients find this server, `https://HOST[:PORT]`, for the URLs that it hands out.
    #[must_use]
    pub fn with_public_url(mut self, url: String) -> Self {
        self.public_url = Some(url);
        self
    }

    /// Where clients find this server, where a setting says so.
    pub fn public_url(&self) -> Option<&str> {
        self.public_url.as_deref()
    }

    /// Lets certificates be renewed for so long after their end.
    #[must_use]
    pub fn with_renewal_grace(mut self, grace: SignedDuration) -> Self {
        self.renewal_grace = grace;
        self
    }

    /// Has refusals of IAM and STS carry the encoded message that DecodeAuthorizationMessage reads.
    #[must_use]
    pub fn with_encoded_messages(mut self) -> Self {
        self.encodes_messages = true;
        self
    }

    /// The account that this site keeps.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Counts one call of `action` against its rate quota, before anything is done for it.
    pub fn admit(&self, action: &str, origin: &Origin) -> Result<(), Refusal> {
        rate_class(action).map_or(Ok(()), |class| self.rates.admit(class, origin.now))
    }

    /// Appends a record to the audit trail and counts it.
    pub(crate) async fn record(&self, record: &AuditRecord<'_>) -> Result<(), Refusal> {
        self.audit.append(record).await?;
        count_record(self, record);
        Ok(())
    }

    /// A random UUID (version 4, RFC 9562).
    pub fn new_uuid(&self) -> String {
        let mut random = [0; 16];
        self.entropy.fill(&mut random);
        uuid::Builder::from_random_bytes(random)
            .into_uuid()
            .to_string()
    }
}
