//! `credential-process`: settings enter, the JSON that AWS SDKs read from a `credential_process` leaves.
//! Format: AWS SDKs and tools reference guide, "Process credential provider".

use std::io::Write;
use std::path::PathBuf;

use anyrole_sdk::{
    ClientSettings, CreateSessionClient, Credentials, Endpoint, Region, Surroundings, TlsRoots,
};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::debug_log::DebugLog;
use crate::session_checks::session_request;
use crate::{FileIdentity, HelperError};

/// What the command line says.
#[derive(Clone, Debug)]
pub struct CredentialProcess {
    /// `--certificate`: PEM; may hold the intermediates and the key too.
    pub certificate: PathBuf,
    /// `--private-key`: PEM, not encrypted.
    pub private_key: Option<PathBuf>,
    /// `--intermediates`: PEM bundle.
    pub intermediates: Option<PathBuf>,
    /// `--role-arn`.
    pub role_arn: String,
    /// `--profile-arn`.
    pub profile_arn: String,
    /// `--trust-anchor-arn`.
    pub trust_anchor_arn: String,
    /// `--endpoint`; `None`: AWS's endpoint of the region.
    pub endpoint: Option<String>,
    /// `--region`; `None`: the trust anchor's.
    pub region: Option<String>,
    /// `--session-duration`, seconds.
    pub session_duration: i64,
    /// `--role-session-name`.
    pub role_session_name: Option<String>,
    /// `--no-verify-ssl`, `--ca-bundle`.
    pub tls_roots: TlsRoots,
}

/// Gets credentials and renders them: one line, without a newline. Everything that can be checked on this side is
/// checked before anything is sent. `debug` receives one line per step on the wire, without secrets.
pub fn credential_process(
    settings: &CredentialProcess,
    surroundings: &dyn Surroundings,
    debug: Option<&mut dyn Write>,
) -> Result<Zeroizing<String>, HelperError> {
    let session = session_request(settings)?;
    let (endpoint, region) = endpoint_and_region(settings)?;
    let identity = FileIdentity::read(
        &settings.certificate,
        settings.private_key.as_deref(),
        settings.intermediates.as_deref(),
    )?;
    identity.check_validity(surroundings.now())?;
    let client = CreateSessionClient::new(ClientSettings {
        endpoint,
        region,
        tls_roots: settings.tls_roots.clone(),
    })
    .map_err(HelperError::Client)?;
    let create = |surroundings: &dyn Surroundings| {
        client.create_session(&identity.identity(), &session, surroundings)
    };
    let credentials = match debug {
        Some(writer) => create(&DebugLog::new(surroundings, writer)),
        None => create(surroundings),
    };
    Ok(render_credentials(
        &credentials.map_err(|cause| HelperError::Session { cause })?,
    ))
}

fn endpoint_and_region(settings: &CredentialProcess) -> Result<(Endpoint, Region), HelperError> {
    let overriding = settings
        .region
        .as_deref()
        .filter(|region| !region.is_empty());
    let flag = if overriding.is_some() {
        "--region"
    } else {
        "--profile-arn"
    };
    let region = Region::of_arns(
        &settings.trust_anchor_arn,
        &settings.profile_arn,
        overriding,
    )
    .map_err(|cause| HelperError::Endpoint { flag, cause })?;
    let endpoint = match settings.endpoint.as_deref().filter(|url| !url.is_empty()) {
        Some(url) => Endpoint::parse(url).map_err(|cause| HelperError::Endpoint {
            flag: "--endpoint",
            cause,
        })?,
        None => Endpoint::of_region(&region),
    };
    Ok((endpoint, region))
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
