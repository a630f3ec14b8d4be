//! The only place that names implementations: which store, which issuer, which object store stand behind the ports.

mod acme_probes;
mod provider_documents;
mod revocation_lists;
mod storage;
mod tokens;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use anyrole_domain::activity::CountBack;
use anyrole_domain::certificate_authorities::forget_deleted_authorities;
use anyrole_domain::ports::{Clock, Entropy, SecretBox, Store};
use anyrole_domain::{
    Directory, Report, RootAccessKey, Rotation, Site, SiteParts, bootstrap, principals,
    tend_seal_keys,
};
use anyrole_frontends::s3::{S3Frontend, S3Parts, SecretByAccessKeyId};
use anyrole_frontends::{Door, DoorParts, Limits};
use anyrole_issuers::{Keyring, KeyringFollower, LocalIssuer};
use anyrole_objects::FolderStore;
use anyrole_outbound::Client;
use anyrole_stores::JsonLines;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use self::acme_probes::OutboundProbes;
use self::provider_documents::OutboundDocuments;
pub use self::storage::{OpenStorage, open as open_storage};
pub use self::tokens::with_key as with_token_key;
use crate::atomic_file::{self, NewFile};
use crate::expiry_notices::{self, Webhook};
use crate::settings::ServerSettings;

/// How often waiting sightings are written.
const FLUSH_EVERY: Duration = Duration::from_millis(250);

/// How often it is written when access keys were used last.
const FLUSH_LAST_USES_EVERY: Duration = Duration::from_secs(60);

/// How often the age of seal keys is looked at.
const TEND_EVERY: Duration = Duration::from_secs(60);

/// How often ACME's old rows are deleted.
const TIDY_ACME_EVERY: Duration = Duration::from_secs(10 * 60);
/// How long idempotency tokens are kept: longer than they count.
const TOKENS_KEPT: SignedDuration = SignedDuration::from_mins(10);

/// Of the time that counting the trail back takes, for each part so many are left to others.
const COUNTING_RESTS: u32 = 4;

/// How often the last write before a stop is tried.
const FLUSHES_AT_STOP: u32 = 20;

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the system clock enters"
    )]
    fn now(&self) -> Timestamp {
        // Microseconds are what the store keeps: a row read back is the row that was written.
        let now = Timestamp::now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}

/// The system's random number generator: the kernel knows when a virtual machine was cloned, and answers a few bytes sooner
/// than a generator in the process does that must ask the processor for that.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(
        clippy::panic,
        reason = "without randomness no key may be made; there is nothing to go on with"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            panic!("the system's random number generator failed");
        }
    }
}

/// A server put together: its door, and what must be done until it ends.
pub struct Assembly {
    /// Where requests go.
    pub door: Arc<Door>,
    /// The domain.
    pub site: Arc<Site>,
    store: Arc<dyn Store>,
    rotation: Rotation,
    revocation_lists: Client,
    webhook: Option<Webhook>,
    /// How far the trail of before has been counted; taken by who counts.
    counting: Mutex<Option<CountBack>>,
    /// Whether the last try to write sightings failed, so that it is said once.
    flushing_fails: AtomicBool,
}

