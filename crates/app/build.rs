//! The helper alone, as small machines get it: the code that unwinds stacks is linked into it, not loaded with each call.

#![expect(
    clippy::disallowed_methods,
    reason = "how cargo and a build script speak with each other"
)]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|is| is == value);
    let is_of_gcc = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    let is_alone = std::env::var_os("CARGO_FEATURE_SERVER").is_none();
    if is_of_gcc && is_alone && is("PROFILE", "release") {
        // Named before the standard library names the shared one, which is left out then.
        println!("cargo::rustc-link-lib=dylib=gcc_eh");
    }
}
