//! Credentials in, the three keys of a section of the AWS credentials file set to them. `update` and `env` call it.

use anyrole_sdk::Credentials;
use zeroize::Zeroizing;

use super::EditError;
use super::edit::{Edit, edit, joined};

/// The content with the credentials in the section `profile`; all else as [`edit()`] has it.
pub(super) fn with_credentials(
    before: &[u8],
    profile: &str,
    credentials: &Credentials,
) -> Result<Zeroizing<Vec<u8>>, EditError> {
    check_profile(profile)?;
    let values = [
        ("aws_access_key_id", credentials.access_key_id.as_str()),
        ("aws_secret_access_key", &credentials.secret_access_key),
        ("aws_session_token", &credentials.session_token),
    ];
    for (key, value) in values {
        if value.is_empty() || !value.bytes().all(|octet| octet.is_ascii_graphic()) {
            return Err(EditError::Value { key });
        }
    }
    let pieces = edit(
        before,
        &Edit {
            title: profile,
            is_section: &|name| name == profile.as_bytes(),
            set: &values,
            remove: &[],
            keep_comments: true,
        },
    );
    Ok(joined(&pieces))
}

fn check_profile(profile: &str) -> Result<(), EditError> {
    let is_bad = |character: char| character == ']' || character.is_control();
    if profile.is_empty() || profile.trim() != profile || profile.contains(is_bad) {
        return Err(EditError::ProfileName {
            presented: profile
                .chars()
                .filter(|character| !character.is_control())
                .collect(),
        });
    }
    Ok(())
}

#[cfg(test)]
#[path = "credentials_tests.rs"]
mod tests;
