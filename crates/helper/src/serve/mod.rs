//! `serve`: the head of an HTTP request enters, credentials leave as the EC2 metadata service gives them (IMDSv2), or the
//! container credentials endpoint. The app listens. Formats: EC2 user guide, "Instance metadata"; AWS SDKs and tools
//! reference guide, "Container credential provider".
//!
//! `instance.rs` and `container.rs` know the two protocols, `hosts.rs` who may ask, `documents.rs` what is answered.

mod container;
mod documents;
mod hosts;
mod instance;
mod metrics;
mod role;
mod token;

use std::net::IpAddr;
use std::sync::Arc;

use anyrole_sdk::{Kept, Surroundings};
use http::{HeaderMap, Method, Response, StatusCode, Uri};

use crate::HelperError;
use documents::{not_found, text, unavailable, with_ttl};
use hosts::Hosts;
use token::Tokens;

pub use container::{ContainerToken, ContainerTokenError};
pub use role::ServedRole;

/// An answer: status, headers and the whole body.
pub type Answer = Response<Vec<u8>>;

/// Who can reach a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The programs of this machine, and what a browser on it runs: names of hosts are checked.
    Loopback(IpAddr),
    /// Whoever may open a socket of the file system.
    Socket,
    /// Other machines: only the container endpoint is there, with its token.
    Network,
}

impl Reach {
    /// That of a listener with this address.
    pub fn of(address: IpAddr) -> Self {
        if address.to_canonical().is_loopback() {
            Self::Loopback(address)
        } else {
            Self::Network
        }
    }
}

/// How `serve` is set up.
pub struct MetadataParts {
    /// In this order they are listed.
    pub roles: Vec<ServedRole>,
    /// Clock and randomness.
    pub surroundings: Arc<dyn Surroundings + Send + Sync>,
    /// 32 random octets, for the tokens of this process.
    pub secret: [u8; 32],
}

/// What is served. Each listener has a [`View`] of it.
pub struct Metadata {
    roles: Vec<Arc<ServedRole>>,
    surroundings: Arc<dyn Surroundings + Send + Sync>,
    tokens: Tokens,
    answered: metrics::Answered,
}

/// What one listener shows.
pub struct View {
    metadata: Arc<Metadata>,
    /// The roles that are shown here.
    roles: Vec<Arc<ServedRole>>,
    reach: Reach,
    hosts: Hosts,
}

/// What is to be done for a request.
#[derive(Debug)]
pub enum Step {
    /// Answer this.
    Answer(Answer),
    /// Who asks may have these credentials.
    Credentials(Wanted),
}

/// Credentials that a caller may have, and how they are written down for it.
#[derive(Debug)]
pub struct Wanted {
    role: Arc<ServedRole>,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    /// With the seconds that the caller's token has left.
    Instance {
        left: i64,
    },
    /// The same, with the account.
    ExtendedInstance {
        left: i64,
    },
    Container,
}

impl Metadata {
    /// Nothing is asked for yet.
    pub fn new(parts: MetadataParts) -> Arc<Self> {
        Arc::new(Self {
            roles: parts.roles.into_iter().map(Arc::new).collect(),
            surroundings: parts.surroundings,
            tokens: Tokens::new(&parts.secret),
            answered: metrics::Answered::default(),
        })
    }

    /// What is shown to those who can reach a listener: the roles of these names, or all.
    pub fn view(self: &Arc<Self>, reach: Reach, names: Option<&[String]>) -> View {
        let shown = |role: &&Arc<ServedRole>| {
            names.is_none_or(|names| names.iter().any(|name| *name == role.name))
        };
        View {
            metadata: self.clone(),
            roles: self.roles.iter().filter(shown).cloned().collect(),
            reach,
            hosts: Hosts::of(reach),
        }
    }
}

