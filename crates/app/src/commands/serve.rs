//! `anyrole serve`: flags or a file enter, and a metadata service answers on this machine. No rules here: `anyrole_helper`
//! has them.

use std::collections::HashSet;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use anyhow::ensure;
use anyrole_helper::{ContainerToken, Reach, Renewal, ServedRole, SessionSettings, View};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::metadata_service::{self, Listener, Offer};
use super::renew;
use super::roles_file::{self, Listen};
use super::session_flags::SessionFlags;
use crate::systemd::{self, Inherited};

const EXAMPLE: &str = "\
  anyrole serve --certificate CRT --private-key KEY
      --trust-anchor-arn ARN --profile-arn ARN --role-arn ARN

Then, in another window:
  export AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:9911/
  aws sts get-caller-identity

Several roles, from a file whose keys are the flags' names:
  anyrole serve --config /etc/anyrole/roles.toml

  [defaults]
  certificate = \"/etc/anyrole/tls.crt\"
  private-key = \"/etc/anyrole/tls.key\"
  trust-anchor-arn = \"ARN\"
  profile-arn = \"ARN\"
  [[role]]
  role-arn = \"ARN\"
  [[role]]
  role-arn = \"ARN\"
  container-token-file = \"/run/secrets/batch-token\"

`anyrole server` is the service; this is the helper's endpoint for programs on one machine.";

/// Serve credentials to the programs of this machine, as the EC2 metadata service does (IMDSv2)
///
/// Credentials are got ahead of their end, once for any number of callers; while that fails, the last good ones are served
/// until they end, and then 503 with the reason. GET /-/healthy and /-/metrics say how it stands.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXAMPLE)]
pub struct Arguments {
    #[command(flatten)]
    session: SessionFlags,

    /// Serve the roles of this file (TOML) instead of one from flags; its keys are the flags' names.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 9911)]
    port: u16,

    /// The address to listen on. Other machines can only ask the container endpoint, with its token.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,

    /// Listen on this path (a UNIX socket that only its owner may open) instead of an address.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["port", "bind"])]
    socket: Option<PathBuf>,

    /// How many routers an answer may pass, 1 to 255.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u8).range(1..))]
    hop_limit: u8,

    /// File with a token: who sends it as `Authorization` gets the credentials from /role/ROLE
    /// (AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE). It is read at each request, so it can be
    /// replaced. Without a final newline: boto3 sends the file as it is.
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    container_token_file: Option<PathBuf>,

    /// Renew the certificate before it ends, at the same service (an `anyrole server` that enrolled it), in the file that
    /// --certificate names; with --config, each certificate of the file.
    #[arg(long)]
    renew: bool,

    /// Print what goes over the wire to the service on stderr, without signatures and secrets.
    #[arg(long)]
    debug: bool,
}

/// What is to be served, before anything is asked for.
struct Plan {
    roles: Vec<(SessionSettings, Offer)>,
    listen: Vec<Listen>,
    /// Of the certificates, where that is wanted.
    renewals: Vec<Renewal>,
}

/// Serves until it is told to stop.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let inherited = systemd::sockets()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (hop_limit, debug) = (arguments.hop_limit, arguments.debug);
    let plan = plan(arguments, inherited.is_empty())?;
    let outcome = runtime.block_on(async {
        // All that can be refused is refused before a key is used.
        let listeners = listeners(inherited, &plan.listen, hop_limit)?;
        check_tokens(&plan.roles, &listeners)?;
        for renewal in plan.renewals {
            renew::spawn(renewal)?;
        }
        let (roles, outcomes) = start(plan.roles, debug)?;
        let count = roles.len();
        let metadata = metadata_service::metadata(roles);
        let mut shown = Vec::new();
        for (listener, names) in listeners {
            let view = metadata.view(listener.reach()?, names.as_deref());
            shown.push((listener, view));
        }
        let lines = address_lines(&shown)?;
        tokio::spawn(say_ready(outcomes, count, lines));
        metadata_service::serve(shown, systemd::stop()?).await;
        Ok(())
    });
    // Who waits for the service waits no longer.
    runtime.shutdown_background();
    outcome
}

