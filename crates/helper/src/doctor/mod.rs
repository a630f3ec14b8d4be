//! `doctor`: what a command that gets credentials would be given enters, and what is found of it leaves, check by check: first
//! what this machine knows, then what the network says, at last a session. A failure ends nothing that still means something
//! behind it; what does not is said to be skipped. One file for each group of checks; the service's texts are translated by
//! `advice.rs`, as everywhere.
//!
//! To add a check: a [`Finding`] in the file of its group, with a name that is not changed again, and a row in the tests.

mod certificate;
mod files;
mod finding;
mod network;
mod request;
mod session;
mod tls;

use anyrole_sdk::Surroundings;

use self::finding::Of;
pub use self::finding::{Finding, Group, Status};
use crate::cures::Cures;
use crate::{IdentitySettings, SessionSettings};

/// What is looked at.
#[derive(Clone, Copy)]
pub struct Doctor<'a> {
    /// What the flags say of certificate and key.
    pub identity: &'a IdentitySettings,
    /// What all flags say.
    pub settings: &'a SessionSettings,
    /// The machine's clock.
    pub surroundings: &'a dyn Surroundings,
    /// Why the password of a file is not known, where one is needed.
    pub password_problem: Option<&'a str>,
    /// `--debug`: what goes over the wire for the session is printed on standard error.
    pub debug: bool,
}

impl Doctor<'_> {
    /// Makes all checks, and gives each finding to `report` as it comes; with `offline` those without the network. Answers
    /// with the worst.
    pub fn examine(&self, offline: bool, report: &mut dyn FnMut(Finding)) -> Status {
        let mut worst = Status::Ok;
        let mut tell = |findings: Vec<Finding>| {
            let found = findings.iter().map(|finding| finding.status).max();
            let found = found.unwrap_or(Status::Ok);
            worst = worst.max(found);
            findings.into_iter().for_each(&mut *report);
            found
        };
        tell(files::examine(self));
        let (findings, known) = certificate::examine(self);
        tell(findings);
        let asked = tell(request::examine(self));
        if offline {
            let why = "--offline was given";
            tell(vec![Of(Group::Network).skipped("service", why)]);
            tell(vec![Of(Group::Session).skipped("create-session", why)]);
            return worst;
        }
        let way = tell(network::examine(self));
        let obstacle = if !known.is_usable {
            Some("no request can be signed with this certificate and key, see above")
        } else if asked == Status::Failure {
            Some("the request is refused before it is sent, see above")
        } else if way == Status::Failure {
            Some("the service can't be reached safely, see above")
        } else {
            None
        };
        tell(session::examine(self, obstacle));
        worst
    }

    fn cures<'a>(&'a self, paths: &'a Paths) -> Cures<'a> {
        let settings = self.settings;
        let given = settings
            .region
            .as_deref()
            .filter(|region| !region.is_empty());
        let arn = anyrole_sdk::Arn::parse(&settings.trust_anchor_arn);
        Cures {
            trust_anchor_arn: &settings.trust_anchor_arn,
            profile_arn: &settings.profile_arn,
            role_arn: &settings.role_arn,
            region: given.or(arn.ok().map(|arn| arn.region)).unwrap_or_default(),
            endpoint: settings.endpoint.as_deref(),
            duration: settings.session_duration,
            certificate: paths.certificate.as_deref(),
            intermediates: paths.intermediates.as_deref(),
        }
    }
}

/// The files' names as text.
struct Paths {
    certificate: Option<String>,
    intermediates: Option<String>,
}

impl Paths {
    fn of(identity: &IdentitySettings) -> Self {
        let text =
            |path: &Option<std::path::PathBuf>| path.as_deref().map(anyrole_keys::KeyUri::shown);
        Self {
            certificate: text(&identity.certificate),
            intermediates: text(&identity.intermediates),
        }
    }
}
