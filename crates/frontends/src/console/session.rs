//! Who has signed in, as the cookie says it: the access key's id and the session token, sealed. No secret key is in it, so that each
//! request finds out anew whom they are of, and whether they still are of anyone.

use anyrole_domain::ports::MessagePurpose;
use anyrole_domain::{Caller, Principal, Refusal, Site};
use base64_simd::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::authenticate::{OWN_SERVICE, PresentedKey};

/// A session ends when nothing is asked for this long.
const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// It ends then in any case.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// The cookie is made anew when it is older than this.
const RENEW_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// What the cookie holds.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignedIn {
    /// Random; the same from sign-in to sign-out.
    pub id: String,
    /// `AKIA…` or `ASIA…`.
    access_key_id: String,
    /// The session token of a temporary key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session_token: Option<String>,
    /// When the cookie was made.
    made_at: Timestamp,
    /// When the session ends, whatever is asked.
    ends_at: Timestamp,
}

/// A cookie, opened.
pub enum Opened {
    /// Good at this time.
    Good(SignedIn),
    /// It was good once.
    Ended,
    /// Nobody made it.
    Altered,
}

impl SignedIn {
    /// Of a caller who has just proved to be one.
    pub fn new(
        site: &Site,
        caller: &Caller,
        session_token: Option<String>,
        now: Timestamp,
    ) -> Self {
        let longest = now.saturating_add(LONGEST).unwrap_or(Timestamp::MAX);
        let ends_at = match &caller.principal {
            Principal::RoleSession(session) => session.expires_at.min(longest),
            Principal::UserSession(session) => session.expires_at.min(longest),
            Principal::Root | Principal::User(_) | Principal::Anonymous => longest,
        };
        Self {
            id: new_id(site),
            access_key_id: caller.access_key_id.as_ref().to_owned(),
            session_token,
            made_at: now,
            ends_at,
        }
    }

    /// Opens a cookie.
    pub fn open(site: &Site, sealed: &str, now: Timestamp) -> Opened {
        let account = &site.account().id;
        let opened = site
            .opener
            .open_message(account, MessagePurpose::ConsoleSession, sealed);
        let session = opened.and_then(|text| serde_json::from_slice::<Self>(&text).ok());
        match session {
            None => Opened::Altered,
            Some(session) if session.left(now) > SignedDuration::ZERO => Opened::Good(session),
            Some(_) => Opened::Ended,
        }
    }

    /// How long it is good without another request.
    pub fn left(&self, now: Timestamp) -> SignedDuration {
        let idle = self.made_at.saturating_add(IDLE).unwrap_or(self.made_at);
        idle.min(self.ends_at).duration_since(now)
    }

    /// The same with a new life, where this one is not new.
    pub fn renewed(&self, now: Timestamp) -> Option<Self> {
        let is_old = now.duration_since(self.made_at) >= RENEW_AFTER;
        is_old.then(|| Self {
            made_at: now,
            ..self.clone()
        })
    }

    /// The cookie's value.
    ///
    /// # Errors
    /// The account has no seal key.
    pub fn seal(&self, site: &Site, now: Timestamp) -> Result<String, Refusal> {
        let text =
            serde_json::to_vec(self).map_err(|error| Refusal::internal(error.to_string()))?;
        let (account, purpose) = (&site.account().id, MessagePurpose::ConsoleSession);
        let sealed = site.issuer.seal_message(account, purpose, &text, now);
        sealed.map_err(|error| Refusal::internal(error.to_string()))
    }

    /// Whom the access key is of now.
    ///
    /// # Errors
    /// It is of nobody any more: deactivated, deleted, ended, revoked.
    pub fn caller(&self, site: &Site, now: Timestamp) -> Result<Caller, Refusal> {
        let key = PresentedKey::find(site, &self.access_key_id)?;
        let used = (OWN_SERVICE, site.account().region.as_str());
        key.caller(site, self.session_token.as_deref(), used, now)
    }
}

/// What the store is told of a session that was signed out.
pub fn ended_event(session_id: &str) -> String {
    format!("console-signed-out/{session_id}")
}

/// 128 random bits.
pub fn new_id(site: &Site) -> String {
    let mut random = [0; 16];
    site.entropy.fill(&mut random);
    URL_SAFE_NO_PAD.encode_to_string(random)
}
