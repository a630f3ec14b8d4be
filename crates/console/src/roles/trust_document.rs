//! The JSON of a trust policy that lets certificates in by Roles Anywhere: conditions come in, the document as people write it leaves. Called by
//! `trust_template.rs`.

use std::collections::BTreeMap;

use anyrole_domain::Refusal;
use serde::Serialize;

/// By operator, then by key.
pub(super) type Conditions = BTreeMap<&'static str, BTreeMap<&'static str, OneOrMany>>;

/// A policy document, its members in the order in which people write them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    version: &'static str,
    statement: [Statement; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: &'static str,
    principal: Service,
    action: [&'static str; 3],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    condition: Conditions,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Service {
    service: &'static str,
}

/// The values of a key.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<Vec<String>> for OneOrMany {
    fn from(mut texts: Vec<String>) -> Self {
        match texts.pop() {
            Some(text) if texts.is_empty() => Self::One(text),
            Some(last) => {
                texts.push(last);
                Self::Many(texts)
            }
            None => Self::Many(texts),
        }
    }
}

/// The document.
pub(super) fn trust_document(condition: Conditions) -> Result<String, Refusal> {
    let document = Document {
        version: "2012-10-17",
        statement: [Statement {
            effect: "Allow",
            principal: Service {
                service: "rolesanywhere.amazonaws.com",
            },
            action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
            condition,
        }],
    };
    let json = serde_json::to_string_pretty(&document);
    let json = json.map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(json.chars().map(in_latin_1).collect())
}

/// Policies are written in Latin-1; other characters stand escaped in their strings (RFC 8259, 7).
fn in_latin_1(character: char) -> String {
    if character <= '\u{ff}' {
        return character.to_string();
    }
    let mut units = [0; 2];
    let units = character.encode_utf16(&mut units).iter();
    units.map(|unit| format!("\\u{unit:04x}")).collect()
}
