//! What `doctor` says without a network: all of it for a sound set of files, and the line for each thing that is wrong.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyrole_helper::{Doctor, Finding, IdentitySettings, SessionSettings, Status};
use anyrole_sdk::{FileSource, IdentitySource, Surroundings};
use jiff::Timestamp;
use rcgen::{
    CertificateParams, DistinguishedName, ExtendedKeyUsagePurpose, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

use crate::pki::{Pki, params};

pub struct Clock(pub &'static str);

impl Surroundings for Clock {
    fn now(&self) -> Timestamp {
        self.0.parse().unwrap()
    }

    fn random(&self) -> [u8; 16] {
        [0; 16]
    }

    fn sleep(&self, _: Duration) {}
}

/// Within the life of all certificates of [`Pki`].
pub const NOW: &str = "2026-11-20T08:00:00Z";

/// Settings of a sound set, and what is wrong with them.
pub struct Case {
    pub pki: Pki,
    pub identity: IdentitySettings,
    pub settings: SessionSettings,
    pub now: &'static str,
}

impl Case {
    pub fn new() -> Self {
        let pki = Pki::new();
        pki.join("chain.pem", &["lower.pem", "upper.pem"]);
        for name in ["leaf.key", "other.key"] {
            fs::set_permissions(pki.path(name), Permissions::from_mode(0o600)).unwrap();
        }
        let identity = IdentitySettings {
            intermediates: Some(pki.path("chain.pem")),
            ..pki.identity()
        };
        Self {
            settings: pki.settings(),
            identity,
            pki,
            now: NOW,
        }
    }

    pub fn examine(mut self, offline: bool) -> (Vec<Finding>, Status) {
        let nothing: Option<std::sync::Arc<dyn IdentitySource>> =
            Some(std::sync::Arc::new(FileSource::new("")));
        self.settings.identity = self.identity.source().ok().or(nothing).unwrap();
        let mut findings = Vec::new();
        let doctor = Doctor {
            identity: &self.identity,
            settings: &self.settings,
            surroundings: &Clock(self.now),
            password_problem: None,
            debug: false,
        };
        let worst = doctor.examine(offline, &mut |finding| findings.push(finding));
        let folder = self.pki.folder.path().display().to_string();
        for finding in &mut findings {
            finding.text = finding.text.replace(&folder, "DIR");
            for command in &mut finding.commands {
                *command = command.replace(&folder, "DIR");
            }
        }
        (findings, worst)
    }

    /// A leaf of the pki's root with other parameters, in the place of the usual one.
    fn leaf(&mut self, change: impl FnOnce(&mut CertificateParams)) {
        let mut wanted = params("leaf", false);
        change(&mut wanted);
        let key = KeyPair::generate().unwrap();
        let root = KeyPair::generate().unwrap();
        let made = wanted
            .signed_by(&key, &Issuer::new(params("root", true), &root))
            .unwrap();
        self.put("leaf.pem", &made.pem(), 0o644);
        self.put("leaf.key", &key.serialize_pem(), 0o600);
        self.identity.intermediates = None;
    }

    fn put(&self, name: &str, content: &str, mode: u32) -> PathBuf {
        let path = self.pki.path(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    fn mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.pki.path(name), Permissions::from_mode(mode)).unwrap();
    }
}

/// One line for each finding, as a person reads it.
pub fn lines(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let (status, group, said) = (finding.status.name(), finding.group.name(), &finding.text);
        text += &format!("{status} {group}/{}: {said}\n", finding.check);
        let look = finding.look.iter().map(|look| format!("  {look}\n"));
        let commands = finding
            .commands
            .iter()
            .map(|command| format!("  $ {command}\n"));
        text.extend(look.chain(commands));
    }
    text
}

#[test]
fn all_that_is_said_of_a_sound_set() {
    let case = Case::new();
    let serial = {
        let pem = fs::read_to_string(case.pki.path("leaf.pem")).unwrap();
        let leaf = anyrole_x509::Certificate::parse_pem_bundle(&pem)
            .unwrap()
            .remove(0);
        leaf.summary().serial_hex.clone()
    };
    let (findings, worst) = case.examine(true);
    assert_eq!(worst, Status::Skipped);
    let expected = format!(
        "ok files/certificate-file: --certificate `DIR/leaf.pem` can be read
ok files/private-key-file: --private-key `DIR/leaf.key` can be read
ok files/intermediates-file: --intermediates `DIR/chain.pem` can be read
ok certificate/key-pair: the private key belongs to the certificate `CN=leaf` (serial {serial})
ok certificate/certificate-rules: X.509 v3, no CA's, key usage digitalSignature, extended key usage clientAuth, key EC P-256, signed by ecdsa-with-SHA256
ok certificate/validity: the certificate is valid until 2026-12-01T00:00:00Z, for another 10 days 16 hours
ok certificate/chain: the chain goes over 2 intermediate(s) up to `CN=root`, which the trust anchor must hold
ok request/trust-anchor-arn: arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/t
ok request/profile-arn: arn:aws:rolesanywhere:us-east-1:000000000000:profile/p
ok request/role-arn: arn:aws:iam::000000000000:role/r
ok request/regions: trust anchor and profile are in region `us-east-1`
ok request/accounts: all three ARNs are of account 000000000000 (aws)
ok request/session-duration: --session-duration 3600: the session is to live for 3600 seconds
skipped network/service: --offline was given
skipped session/create-session: --offline was given
"
    );
    assert_eq!(lines(&findings), expected);
}

type Change = fn(&mut Case);

/// What is broken, which check says it and how, and a part of what is said, looked at or run.
const BROKEN: &[(&str, Change, Status, &str, &[&str])] = &[
    (
        "no certificate",
        |case| case.identity.certificate = None,
        Status::Failure,
        "certificate-file",
        &["no certificate is named", "--certificate FILE"],
    ),
    (
        "no such file",
        |case| case.identity.certificate = Some(case.pki.path("none.pem")),
        Status::Failure,
        "certificate-file",
        &["cannot read `DIR/none.pem`", "$ ls -l DIR"],
    ),
    (
        "a folder",
        |case| case.identity.private_key = Some(case.pki.folder.path().to_owned()),
        Status::Failure,
        "private-key-file",
        &["`DIR` is a folder"],
    ),
    (
        "a key that others read",
        |case| case.mode("leaf.key", 0o640),
        Status::Warning,
        "private-key-file",
        &["(mode 0640)", "$ chmod 600 DIR/leaf.key"],
    ),
    (
        "a certificate that others change",
        |case| case.mode("leaf.pem", 0o666),
        Status::Warning,
        "certificate-file",
        &["(mode 0666)", "$ chmod go-w DIR/leaf.pem"],
    ),
    (
        "a folder that others change",
        |case| fs::set_permissions(case.pki.folder.path(), Permissions::from_mode(0o777)).unwrap(),
        Status::Warning,
        "certificate-file",
        &["anyone may replace files in `DIR`", "$ chmod o-w DIR"],
    ),
    (
        "a token",
        |case| case.identity.private_key = Some(Path::new("nothing:x").to_owned()),
        Status::Skipped,
        "private-key-file",
        &["is no file"],
    ),
    (
        "another's key",
        |case| case.identity.private_key = Some(case.pki.path("other.key")),
        Status::Failure,
        "key-pair",
        &[
            "belongs to none",
            "$ openssl pkey -in DIR/other.key -pubout",
            "$ openssl x509 -in DIR/leaf.pem -noout -pubkey",
        ],
    ),
    (
        "no key",
        |case| {
            case.put("leaf.key", "x", 0o600);
        },
        Status::Failure,
        "key-pair",
        &["DIR/leaf.key"],
    ),
    (
        "a certificate of nothing",
        |case| {
            case.put("leaf.pem", "x", 0o644);
        },
        Status::Failure,
        "key-pair",
        &["DIR/leaf.pem"],
    ),
    (
        "nothing to look at",
        |case| {
            case.put("leaf.pem", "x", 0o644);
        },
        Status::Skipped,
        "validity",
        &["no certificate to look at"],
    ),
    (
        "no key usage",
        |case| case.leaf(|leaf| leaf.key_usages.clear()),
        Status::Failure,
        "certificate-rules",
        &[
            "has no key usage extension (no-digital-signature)",
            "$ anyrole certificate inspect DIR/leaf.pem",
            "$ anyrole certificate create CN=leaf new.crt",
        ],
    ),
    (
        "another key usage",
        |case| case.leaf(|leaf| leaf.key_usages = vec![KeyUsagePurpose::KeyEncipherment]),
        Status::Failure,
        "certificate-rules",
        &["without digitalSignature"],
    ),
    (
        "for servers",
        |case| {
            case.leaf(|leaf| leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth])
        },
        Status::Failure,
        "certificate-rules",
        &["(leaf-extended-key-usage)"],
    ),
    (
        "a CA's",
        |case| case.leaf(|leaf| *leaf = params("leaf", true)),
        Status::Failure,
        "certificate-rules",
        &["(leaf-is-ca)"],
    ),
    (
        "no subject",
        |case| case.leaf(|leaf| leaf.distinguished_name = DistinguishedName::new()),
        Status::Failure,
        "certificate-rules",
        &["(leaf-empty-subject)", "certificate create NAME new.crt"],
    ),
    (
        "rules though the key is another's",
        |case| {
            case.leaf(|leaf| leaf.key_usages.clear());
            case.identity.private_key = Some(case.pki.path("other.key"));
        },
        Status::Failure,
        "certificate-rules",
        &["(no-digital-signature)"],
    ),
    (
        "ended",
        |case| case.now = "2026-12-02T00:00:00Z",
        Status::Failure,
        "validity",
        &[
            "ended at 2026-12-01T00:00:00Z, 1 day 0 hours ago",
            "renew it",
        ],
    ),
    (
        "not begun",
        |case| case.now = "2026-10-31T23:00:00Z",
        Status::Failure,
        "validity",
        &[
            "valid from 2026-11-01T00:00:00Z on, in 1 hour 0 minutes",
            "clock",
        ],
    ),
    (
        "ends soon",
        |case| case.now = "2026-11-29T00:00:00Z",
        Status::Warning,
        "validity",
        &["for another 2 days 0 hours", "renew it"],
    ),
    (
        "a chain that is not given",
        |case| case.identity.intermediates = None,
        Status::Ok,
        "chain",
        &[
            "over 0 intermediate(s) up to `CN=lower`",
            "give those in between with --intermediates",
        ],
    ),
    (
        "self-signed",
        |case| {
            let key = KeyPair::generate().unwrap();
            let made = params("leaf", false).self_signed(&key).unwrap();
            case.put("leaf.pem", &made.pem(), 0o644);
            case.put("leaf.key", &key.serialize_pem(), 0o600);
        },
        Status::Failure,
        "chain",
        &["self-signed"],
    ),
    (
        "an intermediate of another key",
        |case| {
            let key = KeyPair::generate().unwrap();
            let made = params("lower", true)
                .signed_by(&key, &Issuer::new(params("upper", true), &key))
                .unwrap();
            case.put("chain.pem", &made.pem(), 0o644);
        },
        Status::Failure,
        "chain",
        &["`CN=lower` has not signed `CN=leaf`"],
    ),
    (
        "an intermediate that has ended",
        |case| {
            let (ca, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
            let mut old = params("old", true);
            old.not_after = date_time_ymd(2026, 11, 10);
            let made = old
                .signed_by(&ca, &Issuer::new(params("root", true), &ca))
                .unwrap();
            let leaf = params("leaf", false)
                .signed_by(&key, &Issuer::new(old, &ca))
                .unwrap();
            case.put("chain.pem", &made.pem(), 0o644);
            case.put("leaf.pem", &leaf.pem(), 0o644);
            case.put("leaf.key", &key.serialize_pem(), 0o600);
        },
        Status::Failure,
        "chain",
        &["`CN=old`", "(intermediate-expired)"],
    ),
    (
        "no ARN",
        |case| case.settings.role_arn = "role/x".to_owned(),
        Status::Failure,
        "role-arn",
        &["--role-arn: `role/x` is not an ARN", "$ aws iam list-roles"],
    ),
    (
        "nothing to compare",
        |case| case.settings.role_arn = "role/x".to_owned(),
        Status::Skipped,
        "accounts",
        &["can't be read"],
    ),
    (
        "an ARN of another kind",
        |case| case.settings.profile_arn = case.settings.trust_anchor_arn.clone(),
        Status::Failure,
        "profile-arn",
        &[
            "is not the ARN of a profile",
            "$ aws rolesanywhere list-profiles",
        ],
    ),
    (
        "no account",
        |case| {
            case.settings.trust_anchor_arn =
                "arn:aws:rolesanywhere:us-east-1:12345:trust-anchor/t".to_owned()
        },
        Status::Failure,
        "trust-anchor-arn",
        &["`12345`", "12 digits"],
    ),
    (
        "another region's profile",
        |case| {
            case.settings.profile_arn = case.settings.profile_arn.replace("us-east-1", "eu-west-1")
        },
        Status::Failure,
        "regions",
        &[
            "`us-east-1`",
            "`eu-west-1`",
            "$ aws rolesanywhere list-profiles --region us-east-1",
        ],
    ),
    (
        "--region of another region",
        |case| case.settings.region = Some("eu-west-1".to_owned()),
        Status::Warning,
        "regions",
        &["leave --region out"],
    ),
    (
        "another region's endpoint",
        |case| {
            case.settings.endpoint =
                Some("https://rolesanywhere.eu-west-1.amazonaws.com".to_owned());
        },
        Status::Warning,
        "regions",
        &["`eu-west-1`", "leave --endpoint out"],
    ),
    (
        "another account's role",
        |case| case.settings.role_arn = "arn:aws:iam::111111111111:role/r".to_owned(),
        Status::Warning,
        "accounts",
        &["111111111111 (aws)", "$ aws sts get-caller-identity"],
    ),
    (
        "another partition's role",
        |case| case.settings.role_arn = "arn:aws-cn:iam::000000000000:role/r".to_owned(),
        Status::Warning,
        "accounts",
        &["000000000000 (aws-cn)"],
    ),
    (
        "too short",
        |case| case.settings.session_duration = 60,
        Status::Failure,
        "session-duration",
        &["900"],
    ),
    (
        "a name of one letter",
        |case| case.settings.role_session_name = Some("x".to_owned()),
        Status::Failure,
        "role-session-name",
        &["--role-session-name"],
    ),
    (
        "a name",
        |case| case.settings.role_session_name = Some("build".to_owned()),
        Status::Ok,
        "role-session-name",
        &["must accept a name"],
    ),
];

#[test]
fn each_thing_that_is_wrong_has_its_line() {
    for (name, change, status, check, parts) in BROKEN {
        let mut case = Case::new();
        change(&mut case);
        let (findings, worst) = case.examine(true);
        let of_check: Vec<Finding> = findings
            .iter()
            .filter(|finding| finding.check == *check && finding.status == *status)
            .cloned()
            .collect();
        let text = lines(&of_check);
        for part in *parts {
            assert!(
                text.contains(part),
                "{name}: `{part}` is not in\n{}",
                lines(&findings)
            );
        }
        assert!(worst >= *status, "{name}");
        // Whatever is wrong, the checks behind are made.
        assert!(
            findings
                .iter()
                .any(|finding| finding.check == "session-duration"),
            "{name}"
        );
    }
}