impl View {
    /// What a request gets, by its head. Waits for nothing.
    pub fn step(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Step {
        if !self.hosts.know(uri, headers) {
            return Step::Answer(text(
                StatusCode::FORBIDDEN,
                "this host name is not known here",
            ));
        }
        let path = normal(uri.path());
        let path = path.as_str();
        match path {
            "/-/healthy" => Step::Answer(self.health()),
            "/-/metrics" => Step::Answer(self.metrics()),
            _ if container::is_path(path) => self.container(method, path, headers),
            // Others than this machine's programs get nothing without the token of the container endpoint; and where every role
            // wants one, there is no metadata service at all.
            _ if !self.has_metadata() => Step::Answer(not_found()),
            "/latest/api/token" => Step::Answer(self.token(method, headers)),
            _ if instance::is_path(path) => self.instance(method, path, headers),
            _ => Step::Answer(not_found()),
        }
    }

    /// The names of the roles that are shown.
    pub fn role_names(&self) -> impl Iterator<Item = &str> {
        self.roles.iter().map(|role| role.name.as_str())
    }

    /// Whether the metadata service has anything here.
    pub fn has_metadata(&self) -> bool {
        self.reach != Reach::Network && self.roles.iter().any(|role| role.in_metadata)
    }

    /// The paths of the container endpoint.
    pub fn container_paths(&self) -> impl Iterator<Item = String> {
        let with_token = |role: &&Arc<ServedRole>| role.container_token.is_some();
        self.roles
            .iter()
            .filter(with_token)
            .map(|role| role.container_path())
    }

    /// Whether a request is one for which files are read.
    pub fn may_block(uri: &Uri) -> bool {
        container::is_path(&normal(uri.path()))
    }

    /// What a role is called on the pages that anybody may read: other machines learn no names.
    fn shown_name(&self, place: usize, role: &ServedRole) -> String {
        match self.reach {
            Reach::Network => format!("role {}", place + 1),
            Reach::Loopback(_) | Reach::Socket => role.name.clone(),
        }
    }

    /// To be told of each answer, for `/-/metrics`.
    pub fn count(&self, status: StatusCode) {
        self.metadata.answered.count(status);
    }

    fn health(&self) -> Answer {
        let lacking = self.roles.iter().enumerate();
        let lacking: Vec<String> = lacking
            .filter(|(_, role)| role.keeper.at_hand().is_none())
            .map(|(place, role)| self.shown_name(place, role))
            .collect();
        if lacking.is_empty() {
            return text(StatusCode::OK, "ok\n");
        }
        let lacking = lacking.join(", ");
        text(
            StatusCode::SERVICE_UNAVAILABLE,
            &format!("there are no valid credentials of {lacking}\n"),
        )
    }
}

impl Wanted {
    /// The role's name.
    pub fn role_name(&self) -> &str {
        &self.role.name
    }

    /// The answer, if there are valid credentials at this moment.
    pub fn at_hand(&self) -> Option<Answer> {
        let kept = self.role.keeper.at_hand();
        kept.map(|kept| self.answer(&kept))
    }

    /// The answer, for which new credentials may have to be asked for: not for a thread that serves others.
    pub fn wait(&self) -> Answer {
        match self.role.keeper.get() {
            Ok(kept) => self.answer(&kept),
            Err(failure) => self.failed(&failure),
        }
    }

    fn answer(&self, kept: &Kept) -> Answer {
        match self.form {
            Form::Instance { left } => with_ttl(documents::instance(kept, None), left),
            Form::ExtendedInstance { left } => {
                with_ttl(documents::instance(kept, Some(self.role.account())), left)
            }
            Form::Container => documents::container(kept, &self.role),
        }
    }

    fn failed(&self, failure: &HelperError) -> Answer {
        unavailable(&failure.to_string())
    }
}

impl std::fmt::Debug for Metadata {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metadata")
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View")
            .field("roles", &self.roles)
            .field("reach", &self.reach)
            .finish_non_exhaustive()
    }
}

/// Without a final slash and without empty parts: an endpoint that is written with a slash at its end makes two of them.
fn normal(path: &str) -> String {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.fold(String::new(), |joined, part| joined + "/" + part)
}
