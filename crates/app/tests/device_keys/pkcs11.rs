//! Tokens: every way to name key and certificate, how often the token is asked, the chain, sessions, AWS's own helper.

use std::path::{Path, PathBuf};

use anyrole_testkit::certificates::{Authority, CertificateRequest, Issued, KeyKind};
use anyrole_testkit::{OfficialHelper, PIN, SoftHsm, TestServer, say_skipped};
use serde_json::json;
use tempfile::TempDir;

use super::way_in::{ANYROLE, WayIn, root, succeeds};
use super::{Environment, assert_signed, by_shell, caller, ours, public_of, refuses, run};

/// Tokens with an RSA and an EC identity under an intermediate on `one`; a second token `two`.
pub struct Tokens {
    pub folder: TempDir,
    pub hsm: SoftHsm,
    pub ca: Authority,
    pub middle: Authority,
    pub rsa: Issued,
    pub ec: Issued,
    pub environment: Environment,
}

impl Tokens {
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let ca = Authority::root(folder.path()).unwrap();
        let middle = ca
            .intermediate("middle", &CertificateRequest::authority("Middle"))
            .unwrap();
        let leaf = |name: &str, kind| {
            let request = CertificateRequest::leaf(name).key(kind).serial("4097");
            middle.issue(name, &request).unwrap()
        };
        let (rsa, ec) = (leaf("rsa", KeyKind::Rsa(2048)), leaf("ec", KeyKind::P256));
        let hsm = SoftHsm::new(folder.path()).unwrap();
        for token in ["one", "two"] {
            hsm.add_token(token).unwrap();
        }
        hsm.add("one", &rsa, "01", "rsa").unwrap();
        hsm.add("one", &ec, "02", "the ec; 100%").unwrap();
        let (name, value) = hsm.environment();
        let module = SoftHsm::module().unwrap();
        let environment = vec![(name, value), ("MODULE", module)];
        Self {
            folder,
            hsm,
            ca,
            middle,
            rsa,
            ec,
            environment,
        }
    }

    /// The environment with the PIN.
    pub fn with_pin(&self) -> Environment {
        let pin = [("ANYROLE_PKCS11_PIN", PIN.into())];
        self.environment.iter().cloned().chain(pin).collect()
    }

    /// What SoftHSM has made up for a token.
    fn slot_and_serial(&self, token: &str) -> (String, String) {
        let listed = self.hsm.flags().unwrap();
        let of_token = listed
            .split("Slot ")
            .find(|slot| {
                slot.lines()
                    .any(|line| line.trim_end().ends_with(&format!(": {token}")))
            })
            .unwrap();
        let id = of_token
            .split_once("(0x")
            .unwrap()
            .1
            .split_once(')')
            .unwrap()
            .0;
        let serial = of_token
            .lines()
            .find(|line| line.contains("serial num"))
            .unwrap();
        let serial = serial.split_once(": ").unwrap().1.trim();
        (
            u64::from_str_radix(id, 16).unwrap().to_string(),
            serial.to_owned(),
        )
    }

    /// The environment, and a log of the calls to the module that `--pkcs11-lib SPY` writes.
    pub fn spied(&self) -> (Environment, PathBuf) {
        let log = self.folder.path().join("spy.log");
        let _ = std::fs::remove_file(&log);
        let more = [
            ("PKCS11SPY", SoftHsm::module().unwrap()),
            ("PKCS11SPY_OUTPUT", log.clone()),
        ];
        (self.environment.iter().cloned().chain(more).collect(), log)
    }
}

pub fn spy() -> String {
    let folder = format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    let spy = Path::new(&folder).join("pkcs11-spy.so");
    assert!(
        spy.is_file(),
        "`{}`: apt-get install opensc-pkcs11",
        spy.display()
    );
    spy.to_str().unwrap().to_owned()
}

