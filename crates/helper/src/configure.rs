//! `configure`: the words of a command or an endpoint enter, a profile of the AWS config file leaves.
//! Formats: AWS SDKs and tools reference guide, "Process credential provider", "IMDS credential provider", "Container
//! credential provider" and "Assume role credential provider".

use anyrole_sdk::Arn;

use crate::{HelperError, Profile};

/// A word that can't be written so that all SDKs read the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandLineError {
    /// SDKs split the line in several ways, which differ on such a word.
    #[error(
        "`{presented}` can't stand in a credential_process line: no word of it may hold control characters, or `'` together with one of `$`, `` ` ``, `\"` or `\\`"
    )]
    Word {
        /// As given, control characters escaped.
        presented: String,
    },
    /// Some readers of the config file take quotes at both ends of a value away.
    #[error(
        "`{presented}` is the last word and needs quotes, which some SDKs would drop: let another flag be the last"
    )]
    LastWord {
        /// As given.
        presented: String,
    },
}

/// The words as one line that a POSIX shell and Python's `shlex` split into the same words: botocore does the latter, most
/// other SDKs give the line to `sh -c`.
///
/// # Errors
/// A word that can't be written so.
pub fn command_line(words: &[String]) -> Result<String, CommandLineError> {
    let mut quoted = Vec::with_capacity(words.len());
    for word in words {
        quoted.push(quote(word)?);
    }
    let line = quoted.join(" ");
    let is_enclosed = ['"', '\'']
        .iter()
        .any(|mark| line.starts_with(*mark) && line.ends_with(*mark));
    match words.last() {
        Some(last) if is_enclosed => Err(CommandLineError::LastWord {
            presented: last.clone(),
        }),
        _ => Ok(line),
    }
}

/// Double quotes where nothing in the word means something inside of them, as AWS's documentation has it; else single ones.
fn quote(word: &str) -> Result<String, CommandLineError> {
    let is_plain = |octet: u8| octet.is_ascii_alphanumeric() || b"_./:=@%+,-".contains(&octet);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return Ok(word.to_owned());
    }
    let is_special = word.contains(['$', '`', '"', '\\']);
    if word.contains(char::is_control) || (is_special && word.contains('\'')) {
        return Err(CommandLineError::Word {
            presented: word.escape_debug().to_string(),
        });
    }
    let mark = if is_special { '\'' } else { '"' };
    Ok(format!("{mark}{word}{mark}"))
}

/// A profile whose credentials a command prints.
///
/// # Errors
/// A word that not every SDK would read as it is meant.
pub fn process_profile(
    name: &str,
    command: &[String],
    region: &str,
) -> Result<Profile, HelperError> {
    Ok(Profile {
        name: name.to_owned(),
        source: vec![("credential_process", command_line(command)?)],
        region: Some(region.to_owned()),
    })
}

/// What `serve` is to those who read from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndpointKind {
    /// The EC2 metadata service at a base URL.
    Metadata {
        /// Such as `http://127.0.0.1:9911`.
        url: String,
    },
    /// A container's credentials endpoint, whose URL and token only environment variables can say.
    Container,
}

