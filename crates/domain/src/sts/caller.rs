//! Who calls, and whose a key is: what any valid key may ask (STS API reference, GetCallerIdentity and GetAccessKeyInfo).

use crate::call::Call;
use crate::refusal::Refusal;
use crate::site::Site;

/// What GetCallerIdentity answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerIdentity {
    /// The caller's ARN.
    pub arn: String,
    /// Its unique id, as `aws:userid` has it.
    pub user_id: String,
    /// The account, 12 digits.
    pub account: String,
}

/// Who calls. No policy can deny it.
pub fn caller_identity(site: &Site, call: &Call) -> CallerIdentity {
    CallerIdentity {
        arn: call.caller.arn(site.account()),
        user_id: call.caller.user_id(),
        account: call.caller.account.to_string(),
    }
}

/// The account of an access key id, for keys that are known here: long-term ones, active or not, and sessions' by the seal key that
/// their id names.
pub fn access_key_account(site: &Site, access_key_id: &str) -> Result<String, Refusal> {
    let snapshot = site.directory.read_full();
    if let Some(key) = snapshot.access_key(access_key_id) {
        return Ok(key.account.to_string());
    }
    if site.opener.secret(access_key_id).is_ok() {
        return Ok(site.account().id.to_string());
    }
    Err(Refusal::validation("The access key ID is not known here."))
}
