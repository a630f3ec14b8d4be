//! Policies and questions grown from the fuzzer's bytes: what holds for every scene must hold for this one.
#![no_main]

use anyrole_policy_proof::{Choices, Scene, Shape, check};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let shape = Shape {
        quantifiers: true,
        misfits: true,
        layers: true,
    };
    let mut choices = Choices::of_bytes(bytes);
    let scene = Scene::by_chance(&mut choices, shape);
    if let Err(broken) = check(&scene, &mut choices) {
        panic!("{broken}");
    }
});
