//! The walk-through: a running server enters, its steps are done one after the other and printed, a tally leaves.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;

use super::child::Program;
use super::printer::Printer;
use super::steps::STEPS;
use super::surroundings;
use crate::signed_client::{Call, CallError, Credentials, SignedClient};

/// Where everything is, as it is shown to the person: absolute paths.
pub struct Place {
    /// `http://127.0.0.1:9910`.
    pub url: String,
    /// The account's region.
    pub region: String,
    /// The account's partition.
    pub partition: String,
    /// The data folder.
    pub data: String,
    /// The walk-through's own folder in it.
    pub folder: String,
    /// The AWS credentials file of root.
    pub root_credentials: String,
    /// The AWS config file that the walk-through writes.
    pub config_file: String,
    /// This binary.
    pub program: String,
    /// Its folder, where a shell would not find it by itself.
    pub program_folder: Option<String>,
    /// Whether the shell has a proxy set.
    pub proxied: bool,
}

impl Place {
    /// All that follows from the data folder and the server.
    pub fn new(
        data: &Path,
        url: String,
        account: &anyrole_domain::Account,
    ) -> anyhow::Result<Self> {
        let data = std::path::absolute(data)?;
        let program = std::env::current_exe().context("the path of this program is not known")?;
        let program_folder = match (surroundings::is_on_path(&program), program.parent()) {
            (false, Some(folder)) => Some(text(folder)?),
            _ => None,
        };
        Ok(Self {
            url,
            region: account.region.clone(),
            partition: account.partition.clone(),
            folder: text(&data.join("quickstart"))?,
            root_credentials: text(&data.join("root-credentials"))?,
            config_file: text(&data.join("quickstart/aws-config"))?,
            data: text(&data)?,
            program: text(&program)?,
            program_folder,
            proxied: surroundings::is_proxied(),
        })
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        self.url
            .split_once("://")
            .map_or("", |(_, address)| address)
    }

    /// A path in the walk-through's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        Path::new(&self.folder).join(name)
    }
}

/// Printed commands and configuration files can hold no other paths.
fn text(path: &Path) -> anyhow::Result<String> {
    let text = path
        .to_str()
        .filter(|text| !text.contains(char::is_control));
    text.map(str::to_owned).with_context(|| {
        format!(
            "`{}` can't be written in a command: it must be UTF-8",
            path.display()
        )
    })
}

/// How many steps there were, and how many failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// All steps.
    pub steps: usize,
    /// Those that failed, or could not be tried.
    pub failed: usize,
}

/// What the steps have in common, and what they leave for the next one.
pub struct Walk {
    /// Where everything is.
    pub place: Place,
    /// The public commands.
    pub program: Program,
    /// The trust anchor's ARN, once there is one.
    pub trust_anchor_arn: Option<String>,
    /// The role's ARN, once there is one.
    pub role_arn: Option<String>,
    /// The profile's ARN, once there is one.
    pub profile_arn: Option<String>,
    /// What the certificate was exchanged for.
    pub session: Option<Credentials>,
    client: SignedClient,
    root: Credentials,
    cancelled: Arc<AtomicBool>,
}

impl Walk {
    /// Reads the root credentials that the server's first start wrote, and makes the walk-through's folder.
    pub fn new(place: Place, cancelled: Arc<AtomicBool>) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&place.folder)
            .with_context(|| format!("`{}` can't be made", place.folder))?;
        let root = Credentials::read(Path::new(&place.root_credentials))?;
        Ok(Self {
            client: SignedClient::new(&place.url, &place.region, "anyrole-quickstart"),
            program: Program {
                path: PathBuf::from(&place.program),
                folder: PathBuf::from(&place.folder),
                url: place.url.clone(),
                cancelled: cancelled.clone(),
            },
            place,
            trust_anchor_arn: None,
            role_arn: None,
            profile_arn: None,
            session: None,
            root,
            cancelled,
        })
    }

    /// Does all steps; one that fails does not keep the next from being tried. `None` where the person stopped it.
    pub fn go(&mut self, printer: &mut Printer) -> io::Result<Option<Tally>> {
        printer.opening(&self.place)?;
        let mut failed = 0;
        for (index, step) in STEPS.iter().enumerate() {
            printer.title(index + 1, STEPS.len(), step.title)?;
            let mut commands = Vec::new();
            let outcome = (step.run)(self, &mut commands).map_err(|error| format!("{error:#}"));
            if self.cancelled.load(Ordering::Relaxed) {
                return Ok(None);
            }
            failed += usize::from(outcome.is_err());
            printer.commands(&commands)?;
            printer.outcome(&outcome)?;
        }
        Ok(Some(Tally {
            steps: STEPS.len(),
            failed,
        }))
    }

    /// A call as the root user.
    pub fn as_root(&self, call: &Call<'_>) -> Result<String, CallError> {
        self.client.send(&self.root, call)
    }

    /// A call with what the certificate was exchanged for.
    pub fn as_session(&self, call: &Call<'_>) -> anyhow::Result<Result<String, CallError>> {
        let session = self.session.as_ref();
        let session = session.context("not tried: there are no credentials of a session")?;
        Ok(self.client.send(session, call))
    }
}
