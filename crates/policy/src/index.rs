//! Which statements of many may concern a request: built once from the statements' actions and resources; an action and
//! a resource go in, candidates come out, each of which `evaluate.rs` weighs in full. Never leaves out one that matches.
//!
//! A statement stands under pairs of keys, one of its actions (a name, a service, or any) and one of its resources (a
//! whole ARN, the start of one up to a `:` or `/`, or any). A request looks up the pairs that it could stand under.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::action::ActionScope;
use crate::arn::ResourceScope;
use crate::document::Statement;

/// A statement by the places of its policy and of itself.
pub(crate) type Place = (u32, u32);

/// Pairs of keys for one statement; with more, one of the two keys is dropped.
const MAX_PAIRS: usize = 256;
/// Fewer statements than this are looked through one by one.
const FEW: usize = 9;

const ANY: u64 = 0;
const WHOLE: u64 = 0x9E37_79B9_7F4A_7C15;
const START: u64 = 0xC2B2_AE3D_27D4_EB4F;
const FACTOR: u64 = 0x517C_C1B7_2722_0A95;

#[derive(Debug)]
pub(crate) struct Index {
    /// Where in `places` the statements under a pair of keys stand.
    ranges: HashMap<u64, (u32, u32), BuildHasherDefault<Hashed>>,
    places: Box<[Place]>,
    /// Lengths of the starts of ARNs that statements stand under, each once, ascending.
    start_lengths: Vec<usize>,
    longest_whole: usize,
    has_any_resource: bool,
}

impl Index {
    /// `None` where an index would gain nothing.
    pub fn build<'s>(
        statements: impl Iterator<Item = (Place, &'s Statement)> + Clone,
    ) -> Option<Self> {
        statements.clone().nth(FEW - 1)?;
        let mut index = Self {
            ranges: HashMap::default(),
            places: Box::default(),
            start_lengths: Vec::new(),
            longest_whole: 0,
            has_any_resource: false,
        };
        let mut standing = Vec::new();
        for (place, statement) in statements {
            let pairs = index.pairs(statement).into_iter();
            standing.extend(pairs.map(|pair| (pair, place)));
        }
        standing.sort_unstable();
        standing.dedup();
        for ((pair, _), at) in standing.iter().zip(0_u32..) {
            index.ranges.entry(*pair).or_insert((at, at)).1 = at + 1;
        }
        index.ranges.shrink_to_fit();
        index.places = standing.into_iter().map(|(_, place)| place).collect();
        index.start_lengths.sort_unstable();
        index.start_lengths.dedup();
        index.start_lengths.shrink_to_fit();
        Some(index)
    }

    fn pairs(&mut self, statement: &Statement) -> Vec<u64> {
        let mut actions = action_keys(statement);
        let mut resources = self.resource_keys(statement);
        if actions.len() * resources.len() > MAX_PAIRS {
            actions = vec![ANY];
        }
        if resources.len() > MAX_PAIRS {
            resources = vec![ANY];
        }
        self.has_any_resource |= resources.contains(&ANY);
        let mut pairs = Vec::with_capacity(actions.len() * resources.len());
        for resource in resources {
            pairs.extend(actions.iter().map(|action| pair(*action, resource)));
        }
        pairs
    }

    fn at(&self, pair: u64) -> &[Place] {
        let range = self.ranges.get(&pair).and_then(|(start, end)| {
            let (start, end) = (usize::try_from(*start).ok()?, usize::try_from(*end).ok()?);
            self.places.get(start..end)
        });
        range.unwrap_or_default()
    }

    fn resource_keys(&mut self, statement: &Statement) -> Vec<u64> {
        let Some(clause) = statement
            .resources
            .as_ref()
            .filter(|clause| !clause.negated)
        else {
            return vec![ANY];
        };
        let mut keys: Vec<u64> = clause
            .patterns
            .iter()
            .map(|pattern| match pattern.scope() {
                ResourceScope::Any => ANY,
                ResourceScope::Whole(text) => {
                    self.longest_whole = self.longest_whole.max(text.len());
                    hash(WHOLE, text.as_bytes())
                }
                ResourceScope::Start(text) => {
                    self.start_lengths.push(text.len());
                    hash(START, text.as_bytes())
                }
            })
            .collect();
        only_any(&mut keys);
        keys
    }

