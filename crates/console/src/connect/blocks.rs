//! Lines to paste: what was chosen comes in, blocks with their titles leave. Nothing in ARNs, regions and the endpoint, which is
//! checked here, needs quotes in a shell, a config file or a Dockerfile.

use super::kubernetes;
use crate::Command;

/// Where machines have their certificate and key, in the examples.
pub(super) const CERTIFICATE: &str = "/etc/anyrole/tls.crt";
pub(super) const KEY: &str = "/etc/anyrole/tls.key";
/// Where the helper serves credentials.
const METADATA: &str = "http://127.0.0.1:9911";

/// Some lines.
pub(super) struct Block {
    /// What they do.
    pub(super) title: &'static str,
    /// What else is to be known.
    pub(super) hint: &'static str,
    pub(super) text: String,
}

/// What was chosen.
pub(super) struct Given {
    pub(super) anchor: String,
    pub(super) profile: String,
    pub(super) role: String,
    pub(super) region: String,
    /// None where AWS itself is asked.
    pub(super) endpoint: Option<String>,
}

/// Where clients find this server, as the reader reached it, where that is a plain URL: what a `Host` header may hold else could be
/// read by a shell.
pub(super) fn plain_endpoint(endpoint: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]/".contains(c);
    if endpoint.chars().all(is_plain) {
        endpoint.to_owned()
    } else {
        "https://SERVER".to_owned()
    }
}

impl Given {
    /// The role's name.
    pub(super) fn role_name(&self) -> &str {
        self.role
            .rsplit_once('/')
            .map_or(self.role.as_str(), |(_, name)| name)
    }

    /// What every command of the helper is told.
    fn flags(&self) -> Vec<(&'static str, &str)> {
        let mut flags = vec![
            ("--certificate", CERTIFICATE),
            ("--private-key", KEY),
            ("--trust-anchor-arn", self.anchor.as_str()),
            ("--profile-arn", self.profile.as_str()),
            ("--role-arn", self.role.as_str()),
            ("--region", self.region.as_str()),
        ];
        if let Some(endpoint) = &self.endpoint {
            flags.push(("--endpoint", endpoint));
        }
        flags
    }

    /// The words of a command, unquoted.
    pub(super) fn words(&self) -> Vec<String> {
        let flags = self.flags().into_iter();
        flags
            .flat_map(|(name, value)| [name.to_owned(), value.to_owned()])
            .collect()
    }

    /// A command of the helper.
    pub(super) fn helper(&self, words: &str) -> Command {
        let flags = self.flags().into_iter();
        flags.fold(Command::anyrole(words), |command, (name, value)| {
            command.flag(name, value)
        })
    }

    /// Where the AWS CLI and SDKs find the services, one `NAME=value` a line.
    pub(super) fn environment(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![("AWS_REGION", self.region.clone())];
        if let Some(endpoint) = &self.endpoint {
            lines.push(("AWS_ENDPOINT_URL", endpoint.clone()));
        }
        lines
    }

    fn exports(&self, more: &[(&str, String)]) -> String {
        let known = self.environment();
        let lines = known.iter().chain(more);
        lines
            .map(|(name, value)| format!("export {name}={value}\n"))
            .collect()
    }
}

/// All blocks, the simplest first.
pub(super) fn blocks(given: &Given) -> Vec<Block> {
    let mut blocks = on_a_machine(given);
    blocks.extend(in_containers(given));
    blocks
}

fn on_a_machine(given: &Given) -> Vec<Block> {
    let name = given.role_name();
    let metadata = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("{METADATA}/"))];
    vec![
        Block {
            title: "See whether it works",
            hint: "Looks for what keeps this certificate from getting credentials.",
            text: given.helper("doctor").text(),
        },
        Block {
            title: "Credentials once: credential-process",
            hint: "Prints credentials as an AWS SDK expects them.",
            text: given.helper("credential-process").text(),
        },
        Block {
            title: "AWS config file",
            hint: "In ~/.aws/config; then: aws s3 ls --profile with this name.",
            text: config(given),
        },
        Block {
            title: "The same, written by a command",
            hint: "",
            text: given
                .helper("configure credential-process")
                .flag("--profile", name)
                .text(),
        },
        Block {
            title: "One program: exec",
            hint: "The program finds credentials that stay fresh for as long as it runs.",
            text: format!(
                "{}{} \\\n  -- aws sts get-caller-identity",
                given.exports(&[]),
                given.helper("exec").text()
            ),
        },
        Block {
            title: "All programs of a machine: serve",
            hint: "As the EC2 metadata service does it.",
            text: given.helper("serve").text(),
        },
        Block {
            title: "Environment for programs beside serve",
            hint: "",
            text: given.exports(&metadata),
        },
        Block {
            title: "The credentials file, kept fresh: update",
            hint: "For programs that read ~/.aws/credentials alone.",
            text: given.helper("update").flag("--profile", name).text(),
        },
    ]
}

