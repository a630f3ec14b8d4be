//! Signing in and out at the door: the form of the one page that nobody needs to have signed in for, and the end of a session.

use anyrole_console::Fields;
use anyrole_domain::{Call, Kind, Origin, Refusal};
use jiff::SignedDuration;

use super::{SIGNED_IN, SIGNED_OUT, Visitor, acceptable};
use crate::console::{
    self, Attempts, FIELD, FormToken, Opened, Presented, SIGN_IN, SignedIn, ended_event,
};
use crate::door::Door;
use crate::{Body, Response};

impl Door {
    pub(super) async fn sign_in(
        &self,
        attempts: &Attempts,
        visitor: &Visitor<'_>,
        body: Body,
    ) -> Result<Response, Refusal> {
        let (site, origin) = (visitor.site, visitor.origin);
        let now = origin.now;
        if let Err(refusal) = acceptable(visitor) {
            return visitor.refuse(None, SIGNED_IN, refusal).await;
        }
        let presented = Presented::read(self.bodies.read_create_session(body).await?);
        let form_token = presented.form.text(FIELD);
        let token = match FormToken::open(site, form_token, visitor.cookies.form(), now) {
            Ok(token) => token,
            Err(refusal) => return visitor.refuse(None, SIGNED_IN, refusal).await,
        };
        let (key, address) = (presented.shown_key(), origin.source_ip);
        let proved = match attempts.admit(address, key.unwrap_or_default(), now) {
            Ok(()) => self.proved(&presented, origin).await,
            Err(refusal) => Err(refusal),
        };
        let call = match proved {
            Ok(call) => call,
            Err(refusal) => {
                let recorded = visitor.record(None, SIGNED_IN, key, Some(&refusal));
                recorded.await?;
                if refusal.kind == Kind::Throttled {
                    return Ok(console::refused(&refusal));
                }
                let next = presented.form.text("next");
                return visitor.sign_in_page(next, key.unwrap_or_default(), None, Some(&refusal));
            }
        };
        attempts.succeeded(address, key.unwrap_or_default());
        // Only who has credentials makes the store remember something.
        if let Err(refusal) = token.take(site, now).await {
            return visitor.refuse(Some(&call), SIGNED_IN, refusal).await;
        }
        visitor.record(Some(&call), SIGNED_IN, None, None).await?;
        let session = SignedIn::new(site, &call.caller, presented.session_token.clone(), now);
        let sealed = session.seal(site, now)?;
        let mut response = console::redirect(console::return_path(presented.form.text("next")));
        let headers = response.headers_mut();
        visitor
            .cookies
            .set_session(headers, &sealed, session.left(now));
        visitor.cookies.set_form(headers, "", SignedDuration::ZERO);
        Ok(response)
    }

    async fn proved(&self, presented: &Presented, origin: &Origin) -> Result<Call, Refusal> {
        let seen = self.site.directory.confirm().await?;
        let caller = presented.verify(&self.site, origin.now)?;
        self.site.directory.reconfirm(seen).await?;
        Ok(Call {
            caller,
            origin: origin.clone(),
        })
    }

    pub(super) async fn sign_out(
        &self,
        visitor: &Visitor<'_>,
        body: Body,
    ) -> Result<Response, Refusal> {
        let (site, now) = (visitor.site, visitor.origin.now);
        if let Err(refusal) = acceptable(visitor) {
            return visitor.refuse(None, SIGNED_OUT, refusal).await;
        }
        let body = self.bodies.read_create_session(body).await?;
        let mut response = console::redirect(&format!("{SIGN_IN}?because=signed-out"));
        visitor.cookies.clear_session(response.headers_mut());
        let Some(sealed) = visitor.cookies.session() else {
            return Ok(response);
        };
        let Opened::Good(session) = SignedIn::open(site, &sealed, now) else {
            return Ok(response);
        };
        let call = session.caller(site, now).ok().map(|caller| Call {
            caller,
            origin: visitor.origin.clone(),
        });
        let form = Fields::parse(&String::from_utf8_lossy(&body));
        let taken = match FormToken::open(site, form.text(FIELD), Some(&session.id), now) {
            Ok(token) => token.take(site, now).await,
            Err(refusal) => Err(refusal),
        };
        if let Err(refusal) = taken {
            return visitor.refuse(call.as_ref(), SIGNED_OUT, refusal).await;
        }
        let (store, event) = (site.directory.store(), ended_event(&session.id));
        store
            .claim_events(&site.account().id, now, &[&event])
            .await?;
        visitor
            .record(call.as_ref(), SIGNED_OUT, None, None)
            .await?;
        Ok(response)
    }
}

pub(super) fn sign_in_form(visitor: &Visitor<'_>) -> Result<Response, Refusal> {
    let query = visitor.query();
    let notice = match query.text("because") {
        "ended" => Some("Your session has ended. Sign in again to go on."),
        "signed-out" => Some("You have signed out."),
        _ => None,
    };
    visitor.sign_in_page(query.text("next"), "", notice, None)
}
