//! AWS's own `aws_signing_helper`, unmodified, built once from its Go module. Called by tests for its program and by
//! `cargo xtask setup`.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::GoProgram;

const VERSION: &str = "1.8.4";
const NAME: &str = "aws_signing_helper";

const PROGRAM: GoProgram = GoProgram {
    name: "official-helper",
    module: "github.com/aws/rolesanywhere-credential-helper",
    version: VERSION,
    sum: "h1:lBGlqb0dKwtoCQKYIiPnRmwCQQnUKo+j2Ur6bwT1fVM=",
    go_version: "1.26.4",
    programs: &[(NAME, ".")],
    linker: "-X github.com/aws/rolesanywhere-credential-helper/cmd.Version=1.8.4",
    cgo: true,
};

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
        let folder = PROGRAM.ready()?;
        Ok(folder.map(|folder| Self {
            program: folder.join(NAME),
        }))
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
