//! Installs what the tests run beside our own code: Debian packages, then the clients that testkit makes.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use anyrole_testkit::{
    GoProgram, JavaScriptTools, OfficialHelper, Program, PythonTools, find_on_path,
    missing_packages,
};

/// Installs what is missing and says what it does; does nothing on a machine that has all.
///
/// # Errors
/// Something is missing and can't be installed from here; the message says how to do it by hand.
pub fn install(for_benchmarks: bool) -> Result<()> {
    let mut programs = Program::FOR_TESTS.to_vec();
    if for_benchmarks {
        programs.extend(Program::FOR_BENCHMARKS);
    }
    let packages = missing_packages(&programs);
    if !packages.is_empty() {
        install_packages(&packages)?;
        let still_missing = missing_packages(&programs);
        if !still_missing.is_empty() {
            bail!(
                "installed, but still not usable: {}",
                still_missing.join(" ")
            );
        }
    }
    PythonTools::ready().context("making the Python environment with the AWS clients")?;
    PythonTools::with_moto().context("making the Python environment with moto")?;
    PythonTools::with_spiffe().context("making the Python environment with SPIFFE")?;
    JavaScriptTools::ready()?;
    GoProgram::CFSSL.ready()?;
    GoProgram::ZLINT.ready()?;
    GoProgram::STEP.ready()?;
    if OfficialHelper::ready()?.is_none() {
        println!(
            "without Go the tests of the official helper are skipped: apt-get install golang-go"
        );
    }
    Ok(())
}

fn install_packages(packages: &[&str]) -> Result<()> {
    let by_hand = format!("apt-get install {}", packages.join(" "));
    if find_on_path("apt-get").is_none() {
        bail!(
            "the tests need what Debian calls {}; install it and start again",
            packages.join(" ")
        );
    }
    if !is_root()? {
        bail!("the tests need more programs; run `sudo {by_hand}` and start again");
    }
    println!("installing: {}", packages.join(" "));
    apt_get(&["update", "-qq"])?;
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(packages);
    apt_get(&arguments)
}

fn is_root() -> Result<bool> {
    let output = Command::new("id")
        .arg("-u")
        .output()
        .context("asking `id -u`")?;
    Ok(output.stdout.trim_ascii() == b"0")
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let status = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .context("starting apt-get")?;
    if !status.success() {
        bail!("`apt-get {}` ended with {status}", arguments.join(" "));
    }
    Ok(())
}
