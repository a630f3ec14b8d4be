//! The console at the door: who has signed in, whether a form may be sent, and a record of what was done. The pages are
//! `anyrole_console`'s.

use anyrole_console::sign_in::SignInPage;
use anyrole_console::{Fields, PREFIX, Reply, Visit, assets};
use anyrole_domain::{Call, DECISIONS, Kind, Origin, Refusal, Site, record_call};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use jiff::SignedDuration;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Door, log_refusal};
use crate::console::{
    self, Attempts, Cookies, FIELD, FormToken, Opened, Place, Presented, SIGN_IN, SignedIn,
    ended_event, new_form_token, new_id,
};
use crate::route::is_form;
use crate::{Body, Request, Response};

/// Someone signs in.
const SIGNED_IN: &str = "console:SignIn";
/// Someone signs out.
const SIGNED_OUT: &str = "console:SignOut";
/// A page is refused to its reader.
const VISITED: &str = "console:Visit";
/// A form is refused before it is known what it was for.
const POSTED: &str = "console:Post";
/// How long a browser keeps what ties sign-in forms to it.
const FORM_LIFE: SignedDuration = SignedDuration::from_hours(1);

/// One request, as the console sees it.
struct Visitor<'a> {
    site: &'a Site,
    origin: &'a Origin,
    parts: &'a Parts,
    cookies: Cookies<'a>,
    endpoint: String,
}

impl Visitor<'_> {
    fn query(&self) -> Fields {
        Fields::parse(self.parts.uri.query().unwrap_or_default())
    }

    async fn record(
        &self,
        call: Option<&Call>,
        event: &str,
        resource: Option<&str>,
        refusal: Option<&Refusal>,
    ) -> Result<(), Refusal> {
        log_refusal(self.origin, event, refusal);
        record_call(self.site, self.origin, call, event, resource, refusal).await
    }

    /// Records a refusal, and says it.
    async fn refuse(
        &self,
        call: Option<&Call>,
        event: &str,
        refusal: Refusal,
    ) -> Result<Response, Refusal> {
        let path = self.parts.uri.path();
        self.record(call, event, Some(path), Some(&refusal)).await?;
        Ok(console::refused(&refusal))
    }

    /// A page to sign in on, which leads back here.
    fn to_sign_in(&self, because: &str) -> Response {
        let here = self.parts.uri.path_and_query();
        let here = here.map_or(PREFIX, http::uri::PathAndQuery::as_str);
        let back = match self.parts.method {
            Method::POST => PREFIX,
            _ => console::return_path(here),
        };
        let back = utf8_percent_encode(back, NON_ALPHANUMERIC);
        console::redirect(&format!("{SIGN_IN}?because={because}&next={back}"))
    }

    /// The sign-in form, with a new token for this browser.
    fn sign_in_page(
        &self,
        next: &str,
        access_key_id: &str,
        notice: Option<&str>,
        refusal: Option<&Refusal>,
    ) -> Result<Response, Refusal> {
        let known = self.cookies.form().filter(|id| id.len() == 22);
        let id = known.map_or_else(|| new_id(self.site), str::to_owned);
        let form_token = new_form_token(self.site, &id, self.origin.now)?;
        let page = SignInPage {
            form_token: &form_token,
            next: console::return_path(next),
            access_key_id,
            notice,
            problem: refusal.map(|refusal| refusal.public.as_ref()),
            is_from_elsewhere: console::is_from_elsewhere(&self.parts.headers),
        };
        let status = refusal.map_or(StatusCode::OK, |refusal| {
            anyrole_console::status(refusal.kind)
        });
        let mut response = console::sign_in_page(status, &page);
        self.cookies
            .set_form(response.headers_mut(), &id, FORM_LIFE);
        Ok(response)
    }
}

impl Door {
    /// It records itself: a form may have been several operations.
    pub(super) async fn console(
        &self,
        attempts: &Attempts,
        origin: &Origin,
        place: Place,
        request: Request,
    ) -> Response {
        let (parts, body) = request.into_parts();
        let is_secure = console::is_secure(&self.site, origin, &parts.headers);
        let visitor = Visitor {
            site: &self.site,
            origin,
            parts: &parts,
            cookies: Cookies::of(&parts.headers, is_secure),
            endpoint: console::endpoint(is_secure, &parts.headers),
        };
        let is_read = matches!(parts.method, Method::GET | Method::HEAD);
        let answered = match place {
            _ if !is_read && parts.method != Method::POST => Ok(console::only_read_and_post()),
            Place::Root => Ok(console::redirect(PREFIX)),
            Place::Unreadable => Err(no_such_page()),
            Place::Asset(name) => assets::find(&name)
                .map(console::asset)
                .ok_or_else(no_such_page),
            Place::SignIn if is_read => sign_in_form(&visitor),
            Place::SignIn => self.sign_in(attempts, &visitor, body).await,
            Place::SignOut if is_read => Ok(console::redirect(PREFIX)),
            Place::SignOut => self.sign_out(&visitor, body).await,
            Place::Page(path) => self.console_page(&visitor, path, body).await,
        };
        let mut response = answered.unwrap_or_else(|refusal| {
            log_refusal(origin, VISITED, Some(&refusal));
            console::refused(&refusal)
        });
        console::guard(response.headers_mut());
        if parts.method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        response
    }

    async fn sign_in(
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

    async fn sign_out(&self, visitor: &Visitor<'_>, body: Body) -> Result<Response, Refusal> {
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

    async fn console_page(
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
        if posted {
            let body = self.bodies.read_control(body).await?;
            form = Fields::parse(&text(body)?);
            let taken = match FormToken::open(site, form.text(FIELD), Some(&session.id), now) {
                Ok(token) => token.take(site, now).await,
                Err(refusal) => Err(refusal),
            };
            if let Err(refusal) = taken {
                let call = session.caller(site, now).ok().map(|caller| Call {
                    caller,
                    origin: visitor.origin.clone(),
                });
                return visitor.refuse(call.as_ref(), POSTED, refusal).await;
            }
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

fn sign_in_form(visitor: &Visitor<'_>) -> Result<Response, Refusal> {
    let query = visitor.query();
    let notice = match query.text("because") {
        "ended" => Some("Your session has ended. Sign in again to go on."),
        "signed-out" => Some("You have signed out."),
        _ => None,
    };
    visitor.sign_in_page(query.text("next"), "", notice, None)
}

/// Whether a form may be looked at: it is one, and of our own pages.
fn acceptable(visitor: &Visitor<'_>) -> Result<(), Refusal> {
    let headers = &visitor.parts.headers;
    console::check_origin(headers, visitor.site.public_url())?;
    if is_form(headers) {
        return Ok(());
    }
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let kind = String::from_utf8_lossy(kind.unwrap_or_default()).into_owned();
    Err(Refusal::new(
        Kind::Validation,
        "console-no-form",
        "The console takes forms alone: application/x-www-form-urlencoded.",
    )
    .with_private(anyrole_domain::printable(&kind)))
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

fn no_such_page() -> Refusal {
    Refusal::new(
        Kind::NotFound,
        "no-such-page",
        "The console has no such page.",
    )
}
