//! Refusals' encoded messages: sealed for this account when one is refused, opened for who may read them (STS API reference,
//! DecodeAuthorizationMessage).

use crate::authorize::Target;
use crate::call::{Call, Origin};
use crate::ports::MessagePurpose;
use crate::refusal::{Kind, Refusal, StsKind};
use crate::site::Site;

/// The longest message, in characters (STS API reference).
const MAX_LENGTH: usize = 10_240;

impl Site {
    /// What stands behind `Encoded authorization failure message:`, where policies have refused and it fits.
    pub fn encoded_authorization_message(
        &self,
        origin: &Origin,
        refusal: &Refusal,
    ) -> Option<String> {
        if !self.encodes_messages {
            return None;
        }
        let message = refusal.authorization_message()?;
        let account = &self.account().id;
        let sealed = self
            .issuer
            .seal_message(
                account,
                MessagePurpose::AuthorizationFailure,
                message.as_bytes(),
                origin.now,
            )
            .ok()?;
        (sealed.len() <= MAX_LENGTH).then_some(sealed)
    }
}

/// Opens a message of this account: JSON.
pub fn decode_authorization_message(
    site: &Site,
    call: &Call,
    encoded: &str,
) -> Result<String, Refusal> {
    site.authorize(call, "sts:DecodeAuthorizationMessage", Target::any())?;
    let opened = site.opener.open_message(
        &site.account().id,
        MessagePurpose::AuthorizationFailure,
        encoded,
    );
    opened
        .and_then(|message| String::from_utf8(message).ok())
        .ok_or_else(|| {
            Refusal::new(
                Kind::Sts(StsKind::InvalidAuthorizationMessage),
                "invalid-authorization-message",
                "Message is not valid.",
            )
        })
}
