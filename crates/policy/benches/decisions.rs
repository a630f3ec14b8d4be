//! What a decision costs, and what a policy costs to parse and to keep. `cargo bench -p anyrole-policy`; beside Cedar in
//! `tools/beside-cedar`. Fails where a decision allocates, or costs more with policies that don't concern it.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark"
)]

mod parts;

use std::process::ExitCode;
use std::sync::Arc;

use anyrole_policy::{Policy, PolicyKind, PolicySet};
use parts::questions::{
    ASKED, ASKED_OF_MANY, Elsewhere, Ours, Statement, iam_text, large, many, typical,
};
use parts::rounds::{Timed, medians};

const ROUNDS: usize = 400;
/// The most that a thousand policies may cost, measured in times of ten.
const FLAT: f64 = 1.2;

fn main() -> ExitCode {
    let roles = [
        ("typical, 10 statements", typical()),
        ("large, 200 statements", large()),
    ];
    let mut failed = false;
    println!("| role | ns a decision | allocations |\n|--|--|--|");
    let indexed: [(usize, bool); 4] = [(0, false), (0, true), (1, false), (1, true)];
    let ours = indexed.map(|(role, is_list)| {
        let mut ours = Ours::new(&roles[role].1, &ASKED);
        ours.is_list = is_list;
        ours
    });
    let names = indexed.map(|(role, _)| roles[role].0);
    let mut timed: Vec<_> = ours
        .iter()
        .map(|ours| Timed::new(ours.questions(), || ours.decide()))
        .collect();
    for ((name, nanoseconds), ours) in names.iter().zip(medians(&mut timed, ROUNDS)).zip(&ours) {
        let how = if ours.is_list { ", as a list" } else { "" };
        let allocations = allocation_counter::measure(|| {
            ours.decide();
        })
        .count_total;
        println!("| {name}{how} | {nanoseconds:.0} | {allocations} |");
        failed |= allocations != 0;
    }
    failed |= !flat();
    kept(&roles);
    match failed {
        true => {
            println!("\nFAILED: a decision allocates, or is not flat");
            ExitCode::FAILURE
        }
        false => ExitCode::SUCCESS,
    }
}

/// One policy that concerns the request, among others that don't.
fn flat() -> bool {
    println!(
        "\n| policies that don't concern the request | 1 | 10 | 100 | 1000 | 1000 : 10 |\n|--|--|--|--|--|--|"
    );
    let mut is_flat = true;
    for (elsewhere, name) in Elsewhere::ALL {
        let sets =
            [1, 10, 100, 1_000].map(|count| Ours::new(&many(count, elsewhere), &ASKED_OF_MANY));
        let mut timed: Vec<_> = sets
            .iter()
            .map(|ours| Timed::new(ours.questions(), || ours.decide()))
            .collect();
        let times = medians(&mut timed, ROUNDS);
        let ratio = times[3] / times[1];
        println!(
            "| {name} | {:.0} | {:.0} | {:.0} | {:.0} | {ratio:.2} |",
            times[0], times[1], times[2], times[3]
        );
        is_flat &= ratio <= FLAT;
    }
    is_flat
}

/// Parsing, the index, and memory.
fn kept(roles: &[(&str, Vec<Vec<Statement>>)]) {
    println!(
        "\n| role | characters | parse, µs | set, µs | bytes kept | of them the index |\n|--|--|--|--|--|--|"
    );
    for (name, role) in roles {
        let texts: Vec<String> = role.iter().map(|policy| iam_text(policy)).collect();
        let parse = || -> Vec<Arc<Policy>> {
            let parsed = texts.iter().map(|text| {
                Arc::new(Policy::parse(text, PolicyKind::Identity).expect("a policy of ours"))
            });
            parsed.collect()
        };
        let policies = parse();
        let mut timed = [
            Timed::new(1, || usize::from(parse().len() == texts.len())),
            Timed::new(1, || {
                usize::from(PolicySet::new(policies.clone()).policies().len() == texts.len())
            }),
        ];
        let times = medians(&mut timed, ROUNDS / 4);
        let mut parsed = Vec::new();
        let bytes = allocation_counter::measure(|| parsed = parse()).bytes_current;
        let mut set = PolicySet::default();
        let index = allocation_counter::measure(|| set = PolicySet::new(parsed)).bytes_current;
        let characters: usize = texts.iter().map(String::len).sum();
        println!(
            "| {name} | {characters} | {:.1} | {:.1} | {} | {index} |",
            times[0] / 1_000.0,
            times[1] / 1_000.0,
            bytes + index
        );
        drop(set);
    }
}
