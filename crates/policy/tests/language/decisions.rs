//! The tables of `testdata/policy/decisions` and `testdata/policy/refused`: what AWS's documentation says must come out,
//! page by page. Each file is of one rule; a row's own `source` is more exact than the file's.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyrole_policy::{
    AwsPrincipal, Context, ContextValue, Decision, Layers, Policies, Policy, PolicyKind, Principal,
    Request, evaluate,
};
use serde::Deserialize;

use crate::keys::{ACCOUNT, USER, USER_ID, policy, session_of_role, user};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// For people.
    rule: String,
    /// The page of AWS's documentation.
    source: String,
    /// The key of conditions that name none.
    key: Option<String>,
    /// Statements by name, for layers.
    #[serde(default)]
    policies: BTreeMap<String, String>,
    /// What layers are asked that name nothing else.
    #[serde(default)]
    asked: Asked,
    #[serde(default)]
    condition: Vec<ConditionRow>,
    #[serde(default)]
    block: Vec<Block>,
    #[serde(default)]
    statement: Vec<StatementRow>,
    #[serde(default)]
    principal: Vec<PrincipalRow>,
    #[serde(default)]
    layers: Vec<LayersRow>,
    #[serde(default)]
    refused: Vec<Refused>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    action: String,
    resource: String,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            action: "s3:GetObject".to_owned(),
            resource: "arn:aws:s3:::reports/a".to_owned(),
        }
    }
}

#[derive(Deserialize, Clone, Debug)]
#[serde(untagged)]
enum Texts {
    One(String),
    Many(Vec<String>),
}

/// The context of a request.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(from = "BTreeMap<String, Texts>")]
struct Keys(BTreeMap<String, Texts>);

impl From<BTreeMap<String, Texts>> for Keys {
    fn from(keys: BTreeMap<String, Texts>) -> Self {
        let lower = keys.into_iter();
        Self(
            lower
                .map(|(key, v)| (key.to_ascii_lowercase(), v))
                .collect(),
        )
    }
}

impl Context for Keys {
    fn value(&self, key: &str) -> Option<ContextValue<'_>> {
        Some(match self.0.get(key)? {
            Texts::One(text) => ContextValue::One(text),
            Texts::Many(texts) => ContextValue::ManyOwned(texts),
        })
    }
}

/// One key under one operator, and the request's values for which it holds and fails.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionRow {
    source: Option<String>,
    version: Option<String>,
    key: Option<String>,
    op: String,
    value: Texts,
    #[serde(default)]
    keys: Keys,
    holds: Vec<Texts>,
    fails: Vec<Texts>,
    /// Whether it holds for a request without the key.
    absent: bool,
}

/// A whole Condition element.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    source: Option<String>,
    of: String,
    holds: Vec<Keys>,
    fails: Vec<Keys>,
}

/// A statement of an identity policy, and requests, each an action and a resource.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatementRow {
    source: Option<String>,
    version: Option<String>,
    of: String,
    #[serde(default)]
    keys: Keys,
    #[serde(default)]
    allows: Vec<String>,
    #[serde(default)]
    denies: Vec<String>,
    #[serde(default)]
    leaves: Vec<String>,
}

/// A Principal element, and who gets in: see `principals.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrincipalRow {
    source: Option<String>,
    of: String,
    alone: Vec<String>,
    bounded: Vec<String>,
    across: Vec<String>,
}

/// The policies of each layer by name; exactly one of `allowed`, `denied_by` and `missing`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayersRow {
    source: Option<String>,
    who: Vec<String>,
    action: Option<String>,
    #[serde(default)]
    keys: Keys,
    #[serde(default)]
    elsewhere: bool,
    #[serde(default)]
    identity: Vec<String>,
    boundary: Option<String>,
    session: Option<Vec<String>>,
    resource: Option<String>,
    trust: Option<String>,
    #[serde(default)]
    scp: Vec<Vec<String>>,
    allowed: Option<bool>,
    denied_by: Option<String>,
    missing: Option<String>,
}

/// A text that isn't taken; `▲` stands before the place that the refusal names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    source: Option<String>,
    kind: String,
    text: Option<String>,
    /// The Condition element of a statement that is sound otherwise.
    condition: Option<String>,
    says: Option<String>,
}

