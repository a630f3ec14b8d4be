//! The door: every request comes in here and leaves with an id, an audit record and a log line.
//! The app's listeners call `Door::serve` for each request of each connection.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyrole_domain::{Call, Kind, Origin, Refusal, Site, record_call};
use anyrole_signing::{AuthorizationKind, PayloadHash};
use anyrole_wire::aws_query::{Parameters, Xml};
use anyrole_wire::rest_json::{CONTENT_TYPE, REQUEST_ID_HEADER};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};

use crate::authenticate::{Unauthenticated, authenticate};
use crate::body::{self, Limits};
use crate::render_refusal::{aws_query, rest_json, s3_signature, s3_xml};
use crate::route::{Destination, OWN_BUCKET, destination, is_form};
use crate::s3::{S3Frontend, S3Trail};
use crate::{Body, Request, Response, iam, own_pages, rolesanywhere, sts};

/// What the door is made of.
pub struct DoorParts {
    /// The domain.
    pub site: Arc<Site>,
    /// The S3 front end.
    pub s3: S3Frontend,
    /// How much is read of a request.
    pub limits: Limits,
}

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// Their address.
    pub ip: Option<IpAddr>,
    /// Whether they came over TLS.
    pub tls: bool,
}

/// One for each server; shared by all connections.
pub struct Door {
    site: Arc<Site>,
    s3: S3Frontend,
    limits: Limits,
    ready: AtomicBool,
}

/// What is known of a request once it was answered, for audit trail and log.
struct Answered {
    response: Response,
    event: &'static str,
    call: Option<Call>,
    refusal: Option<Refusal>,
}

impl Door {
    /// A door that is not ready yet.
    pub fn new(parts: DoorParts) -> Self {
        Self {
            site: parts.site,
            s3: parts.s3,
            limits: parts.limits,
            ready: AtomicBool::new(false),
        }
    }

