//! Both public walk-throughs by clicks: anchor, role and profile are made in the browser, then the machine asks with what was
//! made. And the refusal of another organizational unit, as Activity tells it.

use serde_json::{Value, json};

use crate::shell::{CA_JSON, Shell, csr_json, text};
use crate::way_in::{S3_FULL_ACCESS, anyrole_in};
use crate::{browse, root_key};

/// What the browser made.
struct Made {
    anchor: String,
    profile: String,
    role: String,
    policy: Value,
}

impl Made {
    fn arns(&self) -> [&str; 3] {
        [&self.anchor, &self.profile, &self.role]
    }
}

/// The clicks with this CA certificate. `asked` has the `subject` that its page says, whether the trust policy is `bound` to the
/// anchor, the editor's `fields` with what to type, and whether the browser runs `scripts`.
fn by_hand(shell: &Shell, certificate: &str, asked: Value) -> Made {
    let mut given = asked;
    given["url"] = json!(shell.server.url());
    given["key"] = root_key(&shell.server);
    given["pem"] = json!(std::fs::read_to_string(shell.folder.path().join(certificate)).unwrap());
    given["managed"] = json!(S3_FULL_ACCESS);
    let made = browse("walk_through.js", &given);
    Made {
        anchor: text(&made["anchor"]),
        profile: text(&made["profile"]),
        role: text(&made["role"]),
        policy: made["policy"]["Statement"][0]["Condition"].clone(),
    }
}

fn identity(serial: &str) -> String {
    format!("arn:aws:sts::000000000000:assumed-role/walker/{serial}")
}

/// What was done by hand is in the trail as if it had been done by command.
fn audited(shell: &Shell) {
    let trail = std::fs::read_to_string(shell.server.data().join("audit.jsonl")).unwrap();
    for event in [
        "rolesanywhere:CreateTrustAnchor",
        "iam:CreateRole",
        "iam:AttachRolePolicy",
        "rolesanywhere:CreateProfile",
    ] {
        let count = trail.matches(&format!("\"{event}\"")).count();
        assert_eq!(count, 1, "{event} in\n{trail}");
    }
    let key = root_key(&shell.server);
    let secret = key["secret"].as_str().unwrap();
    assert!(!trail.contains(secret) && !shell.server.log().contains(secret));
}

fn first(scripts: bool) {
    let shell = Shell::open();
    let folder = shell.folder.path();
    anyrole_in(
        folder,
        "certificate create Example-Root root.crt root.key --profile root-ca --no-password --insecure",
    );
    anyrole_in(
        folder,
        "certificate create client client.crt client.key --profile leaf --ca root.crt --ca-key root.key \
         --not-after 24h --no-password --insecure",
    );
    let asked = json!({"subject": "Example-Root", "bound": true, "fields": {}, "scripts": scripts});
    let made = by_hand(&shell, "root.crt", asked);
    assert_eq!(
        made.policy,
        json!({"ArnEquals": {"aws:SourceArn": made.anchor}})
    );
    let aws = shell.configure("client", "client.crt", "client.key", made.arns());
    shell.lists_s3(&aws, "client", &identity(&shell.serial("client.crt")));
    audited(&shell);
}

#[test]
fn the_first_by_hand() {
    first(true);
}

#[test]
fn the_first_by_hand_without_javascript() {
    first(false);
}

#[test]
fn the_second_by_hand_and_the_refusal_of_another_unit() {
    let shell = Shell::open();
    shell.write("ca.json", CA_JSON);
    shell.sh(
        &shell.root,
        "cfssl gencert -initca ca.json | cfssljson -bare ca",
    );
    for (name, unit) in [("ops", "Operations"), ("dev", "Development")] {
        shell.write(&format!("{name}.json"), &csr_json(unit));
        let line = format!(
            "cfssl gencert -ca ca.pem -ca-key ca-key.pem {name}.json | cfssljson -bare {name}"
        );
        shell.sh(&shell.root, &line);
    }
    let fields = json!({"Organizational unit (OU)": "Operations"});
    let asked =
        json!({"subject": "Custom CA Root", "bound": false, "fields": fields, "scripts": true});
    let made = by_hand(&shell, "ca.pem", asked);
    let unit = &made.policy["StringEquals"]["aws:PrincipalTag/x509Subject/OU"];
    assert_eq!(*unit, json!("Operations"), "{}", made.policy);

    let aws = shell.configure("ops", "ops.pem", "ops-key.pem", made.arns());
    shell.lists_s3(&aws, "ops", &identity(&shell.serial("ops.pem")));
    audited(&shell);

    let aws = shell.configure("dev", "dev.pem", "dev-key.pem", made.arns());
    let refused = shell.try_sh(&aws, "aws s3 ls --profile dev");
    assert!(!refused.status.success());
    let wanted = format!("Unable to assume role for {}", made.role);
    assert!(refused.stderr.contains(&wanted), "{}", refused.stderr);

    let read = browse(
        "refusal.js",
        &json!({"url": shell.server.url(), "key": root_key(&shell.server)}),
    );
    let reads = |part: &str, words: &[&str]| {
        let said = read[part].as_str().unwrap();
        for word in words {
            assert!(said.contains(word), "`{word}` is not in\n{said}");
        }
    };
    reads(
        "list",
        &["rolesanywhere:CreateSession", "trust-policy-does-not-allow"],
    );
    let key = "aws:PrincipalTag/x509Subject/OU";
    reads("text", &["trust-policy", key, "Operations", "Development"]);
    reads("failed", &["trust-policy"]);
}
