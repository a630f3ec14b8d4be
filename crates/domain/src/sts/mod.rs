//! STS: credentials for who is known already. Each operation decides whether, `allotment.rs` what the session is given and whether
//! it fits, and then a grant is made, which the issuer seals. Called by `frontends/sts`.

mod allotment;
mod assume_role;
mod authorization_message;
mod caller;
mod refusals;
mod user_tokens;
mod web_identity;
mod web_identity_claims;

pub use self::assume_role::{AssumeRole, assume_role};
pub use self::authorization_message::decode_authorization_message;
pub use self::caller::{CallerIdentity, access_key_account, caller_identity};
pub use self::user_tokens::{
    FederationToken, GetFederationToken, get_federation_token, get_session_token,
};
pub use self::web_identity::{
    AssumeRoleWithWebIdentity, WebIdentityRole, assume_role_with_web_identity,
};

use crate::sessions::{Credentials, Session};

/// What AssumeRole answers.
#[derive(Debug)]
pub struct AssumedRole {
    /// The credentials.
    pub credentials: Credentials,
    /// The session that they are of.
    pub session: Session,
    /// How much of what a session may be given it takes, in percent.
    pub packed_policy_size: u32,
}
