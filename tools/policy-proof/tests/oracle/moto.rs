//! moto's IAM, as far as it enforces identity policies: effects, Action, NotAction and Resource, without conditions, and in
//! its own patterns, which are Python's regular expressions with `*` for `.*`.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use anyrole_policy_proof::{Choices, Document, Scene, Shape, fill};
use anyrole_testkit::PythonTools;
use serde_json::{Value, json};

use crate::Outcome;

const CASES: u64 = 20_000;

#[test]
fn moto() {
    let scenes: Vec<_> = (2_000_000..2_000_000 + CASES).map(scene).collect();
    let outcomes: Vec<Outcome> = scenes
        .iter()
        .map(|scene| scene.decide().unwrap().into())
        .collect();
    let count = |wanted| {
        outcomes
            .iter()
            .filter(|outcome| **outcome == wanted)
            .count()
    };
    let (allowed, denied) = (count(Outcome::Allow), count(Outcome::ExplicitDeny));
    assert!(
        allowed * 5 >= scenes.len() && denied * 5 >= scenes.len(),
        "{allowed} {denied}"
    );
    let as_written = scenes.iter().map(|scene| case(scene, Document::to_json));
    let as_meant = scenes.iter().map(|scene| {
        let mut lower = scene.clone();
        lower.question.action.make_ascii_lowercase();
        case(&lower, |document| meant(document, scene))
    });
    let answers = ask(&as_written.chain(as_meant).collect::<Vec<_>>());
    let (written, meant) = answers.split_at(scenes.len());
    let mut settled = BTreeMap::<_, usize>::new();
    for (index, outcome) in outcomes.iter().enumerate() {
        let by = match (
            written[index] == Some(*outcome),
            meant[index] == Some(*outcome),
        ) {
            (true, _) => "nothing to settle",
            (false, true) => "patterns ignore case and are no regular expressions",
            (false, false) => {
                let theirs = meant[index];
                panic!(
                    "seed {}: {outcome:?}, but {theirs:?} for\n{}",
                    2_000_000 + index,
                    scenes[index]
                );
            }
        };
        *settled.entry(by).or_default() += 1;
    }
    println!("{settled:?}");
    assert_eq!(settled.len(), 2);
}

/// A scene of one identity policy that moto reads whole.
fn scene(seed: u64) -> Scene {
    let mut scene = Scene::by_chance(&mut Choices::of_seed(seed), Shape::default());
    for document in scene.documents_mut() {
        for statement in &mut document.statements {
            statement.conditions.clear();
            statement.resource.negated = false;
        }
    }
    scene
}

fn case(scene: &Scene, policy: impl Fn(&Document) -> Value) -> Value {
    json!({
        "policy": policy(&scene.identity[0]),
        "action": scene.question.action,
        "resource": scene.question.resource,
    })
}

/// The policy in moto's patterns: actions in lower case, variables filled in, no wildcard over a colon before the last
/// part.
fn meant(document: &Document, scene: &Scene) -> Value {
    let mut turned = document.clone();
    for statement in &mut turned.statements {
        for action in &mut statement.action.values {
            *action = pattern(&action.to_ascii_lowercase(), false, ".");
        }
        for resource in &mut statement.resource.values {
            let filled = match document.has_variables() {
                true => fill(resource, &scene.question.keys),
                false => Some(resource.clone()),
            };
            *resource = match filled {
                None => "a variable without a value".to_owned(),
                Some(star) if star == "*" => star,
                Some(arn) => arn_pattern(&arn, document.has_variables()),
            };
        }
    }
    turned.to_json()
}

fn arn_pattern(arn: &str, has_escapes: bool) -> String {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let parts = parts.iter().enumerate().map(|(index, part)| match index {
        5 => pattern(part, has_escapes, "."),
        _ => pattern(part, has_escapes, "[^:]"),
    });
    parts.collect::<Vec<_>>().join(":")
}

/// A pattern as a regular expression without a star, which moto would turn; `one` is any character.
fn pattern(text: &str, has_escapes: bool, one: &str) -> String {
    let mut expression = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let escape = ["${*}", "${?}", "${$}"]
            .into_iter()
            .find(|e| has_escapes && rest.starts_with(e));
        let (literal, length) = match escape {
            Some(escape) => (escape.chars().nth(2).unwrap(), escape.len()),
            None => (c, c.len_utf8()),
        };
        match c {
            '*' => expression.push_str(&format!("{one}{{0,}}")),
            '?' => expression.push_str(one),
            _ if literal.is_ascii_alphanumeric() || !literal.is_ascii() => expression.push(literal),
            _ => expression.push_str(&format!("\\x{:02x}", u32::from(literal))),
        }
        rest = &rest[length..];
    }
    expression
}

/// `None` where it fails.
fn ask(cases: &[Value]) -> Vec<Option<Outcome>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/ask_moto.py");
    let mut child = Command::new(PythonTools::with_moto().unwrap().python())
        .args(["-B", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines: String = cases.iter().map(|case| format!("{case}\n")).collect();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let outcomes: Vec<_> = text
        .lines()
        .map(|line| match line {
            "PERMITTED" => Some(Outcome::Allow),
            "DENIED" => Some(Outcome::ExplicitDeny),
            "NEUTRAL" => Some(Outcome::ImplicitDeny),
            "ERROR" => None,
            other => panic!("moto says {other}"),
        })
        .collect();
    assert_eq!(outcomes.len(), cases.len());
    outcomes
}
