//! `anyrole link DIR`: a folder enters; links by which this program is step, cfssl, cfssljson and aws_signing_helper leave.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

use crate::called_as::Program;

/// Flags of `link`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example: anyrole link ~/bin; with ~/bin in PATH, `step certificate create` is this program then"
)]
pub struct Arguments {
    /// Folder for the links, which is made where it is missing; it belongs into PATH
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Only this one (again for more)
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
    only: Vec<Program>,
    /// Hard links instead of symbolic ones: they stay when the program is moved, and stay behind when it is replaced
    #[arg(long)]
    hard: bool,
    /// Replace what has one of the names already
    #[arg(long, short)]
    force: bool,
}

fn parse_name(name: &str) -> Result<Program, String> {
    let found = Program::LINKED.into_iter().find(|one| one.name() == name);
    found.ok_or_else(|| {
        let names = Program::LINKED.map(Program::name).join(", ");
        format!("links are made for {names}")
    })
}

/// Makes the links, or none where one of the names is taken.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let program = std::env::current_exe()
        .and_then(|path| path.canonicalize())
        .context("this program's path")?;
    let wanted: Vec<Program> = Program::LINKED
        .into_iter()
        .filter(|one| one.is_built())
        .filter(|one| arguments.only.is_empty() || arguments.only.contains(one))
        .collect();
    ensure!(
        arguments.only.iter().all(|one| one.is_built()),
        "this build is the helper alone; step, cfssl and cfssljson need the feature `server`"
    );
    let folder = &arguments.folder;
    fs::create_dir_all(folder)
        .with_context(|| format!("the folder `{}` can't be made", folder.display()))?;
    for one in &wanted {
        check(&folder.join(one.name()), &program, arguments)?;
    }
    for one in wanted {
        let link = folder.join(one.name());
        if is_there(&link, &program, arguments.hard) {
            writeln!(out, "{} is there already", link.display())?;
            continue;
        }
        make(&link, &program, arguments.hard)
            .with_context(|| format!("the link `{}` can't be made", link.display()))?;
        writeln!(out, "{} -> {}", link.display(), program.display())?;
    }
    Ok(())
}

/// Refuses a name that something else has.
fn check(link: &Path, program: &Path, arguments: &Arguments) -> anyhow::Result<()> {
    let shown = link.display();
    match fs::symlink_metadata(link) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("cannot look at `{shown}`")),
        Ok(found) if found.is_dir() => bail!("`{shown}` is a directory; name another DIR"),
        Ok(_) => {
            ensure!(
                arguments.force || same_file(link, program),
                "`{shown}` exists already and is no link to this program; pass --force to replace it, or name another DIR"
            );
            Ok(())
        }
    }
}

/// Whether there is nothing to do.
fn is_there(link: &Path, program: &Path, hard: bool) -> bool {
    same_file(link, program) && !(hard && link.is_symlink())
}

/// By whatever names: the same file on the disk.
fn same_file(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}

/// Under a temporary name first, so that what has the name is replaced at once.
fn make(link: &Path, program: &Path, hard: bool) -> anyhow::Result<()> {
    let folder = link.parent().context("it has no folder")?;
    let desk = tempfile::Builder::new()
        .prefix(".anyrole-")
        .tempdir_in(folder)?;
    let new = desk.path().join("link");
    if hard {
        fs::hard_link(program, &new).with_context(|| {
            format!(
                "a hard link needs the file system of `{}`; leave --hard out",
                program.display()
            )
        })?;
    } else {
        std::os::unix::fs::symlink(target(folder, program), &new)?;
    }
    Ok(fs::rename(&new, link)?)
}

/// The name alone, where the program is in the same folder: both may then be moved together.
fn target<'a>(folder: &Path, program: &'a Path) -> &'a Path {
    let is_beside = folder
        .canonicalize()
        .is_ok_and(|folder| Some(folder.as_path()) == program.parent());
    match program.file_name() {
        Some(name) if is_beside => Path::new(name),
        _ => program,
    }
}
