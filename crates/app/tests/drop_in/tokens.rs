//! Transcripts of keys on tokens and in TPMs, those of SoftHSM and of a TPM in software, beside the official helper.

use anyrole_testkit::certificates::Issued;
use anyrole_testkit::{SoftHsm, SoftwareTpm};

use super::Stage;
use super::transcript::folder;

const PARENT: &str = "0x81000001";

#[test]
fn tokens_and_tpms_are_used_and_spoken_of_as_by_the_official_helper() {
    let mut stage = Stage::new("transcripts of tokens and TPMs");
    let issued = |name: &str| {
        let path = |end: &str| folder().join("pki").join(format!("{name}.{end}"));
        Issued {
            certificate: path("crt"),
            key: path("key"),
        }
    };
    let devices = stage.home.path().join("devices");
    std::fs::create_dir(&devices).unwrap();
    let hsm = SoftHsm::new(&devices).unwrap();
    for token in ["one", "two"] {
        hsm.add_token(token).unwrap();
    }
    hsm.add("one", &issued("rsa"), "01", "rsa").unwrap();
    hsm.add("one", &issued("ec"), "02", "ec").unwrap();
    let tpm = SoftwareTpm::start(&devices).unwrap();
    tpm.add_parent(PARENT).unwrap();
    for (name, password, handle) in [
        ("open", "", "0x81000101"),
        ("locked", "tpm-secret", "0x81000102"),
    ] {
        let key = issued("ec").key;
        tpm.import(PARENT, &key, "ecc", password, name).unwrap();
        tpm.persist(PARENT, name, handle).unwrap();
    }
    let text = |path: std::path::PathBuf| path.to_str().unwrap().to_owned();
    stage.given = vec![
        ("{module}", text(SoftHsm::module().unwrap())),
        ("{softhsm}", text(hsm.environment().1)),
        ("{tpm}", text(tpm.socket())),
    ];
    stage.play("tokens.txt");
}
