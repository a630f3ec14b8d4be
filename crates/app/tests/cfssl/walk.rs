//! The second public walk-through, its commands letter for letter, through links; openssl reads each file.

use anyrole_testkit::{PIN, SoftHsm};

use super::desk::Desk;

const CA: &str = "cfssl gencert -initca ca.json | cfssljson -bare ca";
const LEAF: &str =
    "cfssl gencert -ca ca.pem -ca-key ca-key.pem csr.json | cfssljson -bare aws.example.net";

fn request(name: &str, key: &str) -> String {
    format!(
        r#"{{"CN": "{name}", "key": {key},
  "names": [{{"C": "CH", "L": "Zurich", "O": "Custom CA", "OU": "Platform", "ST": "ZH"}}]}}"#
    )
}

#[test]
fn the_commands_run_as_printed() {
    let rows = [
        (r#"{"algo": "rsa", "size": 2048}"#, "RSA PRIVATE KEY"),
        (r#"{"algo": "ecdsa", "size": 256}"#, "EC PRIVATE KEY"),
        (r#"{"algo": "ecdsa", "size": 384}"#, "EC PRIVATE KEY"),
    ];
    for (key, label) in rows {
        let desk = Desk::new();
        desk.put("ca.json", &request("Custom CA Root", key));
        desk.put("csr.json", &request("aws.example.net", key));
        for line in [CA, LEAF] {
            assert_eq!(desk.succeeds(&desk.ours, line), "");
        }
        for base in ["ca", "aws.example.net"] {
            assert_eq!(desk.mode(&format!("{base}-key.pem")), 0o600);
            assert_eq!(desk.mode(&format!("{base}.pem")), 0o644);
            assert!(
                desk.text(&format!("{base}-key.pem"))
                    .starts_with(&format!("-----BEGIN {label}-----\n"))
            );
            desk.openssl(&format!("pkey -in {base}-key.pem -noout -check"));
            desk.openssl(&format!("req -in {base}.csr -noout -verify"));
            // All three are of one key.
            let of_key = desk.openssl(&format!("pkey -in {base}-key.pem -pubout"));
            assert_eq!(
                desk.openssl(&format!("req -in {base}.csr -noout -pubkey")),
                of_key
            );
            assert_eq!(
                desk.openssl(&format!("x509 -in {base}.pem -noout -pubkey")),
                of_key
            );
        }
        desk.openssl("verify -x509_strict -CAfile ca.pem ca.pem");
        desk.openssl("verify -x509_strict -purpose sslclient -CAfile ca.pem aws.example.net.pem");
        let subject = desk.openssl("x509 -in aws.example.net.pem -noout -subject -nameopt RFC2253");
        assert_eq!(
            subject,
            "subject=CN=aws.example.net,OU=Platform,O=Custom CA,L=Zurich,ST=ZH,C=CH\n"
        );
    }
}

#[test]
fn the_binary_has_both_as_commands_too() {
    let desk = Desk::new();
    desk.put(
        "ca.json",
        &request("Root", r#"{"algo": "ecdsa", "size": 256}"#),
    );
    let anyrole = env!("CARGO_BIN_EXE_anyrole");
    let line =
        format!("{anyrole} cfssl gencert -initca - < ca.json | {anyrole} cfssljson -bare ca");
    desk.succeeds(&desk.ours, &line);
    desk.openssl("x509 -in ca.pem -noout");
    let help = desk.sh(&desk.ours, &format!("{anyrole} cfssl gencert -h"));
    assert!(
        String::from_utf8(help.stderr)
            .unwrap()
            .contains("-initca ca.json")
    );
}

#[test]
fn an_encrypted_key_is_opened_with_the_environment_s_password() {
    let desk = Desk::new();
    let request = request("Root", r#"{"algo": "ecdsa", "size": 256}"#);
    desk.put("ca.json", &request);
    desk.succeeds(&desk.ours, CA);
    desk.openssl("ec -in ca-key.pem -aes256 -passout pass:secret -out ca-locked.pem");
    desk.put("csr.json", &request);
    let line =
        "cfssl gencert -ca file:ca.pem -ca-key ca-locked.pem csr.json | cfssljson -bare leaf";
    desk.succeeds(
        &desk.ours,
        &format!("export CFSSL_CA_PK_PASSWORD=secret; {line}"),
    );
    desk.openssl("verify -x509_strict -CAfile ca.pem leaf.pem");
    let refused = desk.sh(
        &desk.ours,
        "cfssl gencert -ca ca.pem -ca-key ca-locked.pem csr.json",
    );
    assert!(!refused.status.success());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("CFSSL_CA_PK_PASSWORD"), "{said}");
}

#[test]
fn the_authoritys_key_may_stay_on_a_token() {
    let desk = Desk::new();
    let request = request("Root", r#"{"algo": "ecdsa", "size": 256}"#);
    desk.put("ca.json", &request);
    desk.put("csr.json", &request);
    desk.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out token.key");
    let hsm = SoftHsm::new(&desk.path().join("hsm")).unwrap();
    hsm.add_token("ca").unwrap();
    hsm.add_key("ca", &desk.path().join("token.key"), "01", "root")
        .unwrap();
    let (name, configuration) = hsm.environment();
    let (module, configuration) = (SoftHsm::module().unwrap(), configuration.display());
    let first = format!("export {name}={configuration};");
    let key = format!(
        "'pkcs11:token=ca;object=root?module-path={}&pin-value={PIN}'",
        module.display()
    );
    for line in [
        format!("cfssl gencert -initca -ca-key {key} ca.json | cfssljson -bare ca"),
        format!("cfssl gencert -ca ca.pem -ca-key {key} csr.json | cfssljson -bare leaf"),
    ] {
        desk.succeeds(&desk.ours, &format!("{first} {line}"));
    }
    assert!(!desk.path().join("ca-key.pem").exists());
    let of_token = desk.openssl("pkey -in token.key -pubout");
    assert_eq!(desk.openssl("x509 -in ca.pem -noout -pubkey"), of_token);
    desk.openssl("verify -x509_strict -CAfile ca.pem leaf.pem");
}