/// Opens the data folder, makes what the first start makes, and puts the server together.
pub async fn assemble(settings: &ServerSettings) -> anyhow::Result<Assembly> {
    let data = settings.data.as_path();
    create_private_folder(data).with_context(|| format!("--data {}", data.display()))?;
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let OpenStorage {
        store,
        secrets,
        directory,
    } = open_storage(&settings.storage, data, &entropy).await?;
    make_account(settings, &directory, entropy.as_ref(), secrets.as_ref()).await?;
    settle_principals(&directory, entropy.as_ref()).await?;
    let issuer = Arc::new(LocalIssuer::new(Keyring::default(), entropy.clone()));
    let follower = KeyringFollower::new(issuer.clone(), secrets.clone());
    directory
        .attach(Arc::new(follower))
        .with_context(|| settings.storage.master_key.to_string())?;
    let audit = JsonLines::open(&data.join("audit.jsonl"), settings.audit_sync)?;
    let mut site = Site::new(SiteParts {
        directory,
        clock: Arc::new(SystemClock),
        entropy: entropy.clone(),
        issuer: issuer.clone(),
        opener: issuer.clone(),
        secrets: secrets.clone(),
        audit: Arc::new(audit),
        quotas: settings.quotas.clone(),
    })?;
    site = site
        .with_expired_crl(settings.revocation.expired)
        .with_missing_list(settings.revocation.missing)
        .with_revoked_sessions_refused(settings.revocation.refuses_sessions)
        .with_unmappable(settings.unmappable_attributes.into())
        .with_provider_documents(Arc::new(OutboundDocuments::new(
            settings.oidc_hosts.clone(),
        )))
        .with_authority_keys(tokens::authority_keys(settings.ca_keys.as_ref(), secrets)?)
        .with_renewal_grace(
            jiff::SignedDuration::try_from(settings.renew_after_expiry)
                .context("--renew-after-expiry")?,
        )
        .with_encoded_messages();
    if let Some(url) = &settings.acme.public_url {
        site = site.with_public_url(url.clone());
    }
    if let Some(probes) = OutboundProbes::new(&settings.acme, entropy.clone()) {
        site = site.with_acme_probes(Arc::new(probes));
    }
    if settings.replay_cache > 0 {
        site = site.with_replay_cache(settings.replay_cache);
    }
    let site = Arc::new(site);
    settings.account.check_against(site.account())?;
    let counting = CountBack::begin(&site).await;
    let counting = counting
        .inspect_err(|refusal| tracing::warn!(detail = %refusal.private, "the audit trail can't be read: sessions before this start are not counted"))
        .ok();
    let s3 = S3Frontend::new(S3Parts {
        store: Arc::new(FolderStore::open(&data.join("objects"))?),
        authorizer: site.clone(),
        secrets: Arc::new(Secrets(site.clone())),
        nonces: Arc::new(move || {
            let mut nonce = [0; 16];
            entropy.fill(&mut nonce);
            nonce
        }),
        region: site.account().region.clone(),
        partition: site.account().partition.clone(),
        domain: settings.s3_domain.clone(),
        body_idle: Limits::default().s3_body_idle,
    });
    let door = Arc::new(Door::new(DoorParts {
        site: site.clone(),
        s3,
        limits: Limits::default(),
        console: settings.console,
    }));
    Ok(Assembly {
        door,
        site,
        store,
        rotation: settings.rotation(),
        revocation_lists: revocation_lists::client(settings.revocation.hosts.clone()),
        webhook: settings
            .notify_webhook
            .clone()
            .map(|(url, plain)| Webhook::new(url, plain)),
        counting: Mutex::new(counting),
        flushing_fails: AtomicBool::new(false),
    })
}

/// What the first start makes. Of several servers that start on one empty database, one makes it; what the others have
/// written down of their own tries goes away again.
async fn make_account(
    settings: &ServerSettings,
    directory: &Directory,
    entropy: &dyn Entropy,
    secrets: &dyn SecretBox,
) -> anyhow::Result<()> {
    let path = settings.data.join("root-credentials");
    let kept = Mutex::new(None);
    bootstrap(
        directory,
        settings.account.to_account(SystemClock.now())?,
        entropy,
        secrets,
        |root| {
            *kept.lock() = Some(root.id.clone());
            write_root_credentials(&path, root)
        },
    )
    .await
    .map_err(|refusal| {
        anyhow::anyhow!(
            "the first start failed: {} {}",
            refusal.public,
            refusal.private
        )
    })?;
    if let Some(id) = kept.into_inner() {
        if directory.read().access_key(&id).is_some() {
            tracing::info!("the root access key was written to {}", path.display());
        } else {
            std::fs::remove_file(&path).with_context(|| path.display().to_string())?;
            tracing::info!("another server has made the account; it has the root access key");
        }
    }
    Ok(())
}

