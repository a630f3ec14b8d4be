//! Values at, under and over every limit of the model that botocore carries.

use anyrole_testkit::TestServer;

use crate::kept;
use crate::way_in::{ANYROLE, root, script};

#[test]
fn every_limit_of_the_model_is_kept() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    let (ca, crl) = (kept("ca.pem"), kept("crl.pem"));
    let arguments = [ca.to_str().unwrap(), crl.to_str().unwrap()];
    let sent = script(&root(&server), "limits.py", &arguments);
    // A model that could not be read, or made no probes, would show nothing.
    assert!(sent.trim().parse::<u32>().unwrap() > 300, "{sent}");
}
