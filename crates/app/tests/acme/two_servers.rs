//! Two servers on one PostgreSQL, behind one address: what an ACME client begins at one it goes on with at the other.

use anyrole_testkit::{Postgres, TestServer};
use tempfile::TempDir;

use super::instant::Instant;
use super::servers::Switch;
use super::{Site, name_of};
use crate::way_in::{ANYROLE, anyrole, succeeds};

#[test]
fn an_order_that_was_begun_at_one_server_is_finished_at_the_other() {
    let (postgres, ground, front) = (
        Postgres::start().unwrap(),
        TempDir::new().unwrap(),
        Switch::new(),
    );
    postgres.create_database("anyrole").unwrap();
    let key = ground.path().join("master.key");
    let key = key.to_str().unwrap();
    succeeds(&anyrole(
        ANYROLE,
        "",
        &["master-key", "create", key].map(str::to_owned),
    ));
    let public = format!("https://{}", front.address);
    let site = Site::open_with(|builder| {
        builder
            .env("ANYROLE_DATABASE", &postgres.url("anyrole"))
            .arg("--master-key-file")
            .arg(key)
            .arg(format!("--public-url={public}"))
    });
    let other = site.builder.clone().start().unwrap();
    let mut acme = Instant::new(&site);
    acme.directory = acme.directory.replace(site.server.url(), &public);
    let at = |server: &TestServer, words: &[&str]| {
        front.to(server.address());
        acme.runs("records", words);
    };
    let (name, order) = ("both.corp.example", acme.file("order"));
    let (csr, certificate) = (acme.file("csr.der"), acme.file("cert.pem"));
    acme.request(name);
    // Account and order at one, the proof at the other, the certificate at the first again, and the revocation at the second.
    at(&site.server, &["begin", name, "dns-01", &order]);
    at(&other, &["prove", "dns-01", &order]);
    at(&site.server, &["finish", &csr, &certificate, &order]);
    let issued = acme.issued();
    let first = site.opens(&issued);
    assert_eq!(name_of(&first), format!("CN={name},OU=fleet"));
    succeeds(&site.credentials_of(&other, &issued));
    // The other way round; the name is proved.
    at(&other, &["begin", name, "dns-01", &order]);
    at(&site.server, &["prove", "dns-01", &order]);
    at(&other, &["finish", &csr, &certificate, &order]);
    let second = site.opens(&issued);
    assert_ne!(first.summary().serial_hex, second.summary().serial_hex);
    front.to(other.address());
    acme.revokes(&second);
    // Both know by then, wherever the sessions are asked for.
    assert!(!site.credentials_of(&other, &issued).status.success());
    site.is_refused(&issued);
}
