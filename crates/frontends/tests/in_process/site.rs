//! A site put together as the app does it, with a clock that the test moves.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyrole_domain::activity::{TrailPage, TrailQuery};
use anyrole_domain::ports::{AuditError, AuditTrail, Clock, Entropy};
use anyrole_domain::profiles::{CreateProfile, Profile, create_profile};
use anyrole_domain::roles::{CreateRole, Role, create_role};
use anyrole_domain::trust_anchors::{AnchorSource, CreateTrustAnchor, create_trust_anchor};
use anyrole_domain::{
    Account, AccountId, AuditRecord, Call, Caller, Directory, Origin, Principal, Quotas, Rates,
    Site, SiteParts, bootstrap,
};
use anyrole_frontends::s3::{S3Frontend, S3Parts, SecretByAccessKeyId};
use anyrole_frontends::{Body, Door, DoorParts, Limits, Peer, TlsVersion};
use anyrole_issuers::{Keyring, LocalIssuer, MasterKey, SealedAuthorityKeys};
use anyrole_objects::FolderStore;
use anyrole_signing::{
    AccessKey, PayloadHash, Signer, X509Algorithm, X509Signer, presign, sign_request, sign_x509,
};
use anyrole_stores::{JsonLines, SqliteStore};
use anyrole_testkit::SessionCredentials;
use anyrole_testkit::certificates::{Authority, CertificateRequest, Issued};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use http::HeaderMap;
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Notify;

pub const ACCOUNT: &str = "000000000000";
const HOST: &str = "localhost";
/// Buckets are below it.
pub const S3_DOMAIN: &str = "s3.example.org";
/// Lets Roles Anywhere do all that CreateSession needs.
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow",
    "Principal":{"Service":"rolesanywhere.amazonaws.com"},
    "Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}}"#;

/// A clock that goes only when it is told to.
pub struct MovableClock(Mutex<Timestamp>);

impl Clock for MovableClock {
    fn now(&self) -> Timestamp {
        *self.0.lock()
    }
}

struct SystemEntropy(SystemRandom);

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes).unwrap();
    }
}

/// An audit trail that can be made to fail, as on a full disk: then no call is answered.
struct Trail {
    lines: JsonLines,
    broken: AtomicBool,
    held: Mutex<Option<Held>>,
}

/// The next record of an event waits: the test is told once it comes, and lets it go.
#[derive(Clone, Default)]
pub struct Held {
    event: String,
    pub came: Arc<Notify>,
    pub go: Arc<Notify>,
}

#[async_trait::async_trait]
impl AuditTrail for Trail {
    async fn append(&self, record: &AuditRecord<'_>) -> Result<(), AuditError> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(AuditError("the disk is full".to_owned()));
        }
        let held = self.held.lock().take_if(|held| held.event == record.event);
        if let Some(held) = held {
            held.came.notify_one();
            held.go.notified().await;
        }
        self.lines.append(record).await
    }

    async fn find(&self, request_id: &str) -> Result<Option<String>, AuditError> {
        self.lines.find(request_id).await
    }

    async fn page(&self, query: &TrailQuery) -> Result<TrailPage, AuditError> {
        self.lines.page(query).await
    }
}

/// No test sends bodies in signed chunks.
struct NoSecrets;

impl SecretByAccessKeyId for NoSecrets {
    fn secret(&self, _access_key_id: &str) -> Option<String> {
        None
    }
}

/// What the door answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
    pub headers: HeaderMap,
    /// The audit record of the request; null if there is none.
    pub record: Value,
}

impl Answer {
    /// The code, in the protocol's own place.
    pub fn code(&self) -> String {
        match self.headers.get("x-amzn-errortype") {
            Some(code) => code.to_str().unwrap().to_owned(),
            None => serde_json::from_str::<Value>(&self.body)
                .ok()
                .and_then(|json| json["__type"].as_str().map(str::to_owned))
                .unwrap_or_else(|| self.element("Code")),
        }
    }

    /// The text, in the protocol's own place.
    pub fn text(&self) -> String {
        match serde_json::from_str::<Value>(&self.body) {
            Ok(json) => json["message"].as_str().unwrap_or_default().to_owned(),
            Err(_) => self.element("Message"),
        }
    }

    pub fn reason(&self) -> &str {
        self.record["reason"].as_str().unwrap()
    }

    fn element(&self, name: &str) -> String {
        let rest = self.body.split_once(&format!("<{name}>"));
        let found = rest.and_then(|(_, rest)| rest.split_once(&format!("</{name}>")));
        found.map(|(text, _)| text.to_owned()).unwrap_or_default()
    }
}