/// Trust policies of older rows name users and roles by ARN.
async fn settle_principals(directory: &Directory, entropy: &dyn Entropy) -> anyhow::Result<()> {
    let account = directory.read().account().cloned();
    let account = account.context("the store has no account")?;
    principals::settle(directory, &account, entropy)
        .await
        .map_err(|refusal| anyhow::anyhow!("{} {}", refusal.public, refusal.private))
}

impl Assembly {
    /// Warns of certificates that expire, for ever; ended by dropping it.
    pub async fn warn_of_expiry(&self) {
        expiry_notices::warn_of_expiry(&self.site, self.webhook.as_ref()).await;
    }

    /// Writes sightings in groups, for ever; ended by dropping it.
    pub async fn flush_sightings(&self) {
        let mut tick = tokio::time::interval(FLUSH_EVERY);
        loop {
            tick.tick().await;
            self.flush().await;
        }
    }

    async fn flush(&self) -> bool {
        match self.site.sightings.flush(self.store.as_ref()).await {
            Ok(_) => {
                self.flushing_fails.store(false, Ordering::Relaxed);
                true
            }
            Err(error) => {
                if !self.flushing_fails.swap(true, Ordering::Relaxed) {
                    tracing::error!(%error, "subjects could not be written; they wait");
                }
                false
            }
        }
    }

    /// Writes when access keys and roles were used last, for ever; ended by dropping it.
    pub async fn flush_last_uses(&self) {
        let mut tick = tokio::time::interval(FLUSH_LAST_USES_EVERY);
        loop {
            tick.tick().await;
            if let Err(error) = self.site.last_uses.flush(self.store.as_ref()).await {
                tracing::warn!(%error, "when access keys and roles were used last could not be written; it waits");
            }
        }
    }

