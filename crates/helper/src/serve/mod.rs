//! `serve`: the head of an HTTP request enters, credentials leave as the EC2 metadata service gives them (IMDSv2), or the
//! container credentials endpoint. The app listens. Formats: EC2 user guide, "Instance metadata"; AWS SDKs and tools
//! reference guide, "Container credential provider".

mod token;

use std::sync::Arc;

use anyrole_sdk::{Kept, Surroundings};
use aws_lc_rs::hmac;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};
use jiff::{SignedDuration, Timestamp, Unit};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::Keeper;
use token::Tokens;

const TOKEN: &str = "x-aws-ec2-metadata-token";
const TOKEN_TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
const LONGEST: i64 = 21_600;
const ROLES: &str = "/latest/meta-data/iam/security-credentials";

/// What is served.
pub struct Metadata {
    /// The last part of the role's ARN.
    role: String,
    role_arn: String,
    region: String,
    keeper: Arc<Keeper>,
    surroundings: Arc<dyn Surroundings + Send + Sync>,
    tokens: Tokens,
    /// Who shows this gets credentials from the container endpoint; without one it is off.
    container_token: Option<Zeroizing<String>>,
    /// Names by which this machine may be asked, without the port.
    hosts: Vec<String>,
    /// Whether others than this machine can ask: then only who shows the container token gets anything.
    is_open: bool,
}

/// How `serve` is set up.
pub struct MetadataParts {
    /// The role's ARN.
    pub role_arn: String,
    /// The region of the service.
    pub region: String,
    /// Where credentials are.
    pub keeper: Arc<Keeper>,
    /// Clock and randomness.
    pub surroundings: Arc<dyn Surroundings + Send + Sync>,
    /// 32 random octets, for the tokens of this process.
    pub secret: [u8; 32],
    /// The token of the container endpoint.
    pub container_token: Option<Zeroizing<String>>,
    /// The address that is listened on, without the port.
    pub address: std::net::IpAddr,
}

type Answer = Response<Vec<u8>>;

impl Metadata {
    /// `None` where the role's ARN ends in no name.
    pub fn new(parts: MetadataParts) -> Option<Self> {
        let role = parts.role_arn.rsplit_once('/')?.1.to_owned();
        let mut hosts = vec![
            "127.0.0.1".to_owned(),
            "localhost".to_owned(),
            "[::1]".to_owned(),
            // What is behind a rule of the packet filter for AWS's own address.
            "169.254.169.254".to_owned(),
        ];
        hosts.push(match parts.address {
            std::net::IpAddr::V4(address) => address.to_string(),
            std::net::IpAddr::V6(address) => format!("[{address}]"),
        });
        Some(Self {
            role,
            role_arn: parts.role_arn,
            region: parts.region,
            keeper: parts.keeper,
            surroundings: parts.surroundings,
            tokens: Tokens::new(&parts.secret),
            container_token: parts.container_token,
            hosts,
            is_open: !parts.address.is_loopback(),
        })
    }

    /// The path of the container endpoint.
    pub fn container_path(&self) -> String {
        format!("/role/{}", self.role)
    }

    /// Answers a request by its head. May wait for the service: not for a thread that serves others.
    pub fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Answer {
        let path = uri.path();
        let path = path.strip_suffix('/').unwrap_or(path);
        if !self.is_open && !self.knows_host(uri, headers) {
            return text(StatusCode::FORBIDDEN, "this host name is not known here");
        }
        match path {
            "/-/healthy" => self.health(),
            "/-/metrics" => self.metrics(),
            _ if path == self.container_path() => self.container(method, headers),
            // A page in a browser can ask this machine, but neither PUT nor set a header; others only by the token above.
            _ if self.is_open => text(StatusCode::NOT_FOUND, "404 page not found\n"),
            "/latest/api/token" => self.token(method, headers),
            _ if is_metadata(path) => match self.check_token(headers) {
                Ok(left) => self.metadata(method, path, left),
                Err(why) => text(StatusCode::UNAUTHORIZED, why),
            },
            _ => text(StatusCode::NOT_FOUND, "404 page not found\n"),
        }
    }

