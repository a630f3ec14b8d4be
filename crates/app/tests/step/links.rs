//! `anyrole link DIR`: what it makes, what it leaves alone, and that the names are heard.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const ANYROLE: &str = env!("CARGO_BIN_EXE_anyrole");
const NAMES: [&str; 4] = ["aws_signing_helper", "cfssl", "cfssljson", "step"];

fn link(words: &[&str]) -> Output {
    Command::new(ANYROLE)
        .arg("link")
        .args(words)
        .output()
        .unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn four_links_are_made_and_made_again() {
    let folder = TempDir::new().unwrap();
    let bin = folder.path().join("new/bin");
    for said in [" -> ", " is there already"] {
        let output = link(&[bin.to_str().unwrap()]);
        assert!(output.status.success(), "{output:?}");
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(printed.matches(said).count(), 4, "{printed}");
        assert_eq!(names(&bin), NAMES);
    }
    for name in NAMES {
        let to = fs::canonicalize(bin.join(name)).unwrap();
        assert_eq!(to, fs::canonicalize(ANYROLE).unwrap(), "{name}");
    }
    let hard = link(&["--hard", "--only", "step", bin.to_str().unwrap()]);
    match hard.status.success() {
        true => assert!(!bin.join("step").is_symlink()),
        // The folder for temporary files may be on another file system.
        false => assert!(
            String::from_utf8(hard.stderr)
                .unwrap()
                .contains("leave --hard out")
        ),
    }
    let helper = Command::new(bin.join("aws_signing_helper"))
        .arg("version")
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(helper.stdout).unwrap().trim(),
        env!("CARGO_PKG_VERSION")
    );
}

#[test]
fn what_is_there_stays() {
    let folder = TempDir::new().unwrap();
    let bin = folder.path().to_str().unwrap();
    fs::write(folder.path().join("cfssl"), "another program").unwrap();
    std::os::unix::fs::symlink("/nowhere", folder.path().join("step")).unwrap();
    let output = link(&[bin]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("step` exists already") && said.contains("--force"),
        "{said}"
    );
    assert_eq!(names(folder.path()), ["cfssl", "step"]);
    let one = link(&["--only", "aws_signing_helper", bin]);
    assert!(one.status.success(), "{one:?}");
    let forced = link(&["--force", bin]);
    assert!(forced.status.success(), "{forced:?}");
    assert_eq!(names(folder.path()), NAMES);
    assert!(folder.path().join("cfssl").is_symlink());
    fs::remove_file(folder.path().join("cfssl")).unwrap();
    fs::create_dir(folder.path().join("cfssl")).unwrap();
    let output = link(&["--force", bin]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && said.contains("is a directory"),
        "{said}"
    );
    let bogus = link(&["--only", "bogus", bin]);
    assert!(
        String::from_utf8(bogus.stderr)
            .unwrap()
            .contains("aws_signing_helper")
    );
}