const ASKERS: [&str; 7] = [
    "user",
    "session",
    "federated",
    "root",
    "service",
    "provider",
    "anonymous",
];

fn asker(name: &str) -> Principal<'static> {
    match name {
        "user" => user(),
        "session" => session_of_role(),
        "federated" => Principal::Aws(AwsPrincipal::federated_user(
            ACCOUNT,
            USER,
            USER_ID,
            "arn:aws:sts::000000000000:federated-user/guest",
        )),
        "root" => Principal::Aws(AwsPrincipal::root(
            ACCOUNT,
            "arn:aws:iam::000000000000:root",
        )),
        "service" => Principal::Service("rolesanywhere.amazonaws.com"),
        "provider" => Principal::Federated(
            "arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com",
        ),
        "anonymous" => Principal::Anonymous,
        other => panic!("nobody is called {other}"),
    }
}

/// Counts decisions and gathers those that came out otherwise.
#[derive(Default)]
struct Report {
    decisions: usize,
    wrong: Vec<String>,
}

impl Report {
    fn note(&mut self, right: bool, what: impl FnOnce() -> String) {
        self.decisions += 1;
        if !right {
            self.wrong.push(what());
        }
    }
}

fn files(folder: &str) -> Vec<(String, File)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/policy");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root.join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let file: File = toml::from_str(&text).unwrap_or_else(|e| panic!("{path:?}: {e}"));
        assert!(!file.rule.is_empty() && !file.source.is_empty(), "{path:?}");
        files.push((format!("{path:?}"), file));
    }
    files
}

#[test]
fn decisions() {
    let mut report = Report::default();
    for (name, file) in files("decisions") {
        let before = report.decisions;
        for row in &file.condition {
            condition_row(row, &file, &mut report);
        }
        for row in &file.block {
            let source = row.source.as_ref().unwrap_or(&file.source);
            for (contexts, expected) in [(&row.holds, true), (&row.fails, false)] {
                for keys in contexts {
                    condition(&row.of, "2012-10-17", keys, expected, source, &mut report);
                }
            }
        }
        for row in &file.statement {
            statement_row(row, &file, &mut report);
        }
        for row in &file.principal {
            principal_row(row, &file, &mut report);
        }
        for row in &file.layers {
            layers_row(row, &file, &mut report);
        }
        assert!(report.decisions > before, "{name} decides nothing");
    }
    assert!(report.wrong.is_empty(), "{}", report.wrong.join("\n"));
    assert!(report.decisions >= 1_150, "{}", report.decisions);
}

fn condition_row(row: &ConditionRow, file: &File, report: &mut Report) {
    let key = row.key.as_ref().or(file.key.as_ref()).unwrap();
    let value = match &row.value {
        Texts::One(text) => serde_json::json!(text),
        Texts::Many(texts) => serde_json::json!(texts),
    };
    let element = serde_json::json!({ &row.op: { key: value } }).to_string();
    let version = row.version.as_deref().unwrap_or("2012-10-17");
    let source = row.source.as_ref().unwrap_or(&file.source);
    let mut ask = |value: Option<&Texts>, expected| {
        let mut keys = row.keys.clone();
        if let Some(value) = value {
            keys.0.insert(key.to_ascii_lowercase(), value.clone());
        }
        condition(&element, version, &keys, expected, source, report);
    };
    row.holds.iter().for_each(|value| ask(Some(value), true));
    row.fails.iter().for_each(|value| ask(Some(value), false));
    ask(None, row.absent);
}

/// One decision; an Allow and a Deny with the condition must agree on it.
fn condition(
    element: &str,
    version: &str,
    keys: &Keys,
    expected: bool,
    source: &str,
    report: &mut Report,
) {
    let ask = |effect| {
        let inside = format!(
            r#""Effect": "{effect}", "Action": "*", "Resource": "*", "Condition": {element}"#
        );
        let identity = [policy(&document(version, &inside), PolicyKind::Identity)];
        let layers = Layers {
            identity: (&identity).into(),
            ..Layers::default()
        };
        decide(user(), &Asked::default(), false, keys, &layers)
    };
    let allowed = ask("Allow").is_allowed();
    let denied = matches!(ask("Deny"), Decision::ExplicitDeny { .. });
    report.note(allowed == expected && denied == expected, || {
        format!("{element} {keys:?}: {allowed} {denied}, but {expected} by {source}")
    });
}

