//! `env`: credentials enter, lines for a shell leave.

use anyrole_sdk::Credentials;
use zeroize::Zeroizing;

use crate::HelperError;
use crate::shared_files::section;

/// For whom the lines are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvironmentFormat {
    /// bash, sh, zsh.
    Bash,
    /// fish.
    Fish,
    /// PowerShell.
    PowerShell,
    /// A section of an AWS credentials file.
    Ini {
        /// Its name.
        profile: String,
    },
}

/// One line for each variable that SDKs read.
///
/// # Errors
/// A value that holds a character that would have to be quoted: no key or token has one; a section's name that is none.
pub fn render_environment(
    credentials: &Credentials,
    format: &EnvironmentFormat,
) -> Result<Zeroizing<Vec<u8>>, HelperError> {
    if let EnvironmentFormat::Ini { profile } = format {
        return Ok(section(profile, credentials)?);
    }
    let variables = [
        ("AWS_ACCESS_KEY_ID", credentials.access_key_id.as_str()),
        ("AWS_SECRET_ACCESS_KEY", &credentials.secret_access_key),
        ("AWS_SESSION_TOKEN", &credentials.session_token),
        ("AWS_CREDENTIAL_EXPIRATION", &credentials.expiration),
    ];
    let length: usize = variables
        .iter()
        .map(|(name, value)| name.len() + value.len() + 16)
        .sum();
    let mut lines = Zeroizing::new(Vec::with_capacity(length));
    for (name, value) in variables {
        let is_plain = |octet: u8| octet.is_ascii_alphanumeric() || b"+/=-_.:".contains(&octet);
        if value.is_empty() || !value.bytes().all(is_plain) {
            return Err(HelperError::UnprintableValue { name });
        }
        let (before, between, after) = match format {
            EnvironmentFormat::Fish => ("set -gx ", " '", "'\n"),
            EnvironmentFormat::PowerShell => ("$Env:", "='", "'\n"),
            EnvironmentFormat::Bash | EnvironmentFormat::Ini { .. } => ("export ", "='", "'\n"),
        };
        for part in [before, name, between, value, after] {
            lines.extend_from_slice(part.as_bytes());
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(token: &str, format: &EnvironmentFormat) -> Result<String, String> {
        let credentials = Credentials {
            access_key_id: "ASIAX".to_owned(),
            secret_access_key: Zeroizing::new("a+b/c=".to_owned()),
            session_token: Zeroizing::new(token.to_owned()),
            expiration: "2030-01-01T00:00:00Z".to_owned(),
        };
        render_environment(&credentials, format)
            .map(|lines| String::from_utf8(lines.to_vec()).unwrap())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn each_shell_has_its_words() {
        let rows = [
            (
                EnvironmentFormat::Bash,
                "export AWS_ACCESS_KEY_ID='ASIAX'\nexport AWS_SECRET_ACCESS_KEY='a+b/c='\nexport AWS_SESSION_TOKEN='t'\nexport AWS_CREDENTIAL_EXPIRATION='2030-01-01T00:00:00Z'\n",
            ),
            (
                EnvironmentFormat::Fish,
                "set -gx AWS_ACCESS_KEY_ID 'ASIAX'\nset -gx AWS_SECRET_ACCESS_KEY 'a+b/c='\nset -gx AWS_SESSION_TOKEN 't'\nset -gx AWS_CREDENTIAL_EXPIRATION '2030-01-01T00:00:00Z'\n",
            ),
            (
                EnvironmentFormat::PowerShell,
                "$Env:AWS_ACCESS_KEY_ID='ASIAX'\n$Env:AWS_SECRET_ACCESS_KEY='a+b/c='\n$Env:AWS_SESSION_TOKEN='t'\n$Env:AWS_CREDENTIAL_EXPIRATION='2030-01-01T00:00:00Z'\n",
            ),
            (
                EnvironmentFormat::Ini {
                    profile: "dev".to_owned(),
                },
                "[dev]\naws_access_key_id = ASIAX\naws_secret_access_key = a+b/c=\naws_session_token = t\n",
            ),
        ];
        for (format, expected) in rows {
            assert_eq!(rendered("t", &format).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_a_shell_would_run_is_refused_and_not_shown() {
        for token in ["a'b", "a b", "$(x)", "a;b", "", "a\nb"] {
            let error = rendered(token, &EnvironmentFormat::Bash).unwrap_err();
            assert!(error.contains("AWS_SESSION_TOKEN"), "{error}");
            assert!(token.is_empty() || !error.contains(token), "{error}");
        }
    }
}
