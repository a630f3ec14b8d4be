//! Enrolment at the door: machines' requests, which the domain records itself, and the operator's calls about join tokens.

use anyrole_domain::{Call, Origin, Refusal};
use anyrole_signing::PayloadHash;
use http::StatusCode;
use http::request::Parts;

use super::json::json;
use super::{Answered, Door, log_refusal};
use crate::authenticate::{OWN_SERVICE, authenticate};
use crate::enrolment::{self, Page};
use crate::render_refusal::rest_json;
use crate::{Body, Request, Response};

impl Door {
    /// Answers a machine.
    pub(super) async fn enrol(&self, origin: &Origin, page: Page, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let body = self.bodies.read_create_session(body).await;
        let (event, outcome) = match page {
            Page::Renew => (
                "anyrole:Renew",
                enrolment::renew(&self.site, origin, &parts, body).await,
            ),
            _ => (
                "anyrole:Enroll",
                enrolment::enroll(&self.site, origin, &parts, body).await,
            ),
        };
        match outcome {
            Ok(answer) => json(StatusCode::CREATED, answer),
            Err(refusal) => {
                log_refusal(origin, event, Some(&refusal));
                rest_json::render(&refusal)
            }
        }
    }

    /// Answers an operator.
    pub(super) async fn join_tokens(&self, origin: &Origin, request: Request) -> Answered {
        let (parts, body) = request.into_parts();
        let mut call = None;
        let outcome = self.join_tokens_outcome(origin, &parts, body, &mut call);
        Answered::in_json(outcome.await, enrolment::event(&parts.method), call)
    }

    async fn join_tokens_outcome(
        &self,
        origin: &Origin,
        parts: &Parts,
        body: Body,
        known: &mut Option<Call>,
    ) -> Result<(StatusCode, Vec<u8>), Refusal> {
        let body = self.bodies.read_control(body).await?;
        let payload = PayloadHash::of(&body);
        let seen = self.site.directory.confirm().await?;
        let call = authenticate(&self.site, origin, parts, payload, OWN_SERVICE)?;
        // Who may is decided on a state that is current; what is written is a row that no snapshot has.
        self.site.directory.reconfirm(seen).await?;
        let call = known.insert(call);
        enrolment::serve_join_tokens(&self.site, call, parts, &body).await
    }
}
