//! Migrations are read at compile time: a new file must lead to a new build.

#[expect(clippy::print_stdout, reason = "how a build script talks to cargo")]
fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
