//! While the database is away: sessions are verified and issued for as long as the setting says, writes are refused with
//! an error that clients try again, and readiness says so.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use super::cluster::{Ground, Way, anyone, buckets, ready, who};

#[test]
fn the_snapshot_serves_and_writes_are_refused() {
    let mut ground = Ground::new();
    let server = ground.server().start().unwrap();
    let way = Way::open(&ground, &server);
    let at = server.address();
    let session = way.session(at);
    assert_eq!(ready(at).expect(200).text, "ready\n");
    ground.postgres.stop().unwrap();
    // Longer than the bound that holds while the database is there.
    for _ in 0..4 {
        sleep(Duration::from_millis(500));
        who(at, &session).unwrap().expect(200);
        buckets(at, &session).expect(200);
        way.session(at);
        who(at, &way.root).unwrap().expect(200);
    }
    let said = ready(at).expect(200).text;
    assert!(said.contains("the database is away"), "{said}");
    assert!(
        server.log().contains("the database is away"),
        "{}",
        server.log()
    );
    let refused = way.create_role(at, "late", &anyone()).unwrap().expect(503);
    assert!(
        refused.text.contains("<Code>ServiceUnavailable</Code>"),
        "{}",
        refused.text
    );
    let body = json!({"name": "late", "roleArns": []});
    let refused = way
        .rolesanywhere(at, "POST", "/profiles", &body)
        .expect(503);
    assert!(
        refused.json()["message"]
            .as_str()
            .unwrap()
            .contains("try again")
    );
    ground.postgres.start_again().unwrap();
    sleep(Duration::from_secs(1));
    assert_eq!(ready(at).expect(200).text, "ready\n");
    way.rolesanywhere(at, "POST", "/profiles", &body)
        .expect(201);
    assert!(server.log().contains("the database can be read again"));
}

#[test]
fn a_setting_bounds_how_long() {
    for (setting, at_first) in [("3s", 200), ("0s", 503)] {
        let mut ground = Ground::new();
        let server = ground
            .server()
            .arg("--max-staleness-offline")
            .arg(setting)
            .start()
            .unwrap();
        let way = Way::open(&ground, &server);
        let at = server.address();
        let session = way.session(at);
        ground.postgres.stop().unwrap();
        sleep(Duration::from_millis(1300));
        who(at, &session).unwrap().expect(at_first);
        sleep(Duration::from_millis(2200));
        for _ in 0..3 {
            who(at, &session).unwrap().expect(503);
            buckets(at, &session).expect(503);
            way.session_call(at).send().unwrap().expect(503);
            ready(at).expect(503);
        }
        ground.postgres.start_again().unwrap();
        who(at, &session).unwrap().expect(200);
        way.session(at);
        ready(at).expect(200);
    }
}
