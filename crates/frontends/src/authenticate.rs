//! From a signed request to a `Caller`: SigV4 with a long-term key or with a session's, for every service alike.
//! `signing` has the rules of the signature; here they are bound to our keys, our clock and our region. What is not
//! accepted leaves as `Unauthenticated`, which each protocol says in its own words (`render_refusal`).

use std::sync::Arc;

use anyrole_domain::ports::{OpenError, SecretAccessKey};
use anyrole_domain::sessions::OpenedSession;
use anyrole_domain::{AccessKey, Call, Caller, Kind, Origin, Principal, Refusal, Site};
use anyrole_signing::{
    AuthorizationKind, Expected, PayloadHash, RequestHead, SigningKey, UnverifiedSignature,
    VerifyError,
};
use http::HeaderMap;
use http::request::Parts;
use jiff::Timestamp;

use crate::render_refusal::signature_refused;

/// What AWS says of a key or token that it does not know.
const UNKNOWN_TOKEN: &str = "The security token included in the request is invalid.";
/// What AWS says of a session that has ended.
const EXPIRED_TOKEN: &str = "The security token included in the request is expired";
/// Temporary access key ids begin so.
const TEMPORARY: &str = "ASIA";
/// IAM, the global STS and our own calls are signed for this region, whatever the site's.
pub const GLOBAL_REGION: &str = "us-east-1";
/// What our own calls, which AWS does not have, are signed for.
pub const OWN_SERVICE: &str = "anyrole";

/// Why a request has no caller.
#[derive(Debug)]
pub enum Unauthenticated {
    /// Its signature is not one that we accept.
    Signature(VerifyError),
    /// The key or the session that it is signed with is not.
    Key(Refusal),
}

impl From<VerifyError> for Unauthenticated {
    fn from(error: VerifyError) -> Self {
        Self::Signature(error)
    }
}

impl From<Refusal> for Unauthenticated {
    fn from(refusal: Refusal) -> Self {
        Self::Key(refusal)
    }
}

impl From<Unauthenticated> for Refusal {
    fn from(unauthenticated: Unauthenticated) -> Self {
        match unauthenticated {
            Unauthenticated::Signature(error) => signature_refused(&error),
            Unauthenticated::Key(refusal) => refusal,
        }
    }
}

/// Verifies the request's signature for `service` and finds out who calls.
pub fn authenticate(
    site: &Site,
    origin: &Origin,
    parts: &Parts,
    payload: PayloadHash<'_>,
    service: &str,
) -> Result<Call, Unauthenticated> {
    let query = parts.uri.query().unwrap_or_default();
    if let Some(error) = AuthorizationKind::of(&parts.headers, query).refusal() {
        return Err(error.into());
    }
    let presented = UnverifiedSignature::parse(&parts.headers, query)?;
    let region = site.account().region.as_str();
    let regions = [region, GLOBAL_REGION];
    let global = matches!(service, "iam" | "sts" | OWN_SERVICE);
    let expected = Expected {
        regions: regions
            .get(..if global { 2 } else { 1 })
            .unwrap_or(&regions),
        service,
        now: origin.now,
        skew: if service == "s3" {
            Expected::SKEW_S3
        } else {
            Expected::SKEW
        },
    };
    presented.check_claims(&parts.headers, &expected)?;
    let head = RequestHead {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query,
        headers: &parts.headers,
    };
    let caller = verify_caller(site, origin, &parts.headers, &presented, |key| {
        presented.verify(&head, payload, key, &expected)
    })?;
    Ok(Call {
        caller,
        origin: origin.clone(),
    })
}

/// The call of who did not sign, for the services that let policies decide about it.
pub fn anonymous(site: &Site, origin: &Origin) -> Call {
    Call {
        caller: Caller {
            account: site.account().id.clone(),
            principal: Principal::Anonymous,
            access_key_id: "".into(),
        },
        origin: origin.clone(),
    }
}

fn verify_caller(
    site: &Site,
    origin: &Origin,
    headers: &HeaderMap,
    presented: &UnverifiedSignature<'_>,
    verify: impl FnOnce(&SigningKey) -> Result<(), VerifyError>,
) -> Result<Caller, Unauthenticated> {
    let token = session_token(headers, presented)?;
    let key = PresentedKey::find(site, &presented.access_key_id)?;
    let secret = key.secret(site)?;
    verify(&SigningKey::derive(secret.expose(), &presented.scope))?;
    let scope = &presented.scope;
    let used = (scope.service.as_ref(), scope.region.as_ref());
    Ok(key.caller(site, token.as_deref(), used, origin.now)?)
}

