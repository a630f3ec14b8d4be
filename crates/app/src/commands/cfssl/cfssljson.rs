//! `cfssljson`: the JSON of `cfssl` enters; files, or what would be in them, leave.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyrole_cfssl::{OutputFile, output_files};

use super::flags::{self, Flag, Given, Kind, Wish};
use super::{USAGE, fail, say, source, version};
use crate::atomic_file::{self, NewFile};

const FLAGS: [Flag; 4] = [
    Flag {
        name: "bare",
        kind: Kind::Switch,
        help: "the JSON is cfssl's own, not a cfssl server's answer around it",
    },
    Flag {
        name: "f",
        kind: Kind::TextOr("-"),
        help: "file with the JSON; - is standard input",
    },
    Flag {
        name: "stdout",
        kind: Kind::Switch,
        help: "print what the files would hold",
    },
    Flag {
        name: "version",
        kind: Kind::Switch,
        help: "print the version",
    },
];

const USAGE_TEXT: &str = "\
Usage:
  cfssl gencert -initca ca.json | cfssljson -bare ca     writes ca.pem, ca-key.pem and ca.csr
  cfssljson [-bare] [-f FILE] [-stdout] [NAME]           NAME is `cert` where none is given

Flags:
";

/// As `cfssljson`; the first word is its name.
pub fn run(words: Vec<OsString>) -> anyhow::Result<ExitCode> {
    let words = words.into_iter().skip(1);
    let words = words.map(|word| word.to_string_lossy().into_owned());
    let flags: Vec<&Flag> = FLAGS.iter().collect();
    let help = || {
        let flags: String = FLAGS.iter().map(Flag::shown).collect();
        say(&format!("{USAGE_TEXT}{flags}"));
    };
    let (given, arguments) = match flags::read(&flags, words) {
        Ok(Wish::Run(given, arguments)) => (given, arguments),
        Ok(Wish::Help) => {
            help();
            return Ok(ExitCode::SUCCESS);
        }
        Err(error) => {
            say(&error.to_string());
            help();
            return Ok(ExitCode::from(USAGE));
        }
    };
    let base = arguments.into_iter().next();
    let base = base.unwrap_or_else(|| "cert".to_owned());
    match take_apart(&given, &base, &mut std::io::stdout()) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => Ok(fail(&format!("{error:#}"), 1)),
    }
}

fn take_apart(given: &Given, base: &str, out: &mut dyn Write) -> anyhow::Result<()> {
    if given.is_on("version") {
        return Ok(out.write_all(version().as_bytes())?);
    }
    let text = source::read_or_stdin(given.some("f").unwrap_or("-"))?;
    let files = output_files(&text, given.is_on("bare"))?;
    if given.is_on("stdout") {
        for file in &files {
            out.write_all(&file.shown())?;
            out.write_all(b"\n")?;
        }
        return Ok(());
    }
    let paths: Vec<PathBuf> = files.iter().map(|file| path(base, file)).collect();
    let files = files.iter().zip(&paths).map(|(file, path)| NewFile {
        path,
        contents: &file.contents,
        mode: match file.is_secret {
            true => atomic_file::SECRET,
            false => atomic_file::PUBLIC,
        },
    });
    atomic_file::write(&files.collect::<Vec<_>>(), true)
}

fn path(base: &str, file: &OutputFile) -> PathBuf {
    Path::new(&format!("{base}{}", file.suffix)).to_owned()
}
