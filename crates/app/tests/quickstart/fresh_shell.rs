//! A fresh bash that knows nothing but where the AWS CLI is, and what came of each command typed into it.

use std::path::Path;
use std::process::{Command, Stdio};

use anyrole_testkit::PythonTools;

/// What one command did.
#[derive(Debug)]
pub struct Done {
    pub command: String,
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs commands one after the other in one shell, which keeps variables and its folder between them.
pub fn run(home: &Path, commands: &[String]) -> Vec<Done> {
    let outputs = tempfile::tempdir().unwrap();
    let folder = outputs.path().display();
    let mut script = String::new();
    for (index, command) in commands.iter().enumerate() {
        script.push_str(&format!(
            "{{ {command}\n}} >'{folder}/{index}.out' 2>'{folder}/{index}.err'\necho $? >'{folder}/{index}.status'\n"
        ));
    }
    let aws = PythonTools::ready().unwrap().aws();
    let shell = Command::new("bash")
        .args(["--noprofile", "--norc", "-c", &script])
        .env_clear()
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", aws.parent().unwrap().display()),
        )
        .env("HOME", home)
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        shell.status.success(),
        "{}",
        String::from_utf8_lossy(&shell.stderr)
    );
    let read = |index: usize, what: &str| {
        std::fs::read_to_string(outputs.path().join(format!("{index}.{what}"))).unwrap()
    };
    let done = commands.iter().enumerate().map(|(index, command)| Done {
        command: command.clone(),
        status: read(index, "status").trim().parse().unwrap(),
        stdout: read(index, "out"),
        stderr: read(index, "err"),
    });
    done.collect()
}
