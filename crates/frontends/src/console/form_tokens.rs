//! What each form must send back, so that nobody's page but ours can post for who is signed in: sealed, of one session, for an hour, and
//! good once. A sign-in form's is of the browser that asked for it.

use anyrole_domain::ports::MessagePurpose;
use anyrole_domain::{Kind, Refusal, Site};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::session::new_id;

/// The name of the form's field.
pub const FIELD: &str = "form-token";
/// How long one is good.
const LIFE: SignedDuration = SignedDuration::from_hours(1);

/// A token that was found to be of the session that sends it.
#[derive(Serialize, Deserialize)]
pub struct FormToken {
    id: String,
    session: String,
    until: Timestamp,
}

/// A new token for the forms of one page.
///
/// # Errors
/// The account has no seal key.
pub fn new_form_token(site: &Site, session: &str, now: Timestamp) -> Result<String, Refusal> {
    let token = FormToken {
        id: new_id(site),
        session: session.to_owned(),
        until: now.saturating_add(LIFE).unwrap_or(now),
    };
    let text = serde_json::to_vec(&token).map_err(|error| Refusal::internal(error.to_string()))?;
    let (account, purpose) = (&site.account().id, MessagePurpose::ConsoleForm);
    let sealed = site.issuer.seal_message(account, purpose, &text, now);
    sealed.map_err(|error| Refusal::internal(error.to_string()))
}

impl FormToken {
    /// Opens what a form has sent.
    ///
    /// # Errors
    /// It is missing, altered, another session's, or too old.
    pub fn open(
        site: &Site,
        presented: &str,
        session: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        if presented.is_empty() {
            return Err(refused("console-token-missing"));
        }
        let (account, purpose) = (&site.account().id, MessagePurpose::ConsoleForm);
        let opened = site.opener.open_message(account, purpose, presented);
        let token: Self = opened
            .and_then(|text| serde_json::from_slice(&text).ok())
            .ok_or_else(|| refused("console-token-altered"))?;
        if session != Some(token.session.as_str()) {
            return Err(refused("console-token-foreign"));
        }
        if now >= token.until {
            return Err(refused("console-token-expired"));
        }
        Ok(token)
    }

    /// Uses it up, for all servers of the database.
    ///
    /// # Errors
    /// It was used before, or the store fails.
    pub async fn take(self, site: &Site, now: Timestamp) -> Result<(), Refusal> {
        let event = format!("console-form/{}", self.id);
        let store = site.directory.store();
        let taken = store
            .claim_events(&site.account().id, now, &[&event])
            .await?;
        if taken.is_empty() {
            return Err(refused("console-token-used"));
        }
        Ok(())
    }
}

fn refused(reason: &'static str) -> Refusal {
    Refusal::new(
        Kind::AccessDenied,
        reason,
        "Nothing was changed: this form is not one that can be sent now. A form is good once, for an hour, in the session that it was opened in. Go back, reload the page, and send it again.",
    )
}
