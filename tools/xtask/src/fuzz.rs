//! Runs the fuzz targets of `fuzz/` with the stable compiler: builds them with libFuzzer's instrumentation, starts them
//! side by side, and prints how many inputs each tried. Called by `cargo xtask fuzz` and by the stage of the same name.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::fuzz_seeds;
use crate::structure::metadata;

/// What is fuzzed; each is a binary of `fuzz/`.
const TARGETS: [&str; 2] = ["policy_parse", "policy_evaluate"];

/// What cargo-fuzz would set, but for the sanitizers, which only a nightly compiler has: all of this is safe code, so
/// panics and broken promises are what there is to find.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Fuzzes every target for so many seconds, all at once; true if none found a fault.
///
/// What was found stays in `fuzz/` of cargo's target folder, as does the corpus that grows from run to run beside
/// the one in the repository and the seeds that are made of the tables of tests.
///
/// # Errors
/// The targets don't build, or can't be started.
pub fn run(root: &Path, seconds: u64) -> Result<bool> {
    let target_folder = target_folder(root)?;
    let binaries = build(root, &target_folder)?;
    let mut started = Vec::new();
    for target in TARGETS {
        let folder = target_folder.join("fuzz").join(target);
        let child = start(root, &binaries.join(target), &folder, seconds)?;
        started.push((target, folder, child));
    }
    let mut is_sound = true;
    for (target, folder, mut child) in started {
        let passed = child.wait()?.success();
        is_sound &= passed;
        report(target, &folder, passed)?;
    }
    Ok(is_sound)
}

fn target_folder(root: &Path) -> Result<PathBuf> {
    let metadata = metadata(root)?;
    let folder = metadata.get("target_directory").and_then(|v| v.as_str());
    Ok(folder.context("cargo tells no target folder")?.into())
}

/// The folder of the built targets. With a `--target`, the flags leave build scripts and macros alone.
fn build(root: &Path, target_folder: &Path) -> Result<PathBuf> {
    let host = host()?;
    let status = Command::new("cargo")
        .args(["build", "--release", "--locked", "--quiet"])
        .args(["--manifest-path", "fuzz/Cargo.toml", "--target", &host])
        .arg("--target-dir")
        .arg(target_folder)
        .env("RUSTFLAGS", FLAGS)
        .current_dir(root)
        .stdin(Stdio::null())
        .status()
        .context("starting cargo for the fuzz targets")?;
    if !status.success() {
        bail!("the fuzz targets don't build");
    }
    Ok(target_folder.join(host).join("release"))
}

fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output()?;
    let text = String::from_utf8(output.stdout)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("`rustc -vV` names no host")?.to_owned())
}

fn start(root: &Path, binary: &Path, folder: &Path, seconds: u64) -> Result<Child> {
    let (corpus, seeds) = (folder.join("corpus"), folder.join("seeds"));
    fs::create_dir_all(&corpus)?;
    let target = binary.file_name().unwrap_or_default();
    fuzz_seeds::write(root, &target.to_string_lossy(), &seeds)?;
    Command::new(binary)
        .arg(&corpus)
        .arg(root.join("fuzz/corpus").join(target))
        .arg(&seeds)
        .arg(format!("-max_total_time={seconds}"))
        .args(["-max_len=4096", "-timeout=10", "-rss_limit_mb=2048"])
        .args(["-print_final_stats=1", "-dict=fuzz/policy.dict"])
        .arg(format!("-artifact_prefix={}/", folder.display()))
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(folder.join("log"))?)
        .spawn()
        .with_context(|| format!("starting `{}`", binary.display()))
}

fn report(target: &str, folder: &Path, passed: bool) -> Result<()> {
    let log = fs::read(folder.join("log"))?;
    let log = String::from_utf8_lossy(&log);
    let figure = |name: &str| {
        let line = log.lines().find_map(|line| line.strip_prefix(name));
        line.map_or("?", str::trim)
    };
    println!(
        "{target}: {} inputs, {} a second, {}",
        figure("stat::number_of_executed_units:"),
        figure("stat::average_exec_per_sec:"),
        if passed { "no fault" } else { "FAULT" },
    );
    if !passed {
        let from = log.find("panicked at").unwrap_or_default();
        let lines = log.get(from..).unwrap_or_default().lines().take(60);
        lines.for_each(|line| println!("    {line}"));
        println!("the input is in {}", folder.display());
    }
    Ok(())
}
