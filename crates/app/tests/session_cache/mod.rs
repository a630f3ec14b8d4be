//! What `credential-process` keeps between calls: many processes at once, one that is killed, files that were changed.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyrole_testkit::Program;
use anyrole_testkit::certificates::{Authority, CertificateRequest};
use tempfile::TempDir;

use super::way_in::{ANYROLE, succeeds};

/// A service that hands each request to the test, which answers it when it likes.
struct Service {
    url: String,
    requests: Receiver<TcpStream>,
    folder: TempDir,
    words: Vec<String>,
}

impl Service {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, requests) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = Vec::new();
                let mut buffer = [0; 4096];
                while !request.ends_with(b"}") {
                    match stream.read(&mut buffer) {
                        Ok(count) if count > 0 => request.extend_from_slice(&buffer[..count]),
                        _ => break,
                    }
                }
                if sender.send(stream).is_err() {
                    return;
                }
            }
        });
        let folder = TempDir::new().unwrap();
        let ca = Authority::root(folder.path()).unwrap();
        let leaf = ca
            .issue("host1", &CertificateRequest::leaf("host1"))
            .unwrap();
        fs::create_dir(folder.path().join("run")).unwrap();
        let arn = |kind: &str| format!("arn:aws:rolesanywhere:us-east-1:000000000000:{kind}/x");
        let words = [
            "credential-process",
            "--certificate",
            leaf.certificate.to_str().unwrap(),
            "--private-key",
            leaf.key.to_str().unwrap(),
            "--trust-anchor-arn",
            &arn("trust-anchor"),
            "--profile-arn",
            &arn("profile"),
            "--role-arn",
            "arn:aws:iam::000000000000:role/r",
        ];
        Self {
            words: words.map(str::to_owned).to_vec(),
            url,
            requests,
            folder,
        }
    }

    fn command(&self, program: &str, more: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(&self.words)
            .args(more)
            .env_clear()
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("XDG_RUNTIME_DIR", self.folder.path().join("run"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn begin(&self, more: &[&str]) -> Child {
        self.command(ANYROLE, more).spawn().unwrap()
    }

    /// The next request, which is waited for.
    fn request(&self) -> TcpStream {
        self.requests.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    fn is_quiet(&self) -> bool {
        self.requests.try_recv().is_err()
    }

    /// A call that makes a request of its own, which gets the session `name`.
    fn fresh(&self, command: &mut Command, name: &str) -> String {
        let child = command.spawn().unwrap();
        answer(self.request(), name);
        let printed = printed(&child.wait_with_output().unwrap());
        assert!(printed.contains(name), "{printed}");
        printed
    }

    /// A call that makes none.
    fn kept(&self, more: &[&str]) -> String {
        let printed = printed(&self.command(ANYROLE, more).output().unwrap());
        assert!(self.is_quiet());
        printed
    }

    fn files(&self, end: &str) -> Vec<PathBuf> {
        let Ok(folder) = fs::read_dir(self.folder.path().join("run/anyrole")) else {
            return Vec::new();
        };
        folder
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_str().unwrap().ends_with(end))
            .collect()
    }
}

fn printed(output: &Output) -> String {
    succeeds(output)
}

/// Credentials for an hour.
#[expect(
    clippy::disallowed_methods,
    reason = "the program runs by the system clock"
)]
fn answer(mut stream: TcpStream, name: &str) {
    let end = jiff::Timestamp::now()
        .checked_add(jiff::SignedDuration::from_hours(1))
        .unwrap();
    let body = format!(
        r#"{{"credentialSet":[{{"credentials":{{"accessKeyId":"{name}","secretAccessKey":"secret-of-{name}","sessionToken":"t","expiration":"{end:.0}"}}}}]}}"#
    );
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 201 Created\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .unwrap();
}

#[test]
fn fifty_processes_at_once_make_one_session() {
    let service = Service::start();
    let children: Vec<Child> = (0..50).map(|_| service.begin(&[])).collect();
    let first = service.request();
    // The others have time to come.
    std::thread::sleep(Duration::from_millis(300));
    answer(first, "ASIA1");
    let all: Vec<String> = children
        .into_iter()
        .map(|child| printed(&child.wait_with_output().unwrap()))
        .collect();
    assert!(
        all.iter()
            .all(|one| one.contains("ASIA1") && Some(one) == all.first()),
        "{all:?}"
    );
    assert!(service.is_quiet());
    let files = service.files(".session");
    assert_eq!(files.len(), 1, "{files:?}");
    let mode = |path: &PathBuf| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(&files[0]), 0o600);
    assert_eq!(mode(&service.folder.path().join("run/anyrole")), 0o700);
    assert_eq!(service.files(".tmp"), [""; 0].map(PathBuf::from));
}

