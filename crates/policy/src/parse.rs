//! Policy text in, compiled [`Policy`] out. Each kind of policy has its elements; what isn't known is refused.

use std::collections::HashSet;

use crate::action::ActionPattern;
use crate::arn::ArnPattern;
use crate::conditions::{Condition, Scalar};
use crate::document::{Clause, Effect, Policy, PolicyKind, Statement, Version};
use crate::json::{self, Member, Node, Value};
use crate::limits;
use crate::principal::PrincipalPattern;
use crate::refusal::{Flaw, ParseError, Position};

pub(crate) fn parse(text: &str, kind: PolicyKind) -> Result<Policy, ParseError> {
    check_characters(text)?;
    let tree = json::read(text)?;
    let members = object(&tree.root, "the policy")?;
    known(members, &["Version", "Id", "Statement"])?;
    let version = version(members)?;
    let id = id(members, kind)?;
    let Some(statement) = find(members, "Statement") else {
        return Err(
            Flaw::new("Missing required field Statement", "add a statement").at(tree.root.at),
        );
    };
    let nodes = one_or_many(&statement.node);
    if nodes.is_empty() {
        return Err(
            Flaw::new("Missing required field Statement", "add a statement").at(statement.node.at),
        );
    }
    let statements = nodes
        .iter()
        .map(|node| parse_statement(node, kind, version))
        .collect::<Result<Vec<_>, _>>()?;
    check_sids(&statements)?;
    Ok(Policy {
        kind,
        version,
        id,
        statements,
        minified_len: tree.minified_len,
    })
}

fn check_characters(text: &str) -> Result<(), ParseError> {
    let mut at = Position { line: 1, column: 1 };
    for (index, c) in text.chars().enumerate() {
        if index >= limits::READ {
            let message = format!("the policy is longer than {} characters", limits::READ);
            return Err(Flaw::new(message, "split it into several policies").at(at));
        }
        match c {
            '\n' => {
                at = Position {
                    line: at.line + 1,
                    column: 1,
                }
            }
            '\t' | '\r' | '\u{20}'..='\u{FF}' => at.column += 1,
            _ => {
                let message = format!(
                    "the character U+{:04X} is not allowed in a policy",
                    u32::from(c)
                );
                return Err(
                    Flaw::new(message, "use characters up to U+00FF, or a wildcard").at(at),
                );
            }
        }
    }
    Ok(())
}

fn parse_statement(
    node: &Node,
    kind: PolicyKind,
    version: Version,
) -> Result<Statement, ParseError> {
    let members = object(node, "a statement")?;
    check_elements(members, kind, node.at)?;
    let actions = clause(members, "Action", |text| ActionPattern::parse(text, kind))?;
    let Some(actions) = actions else {
        return Err(missing(kind, "Action", "Policy statement must contain actions.").at(node.at));
    };
    let resources = clause(members, "Resource", |text| {
        ArnPattern::parse_resource(text, version)
    })?;
    if resources.is_none() && kind != PolicyKind::Trust {
        return Err(
            missing(kind, "Resource", "Policy statement must contain resources.").at(node.at),
        );
    }
    let conditions = match find(members, "Condition") {
        Some(member) => conditions(&member.node, version)?,
        None => Vec::new(),
    };
    let effect = effect(members, node.at)?;
    if let (Effect::Allow, Some(member)) = (effect, find(members, "NotPrincipal")) {
        let cure = "name those who are allowed in `Principal`";
        return Err(Flaw::new("Allow with NotPrincipal is not allowed", cure).at(member.key_at));
    }
    Ok(Statement {
        at: node.at,
        end: node.end,
        sid: sid(members, kind)?,
        effect,
        principals: principals(members, kind)?,
        actions,
        resources,
        names_principal_arn: conditions.iter().any(Condition::names_principal_arn),
        conditions,
    })
}

/// Which elements a statement of this kind has and hasn't.
fn check_elements(members: &[Member], kind: PolicyKind, at: Position) -> Result<(), ParseError> {
    known(
        members,
        &[
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ],
    )?;
    let prohibited: &[&str] = match kind {
        PolicyKind::Identity | PolicyKind::Session | PolicyKind::ServiceControl => {
            &["Principal", "NotPrincipal"]
        }
        PolicyKind::Trust => &["Resource", "NotResource", "NotPrincipal"],
        PolicyKind::ResourceControl => &["NotPrincipal", "NotAction"],
        PolicyKind::Resource => &[],
    };
    for member in members {
        if prohibited.contains(&member.key.as_str()) {
            let message = match kind {
                PolicyKind::Trust | PolicyKind::ResourceControl => {
                    format!("Has prohibited field {}", member.key)
                }
                _ => "Policy document should not specify a principal.".to_owned(),
            };
            return Err(Flaw::new(message, format!("remove `{}`", member.key)).at(member.key_at));
        }
    }
    for pair in [
        ("Principal", "NotPrincipal"),
        ("Action", "NotAction"),
        ("Resource", "NotResource"),
    ] {
        if let (Some(_), Some(second)) = (find(members, pair.0), find(members, pair.1)) {
            let message = format!("a statement has both `{}` and `{}`", pair.0, pair.1);
            return Err(Flaw::new(message, "keep one of the two").at(second.key_at));
        }
    }
    if kind.has_principals()
        && find(members, "Principal")
            .or_else(|| find(members, "NotPrincipal"))
            .is_none()
    {
        return Err(Flaw::new(
            "Missing required field Principal",
            "say whom the statement is about",
        )
        .at(at));
    }
    Ok(())
}