    /// What `/-/ready` answers from now on.
    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Release);
    }

    /// Answers one request.
    pub async fn serve(&self, request: Request, peer: Peer) -> Response {
        let origin = self.origin(&request, peer);
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let to = destination(&method, request.uri(), request.headers());
        let is_s3 = to == Destination::S3;
        let mut response = self.answer(&origin, to, request).await;
        let id = HeaderValue::from_str(&origin.request_id)
            .unwrap_or_else(|_| HeaderValue::from_static(""));
        if is_s3 {
            response
                .headers_mut()
                .insert("x-amz-request-id", id.clone());
        }
        response.headers_mut().insert(REQUEST_ID_HEADER, id);
        tracing::debug!(request_id = %origin.request_id, %method, path, status = response.status().as_u16(), "answered");
        response
    }

    fn origin(&self, request: &Request, peer: Peer) -> Origin {
        Origin {
            request_id: self.site.new_uuid().into(),
            now: self.site.clock.now(),
            source_ip: peer.ip,
            secure_transport: peer.tls,
            user_agent: request
                .headers()
                .get(header::USER_AGENT)
                .and_then(|value| value.to_str().ok())
                .map(Into::into),
        }
    }

    async fn answer(&self, origin: &Origin, to: Destination, request: Request) -> Response {
        let answered = match to {
            Destination::Own => {
                let ready = self.ready.load(Ordering::Acquire);
                return own_pages::serve(request.method(), request.uri().path(), ready);
            }
            // It records itself, with more detail than the other calls.
            Destination::CreateSession => return self.create_session(origin, request).await,
            Destination::S3 => return self.s3(origin, request).await,
            Destination::RolesAnywhere => self.rolesanywhere(origin, request).await,
            Destination::Iam => self.query(origin, request, QueryService::Iam).await,
            Destination::Sts => self.query(origin, request, QueryService::Sts).await,
            Destination::Unknown(service) => unknown_service(origin, &service, &request),
        };
        let recorded = record_call(
            &self.site,
            origin,
            answered.call.as_ref(),
            answered.event,
            None,
            answered.refusal.as_ref(),
        )
        .await;
        log_refusal(origin, answered.event, answered.refusal.as_ref());
        match recorded {
            Ok(()) => answered.response,
            Err(refusal) => rest_json::render(&refusal),
        }
    }

    async fn create_session(&self, origin: &Origin, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let outcome =
            match body::read(body, self.limits.create_session_body, self.limits.body_time).await {
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

    async fn rolesanywhere(&self, origin: &Origin, request: Request) -> Answered {
        let (parts, body) = request.into_parts();
        let event = rolesanywhere::operation_name(&parts.method, parts.uri.path());
        let mut call = None;
        let outcome = self
            .rolesanywhere_outcome(origin, &parts, body, &mut call)
            .await;
        let (response, refusal) = match outcome {
            Ok(answer) => (json(answer.status, answer.json), None),
            Err(refusal) => (rest_json::render(&refusal), Some(refusal)),
        };
        Answered {
            response,
            event,
            call,
            refusal,
        }
    }

    async fn rolesanywhere_outcome(
        &self,
        origin: &Origin,
        parts: &Parts,
        body: Body,
        known: &mut Option<Call>,
    ) -> Result<rolesanywhere::Answer, Refusal> {
        let body = body::read(body, self.limits.control_body, self.limits.body_time).await?;
        let call = authenticate(
            &self.site,
            origin,
            parts,
            PayloadHash::of(&body),
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
            &body,
        )
        .await
    }

    async fn query(&self, origin: &Origin, request: Request, service: QueryService) -> Answered {
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
        let body = body::read(body, self.limits.control_body, self.limits.body_time).await?;
        let text = std::str::from_utf8(&body)
            .map_err(|_| Refusal::validation("The parameters are not UTF-8."))?;
        let parameters = Parameters::parse([parts.uri.query().unwrap_or_default(), text])
            .map_err(|error| Refusal::validation(error.to_string()))?;
        let action = parameters.text("Action").unwrap_or_default();
        seen.event = service.event(action);
        let call = authenticate(
            &self.site,
            origin,
            parts,
            PayloadHash::of(&body),
            service.name(),
        )?;
        let call = seen.call.insert(call);
        let mut result = match service {
            QueryService::Iam => iam::serve(&self.site, call, action, &parameters).await?,
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

    fn s3_call(&self, origin: &Origin, parts: &Parts) -> Result<Call, Unauthenticated> {
        let query = parts.uri.query().unwrap_or_default();
        let kind = AuthorizationKind::of(&parts.headers, query);
        if let Some(error) = kind.refusal() {
            return Err(error.into());
        }
        let payload = PayloadHash::declared_to_s3(&parts.headers, is_presigned(parts))?;
        authenticate(&self.site, origin, parts, payload, "s3")
    }

    async fn s3(&self, origin: &Origin, request: Request) -> Response {
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        let trail = Arc::new(S3Trail::default());
        let (response, call) = match self.s3_call(origin, &parts) {
            Ok(call) if is_own_bucket(&path) => {
                let refusal = own_bucket();
                let response = s3_xml::render(&refusal, &path, &origin.request_id);
                trail.refuse(refusal);
                (response, Some(call))
            }
            Ok(call) => {
                parts.extensions.insert(call.clone());
                parts.extensions.insert(trail.clone());
                (
                    self.s3.call(Request::from_parts(parts, body)).await,
                    Some(call),
                )
            }
            Err(unauthenticated) => {
                let (refusal, response) = s3_refused(unauthenticated, &parts, &origin.request_id);
                trail.refuse(refusal);
                (response, None)
            }
        };
        let refusal = trail.refusal(response.status());
        let event = trail.event();
        let resource = trail.resource().unwrap_or(&path);
        let recorded = record_call(
            &self.site,
            origin,
            call.as_ref(),
            event,
            Some(resource),
            refusal.as_ref(),
        )
        .await;
        log_refusal(origin, event, refusal.as_ref());
        match recorded {
            Ok(()) => response,
            Err(refusal) => s3_xml::render(&refusal, &path, &origin.request_id),
        }
    }
}

/// What a query call is found to be on the way.
struct QuerySeen {
    event: &'static str,
    call: Option<Call>,
}

/// The services of the Query protocol.
#[derive(Debug, Clone, Copy)]
enum QueryService {
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

/// A request that S3 does not take, in its own words.
fn s3_refused(
    unauthenticated: Unauthenticated,
    parts: &Parts,
    request_id: &str,
) -> (Refusal, Response) {
    let path = parts.uri.path();
    match unauthenticated {
        Unauthenticated::Signature(error) => {
            s3_signature::refuse(&error, is_presigned(parts), path, request_id)
        }
        Unauthenticated::Key(refusal) => {
            let response = s3_xml::render(&refusal, path, request_id);
            (refusal, response)
        }
    }
}

fn is_presigned(parts: &Parts) -> bool {
    let query = parts.uri.query().unwrap_or_default();
    matches!(
        AuthorizationKind::of(&parts.headers, query),
        AuthorizationKind::HmacPresigned { .. }
    )
}

/// The bucket that would have our own pages as its objects.
fn is_own_bucket(path: &str) -> bool {
    let bucket = path.split('/').nth(1).unwrap_or_default();
    percent_encoding::percent_decode_str(bucket).eq(OWN_BUCKET.bytes())
}

fn own_bucket() -> Refusal {
    Refusal::new(
        Kind::Validation,
        s3_xml::RESERVED_BUCKET_NAME,
        "The specified bucket is not valid.",
    )
}

fn json(status: StatusCode, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(Bytes::from(body)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    response
}

/// Answered as XML, in no namespace, to who came by the Query protocol, and as JSON to all others.
fn unknown_service(origin: &Origin, service: &str, request: &Request) -> Answered {
    let refusal = Refusal::new(
        Kind::NotImplemented,
        "unknown-service",
        format!(
            "Anyrole does not serve `{}`; it serves rolesanywhere, iam, sts and s3.",
            anyrole_domain::printable(service)
        ),
    );
    let response = if is_form(request.headers()) {
        aws_query::render(&refusal, "", &origin.request_id)
    } else {
        rest_json::render(&refusal)
    };
    Answered {
        response,
        event: "unknown:Unknown",
        call: None,
        refusal: Some(refusal),
    }
}

fn log_refusal(origin: &Origin, event: &str, refusal: Option<&Refusal>) {
    let Some(refusal) = refusal else {
        return;
    };
    let (reason, message, detail) = (refusal.reason, &refusal.public, &refusal.private);
    if matches!(refusal.kind, Kind::Internal | Kind::Unavailable) {
        tracing::error!(request_id = %origin.request_id, event, reason, %message, %detail, "failed");
    } else {
        tracing::info!(request_id = %origin.request_id, event, reason, %message, %detail, "refused");
    }
}
