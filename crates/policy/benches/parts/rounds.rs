//! Times in turns: each round takes one batch of each thing that is timed, so that all see the same machine.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Something that is timed: one call does `per_call` things, and says how many of them came out right.
pub struct Timed<'a> {
    pub per_call: usize,
    pub call: Box<dyn FnMut() -> usize + 'a>,
}

impl<'a> Timed<'a> {
    pub fn new(per_call: usize, call: impl FnMut() -> usize + 'a) -> Self {
        Self {
            per_call,
            call: Box::new(call),
        }
    }
}

/// Shortest time of one batch, so that the clock's own cost doesn't count.
const BATCH: Duration = Duration::from_micros(400);

/// Nanoseconds for one of each, the median over the rounds.
pub fn medians(timed: &mut [Timed<'_>], rounds: usize) -> Vec<f64> {
    let calls: Vec<usize> = timed.iter_mut().map(calls_in_a_batch).collect();
    let mut times = vec![Vec::with_capacity(rounds); timed.len()];
    for _ in 0..rounds {
        for ((timed, calls), times) in timed.iter_mut().zip(&calls).zip(&mut times) {
            times.push(batch(timed, *calls).as_nanos() as f64 / (calls * timed.per_call) as f64);
        }
    }
    times
        .iter_mut()
        .map(|times| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        })
        .collect()
}

fn calls_in_a_batch(timed: &mut Timed<'_>) -> usize {
    let mut calls = 1;
    while batch(timed, calls) < BATCH {
        calls *= 2;
    }
    calls
}

fn batch(timed: &mut Timed<'_>, calls: usize) -> Duration {
    let started = Instant::now();
    let mut right = 0;
    for _ in 0..calls {
        right += black_box((timed.call)());
    }
    let time = started.elapsed();
    assert_eq!(right, calls * timed.per_call, "a wrong decision");
    time
}
