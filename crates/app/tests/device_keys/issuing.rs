//! Authorities and holders whose keys stay in their place: certificates by keys on a token (SoftHSM) and in a TPM (swtpm), by both
//! names of the commands.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyrole_testkit::{PIN, SoftHsm, SoftwareTpm};
use tempfile::TempDir;

use super::Environment;
use super::way_in::{ANYROLE, succeeds};

const PARENT: &str = "0x81000001";
const HANDLE: &str = "0x81000501";

struct Site {
    folder: TempDir,
    environment: Environment,
    _tpm: SoftwareTpm,
}

impl Site {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let hsm = SoftHsm::new(folder.path()).unwrap();
        hsm.add_token("ca").unwrap();
        let tpm = SoftwareTpm::start(folder.path()).unwrap();
        let key = folder.path().join("tpm.pem");
        let line = format!(
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out {}",
            key.display()
        );
        openssl(folder.path(), &line);
        tpm.add_parent(PARENT).unwrap();
        tpm.import(PARENT, &key, "ecc", "", "leaf").unwrap();
        tpm.persist(PARENT, "leaf", HANDLE).unwrap();
        for (id, label, kind) in [("01", "root", "EC:prime256v1"), ("02", "leaf", "rsa:2048")] {
            let words = [
                "--keypairgen",
                "--key-type",
                kind,
                "--id",
                id,
                "--label",
                label,
            ];
            hsm.tool("ca", &words).unwrap();
        }
        let (name, value) = hsm.environment();
        let module = SoftHsm::module().unwrap();
        let environment = vec![
            (name, value),
            ("MODULE", module),
            ("TPM_DEVICE", tpm.socket()),
            ("PIN", PathBuf::from(PIN)),
            ("PATH", PathBuf::from("/usr/bin:/bin")),
        ];
        let site = Self {
            folder,
            environment,
            _tpm: tpm,
        };
        site.runs("$ANYROLE link bin");
        site
    }

    fn run(&self, line: &str) -> Output {
        Command::new("setsid")
            .args(["--wait", "sh", "-c", line])
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("ANYROLE", ANYROLE)
            .envs(self.environment.iter().map(|(name, value)| (*name, value)))
            .output()
            .unwrap()
    }

    fn runs(&self, line: &str) {
        succeeds(&self.run(line));
    }
}