/// A profile whose credentials come from an endpoint: themselves, or, with `assumed_role`, those of a role that is assumed
/// with them.
///
/// # Errors
/// A URL or an ARN of another kind; a container without a role, for which a config file has no words.
pub fn endpoint_profile(
    name: &str,
    kind: &EndpointKind,
    assumed_role: Option<&str>,
    region: Option<&str>,
) -> Result<Profile, HelperError> {
    let mut source = Vec::new();
    if let Some(role) = assumed_role {
        const FLAG: &str = "--assume-role-arn";
        let arn = Arn::parse(role).map_err(|cause| HelperError::Arn { flag: FLAG, cause })?;
        if !arn.is("iam", "role") {
            return Err(HelperError::ArnOfAnotherKind {
                flag: FLAG,
                presented: role.to_owned(),
                kind: "role",
                example: "arn:aws:iam::ACCOUNT:role/NAME",
            });
        }
        let from = match kind {
            EndpointKind::Metadata { .. } => "Ec2InstanceMetadata",
            EndpointKind::Container => "EcsContainer",
        };
        source.push(("role_arn", role.to_owned()));
        source.push(("credential_source", from.to_owned()));
    }
    match kind {
        EndpointKind::Metadata { url } => {
            // Python's SDK joins its paths to it without a thought: it must end with a slash.
            let url = format!("{}/", url.trim_end_matches('/'));
            if let Err(cause) = anyrole_sdk::Endpoint::parse(&url) {
                let flag = "--url";
                return Err(HelperError::Endpoint { flag, cause });
            }
            source.push(("ec2_metadata_service_endpoint", url));
        }
        EndpointKind::Container if assumed_role.is_none() => {
            return Err(HelperError::ContainerProfile);
        }
        EndpointKind::Container => {}
    }
    Ok(Profile {
        name: name.to_owned(),
        source,
        region: region.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_shell_and_python_split_the_line_alike() {
        let words = [
            "/opt/my tools/anyrole",
            "credential-process",
            "--certificate",
            "/home/jörg/it's mine/a.pem",
            "--private-key",
            "/keys/$HOME/`id`/\"x\"/a\\b",
            "pkcs11:token=My%20Token;object=a",
            "",
            "~/x",
            "!!*?[a]{b,c}(d)<e>|&;#",
            "--role-arn",
            "arn:aws:iam::000000000000:role/a/b@c",
        ]
        .map(str::to_owned);
        let line = command_line(&words).unwrap();
        let shell = Command::new("sh")
            .args(["-c", &format!("printf '%s\\n' {line}")])
            .output()
            .unwrap();
        let python = Command::new("python3")
            .args([
                "-c",
                "import shlex, sys; print('\\n'.join(shlex.split(sys.argv[1])))",
            ])
            .arg(&line)
            .output()
            .unwrap();
        for output in [shell, python] {
            let read = String::from_utf8(output.stdout).unwrap();
            assert_eq!(read, words.join("\n") + "\n", "{line}");
        }
    }

    #[test]
    fn words_that_readers_would_differ_on_are_refused() {
        for word in ["it's $5", "a\nb", "a\0b", "'\\"] {
            let refused = command_line(&[word.to_owned(), "x".to_owned()]);
            assert!(
                matches!(refused, Err(CommandLineError::Word { .. })),
                "{word:?}"
            );
        }
        let enclosed = ["/a b/anyrole", "/c d"].map(str::to_owned);
        let refused = command_line(&enclosed);
        assert!(
            matches!(refused, Err(CommandLineError::LastWord { .. })),
            "{refused:?}"
        );
    }

    #[test]
    fn endpoints_become_the_keys_that_sdks_read() {
        let metadata = EndpointKind::Metadata {
            url: "http://127.0.0.1:9911".to_owned(),
        };
        const ROLE: &str = "arn:aws:iam::000000000000:role/r";
        let role = Some(ROLE);
        let keys = |kind, role| {
            endpoint_profile("x", kind, role, None)
                .map(|profile| profile.source)
                .map_err(|error| error.to_string())
        };
        let url = (
            "ec2_metadata_service_endpoint",
            "http://127.0.0.1:9911/".to_owned(),
        );
        let assumed = |source: &str| {
            vec![
                ("role_arn", ROLE.to_owned()),
                ("credential_source", source.to_owned()),
            ]
        };
        assert_eq!(keys(&metadata, None).unwrap(), std::slice::from_ref(&url));
        let both = [assumed("Ec2InstanceMetadata"), vec![url]].concat();
        assert_eq!(keys(&metadata, role).unwrap(), both);
        assert_eq!(
            keys(&EndpointKind::Container, role).unwrap(),
            assumed("EcsContainer")
        );
        for (kind, role, said) in [
            (&EndpointKind::Container, None, "--assume-role-arn"),
            (
                &metadata,
                Some("arn:aws:iam::0:user/u"),
                "not the ARN of a role",
            ),
            (&metadata, Some("role/x"), "is not an ARN"),
        ] {
            let error = keys(kind, role).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        let broken = EndpointKind::Metadata {
            url: "127.0.0.1".to_owned(),
        };
        assert!(keys(&broken, None).unwrap_err().contains("--url"));
    }
}
