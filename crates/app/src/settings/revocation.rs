//! Settings of revocation: what lists mean that have expired or are missing, and who may be asked for lists.

use anyhow::Context as _;
use anyrole_domain::MissingListRule;
use anyrole_outbound::{AllowList, Plain};
use anyrole_x509::ExpiredListRule;
use serde::Deserialize;

/// What an expired revocation list means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ExpiredCrl {
    /// Its authority's certificates are refused.
    #[default]
    Refuse,
    /// It still counts.
    Warn,
}

impl From<ExpiredCrl> for ExpiredListRule {
    fn from(rule: ExpiredCrl) -> Self {
        match rule {
            ExpiredCrl::Refuse => Self::Refuse,
            ExpiredCrl::Warn => Self::Warn,
        }
    }
}

/// What it means that there is no current list of a certificate's distribution points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum MissingCrl {
    /// The certificate is refused.
    #[default]
    Refuse,
    /// The certificate passes.
    Allow,
}

impl From<MissingCrl> for MissingListRule {
    fn from(rule: MissingCrl) -> Self {
        match rule {
            MissingCrl::Refuse => Self::Refuse,
            MissingCrl::Allow => Self::Allow,
        }
    }
}

/// What becomes of living sessions whose certificate is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum RevokedSessions {
    /// They last until they end.
    #[default]
    Keep,
    /// They are refused.
    Refuse,
}

/// Flags of revocation, and their places in the configuration file.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct RevocationFlags {
    /// What a certificate revocation list means whose next update is overdue: `refuse` its authority's certificates, or `warn` in
    /// the audit trail and go by the old list [default: refuse]
    #[arg(long, value_enum, value_name = "RULE", env = "ANYROLE_EXPIRED_CRL")]
    pub expired_crl: Option<ExpiredCrl>,

    /// Hosts that revocation lists may be fetched from, for trust anchors with crlDpRevocationEnabled: HOST, HOST:PORT or
    /// *.DOMAIN, separated by commas. Nothing is fetched from others [default: none]
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "HOSTS",
        env = "ANYROLE_CRL_DP_HOSTS"
    )]
    pub crl_dp_hosts: Option<Vec<String>>,

    /// What it means that no current list could be fetched for a certificate that names one: `refuse` it, or `allow` it and warn in
    /// the audit trail [default: refuse]
    #[arg(long, value_enum, value_name = "RULE", env = "ANYROLE_CRL_DP_MISSING")]
    pub crl_dp_missing: Option<MissingCrl>,

    /// What becomes of living sessions when a certificate authority of this server revokes a certificate that they were opened
    /// with: `keep` them until they end, as AWS does, or `refuse` them from then on [default: keep]
    #[arg(
        long,
        value_enum,
        value_name = "RULE",
        env = "ANYROLE_REVOKED_SESSIONS"
    )]
    pub revoked_sessions: Option<RevokedSessions>,
}

impl RevocationFlags {
    /// What is given here, else what is given there.
    pub fn or(self, other: Self) -> Self {
        Self {
            expired_crl: self.expired_crl.or(other.expired_crl),
            crl_dp_hosts: self.crl_dp_hosts.or(other.crl_dp_hosts),
            crl_dp_missing: self.crl_dp_missing.or(other.crl_dp_missing),
            revoked_sessions: self.revoked_sessions.or(other.revoked_sessions),
        }
    }

    /// Decides.
    pub fn resolve(self) -> anyhow::Result<RevocationSettings> {
        let hosts = self.crl_dp_hosts.unwrap_or_default();
        let hosts = hosts
            .iter()
            .map(String::as_str)
            .filter(|host| !host.is_empty());
        Ok(RevocationSettings {
            expired: self.expired_crl.unwrap_or_default().into(),
            // Lists are signed: TLS would add nothing to what they say.
            hosts: AllowList::parse(hosts, Plain::Anywhere).context("--crl-dp-hosts")?,
            missing: self.crl_dp_missing.unwrap_or_default().into(),
            refuses_sessions: self.revoked_sessions == Some(RevokedSessions::Refuse),
        })
    }
}

/// Settings of revocation, decided.
#[derive(Debug, Clone)]
pub struct RevocationSettings {
    /// What an expired list means.
    pub expired: ExpiredListRule,
    /// Who may be asked for lists.
    pub hosts: AllowList,
    /// What a missing list means.
    pub missing: MissingListRule,
    /// Whether living sessions of revoked certificates are refused.
    pub refuses_sessions: bool,
}
