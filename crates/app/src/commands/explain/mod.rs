//! `anyrole explain`: a request id or a certificate enters, the server's explanation leaves as text or JSON. The server
//! judges (`domain/sessions/explain.rs`); nothing is judged here.

mod answer;
mod print;

use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::json;

use self::answer::Answer;
use super::certificate::read_certificates;
use super::operator_flags::OperatorFlags;
use super::output_format::Format;
use crate::signed_client::CallError;

/// A refusal is the answer.
const REFUSED: u8 = 3;
/// No request of that id is known.
const NOT_FOUND: u8 = 4;

const HELP: &str = "\
A client that is refused learns AWS's text and a request id (x-amzn-requestid; the AWS CLI, boto3
and the helpers show it). Take the id to the machine of the server:

  anyrole explain 6f1c3a52-0a4e-4f5e-9a77-1d3f0f2b8a10 --data DIR

or ask beforehand whether a certificate would get a session; no private key is needed:

  anyrole explain --certificate client.crt \\
      --trust-anchor-arn ARN --profile-arn ARN --role-arn ARN [--at 720h]

The steps are those of CreateSession, taken by the same code. By request id they show the state that
the request met: each server remembers its last refusals in memory, and explains older ones by its
audit trail. Who is not root needs a policy that allows anyrole:Explain.

Exit status: 0 granted, 3 refused, 4 unknown request id, 1 the question could not be asked,
2 wrong flags.";

/// Ask why a session was refused, or whether a certificate would get one
///
/// Prints the steps of CreateSession with what was looked at in each, where it stopped, and what would cure it. Ask by the
/// request id of a refusal, or with a certificate file and the three ARNs.
#[derive(clap::Args, Debug)]
#[command(after_long_help = HELP)]
#[command(group = clap::ArgGroup::new("question").required(true).args(["request_id", "certificate"]))]
pub struct Arguments {
    /// The id that the refusal carried
    request_id: Option<String>,

    /// Certificate file, PEM: the leaf first; others that follow in it count as intermediates
    #[arg(long, value_name = "FILE", requires_all = ["trust_anchor_arn", "profile_arn", "role_arn"])]
    certificate: Option<PathBuf>,

    /// File with intermediate certificates, as the client would send them
    #[arg(long, value_name = "FILE", requires = "certificate")]
    intermediates: Option<PathBuf>,

    /// The trust anchor that would be asked for
    #[arg(long, value_name = "ARN", requires = "certificate")]
    trust_anchor_arn: Option<String>,

    /// The profile that would be asked for
    #[arg(long, value_name = "ARN", requires = "certificate")]
    profile_arn: Option<String>,

    /// The role that would be asked for
    #[arg(long, value_name = "ARN", requires = "certificate")]
    role_arn: Option<String>,

    /// How long the session would be, in seconds [default: what the profile says]
    #[arg(long, value_name = "SECONDS", requires = "certificate")]
    session_duration: Option<i64>,

    /// The name that the session would be given
    #[arg(long, value_name = "NAME", requires = "certificate")]
    role_session_name: Option<String>,

    /// The moment to judge by: a time (RFC 3339) or a duration from now [default: now]
    #[arg(
        long,
        value_name = "TIME|DURATION",
        allow_hyphen_values = true,
        requires = "certificate"
    )]
    at: Option<String>,

    /// The address that the request would come from, for conditions on aws:SourceIp
    #[arg(long, value_name = "IP", requires = "certificate")]
    source_ip: Option<IpAddr>,

    /// How to answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,

    #[command(flatten)]
    operator: OperatorFlags,
}

/// Asks and prints.
pub fn run(arguments: &Arguments, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let question = question(arguments, now)?;
    let request = ("POST", "/-/explain", "");
    let operator = &arguments.operator;
    let text = match operator.send("anyrole-explain", request, question.as_bytes())? {
        Ok(text) => text,
        Err(error @ CallError::Refused { .. }) if error.is_not_found() => {
            writeln!(std::io::stderr(), "anyrole: {error}")?;
            return Ok(ExitCode::from(NOT_FOUND));
        }
        Err(error) => return Err(error).context(operator.endpoint_url.clone()),
    };
    let answer: Answer = serde_json::from_str(&text).context("the server's answer")?;
    match arguments.format {
        Format::Json => writeln!(out, "{text}")?,
        Format::Text => print::print(out, &answer)?,
    }
    Ok(match answer.is_granted() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(REFUSED),
    })
}

fn question(arguments: &Arguments, now: Timestamp) -> anyhow::Result<String> {
    let Some(path) = &arguments.certificate else {
        return Ok(json!({"request_id": arguments.request_id}).to_string());
    };
    let mut certificates = read_certificates(path).context("--certificate")?;
    if let Some(path) = &arguments.intermediates {
        certificates.extend(read_certificates(path).context("--intermediates")?);
    }
    let certificates: Vec<String> = certificates
        .iter()
        .map(|der| base64_simd::STANDARD.encode_to_string(der))
        .collect();
    let at = arguments
        .at
        .as_deref()
        .map(|text| anyrole_ca::parse_moment(text, now));
    Ok(json!({
        "certificates": certificates,
        "trust_anchor_arn": arguments.trust_anchor_arn,
        "profile_arn": arguments.profile_arn,
        "role_arn": arguments.role_arn,
        "duration_seconds": arguments.session_duration,
        "role_session_name": arguments.role_session_name,
        "at": at.transpose().context("--at")?,
        "source_ip": arguments.source_ip,
    })
    .to_string())
}