fn missing(kind: PolicyKind, element: &str, of_identity: &str) -> Flaw {
    let message = match kind {
        PolicyKind::Identity | PolicyKind::Session | PolicyKind::ServiceControl => {
            of_identity.to_owned()
        }
        PolicyKind::Trust | PolicyKind::Resource | PolicyKind::ResourceControl => {
            format!("Missing required field {element}")
        }
    };
    Flaw::new(message, format!("add `{element}` or `Not{element}`"))
}

fn clause<T>(
    members: &[Member],
    element: &str,
    compile: impl Fn(&str) -> Result<T, Flaw>,
) -> Result<Option<Clause<T>>, ParseError> {
    let not_element = format!("Not{element}");
    let (member, negated) = match (find(members, element), find(members, &not_element)) {
        (Some(member), _) => (member, false),
        (None, Some(member)) => (member, true),
        (None, None) => return Ok(None),
    };
    let mut patterns = Vec::new();
    for node in one_or_many(&member.node) {
        let text = string(node, &member.key)?;
        patterns.push(compile(text).map_err(|flaw| flaw.at(node.at))?);
    }
    if patterns.is_empty() {
        let message = format!(
            "Policy statement must contain {}s.",
            element.to_ascii_lowercase()
        );
        return Err(
            Flaw::new(message, format!("put a value into `{}`", member.key)).at(member.node.at),
        );
    }
    Ok(Some(Clause { negated, patterns }))
}

fn principals(
    members: &[Member],
    kind: PolicyKind,
) -> Result<Option<Clause<PrincipalPattern>>, ParseError> {
    let (member, negated) = match (find(members, "Principal"), find(members, "NotPrincipal")) {
        (Some(member), _) => (member, false),
        (None, Some(member)) => (member, true),
        (None, None) => return Ok(None),
    };
    if matches!(&member.node.value, Value::String(text) if text == "*") {
        return Ok(Some(Clause {
            negated,
            patterns: vec![PrincipalPattern::Everyone],
        }));
    }
    if kind == PolicyKind::ResourceControl {
        let message = "a resource control policy is about all principals";
        let cure = "write `\"Principal\": \"*\"`, and narrow it by conditions";
        return Err(Flaw::new(message, cure).at(member.node.at));
    }
    let Value::Object(kinds) = &member.node.value else {
        let cure =
            "write `\"*\"`, or an object such as `{\"Service\": \"rolesanywhere.amazonaws.com\"}`";
        return Err(Flaw::new("Invalid principal in policy", cure).at(member.node.at));
    };
    let mut patterns = Vec::new();
    for named in kinds {
        if named.key == "CanonicalUser" && kind == PolicyKind::Trust {
            let message = "a role can't be assumed by a canonical user";
            return Err(Flaw::new(message, "name its account under `AWS`").at(named.key_at));
        }
        for node in one_or_many(&named.node) {
            let text = string(node, &named.key)?;
            patterns
                .push(PrincipalPattern::parse(&named.key, text).map_err(|flaw| flaw.at(node.at))?);
        }
    }
    if patterns.is_empty() {
        return Err(
            Flaw::new("Missing required field Principal", "name a principal").at(member.node.at),
        );
    }
    Ok(Some(Clause { negated, patterns }))
}

fn conditions(node: &Node, version: Version) -> Result<Vec<Condition>, ParseError> {
    let mut conditions = Vec::new();
    for operator in object(node, "`Condition`")? {
        let keys = object(&operator.node, "a condition operator's value")?;
        check_same_keys(keys)?;
        for key in keys {
            let values = one_or_many(&key.node)
                .iter()
                .map(scalar)
                .collect::<Result<Vec<_>, _>>()?;
            if values.is_empty() {
                let message = format!("the condition on `{}` has no values", key.key);
                return Err(Flaw::new(message, "give at least one value").at(key.node.at));
            }
            conditions.push(Condition::parse(
                (&operator.key, operator.key_at),
                (&key.key, key.key_at),
                &values,
                version,
            )?);
        }
    }
    Ok(conditions)
}

