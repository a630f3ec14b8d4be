//! ACME at the door: its own pages under `/-/acme/`, whose requests accounts sign, and the operator's calls at `/-/acme`, which are
//! signed as all others are.

use anyrole_domain::acme::Problem;
use anyrole_domain::{Call, Origin, Refusal, record_call_by};
use anyrole_signing::PayloadHash;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, StatusCode, header};

use super::{Answered, Door, log_refusal};
use crate::acme::{self, Asked};
use crate::authenticate::{OWN_SERVICE, authenticate};
use crate::render_refusal::acme_problem;
use crate::route::not_served;
use crate::{Body, Request, Response};

impl Door {
    /// It records itself: who asks is an account, no caller of ours.
    pub(super) async fn acme(&self, origin: &Origin, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let body = match acme::body_less(&parts.method) {
            true => Ok(Bytes::new()),
            false => self.bodies.read_create_session(body).await,
        };
        let asked = Asked {
            origin,
            base: self.base(origin, &parts),
            parts: &parts,
        };
        let body = match body {
            Ok(body) => body,
            Err(refusal) => {
                log_refusal(origin, "acme:Unknown", Some(&refusal));
                let path = parts.uri.path();
                let kept = record_call_by(
                    &self.site,
                    origin,
                    None,
                    "acme:Unknown",
                    path,
                    Some(&refusal),
                );
                return match kept.await {
                    Ok(()) => acme_problem::render(&refusal.into()),
                    Err(refusal) => acme_problem::render(&refusal.into()),
                };
            }
        };
        let seen = match self.site.directory.confirm().await {
            Ok(seen) => seen,
            Err(refusal) => return acme_problem::render(&Problem::from(refusal)),
        };
        let outcome = acme::serve(&self.site, &asked, &body).await;
        // What was decided on a snapshot that is too old does not leave.
        let current = self.site.directory.reconfirm(seen).await;
        log_refusal(origin, outcome.event, outcome.refusal.as_ref());
        let recorded = match outcome.is_recorded {
            true => Ok(()),
            false => {
                let (who, path) = (outcome.who, parts.uri.path());
                let refusal = outcome.refusal.as_ref();
                record_call_by(&self.site, origin, who, outcome.event, path, refusal).await
            }
        };
        match recorded.and(current) {
            Ok(()) => outcome.response,
            Err(refusal) => acme_problem::render(&Problem::from(refusal)),
        }
    }

    /// How clients see this server: by the setting, else by the host that they asked.
    fn base(&self, origin: &Origin, parts: &Parts) -> String {
        if let Some(url) = self.site.public_url() {
            return url.to_owned();
        }
        let host = parts.headers.get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
        let scheme = if origin.secure_transport {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{host}")
    }

    pub(super) async fn acme_operator(&self, origin: &Origin, request: Request) -> Answered {
        let (parts, body) = request.into_parts();
        let mut call = None;
        let mut event = "anyrole:Acme";
        let outcome = self
            .acme_called(origin, &parts, body, &mut call, &mut event)
            .await;
        Answered::in_json(outcome.map(|text| (StatusCode::OK, text)), event, call)
    }

    async fn acme_called(
        &self,
        origin: &Origin,
        parts: &Parts,
        body: Body,
        known: &mut Option<Call>,
        event: &mut &'static str,
    ) -> Result<Vec<u8>, Refusal> {
        if parts.method != Method::POST {
            return Err(not_served(parts));
        }
        let body = self.bodies.read_control(body).await?;
        let payload = PayloadHash::of(&body);
        let seen = self.site.directory.confirm().await?;
        let call = authenticate(&self.site, origin, parts, payload, OWN_SERVICE)?;
        let call = known.insert(call);
        let answer = acme::serve_operator(&self.site, call, &body).await;
        *event = answer.event;
        let answer = answer.outcome?;
        self.site.directory.reconfirm(seen).await?;
        serde_json::to_vec(&answer).map_err(|error| Refusal::internal(error.to_string()))
    }
}
