//! `anyrole acme`: how ACME is open for a certificate authority, the keys that bind accounts, and the accounts. Each is one signed
//! call to the server, whose answer is printed; nothing is decided here.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::settings::DEFAULT_DATA;
use crate::signed_client::{Call, Credentials, SignedClient};

/// Our own calls may be signed for this region whatever the server's.
const REGION: &str = "us-east-1";

const HELP: &str = "\
Let machines get and renew certificates of a CA of this server by ACME (RFC 8555), with certbot, lego or
any other client:

  anyrole acme open --ca ARN --names '*.corp.example,10.0.0.0/8' --lifetime 168h
  anyrole acme create-key --ca ARN --label web --names '*.web.corp.example'
  certbot certonly --standalone --server https://HOST/-/acme/UUID/directory \\
      --eab-kid ID --eab-hmac-key KEY -d www.web.corp.example

What a certificate says is decided here, never by the client: names that are allowed and proved, the
subject, the lifetime. To prove names by http-01 and tls-alpn-01 the server must be told where it may
connect to (anyrole server --acme-networks). Who is not root needs policies that allow anyrole:OpenAcme,
anyrole:CreateAcmeKey and so on, on the CA's ARN.";

/// Open ACME for a certificate authority, and say who may ask it for what
#[derive(clap::Args, Debug)]
#[command(after_long_help = HELP)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,

    /// Base URL of the server
    #[arg(
        long,
        value_name = "URL",
        env = "AWS_ENDPOINT_URL",
        default_value = "http://127.0.0.1:9910",
        global = true
    )]
    endpoint_url: String,

    /// The server's data folder, for root's access key
    #[arg(long, value_name = "DIR", env = "ANYROLE_DATA", default_value = DEFAULT_DATA, global = true)]
    data: PathBuf,

    /// AWS credentials file to sign with; its first section counts [default: DATA/root-credentials]
    #[arg(long, value_name = "FILE", global = true)]
    credentials: Option<PathBuf>,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Open ACME for a CA, or change how it is open; prints the directory's path
    Open(Open),
    /// Show every CA that ACME is open for
    List,
    /// Close ACME for a CA; certificates stay good
    Close {
        /// The CA's ARN
        #[arg(long, value_name = "ARN")]
        ca: String,
    },
    /// Make a key that lets an account be made (external account binding); its secret is shown this once
    CreateKey(CreateKey),
    /// Show a CA's keys, without their secrets
    ListKeys {
        /// The CA's ARN
        #[arg(long, value_name = "ARN")]
        ca: String,
    },
    /// Delete a key; accounts that were made with it can ask for nothing more
    DeleteKey {
        /// The CA's ARN
        #[arg(long, value_name = "ARN")]
        ca: String,
        /// The key's id
        id: String,
    },
    /// Show a CA's accounts
    ListAccounts {
        /// The CA's ARN
        #[arg(long, value_name = "ARN")]
        ca: String,
    },
    /// Take an account away from its client; its certificates stay good
    RevokeAccount {
        /// The CA's ARN
        #[arg(long, value_name = "ARN")]
        ca: String,
        /// The account's id
        id: String,
    },
}

#[derive(clap::Args, Debug)]
struct Open {
    /// The CA's ARN
    #[arg(long, value_name = "ARN")]
    ca: String,

    /// Names that may be asked for, by commas: host.example, *.example (every name below it), 10.0.0.0/8
    #[arg(long, value_name = "PATTERNS", value_delimiter = ',', required = true)]
    names: Vec<String>,

    /// Let wildcard certificates be asked for, for names whose every name below may be (proved by dns-01)
    #[arg(long)]
    wildcards: bool,

    /// What the subject says besides the CN, which is the certificate's first name, e.g. `OU=web,O=Example`
    #[arg(long, value_name = "SUBJECT", default_value = "")]
    subject: String,

    /// A URI that each certificate gets, {name} standing for its first name, e.g. `spiffe://example.org/{name}`; may be repeated
    #[arg(long = "uri", value_name = "URI")]
    uris: Vec<String>,

