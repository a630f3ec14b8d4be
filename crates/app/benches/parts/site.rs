//! A folder enters, a site in it leaves: the same store, issuer and audit trail as `anyrole server` has, so that a
//! server can go on with the folder.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use anyrole_domain::ports::{Clock as _, Store};
use anyrole_domain::profiles::CreateProfile;
use anyrole_domain::resources::Resource;
use anyrole_domain::roles::CreateRole;
use anyrole_domain::trust_anchors::{AnchorSource, CreateTrustAnchor};
use anyrole_domain::{
    Account, AccountId, Call, Caller, Change, Directory, Origin, Principal, Quotas, Refusal, Site,
    SiteParts, bootstrap,
};
use anyrole_issuers::{Keyring, LocalIssuer, MasterKey};
use anyrole_stores::{JsonLines, SqliteStore};

use super::{SystemClock, SystemEntropy};

/// The region that everything is signed for.
pub const REGION: &str = "us-east-1";

const TRUST_POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
"Principal":{"Service":"rolesanywhere.amazonaws.com"},
"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],
"Condition":{"ArnEquals":{"aws:SourceArn":"ANCHOR"},
"StringEquals":{"aws:PrincipalTag/x509Subject/OU":"Benchmarks"}}}]}"#;

/// Four actions allowed on everything.
pub const SESSION_POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
"Action":["s3:Get*","s3:List*","s3:PutObject","s3:CreateBucket"],"Resource":"*"}]}"#;

/// What a client names in its requests.
#[derive(Debug, Clone)]
pub struct Arns {
    /// The trust anchor.
    pub trust_anchor: String,
    /// The profile.
    pub profile: String,
    /// The role.
    pub role: String,
}

/// A site and its store.
pub struct BenchSite {
    /// The domain.
    pub site: Arc<Site>,
    /// Where sightings are written.
    pub store: Arc<dyn Store>,
}

/// Opens the site in `data`; the first time its account is made.
pub async fn open(data: &Path) -> Result<BenchSite> {
    let store = Arc::new(SqliteStore::open(&data.join("anyrole.db")).await?);
    open_on(store, data, "audit.jsonl").await
}

/// Opens a site on a store that is open.
pub async fn open_on(store: Arc<dyn Store>, data: &Path, audit_file: &str) -> Result<BenchSite> {
    let entropy: Arc<dyn anyrole_domain::ports::Entropy> = Arc::new(SystemEntropy);
    let secrets = Arc::new(MasterKey::open_or_create(
        &data.join("master.key"),
        entropy.clone(),
    )?);
    let directory = Directory::load(store.clone()).await?;
    let account = Account::new(
        AccountId::parse("000000000000")?,
        REGION,
        "aws",
        SystemClock.now(),
    )?;
    bootstrap(
        &directory,
        account,
        entropy.as_ref(),
        secrets.as_ref(),
        |_| Ok(()),
    )
    .await
    .map_err(refused)?;
    let snapshot = directory.read_full();
    let keyring = Keyring::unlock(snapshot.seal_keys().map(Arc::as_ref), secrets.as_ref())?;
    let issuer = Arc::new(LocalIssuer::new(keyring, entropy.clone()));
    let site = Site::new(SiteParts {
        directory,
        clock: Arc::new(SystemClock),
        entropy,
        issuer: issuer.clone(),
        opener: issuer,
        secrets,
        audit: Arc::new(JsonLines::open(&data.join(audit_file), false)?),
        quotas: Quotas {
            trust_anchors: None,
            profiles: None,
            ..Quotas::default()
        },
    })?;
    Ok(BenchSite {
        site: Arc::new(site),
        store,
    })
}

/// Makes a trust anchor of this certificate, a role with AmazonS3FullAccess and a profile with a session policy.
pub async fn configure(site: &Site, ca_pem: String) -> Result<Arns> {
    let call = root_call(site);
    let anchor = CreateTrustAnchor {
        name: "benchmark".to_owned(),
        source: AnchorSource::CertificateBundle(ca_pem),
        enabled: Some(true),
        notification_settings: Vec::new(),
        crl_dp_revocation_enabled: None,
        alias: None,
        tags: Vec::new(),
    };
    let anchor = anyrole_domain::trust_anchors::create_trust_anchor(site, &call, anchor)
        .await
        .map_err(refused)?;
    let name = format!(
        "benchmark-{}",
        anchor.resource.id.get(..8).context("an id")?
    );
    let role = CreateRole {
        name: name.clone(),
        assume_role_policy: TRUST_POLICY.replace("ANCHOR", &anchor.resource.arn),
        ..CreateRole::default()
    };
    let role = anyrole_domain::roles::create_role(site, &call, role)
        .await
        .map_err(refused)?;
    let policy = "arn:aws:iam::aws:policy/AmazonS3FullAccess";
    anyrole_domain::identities::attach_policy::<anyrole_domain::roles::Role>(
        site, &call, &name, policy,
    )
    .await
    .map_err(refused)?;
    let profile = CreateProfile {
        name,
        role_arns: vec![role.row.arn.clone()],
        session_policy: Some(SESSION_POLICY.to_owned()),
        enabled: Some(true),
        ..CreateProfile::default()
    };
    let profile = anyrole_domain::profiles::create_profile(site, &call, profile)
        .await
        .map_err(refused)?;
    Ok(Arns {
        trust_anchor: anchor.resource.arn.clone(),
        profile: profile.resource.arn.clone(),
        role: role.row.arn.clone(),
    })
}

/// Changes that fill an account with copies of its trust anchor and its profile, before and behind those in order.
pub fn copies(site: &Site, arns: &Arns, rows: usize) -> Result<Vec<Change>> {
    let snapshot = site.directory.read_full();
    let anchor = snapshot
        .trust_anchor(&arns.trust_anchor)
        .context("anchor")?;
    let profile = snapshot.profile(&arns.profile).context("profile")?;
    let mut changes = Vec::new();
    for number in 1..rows {
        let (mut anchor, mut profile) = ((*anchor.row).clone(), (*profile.row).clone());
        renumber(&mut anchor.resource, number);
        renumber(&mut profile.resource, number);
        changes.push(Change::PutTrustAnchor(Arc::new(anchor)));
        changes.push(Change::PutProfile(Arc::new(profile)));
    }
    Ok(changes)
}

/// Makes a copy of a row another one.
pub fn renumber(resource: &mut Resource, number: usize) {
    // By an odd factor each number has a place of its own among those of 32 bits.
    let spread = number.wrapping_mul(2_654_435_761) & 0xffff_ffff;
    let id = format!("{spread:08x}-0000-4000-8000-000000000000");
    resource.arn = resource.arn.replace(&resource.id, &id);
    resource.id = id;
    resource.name = format!("copy-{number}");
}

/// A request's origin as the door makes it: an id, the time, the peer.
pub fn origin(site: &Site) -> Origin {
    Origin {
        request_id: site.new_uuid().into(),
        now: site.clock.now(),
        source_ip: Some(std::net::Ipv4Addr::LOCALHOST.into()),
        secure_transport: false,
        user_agent: Some("CredHelper/1.8.0 (linux; amd64)".into()),
    }
}

/// A call of the root user.
pub fn root_call(site: &Site) -> Call {
    Call {
        caller: Caller {
            account: site.account().id.clone(),
            principal: Principal::Root,
            access_key_id: "AKIABENCHMARK".into(),
        },
        origin: origin(site),
    }
}

/// A refusal as an error of the benchmark.
pub fn refused(refusal: Refusal) -> anyhow::Error {
    anyhow!("{}: {} {}", refusal.reason, refusal.public, refusal.private)
}
