//! The credential scope `YYYYMMDD/region/service/aws4_request`, and the `Credential` field around it.

use std::borrow::Cow;

use crate::VerifyError;

/// Where and when a signature counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialScope<'a> {
    /// `YYYYMMDD`.
    pub date: Cow<'a, str>,
    /// Such as `us-east-1`.
    pub region: Cow<'a, str>,
    /// The signing name, such as `s3`.
    pub service: Cow<'a, str>,
}

impl<'a> CredentialScope<'a> {
    /// Parses `identity/date/region/service/aws4_request` from the right, since an identity may hold a `/`.
    pub(crate) fn parse_credential(
        credential: Cow<'a, str>,
    ) -> Result<(Cow<'a, str>, Self), VerifyError> {
        let parsed = match credential {
            Cow::Borrowed(text) => split(text).map(|parts| parts.map(Cow::Borrowed)),
            Cow::Owned(text) => {
                split(&text).map(|parts| parts.map(|part| Cow::Owned(part.to_owned())))
            }
        };
        let [identity, date, region, service] =
            parsed.ok_or(VerifyError::Malformed { part: "Credential" })?;
        Ok((
            identity,
            Self {
                date,
                region,
                service,
            },
        ))
    }

    /// The scope as text.
    pub fn to_text(&self) -> String {
        let Self {
            date,
            region,
            service,
        } = self;
        format!("{date}/{region}/{service}/aws4_request")
    }
}

fn split(credential: &str) -> Option<[&str; 4]> {
    let mut parts = credential.rsplitn(5, '/');
    if parts.next()? != "aws4_request" {
        return None;
    }
    let (service, region, date, identity) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let parts = [identity, date, region, service];
    parts.iter().all(|part| !part.is_empty()).then_some(parts)
}
