//! The services of the Query protocol at the door: IAM and STS.

use anyrole_domain::{Call, DECISIONS, Origin, Refusal};
use anyrole_signing::PayloadHash;
use anyrole_wire::aws_query::{Parameters, Xml};
use http::StatusCode;
use http::request::Parts;

use super::{Answered, Door};
use crate::authenticate::authenticate;
use crate::render_refusal::aws_query;
use crate::{Body, Request, iam, sts};

impl Door {
    pub(super) async fn query(
        &self,
        origin: &Origin,
        request: Request,
        service: QueryService,
    ) -> Answered {
        let (parts, body) = request.into_parts();
        let mut seen = QuerySeen {
            event: service.unknown_event(),
            call: None,
        };
        let outcome = self
            .query_outcome(origin, &parts, body, service, &mut seen)
            .await;
        let (response, refusal) = match outcome {
            Ok(text) => (aws_query::xml(StatusCode::OK, text), None),
            Err(refusal) => {
                let response = aws_query::render(&refusal, service.namespace(), &origin.request_id);
                (response, Some(refusal))
            }
        };
        Answered {
            response,
            event: seen.event,
            call: seen.call,
            refusal,
        }
    }

    async fn query_outcome(
        &self,
        origin: &Origin,
        parts: &Parts,
        body: Body,
        service: QueryService,
        seen: &mut QuerySeen,
    ) -> Result<String, Refusal> {
        let body = self.bodies.read_control(body).await?;
        let text = std::str::from_utf8(&body)
            .map_err(|_| Refusal::validation("The parameters are not UTF-8."))?;
        let parameters = Parameters::parse([parts.uri.query().unwrap_or_default(), text])
            .map_err(|error| Refusal::validation(error.to_string()))?;
        let action = parameters.text("Action").unwrap_or_default();
        seen.event = service.event(action);
        let reads = action.starts_with("Get") || action.starts_with("List");
        let tries = if reads { DECISIONS } else { 1 };
        let mut last = 1;
        loop {
            let confirmed = self.site.directory.confirm().await?;
            let outcome = self
                .query_answer(origin, parts, &body, service, &parameters, seen)
                .await;
            if !reads && outcome.is_ok() {
                // What was written was decided on the newest state.
                return outcome;
            }
            match self.site.directory.reconfirm(confirmed).await {
                Ok(()) => return outcome,
                Err(refusal) if last == tries => return Err(refusal),
                Err(_) => last += 1,
            }
        }
    }

    async fn query_answer(
        &self,
        origin: &Origin,
        parts: &Parts,
        body: &[u8],
        service: QueryService,
        parameters: &Parameters,
        seen: &mut QuerySeen,
    ) -> Result<String, Refusal> {
        let action = parameters.text("Action").unwrap_or_default();
        let call = authenticate(
            &self.site,
            origin,
            parts,
            PayloadHash::of(body),
            service.name(),
        )?;
        let call = seen.call.insert(call);
        let mut result = match service {
            QueryService::Iam => iam::serve(&self.site, call, action, parameters).await?,
            QueryService::Sts => Some(sts::serve(&self.site, call, action)?),
        };
        let inside = result
            .as_mut()
            .map(|inside| inside as &mut dyn FnMut(&mut Xml));
        Ok(Xml::response(
            action,
            service.namespace(),
            &origin.request_id,
            inside,
        ))
    }
}

/// What a query call is found to be on the way.
struct QuerySeen {
    event: &'static str,
    call: Option<Call>,
}

/// The services of the Query protocol.
#[derive(Debug, Clone, Copy)]
pub(super) enum QueryService {
    Iam,
    Sts,
}

impl QueryService {
    fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }

    fn namespace(self) -> &'static str {
        match self {
            Self::Iam => iam::NAMESPACE,
            Self::Sts => sts::NAMESPACE,
        }
    }

    fn event(self, action: &str) -> &'static str {
        match self {
            Self::Iam => iam::operation_name(action),
            Self::Sts => sts::operation_name(action),
        }
    }

    fn unknown_event(self) -> &'static str {
        self.event("")
    }
}
