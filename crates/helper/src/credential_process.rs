//! `credential-process`: settings enter, the JSON that AWS SDKs read from a `credential_process` leaves.
//! Format: AWS SDKs and tools reference guide, "Process credential provider".

use std::io::Write;
use std::sync::Arc;

use anyrole_sdk::{Credentials, IdentitySource, Surroundings};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{HelperError, SessionCache, SessionSettings};

/// Gets credentials and renders them: one line, without a newline.
///
/// # Errors
/// As [`SessionSettings::create_credentials`].
pub fn credential_process(
    settings: &SessionSettings,
    surroundings: &dyn Surroundings,
    debug: Option<&mut dyn Write>,
) -> Result<Zeroizing<String>, HelperError> {
    let credentials = settings.create_credentials(surroundings, debug)?;
    Ok(render_credentials(&credentials))
}

/// As [`credential_process`], unless the cache holds what was got before for the very same; `open` as
/// [`SessionSettings::cached_credentials`] has it.
///
/// # Errors
/// As [`SessionSettings::cached_credentials`].
pub fn cached_credential_process<E: From<HelperError>>(
    settings: &SessionSettings,
    cache: &SessionCache,
    surroundings: &dyn Surroundings,
    debug: Option<&mut dyn Write>,
    open: impl FnOnce() -> Result<Arc<dyn IdentitySource>, E>,
) -> Result<Zeroizing<String>, E> {
    let credentials = settings.cached_credentials(cache, surroundings, debug, open)?;
    Ok(render_credentials(&credentials))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output<'a> {
    version: u8,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: &'a str,
    expiration: &'a str,
}

/// The very bytes of the official helper: members in this order, one line, no newline, and `<`, `>`, `&` and the two
/// Unicode line separators escaped as Go's encoder does.
pub fn render_credentials(credentials: &Credentials) -> Zeroizing<String> {
    let output = Output {
        version: 1,
        access_key_id: &credentials.access_key_id,
        secret_access_key: &credentials.secret_access_key,
        session_token: &credentials.session_token,
        expiration: &credentials.expiration,
    };
    let json = Zeroizing::new(serde_json::to_string(&output).unwrap_or_default());
    // each character grows to at most six bytes, so that no copy of the secret is left behind by a reallocation
    let mut escaped = Zeroizing::new(String::with_capacity(json.len() * 6));
    for character in json.chars() {
        match character {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renders_the_official_bytes() {
        let credentials = Credentials {
            access_key_id: "ASIAEXAMPLE".to_owned(),
            secret_access_key: Zeroizing::new("a/b+<c>&\"d".to_owned()),
            session_token: Zeroizing::new("t==".to_owned()),
            expiration: "2026-11-20T09:00:00Z".to_owned(),
        };
        let expected = r#"{"Version":1,"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"a/b+\u003cc\u003e\u0026\"d","SessionToken":"t==","Expiration":"2026-11-20T09:00:00Z"}"#;
        assert_eq!(*render_credentials(&credentials), expected);
    }
}
