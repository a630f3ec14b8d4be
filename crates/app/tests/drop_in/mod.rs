//! Drop-in: each flag, exclusion, error and environment variable of AWS's helper, called by both names, beside that helper itself;
//! and what goes over the wire.

mod proxies;
mod service;
mod tokens;
mod transcript;
mod wire;

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyrole_testkit::OfficialHelper;
use tempfile::TempDir;

use self::service::Service;
use self::transcript::{Block, Outcome, folder, is_written, kept};
use crate::way_in::ANYROLE;

const ARNS: &str = "--trust-anchor-arn arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/t --profile-arn arn:aws:rolesanywhere:us-east-1:000000000000:profile/p --role-arn arn:aws:iam::000000000000:role/r";
const FILES: &str = "--certificate rsa.crt --private-key rsa.key";

/// Both programs, and where they are called.
struct Stage {
    service: Service,
    home: TempDir,
    ours: PathBuf,
    official: Option<OfficialHelper>,
    /// What else stands in braces, with what it means here.
    given: Vec<(&'static str, String)>,
}

impl Stage {
    fn new(test: &str) -> Self {
        let home = TempDir::new().unwrap();
        let ours = home.path().join("aws_signing_helper");
        std::os::unix::fs::symlink(ANYROLE, &ours).unwrap();
        Self {
            service: Service::start(),
            home,
            ours,
            official: crate::helper(test),
            given: Vec::new(),
        }
    }

    fn official_program(&self) -> &Path {
        let official = self.official.as_ref();
        official.map_or(Path::new(""), OfficialHelper::program)
    }

    /// Ours, and the official one where it is there.
    fn programs(&self) -> impl Iterator<Item = &Path> {
        let official = self.official.iter().map(OfficialHelper::program);
        std::iter::once(self.ours.as_path()).chain(official)
    }

    fn filled(&self, text: &str) -> String {
        let home = self.home.path().to_str().unwrap();
        let given = self.given.iter();
        let text = given.fold(text.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        });
        text.replace("{arns}", ARNS)
            .replace("{files}", FILES)
            .replace("{service}", &format!("http://{}", self.service.address))
            .replace("{home}", home)
    }

    fn command(&self, program: &Path, block: &Block) -> Command {
        let mut command = Command::new(program);
        let words = self.filled(&block.words);
        // `''` is an empty word, `_` in quotes a space.
        let word = |word: &str| match word.strip_prefix('\'') {
            Some(quoted) => OsString::from(quoted.trim_end_matches('\'').replace('_', " ")),
            None => OsString::from(word),
        };
        command
            .args(words.split_whitespace().map(word))
            .env_clear()
            .env("HOME", self.home.path())
            .current_dir(folder().join("pki"))
            .stdin(Stdio::null());
        for (name, value) in &block.environment {
            match value.as_str() {
                "(unset)" => command.env_remove(name),
                value => command.env(name, self.filled(value)),
            };
        }
        command
    }

    fn outcome(&self, program: &Path, block: &Block) -> Outcome {
        let home = self.home.path().join(".aws");
        if home.exists() {
            std::fs::remove_dir_all(&home).unwrap();
        }
        let mut command = self.command(program, block);
        let (status, stdout, stderr) = run(&mut command);
        let is_debug = command.get_args().any(|word| word == "--debug");
        let stderr = if is_debug && !stderr.is_empty() {
            if program != self.official_program() {
                // Nor the signature, which is not for others either.
                let said = String::from_utf8_lossy(&stderr);
                let secrets = ["a<b>&c", "token+/=", "Signature="];
                assert!(
                    !secrets.iter().any(|secret| said.contains(secret)),
                    "{said}"
                );
            }
            b"(what goes over the wire)\n".to_vec()
        } else {
            stderr
        };
        let service = format!("http://{}", self.service.address);
        let home = self.home.path().to_str().unwrap();
        let given = self.given.iter();
        let given = given.map(|(name, value)| (value.as_str(), *name));
        let replaced: Vec<(&str, &str)> = given
            .chain([
                (service.as_str(), "{service}"),
                (self.service.address.as_str(), "{address}"),
                (home, "{home}"),
                (env!("CARGO_PKG_VERSION"), "{version}"),
                (OfficialHelper::version(), "{version}"),
            ])
            .collect();
        Outcome {
            status,
            stdout: kept(&stdout, &replaced),
            stderr: kept(&stderr, &replaced),
        }
    }

