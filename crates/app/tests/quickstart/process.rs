//! Quickstart as a process: it serves after the walk-through, stops at Ctrl-C, and names the flag that is wrong.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command};

use super::printed::Printed;
use super::{ANYROLE, fresh_shell, once, quickstart};

/// Standard output up to a line that has these words, and what reads on from there.
fn read_until(child: &mut Child, words: &str) -> (String, BufReader<ChildStdout>) {
    let mut text = String::new();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    while !text.contains(words) {
        assert_ne!(
            reader.read_line(&mut text).unwrap(),
            0,
            "ended before `{words}`: {text}"
        );
    }
    (text, reader)
}

fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn it_serves_after_the_walk_through_until_ctrl_c() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = quickstart(folder.path()).spawn().unwrap();
    let (shown, mut reader) = read_until(&mut child, "until Ctrl-C.");
    let printed = Printed::parse(&shown);
    printed.assert_whole();
    let done = fresh_shell::run(folder.path(), &printed.closing);
    interrupt(&child);
    assert_eq!(done.len(), 3);
    for one in &done {
        assert_eq!(one.status, 0, "{one:?}");
    }
    assert!(
        done[1].stdout.contains(&printed.step("Ask who").outcome),
        "{done:?}"
    );
    assert!(done[2].stdout.contains("quickstart-bucket"), "{done:?}");
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(rest.trim(), "Stopped.");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn ctrl_c_in_the_middle_stops_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = quickstart(folder.path()).spawn().unwrap();
    let (_, mut reader) = read_until(&mut child, "1/17 ");
    interrupt(&child);
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert!(
        rest.ends_with("Stopped.\n") && !rest.contains('✗'),
        "{rest}"
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
    // Nothing is half there: it goes on where it was stopped.
    assert!(once(folder.path()).0.status.success());
}

#[test]
fn addresses_that_cannot_be_are_refused_by_the_flags_name() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    for (address, words) in [
        (taken.local_addr().unwrap().to_string(), "the port is taken"),
        ("0.0.0.0:0".to_owned(), "is not a loopback address"),
    ] {
        let data = folder.path().join("data");
        let output = Command::new(ANYROLE)
            .args(["quickstart", "--once", "--listen", &address, "--data"])
            .arg(&data)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.contains(&format!("--listen {address}")) && stderr.contains(words),
            "{stderr}"
        );
        assert!(!data.exists(), "a refused start leaves the data alone");
    }
}
