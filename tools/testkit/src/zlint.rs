//! zlint, the linter of certificates, as its Go module has it: certificates as PEM files enter, what breaks a rule leaves. Called by tests of
//! what issues certificates.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::go_program::GoProgram;
use crate::programs::run;

/// The lints that are asked for, by what they are taken from.
const SOURCES: [&str; 3] = ["RFC5280", "RFC5480", "RFC8813"];
/// Results that are as they should be: it holds, it does not apply, it did not apply yet.
const FINE: [&str; 3] = ["pass", "NA", "NE"];

/// The built linter.
#[derive(Debug, Clone)]
pub struct Zlint {
    program: PathBuf,
    lints: String,
}

impl Zlint {
    /// The linter, built now if no earlier run built it.
    ///
    /// # Errors
    /// There is no Go, or it can't build it.
    pub fn ready() -> Result<Self> {
        let folder = GoProgram::ZLINT.ready()?;
        let folder = folder.context("zlint needs Go: apt-get install golang-go")?;
        let program = folder.join("zlint");
        let listed = run(Command::new(&program).arg("-list-lints-json"))?;
        // By name, since this version takes no source of the name `RFC8813`.
        let mut lints = Vec::new();
        for line in String::from_utf8(listed)?.lines() {
            let lint: Value = serde_json::from_str(line).context("reading zlint's lints")?;
            let text = |name: &str| lint.get(name).and_then(Value::as_str).unwrap_or_default();
            if SOURCES.contains(&text("source")) {
                lints.push(text("name").to_owned());
            }
        }
        ensure!(lints.len() > 100, "zlint has {} lints only", lints.len());
        Ok(Self {
            program,
            lints: lints.join(","),
        })
    }

    /// Lints certificates, one in each file, PEM.
    ///
    /// # Errors
    /// What breaks a rule: the files with the lints, or a file that zlint can't read.
    pub fn check(&self, files: &[PathBuf]) -> Result<()> {
        let mut command = Command::new(&self.program);
        let printed = run(command.args(["-includeNames", &self.lints]).args(files))?;
        let results = serde_json::Deserializer::from_slice(&printed).into_iter::<Value>();
        let results: Vec<Value> = results.collect::<Result<_, _>>()?;
        ensure!(
            results.len() == files.len(),
            "zlint says something of {} of {} files",
            results.len(),
            files.len()
        );
        let mut broken = Vec::new();
        for (file, results) in files.iter().zip(&results) {
            broken.extend(judge(file, results)?);
        }
        if !broken.is_empty() {
            bail!("zlint: {}", broken.join("; "));
        }
        Ok(())
    }
}

/// The lints that a certificate does not pass.
fn judge(file: &Path, results: &Value) -> Result<Vec<String>> {
    let results = results.as_object().context("zlint's results")?;
    ensure!(
        results.len() > 100,
        "zlint ran {} lints only",
        results.len()
    );
    let mut broken = Vec::new();
    for (lint, result) in results {
        let verdict = result.get("result").and_then(Value::as_str);
        if !verdict.is_some_and(|verdict| FINE.contains(&verdict)) {
            broken.push(format!("{}: {lint}: {result}", file.display()));
        }
    }
    Ok(broken)
}