    /// Plays a file; says what is not as it stands there.
    fn play(&self, name: &str) {
        let path = folder().join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        let mut blocks = transcript::read(&text);
        let mut wrong = Vec::new();
        for block in &mut blocks {
            block.ours = self.outcome(&self.ours, block);
            if let Some(official) = &self.official {
                block.official = self.outcome(official.program(), block);
            }
            let same = block.ours.status == block.official.status
                && block.ours.stdout == block.official.stdout;
            if same != block.differs.is_none() {
                wrong.push(format!(
                    "$ {}: `differs:` must stand there if the outcomes differ, and only then",
                    block.words
                ));
            }
        }
        let played = transcript::render(&blocks);
        if is_written() {
            std::fs::write(&path, &played).unwrap();
        }
        for (is, should) in played.lines().zip(text.lines()) {
            if is != should && !is_written() {
                wrong.push(format!("{name}: `{should}` is now `{is}`"));
                break;
            }
        }
        assert!(wrong.is_empty(), "{}\n{played}", wrong.join("\n"));
        assert!(is_written() || played == text, "{name}: {played}");
    }
}

/// Status, standard output, standard error; a server is stopped once it has said where it listens, on either of them.
fn run(command: &mut Command) -> (String, Vec<u8>, Vec<u8>) {
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let child = Arc::new(Mutex::new(child));
    let (stdout, stderr) = {
        let mut child = child.lock().unwrap();
        (child.stdout.take().unwrap(), child.stderr.take().unwrap())
    };
    let errors = std::thread::spawn({
        let child = Arc::clone(&child);
        move || read_until_listening(stderr, &child)
    });
    let (ended, watched) = std::sync::mpsc::channel::<()>();
    let watchdog = std::thread::spawn({
        let child = Arc::clone(&child);
        move || {
            // Much longer than any of these calls takes.
            let is_stuck = watched.recv_timeout(Duration::from_secs(60)).is_err();
            if is_stuck {
                child.lock().unwrap().kill().unwrap();
            }
            is_stuck
        }
    });
    let (stdout, said) = read_until_listening(stdout, &child);
    let (stderr, said_there) = errors.join().unwrap();
    let _told = ended.send(());
    let ended = child.lock().unwrap().wait().unwrap();
    let status = match ended.code() {
        _ if watchdog.join().unwrap() => "stuck".to_owned(),
        _ if said || said_there => "stopped".to_owned(),
        Some(code) => code.to_string(),
        None => "signal".to_owned(),
    };
    (status, stdout, stderr)
}

/// All that is said, and whether it was ended because it listens.
fn read_until_listening(stream: impl Read, child: &Mutex<Child>) -> (Vec<u8>, bool) {
    const EXPORT: &[u8] = b"export AWS_EC2_METADATA_SERVICE_ENDPOINT=";
    let mut reader = BufReader::new(stream);
    let mut said = Vec::new();
    let mut listens = false;
    loop {
        let before = said.len();
        if reader.read_until(b'\n', &mut said).unwrap() == 0 {
            return (said, listens);
        }
        let line = said.get(before..).unwrap();
        if line.windows(EXPORT.len()).any(|part| part == EXPORT) {
            listens = true;
            child.lock().unwrap().kill().unwrap();
        }
    }
}

#[test]
fn words_are_taken_and_refused_as_by_the_official_helper() {
    let stage = Stage::new("transcripts of usage");
    stage.play("usage.txt");
    stage.play("exclusions.txt");
}

#[test]
fn each_flag_does_what_it_does_in_the_official_helper() {
    let stage = Stage::new("transcripts of flags");
    stage.play("flags.txt");
}

#[test]
fn each_error_ends_as_in_the_official_helper() {
    let stage = Stage::new("transcripts of errors");
    stage.play("errors.txt");
}

#[test]
fn the_environment_counts_as_for_the_official_helper() {
    let stage = Stage::new("transcripts of the environment");
    stage.play("environment.txt");
}

/// The same words as `anyrole`, with the same bytes and statuses, but for words that are none, which are refused.
#[test]
fn anyrole_takes_the_same_words() {
    let stage = Stage::new("transcripts by the other name");
    let text = ["usage.txt", "exclusions.txt", "flags.txt", "errors.txt"]
        .map(|name| std::fs::read_to_string(folder().join(name)).unwrap())
        .concat();
    let is_ours = |block: &&Block| {
        let first = block.words.split(' ').next().unwrap_or_default();
        COMMANDS.contains(&first)
            && !block
                .words
                .split(' ')
                .any(|word| ["extra", "--"].contains(&word))
    };
    let blocks = transcript::read(&text);
    let mut count = 0;
    for block in blocks.iter().filter(is_ours) {
        let outcome = stage.outcome(Path::new(ANYROLE), block);
        let words = &block.words;
        assert_eq!(outcome.status, block.ours.status, "{words}");
        if !words.contains("--help") && !words.ends_with("-h") {
            assert_eq!(outcome.stdout, block.ours.stdout, "{words}");
        }
        count += 1;
    }
    assert!(count > 100, "{count}");
    let strays = Block {
        words: "version extra".to_owned(),
        ..Block::default()
    };
    let outcome = stage.outcome(Path::new(ANYROLE), &strays);
    assert_eq!(outcome.status, "1", "{outcome:?}");
}

const COMMANDS: [&str; 6] = [
    "credential-process",
    "serve",
    "update",
    "sign-string",
    "read-certificate-data",
    "version",
];
