//! A server whose authorities' keys, and whose master key's key, are on a token of SoftHSM.

use std::path::{Path, PathBuf};
use std::process::Output;

use anyrole_testkit::certificates::Issued;
use anyrole_testkit::{PIN, Program, ServerBuilder, SoftHsm, TestServer};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::way_in::{ANYROLE, WayIn, anyrole, root, script, succeeds};

/// A token, its PIN in a file, and a data folder.
struct Ground {
    folder: TempDir,
    hsm: SoftHsm,
}

impl Ground {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let hsm = SoftHsm::new(folder.path()).unwrap();
        hsm.add_token("ca keys").unwrap();
        let ground = Self { folder, hsm };
        std::fs::write(ground.path("pin"), PIN).unwrap();
        ground
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A URI whose PIN is in the file of this name.
    fn uri(&self, path: &str, module: &Path, pin: &str) -> String {
        let pin = self.path(pin);
        let (module, pin) = (module.display(), pin.display());
        format!("pkcs11:token=ca%20keys{path}?module-path={module}&pin-source={pin}")
    }

    fn builder(&self) -> ServerBuilder {
        let (name, value) = self.hsm.environment();
        TestServer::builder(ANYROLE)
            .data(&self.path("data"))
            .env(name, value.to_str().unwrap())
    }

    /// A server whose new authorities' keys are on the token.
    fn server(&self) -> TestServer {
        let uri = self.uri("", &SoftHsm::module().unwrap(), "pin");
        self.builder().arg("--ca-keys").arg(uri).start().unwrap()
    }

    fn script(&self, server: &TestServer, words: &[&str]) -> String {
        let folder = self.folder.path().to_str().unwrap();
        let words = [&[folder], words].concat();
        script(&root(server), "token_authorities.py", &words)
    }

    /// What a server says that does not start.
    fn does_not_start(&self, builder: ServerBuilder) -> String {
        format!("{:#}", builder.start().unwrap_err())
    }

    /// CreateSession by the leaf.
    fn session(&self, server: &TestServer, way: &WayIn) -> Output {
        let leaf = Issued {
            certificate: self.path("leaf.pem"),
            key: self.path("leaf.key"),
        };
        let mut words = way.credential_process(&leaf);
        words.extend(
            ["--intermediates", self.path("chain.pem").to_str().unwrap()].map(str::to_owned),
        );
        anyrole(ANYROLE, server.url(), &words)
    }
}

#[test]
fn authorities_whose_keys_never_leave_their_token_issue() {
    let ground = Ground::new();
    let mut server = ground.server();
    let made: Value = serde_json::from_str(&ground.script(&server, &["make"])).unwrap();
    let arn = |name: &str| made[name].as_str().unwrap().to_owned();
    let (top, sub) = (arn("root"), arn("sub"));
    let objects = ground.hsm.tool("ca keys", &["--list-objects"]).unwrap();
    for authority in [&top, &sub] {
        let (_, id) = authority.rsplit_once('/').unwrap();
        let label = format!("label:      anyrole-ca-{id}");
        assert_eq!(objects.matches(&label).count(), 2, "{objects}");
    }
    assert_eq!(objects.matches("never extractable").count(), 2, "{objects}");
    let database = std::fs::read(ground.path("data/anyrole.db")).unwrap();
    let log = std::fs::read(ground.path("data/anyrole.db-wal")).unwrap_or_default();
    for bytes in [database, log] {
        assert!(
            !bytes
                .windows(PIN.len())
                .any(|window| window == PIN.as_bytes())
        );
    }
    strictly_verified(&ground);
    let way = WayIn::open(&root(&server), &json!({"name": "token", "ca_arn": top}));
    succeeds(&ground.session(&server, &way));

    // A server that was started again finds the keys by their rows.
    server.restart().unwrap();
    ground.script(&server, &["issue", &sub]);
    strictly_verified(&ground);
    succeeds(&ground.session(&server, &way));

    // The token is taken away while its session is open, and put back.
    let tokens = ground.hsm.tokens();
    let away = tokens.with_extension("away");
    std::fs::rename(&tokens, &away).unwrap();
    std::fs::create_dir(&tokens).unwrap();
    ground.script(&server, &["refuse", &sub]);
    succeeds(&ground.session(&server, &way));
    std::fs::remove_dir(&tokens).unwrap();
    std::fs::rename(&away, &tokens).unwrap();
    ground.script(&server, &["issue", &sub]);
    succeeds(&ground.session(&server, &way));

    // Without the setting the keys are not reached, and the log says what is missing.
    drop(server);
    let server = ground.builder().start().unwrap();
    ground.script(&server, &["refuse", &sub]);
    let trail = std::fs::read_to_string(ground.path("data/audit.jsonl")).unwrap();
    assert!(trail.contains("--ca-keys"), "{trail}");
}

fn strictly_verified(ground: &Ground) {
    let mut openssl = Program::Openssl.command().unwrap();
    let output = openssl
        .args(["verify", "-x509_strict", "-CAfile"])
        .arg(ground.path("root.pem"))
        .arg("-untrusted")
        .arg(ground.path("chain.pem"))
        .arg(ground.path("leaf.pem"));
    succeeds(&output.output().unwrap());
}

