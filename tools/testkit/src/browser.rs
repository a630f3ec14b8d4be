//! Debian's chromium, driven by playwright-core in a script of the test's own: what the script needs to know goes in as JSON
//! on its standard input, what it has seen comes back as JSON. Called by the tests of the console.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::javascript::JavaScriptTools;
use crate::programs::Program;

/// A browser that a script starts and ends; each has a profile of its own, which is gone afterwards.
#[derive(Debug, Clone)]
pub struct Browser {
    pictures: PathBuf,
}

impl Browser {
    /// One whose scripts leave a screenshot of a step that failed in the folder `pictures`, which is made if need be.
    ///
    /// # Errors
    /// The folder can't be made.
    pub fn with_pictures_in(pictures: &Path) -> Result<Self> {
        std::fs::create_dir_all(pictures)
            .with_context(|| format!("making the folder `{}`", pictures.display()))?;
        Ok(Self {
            pictures: pictures.to_owned(),
        })
    }

    /// Runs `script` with Node.js and hands back the JSON that it printed. Its standard input is an object with `chromium`
    /// (the program), `pictures` (the folder) and `given`. Secrets may be in `given`: they are on no command line.
    ///
    /// # Errors
    /// Node.js, its modules or chromium are missing, or the script fails; then the message is what it complained about, which
    /// names the step and its screenshot.
    pub fn run(&self, script: &Path, given: &Value) -> Result<Value> {
        let input = json!({
            "chromium": Program::Chromium.path()?,
            "pictures": self.pictures,
            "given": given,
        });
        let mut node = JavaScriptTools::ready()?
            .node(script)?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("starting Node.js")?;
        if let Some(mut stdin) = node.stdin.take() {
            stdin.write_all(input.to_string().as_bytes())?;
        }
        let output = node.wait_with_output()?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            bail!("{}: {}\n{stderr}", script.display(), output.status);
        }
        // What a script that ends well has to say, everyone is to see; libtest swallows what `eprint!` prints.
        std::io::stderr().write_all(&output.stderr)?;
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("reading what {} printed; {stderr}", script.display()))
    }
}
