//! Any text as a policy document of every kind: never a panic, refusals that point into the text, and what is taken
//! reads the same for serde_json and decides the same when that writes it again.
#![no_main]

use std::sync::Arc;

use anyrole_policy::{Decision, Layers, ParseError, Policy, PolicyKind, evaluate, explain};
use anyrole_policy_proof::{Asker, Choices, Question};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const KINDS: [PolicyKind; 6] = [
    PolicyKind::Identity,
    PolicyKind::Trust,
    PolicyKind::Session,
    PolicyKind::Resource,
    PolicyKind::ServiceControl,
    PolicyKind::ResourceControl,
];

fuzz_target!(|bytes: &[u8]| {
    // Bytes as characters up to U+00FF, which are those that a policy may have.
    let text: String = bytes.iter().copied().map(char::from).collect();
    let tree: Result<Value, _> = serde_json::from_str(&text);
    for kind in KINDS {
        match (Policy::parse(&text, kind), &tree) {
            (Ok(policy), Ok(tree)) => taken(policy, tree, kind, &text),
            (Ok(_), Err(error)) => panic!("taken, but no JSON: {error}\n{text}"),
            (Err(error), _) => refused(&error, &text),
        }
    }
});

fn refused(error: &ParseError, text: &str) {
    let lines: Vec<_> = text.split('\n').collect();
    let line = lines.get(error.line.wrapping_sub(1));
    let width = line.map(|line| line.chars().count());
    assert!(
        width.is_some_and(|width| (1..=width + 1).contains(&error.column)),
        "{error:?} is not in\n{text}"
    );
    assert!(
        !error.message.is_empty() && !error.cure.is_empty(),
        "{error:?}"
    );
}

fn taken(policy: Policy, tree: &Value, kind: PolicyKind, text: &str) {
    let again = [ascii(&tree.to_string()), ascii(&format!("{tree:#}"))].map(|text| {
        Policy::parse(&text, kind).unwrap_or_else(|error| panic!("written again: {error}\n{text}"))
    });
    assert!(policy.minified_len() <= text.chars().count());
    for other in &again {
        assert_eq!(other.version(), policy.version());
        assert_eq!(other.id(), policy.id());
        assert_eq!(other.statement_count(), policy.statement_count());
        assert_eq!(other.minified_len(), again[0].minified_len());
    }
    let [compact, pretty] = again;
    let policies = [policy, compact, pretty].map(Arc::new);
    for (seed, asker) in (0..).zip(Asker::ALL) {
        let question = Question::by_chance(&mut Choices::of_seed(seed), asker);
        let decisions = policies
            .each_ref()
            .map(|policy| decide(policy, kind, &question));
        assert_eq!(decisions[0], decisions[1], "{text}");
        assert_eq!(decisions[0], decisions[2], "{text}");
    }
}

fn decide(policy: &Arc<Policy>, kind: PolicyKind, question: &Question) -> Decision {
    let policies = std::slice::from_ref(policy);
    let levels = [policies.into()];
    let mut layers = Layers::default();
    match kind {
        PolicyKind::Identity => layers.identity = policies.into(),
        PolicyKind::Session => layers.session = Some(policies.into()),
        PolicyKind::Trust | PolicyKind::Resource => layers.resource = Some(policy),
        PolicyKind::ServiceControl => layers.service_control = &levels,
        PolicyKind::ResourceControl => layers.resource_control = &levels,
    }
    let decision = evaluate(&question.request(), &layers);
    assert_eq!(explain(&question.request(), &layers).decision, decision);
    decision
}

/// Escapes what a document may only have as an escape.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() && c != '\u{7f}' {
            text.push(c);
        } else {
            let mut halves = [0; 2];
            for half in c.encode_utf16(&mut halves) {
                text.push_str(&format!("\\u{half:04x}"));
            }
        }
    }
    text
}