fn openssl(folder: &Path, line: &str) {
    let output = Command::new("openssl")
        .args(line.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    succeeds(&output);
}

#[test]
fn roots_and_leaves_are_certified_where_their_keys_are() {
    let site = Site::new();
    let folder = site.folder.path();
    std::fs::write(folder.join("pin"), PIN).unwrap();
    // A root whose key never leaves its token; what it signs is for keys of a file, a token and a TPM.
    let root = "'pkcs11:token=ca;object=root'";
    let flags = "--pkcs11-lib $MODULE --pin-source pin";
    let of_ca = format!("--ca root.crt --ca-key {root} {flags}");
    for line in [
        format!("create Root root.crt --profile root-ca --key {root} {flags}"),
        format!("create file file.crt file.key {of_ca} --no-password --insecure"),
        format!("create token token.crt --key 'pkcs11:token=ca;object=leaf' {of_ca}"),
        format!("create tpm tpm.crt --key tpm:handle={HANDLE} --no-tpm-key-password {of_ca}"),
        format!("create again again.crt --key handle:{HANDLE} --no-tpm-key-password {of_ca}"),
    ] {
        site.runs(&format!("$ANYROLE certificate {line}"));
    }
    openssl(
        folder,
        "req -new -newkey rsa:2048 -nodes -keyout asked.key -out asked.csr -subj /CN=asked",
    );
    site.runs(&format!(
        "$ANYROLE certificate sign asked.csr root.crt {root} {flags} > asked.crt"
    ));
    // The same as step has it: the key store by --kms, the key beside it.
    let kms = "\"pkcs11:module-path=$MODULE;token=ca?pin-value=$PIN\"";
    for line in [
        format!(
            "create two two.crt two.key --ca root.crt --ca-kms {kms} --ca-key pkcs11:object=root --no-password --insecure"
        ),
        format!("create req req.csr --csr --kms {kms} --key pkcs11:id=%02"),
        format!("sign req.csr root.crt pkcs11:object=root --kms {kms} > req.crt"),
        format!("create Own own.crt --profile root-ca --key tpm:handle={HANDLE}"),
    ] {
        site.runs(&format!(
            "ANYROLE_TPM_KEY_PASSWORD= bin/step certificate {line}"
        ));
    }
    for name in [
        "root", "file", "token", "tpm", "again", "asked", "two", "req",
    ] {
        let line = format!("verify -x509_strict -CAfile root.crt {name}.crt");
        openssl(folder, &line);
    }
    openssl(folder, "verify -x509_strict -CAfile own.crt own.crt");
    let mut names = names(folder);
    names.retain(|name| name.ends_with(".key"));
    assert_eq!(names.len(), 3, "keys that stay are not written: {names:?}");
}

#[test]
fn keys_that_are_not_there_are_named_and_no_pin_is_said() {
    let site = Site::new();
    let rows = [
        (
            "$ANYROLE certificate create R r.crt --profile root-ca --key 'pkcs11:token=none;object=root' --pkcs11-lib $MODULE",
            "token=none",
        ),
        (
            "ANYROLE_PKCS11_PIN=135791 $ANYROLE certificate create R r.crt --profile root-ca --key 'pkcs11:token=ca;object=root' --pkcs11-lib $MODULE",
            "PIN",
        ),
        (
            "$ANYROLE certificate create R r.crt --profile root-ca --key tpm:handle=0x81000999",
            "0x81000999",
        ),
        (
            "$ANYROLE certificate create R r.crt --profile root-ca --key tpm:",
            "tpm:handle=",
        ),
        (
            "$ANYROLE certificate create R r.crt r.key --profile root-ca --key none.key",
            "cannot be used with",
        ),
        (
            "bin/step certificate create R r.crt --profile root-ca --kms awskms:region=x --key awskms:key-id=y",
            "step-kms-plugin",
        ),
    ];
    for (line, said) in rows {
        let output = site.run(line);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{line}");
        assert!(stderr.contains(said), "{line}: {stderr}");
        assert!(!stderr.contains("135791"), "{line}: {stderr}");
        assert!(!site.folder.path().join("r.crt").exists(), "{line}");
    }
}

#[test]
fn what_works_on_files_alone_says_so_of_keys_that_stay() {
    let site = Site::new();
    let open = "--no-password --insecure";
    site.runs(&format!(
        "$ANYROLE certificate create Root root.crt root.key --profile root-ca {open}"
    ));
    std::fs::write(
        site.folder.path().join("password"),
        "five words of no sense\n",
    )
    .unwrap();
    let before = names(site.folder.path());
    let (written, read) = ("no file that can be written", "takes keys in files alone");
    for uri in [
        "'pkcs11:token=ca;object=leaf?pin-value=135791'",
        "'pkcs11:token=ca;pin-value=135791'",
        "tpm:handle=0x81000501",
        "handle:0x81000501",
        "tpm:file=new.key",
    ] {
        for (line, said) in [
            (
                format!("$ANYROLE certificate create A a.crt {uri} --profile root-ca {open}"),
                written,
            ),
            (
                format!("$ANYROLE certificate create A {uri} a.key --profile root-ca {open}"),
                written,
            ),
            (
                format!("$ANYROLE crypto keypair a.pub {uri} {open}"),
                written,
            ),
            (
                format!("$ANYROLE crypto change-pass root.key --out {uri} {open}"),
                written,
            ),
            (
                format!("$ANYROLE crypto change-pass {uri} --out a.key {open}"),
                read,
            ),
            (
                format!("$ANYROLE certificate p12 a.p12 root.crt {uri} {open}"),
                read,
            ),
            (
                format!("bin/step certificate create A a.crt {uri} --profile root-ca {open}"),
                written,
            ),
            (
                format!("bin/step crypto keypair a.pub {uri} {open}"),
                written,
            ),
            (
                format!("bin/step crypto change-pass {uri} --out a.key {open}"),
                read,
            ),
            (
                format!("bin/step certificate p12 a.p12 root.crt {uri} --password-file password"),
                read,
            ),
            (
                format!("echo '{{\"cert\":\"c\"}}' | bin/cfssljson -bare {uri}"),
                written,
            ),
        ] {
            let output = site.run(&line);
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success(), "{line}");
            assert!(stderr.contains(said), "{line}: {stderr}");
            assert!(!stderr.contains("135791"), "{line}: {stderr}");
            assert_eq!(names(site.folder.path()), before, "{line}");
        }
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
