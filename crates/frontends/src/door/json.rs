//! The JSON services at the door: CreateSession, which certificates sign, and the control plane of Roles Anywhere.

use anyrole_domain::{Call, DECISIONS, Origin, Refusal};
use anyrole_signing::PayloadHash;
use anyrole_wire::rest_json::CONTENT_TYPE;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};

use super::{Answered, Door, log_refusal};
use crate::authenticate::authenticate;
use crate::render_refusal::rest_json;
use crate::{Body, Request, Response, rolesanywhere};

impl Answered {
    /// An answer in JSON, or a refusal as Roles Anywhere says it, that nobody has recorded yet.
    pub(super) fn in_json(
        outcome: Result<(StatusCode, Vec<u8>), Refusal>,
        event: &'static str,
        call: Option<Call>,
    ) -> Self {
        let (response, refusal) = match outcome {
            Ok((status, text)) => (json(status, text), None),
            Err(refusal) => (rest_json::render(&refusal), Some(refusal)),
        };
        Self {
            response,
            event,
            call,
            refusal,
            is_recorded: false,
            sts: None,
        }
    }
}

impl Door {
    pub(super) async fn create_session(&self, origin: &Origin, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let outcome = match self.bodies.read_create_session(body).await {
            Ok(body) => rolesanywhere::create_session(&self.site, origin, &parts, &body).await,
            Err(refusal) => {
                anyrole_domain::sessions::record_undecodable(&self.site, origin, &refusal)
                    .await
                    .and(Err(refusal))
            }
        };
        outcome.unwrap_or_else(|refusal| {
            log_refusal(origin, "rolesanywhere:CreateSession", Some(&refusal));
            rest_json::render(&refusal)
        })
    }

    pub(super) async fn rolesanywhere(&self, origin: &Origin, request: Request) -> Answered {
        let (parts, body) = request.into_parts();
        let event = rolesanywhere::operation_name(&parts.method, parts.uri.path());
        let mut call = None;
        let outcome = self
            .rolesanywhere_outcome(origin, &parts, body, &mut call)
            .await;
        Answered::in_json(
            outcome.map(|answer| (answer.status, answer.json)),
            event,
            call,
        )
    }

    async fn rolesanywhere_outcome(
        &self,
        origin: &Origin,
        parts: &Parts,
        body: Body,
        known: &mut Option<Call>,
    ) -> Result<rolesanywhere::Answer, Refusal> {
        let body = self.bodies.read_control(body).await?;
        let tries = if parts.method == Method::GET {
            DECISIONS
        } else {
            1
        };
        let mut last = 1;
        loop {
            let seen = self.site.directory.confirm().await?;
            let outcome = self.rolesanywhere_answer(origin, parts, &body, known).await;
            if tries == 1 && outcome.is_ok() {
                // What was written was decided on the newest state.
                return outcome;
            }
            match self.site.directory.reconfirm(seen).await {
                Ok(()) => return outcome,
                Err(refusal) if last == tries => return Err(refusal),
                Err(_) => last += 1,
            }
        }
    }

    async fn rolesanywhere_answer(
        &self,
        origin: &Origin,
        parts: &Parts,
        body: &Bytes,
        known: &mut Option<Call>,
    ) -> Result<rolesanywhere::Answer, Refusal> {
        let call = authenticate(
            &self.site,
            origin,
            parts,
            PayloadHash::of(body),
            "rolesanywhere",
        )?;
        let call = known.insert(call);
        let query = parts.uri.query().unwrap_or_default();
        rolesanywhere::serve(
            &self.site,
            call,
            &parts.method,
            parts.uri.path(),
            query,
            body,
        )
        .await
    }
}

pub(super) fn json(status: StatusCode, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(Bytes::from(body)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    response
}
