//! Certificates that are renewed while a command runs: they are taken up as a pair, and the old pair serves until then.

use std::sync::{Arc, Mutex};

use anyrole_helper::HelperError;
use anyrole_sdk::{IdentitySource as _, IdentityWatch, LastingSource, Surroundings as _};

use crate::clock::Clock;
use crate::pki::Pki;

#[test]
fn the_old_pair_stays_while_the_new_one_does_not_fit_together() {
    let (pki, renewed) = (Pki::new(), Pki::new());
    let clock = Clock::at("2026-11-20T08:00:00Z");
    let told = Arc::new(Mutex::new(Vec::new()));
    let hears = told.clone();
    let source = LastingSource::new(
        pki.identity().source().unwrap(),
        clock.clone(),
        move |error| {
            hears
                .lock()
                .unwrap()
                .push(HelperError::from(error).to_string())
        },
    );
    let source = Arc::new(source);
    let watch = IdentityWatch::new(source.clone());
    let serial = || {
        source
            .identity()
            .unwrap()
            .leaf()
            .summary()
            .serial_decimal
            .clone()
    };
    let copy = |name: &str| {
        // As a renewal does: beside it, then in its place.
        std::fs::copy(renewed.path(name), pki.path("new")).unwrap();
        std::fs::rename(pki.path("new"), pki.path(name)).unwrap();
    };
    let old = serial();
    assert!(!watch.has_good_news());

    // The key first, then nothing that could be read, then the certificate.
    copy("leaf.key");
    assert!(watch.has_good_news(), "seen once");
    assert!(!watch.has_good_news());
    assert_eq!((serial(), serial()), (old.clone(), old.clone()));
    std::fs::write(pki.path("leaf.pem"), "half a").unwrap();
    assert_eq!(serial(), old);
    std::fs::remove_file(pki.path("leaf.pem")).unwrap();
    assert_eq!(serial(), old);
    let said = std::mem::take(&mut *told.lock().unwrap());
    assert_eq!(said.len(), 3, "each reason once: {said:?}");
    assert!(
        said[0].starts_with("--private-key: the key in "),
        "{said:?}"
    );
    copy("leaf.pem");
    assert!(watch.has_good_news());
    let new = serial();
    assert_ne!(new, old);
    assert_eq!(*told.lock().unwrap(), Vec::<String>::new());

    // Not for ever: what has ended is of no use, and then it is said what is wrong with the present one.
    std::fs::write(pki.path("leaf.key"), "").unwrap();
    assert_eq!(serial(), new);
    clock.pass(20 * 86_400);
    assert!(clock.now().to_string().starts_with("2026-12-10"));
    let error = HelperError::from(source.identity().unwrap_err()).to_string();
    assert!(error.starts_with("--private-key: "), "{error}");
}
