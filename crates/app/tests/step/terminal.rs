//! The questions of step, at a terminal: what a person sees at the end is the same, whatever is drawn on the way.

use anyrole_testkit::Program;

use super::{Side, openssl};

const PASSWORD: &str = "correct horse battery staple";

/// Runs `step` and what follows at a terminal; its status and the lines that stand there at the end.
fn at_a_terminal(side: &Side, words: &[&str], answers: &[(&str, &str)]) -> (i32, Vec<String>) {
    let mut python = Program::Python3.command().unwrap();
    python
        .args(["-c", include_str!("terminal.py"), "60"])
        .arg(side.folder.path());
    for (text, answer) in answers {
        python.args([text, answer]);
    }
    python.arg("--").arg(side.step()).args(words);
    let output = python.output().unwrap();
    (output.status.code().unwrap(), screen(&output.stdout))
}

/// What a terminal shows after these bytes: a line for each, without icons and blanks at the end.
fn screen(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let (mut lines, mut row, mut column) = (vec![Vec::<char>::new()], 0_usize, 0_usize);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\r' => column = 0,
            '\n' => row += 1,
            '\u{8}' => column = column.saturating_sub(1),
            '\u{1b}' => {
                rest.next();
                let number: String =
                    std::iter::from_fn(|| rest.next_if(|c| !c.is_ascii_alphabetic())).collect();
                match (number.as_str(), rest.next()) {
                    ("1", Some('A')) => row = row.saturating_sub(1),
                    ("2", Some('K')) => lines[row].clear(),
                    ("", Some('J')) => {
                        lines.truncate(row + 1);
                        lines[row].truncate(column);
                    }
                    _ => {}
                }
            }
            // A mask that shows nothing.
            '\u{1}' => {}
            c => {
                let line = &mut lines[row];
                line.resize(line.len().max(column + 1), ' ');
                line[column] = c;
                column += 1;
            }
        }
        lines.resize(lines.len().max(row + 1), Vec::new());
    }
    let mut lines: Vec<String> = lines
        .into_iter()
        .map(|line| line.into_iter().collect::<String>())
        .map(|line| {
            line.trim_matches(['\u{2714}', '\u{2717}', '\u{2588}', ' '])
                .to_owned()
        })
        .filter(|line| !line.is_empty())
        .collect();
    // The real one now and then draws an answered question once more below itself.
    lines.dedup();
    lines
}

/// What is asked and answered, and what is seen in the end.
fn walk(side: &Side) -> Vec<(i32, Vec<String>)> {
    let create = |line: &'static str| line.split(' ').collect::<Vec<_>>();
    let root = [
        "certificate",
        "create",
        "--profile",
        "root-ca",
        "Example Testing",
        "example-test.crt",
        "example-test.key",
    ];
    let leaf = create(
        "certificate create --profile leaf example-client example-client.crt example-client.key --ca example-test.crt --ca-key example-test.key --no-password --insecure",
    );
    let change = create("crypto change-pass example-client.key");
    let encrypt = ("encrypt the private key: ", PASSWORD);
    let decrypt = ("decrypt example-test.key: ", PASSWORD);
    let overwrite = |answer| ("[y/n]", answer);
    let mut seen = vec![
        at_a_terminal(side, &root, &[encrypt]),
        at_a_terminal(side, &leaf, &[decrypt]),
        at_a_terminal(
            side,
            &change,
            &[("encrypt example-client.key: ", PASSWORD), overwrite("y")],
        ),
        // A second time it is asked for what it has now.
        at_a_terminal(
            side,
            &change,
            &[
                ("decrypt example-client.key: ", PASSWORD),
                ("encrypt example-client.key: ", PASSWORD),
                overwrite("n"),
            ],
        ),
    ];
    let keypair = create("crypto keypair pair.pub pair.key");
    seen.push(at_a_terminal(side, &keypair, &[encrypt]));
    let bundle = create("certificate bundle example-client.crt example-test.crt both.crt");
    seen.push(at_a_terminal(side, &bundle, &[]));
    seen.push(at_a_terminal(side, &bundle, &[overwrite("yes")]));
    let sign = create("certificate p12 both.p12 example-client.crt example-client.key");
    let answers = [
        ("encrypt the .p12 file: ", PASSWORD),
        ("decrypt example-client.key: ", PASSWORD),
    ];
    seen.push(at_a_terminal(side, &sign, &answers));
    seen
}

#[test]
fn a_person_sees_the_same_questions_and_answers() {
    let ours = Side::ours();
    let seen = walk(&ours);
    ours.put("pass", PASSWORD);
    let folder = ours.folder.path();
    for file in ["example-test.key", "example-client.key", "pair.key"] {
        openssl(folder, &format!("pkey -in {file} -passin file:pass -noout"));
    }
    openssl(folder, "pkcs12 -in both.p12 -passin file:pass -noout");
    assert_eq!(
        seen[0],
        (
            0,
            [
                "Please enter the password to encrypt the private key:",
                "Your certificate has been saved in example-test.crt.",
                "Your private key has been saved in example-test.key.",
            ]
            .map(str::to_owned)
            .to_vec()
        )
    );
    let Some(real) = Side::real("questions of step") else {
        return;
    };
    for (ours, theirs) in seen.into_iter().zip(walk(&real)) {
        assert_eq!(ours, theirs);
    }
}

#[test]
fn nothing_is_half_replaced_and_empty_is_no_password() {
    let ours = Side::ours();
    ours.succeeds("step crypto keypair a.pub a.key --no-password --insecure");
    let before = ours.read("a.key");
    ours.put("c.crt", "another");
    let words: Vec<_> = "certificate create x c.crt a.key --profile root-ca"
        .split(' ')
        .collect();
    let answers = [
        ("private key: ", ""),
        ("private key: ", PASSWORD),
        ("a.key [y/n]", "y"),
        ("c.crt [y/n]", "n"),
    ];
    let (status, lines) = at_a_terminal(&ours, &words, &answers);
    assert_eq!((status, lines.last().unwrap().as_str()), (1, "file exists"));
    assert_eq!(ours.read("a.key"), before);
    assert_eq!(ours.text("c.crt"), "another");
    let change: Vec<_> = "crypto change-pass a.key --force".split(' ').collect();
    let weak = at_a_terminal(&ours, &change, &[("a.key: ", "hunter2")]);
    assert_eq!(weak.0, 0);
    let said = weak.1.join("\n");
    assert!(said.contains("warning: the new password is weak"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}
