//! Where `serve` listens: loopback, a path, another address, and the sockets that systemd hands over.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::process::{Command, Stdio};

use super::{GOOD, Served, Stage, terminate};
use crate::way_in::ANYROLE;

/// By a socket of the file system.
fn ask_path(path: &std::path::Path, request: &str) -> String {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

const TOKEN_REQUEST: &str =
    "PUT /latest/api/token HTTP/1.1\r\nhost: any\r\nconnection: close\r\n\r\n";

#[test]
fn a_path_is_for_its_owner_and_is_taken_from_nobody() {
    let stage = Stage::new(GOOD);
    let path = stage.path("serve.sock");
    let words = ["--socket", path.to_str().unwrap()];
    let start = || {
        let mut command = stage.command("serve");
        command.args(stage.flags()).args(words);
        command
    };
    // What a process that is no more has left.
    drop(UnixListener::bind(&path).unwrap());
    let mut served = Served::start(&mut start());
    assert_eq!(
        served.lines,
        [format!(
            "Local server started on socket: {}",
            path.display()
        )]
    );
    let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    assert!(ask_path(&path, TOKEN_REQUEST).starts_with("HTTP/1.1 200 OK\r\n"));

    let second = start().output().unwrap();
    let stderr = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("another process listens on"), "{stderr}");
    assert!(ask_path(&path, TOKEN_REQUEST).starts_with("HTTP/1.1 200 OK\r\n"));

    assert_eq!(served.terminate().code(), Some(0));
    assert!(!path.exists());
    let left: Vec<_> = std::fs::read_dir(stage.folder.path())
        .unwrap()
        .flatten()
        .collect();
    assert!(
        !left
            .iter()
            .any(|entry| entry.file_name().to_string_lossy().starts_with(".anyrole"))
    );

    // A file of somebody else's stays.
    std::fs::write(&path, "mine").unwrap();
    let refused = start().output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn ipv6_is_served_too_and_other_machines_only_with_a_token() {
    let stage = Stage::new(GOOD);
    // A machine may have been built without it.
    if std::net::TcpListener::bind("[::1]:0").is_ok() {
        let served = stage.serve(&["--bind", "::1", "--hop-limit", "3"]);
        assert_eq!(served.credentials("app").unwrap()["Code"], "Success");
    }

    let token = stage.file("token", "0123456789abcdef");
    let served = stage.serve(&["--bind", "0.0.0.0", "--container-token-file", &token]);
    let lines = served.lines.join("\n");
    assert!(!lines.contains("METADATA"), "{lines}");
    let port = lines
        .lines()
        .find_map(|line| line.strip_prefix("Local server started on port: "));
    let address = format!("127.0.0.1:{}", port.unwrap()).parse().unwrap();
    for (method, path, header, status) in [
        ("PUT", "/latest/api/token", "x: y", 404),
        ("GET", "/role/app", "x: y", 401),
        ("GET", "/role/app", "authorization: 0123456789abcdef", 200),
    ] {
        let answer = super::ask(address, method, path, &[header]);
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
    }
}

#[test]
fn what_cannot_be_listened_on_is_said_before_a_key_is_used() {
    let stage = Stage::new(GOOD);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let rows: [(&[&str], &str); 8] = [
        (&["--port", &port], "the port is taken by another process"),
        (
            &["--bind", "0.0.0.0", "--port", "0"],
            "give --container-token-file FILE",
        ),
        (&["--bind", "localhost"], "--bind"),
        (&["--hop-limit", "0"], "--hop-limit"),
        (&["--hop-limit", "300"], "--hop-limit"),
        (&["--port", "65536"], "--port"),
        (
            &["--container-token-file", "/none"],
            "the container token's file `/none` cannot be read",
        ),
        (
            &["--socket", "/none/here/s", "--port", "1"],
            "cannot be used with",
        ),
    ];
    for (words, said) in rows {
        let output = stage
            .command("serve")
            .args(stage.flags())
            .args(words)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{words:?}");
        assert!(stderr.contains(said), "{words:?}: {stderr}");
        assert_eq!(output.stdout, b"", "{words:?}");
    }
    assert_eq!(stage.service.requests(), 0);
}

/// Starts a program as systemd does: sockets from descriptor 3 on, which `LISTEN_FDS` counts.
const AS_SYSTEMD: &str = "
import os, socket, sys
tcp = socket.socket(); tcp.bind(('127.0.0.1', 0)); tcp.listen()
path = socket.socket(socket.AF_UNIX); path.bind(sys.argv[1]); path.listen()
tcp, path = os.dup(tcp.fileno()), os.dup(path.fileno())
high = [os.dup2(tcp, 20), os.dup2(path, 21)]
os.dup2(20, 3); os.dup2(21, 4)
os.environ.update(LISTEN_FDS='2', LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES='metadata:nightly')
os.execv(sys.argv[2], sys.argv[2:])
";

#[test]
fn systemd_hands_over_sockets_and_hears_when_it_is_ready() {
    let stage = Stage::new(GOOD);
    let config = stage.file(
        "roles.toml",
        &format!(
            "{}\n[[role]]\nrole-arn = \"arn:aws:iam::111122223333:role/app\"\n\
             [[role]]\nrole-arn = \"arn:aws:iam::111122223333:role/batch\"\n\
             [[listen]]\nname = \"nightly\"\nroles = [\"batch\"]\n[[listen]]\nname = \"metadata\"\n",
            stage.defaults()
        ),
    );
    let hears = UnixDatagram::bind(stage.path("notify")).unwrap();
    let path = stage.path("nightly.sock");
    let mut command = Command::new("python3");
    command
        .args(["-c", AS_SYSTEMD])
        .arg(&path)
        .args([ANYROLE, "serve", "--config", &config])
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("AWS_ENDPOINT_URL", stage.service.url())
        .env("NOTIFY_SOCKET", stage.path("notify"));
    let mut served = Served::start(&mut command);
    let hear = || {
        let mut buffer = [0; 200];
        let length = hears.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    while hear() != "READY=1" {}
    assert_eq!(served.credentials("app").unwrap()["Code"], "Success");
    let roles = "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1\r\nhost: any\r\nconnection: close\r\nx-aws-ec2-metadata-token: ";
    let token = ask_path(&path, TOKEN_REQUEST);
    let token = token.split("\r\n\r\n").nth(1).unwrap();
    let listed = ask_path(&path, &format!("{roles}{token}\r\n\r\n"));
    assert!(listed.ends_with("\r\n\r\nbatch"), "{listed}");
    assert_eq!(served.terminate().code(), Some(0));
    assert!(path.exists(), "the socket is systemd's");
    while hear() != "STOPPING=1" {}

    // A socket that the file doesn't know might show what it should not.
    let text = std::fs::read_to_string(&config).unwrap();
    stage.file(
        "roles.toml",
        &text.replace("\"metadata\"", "\"other\"\naddress = \"127.0.0.1:0\""),
    );
    std::fs::remove_file(&path).unwrap();
    let refused = command.stderr(Stdio::piped()).output().unwrap();
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("a socket `metadata` that no [[listen]] names"),
        "{stderr}"
    );
}

#[test]
fn update_is_ready_once_it_has_written_and_ends_in_good_order() {
    let stage = Stage::new(GOOD);
    let hears = UnixDatagram::bind(stage.path("notify")).unwrap();
    let mut child = stage
        .command("update")
        .args(stage.flags())
        .env("NOTIFY_SOCKET", stage.path("notify"))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut buffer = [0; 200];
    let length = hears.recv(&mut buffer).unwrap();
    assert_eq!(&buffer[..length], b"READY=1");
    let file = stage.path(".aws/credentials");
    assert!(std::fs::read_to_string(&file).unwrap().contains("ASIA1"));
    assert_eq!(terminate(&mut child).code(), Some(0));
}
