//! AWS's own `aws_signing_helper`, unmodified, built once from its Go module. Called by tests for its program and by
//! `cargo xtask setup`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cache::{cache_folder, lock_cache};
use crate::go::Go;

const MODULE: &str = "github.com/aws/rolesanywhere-credential-helper";
const VERSION: &str = "1.8.4";
/// As `go.sum` files have it.
const SUM: &str = "h1:lBGlqb0dKwtoCQKYIiPnRmwCQQnUKo+j2Ur6bwT1fVM=";
/// What the module's `go.mod` asks for.
const GO_VERSION: &str = "1.26.4";

/// The built helper.
#[derive(Debug, Clone)]
pub struct OfficialHelper {
    program: PathBuf,
}

impl OfficialHelper {
    /// The helper, built now if no earlier run built it; nothing where no Go is installed.
    ///
    /// # Errors
    /// Go is there and can't build it; the message has Go's own.
    pub fn ready() -> Result<Option<Self>> {
        Self::ready_in(&cache_folder()?)
    }

    fn ready_in(cache: &Path) -> Result<Option<Self>> {
        let folder = cache.join("official-helper");
        let mark = folder.join("complete");
        let program = folder.join("aws_signing_helper");
        let _lock = lock_cache(cache, "official-helper")?;
        if fs::read_to_string(&mark).is_ok_and(|made_from| made_from == SUM) {
            return Ok(Some(Self { program }));
        }
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("removing the old `{}`", folder.display()))?;
        }
        let desk = folder.join("go");
        fs::create_dir_all(&desk)?;
        let Some(go) = Go::at_least(GO_VERSION, &desk)? else {
            return Ok(None);
        };
        build(&go, &program).context("building the official helper")?;
        // Hundreds of megabytes that nobody needs any more.
        fs::remove_dir_all(&desk)?;
        fs::write(&mark, SUM)?;
        Ok(Some(Self { program }))
    }

    /// Its path.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Its version, as its `version` command prints it.
    #[must_use]
    pub const fn version() -> &'static str {
        VERSION
    }
}

/// In the module's own folder, so that its own `go.mod` and `go.sum` settle what else it is made of.
fn build(go: &Go, program: &Path) -> Result<()> {
    let module = go.download(&format!("{MODULE}@v{VERSION}"))?;
    if module.sum != SUM {
        bail!("{MODULE} v{VERSION} has the hash {}, not {SUM}", module.sum);
    }
    // The version is given to the linker by its Makefile, too.
    let linker = format!("-X {MODULE}/cmd.Version={VERSION}");
    let program = program.as_os_str();
    let arguments = [
        "build".as_ref(),
        "-trimpath".as_ref(),
        "-ldflags".as_ref(),
        linker.as_ref(),
        "-o".as_ref(),
        program,
        ".".as_ref(),
    ];
    go.output(&arguments, &module.folder)?;
    Ok(())
}