/// Of the flags, or of the file. `binds`: no socket was handed over.
fn plan(arguments: Arguments, binds: bool) -> anyhow::Result<Plan> {
    let mut own = Listen {
        name: None,
        address: Some((arguments.bind, arguments.port).into()),
        socket: arguments.socket,
        mode: None,
        roles: None,
    };
    if own.socket.is_some() {
        own.address = None;
    }
    let own = if binds { vec![own] } else { Vec::new() };
    let Some(file) = arguments.config else {
        ensure!(
            !arguments.session.are_missing(),
            "say which role: --certificate, --private-key, --trust-anchor-arn, --profile-arn and --role-arn, or --config FILE; \
             the service itself is `anyrole server`"
        );
        let (session, identity) = arguments.session.into_settings_and_identity()?;
        let renewals = match arguments.renew {
            true => vec![renew::beside(&session, &identity)?],
            false => Vec::new(),
        };
        let offer = Offer {
            name: None,
            container_token: arguments.container_token_file.map(ContainerToken::File),
            in_metadata: true,
        };
        return Ok(Plan {
            roles: vec![(session, offer)],
            listen: own,
            renewals,
        });
    };
    arguments.session.refuse_beside("--config")?;
    roles_file::refuse_flags()?;
    let read = roles_file::roles(&file)?;
    let pairs = read
        .roles
        .iter()
        .map(|role| (&role.session, &role.identity));
    let renewals = match arguments.renew {
        true => renew::beside_all(pairs)?,
        false => Vec::new(),
    };
    let offered = |role: roles_file::Role| {
        let offer = Offer {
            in_metadata: role.metadata.unwrap_or(role.container_token_file.is_none()),
            name: role.name,
            container_token: role.container_token_file.map(ContainerToken::File),
        };
        (role.session, offer)
    };
    Ok(Plan {
        roles: read.roles.into_iter().map(offered).collect(),
        listen: if read.listen.is_empty() {
            own
        } else {
            read.listen
        },
        renewals,
    })
}

type Listening = (Listener, Option<Vec<String>>);

/// What systemd hands over, and what the plan wants besides.
fn listeners(
    inherited: Vec<(String, Inherited)>,
    listen: &[Listen],
    hop_limit: u8,
) -> anyhow::Result<Vec<Listening>> {
    let mut listeners = Vec::new();
    let mut handed = HashSet::new();
    for (name, socket) in inherited {
        let wanted = listen
            .iter()
            .find(|listen| listen.name.as_ref() == Some(&name));
        ensure!(
            wanted.is_some() || listen.is_empty(),
            "systemd handed over a socket `{name}` that no [[listen]] names; write one with this `name`, or none at all"
        );
        listeners.push((
            Listener::inherited(socket, hop_limit)?,
            wanted.and_then(|wanted| wanted.roles.clone()),
        ));
        handed.insert(name);
    }
    for wanted in listen {
        if wanted
            .name
            .as_ref()
            .is_some_and(|name| handed.contains(name))
        {
            continue;
        }
        let listener = match (&wanted.socket, wanted.address) {
            (Some(path), _) => Listener::bind_path(path, wanted.mode()?)?,
            (None, Some(address)) => Listener::bind(address.ip(), address.port(), hop_limit)?,
            (None, None) => {
                let name = wanted.name.as_deref().unwrap_or_default();
                anyhow::bail!(
                    "[[listen]] `{name}`: systemd handed over no socket of this name (FileDescriptorName=), and it has no `address` or `socket`"
                )
            }
        };
        listeners.push((listener, wanted.roles.clone()));
    }
    Ok(listeners)
}

