//! Decisions beside the cedar-policy crate's: the same questions, decided in turns in one run, with policies, entities
//! and requests built outside of the timing. `cargo bench --manifest-path tools/beside-cedar/Cargo.toml`. Fails where a
//! typical decision costs half of Cedar's or more, where it isn't flat, or where it allocates.

#[path = "../../../crates/policy/benches/parts/mod.rs"]
mod parts;

use std::collections::{HashMap, HashSet};
use std::process::ExitCode;
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use parts::questions::{
    ASKED, ASKED_OF_MANY, Elsewhere, Ours, Question, Statement, iam_text, large, many, typical,
};
use parts::rounds::{Timed, medians};

const ROUNDS: usize = 300;
/// The most that a typical decision may cost, in times of Cedar's.
const HALF: f64 = 0.5;
/// The most that a thousand policies may cost, in times of ten.
const FLAT: f64 = 1.2;

/// Cedar's side: policies, the entities of principal, buckets and objects, and the requests.
struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    requests: Vec<(Request, bool)>,
}

fn uid(text: &str) -> EntityUid {
    EntityUid::from_str(text).expect("an entity of ours")
}

fn cedar_text(policies: &[Vec<Statement>]) -> String {
    let texts: Vec<_> = policies.iter().flatten().map(Statement::cedar).collect();
    texts.join("\n")
}

impl Cedar {
    fn new(policies: &[Vec<Statement>], questions: &[Question]) -> Self {
        let team = RestrictedExpression::new_string("red".to_owned());
        let role = Entity::new(
            uid("Role::\"app\""),
            HashMap::from([("team".to_owned(), team)]),
            HashSet::new(),
        );
        let mut entities = HashMap::from([(uid("Role::\"app\""), role.expect("a role"))]);
        let mut requests = Vec::new();
        for question in questions {
            let bucket = uid(&format!("Bucket::\"{}\"", question.bucket));
            entities.insert(
                bucket.clone(),
                Entity::new_no_attrs(bucket.clone(), HashSet::new()),
            );
            let resource = match question.object {
                None => bucket,
                Some(object) => {
                    let object = uid(&format!("Object::\"{}/{object}\"", question.bucket));
                    let entity = Entity::new_no_attrs(object.clone(), HashSet::from([bucket]));
                    entities.insert(object.clone(), entity);
                    object
                }
            };
            let context = Context::from_pairs([
                (
                    "secure_transport".to_owned(),
                    RestrictedExpression::new_bool(true),
                ),
                (
                    "prefix".to_owned(),
                    RestrictedExpression::new_string("2030/01".to_owned()),
                ),
            ]);
            let request = Request::new(
                uid("Role::\"app\""),
                uid(&format!("Action::\"{}\"", question.action)),
                resource,
                context.expect("a context"),
                None,
            );
            requests.push((request.expect("a request"), question.allowed));
        }
        Self {
            authorizer: Authorizer::new(),
            policies: PolicySet::from_str(&cedar_text(policies)).expect("policies of ours"),
            entities: Entities::from_entities(entities.into_values(), None).expect("entities"),
            requests,
        }
    }

    fn decide(&self) -> usize {
        let right = self.requests.iter().filter(|(request, allowed)| {
            let response = self
                .authorizer
                .is_authorized(request, &self.policies, &self.entities);
            (response.decision() == Decision::Allow) == *allowed
        });
        right.count()
    }
}

/// Nanoseconds of both, and how many times ours allocates.
fn beside(policies: &[Vec<Statement>], questions: &[Question], rounds: usize) -> (f64, f64, u64) {
    let (ours, cedar) = (
        Ours::new(policies, questions),
        Cedar::new(policies, questions),
    );
    let mut timed = [
        Timed::new(ours.questions(), || ours.decide()),
        Timed::new(questions.len(), || cedar.decide()),
    ];
    let times = medians(&mut timed, rounds);
    let counted = allocation_counter::measure(|| {
        ours.decide();
    });
    (times[0], times[1], counted.count_total)
}

fn main() -> ExitCode {
    let mut failures = Vec::new();
    println!(
        "| decision | ours, ns | Cedar, ns | ours : Cedar | our allocations |\n|--|--|--|--|--|"
    );
    for (name, role) in [
        ("typical role, 10 statements", typical()),
        ("large role, 200 statements", large()),
    ] {
        let (ours, cedar, allocations) = beside(&role, &ASKED, ROUNDS);
        let ratio = ours / cedar;
        println!("| {name} | {ours:.0} | {cedar:.0} | {ratio:.3} | {allocations} |");
        if allocations != 0 {
            failures.push(format!("{name}: a decision allocates"));
        }
        if ratio >= HALF {
            failures.push(format!("{name}: {ratio:.2} of Cedar's"));
        }
    }
    for (elsewhere, name) in Elsewhere::ALL {
        let mut times = Vec::new();
        for count in [1, 10, 100, 1_000] {
            let rounds = if count == 1_000 { ROUNDS / 10 } else { ROUNDS };
            let (ours, cedar, allocations) =
                beside(&many(count, elsewhere), &ASKED_OF_MANY, rounds);
            let ratio = ours / cedar;
            println!(
                "| {count} policies, {name} | {ours:.0} | {cedar:.0} | {ratio:.3} | {allocations} |"
            );
            times.push(ours);
        }
        // For the bound all four sizes are timed in turns, without Cedar between them.
        let sets = [10, 1_000].map(|count| Ours::new(&many(count, elsewhere), &ASKED_OF_MANY));
        let mut timed = sets
            .each_ref()
            .map(|ours| Timed::new(ours.questions(), || ours.decide()));
        let flat = medians(&mut timed, ROUNDS);
        let ratio = flat[1] / flat[0];
        println!("| {name}: 1000 policies in times of 10 | | | {ratio:.2} | |");
        if ratio > FLAT {
            failures.push(format!(
                "{name}: {ratio:.2} times as much with 1000 policies as with 10"
            ));
        }
    }
    println!("\n| parsing, µs | ours | Cedar |\n|--|--|--|");
    for (name, role) in [("typical role", typical()), ("large role", large())] {
        let texts: Vec<_> = role.iter().map(|policy| iam_text(policy)).collect();
        let cedar = cedar_text(&role);
        let mut timed = [
            Timed::new(1, || {
                let parsed = texts.iter().filter(|text| {
                    anyrole_policy::Policy::parse(text, anyrole_policy::PolicyKind::Identity)
                        .is_ok()
                });
                usize::from(parsed.count() == texts.len())
            }),
            Timed::new(1, || usize::from(PolicySet::from_str(&cedar).is_ok())),
        ];
        let times = medians(&mut timed, 30);
        println!("| {name} | {:.1} | {:.1} |", times[0] / 1e3, times[1] / 1e3);
    }
    for failure in &failures {
        println!("\nFAILED: {failure}");
    }
    match failures.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
