//! The services of AWS JSON 1.1 and of RPC v2 with CBOR at the door: Certificate Manager and Private CA.

use anyrole_domain::{Call, DECISIONS, Kind, Origin, Refusal, printable};
use anyrole_signing::PayloadHash;
use anyrole_wire::{acm as acm_wire, acm_pca as pca_wire, aws_json, rpc_v2_cbor};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::{Map, Value};

use super::{Answered, Door};
use crate::authenticate::authenticate;
use crate::render_refusal::rpc;
use crate::rpc_route::Route;
use crate::{Body, Request, Response, acm, acm_pca};

/// The services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RpcService {
    Acm,
    AcmPca,
}

impl RpcService {
    /// As credentials are scoped.
    fn name(self) -> &'static str {
        match self {
            Self::Acm => "acm",
            Self::AcmPca => "acm-pca",
        }
    }

    /// As target headers and paths name it.
    fn prefix(self) -> &'static str {
        match self {
            Self::Acm => acm_wire::TARGET_PREFIX,
            Self::AcmPca => pca_wire::TARGET_PREFIX,
        }
    }

    fn timestamps(self) -> &'static [&'static str] {
        match self {
            Self::Acm => acm_wire::TIMESTAMPS,
            Self::AcmPca => pca_wire::TIMESTAMPS,
        }
    }

    fn routes(self) -> &'static [Route] {
        match self {
            Self::Acm => acm::ROUTES,
            Self::AcmPca => acm_pca::ROUTES,
        }
    }

    fn unknown_event(self) -> &'static str {
        match self {
            Self::Acm => "acm:Unknown",
            Self::AcmPca => "acm-pca:Unknown",
        }
    }
}

/// How members travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// AWS JSON 1.1.
    Json,
    /// RPC v2 with CBOR.
    Cbor,
}

impl Protocol {
    fn of(parts: &Parts) -> Self {
        let says = |name: &str, value: &str| {
            let given = parts.headers.get(name);
            given.is_some_and(|given| given.as_bytes() == value.as_bytes())
        };
        if says(rpc_v2_cbor::PROTOCOL_HEADER, rpc_v2_cbor::PROTOCOL) {
            Self::Cbor
        } else {
            Self::Json
        }
    }

    fn members(self, body: &[u8]) -> Result<Map<String, Value>, Refusal> {
        let unreadable = |detail: String| {
            Refusal::new(
                Kind::Validation,
                "unreadable-body",
                format!("The request's body can't be read: {detail}"),
            )
        };
        match self {
            Self::Json if body.is_empty() => Ok(Map::new()),
            Self::Json => {
                serde_json::from_slice(body).map_err(|error| unreadable(error.to_string()))
            }
            Self::Cbor => rpc_v2_cbor::decode(body).map_err(|error| unreadable(error.to_string())),
        }
    }

    fn answer(self, value: &Value, timestamps: &[&str]) -> Result<Response, Refusal> {
        let internal = |detail: String| Refusal::internal(detail);
        let empty = Value::Object(Map::new());
        let value = if value.is_null() { &empty } else { value };
        let body = match self {
            Self::Json => serde_json::to_vec(value).map_err(|error| internal(error.to_string()))?,
            Self::Cbor => rpc_v2_cbor::encode(value, timestamps)
                .map_err(|error| internal(error.to_string()))?,
        };
        Ok(self.response(StatusCode::OK, body))
    }

    /// A body with the protocol's headers.
    pub fn response(self, status: StatusCode, body: Vec<u8>) -> Response {
        let mut response = Response::new(Body::from(bytes::Bytes::from(body)));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        let content_type = match self {
            Self::Json => aws_json::CONTENT_TYPE,
            Self::Cbor => {
                let protocol = HeaderValue::from_static(rpc_v2_cbor::PROTOCOL);
                headers.insert(rpc_v2_cbor::PROTOCOL_HEADER, protocol);
                rpc_v2_cbor::CONTENT_TYPE
            }
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        response
    }
}

/// What a call is found to be on the way.
struct Seen {
    route: Option<&'static Route>,
    call: Option<Call>,
}

impl Door {
    pub(super) async fn rpc(
        &self,
        origin: &Origin,
        request: Request,
        service: RpcService,
    ) -> Answered {
        let (parts, body) = request.into_parts();
        let protocol = Protocol::of(&parts);
        let mut seen = Seen {
            route: None,
            call: None,
        };
        let outcome = self
            .rpc_outcome(origin, &parts, body, (service, protocol), &mut seen)
            .await;
        let outcome = outcome.and_then(|value| protocol.answer(&value, service.timestamps()));
        let (response, refusal) = match outcome {
            Ok(response) => (response, None),
            Err(refusal) => (rpc::render(&refusal, protocol, service), Some(refusal)),
        };
        Answered {
            response,
            event: seen
                .route
                .map_or(service.unknown_event(), |route| route.event),
            call: seen.call,
            is_recorded: refusal.is_none() && seen.route.is_some_and(|route| route.records_itself),
            refusal,
            sts: None,
        }
    }

    async fn rpc_outcome(
        &self,
        origin: &Origin,
        parts: &Parts,
        body: Body,
        (service, protocol): (RpcService, Protocol),
        seen: &mut Seen,
    ) -> Result<Value, Refusal> {
        let body = self.bodies.read_control(body).await?;
        let operation = operation(parts, service, protocol);
        let mut routes = service.routes().iter();
        let route = routes.find(|route| Some(route.operation) == operation);
        seen.route = route;
        let tries = if route.is_some_and(Route::reads) {
            DECISIONS
        } else {
            1
        };
        let mut last = 1;
        loop {
            let confirmed = self.site.directory.confirm().await?;
            let payload = PayloadHash::of(&body);
            let call = authenticate(&self.site, origin, parts, payload, service.name())?;
            let call = seen.call.insert(call);
            let outcome = match route {
                Some(route) => {
                    route
                        .serve(&self.site, call, protocol.members(&body)?)
                        .await
                }
                None => Err(unknown(operation)),
            };
            // What was written was decided on the newest state. Certificates are in no snapshot: they were decided on the confirmed one.
            let is_of_newest =
                tries == 1 && route.is_some_and(|route| route.operation != "IssueCertificate");
            if is_of_newest && outcome.is_ok() {
                return outcome;
            }
            match self.site.directory.reconfirm(confirmed).await {
                Ok(()) => return outcome,
                Err(refusal) if last == tries => return Err(refusal),
                Err(_) => last += 1,
            }
        }
    }
}

fn operation(parts: &Parts, service: RpcService, protocol: Protocol) -> Option<&str> {
    if parts.method != Method::POST {
        return None;
    }
    match protocol {
        Protocol::Json => {
            let target = parts.headers.get(aws_json::TARGET_HEADER)?.to_str().ok()?;
            aws_json::operation(target, service.prefix())
        }
        Protocol::Cbor => {
            let (named, operation) = rpc_v2_cbor::operation(parts.uri.path())?;
            (named == service.prefix()).then_some(operation)
        }
    }
}

fn unknown(operation: Option<&str>) -> Refusal {
    match operation {
        Some(operation) => Refusal::not_implemented(&printable(operation)),
        None => Refusal::new(
            Kind::NotImplemented,
            "unknown-operation",
            "The request names no operation of this service.",
        ),
    }
}