/// How often a function of the module was called.
pub fn calls(log: &Path, function: &str) -> usize {
    let log = std::fs::read_to_string(log).unwrap_or_default();
    log.lines()
        .filter(|line| {
            line.split_once(": ")
                .is_some_and(|(_, name)| name == function)
        })
        .count()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// URIs of the RSA key with what else the command line has; PIN, FILE and LIB stand for the PIN, a file of it, the module.
/// Where no PIN is in the line, it is in the environment.
const URIS: &str = "\
pkcs11:token=one;object=rsa?pin-value=PIN --pkcs11-lib LIB
pkcs11:token=one;id=%01?pin-source=FILE&module-path=LIB
pkcs11:token=one;id=%01?pin-source=file:FILE&module-name=softhsm2
pkcs11:token=one;object=rsa --pkcs11-lib LIB --pin-source FILE
PKCS11:token=one;object=rsa;type=private
pkcs11:object=rsa;manufacturer=SoftHSM%20project;model=SoftHSM%20v2;token=one --pkcs11-lib LIB
pkcs11:token=one;object=rsa;library-manufacturer=SoftHSM;library-version=2.6 --pkcs11-lib LIB
pkcs11:token=one;object=rsa;slot-manufacturer=SoftHSM%20project --pkcs11-lib LIB
pkcs11:slot-id=SLOT;object=rsa --pkcs11-lib LIB
pkcs11:serial=SERIAL;object=rsa --pkcs11-lib LIB
pkcs11:token=one;object=rsa;type=cert --pkcs11-lib LIB";

#[test]
fn a_key_is_found_by_every_uri_that_names_it() {
    let tokens = Tokens::new();
    let module = SoftHsm::module().unwrap();
    let pin_file = tokens.folder.path().join("pin");
    std::fs::write(&pin_file, format!("{PIN}\n")).unwrap();
    let words = ["sign-string", "--private-key", path(&tokens.rsa.key)];
    let expected = ours(&Environment::new(), &words);
    let (slot, serial) = tokens.slot_and_serial("one");
    for row in URIS.lines() {
        let row = row
            .replace("FILE", path(&pin_file))
            .replace("LIB", path(&module))
            .replace("SLOT", &slot)
            .replace("SERIAL", &serial);
        let environment = match row.contains("pin-") {
            true => tokens.environment.clone(),
            false => tokens.with_pin(),
        };
        let row = row.replace("PIN", PIN);
        let words = ["sign-string", "--private-key"]
            .into_iter()
            .chain(row.split(' '));
        let signature = ours(&environment, &words.collect::<Vec<_>>());
        assert_eq!(signature, expected, "{row}");
    }
    // Nobody else sees it on its way.
    let (pin, lib) = (path(&pin_file), path(&module));
    let key = format!("--private-key 'pkcs11:token=one;object=rsa' --pkcs11-lib {lib}");
    for line in [
        format!("$ANYROLE sign-string {key} --pin-source - < {pin}"),
        format!("$ANYROLE sign-string {key} --pin-source /dev/fd/7 7< {pin}"),
        format!("cat {pin} | $ANYROLE sign-string {key} --pin-source /dev/fd/0"),
    ] {
        let signature = by_shell(&tokens.environment, &line);
        assert_eq!(signature, expected, "{line}");
    }
    // 0 is a number like others, not "any".
    let words = [
        "sign-string",
        "--private-key",
        "pkcs11:slot-id=0;object=rsa",
    ];
    let words = [&words[..], &["--pkcs11-lib", path(&module)]].concat();
    refuses(
        &tokens.with_pin(),
        &words,
        &["no token matches", "token=one"],
    );
}

#[test]
fn certificate_and_key_come_from_token_and_file_in_each_pairing() {
    let tokens = Tokens::new();
    let module = SoftHsm::module().unwrap();
    let ec = "pkcs11:token=one;object=the%20ec%3B%20100%25";
    let public = public_of(&tokens.ec.key);
    let (certificate, key) = (path(&tokens.ec.certificate), path(&tokens.ec.key));
    for words in [
        vec!["--certificate", ec],
        vec!["--certificate", "pkcs11:token=one;id=%02;type=cert"],
        vec![
            "--certificate",
            ec,
            "--private-key",
            "pkcs11:token=one;id=%02",
        ],
        vec![
            "--certificate",
            certificate,
            "--private-key",
            "pkcs11:token=one",
        ],
        vec![
            "--certificate",
            certificate,
            "--private-key",
            "pkcs11:id=%02;token=one",
        ],
        vec!["--certificate", ec, "--private-key", key],
    ] {
        for hash in ["SHA256", "SHA384", "SHA512"] {
            let first = ["sign-string", "--format", "bin", "--digest", hash];
            let words = [&first[..], &["--pkcs11-lib", path(&module)], &words].concat();
            let signature = ours(&tokens.with_pin(), &words);
            assert_signed(&public, &format!("-{}", hash.to_lowercase()), &signature);
        }
    }
}

#[test]
fn a_session_takes_one_signature_and_sends_the_chain_alone() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    let tokens = Tokens::new();
    // Strangers, the root, and the intermediate twice: only the intermediate is to be sent.
    let stranger = Authority::root_from(
        tokens.folder.path(),
        "stranger",
        &CertificateRequest::authority("Stranger"),
    )
    .unwrap();
    for (id, certificate) in [
        ("a0", stranger.certificate()),
        ("a1", tokens.ca.certificate()),
        ("a2", tokens.middle.certificate()),
        ("a3", tokens.middle.certificate()),
    ] {
        tokens
            .hsm
            .add_certificate("one", certificate, id, id)
            .unwrap();
    }
    let way = WayIn::open(
        &root(&server),
        &json!({"name": "tokens", "ca": tokens.ca.certificate()}),
    );
    let (spied, log) = tokens.spied();
    let mut with_pin = spied;
    with_pin.push(("ANYROLE_PKCS11_PIN", PIN.into()));
    let spy = spy();
    let middle = path(tokens.middle.certificate()).to_owned();
    for (name, words) in [
        (
            "certificate's URI",
            vec!["--certificate", "pkcs11:token=one;object=rsa"],
        ),
        ("EC", vec!["--certificate", "pkcs11:token=one;id=%02"]),
        (
            "own URI",
            vec![
                "--certificate",
                path(&tokens.ec.certificate),
                "--private-key",
                "pkcs11:token=one;id=%02",
                "--intermediates",
                &middle,
            ],
        ),
    ] {
        let _ = std::fs::remove_file(&log);
        let words = [&["--pkcs11-lib", &spy], &words[..]].concat();
        let arn = caller(&server, &way, &with_pin, &words);
        assert!(arn.contains(":assumed-role/tokens/"), "{name}: {arn}");
        assert_eq!(calls(&log, "C_SignInit"), 1, "{name}");
        assert_eq!(calls(&log, "C_Login"), 1, "{name}");
        // Once for the length, once for the signature.
        assert!(calls(&log, "C_Sign") <= 2, "{name}");
    }
    // Where a session is kept, nobody is asked for a PIN.
    let run_folder = TempDir::new().unwrap();
    let mut keeping = tokens.spied().0;
    keeping.push(("ANYROLE_CACHE", "on".into()));
    keeping.push(("XDG_RUNTIME_DIR", run_folder.path().to_owned()));
    let words = [
        &["credential-process", "--endpoint", server.url()][..],
        &["--pkcs11-lib", &spy],
        &["--certificate", "pkcs11:token=one;object=rsa"],
        &way.arns(),
    ]
    .concat();
    refuses(&keeping, &words, &["needs its PIN"]);
    let pin_file = run_folder.path().join("pin");
    std::fs::write(&pin_file, PIN).unwrap();
    let pin = [&words[..], &["--pin-source", path(&pin_file)]].concat();
    let first = ours(&keeping, &pin);
    let _ = std::fs::remove_file(&log);
    assert_eq!(ours(&keeping, &words), first);
    assert_eq!((calls(&log, "C_Login"), calls(&log, "C_SignInit")), (0, 0));
}

