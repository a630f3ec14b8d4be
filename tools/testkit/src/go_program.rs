//! Programs written in Go, unmodified, built once from their modules; where no Go is installed there are none. Called by tests and
//! by `cargo xtask setup`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cache::{cache_folder, lock_cache};
use crate::go::Go;

/// Programs of one module.
#[derive(Debug, Clone, Copy)]
pub struct GoProgram {
    /// The folder in the cache.
    pub name: &'static str,
    /// The module's path.
    pub module: &'static str,
    /// Its version, without the `v`.
    pub version: &'static str,
    /// Its hash, `h1:…`, as in a `go.sum`.
    pub sum: &'static str,
    /// What its `go.mod` asks for at least, in full: `1.26.4`.
    pub go_version: &'static str,
    /// Each program with its package.
    pub programs: &'static [(&'static str, &'static str)],
    /// What the linker is told, as the module's Makefile does.
    pub linker: &'static str,
    /// Whether parts of it are C.
    pub cgo: bool,
}

impl GoProgram {
    /// The linter of certificates; later versions ask for a module that the proxy does not have.
    pub const ZLINT: Self = Self {
        name: "zlint",
        module: "github.com/zmap/zlint/v3",
        version: "3.6.1",
        sum: "h1:IM1jJ35YFBKFrbBMc8Kq34MGyDYttwRGZjO/qxIYG2Y=",
        go_version: "1.18",
        programs: &[("zlint", "./cmd/zlint")],
        linker: "",
        cgo: false,
    };

    /// Cloudflare's `cfssl` and `cfssljson` of today; Debian has an older one.
    pub const CFSSL: Self = Self {
        name: "cfssl",
        module: "github.com/cloudflare/cfssl",
        version: "1.7.1",
        sum: "h1:nMC84ouypIM/AXrrY24ql70cEtkelfxq4NZ67Ur8pG8=",
        go_version: "1.27.0",
        programs: &[("cfssl", "./cmd/cfssl"), ("cfssljson", "./cmd/cfssljson")],
        linker: "",
        // The databases that would need it are not used.
        cgo: false,
    };

    /// Smallstep's `step` of today.
    pub const STEP: Self = Self {
        name: "step",
        module: "github.com/smallstep/cli",
        version: "0.29.0",
        sum: "h1:11jg5zYdFrfFqs1a+nnmu63il+xMivn0fbvD01O+BHY=",
        go_version: "1.24.0",
        programs: &[("step", "./cmd/step")],
        linker: "-w -s -X main.Version=0.29.0",
        cgo: false,
    };

    /// The folder with the programs, built now if no earlier run built them; nothing where no Go is installed.
    ///
    /// # Errors
    /// Go is there and can't build them; the message has Go's own.
    pub fn ready(&self) -> Result<Option<PathBuf>> {
        self.ready_in(&cache_folder()?)
    }

    fn ready_in(&self, cache: &Path) -> Result<Option<PathBuf>> {
        let folder = cache.join(self.name);
        let mark = folder.join("complete");
        let _lock = lock_cache(cache, self.name)?;
        if fs::read_to_string(&mark).is_ok_and(|made_from| made_from == self.sum) {
            return Ok(Some(folder));
        }
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("removing the old `{}`", folder.display()))?;
        }
        let desk = folder.join("go");
        fs::create_dir_all(&desk)?;
        let Some(go) = Go::at_least(self.go_version, &desk)? else {
            return Ok(None);
        };
        self.build(&go, &folder)
            .with_context(|| format!("building {} of {}", self.name, self.module))?;
        // Hundreds of megabytes that nobody needs any more.
        fs::remove_dir_all(&desk)?;
        fs::write(&mark, self.sum)?;
        Ok(Some(folder))
    }

    /// In the module's own folder, so that its own `go.mod` and `go.sum` settle what else it is made of.
    fn build(&self, go: &Go, folder: &Path) -> Result<()> {
        let (module, version) = (self.module, self.version);
        let found = go.download(&format!("{module}@v{version}"))?;
        if found.sum != self.sum {
            bail!(
                "{module} v{version} has the hash {}, not {}",
                found.sum,
                self.sum
            );
        }
        for (name, package) in self.programs {
            let mut arguments: Vec<OsString> =
                ["build", "-trimpath", "-ldflags", self.linker, "-o"]
                    .map(OsString::from)
                    .to_vec();
            arguments.extend([folder.join(name).into_os_string(), (*package).into()]);
            go.build(&arguments, &found.folder, self.cgo)?;
        }
        Ok(())
    }
}
