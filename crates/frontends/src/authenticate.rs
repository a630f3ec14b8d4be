//! From a signed request to a `Caller`: SigV4 with a long-term key or with a session's, for every service alike.
//! `signing` has the rules of the signature; here they are bound to our keys, our clock and our region. What is not
//! accepted leaves as `Unauthenticated`, which each protocol says in its own words (`render_refusal`).

use anyrole_domain::ports::OpenError;
use anyrole_domain::sessions::OpenedSession;
use anyrole_domain::{Call, Caller, Kind, Origin, Principal, Refusal, Site};
use anyrole_signing::{
    AuthorizationKind, Expected, PayloadHash, RequestHead, SigningKey, UnverifiedSignature,
    VerifyError,
};
use http::HeaderMap;
use http::request::Parts;

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
    let id = presented.access_key_id.as_ref();
    let token = session_token(headers, presented)?;
    let principal = if id.starts_with(TEMPORARY) {
        let secret = site.opener.secret(id).map_err(session_refused)?;
        verify(&SigningKey::derive(secret.expose(), &presented.scope))?;
        let token = token.ok_or_else(no_token)?;
        let opened = site.opener.open(id, &token, origin.now);
        match opened.map_err(session_refused)? {
            OpenedSession::Role(session) if site.is_session_revoked(&session) => {
                return Err(Refusal::new(
                    Kind::InvalidToken,
                    "session-certificate-revoked",
                    UNKNOWN_TOKEN,
                )
                .into());
            }
            OpenedSession::Role(session) => {
                note_use(site, &session.role_id, presented, origin);
                Principal::RoleSession(session)
            }
            OpenedSession::User(session) => Principal::UserSession(session),
        }
    } else {
        let snapshot = site.directory.read();
        let key = snapshot
            .access_key(id)
            .filter(|key| key.active)
            .ok_or_else(|| session_refused(OpenError::UnknownAccessKey))?;
        let secret = key
            .secret(site.secrets.as_ref())
            .map_err(|error| Refusal::internal(error.to_string()))?;
        verify(&SigningKey::derive(secret.expose(), &presented.scope))?;
        if token.is_some() {
            return Err(session_refused(OpenError::InvalidToken).into());
        }
        note_use(site, id, presented, origin);
        match &key.user_id {
            None => Principal::Root,
            Some(user_id) => {
                let user = snapshot
                    .user(user_id)
                    .ok_or_else(|| session_refused(OpenError::UnknownAccessKey))?;
                Principal::User(user.row.clone())
            }
        }
    };
    Ok(Caller {
        account: site.account().id.clone(),
        principal,
        access_key_id: id.into(),
    })
}

/// Notes that an access key, or a session of a role, has made a request.
fn note_use(site: &Site, id: &str, presented: &UnverifiedSignature<'_>, origin: &Origin) {
    let (account, scope) = (&site.account().id, &presented.scope);
    site.last_uses
        .note(account, id, &scope.service, &scope.region, origin.now);
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
