//! The door: every request comes in here and leaves with an id, an audit record and a log line.
//! The app's listeners call `Door::serve` for each request of each connection.

mod acme;
mod console;
mod enrolment;
mod explain;
mod json;
mod query;
mod rpc;
mod s3;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyrole_domain::{
    Call, IssuedSession, Kind, Origin, Refusal, Site, record_call, record_issuing, start_of,
};
use anyrole_wire::rest_json::REQUEST_ID_HEADER;
use http::{HeaderValue, Version, header};

use self::query::QueryService;
pub use self::rpc::{Protocol, RpcService};
use crate::acme::{OPERATOR, PREFIX};
use crate::body::{BodyReader, Limits};
use crate::console::{Attempts, place};
use crate::enrolment::Page;
use crate::render_refusal::{aws_query, rest_json};
use crate::route::{Destination, destination, is_form};
use crate::s3::S3Frontend;
use crate::{Request, Response, own_pages, revocation_status};

/// What the door is made of.
pub struct DoorParts {
    /// The domain.
    pub site: Arc<Site>,
    /// The S3 front end.
    pub s3: S3Frontend,
    /// How much is read of a request.
    pub limits: Limits,
    /// Whether there is a console under `/-/console/`.
    pub console: bool,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsVersion {
    /// 1.2 (RFC 5246).
    V1_2,
    /// 1.3 (RFC 8446).
    V1_3,
    /// One that was not told.
    Other,
}

impl TlsVersion {
    /// As the condition key `s3:TlsVersion` has it.
    pub fn number(self) -> Option<&'static str> {
        match self {
            Self::V1_2 => Some("1.2"),
            Self::V1_3 => Some("1.3"),
            Self::Other => None,
        }
    }
}

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// Their address.
    pub ip: Option<IpAddr>,
    /// The TLS that they came over.
    pub tls: Option<TlsVersion>,
}

/// One for each server; shared by all connections.
pub struct Door {
    site: Arc<Site>,
    s3: S3Frontend,
    bodies: BodyReader,
    ready: AtomicBool,
    /// Tries to sign in at the console; none where it is off.
    console: Option<Attempts>,
}

/// How much of a User-Agent is kept, in bytes.
const MAX_USER_AGENT: usize = 256;

/// What is known of a request once it was answered, for audit trail and log.
struct Answered {
    response: Response,
    event: &'static str,
    call: Option<Call>,
    refusal: Option<Refusal>,
    /// Whether the domain has recorded it already.
    is_recorded: bool,
    /// STS: what the audit trail is told beside.
    sts: Option<StsFacts>,
}

/// The role that was asked for, and the session that was issued.
struct StsFacts {
    role_arn: Option<String>,
    issued: Option<IssuedSession>,
}

impl Door {
    /// A door that is not ready yet.
    pub fn new(parts: DoorParts) -> Self {
        Self {
            site: parts.site,
            s3: parts.s3,
            bodies: BodyReader::new(parts.limits),
            ready: AtomicBool::new(false),
            console: parts.console.then(Attempts::default),
        }
    }

