//! `anyrole policy simulate`: policies, a principal, actions, resources and context keys enter, decisions with their
//! reasons leave.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use anyrole_policy::{
    Asker, ContextMap, Explanation, Layers, Policies, PolicyKind, Request, explain,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::documents::Layer;
use super::{FINE, FOUND, Format, print};

const HELP: &str = "\
Decides as the server does, without one, and says which statements matched, which nearly did with
the values on both sides of the condition that stopped them, and which layer decided.

  anyrole policy simulate --policy role.json \\
      --principal arn:aws:iam::000000000000:role/app \\
      --action s3:GetObject --resource arn:aws:s3:::reports/2030.txt \\
      --context aws:PrincipalTag/team=red

Would a certificate be let in by a trust policy?

  anyrole policy simulate --trust-policy trust.json --principal rolesanywhere.amazonaws.com \\
      --action sts:AssumeRole --action sts:TagSession --action sts:SetSourceIdentity \\
      --resource arn:aws:iam::000000000000:role/app \\
      --context aws:SourceArn=arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/ID \\
      --context aws:PrincipalTag/x509Subject/CN=web

Keys that follow from the principal, the resource and the clock are there by themselves
(aws:PrincipalArn, aws:PrincipalAccount, aws:username, aws:ResourceAccount, aws:CurrentTime, …);
--context replaces them. A key given several times has several values. Policies are files, `-` for
standard input, or texts in braces.

Exit status: 0 all allowed, 3 something is denied (with --expect: 0 all as expected, 3 something
else), 1 the question could not be asked, 2 wrong flags.";

/// Decide requests by policies, and say why
///
/// Each action is decided on each resource.
#[derive(clap::Args, Debug)]
#[command(after_long_help = HELP)]
pub struct Arguments {
    /// Identity policy of the user or role; may be repeated
    #[arg(long, value_name = "POLICY")]
    policy: Vec<String>,

    /// The permissions boundary
    #[arg(long, value_name = "POLICY")]
    boundary: Option<String>,

    /// Session policy; may be repeated
    #[arg(long, value_name = "POLICY")]
    session_policy: Vec<String>,

    /// The resource's policy
    #[arg(long, value_name = "POLICY", conflicts_with = "trust_policy")]
    resource_policy: Option<String>,

    /// The trust policy of the role that is the resource
    #[arg(long, value_name = "POLICY")]
    trust_policy: Option<String>,

    /// Service control policy, a level of its own each; may be repeated
    #[arg(long, value_name = "POLICY")]
    service_control_policy: Vec<String>,

    /// Resource control policy, a level of its own each; may be repeated
    #[arg(long, value_name = "POLICY")]
    resource_control_policy: Vec<String>,

    /// Who asks: an ARN, an account id, a service's name, or `anonymous`
    #[arg(long, value_name = "ARN|ID|NAME")]
    principal: String,

    /// The unique id (AROA…, AIDA…) of the user or role that asks
    #[arg(long, value_name = "ID")]
    principal_id: Option<String>,

    /// What is asked for, as `service:Action`; may be repeated
    #[arg(long, required = true, value_name = "ACTION")]
    action: Vec<String>,

    /// On what; may be repeated
    #[arg(long, value_name = "ARN", default_value = "*")]
    resource: Vec<String>,

    /// The account that the resources are in [default: the one in the ARN, else the principal's]
    #[arg(long, value_name = "ID")]
    resource_account: Option<String>,

    /// A context key with a value; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    context: Vec<String>,

    /// Context keys from a JSON object of strings and lists of strings
    #[arg(long, value_name = "FILE")]
    context_file: Option<PathBuf>,

    /// What must be decided, for tests of policies
    #[arg(long, value_enum)]
    expect: Option<Expected>,

    /// How to answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Values of `--expect`.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// Everything is allowed
    Allow,
    /// Everything is denied
    Deny,
}

/// The policies, layer by layer.
struct Documents {
    identity: Layer,
    boundary: Layer,
    session: Layer,
    resource: Layer,
    service_control: Layer,
    resource_control: Layer,
}

impl Documents {
    fn read(arguments: &Arguments) -> anyhow::Result<Self> {
        let one = |given: &Option<String>, kind| Layer::read(given.as_slice(), kind);
        let resource = match &arguments.trust_policy {
            Some(_) => one(&arguments.trust_policy, PolicyKind::Trust),
            None => one(&arguments.resource_policy, PolicyKind::Resource),
        };
        Ok(Self {
            identity: Layer::read(&arguments.policy, PolicyKind::Identity)?,
            boundary: one(&arguments.boundary, PolicyKind::Identity)?,
            session: Layer::read(&arguments.session_policy, PolicyKind::Session)?,
            resource: resource?,
            service_control: Layer::read(
                &arguments.service_control_policy,
                PolicyKind::ServiceControl,
            )?,
            resource_control: Layer::read(
                &arguments.resource_control_policy,
                PolicyKind::ResourceControl,
            )?,
        })
    }

