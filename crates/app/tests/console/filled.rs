//! An account in which each page of the console has something to show: what `fill_console.py` makes, machines that were let in and
//! refused, an enrolment token. Called by the tests of the pages.

use anyrole_testkit::certificates::{Authority, CertificateRequest, Issued};
use anyrole_testkit::{AwsOutput, TestServer};
use serde_json::Value;
use tempfile::TempDir;

use crate::shell::text;
use crate::way_in::{ANYROLE, WayIn, anyrole, root, script};

/// A server with such an account.
pub struct Filled {
    pub server: TestServer,
    /// The access key of a user who may do nothing.
    pub nobody: Value,
    /// A CA certificate.
    pub pem: String,
    /// A signing request for a machine.
    pub csr: String,
    folder: TempDir,
}

/// What its things are called: where a page's URL has one of these, it is one of many of the same kind.
pub const NAMES: [&str; 7] = [
    "backup-writer",
    "people-only",
    "backup-bucket",
    "list-all",
    "backups",
    "unused",
    "nobody",
];

/// What links to those of its things say that have most to show.
pub const RICHEST: [&str; 7] = [
    "backups",
    "factory-floor",
    "office-revoked",
    "CN=host1,OU=Operations",
    "backup-writer",
    "backup-bucket",
    "Example Issuing CA",
];

impl Filled {
    pub fn start() -> Self {
        let server = TestServer::start_default(ANYROLE).unwrap();
        let folder = TempDir::new().unwrap();
        let path = |path: &std::path::Path| path.to_str().unwrap().to_owned();
        let ca = Authority::root(folder.path()).unwrap();
        let own = ca.own();
        let made = script(
            &root(&server),
            "fill_console.py",
            &[
                &path(folder.path()),
                &path(&own.certificate),
                &path(&own.key),
            ],
        );
        let made: Value = serde_json::from_str(&made).unwrap();
        let filled = Self {
            nobody: made["nobody"].clone(),
            pem: std::fs::read_to_string(&own.certificate).unwrap(),
            csr: text(&made["csr"]),
            server,
            folder,
        };
        filled.sessions(&ca, &made);
        filled.join_token(&text(&made["authority"]));
        filled
    }

    /// One machine is let in and lists S3, where it may not do more; another one, and one of another CA, are refused.
    fn sessions(&self, office: &Authority, made: &Value) {
        let way = |anchor: &str| WayIn {
            anchor: text(&made[anchor]),
            role: text(&made["role"]),
            profile: text(&made["profile"]),
        };
        let folder = self.folder.path();
        let host1 = Issued {
            certificate: folder.join("host1.crt"),
            key: folder.join("host1.key"),
        };
        let session = way("factory").session(&self.server, &host1);
        let host1 = self.server.aws_cli().session(&session);
        host1.run(&["s3", "ls"]).unwrap().success().unwrap();
        let made_bucket: AwsOutput = host1.run(&["s3", "mb", "s3://not-allowed"]).unwrap();
        assert!(!made_bucket.status.success(), "{made_bucket:?}");
        let request = CertificateRequest::leaf("dev7").organizational_unit("Development");
        let dev7 = office.issue("dev7", &request).unwrap();
        for anchor in ["office", "factory"] {
            let words = way(anchor).credential_process(&dev7);
            let refused = anyrole(ANYROLE, self.server.url(), &words);
            assert!(!refused.status.success(), "{anchor}: {refused:?}");
        }
    }

    fn join_token(&self, authority: &str) {
        let data = self.server.data().to_str().unwrap();
        let words =
            "join-token create web-* --uses 5 --description factory --san web-*.example.org";
        let words = words.split(' ').chain(["--ca", authority, "--data", data]);
        let words: Vec<String> = words.map(str::to_owned).collect();
        let made = anyrole(ANYROLE, self.server.url(), &words);
        assert!(made.status.success(), "{made:?}");
    }
}