    /// A name that leads here by DNS alone may be somebody else's (DNS rebinding).
    fn knows_host(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let named = headers.get(HOST).and_then(|host| host.to_str().ok());
        let Some(named) = named.or(uri.authority().map(http::uri::Authority::as_str)) else {
            return false;
        };
        let without_port = match named.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => host,
            _ => named,
        };
        self.hosts
            .iter()
            .any(|host| host.eq_ignore_ascii_case(without_port))
    }

    fn token(&self, method: &Method, headers: &HeaderMap) -> Answer {
        if method != Method::PUT {
            return text(StatusCode::METHOD_NOT_ALLOWED, "");
        }
        if headers.contains_key("x-forwarded-for") {
            return text(
                StatusCode::BAD_REQUEST,
                "unable to process requests with X-Forwarded-For header",
            );
        }
        let seconds = match headers.get(TOKEN_TTL).map(HeaderValue::to_str) {
            None => Some(LONGEST),
            Some(asked) => asked
                .ok()
                .and_then(|asked| asked.trim().parse::<i64>().ok())
                .filter(|seconds| (1..=LONGEST).contains(seconds)),
        };
        let Some(seconds) = seconds else {
            return text(StatusCode::BAD_REQUEST, "invalid token TTL");
        };
        let mut random = [0; 35];
        for part in random.chunks_mut(16) {
            let fresh = self.surroundings.random();
            part.iter_mut().zip(fresh).for_each(|(to, from)| *to = from);
        }
        let life = SignedDuration::from_secs(seconds);
        let token = self.tokens.make(self.surroundings.now(), life, random);
        with_ttl(text(StatusCode::OK, &token), seconds)
    }

    fn check_token(&self, headers: &HeaderMap) -> Result<i64, &'static str> {
        let presented = headers.get(TOKEN).ok_or("no token provided")?;
        let presented = presented.to_str().unwrap_or_default();
        let left = self.tokens.left(presented, self.surroundings.now());
        left.ok_or("invalid token provided")
    }

    fn metadata(&self, method: &Method, path: &str, left: i64) -> Answer {
        if method != Method::GET {
            return text(StatusCode::METHOD_NOT_ALLOWED, "");
        }
        let answer = match path {
            ROLES => text(StatusCode::OK, &self.role),
            "/latest/meta-data/placement/region" => text(StatusCode::OK, &self.region),
            _ if path.strip_prefix(ROLES) == Some(&format!("/{}", self.role)) => {
                match self.keeper.get() {
                    Ok(kept) => credentials(&InstanceCredentials::of(&kept)),
                    Err(failure) => unavailable(&failure.to_string()),
                }
            }
            _ => text(StatusCode::NOT_FOUND, "404 page not found\n"),
        };
        with_ttl(answer, left)
    }

    fn container(&self, method: &Method, headers: &HeaderMap) -> Answer {
        let Some(token) = &self.container_token else {
            return text(StatusCode::NOT_FOUND, "404 page not found\n");
        };
        if method != Method::GET {
            return text(StatusCode::METHOD_NOT_ALLOWED, "");
        }
        let presented = headers
            .get(AUTHORIZATION)
            .map_or(&b""[..], HeaderValue::as_bytes);
        if !is_same(presented, token.as_bytes()) {
            return text(StatusCode::UNAUTHORIZED, "invalid token provided");
        }
        match self.keeper.get() {
            Ok(kept) => credentials(&ContainerCredentials {
                access_key_id: &kept.credentials.access_key_id,
                secret_access_key: &kept.credentials.secret_access_key,
                token: &kept.credentials.session_token,
                expiration: &kept.credentials.expiration,
                role_arn: &self.role_arn,
            }),
            Err(failure) => unavailable(&failure.to_string()),
        }
    }

    fn health(&self) -> Answer {
        match self.keeper.at_hand() {
            Some(_) => text(StatusCode::OK, "ok\n"),
            None => text(
                StatusCode::SERVICE_UNAVAILABLE,
                "there are no valid credentials\n",
            ),
        }
    }

    /// Prometheus's text format.
    fn metrics(&self) -> Answer {
        let (counts, _) = self.keeper.standing();
        let left = self.keeper.at_hand().map_or(0, |kept| {
            kept.end.duration_since(self.surroundings.now()).as_secs()
        });
        text(
            StatusCode::OK,
            &format!(
                "# TYPE anyrole_serve_create_session_total counter\n\
                 anyrole_serve_create_session_total{{outcome=\"granted\"}} {}\n\
                 anyrole_serve_create_session_total{{outcome=\"failed\"}} {}\n\
                 # TYPE anyrole_serve_credentials_left_seconds gauge\n\
                 anyrole_serve_credentials_left_seconds {left}\n",
                counts.good, counts.failed
            ),
        )
    }
}

impl std::fmt::Debug for Metadata {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metadata")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

fn is_metadata(path: &str) -> bool {
    path.starts_with("/latest/")
}

/// In constant time, whatever their lengths: codes of both under a key of this call are compared.
fn is_same(presented: &[u8], expected: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, expected);
    let code = hmac::sign(&key, expected);
    hmac::verify(&key, presented, code.as_ref()).is_ok()
}

/// As the metadata service says it; a document with an error is not `Success`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceCredentials<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    token: &'a str,
    code: &'static str,
    #[serde(rename = "Type")]
    kind: &'static str,
    expiration: &'a str,
    last_updated: String,
}

impl<'a> InstanceCredentials<'a> {
    fn of(kept: &'a Kept) -> Self {
        Self {
            access_key_id: &kept.credentials.access_key_id,
            secret_access_key: &kept.credentials.secret_access_key,
            token: &kept.credentials.session_token,
            code: "Success",
            kind: "AWS-HMAC",
            expiration: &kept.credentials.expiration,
            last_updated: in_seconds(kept.since),
        }
    }
}

fn in_seconds(at: Timestamp) -> String {
    at.round(Unit::Second).unwrap_or(at).to_string()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ContainerCredentials<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    token: &'a str,
    expiration: &'a str,
    role_arn: &'a str,
}

fn credentials(document: &impl Serialize) -> Answer {
    // Strings alone: nothing that can't be written.
    let json = serde_json::to_vec(document).unwrap_or_default();
    let mut answer = Response::new(json);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    answer
}

fn unavailable(why: &str) -> Answer {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Failure<'a> {
        code: &'static str,
        message: &'a str,
    }
    let mut answer = credentials(&Failure {
        code: "CredentialsUnavailable",
        message: why,
    });
    *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    answer
}

fn text(status: StatusCode, body: &str) -> Answer {
    let mut answer = Response::new(body.as_bytes().to_vec());
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}

fn with_ttl(mut answer: Answer, seconds: i64) -> Answer {
    answer
        .headers_mut()
        .insert(TOKEN_TTL, HeaderValue::from(seconds));
    answer
}