fn statement_row(row: &StatementRow, file: &File, report: &mut Report) {
    let version = row.version.as_deref().unwrap_or("2012-10-17");
    let identity = [policy(&document(version, &row.of), PolicyKind::Identity)];
    let layers = Layers {
        identity: (&identity).into(),
        ..Layers::default()
    };
    for (requests, expected) in [
        (&row.allows, "allow"),
        (&row.denies, "explicit deny"),
        (&row.leaves, "implicit deny"),
    ] {
        for request in requests {
            let (action, resource) = request.split_once(' ').unwrap();
            let asked = Asked {
                action: action.to_owned(),
                resource: resource.to_owned(),
            };
            let outcome = match decide(user(), &asked, false, &row.keys, &layers) {
                Decision::Allow => "allow",
                Decision::ExplicitDeny { .. } => "explicit deny",
                Decision::ImplicitDeny { .. } => "implicit deny",
            };
            let source = row.source.as_ref().unwrap_or(&file.source);
            report.note(outcome == expected, || {
                format!(
                    "{} {request}: {outcome}, but {expected} by {source}",
                    row.of
                )
            });
        }
    }
}

fn principal_row(row: &PrincipalRow, file: &File, report: &mut Report) {
    let text = format!(
        r#""Effect": "Allow", "Principal": {}, "Action": "*", "Resource": "*""#,
        row.of
    );
    let resource = policy(&document("2012-10-17", &text), PolicyKind::Resource);
    let of = |text| [policy(&document("2012-10-17", text), PolicyKind::Identity)];
    let all = of(r#""Effect": "Allow", "Action": "*", "Resource": "*""#);
    let nothing = of(r#""Effect": "Allow", "Action": "n:N", "Resource": "*""#);
    let alone = Layers {
        resource: Some(&resource),
        ..Layers::default()
    };
    let across = Layers {
        identity: (&all).into(),
        ..alone
    };
    for name in ASKERS {
        let is_session = matches!(name, "session" | "federated");
        let has_boundary = is_session || name == "user";
        let bounded = Layers {
            boundary: nothing.first().filter(|_| has_boundary).map(|p| &**p),
            session: is_session.then(|| Policies::from(&nothing)),
            ..alone
        };
        for (setting, expected, layers, elsewhere) in [
            ("alone", &row.alone, &alone, false),
            ("bounded", &row.bounded, &bounded, false),
            ("across", &row.across, &across, true),
        ] {
            let expected = expected.iter().any(|allowed| allowed == name);
            let decision = decide(
                asker(name),
                &Asked::default(),
                elsewhere,
                &Keys::default(),
                layers,
            );
            let source = row.source.as_ref().unwrap_or(&file.source);
            report.note(decision.is_allowed() == expected, || {
                format!(
                    "{} {name} {setting}: {decision:?}, but {expected} by {source}",
                    row.of
                )
            });
        }
    }
}

fn layers_row(row: &LayersRow, file: &File, report: &mut Report) {
    let one = |name: &String, kind| {
        let statement = file
            .policies
            .get(name)
            .unwrap_or_else(|| panic!("no policy `{name}`"));
        policy(&document("2012-10-17", statement), kind)
    };
    let many = |names: &[String], kind| -> Vec<Arc<Policy>> {
        names.iter().map(|name| one(name, kind)).collect()
    };
    let identity = many(&row.identity, PolicyKind::Identity);
    let boundary = row
        .boundary
        .as_ref()
        .map(|name| one(name, PolicyKind::Identity));
    let session = row
        .session
        .as_ref()
        .map(|names| many(names, PolicyKind::Session));
    let trust = row.trust.as_ref().map(|name| one(name, PolicyKind::Trust));
    let resource = row
        .resource
        .as_ref()
        .map(|name| one(name, PolicyKind::Resource));
    let levels = row
        .scp
        .iter()
        .map(|names| many(names, PolicyKind::ServiceControl));
    let levels: Vec<_> = levels.collect();
    let levels: Vec<_> = levels.iter().map(Policies::from).collect();
    let layers = Layers {
        identity: (&identity).into(),
        boundary: boundary.as_deref(),
        session: session.as_ref().map(Policies::from),
        resource: resource.as_deref().or(trust.as_deref()),
        service_control: &levels,
        ..Layers::default()
    };
    let asked = Asked {
        action: row.action.clone().unwrap_or(file.asked.action.clone()),
        resource: file.asked.resource.clone(),
    };
    for name in &row.who {
        let decision = decide(asker(name), &asked, row.elsewhere, &row.keys, &layers);
        let layer = |layer| {
            serde_json::to_value(layer)
                .unwrap()
                .as_str()
                .map(str::to_owned)
        };
        let right = match (row.allowed, &row.denied_by, &row.missing) {
            (Some(allowed), None, None) => decision.is_allowed() == allowed,
            (None, Some(by), None) => {
                matches!(decision, Decision::ExplicitDeny { layer: l } if layer(l).as_ref() == Some(by))
            }
            (None, None, Some(by)) => {
                matches!(decision, Decision::ImplicitDeny { layer: l } if layer(l).as_ref() == Some(by))
            }
            _ => panic!("one of allowed, denied_by and missing"),
        };
        let source = row.source.as_ref().unwrap_or(&file.source);
        report.note(right, || {
            format!(
                "{name} {:?} {:?} {:?} {:?} {:?}: {decision:?}, but {:?} {:?} {:?} by {source}",
                row.identity,
                row.boundary,
                row.session,
                row.resource.as_ref().or(row.trust.as_ref()),
                row.scp,
                row.allowed,
                row.denied_by,
                row.missing
            )
        });
    }
}

fn decide(
    principal: Principal<'_>,
    asked: &Asked,
    elsewhere: bool,
    keys: &Keys,
    layers: &Layers<'_>,
) -> Decision {
    let request = Request {
        principal,
        action: &asked.action,
        resource: &asked.resource,
        resource_account: if elsewhere { "111111111111" } else { ACCOUNT },
        context: keys,
    };
    evaluate(&request, layers)
}

/// A document of one statement; an empty version is none.
fn document(version: &str, statement: &str) -> String {
    if version.is_empty() {
        return format!(r#"{{"Statement": {{{statement}}}}}"#);
    }
    format!(r#"{{"Version": "{version}", "Statement": {{{statement}}}}}"#)
}

#[test]
fn refusals() {
    let mut wrong = Vec::new();
    for (name, file) in files("refused") {
        assert!(!file.refused.is_empty(), "{name} refuses nothing");
        for row in &file.refused {
            let marked = match (&row.text, &row.condition) {
                (Some(text), None) => text.clone(),
                (None, Some(condition)) => document(
                    "2012-10-17",
                    &format!(
                        r#""Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}"#
                    ),
                ),
                _ => panic!("either a text or a condition"),
            };
            let source = row.source.as_ref().unwrap_or(&file.source);
            if let Err(why) = refused(&marked, &row.kind, row.says.as_deref()) {
                wrong.push(format!("{why}, by {source}: {marked}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn refused(marked: &str, kind: &str, says: Option<&str>) -> Result<(), String> {
    let kind = match kind {
        "identity" => PolicyKind::Identity,
        "trust" => PolicyKind::Trust,
        "session" => PolicyKind::Session,
        "resource" => PolicyKind::Resource,
        other => panic!("no kind `{other}`"),
    };
    let (before, after) = marked.split_once('▲').unwrap();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
    let Err(error) = Policy::parse(&format!("{before}{after}"), kind) else {
        return Err("taken".to_owned());
    };
    if (error.line, error.column) != (line, column) {
        return Err(format!("expected at {line}:{column}: {error}"));
    }
    match says {
        Some(says) if !error.message.contains(says) => Err(format!("not `{says}`: {error}")),
        _ if error.cure.is_empty() => Err(format!("no cure: {error}")),
        _ => Ok(()),
    }
}
