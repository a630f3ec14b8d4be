//! AWS's SDKs against the built server: every limit of botocore's model, and the whole life of each resource.
#![expect(clippy::unwrap_used, reason = "tests")]

mod way_in;

use std::path::{Path, PathBuf};

use anyrole_testkit::TestServer;

use way_in::{ANYROLE, root, script};

/// Certificates that are valid for a hundred years, made by the script beside them.
fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/wire/certificates")
        .join(name)
}

/// Not served yet.
const AWAITED: &[&str] = &[
    "DeleteAttributeMapping",
    "DeleteCrl",
    "DisableCrl",
    "EnableCrl",
    "GetCrl",
    "GetSubject",
    "ImportCrl",
    "ListCrls",
    "ListSubjects",
    "ListTagsForResource",
    "PutAttributeMapping",
    "PutNotificationSettings",
    "ResetNotificationSettings",
    "TagResource",
    "UntagResource",
    "UpdateCrl",
];

#[test]
fn every_limit_of_the_model_is_kept() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    let (ca, crl) = (kept("ca.pem"), kept("crl.pem"));
    let mut arguments = vec![ca.to_str().unwrap(), crl.to_str().unwrap()];
    arguments.extend(AWAITED);
    let sent = script(&root(&server), "limits.py", &arguments);
    // A model that could not be read, or made no probes, would show nothing.
    assert!(sent.trim().parse::<u32>().unwrap() > 200, "{sent}");
}
