//! What holds for every scene, whatever its policies say. Fuzzing and a seeded test ask it; a broken one comes back
//! as a text that shows both scenes.

use anyrole_policy::{Decision, Effect, Explanation};
use serde_json::Value;

use crate::choices::Choices;
use crate::document::{Document, Statement};
use crate::question::Asker;
use crate::scene::{Scene, Shape};

/// Checks a scene.
///
/// # Errors
/// The first rule that it breaks, for people.
pub fn check(scene: &Scene, choices: &mut Choices<'_>) -> Result<(), String> {
    let decision = decide(scene, &compact)?;
    let other = scene.decide_with_index();
    let other = other.map_err(|error| format!("refused: {error}\n{scene}"))?;
    same("with an index", decision, other, scene)?;
    agrees_with_explanation(scene, decision)?;
    same_however_written(scene, decision)?;
    same_in_any_order(scene, decision)?;
    same_with_variables_filled(scene, decision)?;
    monotonous(scene, decision, choices)
}

fn compact(document: &Document) -> String {
    document.to_json().to_string()
}

fn decide(scene: &Scene, write: &dyn Fn(&Document) -> String) -> Result<Decision, String> {
    scene
        .decide_as(write)
        .map_err(|error| format!("refused: {error}\n{scene}"))
}

fn same(rule: &str, decision: Decision, other: Decision, scene: &Scene) -> Result<(), String> {
    if decision == other {
        return Ok(());
    }
    Err(format!("{rule}: {decision:?}, then {other:?}\n{scene}"))
}

/// The explanation has the same decision, and statements that can have led to it.
fn agrees_with_explanation(scene: &Scene, decision: Decision) -> Result<(), String> {
    let explanation = scene
        .explain()
        .map_err(|error| format!("refused: {error}"))?;
    same("explained otherwise", decision, explanation.decision, scene)?;
    let is_root = scene.question.asker == Asker::Root;
    if is_grounded(&explanation, is_root) {
        return Ok(());
    }
    Err(format!(
        "the explanation doesn't bear the decision\n{scene}\n{explanation:#?}"
    ))
}

fn is_grounded(explanation: &Explanation, is_root: bool) -> bool {
    let matched = |effect| {
        let statements = explanation.matched.iter();
        statements.filter(move |statement| statement.effect == effect)
    };
    match explanation.decision {
        Decision::Allow => {
            let is_allowed = is_root || matched(Effect::Allow).next().is_some();
            matched(Effect::Deny).next().is_none() && is_allowed
        }
        Decision::ExplicitDeny { layer } => {
            matched(Effect::Deny).any(|statement| statement.layer == layer)
        }
        Decision::ImplicitDeny { .. } => matched(Effect::Deny).next().is_none(),
    }
}

/// White space, one value instead of a list of one, the case of actions and of key names: all the same.
fn same_however_written(scene: &Scene, decision: Decision) -> Result<(), String> {
    let pretty = |document: &Document| format!("{:#}\n", document.to_json());
    let other = decide(scene, &pretty)?;
    same("with white space", decision, other, scene)?;
    let scalars = |document: &Document| scalar(document.to_json()).to_string();
    let other = decide(scene, &scalars)?;
    same("without lists of one", decision, other, scene)?;
    let mut turned = scene.clone();
    turned.question.action = turned.question.action.to_uppercase();
    for statement in statements_mut(&mut turned) {
        for action in &mut statement.action.values {
            *action = action.to_lowercase();
        }
        for condition in &mut statement.conditions {
            condition.key = condition.key.to_uppercase();
        }
    }
    let other = decide(&turned, &compact)?;
    same("in another case", decision, other, scene)
}

fn scalar(value: Value) -> Value {
    match value {
        Value::Array(mut items) if items.len() == 1 => items.pop().map_or(Value::Null, scalar),
        Value::Array(items) => items.into_iter().map(scalar).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| (key, scalar(value)))
            .collect(),
        other => other,
    }
}

/// The order of statements, of values and of conditions means nothing.
fn same_in_any_order(scene: &Scene, decision: Decision) -> Result<(), String> {
    let mut turned = scene.clone();
    for document in turned.documents_mut() {
        document.statements.reverse();
        for statement in &mut document.statements {
            statement.action.values.reverse();
            statement.resource.values.reverse();
            statement.conditions.reverse();
            for condition in &mut statement.conditions {
                condition.values.reverse();
            }
        }
    }
    let other = decide(&turned, &compact)?;
    same("in another order", decision, other, scene)
}

/// A variable stands for its text and for nothing else: a policy in which that text is written out, its stars,
/// question marks and dollars escaped, decides the same.
fn same_with_variables_filled(scene: &Scene, decision: Decision) -> Result<(), String> {
    let Some(filled) = scene.with_variables_filled() else {
        return Ok(());
    };
    let other = decide(&filled, &compact)?;
    same("with variables filled in", decision, other, scene)
}

/// One more Deny never allows, one more Allow never denies.
fn monotonous(scene: &Scene, decision: Decision, choices: &mut Choices<'_>) -> Result<(), String> {
    let shape = Shape {
        quantifiers: true,
        misfits: true,
        layers: true,
    };
    let mut turned = scene.clone();
    let count = turned.documents_mut().count();
    let which = choices.below(count);
    let question = scene.question.clone();
    let Some(document) = turned.documents_mut().nth(which) else {
        return Ok(());
    };
    let has_variables = document.has_variables();
    let mut statement = Statement::by_chance(choices, &question, shape, has_variables);
    if let Some(first) = document.statements.first() {
        statement.principal.clone_from(&first.principal);
        // An Allow with NotPrincipal is refused.
        let negated = first
            .principal
            .as_ref()
            .is_some_and(|principal| principal.negated);
        statement.deny |= negated;
    }
    let deny = statement.deny;
    document.statements.push(statement);
    let other = decide(&turned, &compact)?;
    if decision.is_allowed() != other.is_allowed() && deny == other.is_allowed() {
        let rule = if deny {
            "one more Deny"
        } else {
            "one more Allow"
        };
        return Err(format!("{rule}: {decision:?}, then {other:?}\n{turned}"));
    }
    Ok(())
}

fn statements_mut(scene: &mut Scene) -> impl Iterator<Item = &mut Statement> {
    scene
        .documents_mut()
        .flat_map(|document| &mut document.statements)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hold_for_seeded_scenes() {
        let shape = Shape {
            quantifiers: true,
            misfits: true,
            layers: true,
        };
        for seed in 0..2_000 {
            let mut choices = Choices::of_seed(seed);
            let scene = Scene::by_chance(&mut choices, shape);
            if let Err(broken) = check(&scene, &mut choices) {
                panic!("seed {seed}: {broken}");
            }
        }
    }
}
