//! Principals by name in a policy's text: a text goes in, the same text with other names comes out. The domain calls
//! it, which keeps unique ids in place of ARNs, and shows ARNs again.

use crate::json::{self, Node, Value};
use crate::parse::{find, one_or_many};
use crate::principal::{NamedKind, PrincipalPattern};
use crate::refusal::ParseError;

/// A user, role or session that a policy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedPrincipal<'a> {
    /// What the name is.
    pub kind: NamedKind,
    /// The name as written: an ARN or a unique id.
    pub text: &'a str,
}

/// The text of a policy with other names for its users, roles and sessions, all else as it was, white space too.
///
/// `rename` gets each name in `Principal` and `NotPrincipal`, and returns the new one, or `None` to keep it. IAM
/// stores the unique id of a user or role in place of its ARN, so that who is made anew under the same name is somebody
/// else, and shows the ARN again while there is one.
///
/// # Errors
/// [`ParseError`] where the text isn't JSON; what the policy says isn't checked here.
///
/// ```
/// use anyrole_policy::rewrite_principals;
///
/// let text = r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
///     "Principal": { "AWS" : ["arn:aws:iam::000000000000:role/app", "000000000000"] }}}"#;
/// let stored = rewrite_principals(text, |named| {
///     (named.text == "arn:aws:iam::000000000000:role/app").then(|| "AROA0000000000EXAMPLE".to_owned())
/// })?;
/// assert_eq!(stored, text.replace("arn:aws:iam::000000000000:role/app", "AROA0000000000EXAMPLE"));
/// # Ok::<(), anyrole_policy::ParseError>(())
/// ```
pub fn rewrite_principals(
    text: &str,
    mut rename: impl FnMut(NamedPrincipal<'_>) -> Option<String>,
) -> Result<String, ParseError> {
    let tree = json::read(text)?;
    let mut written = String::with_capacity(text.len());
    let mut copied = 0;
    for node in named_nodes(&tree.root) {
        let Value::String(name) = &node.value else {
            continue;
        };
        let Ok(pattern) = PrincipalPattern::parse("AWS", name) else {
            continue;
        };
        let renamed = pattern
            .named()
            .and_then(|(kind, text)| rename(NamedPrincipal { kind, text }));
        if let Some(renamed) = renamed {
            written.push_str(text.get(copied..node.span.start).unwrap_or_default());
            push_json_string(&mut written, &renamed);
            copied = node.span.end;
        }
    }
    written.push_str(text.get(copied..).unwrap_or_default());
    Ok(written)
}

/// The values of `AWS` in the principals of all statements, in the text's order.
fn named_nodes(root: &Node) -> Vec<&Node> {
    let mut nodes = Vec::new();
    let Value::Object(members) = &root.value else {
        return nodes;
    };
    for statement in find(members, "Statement")
        .map(|member| one_or_many(&member.node))
        .unwrap_or_default()
    {
        let Value::Object(elements) = &statement.value else {
            continue;
        };
        for element in elements {
            let Value::Object(kinds) = &element.node.value else {
                continue;
            };
            if matches!(element.key.as_str(), "Principal" | "NotPrincipal")
                && let Some(aws) = find(kinds, "AWS")
            {
                nodes.extend(one_or_many(&aws.node));
            }
        }
    }
    nodes
}

/// Names hold no control characters; quotes and backslashes are escaped all the same.
fn push_json_string(written: &mut String, text: &str) {
    written.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            written.push('\\');
        }
        written.push(c);
    }
    written.push('"');
}
