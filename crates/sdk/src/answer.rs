//! An answer's status, headers and body enter; credentials or the service's error leave.

use http::HeaderMap;
use jiff::Timestamp;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::service_clock::{NOTABLE, date};
use crate::{CreateSessionError, Credentials, Refusal};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Success {
    #[serde(default)]
    credential_set: Vec<CredentialSet>,
}

#[derive(Deserialize)]
struct CredentialSet {
    credentials: Option<WireCredentials>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireCredentials {
    #[serde(default)]
    access_key_id: String,
    #[serde(default)]
    secret_access_key: Zeroizing<String>,
    #[serde(default)]
    session_token: Zeroizing<String>,
    #[serde(default)]
    expiration: String,
}

/// What an error's body says. Gateways write a member twice, in two spellings, or as something else than text: what can be read
/// is read.
#[derive(Default)]
struct Failure {
    code: Option<String>,
    message: Option<String>,
}

impl Failure {
    fn read(body: &[u8]) -> Self {
        let members: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(body).unwrap_or_default();
        let text = |names: [&str; 2]| {
            let texts = names
                .into_iter()
                .filter_map(|name| members.get(name)?.as_str());
            texts.map(str::to_owned).find(|text| !text.is_empty())
        };
        Self {
            code: text(["__type", "code"]),
            message: text(["message", "Message"]),
        }
    }
}

/// `credentialSet[0].credentials` of any 2xx; all four members must be there, since empty credentials help nobody.
pub(crate) fn parse_success(status: u16, body: &[u8]) -> Result<Credentials, CreateSessionError> {
    let unreadable = |detail: &str| CreateSessionError::UnreadableAnswer {
        status,
        detail: detail.to_owned(),
    };
    let answer: Success = serde_json::from_slice(body)
        // the parser's own text may quote the body
        .map_err(|error| {
            unreadable(&format!(
                "not the expected JSON at line {} column {}",
                error.line(),
                error.column()
            ))
        })?;
    let wire = answer
        .credential_set
        .into_iter()
        .next()
        .and_then(|set| set.credentials);
    let wire = wire.ok_or_else(|| unreadable("`credentialSet` is empty"))?;
    for (name, value) in [
        ("accessKeyId", &wire.access_key_id),
        ("secretAccessKey", &*wire.secret_access_key),
        ("sessionToken", &*wire.session_token),
        ("expiration", &wire.expiration),
    ] {
        if value.is_empty() {
            return Err(unreadable(&format!("`{name}` is missing")));
        }
    }
    Ok(Credentials {
        access_key_id: wire.access_key_id,
        secret_access_key: wire.secret_access_key,
        session_token: wire.session_token,
        expiration: wire.expiration,
    })
}

/// The code comes from `x-amzn-ErrorType` (what follows a `:` is dropped) or the body, the text from the body.
pub(crate) fn parse_refusal(
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    attempts: u32,
    now: Timestamp,
) -> Refusal {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &http::HeaderValue| value.to_str().ok())
    };
    let failure = Failure::read(body);
    let code = text("x-amzn-errortype").map(str::to_owned).or(failure.code);
    let code = code
        .as_deref()
        .map(bare_code)
        .filter(|code| !code.is_empty());
    Refusal {
        status,
        code: code.unwrap_or("UnknownError").to_owned(),
        message: failure
            .message
            .unwrap_or_else(|| "the answer has no message".to_owned()),
        request_id: text("x-amzn-requestid").map(str::to_owned),
        attempts,
        clock_difference: date(headers)
            .map(|date| date.duration_since(now))
            .filter(|difference| difference.abs() > NOTABLE),
    }
}

/// `namespace#Code:http://…` is `Code`.
fn bare_code(text: &str) -> &str {
    let text = text.split(':').next().unwrap_or_default();
    text.rsplit('#').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_success_with_all_four_members() {
        let body = br#"{"credentialSet":[{"assumedRoleUser":{"arn":"a"},"credentials":{"accessKeyId":"ASIA1","secretAccessKey":"s","sessionToken":"t","expiration":"2026-11-20T09:00:00Z"},"packedPolicySize":1}],"subjectArn":"x"}"#;
        let credentials = parse_success(201, body).unwrap();
        assert_eq!(credentials.access_key_id, "ASIA1");
        assert_eq!(&*credentials.session_token, "t");
        assert_eq!(credentials.expiration, "2026-11-20T09:00:00Z");
        assert!(!format!("{credentials:?}").contains("\"s\""));
    }

    #[test]
    fn incomplete_successes_name_what_is_missing_and_show_no_body() {
        for (body, detail) in [
            (r#"{}"#, "`credentialSet` is empty"),
            (r#"{"credentialSet":[]}"#, "`credentialSet` is empty"),
            (r#"{"credentialSet":[{}]}"#, "`credentialSet` is empty"),
            (
                r#"{"credentialSet":[{"credentials":{"accessKeyId":"A"}}]}"#,
                "`secretAccessKey` is missing",
            ),
            (
                r#"{"credentialSet":"hidden"}"#,
                "not the expected JSON at line 1 column 25",
            ),
        ] {
            let error = parse_success(200, body.as_bytes()).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("the answer (status 200) holds no credentials: {detail}")
            );
        }
    }

    #[test]
    fn refusals_in_all_their_spellings() {
        let now: Timestamp = "2026-11-20T08:00:00Z".parse().unwrap();
        let refusal = |lines: &[(&'static str, &'static str)], body: &str| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.insert(*name, value.parse().unwrap());
            }
            parse_refusal(403, &headers, body.as_bytes(), 1, now)
        };
        let header = ("x-amzn-errortype", "AccessDeniedException:http://internal/");
        let told = refusal(
            &[header, ("x-amzn-requestid", "7f")],
            r#"{"message":"Certificate revoked"}"#,
        );
        assert_eq!(
            told.to_string(),
            "CreateSession refused: AccessDeniedException: Certificate revoked (status 403, request id 7f)"
        );
        assert_eq!(
            refusal(&[], r#"{"__type":"ns#ValidationException","Message":"no"}"#).code,
            "ValidationException"
        );
        assert_eq!(
            refusal(&[], r#"{"code":"X"}"#).message,
            "the answer has no message"
        );
        assert_eq!(refusal(&[], "<html>").code, "UnknownError");
        // As some gateways write it: each member in two spellings, one of them empty.
        let twice = r#"{"__type":"A","code":3,"message":null,"Message":"Certificate revoked"}"#;
        let twice = refusal(&[], twice);
        assert_eq!(
            (&*twice.code, &*twice.message),
            ("A", "Certificate revoked")
        );
        let late = refusal(
            &[header, ("date", "Fri, 20 Nov 2026 08:31:00 GMT")],
            r#"{"message":"Invalid signature"}"#,
        );
        assert!(
            late.to_string().ends_with(
                "the clock of this machine is 31 minutes behind the service's: set it right"
            ),
            "{late}"
        );
        assert_eq!(
            refusal(&[("date", "Fri, 20 Nov 2026 08:01:00 GMT")], "").clock_difference,
            None
        );
    }
}