#[test]
fn doctor_looks_at_tokens_and_tries_a_wrong_pin_once() {
    let tokens = Tokens::new();
    let (spied, log) = tokens.spied();
    let spy = spy();
    let looks = |pin: Option<&str>, key: &str| {
        let _ = std::fs::remove_file(&log);
        let mut environment = spied.clone();
        environment.extend(pin.map(|pin| ("ANYROLE_PKCS11_PIN", pin.into())));
        let words = [
            &["doctor", "--offline", "--pkcs11-lib", &spy][..],
            &[
                "--certificate",
                "pkcs11:token=one;object=rsa",
                "--private-key",
                key,
            ],
            &ARNS,
        ]
        .concat();
        let output = run(Path::new(ANYROLE), &environment, &words);
        let printed = String::from_utf8(output.stdout).unwrap();
        (
            output.status.code().unwrap(),
            printed,
            calls(&log, "C_Login"),
        )
    };
    let key = "pkcs11:token=one;object=rsa";
    for (pin, key, status, logins, said) in [
        (
            Some(PIN),
            key,
            0,
            1,
            "ok         the private key belongs to the certificate",
        ),
        (
            Some("999999"),
            key,
            1,
            1,
            "the PIN is not that of the token `one`; it was tried once",
        ),
        (None, key, 1, 0, "the token `one` needs its PIN"),
        (Some(PIN), "pkcs11:token=three", 1, 0, "no token matches"),
    ] {
        let (code, printed, tried) = looks(pin, key);
        assert_eq!((code, tried), (status, logins), "{said}: {printed}");
        assert!(printed.contains(said), "`{said}` is not in\n{printed}");
    }
}

