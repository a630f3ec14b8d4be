//! The Go compiler: the machine's own where it is new enough, else the one that Go's module proxy serves as a module.
//! Called by `go_program`.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::programs::{find_on_path, run};

/// A Go compiler with folders of its own for what it downloads and builds.
#[derive(Debug)]
pub(crate) struct Go {
    program: PathBuf,
    folder: PathBuf,
}

/// What `go mod download -json` says of a module.
pub(crate) struct Module {
    /// Where its source is.
    pub(crate) folder: PathBuf,
    /// Its hash, `h1:…`, as in a `go.sum`.
    pub(crate) sum: String,
}

impl Go {
    /// A compiler of at least `version` (`1.26.4`), or nothing where no Go at all is installed.
    ///
    /// # Errors
    /// The installed Go is older, and can't fetch a newer one.
    pub(crate) fn at_least(version: &str, folder: &Path) -> Result<Option<Self>> {
        let installed = find_on_path("go")
            .or_else(|| Some(PathBuf::from("/usr/local/go/bin/go")).filter(|path| path.is_file()));
        let Some(program) = installed else {
            return Ok(None);
        };
        let folder = folder.to_owned();
        let mut go = Self { program, folder };
        let has = go.output(&["env", "GOVERSION"], &go.folder)?;
        if !is_at_least(has.trim(), version) {
            go.program = go.fetch_toolchain(version)?;
        }
        Ok(Some(go))
    }

    /// Downloads a module, `PATH@VERSION`; Go checks it against the public checksum database.
    pub(crate) fn download(&self, module: &str) -> Result<Module> {
        let json = self.output(&["mod", "download", "-json", module], &self.folder)?;
        let json: Value = serde_json::from_str(&json)
            .with_context(|| format!("reading what Go says of `{module}`"))?;
        let text = |name: &str| -> Result<&str> {
            json.get(name)
                .and_then(Value::as_str)
                .with_context(|| format!("Go names no `{name}` of `{module}`"))
        };
        Ok(Module {
            folder: text("Dir")?.into(),
            sum: text("Sum")?.to_owned(),
        })
    }

    /// Runs `go` in `at`, with a C compiler for programs that have parts in C.
    pub(crate) fn build<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        at: &Path,
        cgo: bool,
    ) -> Result<()> {
        let cgo = if cgo { "1" } else { "0" };
        run(self.command(arguments, at).env("CGO_ENABLED", cgo)).map(|_| ())
    }

    /// Runs `go` in `at` and returns what it printed.
    fn output<S: AsRef<OsStr>>(&self, arguments: &[S], at: &Path) -> Result<String> {
        let printed = run(&mut self.command(arguments, at))?;
        String::from_utf8(printed).context("reading Go's output")
    }

    fn command<S: AsRef<OsStr>>(&self, arguments: &[S], at: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(at)
            .env_remove("GOROOT")
            .env("GOPATH", self.folder.join("path"))
            .env("GOCACHE", self.folder.join("cache"))
            // Writable, so that the folder can be removed; no question to git about where the source came from.
            .env("GOFLAGS", "-modcacherw -buildvcs=false")
            .env("GOTOOLCHAIN", "local")
            .env("GOWORK", "off")
            .stdin(Stdio::null());
        command
    }

    /// Since 1.21 each Go is a module, too, which any older Go can download; only the execute bits are missing there.
    fn fetch_toolchain(&self, version: &str) -> Result<PathBuf> {
        let platform = self.output(&["env", "GOHOSTOS", "GOHOSTARCH"], &self.folder)?;
        let platform = platform.split_whitespace().collect::<Vec<_>>().join("-");
        let module = format!("golang.org/toolchain@v0.0.1-go{version}.{platform}");
        let root = self
            .download(&module)
            .with_context(|| format!("the installed Go is older than {version}"))?
            .folder;
        for folder in ["bin", "pkg/tool"] {
            make_executable(&root.join(folder))?;
        }
        Ok(root.join("bin/go"))
    }
}

fn make_executable(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            make_executable(&path)?;
        } else {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(())
}

/// `has` is as `go env GOVERSION` prints it: `go1.26.8`, or `devel …`, which counts as new.
fn is_at_least(has: &str, wanted: &str) -> bool {
    let numbers = |version: &str| -> Vec<u32> {
        version
            .split('.')
            .map_while(|part| part.parse().ok())
            .collect()
    };
    has.strip_prefix("go")
        .is_none_or(|has| numbers(has) >= numbers(wanted))
}

#[cfg(test)]
mod tests {
    use super::is_at_least;

    #[test]
    fn versions_compare_by_number() {
        for (has, enough) in [
            ("go1.26.8", true),
            ("go1.26.4", true),
            ("go1.27", true),
            ("go2.0", true),
            ("go1.26.3", false),
            ("go1.9.9", false),
            ("go1.19.8", false),
            ("devel +abc", true),
        ] {
            assert_eq!(is_at_least(has, "1.26.4"), enough, "{has}");
        }
    }
}
