//! `POST /-/explain` at the door: the operator's signed question, as JSON, comes in; the steps of CreateSession go out.

use std::net::IpAddr;

use anyrole_domain::sessions::{self, CertificateQuestion, Question};
use anyrole_domain::{Call, Origin, Refusal};
use anyrole_signing::PayloadHash;
use anyrole_x509::PresentedChain;
use http::request::Parts;
use http::{Method, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;

use super::{Answered, Door};
use crate::authenticate::{OWN_SERVICE, authenticate};
use crate::route::not_served;
use crate::{Body, Request};

/// What the audit trail calls it.
const EVENT: &str = "anyrole:Explain";

/// The question: a request's id, or certificates with the rest of what a client would ask for.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Asked {
    Request(AboutRequest),
    Certificate(AboutCertificate),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AboutRequest {
    request_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AboutCertificate {
    /// Base64 DER, the leaf first.
    certificates: Vec<String>,
    trust_anchor_arn: String,
    profile_arn: String,
    role_arn: String,
    #[serde(default)]
    duration_seconds: Option<i64>,
    #[serde(default)]
    role_session_name: Option<String>,
    #[serde(default)]
    at: Option<Timestamp>,
    #[serde(default)]
    source_ip: Option<IpAddr>,
}

impl From<Asked> for Question {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Request(asked) => Self::Request(asked.request_id),
            Asked::Certificate(asked) => Self::Certificate(Box::new(asked.into())),
        }
    }
}

impl From<AboutCertificate> for CertificateQuestion {
    fn from(asked: AboutCertificate) -> Self {
        // The very headers that a client would send, so that they are read by the same rules.
        let (leaf, others) = match asked.certificates.split_first() {
            Some((leaf, others)) => (leaf.as_str(), others.join(",")),
            None => ("", String::new()),
        };
        Self {
            chain: PresentedChain::from_headers(leaf.as_bytes(), Some(others.as_bytes())),
            trust_anchor_arn: asked.trust_anchor_arn,
            profile_arn: asked.profile_arn,
            role_arn: asked.role_arn,
            duration_seconds: asked.duration_seconds,
            role_session_name: asked.role_session_name,
            at: asked.at,
            source_ip: asked.source_ip,
        }
    }
}

impl Door {
    pub(super) async fn explain(&self, origin: &Origin, request: Request) -> Answered {
        let (parts, body) = request.into_parts();
        let mut call = None;
        let outcome = self.explained(origin, &parts, body, &mut call).await;
        let outcome = outcome.map(|text| (StatusCode::OK, text));
        Answered::in_json(outcome, EVENT, call)
    }

    async fn explained(
        &self,
        origin: &Origin,
        parts: &Parts,
        body: Body,
        known: &mut Option<Call>,
    ) -> Result<Vec<u8>, Refusal> {
        if parts.method != Method::POST {
            return Err(not_served(parts));
        }
        let body = self.bodies.read_control(body).await?;
        let payload = PayloadHash::of(&body);
        let call = known.insert(authenticate(
            &self.site,
            origin,
            parts,
            payload,
            OWN_SERVICE,
        )?);
        self.site.admit(EVENT, origin)?;
        let asked: Asked = serde_json::from_slice(&body).map_err(|_| {
            Refusal::validation(
                "The body holds either `request_id`, or `certificates`, `trust_anchor_arn`, `profile_arn` and `role_arn`, with `duration_seconds`, `role_session_name`, `at` and `source_ip` where they are wanted.",
            )
        })?;
        let explanation = sessions::explain(&self.site, call, asked.into()).await?;
        serde_json::to_vec(&explanation).map_err(|error| Refusal::internal(error.to_string()))
    }
}
