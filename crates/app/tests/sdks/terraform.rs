//! The calls of Terraform's AWS provider, in its order.

use anyrole_testkit::TestServer;

use crate::kept;
use crate::way_in::{ANYROLE, root, script};

/// Terraform itself needs a binary that no registry has.
#[test]
fn the_calls_of_terraform_are_served_in_its_order() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    script(
        &root(&server),
        "terraform.py",
        &[kept("ca.pem").to_str().unwrap()],
    );
}

#[test]
fn so_are_those_for_certificate_authorities() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    script(&root(&server), "terraform_pca.py", &[]);
}
