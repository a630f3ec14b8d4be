//! A page at the door: the cookie says who asks, a form's token is used up, the page is made on a state that is current, and what was
//! done is recorded.

use anyrole_console::{Fields, Reply, Visit, read_of};
use anyrole_domain::{Call, DECISIONS, Kind, Refusal};
use bytes::Bytes;
use http::Method;

use super::{POSTED, VISITED, Visitor, acceptable};
use crate::console::{self, FIELD, FormToken, Opened, SignedIn, ended_event, new_form_token};
use crate::door::Door;
use crate::{Body, Response};

impl Door {
    pub(super) async fn console_page(
        &self,
        visitor: &Visitor<'_>,
        path: Vec<String>,
        body: Body,
    ) -> Result<Response, Refusal> {
        let (site, now) = (visitor.site, visitor.origin.now);
        let posted = visitor.parts.method == Method::POST;
        if posted && let Err(refusal) = acceptable(visitor) {
            return visitor.refuse(None, POSTED, refusal).await;
        }
        let Some(sealed) = visitor.cookies.session() else {
            return Ok(outside(visitor, "new"));
        };
        let session = match SignedIn::open(site, &sealed, now) {
            Opened::Good(session) => session,
            Opened::Ended => return Ok(outside(visitor, "ended")),
            Opened::Altered => {
                let event = if posted { POSTED } else { VISITED };
                let refusal = bad_cookie();
                let path = Some(visitor.parts.uri.path());
                visitor.record(None, event, path, Some(&refusal)).await?;
                return Ok(outside(visitor, "ended"));
            }
        };
        let event = ended_event(&session.id);
        let store = site.directory.store();
        let signed_out = store.is_event_claimed(&site.account().id, &event).await;
        if signed_out.map_err(Refusal::unreadable)? {
            return Ok(outside(visitor, "ended"));
        }
        let mut form = Fields::default();
        let taken = if posted {
            let body = self.bodies.read_control(body).await?;
            form = Fields::parse(&text(body)?);
            match FormToken::open(site, form.text(FIELD), Some(&session.id), now) {
                Ok(token) => token.take(site, now).await,
                Err(refusal) => Err(refusal),
            }
        } else {
            // A form counts where it does something.
            let area = path.first().map_or("", String::as_str);
            site.admit(read_of(area), visitor.origin)
        };
        if let Err(refusal) = taken {
            let call = session.caller(site, now).ok().map(|caller| Call {
                caller,
                origin: visitor.origin.clone(),
            });
            let event = if posted { POSTED } else { VISITED };
            return visitor.refuse(call.as_ref(), event, refusal).await;
        }
        let visited = self.visited(visitor, &session, path, form).await?;
        let Some((call, reply)) = visited else {
            return Ok(outside(visitor, "ended"));
        };
        record(visitor, &call, posted, &reply).await?;
        let mut response = console::reply(reply);
        // What the script asks for by itself keeps nobody signed in.
        if console::is_navigation(&visitor.parts.headers)
            && let Some(renewed) = session.renewed(now)
        {
            let sealed = renewed.seal(site, now)?;
            let headers = response.headers_mut();
            visitor
                .cookies
                .set_session(headers, &sealed, renewed.left(now));
        }
        Ok(response)
    }

    /// Who visits, and what it came to; none where the session is of nobody any more.
    async fn visited(
        &self,
        visitor: &Visitor<'_>,
        session: &SignedIn,
        path: Vec<String>,
        form: Fields,
    ) -> Result<Option<(Call, Reply)>, Refusal> {
        let (site, now) = (visitor.site, visitor.origin.now);
        let posted = visitor.parts.method == Method::POST;
        let form_token = new_form_token(site, &session.id, now)?;
        let tries = if posted { 1 } else { DECISIONS };
        let mut last = 1;
        loop {
            let seen = site.directory.confirm().await?;
            let caller = session.caller(site, now);
            let visited = match caller {
                Err(_) => None,
                Ok(caller) => {
                    let call = Call {
                        caller,
                        origin: visitor.origin.clone(),
                    };
                    let visit = Visit {
                        site,
                        call: &call,
                        method: if posted { Method::POST } else { Method::GET },
                        path: path.clone(),
                        query: visitor.query(),
                        form: form.clone(),
                        form_token: &form_token,
                        endpoint: visitor.endpoint.clone(),
                    };
                    let reply = anyrole_console::serve(&visit).await;
                    Some((call, reply))
                }
            };
            let is_granted = |(_, reply): &(Call, Reply)| reply.refusal.is_none();
            if posted && visited.as_ref().is_some_and(is_granted) {
                // What was written was decided on the newest state.
                return Ok(visited);
            }
            match site.directory.reconfirm(seen).await {
                Ok(()) => return Ok(visited),
                Err(refusal) if last == tries => return Err(refusal),
                Err(_) => last += 1,
            }
        }
    }
}

/// A form's operations leave their records, granted or refused; pages that are only read leave one where they are refused.
async fn record(
    visitor: &Visitor<'_>,
    call: &Call,
    posted: bool,
    reply: &Reply,
) -> Result<(), Refusal> {
    let call = Some(call);
    for event in &reply.earlier {
        visitor.record(call, event, None, None).await?;
    }
    let refusal = reply.refusal.as_ref();
    match (reply.event, refusal) {
        (Some(event), _) => visitor.record(call, event, None, refusal).await,
        (None, None) => Ok(()),
        (None, Some(_)) => {
            let event = if posted { POSTED } else { VISITED };
            let path = Some(visitor.parts.uri.path());
            visitor.record(call, event, path, refusal).await
        }
    }
}

/// What is said to who has not signed in: the way there, or to the script that there is none.
fn outside(visitor: &Visitor<'_>, because: &str) -> Response {
    if console::is_navigation(&visitor.parts.headers) {
        return visitor.to_sign_in(because);
    }
    console::refused(&Refusal::new(
        Kind::InvalidToken,
        "console-signed-out",
        "Nobody is signed in. Load the page again.",
    ))
}

fn text(body: Bytes) -> Result<String, Refusal> {
    String::from_utf8(body.into()).map_err(|_| {
        Refusal::new(
            Kind::Validation,
            "console-no-form",
            "The form is not one that a browser sends.",
        )
    })
}

fn bad_cookie() -> Refusal {
    Refusal::new(
        Kind::InvalidToken,
        "console-cookie-altered",
        "The session's cookie is none of this server's.",
    )
}
