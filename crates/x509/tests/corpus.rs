//! The chain corpus of `testdata/chains`: each file is judged by the library and by openssl, and both must say what it says.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyrole_x509::{
    AnchorCertificates, ExpiredListRule, PresentedChain, Revocation, RevocationList, verify_chain,
};
use base64_simd::STANDARD;
use jiff::Timestamp;

const PARTS: [&str; 4] = ["anchor", "chain", "leaf", "crl"];

/// A file of the corpus.
struct Case {
    name: String,
    lines: Vec<(String, String)>,
    /// The text below `anchor:`, `chain:`, `leaf:` and `crl:`.
    parts: [String; 4],
}

impl Case {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let (head, body) = text.split_once("\n\n").unwrap();
        let lines = head.lines().map(|line| {
            let (key, value) = line.split_once(": ").unwrap();
            (key.to_owned(), value.to_owned())
        });
        let mut parts: [String; 4] = Default::default();
        let mut into = 0;
        for line in body.lines() {
            match PARTS
                .iter()
                .position(|part| line.strip_suffix(':') == Some(part))
            {
                Some(part) => into = part,
                None => {
                    let part = parts.get_mut(into).unwrap();
                    part.push_str(line);
                    part.push('\n');
                }
            }
        }
        Self {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            lines: lines.collect(),
            parts,
        }
    }

    fn get(&self, key: &str) -> Option<&str> {
        let mut found = self.lines.iter().filter(|(name, _)| name == key);
        found.next().map(|(_, value)| value.as_str())
    }

    fn at(&self) -> Timestamp {
        self.get("at").unwrap().parse().unwrap()
    }

    /// The verdict: `ok` or the reason's code.
    fn judge(&self) -> Result<(), &'static str> {
        let [anchor, chain, leaf, crls] = &self.parts;
        let anchor = AnchorCertificates::parse_bundle(anchor).map_err(|error| error.code())?;
        let leaf = sections(leaf).pop().unwrap();
        let presented = PresentedChain::from_der(leaf, sections(chain))
            .map_err(|refusal| refusal.reason.code())?;
        // A list of an intermediate's is verified on a path, as one from a distribution point is.
        let path = verify_chain(&presented, &anchor, &Revocation::NONE, self.at());
        let mut lists = Vec::new();
        for der in sections(crls) {
            let parse = || RevocationList::parse(&der).map_err(|error| error.code());
            let verified = match (parse()?.verify_issued_by(&anchor), &path) {
                (Err(error), Ok(path)) if error.code() == "crl-unknown-issuer" => {
                    parse()?.verify_issued_on_path(&presented, path)
                }
                (verified, _) => verified,
            };
            lists.push(Arc::new(verified.map_err(|error| error.code())?));
        }
        let expired = match self.get("expired-lists") {
            None | Some("refuse") => ExpiredListRule::Refuse,
            Some("warn") => ExpiredListRule::Warn,
            Some(other) => panic!("{other}"),
        };
        let revocation = Revocation {
            lists: &lists,
            expired,
            issuers: None,
        };
        verify_chain(&presented, &anchor, &revocation, self.at())
            .map(|_| ())
            .map_err(|refusal| refusal.reason.code())
    }

    /// Whether openssl takes it, asked as testdata/chains/make.py asked it.
    fn openssl_takes_it(&self, folder: &Path) -> bool {
        let mut command = Command::new("openssl");
        command
            .args(["verify", "-no-CAfile", "-no-CApath", "-no-CAstore"])
            .args(["-partial_chain", "-auth_level", "2"])
            .args(["-purpose", "sslclient", "-attime"])
            .arg(self.at().as_second().to_string());
        let options = self.get("openssl-options").unwrap_or_default();
        command.args(options.split_whitespace());
        let options = ["-trusted", "-untrusted", "", "-CRLfile"];
        for ((part, text), option) in PARTS.iter().zip(&self.parts).zip(options) {
            if !text.is_empty() {
                std::fs::write(folder.join(part), text).unwrap();
                if !option.is_empty() {
                    command.args([option, *part]);
                }
            }
        }
        let output = command.arg("leaf").current_dir(folder).output().unwrap();
        output.status.success()
    }
}

/// The DER of each PEM section, whatever it is of.
fn sections(pem: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut text = String::new();
    for line in pem.lines() {
        if line.starts_with("-----BEGIN") {
            text.clear();
        } else if line.starts_with("-----END") {
            found.push(STANDARD.decode_to_vec(text.as_bytes()).unwrap());
        } else {
            text.push_str(line);
        }
    }
    found
}

fn corpus() -> Vec<Case> {
    let folder = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../testdata/chains"
    ));
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    files.iter().map(|path| Case::read(path)).collect()
}

#[test]
fn each_case_comes_out_as_its_file_says() {
    let cases = corpus();
    assert!(cases.len() >= 150, "{} cases", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            assert_eq!(case.get("name"), Some(case.name.as_str()));
            assert!(case.get("what").is_some_and(|what| !what.is_empty()));
            let expected = case.get("expect").unwrap();
            let verdict = case.judge().err().unwrap_or("ok");
            (verdict != expected).then(|| format!("{}: {verdict}, not {expected}", case.name))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Where openssl and the library part, the file says why; where they agree, it has nothing to say.
#[test]
fn openssl_says_what_the_files_say_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let wrong: Vec<String> = corpus()
        .iter()
        .filter_map(|case| {
            let said = case.get("openssl").unwrap();
            let takes = case.openssl_takes_it(folder.path());
            let agrees = takes == (case.get("expect") == Some("ok"));
            let explained = case.get("differs").is_some();
            let holds = takes == (said == "ok") && agrees != explained;
            (!holds).then(|| format!("{}: takes it: {takes}, file: {said}", case.name))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every reason that a certificate or list can be refused for has a case, but for those of presenting and signing.
#[test]
fn every_reason_has_a_case() {
    let cases = corpus();
    let seen: BTreeSet<&str> = cases.iter().filter_map(|case| case.get("expect")).collect();
    let elsewhere = [
        "certificate-not-base64",
        "certificate-too-large",
        "signature-algorithm-mismatch",
        "signature-invalid",
    ];
    let missing: Vec<&str> = anyrole_x509::Reason::ALL
        .iter()
        .map(|reason| reason.code())
        .filter(|code| !seen.contains(code) && !elsewhere.contains(code))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