#[test]
fn a_server_without_its_token_or_pin_does_not_start() {
    let ground = Ground::new();
    std::fs::write(ground.path("wrong"), "000000").unwrap();
    let module = SoftHsm::module().unwrap();
    let arch = std::env::consts::ARCH;
    let spy = PathBuf::from(format!("/usr/lib/{arch}-linux-gnu/pkcs11-spy.so"));
    let log = ground.path("spy.log");
    let builder = |flag: &str, uri: &str| {
        // Another one for each: what was asked of a token comes before or after the master key is made.
        let data = tempfile::tempdir_in(ground.folder.path()).unwrap().keep();
        ground
            .builder()
            .data(&data)
            .env("PKCS11SPY", module.to_str().unwrap())
            .env("PKCS11SPY_OUTPUT", log.to_str().unwrap())
            .arg(flag)
            .arg(uri)
    };
    // A wrong PIN is tried once, and the server says so.
    let said = ground.does_not_start(builder("--ca-keys", &ground.uri("", &spy, "wrong")));
    assert!(
        said.contains("--ca-keys") && said.contains("tried once"),
        "{said}"
    );
    assert!(!said.contains("000000"), "{said}");
    let calls = std::fs::read_to_string(&log).unwrap();
    let logins = calls.lines().filter(|line| line.ends_with(": C_Login"));
    assert_eq!(logins.count(), 1, "{calls}");
    let path = module.display();
    for (flag, uri, cure) in [
        ("--ca-keys", "pkcs11:token=none".to_owned(), "present:"),
        ("--ca-keys", "pkcs11:object=x".to_owned(), "token=LABEL"),
        (
            "--ca-keys",
            "pkcs11:token=x;object=y".to_owned(),
            "token alone",
        ),
        (
            "--ca-keys",
            "pkcs11:token=ca%20keys".to_owned(),
            "ANYROLE_PKCS11_PIN",
        ),
        (
            "--master-key-token",
            "pkcs11:token=ca%20keys".to_owned(),
            "must name the key",
        ),
        (
            "--master-key-token",
            "pkcs11:token=none;object=k".to_owned(),
            "present:",
        ),
    ] {
        let said = ground.does_not_start(builder(flag, &format!("{uri}?module-path={path}")));
        assert!(said.contains(flag) && said.contains(cure), "{uri}: {said}");
    }
    for flag in ["--ca-keys", "--master-key-token"] {
        let uri = format!("pkcs11:token=t;pin-value=135791?pin-value=135791&module-path={path}");
        let said = ground.does_not_start(builder(flag, &uri));
        assert!(said.contains(flag) && !said.contains("135791"), "{said}");
        let uri = format!("pkcs11:token=t?pin-value=135791&module-path={path}");
        let said = ground.does_not_start(builder(flag, &uri));
        assert!(said.contains(flag) && !said.contains("135791"), "{said}");
    }
}

#[test]
fn a_master_key_is_of_no_use_without_its_token() {
    let ground = Ground::new();
    let module = SoftHsm::module().unwrap();
    let uri = ground.uri(";object=master", &module, "pin");
    let server = |uri: &str| ground.builder().arg("--master-key-token").arg(uri);
    // The first start makes the token's key and the file; the next ones open it.
    let mut first = server(&uri).start().unwrap();
    let keys = ["--list-objects", "--type", "secrkey"];
    let objects = ground.hsm.tool("ca keys", &keys).unwrap();
    assert!(
        objects.contains("AES length 32") && objects.contains("never extractable"),
        "{objects}"
    );
    let is_root = |server: &TestServer| {
        let output = server.aws(&["sts", "get-caller-identity"]).unwrap();
        assert!(output.stdout.contains(":root"), "{}", output.stdout);
    };
    is_root(&first);
    first.restart().unwrap();
    is_root(&first);
    drop(first);
    let said = ground.does_not_start(ground.builder());
    assert!(
        said.contains("--master-key-token") && said.contains("object=master"),
        "{said}"
    );
    // Another key of the token opens nothing, and is not made for it.
    let other = ground.uri(";object=other", &module, "pin");
    let said = ground.does_not_start(server(&other));
    assert!(
        said.contains("names 0") && said.contains("object=master"),
        "{said}"
    );
    ground
        .hsm
        .tool(
            "ca keys",
            &[
                "--keygen",
                "--key-type",
                "AES:32",
                "--label",
                "other",
                "--id",
                "77",
            ],
        )
        .unwrap();
    let said = ground.does_not_start(server(&other));
    assert!(said.contains("does not open it"), "{said}");
    // What is in the environment is opened by the token as well.
    let file = ground.path("data/master.key");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    is_root(
        &server(&uri)
            .env("ANYROLE_MASTER_KEY", &text)
            .start()
            .unwrap(),
    );
}

#[test]
fn a_master_key_of_old_is_put_under_a_token() {
    let ground = Ground::new();
    let uri = ground.uri(";object=master", &SoftHsm::module().unwrap(), "pin");
    let server = ground.builder().start().unwrap();
    let identity = server.aws(&["sts", "get-caller-identity"]).unwrap().stdout;
    drop(server);
    let (old, new) = (ground.path("data/master.key"), ground.path("new.key"));
    let (name, value) = ground.hsm.environment();
    let environment = vec![(name, value)];
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let words = [
        "master-key",
        "create",
        &text(&new),
        "--token-key",
        &uri,
        "--from",
        &text(&old),
    ];
    super::ours(&environment, &words);
    let said = ground.does_not_start(ground.builder().arg("--master-key-token").arg(&uri));
    assert!(said.contains("--from OLD"), "{said}");
    std::fs::rename(&new, &old).unwrap();
    let server = ground
        .builder()
        .arg("--master-key-token")
        .arg(&uri)
        .start()
        .unwrap();
    assert_eq!(
        server.aws(&["sts", "get-caller-identity"]).unwrap().stdout,
        identity
    );
}