    /// Hands the candidates to `look` until it says stop.
    pub fn candidates(&self, action: &str, resource: &str, mut look: impl FnMut(Place) -> bool) {
        let service = action.find(':').map_or(0, |colon| colon + 1);
        let service = action.get(..service).unwrap_or_default();
        let actions = [
            ANY,
            hash_lower(service.as_bytes()),
            hash_lower(action.as_bytes()),
        ];
        let bytes = resource.as_bytes();
        let starts = self.start_lengths.iter().filter_map(|length| {
            let start = bytes.get(..*length)?;
            matches!(start.last(), Some(b':' | b'/')).then(|| hash(START, start))
        });
        let whole = (bytes.len() <= self.longest_whole).then(|| hash(WHOLE, bytes));
        let any = self.has_any_resource.then_some(ANY);
        for resource in any.into_iter().chain(starts).chain(whole) {
            for action in actions {
                for place in self.at(pair(action, resource)) {
                    if !look(*place) {
                        return;
                    }
                }
            }
        }
    }
}

fn action_keys(statement: &Statement) -> Vec<u64> {
    if statement.actions.negated {
        return vec![ANY];
    }
    let mut keys: Vec<u64> = statement
        .actions
        .patterns
        .iter()
        .map(|pattern| match pattern.scope() {
            ActionScope::Any => ANY,
            ActionScope::Service(text) | ActionScope::Name(text) => hash_lower(text.as_bytes()),
        })
        .collect();
    only_any(&mut keys);
    keys
}

/// Any includes the others.
fn only_any(keys: &mut Vec<u64>) {
    if keys.contains(&ANY) {
        *keys = vec![ANY];
    }
    keys.sort_unstable();
    keys.dedup();
}

fn pair(action: u64, resource: u64) -> u64 {
    let mixed = (action ^ resource.rotate_left(32)).wrapping_mul(FACTOR);
    mixed ^ (mixed >> 32)
}

/// Eight bytes at a time. Equal keys of unequal texts only cost: candidates are weighed in full.
fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let mut words = bytes.chunks_exact(8);
    let mut state = seed ^ (bytes.len() as u64);
    for word in &mut words {
        state = step(state, word);
    }
    let state = step(state, words.remainder());
    (state ^ (state >> 29)).wrapping_mul(WHOLE)
}

fn hash_lower(bytes: &[u8]) -> u64 {
    let mut state = bytes.len() as u64;
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        for (lower, byte) in word.iter_mut().zip(chunk) {
            *lower = byte.to_ascii_lowercase();
        }
        state = step(state, &word);
    }
    (state ^ (state >> 29)).wrapping_mul(START)
}

fn step(state: u64, bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    for (slot, byte) in word.iter_mut().zip(bytes) {
        *slot = *byte;
    }
    (state.rotate_left(23) ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR)
}

/// The keys are hashes already.
#[derive(Debug, Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::{Policy, PolicyKind, PolicySet};

    /// Four families of statements that don't concern the request, each in a way of its own.
    fn set(count: usize) -> PolicySet {
        let policy = |n: usize| {
            let (action, resource) = match n % 4 {
                0 => (format!("s3:Get{n}"), "*".to_owned()),
                1 => (
                    "s3:GetObject".to_owned(),
                    format!("arn:aws:s3:::bucket-{n}/*"),
                ),
                2 => (
                    "s3:*".to_owned(),
                    format!("arn:aws:s3:::bucket/team-{n}/${{aws:username}}/*"),
                ),
                _ => (format!("service{n}:*"), "arn:aws:s3:::bucket/*".to_owned()),
            };
            let text = format!(
                r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "{action}", "Resource": "{resource}"}}}}"#
            );
            Arc::new(Policy::parse(&text, PolicyKind::Identity).unwrap())
        };
        PolicySet::new((0..count).map(policy).collect())
    }

    fn looked_at(set: &PolicySet, action: &str, resource: &str) -> usize {
        let mut count = 0;
        set.index().unwrap().candidates(action, resource, |_| {
            count += 1;
            true
        });
        count
    }

    #[test]
    fn policies_that_do_not_concern_a_request_are_not_looked_at() {
        for count in [10, 1_000] {
            let set = set(count);
            assert_eq!(
                looked_at(&set, "s3:GetObject", "arn:aws:s3:::bucket/mine"),
                0
            );
            assert_eq!(
                looked_at(&set, "S3:getobject", "arn:aws:s3:::bucket-5/a"),
                1
            );
            assert_eq!(
                looked_at(&set, "s3:Put", "arn:aws:s3:::bucket/team-6/ann/a"),
                1
            );
            assert_eq!(looked_at(&set, "service7:X", "arn:aws:s3:::bucket/a"), 1);
            assert_eq!(looked_at(&set, "S3:GET8", "arn:aws:s3:::other"), 1);
        }
    }

    #[test]
    fn few_statements_have_no_index() {
        assert!(set(8).index().is_none());
        assert!(set(9).index().is_some());
    }
}
