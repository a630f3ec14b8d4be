//! Policy variables written out by plain replacement of text: what the engine's own way is held against.

use crate::document::Document;
use crate::elements::escape;
use crate::operators::Family;
use crate::question::Keys;
use crate::scene::Scene;

impl Scene {
    /// The scene with every variable written out; `None` where one has no value, since then no text stands for it.
    #[must_use]
    pub fn with_variables_filled(&self) -> Option<Self> {
        let mut filled = self.clone();
        for document in filled.documents_mut() {
            fill_document(document, &self.question.keys)?;
        }
        Some(filled)
    }
}

fn fill_document(document: &mut Document, keys: &Keys) -> Option<()> {
    if !document.has_variables() {
        return Some(());
    }
    for statement in &mut document.statements {
        for resource in &mut statement.resource.values {
            *resource = fill(resource, keys)?;
        }
        for condition in &mut statement.conditions {
            let family = condition.operator.family;
            if matches!(family, Family::String | Family::Like | Family::Arn) {
                for value in &mut condition.values {
                    *value = fill(value, keys)?;
                }
            }
        }
    }
    Some(())
}

/// Replaces each variable by its value, escaped; escapes stay. `None` where one has no value.
#[must_use]
pub fn fill(text: &str, keys: &Keys) -> Option<String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (inside, behind) = after.split_once('}')?;
        filled.push_str(before);
        if let "*" | "?" | "$" = inside {
            filled.extend(["${", inside, "}"]);
        } else {
            let (key, default) = match inside.split_once(',') {
                Some((key, default)) => (key, Some(default.trim().trim_matches('\''))),
                None => (inside, None),
            };
            let is_absent = !keys.0.contains_key(&key.to_ascii_lowercase());
            let value = keys.one(key).or(default.filter(|_| is_absent))?;
            filled.push_str(&escape(value));
        }
        rest = behind;
    }
    filled.push_str(rest);
    Some(filled)
}
