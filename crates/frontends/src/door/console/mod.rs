//! The console at the door: where a request leads, whether a form may be looked at, and a record of what was done. The pages are
//! `anyrole_console`'s.

mod page;
mod signing_in;

use anyrole_console::sign_in::SignInPage;
use anyrole_console::{Fields, PREFIX, assets};
use anyrole_domain::{Call, Kind, Origin, Refusal, Site, record_call};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use jiff::SignedDuration;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use self::signing_in::sign_in_form;
use super::{Door, log_refusal};
use crate::console::{self, Attempts, Cookies, Place, SIGN_IN, new_form_token, new_id};
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

fn no_such_page() -> Refusal {
    Refusal::new(
        Kind::NotFound,
        "no-such-page",
        "The console has no such page.",
    )
}