#[test]
fn a_process_that_is_killed_lets_the_next_one_in() {
    let service = Service::start();
    let mut first = service.begin(&[]);
    let unanswered = service.request();
    let second = service.begin(&[]);
    let third = service.begin(&[]);
    // SIGKILL, while it holds the lock and waits for its answer.
    first.kill().unwrap();
    assert!(!first.wait().unwrap().success());
    drop(unanswered);
    answer(service.request(), "ASIA2");
    for child in [second, third] {
        assert!(printed(&child.wait_with_output().unwrap()).contains("ASIA2"));
    }
    assert!(service.is_quiet());
}

#[test]
fn what_was_changed_or_asked_for_otherwise_is_got_anew() {
    let service = Service::start();
    service.fresh(&mut service.command(ANYROLE, &[]), "ASIA1");
    assert!(service.kept(&[]).contains("ASIA1"));
    // Another duration, name or region is another session, and the first one stays.
    service.fresh(
        &mut service.command(ANYROLE, &["--session-duration", "900"]),
        "ASIA2",
    );
    service.fresh(
        &mut service.command(ANYROLE, &["--role-session-name", "build"]),
        "ASIA3",
    );
    service.fresh(
        &mut service.command(ANYROLE, &["--region", "eu-west-1"]),
        "ASIA4",
    );
    assert!(service.kept(&[]).contains("ASIA1"));
    assert!(
        service
            .kept(&["--role-session-name", "build"])
            .contains("ASIA3")
    );
    assert_eq!(service.files(".session").len(), 4);
    // One letter of a secret in each of them.
    for path in service.files(".session") {
        let content = fs::read_to_string(&path).unwrap();
        fs::write(&path, content.replace("secret-of", "Secret-of")).unwrap();
    }
    service.fresh(&mut service.command(ANYROLE, &[]), "ASIA5");
    assert!(service.kept(&[]).contains("ASIA5"));
}

#[test]
fn the_cache_is_on_as_anyrole_off_as_the_official_helper_and_as_asked() {
    let service = Service::start();
    let link = service.folder.path().join("aws_signing_helper");
    symlink(ANYROLE, &link).unwrap();
    let link = link.to_str().unwrap();
    // Nothing is kept, though asked for twice.
    service.fresh(&mut service.command(link, &[]), "ASIA1");
    service.fresh(&mut service.command(ANYROLE, &["--no-cache"]), "ASIA2");
    service.fresh(
        service.command(ANYROLE, &[]).env("ANYROLE_CACHE", "off"),
        "ASIA3",
    );
    assert!(service.files("").is_empty());
    let with_flag = service.fresh(&mut service.command(link, &["--cache"]), "ASIA4");
    assert_eq!(service.kept(&[]), with_flag);
    let by_environment = service
        .command(link, &[])
        .env("ANYROLE_CACHE", "on")
        .output()
        .unwrap();
    assert_eq!(printed(&by_environment), with_flag);
    // A flag counts before the environment, and the last of two.
    service.fresh(
        service
            .command(link, &["--no-cache"])
            .env("ANYROLE_CACHE", "on"),
        "ASIA5",
    );
    service.fresh(
        &mut service.command(ANYROLE, &["--cache", "--no-cache"]),
        "ASIA6",
    );
    assert_eq!(service.kept(&["--no-cache", "--cache"]), with_flag);

    // Where no folder is the user's own there is no cache, and that is said to who asked for it.
    let run = service.folder.path().join("run/anyrole");
    fs::remove_dir_all(&run).unwrap();
    symlink(service.folder.path(), &run).unwrap();
    let temporary = service.folder.path().join("temporary");
    let mut nowhere = service.command(ANYROLE, &["--cache"]);
    let child = nowhere.env("TMPDIR", &temporary).spawn().unwrap();
    answer(service.request(), "ASIA7");
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("no cache: sessions can't be kept in"),
        "{stderr}"
    );
    assert!(printed(&output).contains("ASIA7"));
}

/// Nobody is asked for a password where a session is kept, since no key is opened for it.
#[test]
fn a_kept_session_opens_no_key() {
    let service = Service::start();
    let path = |name: &str| service.folder.path().join(name);
    let key = service
        .words
        .iter()
        .position(|word| word == "--private-key");
    let key = &service.words[key.unwrap() + 1];
    let (locked, password) = (path("locked.key"), path("password"));
    fs::write(&password, "sesame\n").unwrap();
    let lock = || {
        let mut openssl = Program::Openssl.command().unwrap();
        openssl.args(["pkcs8", "-topk8", "-in", key, "-passout", "pass:sesame"]);
        succeeds(&openssl.arg("-out").arg(&locked).output().unwrap());
    };
    lock();
    let (locked, password) = (locked.to_str().unwrap(), password.to_str().unwrap());
    let asked = ["--private-key", locked];
    let told = [&asked[..], &["--pkcs8-password-file", password]].concat();
    service.fresh(&mut service.command(ANYROLE, &told), "first");
    let kept = service.kept(&asked);
    assert!(kept.contains("first"), "{kept}");
    // Another file may hold another key.
    lock();
    let refused = service.command(ANYROLE, &asked).output().unwrap();
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert!(stderr.contains("a password is needed"), "{stderr}");
    assert!(service.is_quiet());
}
