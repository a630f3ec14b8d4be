//! Puts s3s together with our gate, our object store and our answers.

use std::sync::Arc;
use std::time::Duration;

use anyrole_domain::objects::ObjectStore;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body::Body as HttpBody;
use s3s::auth::{S3Auth, SecretKey};
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::host::{S3Host, VirtualHost};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, S3Error, S3Result, StdError, s3_error};

use super::access::Gate;
use super::authorizer::{Authorizer, SecretByAccessKeyId};
use super::handlers::Handlers;
use super::prepare::{MAX_XML, prepare};

/// 128 random bits at each call.
pub(super) type Nonces = Arc<dyn Fn() -> [u8; 16] + Send + Sync>;

/// What the front end is made of.
pub struct S3Parts {
    /// Where the bytes live.
    pub store: Arc<dyn ObjectStore>,
    /// Who may do what.
    pub authorizer: Arc<dyn Authorizer>,
    /// Secrets, for bodies in signed chunks.
    pub secrets: Arc<dyn SecretByAccessKeyId>,
    /// 128 random bits at each call, for the ids of multipart uploads.
    pub nonces: Arc<dyn Fn() -> [u8; 16] + Send + Sync>,
    /// The region that buckets are made in.
    pub region: String,
    /// The partition of ARNs, such as `aws`.
    pub partition: String,
    /// Buckets are also served as `BUCKET.DOMAIN`.
    pub domain: Option<String>,
    /// How long it waits for each piece of a request's body.
    pub body_idle: Duration,
}

/// The S3 service. Clones are cheap.
#[derive(Clone)]
pub struct S3Frontend {
    service: S3Service,
    domain: Option<Domain>,
    body_idle: Duration,
}

impl S3Frontend {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: S3Parts) -> Self {
        let gate = Gate {
            authorizer: parts.authorizer,
            store: parts.store.clone(),
            partition: parts.partition,
        };
        let mut config = S3Config::default();
        config.xml_max_body_size = MAX_XML;
        let mut builder = S3ServiceBuilder::new(Handlers {
            store: parts.store,
            gate: gate.clone(),
            nonces: parts.nonces,
            region: parts.region,
        });
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
        // without an auth provider s3s would not ask the gate
        builder.set_auth(Secrets(parts.secrets));
        builder.set_access(gate);
        let domain = parts.domain;
        let domain = domain.map(|domain| Domain(domain.to_ascii_lowercase().into()));
        if let Some(domain) = &domain {
            builder.set_host(domain.clone());
        }
        Self {
            service: builder.build(),
            domain,
            body_idle: parts.body_idle,
        }
    }

    /// Whether the request's host names a bucket, so that all of its path is a key.
    #[must_use]
    pub fn is_virtual_hosted(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok());
        let bucket = self.domain.as_ref().zip(host);
        bucket.is_some_and(|(domain, host)| domain.bucket(host).is_some())
    }

    /// Answers a request whose signature has been verified: its extensions hold the
    /// [`anyrole_domain::Call`] that it is.
    pub async fn call<B>(&self, request: Request<B>) -> Response<Body>
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<StdError>,
    {
        match prepare(request, self.body_idle).await {
            Ok(request) => match self.service.call(request).await {
                Ok(response) => response,
                Err(error) => {
                    tracing::error!(?error, "S3 answer could not be encoded");
                    internal_error()
                }
            },
            Err(error) => render(error),
        }
    }
}

/// An error as an answer, for refusals before or outside of s3s.
fn render(error: S3Error) -> Response<Body> {
    error
        .to_http_response()
        .unwrap_or_else(|_| internal_error())
}

fn internal_error() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

struct Secrets(Arc<dyn SecretByAccessKeyId>);

#[async_trait::async_trait]
impl S3Auth for Secrets {
    async fn get_secret_key(&self, access_key_id: &str) -> S3Result<SecretKey> {
        let secret = self.0.secret(access_key_id);
        secret.map(SecretKey::from).ok_or_else(|| {
            s3_error!(
                InvalidAccessKeyId,
                "The AWS Access Key Id you provided does not exist in our records."
            )
        })
    }
}

/// `bucket.domain` names a bucket; every other host is used with the bucket in the path.
#[derive(Clone)]
struct Domain(Arc<str>);

impl Domain {
    fn bucket(&self, host: &str) -> Option<String> {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let name = name.to_ascii_lowercase();
        let bucket = name.strip_suffix(&*self.0)?.strip_suffix('.')?;
        Some(bucket.to_owned())
    }
}

impl S3Host for Domain {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        Ok(match self.bucket(host) {
            Some(bucket) => VirtualHost::new(&*self.0).with_bucket(bucket),
            None => VirtualHost::new(host),
        })
    }
}
