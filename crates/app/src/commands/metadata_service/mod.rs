//! The helper's metadata service: `serve` and `exec` start it. What is answered `anyrole_helper` knows.

mod connections;
mod sockets;

use std::io::Write;
use std::sync::Arc;

use anyhow::Context as _;
use anyrole_helper::{
    ContainerToken, HelperError, Keeper, Metadata, MetadataParts, ServedRole, SessionSettings,
};
use anyrole_sdk::{CredentialSource, Credentials, IdentityWatch, Kept, Region, Surroundings as _};
use jiff::Timestamp;

use super::session_flags::ThisMachine;

pub use connections::serve;
pub use sockets::Listener;

/// Keeps the credentials of these settings, from now on. `tell` hears of each outcome, and when the next one is due.
pub fn keeper(
    session: SessionSettings,
    debug: bool,
    tell: impl Fn(Result<&Kept, &HelperError>, Timestamp) + Send + 'static,
) -> std::io::Result<Arc<Keeper>> {
    let surroundings = Arc::new(session.clock.over(ThisMachine));
    let session = session.lasting(surroundings.clone(), say_kept);
    let source = Source {
        watch: IdentityWatch::new(session.identity.clone()),
        session,
        debug,
    };
    let keeper = Arc::new(Keeper::new(Box::new(source), surroundings));
    let kept = keeper.clone();
    std::thread::Builder::new()
        .name("keeper".to_owned())
        .spawn(move || {
            let _whole = EndsWithIt;
            kept.keep(|| true, tell);
        })?;
    Ok(keeper)
}

/// In a thread without which the process is of no use: a panic there ends it all, so that whoever watches it starts it anew.
pub struct EndsWithIt;

impl Drop for EndsWithIt {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::process::exit(1);
        }
    }
}

/// 32 random octets.
pub fn secret() -> [u8; 32] {
    let mut secret = [0; 32];
    for half in secret.chunks_mut(16) {
        half.copy_from_slice(&ThisMachine.random());
    }
    secret
}

/// How a role is offered.
pub struct Offer {
    /// Its name; `None`: the last part of its ARN.
    pub name: Option<String>,
    /// What opens the container endpoint.
    pub container_token: Option<ContainerToken>,
    /// Whether the metadata service has it, too.
    pub in_metadata: bool,
}

/// The role of these settings, as it is served.
pub fn served_role(
    session: &SessionSettings,
    keeper: Arc<Keeper>,
    offer: Offer,
) -> anyhow::Result<ServedRole> {
    let overriding = session.region.as_deref();
    let region = Region::of_arns(
        &session.trust_anchor_arn,
        &session.profile_arn,
        overriding.filter(|region| !region.is_empty()),
    )?;
    let name = match offer.name {
        Some(name) => name,
        None => ServedRole::name_of(&session.role_arn)
            .context("--role-arn: the ARN must be arn:aws:iam::ACCOUNT:role/NAME")?
            .to_owned(),
    };
    Ok(ServedRole {
        name,
        arn: session.role_arn.clone(),
        region: region.as_str().to_owned(),
        keeper,
        clock: session.clock.clone(),
        container_token: offer.container_token,
        in_metadata: offer.in_metadata,
    })
}

/// What is served of these roles.
pub fn metadata(roles: Vec<ServedRole>) -> Arc<Metadata> {
    Metadata::new(MetadataParts {
        roles,
        surroundings: Arc::new(ThisMachine),
        secret: secret(),
    })
}

/// Credentials by CreateSession, with the identity as it is at that moment.
struct Source {
    session: SessionSettings,
    watch: IdentityWatch,
    debug: bool,
}

impl CredentialSource for Source {
    type Error = HelperError;

    fn get(&self) -> Result<Credentials, HelperError> {
        let mut stderr = std::io::stderr();
        let debug = self.debug.then_some(&mut stderr as &mut dyn Write);
        self.session.create_credentials(&ThisMachine, debug)
    }

    fn has_good_news(&self) -> bool {
        self.watch.has_good_news()
    }
}

/// Prints an outcome on standard error; `about` is what it is an outcome of.
pub fn tell(about: &str, outcome: Result<&Kept, &HelperError>, next: Timestamp) {
    say(&match outcome {
        Ok(kept) => format!(
            "{about}got credentials that end at {}; the next at {next:.0}",
            kept.end
        ),
        Err(failure) => {
            format!("{about}no new credentials: {failure}\n  trying again at {next:.0}")
        }
    });
}

/// Says that a renewal is under way, or went wrong.
pub fn say_kept(error: &HelperError) {
    say(&format!(
        "the certificate that was read before stays in use: {error}"
    ));
}

/// A line on standard error.
pub fn say(line: &str) {
    // Nothing can be done about a standard error that is closed.
    let _: std::io::Result<()> = writeln!(std::io::stderr(), "{line}");
}
