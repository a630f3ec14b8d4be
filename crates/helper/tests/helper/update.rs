//! `update` when there is nothing to be had at once; what it does with a service that fails is in `faults.rs`.

use std::sync::Arc;

use anyrole_helper::Update;

use crate::clock::Clock;
use crate::pki::Pki;

#[test]
fn once_tells_what_is_wrong_and_leaves_the_file() {
    let pki = Pki::new();
    let file = pki.path("credentials");
    std::fs::write(&file, "[dev]\naws_access_key_id = old").unwrap();
    let clock = Clock::at("2027-11-20T08:00:00Z");
    let update = Update {
        session: pki.settings(),
        file: file.clone(),
        profile: "dev".to_owned(),
        debug: false,
        writing: Arc::default(),
    };
    let error = update.once(&*clock).unwrap_err().to_string();
    assert!(error.contains("expired at"), "{error}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text, "[dev]\naws_access_key_id = old");
}