    /// The names of the documents, by the layers of explanations.
    fn names(&self) -> Value {
        json!({
            "identity": self.identity.names,
            "boundary": self.boundary.names,
            "session": self.session.names,
            "resource": self.resource.names,
            "trust": self.resource.names,
            "service-control": self.service_control.names,
            "resource-control": self.resource_control.names,
        })
    }
}

pub(super) fn run(
    arguments: &Arguments,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    let documents = Documents::read(arguments)?;
    let mut asker = Asker::parse(&arguments.principal).context("--principal")?;
    if let Some(id) = &arguments.principal_id {
        asker = asker.with_unique_id(id.clone());
    }
    let given = given_keys(arguments)?;
    let mut results = Vec::new();
    for action in &arguments.action {
        if !action.contains(':') {
            bail!("--action `{action}`: write it as `service:Action`");
        }
        for resource in &arguments.resource {
            let account = resource_account(arguments, &asker, resource);
            let keys = keys(&asker, account, now, &given);
            results.push(decide(
                &documents,
                &asker,
                (action, resource, account),
                &keys,
            ));
        }
    }
    match arguments.format {
        Format::Json => {
            let answer = json!({"policies": documents.names(), "results": results});
            writeln!(out, "{answer:#}")?;
        }
        Format::Text => print::print(out, &results, &documents.names())?,
    }
    let wanted = arguments.expect != Some(Expected::Deny);
    let as_wanted = results
        .iter()
        .all(|result| result.decision.is_allowed() == wanted);
    Ok(if as_wanted { FINE } else { FOUND })
}

fn decide(
    documents: &Documents,
    asker: &Asker,
    (action, resource, resource_account): (&str, &str, &str),
    keys: &ContextMap,
) -> Explanation {
    let (service_control, resource_control) = (
        levels(&documents.service_control),
        levels(&documents.resource_control),
    );
    let session = &documents.session.policies;
    let layers = Layers {
        identity: (&documents.identity.policies).into(),
        boundary: documents.boundary.policies.first().map(|policy| &**policy),
        session: (!session.is_empty()).then(|| session.into()),
        resource: documents.resource.policies.first().map(|policy| &**policy),
        service_control: &service_control,
        resource_control: &resource_control,
    };
    let request = Request {
        principal: asker.principal(),
        action,
        resource,
        resource_account,
        context: keys,
    };
    explain(&request, &layers)
}

/// Each policy is a level.
fn levels(layer: &Layer) -> Vec<Policies<'_>> {
    layer.policies.chunks(1).map(Policies::from).collect()
}

fn resource_account<'a>(arguments: &'a Arguments, asker: &'a Asker, resource: &'a str) -> &'a str {
    let in_arn = resource
        .split(':')
        .nth(4)
        .filter(|account| !account.is_empty());
    arguments
        .resource_account
        .as_deref()
        .or(in_arn)
        .or(asker.account())
        .unwrap_or_default()
}

fn keys(asker: &Asker, account: &str, now: Timestamp, given: &ContextMap) -> ContextMap {
    let mut keys = asker.keys();
    keys.set("aws:CurrentTime", &now.to_string());
    keys.set("aws:EpochTime", &now.as_second().to_string());
    if !account.is_empty() {
        keys.set("aws:ResourceAccount", account);
    }
    for (key, values) in given.iter() {
        keys.set_all(key, values.to_vec());
    }
    keys
}

fn given_keys(arguments: &Arguments) -> anyhow::Result<ContextMap> {
    let mut keys = ContextMap::default();
    if let Some(path) = &arguments.context_file {
        let name = || path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(name)?;
        let Value::Object(members) = serde_json::from_str(&text).with_context(name)? else {
            bail!("{}: not a JSON object", path.display());
        };
        for (key, value) in &members {
            let values = match value {
                Value::Array(values) => values.iter().map(text_of).collect(),
                other => text_of(other).map(|text| vec![text]),
            };
            let values: Option<Vec<String>> = values;
            match values {
                Some(values) => keys.set_all(key, values),
                None => bail!(
                    "{}: `{key}` is neither a string nor a list of strings",
                    path.display()
                ),
            }
        }
    }
    let mut named = ContextMap::default();
    for given in &arguments.context {
        match given.split_once('=') {
            Some((key, value)) if !key.is_empty() => named.add(key, value),
            _ => bail!("--context `{given}`: write it as `key=value`"),
        }
    }
    for (key, values) in named.iter() {
        keys.set_all(key, values.to_vec());
    }
    Ok(keys)
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
