//! What a provider's claims become: condition keys of the trust policy, session tags, a source identity (IAM user guide, passing
//! session tags using AssumeRoleWithWebIdentity, and keys for AWS OIDC federation). Called by `web_identity.rs`.

use anyrole_jwt::Claims;
use serde_json::Value;

use crate::names::check_entity_name;
use crate::refusal::{Kind, Refusal, StsKind};
use crate::tags::{Tag, find_tag};

const TAGS: &str = "https://aws.amazon.com/tags";
const PRINCIPAL_TAG: &str = "https://aws.amazon.com/tags/principal_tags/";
const TRANSITIVE: &str = "https://aws.amazon.com/tags/transitive_tag_keys";
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";

/// What claims of AWS's own names pass on to the session.
#[derive(Debug, Default)]
pub(super) struct Passed {
    pub tags: Vec<Tag>,
    pub transitive_tag_keys: Vec<String>,
    pub source_identity: Option<String>,
}

fn rejected(detail: impl Into<String>) -> Refusal {
    Refusal::new(
        Kind::Sts(StsKind::IdpRejectedClaim),
        "rejected-claim",
        "A claim of the token is not valid",
    )
    .with_private(detail.into())
}

/// Tags come in one claim that holds them all, or in one claim each.
pub(super) fn passed(claims: &Claims) -> Result<Passed, Refusal> {
    let mut passed = Passed::default();
    if let Some(all) = claims.get(TAGS) {
        if let Some(tags) = all.get("principal_tags") {
            let tags = tags
                .as_object()
                .ok_or_else(|| rejected("`principal_tags` is no object"))?;
            for (key, value) in tags {
                passed.tags.push(tag(key, value)?);
            }
        }
        if let Some(keys) = all.get("transitive_tag_keys") {
            passed.transitive_tag_keys = strings(keys)?;
        }
    }
    for name in claims.names() {
        if let (Some(key), Some(value)) = (name.strip_prefix(PRINCIPAL_TAG), claims.get(name)) {
            passed.tags.push(tag(key, value)?);
        }
    }
    if let Some(keys) = claims.get(TRANSITIVE) {
        passed.transitive_tag_keys.extend(strings(keys)?);
    }
    if let Some(key) = passed
        .transitive_tag_keys
        .iter()
        .find(|key| find_tag(&passed.tags, key).is_none())
    {
        return Err(rejected(format!("the transitive key `{key}` is of no tag")));
    }
    if let Some(identity) = claims.get(SOURCE_IDENTITY) {
        passed.source_identity = Some(source_identity(identity)?);
    }
    Ok(passed)
}

/// A value, or a list of one.
fn tag(key: &str, value: &Value) -> Result<Tag, Refusal> {
    let value = match value {
        Value::Array(values) => match values.as_slice() {
            [one] => one.as_str(),
            _ => None,
        },
        value => value.as_str(),
    };
    Ok(Tag {
        key: key.to_owned().into(),
        value: value
            .ok_or_else(|| rejected(format!("the tag `{key}` has not one value")))?
            .to_owned(),
    })
}

fn strings(value: &Value) -> Result<Vec<String>, Refusal> {
    let read = match value {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(values) => values
            .iter()
            .map(|value| value.as_str().map(str::to_owned))
            .collect(),
        _ => None,
    };
    read.ok_or_else(|| rejected("`transitive_tag_keys` is no list of strings"))
}

fn source_identity(value: &Value) -> Result<String, Refusal> {
    let text = value.as_str().unwrap_or_default();
    let reserved = text
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
    let legal = check_entity_name("sourceIdentity", text, 64).is_ok();
    if legal && text.len() >= 2 && !reserved {
        return Ok(text.to_owned());
    }
    Err(rejected(
        "the source identity is not of 2 to 64 characters [\\w+=,.@-]",
    ))
}

/// A key with its value.
pub(super) type Single = (String, String);
/// A key with its values.
pub(super) type Many<'a> = (String, Vec<&'a str>);

/// Claims that are keys by what was verified of them, whatever else a token has under a name that differs in case alone.
const VERIFIED: [&str; 4] = ["aud", "oaud", "sub", "amr"];

/// Every claim that is a string or a list of strings, below the provider's name, lower-cased. `aud` is the audience that was
/// accepted, `oaud` the token's own `aud`. Of names that are one in lower case, the one that is written so counts, or the first.
pub(super) fn condition_keys<'a>(
    provider: &str,
    claims: &'a Claims,
    audience: &str,
) -> (Vec<Single>, Vec<Many<'a>>) {
    let provider = provider.to_ascii_lowercase();
    let key = |claim: &str| format!("{provider}:{}", claim.to_ascii_lowercase());
    let mut keys = Keys {
        singles: vec![(key("aud"), audience.to_owned())],
        lists: Vec::new(),
    };
    keys.add(key("oaud"), claims.get("aud"));
    keys.add(key("sub"), claims.get("sub"));
    keys.add(key("amr"), claims.get("amr"));
    let is_verified = |name: &&str| VERIFIED.iter().any(|own| own.eq_ignore_ascii_case(name));
    let names = || claims.names().filter(|name| !is_verified(name));
    let is_lower = |name: &&str| !name.bytes().any(|byte| byte.is_ascii_uppercase());
    for name in names().filter(is_lower).chain(names()) {
        keys.add(key(name), claims.get(name));
    }
    (keys.singles, keys.lists)
}

struct Keys<'a> {
    singles: Vec<Single>,
    lists: Vec<Many<'a>>,
}

impl<'a> Keys<'a> {
    /// Adds a claim, unless the key is there.
    fn add(&mut self, key: String, claim: Option<&'a Value>) {
        let known = self.singles.iter().any(|(known, _)| *known == key)
            || self.lists.iter().any(|(known, _)| *known == key);
        match claim {
            _ if known => {}
            Some(Value::String(text)) => self.singles.push((key, text.clone())),
            Some(Value::Array(values)) => {
                if let Some(texts) = values.iter().map(Value::as_str).collect() {
                    self.lists.push((key, texts));
                }
            }
            _ => {}
        }
    }
}
