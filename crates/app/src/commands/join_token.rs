//! `anyrole join-token`: an operator's wish enters, and a token that lets machines enrol leaves, shown once; lists and deletes
//! tokens. The server decides; nothing is decided here.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use anyrole_wire::enrolment::{
    CreateJoinToken, CreatedJoinToken, JOIN_TOKENS_PATH, JoinTokenList, JoinTokenSummary,
};
use anyrole_x509::Certificate;
use jiff::SignedDuration;

use super::operator_flags::OperatorFlags;
use super::output_format::Format;
use crate::atomic_file::{self, NewFile};

const USER_AGENT: &str = "anyrole-join-token";

const CREATE_HELP: &str = "\
A machine called web-7, once, within an hour:
  anyrole join-token create CN=web-7,OU=ops --ca ARN --san web-7.example.org

Any machine that calls itself web-SOMETHING, twenty of them, this week:
  anyrole join-token create 'CN=web-*,OU=ops' --ca ARN --san '*.web.example.org' --uses 20 --lifetime 168h

`*` stands for one or more characters but none of . / : @, `**` for any. What has no star is in each certificate; what has one
the machine chooses (anyrole enroll --subject CN=web-7 --san NAME), and nothing beyond.

The token goes to standard output, the rest to standard error. On the machine:
  anyrole enroll tls.crt tls.key --endpoint URL --token-file FILE";

/// Make, list and delete join tokens.
#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Make a token that lets machines have certificates; it is shown once
    Create(Box<Create>),
    /// List tokens, with how often they were used
    List(List),
    /// Delete a token; certificates that were had with it stay good
    Delete(Delete),
}

/// Flags of `join-token create`.
#[derive(clap::Args, Debug)]
#[command(after_long_help = CREATE_HELP)]
pub struct Create {
    /// The subject of the certificates: a common name, or a full name as `CN=web-*,OU=ops`
    subject: String,
    /// The authority that is to issue: arn:aws:acm-pca:REGION:ACCOUNT:certificate-authority/ID
    #[arg(long, value_name = "ARN")]
    ca: String,
    /// Alternative name: DNS name, IP address, URI or e-mail address, exact or with `*` (again for more)
    #[arg(long, value_name = "NAME")]
    san: Vec<String>,
    /// How long each certificate lives
    #[arg(long, value_name = "DURATION", default_value = "24h")]
    certificate_lifetime: String,
    /// How long the token can be used
    #[arg(long, value_name = "DURATION", default_value = "1h")]
    lifetime: String,
    /// How many machines may use it
    #[arg(long, value_name = "N", default_value_t = 1)]
    uses: u32,
    /// For whom it is, to be told apart in the list
    #[arg(long, value_name = "TEXT", default_value = "")]
    description: String,
    /// Certificate of the server's TLS, or of the authority above it that the server shows (PEM): machines that use the token
    /// believe that one and no other, whatever their own roots are
    #[arg(long, value_name = "FILE")]
    tls_ca: Option<PathBuf>,
    /// Write the token to this file (0600) instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    operator: OperatorFlags,
}

/// Flags of `join-token list`.
#[derive(clap::Args, Debug)]
pub struct List {
    /// How to answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    operator: OperatorFlags,
}

/// Flags of `join-token delete`.
#[derive(clap::Args, Debug)]
pub struct Delete {
    /// The token's id: the 16 digits behind `anyrole-join-1.`
    id: String,
    #[command(flatten)]
    operator: OperatorFlags,
}