/// A site with its door.
pub struct Bench {
    pub site: Arc<Site>,
    pub ca: Authority,
    /// The root user's access key id and secret.
    pub root_key: (String, String),
    /// The TLS that requests come over.
    pub tls: Mutex<Option<TlsVersion>>,
    /// The address that requests come from.
    pub ip: Mutex<Option<IpAddr>>,
    door: Door,
    clock: Arc<MovableClock>,
    trail: Arc<Trail>,
    folder: TempDir,
}

impl Bench {
    pub async fn new() -> Self {
        Self::at(Timestamp::from_second(Timestamp::now().as_second()).unwrap()).await
    }

    /// A site whose clock stands at `now`.
    pub async fn at(now: Timestamp) -> Self {
        Self::with(now, |site| site).await
    }

    /// A site with other settings.
    pub async fn with(now: Timestamp, set: impl FnOnce(Site) -> Site) -> Self {
        Self::built(now, true, Quotas::default(), set).await
    }

    /// A site that takes so many requests a second of each group.
    pub async fn limited(rates: Rates) -> Self {
        let quotas = Quotas {
            rates,
            ..Quotas::default()
        };
        let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
        Self::built(now, true, quotas, |site| site).await
    }

    /// A site with or without a console.
    pub async fn built(
        now: Timestamp,
        console: bool,
        quotas: Quotas,
        set: impl FnOnce(Site) -> Site,
    ) -> Self {
        let folder = TempDir::new().unwrap();
        let data = folder.path();
        let clock = Arc::new(MovableClock(Mutex::new(now)));
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy(SystemRandom::new()));
        let secrets = Arc::new(MasterKey::create(&data.join("key"), entropy.clone()).unwrap());
        let store = Arc::new(SqliteStore::open(&data.join("db")).await.unwrap());
        let directory = Directory::load(store).await.unwrap();
        let account = AccountId::parse(ACCOUNT).unwrap();
        let account = Account::new(account, "us-east-1", "aws", now).unwrap();
        let root_key = Mutex::new(None);
        bootstrap(
            &directory,
            account,
            entropy.as_ref(),
            secrets.as_ref(),
            |key| {
                *root_key.lock() = Some((key.id.clone(), key.secret.expose().to_owned()));
                Ok(())
            },
        )
        .await
        .unwrap();
        let trail = Arc::new(Trail {
            lines: JsonLines::open(&data.join("audit.jsonl"), false).unwrap(),
            broken: AtomicBool::new(false),
            held: Mutex::new(None),
        });
        let snapshot = directory.read_full();
        let keyring = Keyring::unlock(snapshot.seal_keys().map(Arc::as_ref), secrets.as_ref());
        let issuer = Arc::new(LocalIssuer::new(keyring.unwrap(), entropy.clone()));
        let site = Arc::new(set(Site::new(SiteParts {
            directory,
            clock: clock.clone(),
            entropy: entropy.clone(),
            issuer: issuer.clone(),
            opener: issuer,
            secrets: secrets.clone(),
            audit: trail.clone(),
            quotas,
        })
        .unwrap()
        .with_authority_keys(Arc::new(SealedAuthorityKeys::new(secrets)))));
        let s3 = S3Frontend::new(S3Parts {
            store: Arc::new(FolderStore::open(&data.join("objects")).unwrap()),
            authorizer: site.clone(),
            secrets: Arc::new(NoSecrets),
            nonces: Arc::new(|| [0; 16]),
            region: "us-east-1".to_owned(),
            partition: "aws".to_owned(),
            domain: Some(S3_DOMAIN.to_owned()),
            body_idle: Limits::default().s3_body_idle,
        });
        let door = Door::new(DoorParts {
            site: site.clone(),
            s3,
            limits: Limits::default(),
            console,
        });
        let ca = Authority::root(&data.join("ca")).unwrap();
        Self {
            site,
            ca,
            root_key: root_key.into_inner().unwrap(),
            tls: Mutex::new(None),
            ip: Mutex::new(None),
            door,
            clock,
            trail,
            folder,
        }
    }

    /// Moves the clock on.
    pub fn wait(&self, time: SignedDuration) {
        *self.clock.0.lock() += time;
    }

    /// From now on nothing can be recorded, and so nothing is answered.
    pub fn break_trail(&self) {
        self.trail.broken.store(true, Ordering::Relaxed);
    }

    /// What happens next under this name waits just before it is recorded.
    pub fn hold(&self, event: &str) -> Held {
        let held = Held {
            event: event.to_owned(),
            ..Held::default()
        };
        *self.trail.held.lock() = Some(held.clone());
        held
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn origin(&self) -> Origin {
        Origin {
            request_id: "request".into(),
            now: self.clock.now(),
            source_ip: Some([192, 0, 2, 1].into()),
            secure_transport: false,
            user_agent: None,
        }
    }

    /// A call of this caller.
    pub fn call(&self, principal: Principal) -> Call {
        Call {
            caller: Caller {
                account: self.site.account().id.clone(),
                principal,
                access_key_id: "AKIAEXAMPLE".into(),
            },
            origin: self.origin(),
        }
    }

    pub fn root(&self) -> Call {
        self.call(Principal::Root)
    }

    /// A role that Roles Anywhere may assume.
    pub async fn role(&self, name: &str) -> Arc<Role> {
        let input = CreateRole {
            name: name.to_owned(),
            assume_role_policy: TRUST.to_owned(),
            ..CreateRole::default()
        };
        let view = create_role(&self.site, &self.root(), input).await.unwrap();
        view.row
    }

    /// An enabled profile of these roles.
    pub async fn profile(&self, roles: &[&Role]) -> Arc<Profile> {
        let input = CreateProfile {
            name: "profile".to_owned(),
            role_arns: roles.iter().map(|role| role.arn.clone()).collect(),
            enabled: Some(true),
            ..CreateProfile::default()
        };
        create_profile(&self.site, &self.root(), input)
            .await
            .unwrap()
    }

    /// An enabled trust anchor of the bench's authority; its ARN.
    pub async fn anchor(&self) -> String {
        let pem = self.ca.own().certificate_pem().unwrap();
        let input = CreateTrustAnchor {
            name: "anchor".to_owned(),
            source: AnchorSource::CertificateBundle(pem),
            enabled: Some(true),
            notification_settings: Vec::new(),
            crl_dp_revocation_enabled: None,
            alias: None,
            tags: Vec::new(),
        };
        let anchor = create_trust_anchor(&self.site, &self.root(), input).await;
        anchor.unwrap().resource.arn.clone()
    }

    /// A sound leaf with the serial number 4097.
    pub fn leaf(&self) -> Issued {
        let request = CertificateRequest::leaf("client").serial("1001");
        self.ca.issue("leaf", &request).unwrap()
    }

    /// CreateSession for 900 seconds, signed by the bench's clock.
    pub async fn create_session(&self, leaf: &Issued, anchor: &str, profile: &Profile) -> Answer {
        let members = serde_json::json!({
            "trustAnchorArn": anchor,
            "profileArn": profile.resource.arn,
            "roleArn": profile.role_arns[0],
            "durationSeconds": 900,
        });
        self.create_session_of(leaf, &leaf.key, &members).await
    }

    /// CreateSession with any members, signed with any key.
    pub async fn create_session_of(&self, leaf: &Issued, key: &Path, members: &Value) -> Answer {
        let key = anyrole_keys::open_file(key, None).unwrap();
        let body = members.to_string();
        let mut headers = HeaderMap::new();
        headers.insert("host", HOST.parse().unwrap());
        let der = leaf.certificate_der().unwrap();
        let x509 = base64_simd::STANDARD.encode_to_string(der);
        headers.insert("x-amz-x509", x509.parse().unwrap());
        let signer = X509Signer {
            algorithm: X509Algorithm::EcdsaSha256,
            serial_decimal: "4097",
            region: "us-east-1",
            at: self.clock.now(),
        };
        let payload = PayloadHash::of(body.as_bytes());
        sign_x509(
            "POST",
            "/sessions",
            "",
            &mut headers,
            payload,
            &signer,
            |message| key.sign(anyrole_keys::SignatureScheme::EcdsaSha256, message),
        )
        .unwrap();
        self.serve("POST", "/sessions", headers, body).await
    }

    /// A request signed with a session's credentials, by the bench's clock.
    pub async fn signed(
        &self,
        credentials: &SessionCredentials,
        service: &str,
        method: &str,
        path: &str,
        body: &str,
    ) -> Answer {
        self.signed_for(HOST, credentials, service, method, path, body)
            .await
    }

    /// The same for another host. The target is a path, with a query where there is a `?`.
    pub async fn signed_for(
        &self,
        host: &str,
        credentials: &SessionCredentials,
        service: &str,
        method: &str,
        target: &str,
        body: &str,
    ) -> Answer {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = HeaderMap::new();
        headers.insert("host", host.parse().unwrap());
        if service == "sts" {
            let form = "application/x-www-form-urlencoded";
            headers.insert("content-type", form.parse().unwrap());
        }
        let signer = self.signer(credentials, service);
        let payload = PayloadHash::of(body.as_bytes());
        sign_request(method, path, query, &mut headers, payload, &signer).unwrap();
        self.serve(method, target, headers, body.to_owned()).await
    }

    /// A request to S3 with headers of its own, signed with them.
    pub async fn signed_with(
        &self,
        credentials: &SessionCredentials,
        (method, target): (&str, &str),
        with: &[(&'static str, &str)],
        body: &str,
    ) -> Answer {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = HeaderMap::new();
        headers.insert("host", HOST.parse().unwrap());
        for (name, value) in with {
            headers.insert(*name, value.parse().unwrap());
        }
        let signer = self.signer(credentials, "s3");
        let payload = PayloadHash::of(body.as_bytes());
        sign_request(method, path, query, &mut headers, payload, &signer).unwrap();
        self.serve(method, target, headers, body.to_owned()).await
    }

    /// A request that nobody signed.
    pub async fn unsigned(&self, (method, target): (&str, &str), body: &str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert("host", HOST.parse().unwrap());
        self.serve(method, target, headers, body.to_owned()).await
    }

    /// The root user's key.
    pub fn root_credentials(&self) -> SessionCredentials {
        SessionCredentials {
            access_key_id: self.root_key.0.clone(),
            secret_access_key: self.root_key.1.clone(),
            session_token: String::new(),
        }
    }

    /// The target of a presigned GET.
    pub fn presigned(&self, credentials: &SessionCredentials, path: &str, expires: u64) -> String {
        self.presigned_with(credentials, "GET", path, "", expires)
    }

    /// The target of a presigned request that has a query.
    pub fn presigned_with(
        &self,
        credentials: &SessionCredentials,
        method: &str,
        path: &str,
        query: &str,
        expires: u64,
    ) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("host", HOST.parse().unwrap());
        let signer = self.signer(credentials, "s3");
        let query = presign(method, path, query, &headers, expires, &signer).unwrap();
        format!("{path}?{query}")
    }

    pub fn signer<'a>(&self, credentials: &'a SessionCredentials, service: &'a str) -> Signer<'a> {
        Signer {
            access_key: AccessKey {
                access_key_id: &credentials.access_key_id,
                secret_access_key: &credentials.secret_access_key,
                session_token: Some(&*credentials.session_token).filter(|token| !token.is_empty()),
            },
            region: "us-east-1",
            service,
            at: self.clock.now(),
        }
    }

    /// The status that the door answers a request with; no audit record is looked for.
    pub async fn status(&self, request: http::Request<Body>) -> u16 {
        let peer = Peer {
            ip: *self.ip.lock(),
            tls: *self.tls.lock(),
        };
        self.door.serve(request, peer).await.status().as_u16()
    }

    /// Where the site keeps its files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The audit record of this request id; null if there is none.
    pub fn record(&self, id: &str) -> Value {
        let trail = std::fs::read_to_string(self.folder.path().join("audit.jsonl")).unwrap();
        let mut records = trail
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        records
            .find(|record| record["request_id"] == id)
            .unwrap_or_default()
    }

    /// Has the door answer any request.
    pub async fn serve(
        &self,
        method: &str,
        target: &str,
        headers: HeaderMap,
        body: String,
    ) -> Answer {
        let answer = self.unrecorded(method, target, headers, body).await;
        let id = answer.headers["x-amzn-requestid"].to_str().unwrap();
        let record = self.record(id);
        Answer { record, ..answer }
    }

    /// The same, without looking for its audit record.
    pub async fn unrecorded(
        &self,
        method: &str,
        target: &str,
        headers: HeaderMap,
        body: String,
    ) -> Answer {
        let mut request = http::Request::new(Body::from(body));
        *request.method_mut() = method.parse().unwrap();
        *request.uri_mut() = target.parse().unwrap();
        *request.headers_mut() = headers;
        let peer = Peer {
            ip: *self.ip.lock(),
            tls: *self.tls.lock(),
        };
        let (parts, body) = self.door.serve(request, peer).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status.as_u16(),
            body: String::from_utf8(body.to_vec()).unwrap(),
            record: Value::Null,
            headers: parts.headers,
        }
    }

    /// What is read at a path by everyone and is no text, with its headers.
    pub async fn octets(&self, path: &str) -> (HeaderMap, Vec<u8>) {
        let mut request = http::Request::new(Body::empty());
        *request.uri_mut() = path.parse().unwrap();
        let peer = Peer {
            ip: *self.ip.lock(),
            tls: *self.tls.lock(),
        };
        let (parts, body) = self.door.serve(request, peer).await.into_parts();
        assert_eq!(parts.status, 200, "{path}");
        let body = body.collect().await.unwrap().to_bytes();
        (parts.headers, body.to_vec())
    }
}