/// Key names ignore case, so two spellings are one key twice.
fn check_same_keys(keys: &[Member]) -> Result<(), ParseError> {
    let mut seen = HashSet::with_capacity(keys.len());
    for key in keys {
        if !seen.insert(key.key.to_ascii_lowercase()) {
            let message = format!(
                "the condition key `{}` appears twice under one operator",
                key.key
            );
            let cure = "merge the two: condition keys ignore case";
            return Err(Flaw::new(message, cure).at(key.key_at));
        }
    }
    Ok(())
}

fn version(members: &[Member]) -> Result<Version, ParseError> {
    let Some(member) = find(members, "Version") else {
        return Ok(Version::V2008);
    };
    match string(&member.node, "Version")? {
        "2012-10-17" => Ok(Version::V2012),
        "2008-10-17" => Ok(Version::V2008),
        other => {
            let message = format!("`{other}` is not a version of the policy language");
            Err(Flaw::new(message, "write `2012-10-17`").at(member.node.at))
        }
    }
}

fn id(members: &[Member], kind: PolicyKind) -> Result<Option<String>, ParseError> {
    let Some(member) = find(members, "Id") else {
        return Ok(None);
    };
    if !matches!(kind, PolicyKind::Trust | PolicyKind::Resource) {
        return Err(Flaw::new("Has prohibited field Id", "remove `Id`").at(member.key_at));
    }
    Ok(Some(string(&member.node, "Id")?.to_owned()))
}

/// An empty Sid is none: generators write it.
fn sid(members: &[Member], kind: PolicyKind) -> Result<Option<String>, ParseError> {
    let Some(member) = find(members, "Sid") else {
        return Ok(None);
    };
    let sid = string(&member.node, "Sid")?;
    if kind != PolicyKind::Resource && !sid.bytes().all(|b| b.is_ascii_alphanumeric()) {
        let message = "Statement IDs (SID) must be alpha-numeric. \
                       Check that your input satisfies the regular expression [0-9A-Za-z]*";
        return Err(Flaw::new(message, format!("rename `{sid}`")).at(member.node.at));
    }
    Ok((!sid.is_empty()).then(|| sid.to_owned()))
}

fn check_sids(statements: &[Statement]) -> Result<(), ParseError> {
    let mut seen = HashSet::new();
    for statement in statements {
        if let Some(sid) = &statement.sid
            && !seen.insert(sid)
        {
            let message = "Statement IDs (SID) in a single policy must be unique.";
            return Err(Flaw::new(message, format!("rename one `{sid}`")).at(statement.at));
        }
    }
    Ok(())
}

fn effect(members: &[Member], at: Position) -> Result<Effect, ParseError> {
    let Some(member) = find(members, "Effect") else {
        return Err(Flaw::new("Missing required field Effect", "add `Allow` or `Deny`").at(at));
    };
    match string(&member.node, "Effect")? {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        other => Err(Flaw::new(
            format!("Invalid effect: {other}"),
            "write `Allow` or `Deny`",
        )
        .at(member.node.at)),
    }
}

pub(crate) fn find<'t>(members: &'t [Member], key: &str) -> Option<&'t Member> {
    members.iter().find(|member| member.key == key)
}

fn known(members: &[Member], names: &[&str]) -> Result<(), ParseError> {
    let Some(member) = members
        .iter()
        .find(|member| !names.contains(&member.key.as_str()))
    else {
        return Ok(());
    };
    let cure = match names
        .iter()
        .find(|name| name.eq_ignore_ascii_case(&member.key))
    {
        Some(name) => format!("write `{name}`, in this spelling"),
        None => format!("remove it; the elements here are {}", names.join(", ")),
    };
    Err(Flaw::new(format!("`{}` is not a policy element", member.key), cure).at(member.key_at))
}

fn object<'t>(node: &'t Node, what: &str) -> Result<&'t [Member], ParseError> {
    match &node.value {
        Value::Object(members) => Ok(members),
        _ => Err(Flaw::new(format!("{what} is not an object"), "write it in braces").at(node.at)),
    }
}

/// A lone value stands for a list of one.
pub(crate) fn one_or_many(node: &Node) -> &[Node] {
    match &node.value {
        Value::Array(nodes) => nodes,
        _ => std::slice::from_ref(node),
    }
}

fn string<'t>(node: &'t Node, element: &str) -> Result<&'t str, ParseError> {
    match &node.value {
        Value::String(text) => Ok(text),
        _ => Err(Flaw::new(
            format!("the value of `{element}` is not a string"),
            "write a string",
        )
        .at(node.at)),
    }
}

fn scalar(node: &Node) -> Result<Scalar<'_>, ParseError> {
    match &node.value {
        Value::String(text) | Value::Bare(text) => Ok(Scalar { text, at: node.at }),
        _ => {
            let message = "a condition value is not a string, number or boolean";
            Err(Flaw::new(message, "write a string, or a list of strings").at(node.at))
        }
    }
}