/// An access key by its id, before anyone has proved to hold its secret.
pub struct PresentedKey<'a> {
    id: &'a str,
    /// The row of a long-term key; none for a session's.
    stored: Option<Arc<AccessKey>>,
}

impl<'a> PresentedKey<'a> {
    /// Finds it: any temporary one, since those are not stored, and a long-term one that may be used.
    pub fn find(site: &Site, id: &'a str) -> Result<Self, Refusal> {
        let stored = if id.starts_with(TEMPORARY) {
            None
        } else {
            let snapshot = site.directory.read();
            let key = snapshot.access_key(id).filter(|key| key.active);
            Some(
                key.cloned()
                    .ok_or_else(|| session_refused(OpenError::UnknownAccessKey))?,
            )
        };
        Ok(Self { id, stored })
    }

    /// The secret that its holder must know.
    pub fn secret(&self, site: &Site) -> Result<SecretAccessKey, Refusal> {
        match &self.stored {
            None => site.opener.secret(self.id).map_err(session_refused),
            Some(key) => key
                .secret(site.secrets.as_ref())
                .map_err(|error| Refusal::internal(error.to_string())),
        }
    }

    /// Whom it is of, for who has proved to know the secret; `used` is the service and the region that it was used for.
    pub fn caller(
        self,
        site: &Site,
        token: Option<&str>,
        used: (&str, &str),
        now: Timestamp,
    ) -> Result<Caller, Refusal> {
        let note_use = |id: &str| {
            let (account, (service, region)) = (&site.account().id, used);
            site.last_uses.note(account, id, service, region, now);
        };
        let principal = match &self.stored {
            None => {
                let token = token.ok_or_else(no_token)?;
                let opened = site.opener.open(self.id, token, now);
                match opened.map_err(session_refused)? {
                    OpenedSession::Role(session) if site.is_session_revoked(&session) => {
                        return Err(Refusal::new(
                            Kind::InvalidToken,
                            "session-certificate-revoked",
                            UNKNOWN_TOKEN,
                        ));
                    }
                    OpenedSession::Role(session) => {
                        note_use(&session.role_id);
                        Principal::RoleSession(session)
                    }
                    OpenedSession::User(session) => Principal::UserSession(session),
                }
            }
            Some(_) if token.is_some() => return Err(session_refused(OpenError::InvalidToken)),
            Some(key) => {
                note_use(self.id);
                match &key.user_id {
                    None => Principal::Root,
                    Some(user_id) => {
                        let snapshot = site.directory.read();
                        let user = snapshot
                            .user(user_id)
                            .ok_or_else(|| session_refused(OpenError::UnknownAccessKey))?;
                        Principal::User(user.row.clone())
                    }
                }
            }
        };
        Ok(Caller {
            account: site.account().id.clone(),
            principal,
            access_key_id: self.id.into(),
        })
    }
}

/// The session token of the query (presigned), or of its header, which the signature rules have found to be signed.
fn session_token<'a>(
    headers: &'a HeaderMap,
    presented: &'a UnverifiedSignature<'_>,
) -> Result<Option<std::borrow::Cow<'a, str>>, Refusal> {
    if let Some(token) = &presented.session_token {
        return Ok(Some(std::borrow::Cow::Borrowed(token)));
    }
    headers
        .get("x-amz-security-token")
        .map(|value| value.to_str().map(std::borrow::Cow::Borrowed))
        .transpose()
        .map_err(|_| session_refused(OpenError::InvalidToken))
}

/// The id of a session's key alone is known to nobody, as on AWS.
fn no_token() -> Refusal {
    Refusal::new(
        Kind::UnknownAccessKey,
        "missing-session-token",
        UNKNOWN_TOKEN,
    )
}

fn session_refused(error: OpenError) -> Refusal {
    match error {
        OpenError::UnknownAccessKey => {
            Refusal::new(Kind::UnknownAccessKey, "unknown-access-key", UNKNOWN_TOKEN)
        }
        OpenError::InvalidToken => {
            Refusal::new(Kind::InvalidToken, "invalid-session-token", UNKNOWN_TOKEN)
        }
        OpenError::Expired => Refusal::new(Kind::ExpiredToken, "expired-session", EXPIRED_TOKEN),
    }
}
