//! What a sign-in form presents: access key id, secret access key, session token. The secret is compared with ours in constant time and
//! wiped; nobody learns which of the three was wrong.

use anyrole_console::Fields;
use anyrole_domain::ports::SecretAccessKey;
use anyrole_domain::{Caller, Kind, Refusal, Site};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use bytes::Bytes;
use jiff::Timestamp;
use percent_encoding::percent_decode;
use zeroize::{Zeroize as _, Zeroizing};

use crate::authenticate::{OWN_SERVICE, PresentedKey};

const SECRET: &[u8] = b"secret-access-key";
/// What a secret is compared with where there is none, so that it takes as long.
const NO_SECRET: [u8; 40] = [0; 40];

/// What was typed.
pub struct Presented {
    /// `AKIA…` or `ASIA…`, if it is one.
    pub access_key_id: String,
    secret: Zeroizing<Vec<u8>>,
    /// The token of a temporary key.
    pub session_token: Option<String>,
    /// The other fields of the form.
    pub form: Fields,
}

impl Presented {
    /// Reads a form, `application/x-www-form-urlencoded`, and wipes it.
    pub fn read(body: Bytes) -> Self {
        let is_secret = |pair: &&[u8]| {
            let name = pair.split(|byte| *byte == b'=').next();
            percent_decode(name.unwrap_or_default()).eq(SECRET.iter().copied())
        };
        let (secrets, others): (Vec<&[u8]>, Vec<&[u8]>) =
            body.split(|byte| *byte == b'&').partition(is_secret);
        let value = |pair: &&[u8]| pair.iter().position(|byte| *byte == b'=');
        let secret = secrets
            .first()
            .and_then(|pair| pair.get(value(pair)? + 1..));
        let form = Fields::parse(&String::from_utf8_lossy(&others.join(&b'&')));
        let presented = Self {
            access_key_id: form.text("access-key-id").trim().to_owned(),
            secret: decoded(secret.unwrap_or_default()),
            session_token: form.some("session-token").map(str::to_owned),
            form,
        };
        if let Ok(mut body) = body.try_into_mut() {
            body.as_mut().zeroize();
        }
        presented
    }

    /// The access key's id for audit trail and page, unless something else was typed in its place: a secret, say.
    pub fn shown_key(&self) -> Option<&str> {
        let id = self.access_key_id.as_str();
        let is_one = (id.starts_with("AKIA") || id.starts_with("ASIA"))
            && id.len() == 20
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_one.then_some(id)
    }

    /// Who this is.
    ///
    /// # Errors
    /// It is nobody, for a reason that only the audit trail is told; or they are credentials whose time is over.
    pub fn verify(&self, site: &Site, now: Timestamp) -> Result<Caller, Refusal> {
        self.proved(site, now).map_err(|refusal| match refusal.kind {
            Kind::Internal | Kind::Unavailable => refusal,
            // Only who has shown secret and token learns this.
            Kind::ExpiredToken => Refusal::new(
                Kind::AccessDenied,
                "console-credentials-expired",
                "These credentials are right, but have expired. Get new ones, and sign in with them.",
            ),
            _ => Refusal::new(
                Kind::AccessDenied,
                "console-credentials-wrong",
                "These are no credentials that open this console. Look at all three fields: temporary credentials (ASIA…) need their session token, long-term ones (AKIA…) must not have one.",
            )
            .with_private(refusal.reason),
        })
    }

    fn proved(&self, site: &Site, now: Timestamp) -> Result<Caller, Refusal> {
        let found = PresentedKey::find(site, &self.access_key_id)
            .and_then(|key| Ok((key.secret(site)?, key)));
        let (secret, key) = match found {
            Ok(found) => found,
            Err(refusal) => {
                let _ = verify_slices_are_equal(&self.secret, &NO_SECRET);
                return Err(refusal);
            }
        };
        self.check_secret(&secret)?;
        let used = (OWN_SERVICE, site.account().region.as_str());
        key.caller(site, self.session_token.as_deref(), used, now)
    }

    fn check_secret(&self, ours: &SecretAccessKey) -> Result<(), Refusal> {
        verify_slices_are_equal(&self.secret, ours.expose().as_bytes()).map_err(|_| {
            Refusal::new(
                Kind::SignatureMismatch,
                "wrong-secret",
                "The secret is wrong.",
            )
        })
    }
}

/// The value of a form's field, without white space around it.
fn decoded(value: &[u8]) -> Zeroizing<Vec<u8>> {
    // As long as it can get, so that no copy is left behind.
    let mut spaced = Zeroizing::new(value.to_vec());
    for byte in spaced.iter_mut().filter(|byte| **byte == b'+') {
        *byte = b' ';
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(value.len()));
    plain.extend(percent_decode(&spaced));
    let end = plain.trim_ascii_end().len();
    plain.truncate(end);
    let start = plain.len() - plain.trim_ascii_start().len();
    plain.drain(..start);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_read_by_itself() {
        let body = "form-token=t&access-key-id=+AKIAABCDEFGHIJKLMNOP%0D%0A&secret%2Daccess-key=%20a%2Bb%2Fc%0D%0A&session-token=";
        let presented = Presented::read(Bytes::from_static(body.as_bytes()));
        assert_eq!(presented.secret.as_slice(), b"a+b/c");
        assert_eq!(presented.access_key_id, "AKIAABCDEFGHIJKLMNOP");
        assert_eq!(presented.session_token, None);
        assert_eq!(presented.form.text("form-token"), "t");
        assert!(!presented.form.has("secret-access-key"));
        assert_eq!(presented.shown_key(), Some("AKIAABCDEFGHIJKLMNOP"));
    }

    #[test]
    fn a_secret_in_the_wrong_field_is_not_shown() {
        for id in [
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AKIA",
            "",
            "AKIA<b>ABCDEFGHIJKL",
        ] {
            let body = format!("access-key-id={id}");
            assert_eq!(Presented::read(Bytes::from(body)).shown_key(), None, "{id}");
        }
    }
}
