//! Batches that take turns enter; the shortest and the median time of one operation, and ratios, leave.

use std::time::{Duration, Instant};

/// The times of one kind of operation: one for each batch, in nanoseconds for one operation.
#[derive(Debug, Default)]
pub struct Series(Vec<f64>);

impl Series {
    /// Adds a batch.
    pub fn add(&mut self, batch: Duration, operations: usize) {
        self.0
            .push(batch.as_secs_f64() * 1e9 / operations.max(1) as f64);
    }

    /// Times `work` as a batch of `operations`.
    pub fn time<T>(&mut self, operations: usize, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let result = work();
        self.add(begun.elapsed(), operations);
        result
    }

    /// The shortest batch, µs for one operation.
    pub fn minimum(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min) / 1e3
    }

    /// The batch in the middle, µs for one operation.
    pub fn median(&self) -> f64 {
        median(self.0.clone()) / 1e3
    }

    /// How many times `bare` this took: the median of the ratios of batches that ran one after the other.
    pub fn ratio_to(&self, bare: &Self) -> f64 {
        median(
            self.0
                .iter()
                .zip(&bare.0)
                .map(|(this, bare)| this / bare)
                .collect(),
        )
    }
}

/// The value in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