    /// How long certificates hold
    #[arg(long, value_name = "DURATION", default_value = "168h", value_parser = duration)]
    lifetime: SignedDuration,

    /// Also for TLS servers (serverAuth), besides clients
    #[arg(long)]
    server_auth: bool,

    /// Let anyone make an account who reaches the server, without a key of create-key. Whoever proves one of the names gets its
    /// certificate then
    #[arg(long)]
    without_keys: bool,

    /// URL of terms that accounts must agree to
    #[arg(long, value_name = "URL")]
    terms_of_service: Option<String>,
}

#[derive(clap::Args, Debug)]
struct CreateKey {
    /// The CA's ARN
    #[arg(long, value_name = "ARN")]
    ca: String,

    /// What you call it
    #[arg(long, value_name = "TEXT", default_value = "")]
    label: String,

    /// Which of the CA's names its accounts may ask for [default: all]
    #[arg(long, value_name = "PATTERNS", value_delimiter = ',')]
    names: Vec<String>,

    /// The subject besides the CN, instead of the CA's
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,

    /// A shorter lifetime than the CA's
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    lifetime: Option<SignedDuration>,

    /// How many accounts may be made with it
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    accounts: u32,

    /// How long accounts may be made with it [default: for ever]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    usable_for: Option<SignedDuration>,
}

fn duration(text: &str) -> Result<SignedDuration, String> {
    match text.parse::<SignedDuration>() {
        Ok(duration) if duration.is_positive() => Ok(duration),
        _ => Err("expected a duration such as 24h, 90m or 30d".to_owned()),
    }
}

/// Calls and prints.
pub fn run(arguments: &Arguments, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let credentials = match &arguments.credentials {
        Some(path) => Credentials::read(path),
        None => Credentials::read(&arguments.data.join("root-credentials")),
    }?;
    let body = body(&arguments.action, now)?.to_string();
    let client = SignedClient::new(&arguments.endpoint_url, REGION, "anyrole-acme");
    let call = Call {
        service: "anyrole",
        method: "POST",
        path: "/-/acme",
        query: "",
        content_type: "application/json",
        body: body.as_bytes(),
    };
    let sent = client.send(&credentials, &call);
    let text = sent.with_context(|| arguments.endpoint_url.clone())?;
    let answer: Value = serde_json::from_str(&text).context("the server's answer")?;
    writeln!(out, "{answer:#}")?;
    Ok(ExitCode::SUCCESS)
}

fn body(action: &Action, now: Timestamp) -> anyhow::Result<Value> {
    Ok(match action {
        Action::Open(open) => json!({
            "action": "open",
            "ca_arn": open.ca,
            "names": open.names,
            "wildcards": open.wildcards,
            "subject": open.subject,
            "uris": open.uris,
            "lifetime_seconds": open.lifetime.as_secs(),
            "server_auth": open.server_auth,
            "without_keys": open.without_keys,
            "terms_of_service": open.terms_of_service,
        }),
        Action::List => json!({"action": "list"}),
        Action::Close { ca } => json!({"action": "close", "ca_arn": ca}),
        Action::CreateKey(key) => {
            let until = key.usable_for.map(|time| now.checked_add(time));
            json!({
                "action": "create-key",
                "ca_arn": key.ca,
                "label": key.label,
                "names": key.names,
                "subject": key.subject,
                "lifetime_seconds": key.lifetime.map(|lifetime| lifetime.as_secs()),
                "accounts": key.accounts,
                "usable_until": until.transpose().context("--usable-for")?,
            })
        }
        Action::ListKeys { ca } => json!({"action": "list-keys", "ca_arn": ca}),
        Action::DeleteKey { ca, id } => json!({"action": "delete-key", "ca_arn": ca, "id": id}),
        Action::ListAccounts { ca } => json!({"action": "list-accounts", "ca_arn": ca}),
        Action::RevokeAccount { ca, id } => {
            json!({"action": "revoke-account", "ca_arn": ca, "id": id})
        }
    })
}
