//! Set operators in terms of single values, as the IAM user guide defines them ("Single-valued vs. multivalued context
//! keys"), for engines that have none: every value of a multivalued key becomes a key of its own.

use anyrole_policy_proof::{Document, Family, KeyValue, Quantifier, Question, Scene, Statement};

/// The same scene without set operators and multivalued keys.
pub fn to_single_values(scene: &Scene) -> Scene {
    let mut reduced = scene.clone();
    let mut made = Vec::new();
    for document in reduced.documents_mut() {
        reduce_document(document, &scene.question, &mut made);
    }
    let keys = std::mem::take(&mut reduced.question.keys.0);
    for (key, value) in keys {
        let one = match value {
            KeyValue::One(text) => Some(text),
            // For Null: whether the key is there.
            KeyValue::Many(texts) => texts.into_iter().next(),
        };
        if let Some(text) = one {
            reduced.question.keys.0.insert(key, KeyValue::One(text));
        }
    }
    reduced.question.keys.0.extend(made);
    reduced
}

/// Keys of single values.
type Made = Vec<(String, KeyValue)>;

fn reduce_document(document: &mut Document, question: &Question, made: &mut Made) {
    let statements = std::mem::take(&mut document.statements);
    for statement in statements {
        let reduced = reduce_statement(statement, question, made);
        document.statements.extend(reduced);
    }
}

fn reduce_statement(
    mut statement: Statement,
    question: &Question,
    made: &mut Made,
) -> Vec<Statement> {
    let conditions = std::mem::take(&mut statement.conditions);
    let mut alternatives = vec![statement];
    for condition in conditions {
        assert!(condition.quantifier.is_none() || condition.operator.family != Family::Null);
        let Some(quantifier) = condition.quantifier else {
            for statement in &mut alternatives {
                statement.conditions.push(condition.clone());
            }
            continue;
        };
        let texts = match question.keys.0.get(&condition.key.to_ascii_lowercase()) {
            Some(KeyValue::Many(texts)) => texts.as_slice(),
            Some(KeyValue::One(_)) => panic!("a set operator on a single value"),
            None => &[],
        };
        let count = texts.len();
        let first = made.len();
        for (text, index) in texts.iter().zip(first..) {
            let key = format!("{}#{index}", condition.key.to_ascii_lowercase());
            made.push((key, KeyValue::One(text.clone())));
        }
        let of_value = |index: usize| {
            let mut one = condition.clone();
            one.quantifier = None;
            one.key.clone_from(&made[first + index].0);
            one
        };
        match quantifier {
            _ if count == 0 && (condition.if_exists || quantifier == Quantifier::All) => {}
            Quantifier::All => {
                for statement in &mut alternatives {
                    statement.conditions.extend((0..count).map(of_value));
                }
            }
            Quantifier::Any => {
                let before = std::mem::take(&mut alternatives);
                for statement in before {
                    alternatives.extend((0..count).map(|index| {
                        let mut one = statement.clone();
                        one.conditions.push(of_value(index));
                        one
                    }));
                }
            }
        }
    }
    alternatives
}