/// Names that are there once, tokens that can be read, and a token wherever other machines may ask.
fn check_tokens(roles: &[(SessionSettings, Offer)], listeners: &[Listening]) -> anyhow::Result<()> {
    let mut names = HashSet::new();
    for (session, offer) in roles {
        let name = offer
            .name
            .as_deref()
            .or(ServedRole::name_of(&session.role_arn));
        let name = name.unwrap_or_default();
        let is_plain = |octet: u8| octet.is_ascii_alphanumeric() || b"+=,.@_-".contains(&octet);
        ensure!(
            !name.is_empty() && name.bytes().all(is_plain),
            "`{name}`: a role's name here must be letters, digits and `+=,.@_-`; give it a `name`"
        );
        ensure!(
            names.insert(name.to_owned()),
            "`{name}`: two roles are called so; give one of them another `name`"
        );
        if let Some(token) = &offer.container_token {
            token.read()?;
        }
    }
    let has_token = roles
        .iter()
        .any(|(_, offer)| offer.container_token.is_some());
    for (listener, shown) in listeners {
        for name in shown.iter().flatten() {
            ensure!(
                names.contains(name),
                "[[listen]]: there is no role `{name}`"
            );
        }
        ensure!(
            listener.reach()? != Reach::Network || has_token,
            "--bind {}: other machines may ask there; give --container-token-file FILE with a token that they must send",
            listener
                .address()?
                .map(|address| address.ip().to_string())
                .unwrap_or_default()
        );
    }
    Ok(())
}

/// Which role, and what came of asking: each time.
type Outcomes = UnboundedReceiver<(usize, bool)>;

/// From now on their credentials are kept.
fn start(
    planned: Vec<(SessionSettings, Offer)>,
    debug: bool,
) -> anyhow::Result<(Vec<ServedRole>, Outcomes)> {
    let (sender, outcomes) = unbounded_channel();
    let several = planned.len() > 1;
    let mut roles = Vec::new();
    for (place, (session, offer)) in planned.into_iter().enumerate() {
        session.check()?;
        let name = offer
            .name
            .as_deref()
            .or(ServedRole::name_of(&session.role_arn));
        let about = match name {
            Some(name) if several => format!("{name}: "),
            _ => String::new(),
        };
        let sender = sender.clone();
        let keeper = metadata_service::keeper(session.clone(), debug, move |outcome, next| {
            metadata_service::tell(&about, outcome, next);
            // Nobody listens any more: the process is about to end.
            let _: Result<(), _> = sender.send((place, outcome.is_ok()));
        })?;
        roles.push(metadata_service::served_role(&session, keeper, offer)?);
    }
    Ok((roles, outcomes))
}

/// Says where it listens once each role was asked for, so that who waits for that line or for systemd gets credentials at once.
async fn say_ready(mut outcomes: Outcomes, count: usize, lines: String) {
    let mut asked = HashSet::new();
    let mut failing = HashSet::new();
    let mut is_ready = false;
    while let Some((role, is_good)) = outcomes.recv().await {
        asked.insert(role);
        if is_good {
            failing.remove(&role);
        } else {
            failing.insert(role);
        }
        if asked.len() == count && !is_ready {
            is_ready = true;
            let mut out = std::io::stdout();
            // Nothing can be done about a standard output that is closed.
            let _: std::io::Result<()> = out.write_all(lines.as_bytes()).and_then(|()| out.flush());
            systemd::notify("READY=1");
        }
        let failing = failing.len();
        systemd::notify(&format!(
            "STATUS=serving {count} role(s), {failing} of them failing"
        ));
    }
}

/// As the official helper does it, and what it doesn't have.
fn address_lines(shown: &[(Listener, View)]) -> anyhow::Result<String> {
    let mut lines = String::new();
    for (listener, view) in shown {
        let Some(address) = listener.address()? else {
            let path = listener.path().unwrap_or_default();
            lines += &format!("Local server started on socket: {}\n", path.display());
            continue;
        };
        lines += &format!("Local server started on port: {}\n", address.port());
        lines += "Make it available to the sdk by running:\n";
        if view.has_metadata() {
            lines += &format!("export AWS_EC2_METADATA_SERVICE_ENDPOINT=http://{address}/\n");
        }
        for path in view.container_paths() {
            lines += &format!("export AWS_CONTAINER_CREDENTIALS_FULL_URI=http://{address}{path}\n");
        }
    }
    Ok(lines)
}