/// A profile of the AWS config file. What may stand in ARNs, regions and URLs needs no quotes there.
fn config(given: &Given) -> String {
    let command = given.helper("credential-process").text();
    let endpoint = given.endpoint.as_ref();
    let endpoint = endpoint.map(|url| format!("endpoint_url = {url}\n"));
    format!(
        "[profile {}]\nregion = {}\n{}credential_process = {}\n",
        given.role_name(),
        given.region,
        endpoint.unwrap_or_default(),
        command.replace(" \\\n  ", " ")
    )
}

fn in_containers(given: &Given) -> Vec<Block> {
    let name = given.role_name();
    let container = [
        (
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            format!("{METADATA}/role/{name}"),
        ),
        (
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
            "/run/secrets/container-token".to_owned(),
        ),
    ];
    let serve = given
        .helper("serve")
        .flag("--container-token-file", "/run/secrets/container-token");
    vec![
        Block {
            title: "Containers: variables as of ECS and EKS",
            hint: "Both sides read the token from the file, so that it can be replaced at any time; it has no line break at its end.",
            text: format!("{}\n\n{}", serve.text(), given.exports(&container)),
        },
        Block {
            title: "Dockerfile",
            hint: "Certificate and key are mounted, never copied into an image.",
            text: dockerfile(given),
        },
        Block {
            title: "Kubernetes: a pod with the helper beside the program",
            hint: "The secret holds tls.crt and tls.key, as cert-manager writes it. Name your own images.",
            text: kubernetes::manifest(given),
        },
    ]
}

fn dockerfile(given: &Given) -> String {
    let mut words = vec!["anyrole".to_owned(), "exec".to_owned()];
    words.extend(given.words());
    words.push("--".to_owned());
    let environment: String = given
        .environment()
        .iter()
        .map(|(name, value)| format!("ENV {name}={value}\n"))
        .collect();
    format!(
        "FROM debian:stable-slim\nCOPY anyrole /usr/local/bin/anyrole\n{environment}VOLUME /etc/anyrole\nENTRYPOINT {}\nCMD [\"your-program\"]\n",
        serde_json::Value::from(words)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(endpoint: Option<&str>) -> Given {
        Given {
            anchor: "arn:aws:rolesanywhere:eu-west-1:000000000000:trust-anchor/a".to_owned(),
            profile: "arn:aws:rolesanywhere:eu-west-1:000000000000:profile/p".to_owned(),
            role: "arn:aws:iam::000000000000:role/team/Deploy_x".to_owned(),
            region: "eu-west-1".to_owned(),
            endpoint: endpoint.map(str::to_owned),
        }
    }

    #[test]
    fn every_block_names_what_was_chosen() {
        for block in blocks(&given(Some("http://127.0.0.1:9910"))) {
            let needs_arns = !block.title.starts_with("Environment");
            assert_eq!(
                block.text.contains("role/team/Deploy_x"),
                needs_arns,
                "{}",
                block.text
            );
            assert!(block.text.contains("eu-west-1"), "{}", block.text);
            assert!(
                block.text.contains("http://127.0.0.1:9910"),
                "{}",
                block.text
            );
        }
    }

    #[test]
    fn an_endpoint_is_a_plain_url() {
        for plain in [
            "http://127.0.0.1:9910",
            "https://[::1]:443",
            "https://a-b.example",
        ] {
            assert_eq!(plain_endpoint(plain), plain);
        }
        for other in [
            "http://a$(id)",
            "http://a;id",
            "http://a'b",
            "http://a b",
            "http://a`id`",
        ] {
            assert_eq!(plain_endpoint(other), "https://SERVER");
        }
    }

    #[test]
    fn at_aws_nothing_names_an_endpoint() {
        for block in blocks(&given(None)) {
            let text = block.text.to_lowercase();
            assert!(
                !text.contains("endpoint_url") && !text.contains("--endpoint"),
                "{text}"
            );
        }
    }

    #[test]
    fn the_config_file_has_its_command_on_one_line() {
        let text = config(&given(None));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0], "[profile Deploy_x]");
        assert!(
            lines[2].starts_with("credential_process = anyrole credential-process --certificate ")
        );
    }
}