    /// What `/-/ready` answers from now on.
    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Release);
    }

    /// Answers one request.
    pub async fn serve(&self, mut request: Request, peer: Peer) -> Response {
        name_host(&mut request);
        let origin = self.origin(&request, peer);
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let mut to = destination(&method, request.uri(), request.headers());
        // on a bucket's own host `/-/…` is one of its keys
        if to == Destination::Own && self.s3.is_virtual_hosted(request.headers()) {
            to = Destination::S3;
        }
        let is_s3 = to == Destination::S3;
        if let Some(version) = peer.tls.filter(|_| is_s3) {
            request.extensions_mut().insert(version);
        }
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
            secure_transport: peer.tls.is_some(),
            user_agent: request
                .headers()
                .get(header::USER_AGENT)
                .and_then(|value| value.to_str().ok())
                .map(|value| start_of(value, MAX_USER_AGENT).into()),
        }
    }

    async fn answer(&self, origin: &Origin, to: Destination, request: Request) -> Response {
        let page = Page::at(request.uri().path()).filter(|_| to == Destination::Own);
        // Boxed are those whose futures are the largest, for each request's would be as large as they.
        // They record themselves: a refusal may be of nobody that is known.
        if let Some(page @ (Page::Enroll | Page::Renew)) = page {
            return Box::pin(self.enrol(origin, page, request)).await;
        }
        if to == Destination::Own
            && let (Some(attempts), Some(place)) = (&self.console, place(request.uri().path()))
        {
            return Box::pin(self.console(attempts, origin, place, request)).await;
        }
        let answered = match to {
            Destination::Own if page == Some(Page::JoinTokens) => {
                self.join_tokens(origin, request).await
            }
            Destination::Own if request.uri().path() == own_pages::EXPLAIN => {
                self.explain(origin, request).await
            }
            Destination::Own if request.uri().path() == OPERATOR => {
                self.acme_operator(origin, request).await
            }
            // It records itself: its callers are accounts.
            Destination::Own if request.uri().path().starts_with(PREFIX) => {
                return Box::pin(self.acme(origin, request)).await;
            }
            // Public, and asked for by everyone who verifies: not in the audit trail.
            Destination::Own if revocation_status::serves(request.uri().path()) => {
                return revocation_status::serve(&self.site, &self.bodies, request).await;
            }
            Destination::Own => {
                let standing = self
                    .ready
                    .load(Ordering::Acquire)
                    .then(|| self.site.directory.standing());
                return own_pages::serve(request.method(), request.uri().path(), standing);
            }
            // It records itself, with more detail than the other calls.
            Destination::CreateSession => return self.create_session(origin, request).await,
            Destination::S3 => return self.s3(origin, request).await,
            Destination::RolesAnywhere => self.rolesanywhere(origin, request).await,
            Destination::Iam => self.query(origin, request, QueryService::Iam).await,
            Destination::Sts => self.query(origin, request, QueryService::Sts).await,
            Destination::Acm => self.rpc(origin, request, RpcService::Acm).await,
            Destination::AcmPca => self.rpc(origin, request, RpcService::AcmPca).await,
            Destination::Unknown(service) => unknown_service(origin, &service, &request),
        };
        let (call, event) = (answered.call.as_ref(), answered.event);
        let recorded = match &answered.sts {
            None if answered.is_recorded => Ok(()),
            None => {
                let refusal = answered.refusal.as_ref();
                record_call(&self.site, origin, call, event, None, refusal).await
            }
            Some(sts) => {
                let outcome = match &answered.refusal {
                    Some(refusal) => Err(refusal),
                    None => Ok(sts.issued.as_ref()),
                };
                let role_arn = sts.role_arn.as_deref();
                record_issuing(&self.site, origin, call, event, role_arn, outcome).await
            }
        };
        log_refusal(origin, answered.event, answered.refusal.as_ref());
        match recorded {
            Ok(()) => answered.response,
            Err(refusal) => rest_json::render(&refusal),
        }
    }
}

/// HTTP/2 has the host in the URI's authority; signatures are over a header of that name (RFC 9113, 8.3.1).
fn name_host(request: &mut Request) {
    if request.version() < Version::HTTP_2 || request.headers().contains_key(header::HOST) {
        return;
    }
    let authority = request.uri().authority().map(http::uri::Authority::as_str);
    if let Some(host) = authority.and_then(|host| HeaderValue::from_str(host).ok()) {
        request.headers_mut().insert(header::HOST, host);
    }
}

/// Answered as XML, in no namespace, to who came by the Query protocol, and as JSON to all others.
fn unknown_service(origin: &Origin, service: &str, request: &Request) -> Answered {
    let refusal = Refusal::new(
        Kind::NotImplemented,
        "unknown-service",
        format!(
            "Anyrole does not serve `{}`; it serves rolesanywhere, iam, sts, acm, acm-pca and s3.",
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
        is_recorded: false,
        sts: None,
    }
}

fn log_refusal(origin: &Origin, event: &str, refusal: Option<&Refusal>) {
    let Some(refusal) = refusal else {
        return;
    };
    let (reason, message, detail) = (refusal.reason, &refusal.public, &refusal.private);
    if matches!(
        refusal.kind,
        Kind::Internal | Kind::Unavailable | Kind::Contended
    ) {
        tracing::error!(request_id = %origin.request_id, event, reason, %message, %detail, "failed");
    } else {
        tracing::info!(request_id = %origin.request_id, event, reason, %message, %detail, "refused");
    }
}
