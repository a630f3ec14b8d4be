//! A first start that is cut short: the next one makes what is missing, and the root key that it leaves is the one that counts.

use std::path::Path;
use std::time::Duration;

use anyrole_testkit::TestServer;

use crate::client::Client;
use crate::kill::kill_while_it_starts;
use crate::objects::s3;
use crate::random::Random;

const KILLS: usize = 24;

#[test]
fn a_first_start_that_was_killed_is_taken_up_again() {
    let mut random = Random::new(0xf125_7000);
    let mut seen = Vec::new();
    for kill in 0..KILLS {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        // At each stage, of which the files tell, and a little later.
        let stage = || names_in(&data).len() >= kill % 8;
        let after = Duration::from_micros(random.next() % 4000);
        kill_while_it_starts(&data, stage, after);
        let left = names_in(&data);
        let server = TestServer::builder(env!("CARGO_BIN_EXE_anyrole"))
            .data(&data)
            .start();
        let server =
            server.unwrap_or_else(|error| panic!("after a start that left {left:?}: {error:#}"));
        let mut client = Client::new(server.address(), &server.root_key().unwrap());
        client.send(&s3("PUT", "/bucket", "")).unwrap().expect(200);
        println!("left {left:?}");
        seen.push(left);
    }
    seen.sort();
    seen.dedup();
    assert!(
        seen.len() > 3,
        "the kills came at too few moments: {seen:?}"
    );
}

fn names_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
