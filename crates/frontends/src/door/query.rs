//! The services of the Query protocol at the door: IAM and STS.

use std::borrow::Cow;

use anyrole_domain::{Call, DECISIONS, IssuedSession, Origin, Refusal};
use anyrole_signing::PayloadHash;
use anyrole_wire::aws_query::{Fill, Parameters, Xml};
use http::StatusCode;
use http::request::Parts;

use super::{Answered, Door, StsFacts};
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
            role_arn: None,
            issued: None,
        };
        let outcome = self
            .query_outcome(origin, &parts, body, service, &mut seen)
            .await;
        let (response, refusal) = match outcome {
            Ok(text) => (aws_query::xml(StatusCode::OK, text), None),
            Err(refusal) => {
                let told = self.told(origin, &refusal);
                let response = aws_query::render(&told, service.namespace(), &origin.request_id);
                (response, Some(refusal))
            }
        };
        Answered {
            response,
            event: seen.event,
            call: seen.call,
            refusal,
            is_recorded: false,
            sts: matches!(service, QueryService::Sts).then_some(StsFacts {
                role_arn: seen.role_arn,
                issued: seen.issued,
            }),
        }
    }

    /// What the caller is told, which holds more than what is recorded: the encoded message, for who may decode it.
    fn told<'a>(&self, origin: &Origin, refusal: &'a Refusal) -> Cow<'a, Refusal> {
        let Some(message) = self.site.encoded_authorization_message(origin, refusal) else {
            return Cow::Borrowed(refusal);
        };
        let mut told = refusal.clone();
        let public = &refusal.public;
        told.public = format!("{public}. Encoded authorization failure message: {message}").into();
        Cow::Owned(told)
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
        seen.role_arn = parameters.text("RoleArn").map(str::to_owned);
        // Nothing that STS decides is written.
        let reads = matches!(service, QueryService::Sts)
            || action.starts_with("Get")
            || action.starts_with("List");
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
        if matches!(service, QueryService::Sts) && sts::is_unsigned(action) {
            let answer = sts::serve_unsigned(&self.site, origin, action, parameters).await?;
            return Ok(service.response(origin, action, Some(seen.keep(answer))));
        }
        let call = authenticate(
            &self.site,
            origin,
            parts,
            PayloadHash::of(body),
            service.name(),
        )?;
        let call = seen.call.insert(call);
        let result = match service {
            QueryService::Iam => iam::serve(&self.site, call, action, parameters).await?,
            QueryService::Sts => {
                let answer = sts::serve(&self.site, call, action, parameters).await?;
                Some(seen.keep(answer))
            }
        };
        Ok(service.response(origin, action, result))
    }
}

/// What a query call is found to be on the way.
struct QuerySeen {
    event: &'static str,
    call: Option<Call>,
    role_arn: Option<String>,
    issued: Option<IssuedSession>,
}

impl QuerySeen {
    fn keep(&mut self, answer: sts::Answer) -> Fill {
        self.issued = answer.issued;
        answer.fill
    }
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

    fn response(self, origin: &Origin, action: &str, mut result: Option<Fill>) -> String {
        let inside = result
            .as_mut()
            .map(|inside| inside as &mut dyn FnMut(&mut Xml));
        Xml::response(action, self.namespace(), &origin.request_id, inside)
    }

    fn unknown_event(self) -> &'static str {
        self.event("")
    }
}