    /// Counts what the audit trail's last week says of each role, slowly: nothing waits for it.
    pub async fn count_back(&self) {
        let Some(mut counting) = self.counting.lock().take() else {
            return;
        };
        loop {
            let begun = tokio::time::Instant::now();
            match counting.step(&self.site).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(refusal) => {
                    tracing::warn!(detail = %refusal.private, "the audit trail can't be read: sessions before this start are not all counted");
                    return;
                }
            }
            tokio::time::sleep(begun.elapsed() * COUNTING_RESTS).await;
        }
    }

    /// Fetches revocation lists, for ever.
    pub async fn fetch_revocation_lists(&self) {
        revocation_lists::fetch(&self.site, &self.revocation_lists).await;
    }

    /// Deletes what ACME's clients ask for no more, for ever.
    pub async fn tidy_acme(&self) {
        let mut tick = tokio::time::interval(TIDY_ACME_EVERY);
        loop {
            tick.tick().await;
            if let Err(refusal) = anyrole_domain::acme::tidy(&self.site).await {
                tracing::warn!(detail = %refusal.private, "old rows of ACME could not be deleted; tried again later");
            }
        }
    }

    /// Takes over what other servers write, for ever.
    pub async fn follow(&self) {
        self.site
            .directory
            .follow(|report| match report {
                Report::Away(detail) => tracing::error!(%detail, "the database is away: sessions are verified and issued from what was read last, writes are refused"),
                Report::Back => tracing::info!("the database can be read again"),
                Report::Failed(detail) => tracing::error!(%detail, "what other servers have written can't be taken over; requests are refused"),
            })
            .await;
    }

    /// Lets seal keys follow each other, for ever.
    pub async fn tend_seal_keys(&self) {
        let mut tick = tokio::time::interval(TEND_EVERY);
        loop {
            tick.tick().await;
            let site = &self.site;
            let now = site.clock.now();
            let tended = tend_seal_keys(
                &site.directory,
                now,
                self.rotation,
                site.entropy.as_ref(),
                site.secrets.as_ref(),
            );
            match tended.await {
                Ok((made, forgotten)) => {
                    if let Some(id) = made {
                        tracing::info!(id, "a new seal key was made");
                    }
                    for id in forgotten {
                        tracing::info!(id, "a seal key was forgotten: its last session has ended");
                    }
                }
                Err(refusal) => {
                    tracing::warn!(detail = %refusal.private, "seal keys could not be looked after; tried again later");
                }
            }
        }
    }

    /// Forgets authorities whose time to be restored is over, and old idempotency tokens, for ever.
    pub async fn tend_authorities(&self) {
        let mut tick = tokio::time::interval(TEND_EVERY);
        loop {
            tick.tick().await;
            let (site, now) = (&self.site, self.site.clock.now());
            match forget_deleted_authorities(site, now).await {
                Ok(outcome) => {
                    for (arn, left) in outcome.forgotten {
                        tell_forgotten(&arn, left.as_deref());
                    }
                    for (arn, detail) in outcome.waiting {
                        tracing::warn!(
                            arn,
                            detail,
                            "the key of a deleted certificate authority could not be destroyed on its token; tried again later"
                        );
                    }
                }
                Err(refusal) => {
                    tracing::warn!(detail = %refusal.private, "deleted certificate authorities could not be forgotten; tried again later");
                }
            }
            site.close_authorities();
            if let Err(error) = self.store.forget_issuing_tokens(now - TOKENS_KEPT).await {
                tracing::warn!(%error, "old idempotency tokens could not be forgotten; tried again later");
            }
        }
    }

    /// Writes what waits, before the server ends; a store that fails is asked again.
    pub async fn flush_at_stop(&self) {
        if let Err(error) = self.site.last_uses.flush(self.store.as_ref()).await {
            tracing::warn!(%error, "when access keys and roles were used last could not be written");
        }
        for _ in 0..FLUSHES_AT_STOP {
            if self.flush().await {
                return;
            }
            tokio::time::sleep(FLUSH_EVERY).await;
        }
        tracing::error!("sightings of subjects are lost; the audit trail has each of them");
    }
}

fn tell_forgotten(arn: &str, left: Option<&str>) {
    match left {
        None => tracing::info!(
            arn,
            "a deleted certificate authority was forgotten, with its key"
        ),
        Some(uri) => tracing::warn!(
            arn,
            uri,
            "a deleted certificate authority was forgotten; its key is left on the token, which this server does not reach without --ca-keys: delete it there"
        ),
    }
}

/// Makes the data folder, readable by its owner alone, with its entries in the folders above on disk; one that is there
/// stays as it is.
fn create_private_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    if path.is_dir() {
        return Ok(());
    }
    let above = match path.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    create_private_folder(above)?;
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && path.is_dir() => {}
        made => made?,
    }
    std::fs::File::open(above)?.sync_all()
}

fn write_root_credentials(path: &Path, root: &RootAccessKey) -> Result<(), String> {
    let text = zeroize::Zeroizing::new(format!(
        "[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        root.id,
        root.secret.expose()
    ));
    let file = NewFile {
        path,
        contents: text.as_bytes(),
        mode: atomic_file::SECRET,
    };
    atomic_file::write(&[file], true).map_err(|error| format!("{error:#}"))?;
    Ok(())
}

/// Secrets for bodies in signed chunks, whose signature s3s checks chunk by chunk.
struct Secrets(Arc<Site>);

impl SecretByAccessKeyId for Secrets {
    fn secret(&self, access_key_id: &str) -> Option<String> {
        if let Ok(secret) = self.0.opener.secret(access_key_id) {
            return Some(secret.expose().to_owned());
        }
        let snapshot = self.0.directory.read();
        let key = snapshot
            .access_key(access_key_id)
            .filter(|key| key.active)?;
        let secret = key.secret(self.0.secrets.as_ref()).ok()?;
        Some(secret.expose().to_owned())
    }
}
