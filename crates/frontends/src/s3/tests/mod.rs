//! The front end over a folder store, asked by plain requests that are taken for authenticated.

use std::sync::Arc;

use anyrole_domain::bucket_policies::BucketPolicies;
use anyrole_domain::objects::Bucket;
use anyrole_domain::{AccountId, Call, Caller, Kind, Origin, Principal, Refusal, Target};
use anyrole_objects::FolderStore;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};

use super::*;

mod authorization;
mod buckets;
mod chunked;
mod objects;
mod presigned;
mod tagging;
mod uploads;

const SHA256_OF_EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Action, resource and condition keys.
type Asked = (String, String, Vec<(String, String)>);

/// Refuses the actions (`s3:GetObject`) or action and resource pairs that it was given.
#[derive(Default)]
struct Policy {
    denied: Vec<(&'static str, &'static str)>,
    asked: parking_lot::Mutex<Vec<Asked>>,
}

#[async_trait::async_trait]
impl Authorizer for Policy {
    fn authorize(&self, _call: &Call, action: &str, target: Target<'_>) -> Result<(), Refusal> {
        let resource = target.resource();
        let keys = target
            .keys()
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let asked = (action.to_owned(), resource.to_owned(), keys.collect());
        self.asked.lock().push(asked);
        let hit = |(a, r): &(&str, &str)| *a == action && (*r == "*" || *r == resource);
        if self.denied.iter().any(hit) {
            return Err(Refusal::new(Kind::AccessDenied, "denied", "not authorized"));
        }
        Ok(())
    }

    fn bucket_policies(&self, _bucket: &str) -> Option<BucketPolicies> {
        None
    }

    async fn put_bucket_policy(&self, _bucket: &Bucket, _text: &str) -> Result<(), Refusal> {
        Err(Refusal::not_implemented("in these tests"))
    }

    fn read_bucket_policy(&self, _bucket: &Bucket) -> Result<String, Refusal> {
        Err(Refusal::not_implemented("in these tests"))
    }

    async fn delete_bucket_policy(&self, _bucket: &Bucket) -> Result<(), Refusal> {
        Ok(())
    }
}

/// The test's one secret.
struct Secrets;

impl SecretByAccessKeyId for Secrets {
    fn secret(&self, access_key_id: &str) -> Option<String> {
        (access_key_id == "AKIAEXAMPLE").then(|| chunked::SECRET.to_owned())
    }
}

struct Bench {
    _folder: tempfile::TempDir,
    policy: Arc<Policy>,
    frontend: S3Frontend,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The content of the first element of this name.
    fn element(&self, name: &str) -> String {
        let text = self.text();
        let from = text.split_once(&format!("<{name}>")).map(|(_, rest)| rest);
        let found = from.and_then(|rest| rest.split_once(&format!("</{name}>")));
        found.map(|(found, _)| found.to_owned()).unwrap_or_default()
    }

    fn elements(&self, name: &str) -> Vec<String> {
        let open = format!("<{name}>");
        let rest = self.text().split(&open).skip(1);
        rest.map(|rest| rest.split('<').next().unwrap().to_owned())
            .collect()
    }
}

impl Bench {
    fn new() -> Self {
        Self::denying(Vec::new())
    }

    fn denying(denied: Vec<(&'static str, &'static str)>) -> Self {
        Self::made(denied, "us-east-1", None)
    }

    fn made(denied: Vec<(&'static str, &'static str)>, region: &str, domain: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let policy = Arc::new(Policy {
            denied,
            ..Policy::default()
        });
        let nonce = std::sync::atomic::AtomicU8::new(1);
        let frontend = S3Frontend::new(S3Parts {
            store: Arc::new(FolderStore::open(folder.path()).unwrap()),
            authorizer: policy.clone(),
            secrets: Arc::new(Secrets),
            nonces: Arc::new(move || {
                [nonce.fetch_add(1, std::sync::atomic::Ordering::Relaxed); 16]
            }),
            region: region.to_owned(),
            partition: "aws".to_owned(),
            domain: domain.map(str::to_owned),
            body_idle: std::time::Duration::from_millis(200),
        });
        Self {
            _folder: folder,
            policy,
            frontend,
        }
    }

    async fn with_bucket(self) -> Self {
        assert_eq!(self.send("PUT", "/bucket", &[], b"").await.status, 200);
        self
    }

    async fn send(&self, method: &str, uri: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = Request::builder().method(method).uri(uri);
        if !headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("host"))
        {
            request = request.header("host", "localhost:9000");
        }
        request = request.header("content-length", body.len());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = Full::new(Bytes::copy_from_slice(body));
        self.call(request.body(body).unwrap()).await
    }

    /// Sends a request as it is, as an authenticated call.
    async fn call<B>(&self, mut request: Request<B>) -> Answer
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<s3s::StdError>,
    {
        request.extensions_mut().insert(Call {
            caller: Caller {
                account: AccountId::parse("000000000000").unwrap(),
                principal: Principal::Root,
                access_key_id: "AKIAEXAMPLE".into(),
            },
            origin: Origin {
                request_id: "r".into(),
                now: "2026-01-02T03:04:05.678Z".parse().unwrap(),
                source_ip: None,
                secure_transport: false,
                user_agent: None,
            },
        });
        let (parts, body) = self.frontend.call(request).await.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    async fn put(&self, key: &str, body: &[u8]) -> Answer {
        self.send("PUT", &format!("/bucket/{key}"), &[], body).await
    }

    async fn get(&self, uri: &str) -> Answer {
        self.send("GET", uri, &[], b"").await
    }

    fn asked(&self) -> Vec<(String, String)> {
        let asked = std::mem::take(&mut *self.policy.asked.lock());
        asked
            .into_iter()
            .map(|(action, resource, _)| (action, resource))
            .collect()
    }
}