/// Runs one command.
pub fn run(command: &Command, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    match command {
        Command::Create(arguments) => create(arguments, out)?,
        Command::List(arguments) => list(arguments, out)?,
        Command::Delete(arguments) => delete(arguments, out)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn create(arguments: &Create, out: &mut dyn Write) -> anyhow::Result<()> {
    if let Some(path) = &arguments.out {
        atomic_file::check_free(path, false)?;
    }
    let wanted = CreateJoinToken {
        certificate_authority_arn: arguments.ca.clone(),
        subject: arguments.subject.clone(),
        names: arguments.san.clone(),
        certificate_seconds: seconds("--certificate-lifetime", &arguments.certificate_lifetime)?,
        token_seconds: seconds("--lifetime", &arguments.lifetime)?,
        uses: arguments.uses,
        description: arguments.description.clone(),
        tls_sha256: arguments.tls_ca.as_deref().map(fingerprint).transpose()?,
    };
    let body = serde_json::to_vec(&wanted)?;
    let operator = &arguments.operator;
    let answer = operator.call(USER_AGENT, ("POST", JOIN_TOKENS_PATH, ""), &body)?;
    let created: CreatedJoinToken = serde_json::from_str(&answer).context("the server's answer")?;
    let line = format!("{}\n", created.token);
    match &arguments.out {
        Some(path) => atomic_file::write(
            &[NewFile {
                path,
                contents: line.as_bytes(),
                mode: atomic_file::SECRET,
            }],
            false,
        )?,
        None => out.write_all(line.as_bytes())?,
    }
    let summary = &created.summary;
    let machines = match summary.uses {
        1 => "one machine".to_owned(),
        many => format!("{many} machines"),
    };
    writeln!(
        std::io::stderr(),
        "join token {}: for {machines} until {:.0}; it is not shown again",
        summary.id,
        summary.expires_at
    )?;
    Ok(())
}

fn list(arguments: &List, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut tokens: Vec<JoinTokenSummary> = Vec::new();
    let mut after = String::new();
    loop {
        // Ids are hexadecimal digits: nothing to encode.
        let query = format!("after={after}");
        let answer = arguments
            .operator
            .call(USER_AGENT, ("GET", JOIN_TOKENS_PATH, &query), b"")?;
        let page: JoinTokenList = serde_json::from_str(&answer).context("the server's answer")?;
        tokens.extend(page.tokens);
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    if arguments.format == Format::Json {
        let all = JoinTokenList { tokens, next: None };
        writeln!(out, "{}", serde_json::to_string(&all)?)?;
        return Ok(());
    }
    for token in &tokens {
        let names = match token.names.is_empty() {
            true => String::new(),
            false => format!("  {}", token.names.join(", ")),
        };
        writeln!(
            out,
            "{}  {} of {} used  until {:.0}  {}{names}  {}",
            token.id, token.used, token.uses, token.expires_at, token.subject, token.description
        )?;
    }
    Ok(())
}

fn delete(arguments: &Delete, out: &mut dyn Write) -> anyhow::Result<()> {
    let id = &arguments.id;
    let is_id = id.bytes().all(|byte| byte.is_ascii_hexdigit());
    ensure!(
        is_id && !id.is_empty(),
        "`{id}` is no id of a join token: it is the 16 hexadecimal digits behind `anyrole-join-1.`, as `anyrole join-token list` shows them"
    );
    let path = format!("{JOIN_TOKENS_PATH}/{id}");
    arguments
        .operator
        .call(USER_AGENT, ("DELETE", &path, ""), b"")?;
    writeln!(out, "deleted: {id}")?;
    Ok(())
}

fn seconds(flag: &str, text: &str) -> anyhow::Result<u32> {
    let duration = text.trim().parse::<SignedDuration>();
    duration
        .ok()
        .and_then(|duration| u32::try_from(duration.as_secs()).ok())
        .with_context(|| format!("{flag}: `{text}` is not a duration, such as `24h` or `90m`"))
}

/// SHA-256 of the first certificate of a file, as the server wants it.
fn fingerprint(path: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("--tls-ca: cannot read `{}`", path.display()))?;
    let certificates = Certificate::parse_pem_bundle(&text)
        .with_context(|| format!("--tls-ca: `{}`", path.display()))?;
    let first = certificates.first().context("--tls-ca: no certificate")?;
    let sha256 = first.summary().sha256_fingerprint;
    Ok(hex_simd::encode_to_string(
        sha256,
        hex_simd::AsciiCase::Lower,
    ))
}
