//! A manifest of a pod: the program, and beside it the helper, which serves credentials on the pod's own loopback.

use serde_json::Value;

use super::blocks::Given;

/// The manifest. Texts are quoted as JSON, which YAML reads.
pub(super) fn manifest(given: &Given) -> String {
    let name = label(given.role_name());
    let mut words = vec!["serve".to_owned()];
    words.extend(given.words());
    let arguments: String = words
        .iter()
        .map(|word| format!("        - {}\n", quoted(word)))
        .collect();
    let mut environment = given.environment();
    environment.push((
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "http://127.0.0.1:9911/".to_owned(),
    ));
    let environment: String = environment
        .iter()
        .map(|(name, value)| {
            format!(
                "        - name: {name}\n          value: {}\n",
                quoted(value)
            )
        })
        .collect();
    format!(
        "apiVersion: v1
kind: Pod
metadata:
  name: {name}
spec:
  initContainers:
    - name: anyrole
      image: your-registry/anyrole
      restartPolicy: Always
      command: [\"anyrole\"]
      args:
{arguments}      volumeMounts:
        - name: certificate
          mountPath: /etc/anyrole
          readOnly: true
  containers:
    - name: program
      image: your-registry/your-program
      env:
{environment}  volumes:
    - name: certificate
      secret:
        secretName: {name}-tls
"
    )
}

fn quoted(text: &str) -> Value {
    Value::from(text)
}

/// A name that Kubernetes takes: lower-case letters, digits and `-` (RFC 1123, label).
fn label(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let label: String = name.chars().take(50).map(plain).collect();
    let label = label.trim_matches('-');
    if label.is_empty() {
        "program".to_owned()
    } else {
        label.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn labels_are_what_kubernetes_takes() {
        for (name, expected) in [
            ("Deploy_x", "deploy-x"),
            ("a+b=c,d.e@f-", "a-b-c-d-e-f"),
            ("__", "program"),
        ] {
            assert_eq!(label(name), expected);
        }
        assert_eq!(label(&"x".repeat(64)).len(), 50);
    }
}
