//! By which name this program was called: the first word of the command line enters, the program whose command line follows
//! leaves. Called by `main.rs` and `commands/link.rs`.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::signing_helper;

/// A program that this one is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// Itself, and by every name that is none of the others.
    Anyrole,
    /// AWS's `aws_signing_helper`.
    SigningHelper,
    /// `step`.
    Step,
    /// `cfssl`.
    Cfssl,
    /// `cfssljson`.
    Cfssljson,
}

impl Program {
    /// Those that a link leads to.
    pub const LINKED: [Self; 4] = [
        Self::Step,
        Self::Cfssl,
        Self::Cfssljson,
        Self::SigningHelper,
    ];

    /// The program of a command line's first word; folder and ending count for nothing.
    pub fn of(first: Option<&OsString>) -> Self {
        let called_as = first
            .map(Path::new)
            .and_then(Path::file_stem)
            .and_then(OsStr::to_str)
            .unwrap_or_default();
        let named = Self::LINKED.into_iter().find(|one| one.name() == called_as);
        named.unwrap_or(Self::Anyrole)
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anyrole => "anyrole",
            Self::SigningHelper => signing_helper::NAME,
            Self::Step => "step",
            Self::Cfssl => "cfssl",
            Self::Cfssljson => "cfssljson",
        }
    }

    /// Whether this build can be it: `step` and `cfssl` are certificate authorities, which the helper's build goes without.
    pub const fn is_built(self) -> bool {
        matches!(self, Self::Anyrole | Self::SigningHelper) || cfg!(feature = "server")
    }
}

#[cfg(test)]
mod tests {
    use super::Program;

    #[test]
    fn the_name_alone_counts() {
        for (first, expected) in [
            ("anyrole", Program::Anyrole),
            ("/usr/local/bin/step", Program::Step),
            ("./cfssl", Program::Cfssl),
            ("cfssljson.exe", Program::Cfssljson),
            ("aws_signing_helper", Program::SigningHelper),
            ("stepping", Program::Anyrole),
            ("", Program::Anyrole),
        ] {
            assert_eq!(Program::of(Some(&first.into())), expected, "{first}");
        }
        assert_eq!(Program::of(None), Program::Anyrole);
    }
}