pub const ARNS: [&str; 6] = [
    "--trust-anchor-arn",
    "arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/t",
    "--profile-arn",
    "arn:aws:rolesanywhere:us-east-1:000000000000:profile/p",
    "--role-arn",
    "arn:aws:iam::000000000000:role/r",
];

#[test]
fn a_key_that_wants_its_pin_each_time_gets_it_where_that_is_allowed() {
    let tokens = Tokens::new();
    let words = [
        "--keypairgen",
        "--key-type",
        "rsa:2048",
        "--id",
        "09",
        "--label",
        "strict",
        "--always-auth",
    ];
    tokens.hsm.tool("one", &words).unwrap();
    let (mut spied, log) = tokens.spied();
    spied.push(("ANYROLE_PKCS11_PIN", PIN.into()));
    let spy = spy();
    let words = [
        "sign-string",
        "--pkcs11-lib",
        &spy,
        "--private-key",
        "pkcs11:token=one;object=strict",
    ];
    ours(&spied, &[&words[..], &["--reuse-pin"]].concat());
    assert_eq!((calls(&log, "C_Login"), calls(&log, "C_SignInit")), (2, 1));
    refuses(&spied, &words, &["wants the PIN", "--reuse-pin"]);
}

#[test]
fn the_official_helper_signs_the_same_with_the_same_token() {
    let Some(helper) = OfficialHelper::ready().unwrap() else {
        say_skipped("the official helper with a token", "Go is not installed");
        return;
    };
    let tokens = Tokens::new();
    let module = SoftHsm::module().unwrap();
    let module = path(&module);
    // With the certificate in a file it leaves the hash of the public key out of what it signs.
    let uri = format!("pkcs11:token=one;object=rsa?pin-value={PIN}");
    let words = [
        "read-certificate-data",
        "--pkcs11-lib",
        module,
        "--certificate",
        "pkcs11:token=one;object=rsa",
    ];
    // The attributes of its URIs come in another order each time.
    let listed = |program: &Path| {
        let list = succeeds(&run(program, &tokens.environment, &words));
        let uri = list.lines().find(|line| line.starts_with("URI: pkcs11:"));
        let uri = uri.unwrap().to_owned();
        assert!(
            uri.contains("object=rsa") && uri.contains("id=%01"),
            "{uri}"
        );
        list.replace(&uri, "")
    };
    let ours_listed = listed(Path::new(ANYROLE));
    assert_eq!(ours_listed, listed(helper.program()));
    let nothing = format!("pkcs11:token=one;object=none?pin-value={PIN}");
    let nothing = [&words[..4], &[&nothing]].concat();
    for program in [Path::new(ANYROLE), helper.program()] {
        let list = succeeds(&run(program, &tokens.environment, &nothing));
        assert_eq!(list, "No matching identities\n", "{program:?}");
    }
    for digest in ["SHA256", "SHA384", "SHA512"] {
        let words = [
            "sign-string",
            "--pkcs11-lib",
            module,
            "--digest",
            digest,
            "--certificate",
            &uri,
        ];
        let theirs = succeeds(&run(helper.program(), &tokens.environment, &words));
        let ours = String::from_utf8(ours(&tokens.environment, &words)).unwrap();
        assert_eq!(theirs, ours, "{digest}");
    }
}
