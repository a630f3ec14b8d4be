//! For any honest chain, in any order, with any strangers and duplicates added, the answer is the same; and no strangers
//! make up for an intermediate that is missing.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod made;

use std::sync::Arc;

use anyrole_x509::{
    AnchorCertificates, PresentedChain, Revocation, VerifiedChain, sha256_fingerprint, verify_chain,
};
use made::{Authority, ca_params, key, noon};
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use proptest::test_runner::{Config, TestRunner};
use rcgen::date_time_ymd;

/// An honest line of CAs with a leaf under each of them, and strangers.
struct World {
    anchor: AnchorCertificates,
    /// Top first.
    intermediates: Vec<Authority>,
    /// The leaf under the root, then the one under each intermediate.
    leaves: Vec<Vec<u8>>,
    strangers: Vec<Vec<u8>>,
    root: Authority,
}

impl World {
    fn new() -> Self {
        let root = Authority::root("Root");
        let mut intermediates: Vec<Authority> = Vec::new();
        let mut leaves = vec![root.leaf("leaf")];
        for depth in 1..=4 {
            let above = intermediates.last().unwrap_or(&root);
            let next = above.intermediate(&format!("Intermediate {depth}"));
            leaves.push(next.leaf("leaf"));
            intermediates.push(next);
        }
        let other = Authority::root("Other");
        let mut expired = ca_params("Intermediate 1");
        expired.not_after = date_time_ymd(2030, 2, 1);
        let expired = root.sign(&expired, intermediates[0].issuer.key());
        let mut cut = intermediates[1].der.clone();
        cut[20] ^= 0xff;
        let strangers = vec![
            other.der.clone(),
            other.leaf("leaf"),
            other.intermediate("Intermediate 1").der,
            other.intermediate("Intermediate 3").der,
            Authority::root("Root").der,
            Authority::root("Intermediate 2").der,
            root.leaf("another leaf"),
            root.intermediate("Unneeded").der,
            // A CA of an intermediate's name that the root knows too, and the same CA's former certificate.
            root.intermediate("Intermediate 2").der,
            expired,
            root.sign(&made::leaf_params("Intermediate 2"), &key()),
            cut,
            vec![0x30, 0x03, 0x02, 0x01, 0x00],
        ];
        Self {
            anchor: root.anchor(),
            intermediates,
            leaves,
            strangers,
            root,
        }
    }

    fn verify(&self, leaf: &[u8], chain: &[Vec<u8>]) -> Result<VerifiedChain, String> {
        let presented = PresentedChain::from_der(leaf.to_vec(), chain.to_vec()).unwrap();
        verify_chain(&presented, &self.anchor, &Revocation::NONE, noon())
            .map_err(|refusal| refusal.to_string())
    }

    fn honest(&self, depth: usize) -> Vec<Vec<u8>> {
        let below = self.intermediates.iter().take(depth);
        below.map(|authority| authority.der.clone()).collect()
    }

    /// The honest chain, as many strangers and repetitions as there is room for, in some order.
    fn presented(&self, chosen: &Chosen, honest: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut chain = honest.to_vec();
        let room = 5 - chain.len();
        let mut clutter: Vec<Vec<u8>> = chosen
            .strangers
            .iter()
            .map(|stranger| self.strangers[*stranger].clone())
            .collect();
        clutter.push(self.leaves[chosen.depth].clone());
        clutter.push(self.root.der.clone());
        clutter.extend(honest.iter().cloned());
        for pick in chosen.picks.iter().take(room) {
            chain.push(clutter[pick.index(clutter.len())].clone());
        }
        let mut ordered = Vec::new();
        for pick in &chosen.order {
            if !chain.is_empty() {
                let next = pick.index(chain.len());
                ordered.push(chain.remove(next));
            }
        }
        ordered
    }
}

#[derive(Clone, Debug)]
struct Chosen {
    depth: usize,
    missing: Index,
    strangers: Vec<usize>,
    picks: Vec<Index>,
    order: Vec<Index>,
}

fn chosen() -> impl Strategy<Value = Chosen> {
    (
        0..=4_usize,
        any::<Index>(),
        subsequence((0..13).collect::<Vec<usize>>(), 0..=5),
        proptest::collection::vec(any::<Index>(), 0..=5),
        proptest::collection::vec(any::<Index>(), 5),
    )
        .prop_map(|(depth, missing, strangers, picks, order)| Chosen {
            depth,
            missing,
            strangers,
            picks,
            order,
        })
}

fn run(check: impl Fn(Chosen) -> Result<(), TestCaseError>) {
    let config = Config {
        cases: 2000,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config).run(&chosen(), check).unwrap();
}

#[test]
fn strangers_and_order_change_nothing() {
    let world = World::new();
    assert_eq!(world.strangers.len(), 13);
    let expected: Vec<Arc<[[u8; 32]]>> = (0..=4)
        .map(|depth| {
            let verified = world.verify(&world.leaves[depth], &world.honest(depth));
            verified.unwrap().path_fingerprints().clone()
        })
        .collect();
    run(|chosen| {
        let depth = chosen.depth;
        let chain = world.presented(&chosen, &world.honest(depth));
        let verified = world.verify(&world.leaves[depth], &chain);
        let path = verified.map(|chain| chain.path_fingerprints().clone());
        prop_assert_eq!(path, Ok(expected[depth].clone()));
        Ok(())
    });
}

#[test]
fn nothing_makes_up_for_a_missing_intermediate() {
    let world = World::new();
    run(|chosen| {
        let depth = chosen.depth.max(1);
        let mut honest = world.honest(depth);
        let missing = honest.remove(chosen.missing.index(depth));
        let chosen = Chosen { depth, ..chosen };
        let chain = world.presented(&chosen, &honest);
        prop_assert!(!chain.contains(&missing));
        prop_assert!(world.verify(&world.leaves[depth], &chain).is_err());
        Ok(())
    });
}

/// The refusal is the same too, whatever the order.
#[test]
fn the_order_does_not_change_a_refusal() {
    let world = World::new();
    run(|chosen| {
        let depth = chosen.depth.max(1);
        let mut honest = world.honest(depth);
        honest.remove(chosen.missing.index(depth));
        let chosen = Chosen { depth, ..chosen };
        let chain = world.presented(&chosen, &honest);
        let mut sorted = chain.clone();
        sorted.sort_by_key(|der| sha256_fingerprint(der));
        let leaf = &world.leaves[depth];
        prop_assert_eq!(
            world.verify(leaf, &chain).unwrap_err(),
            world.verify(leaf, &sorted).unwrap_err()
        );
        Ok(())
    });
}
