//! What the S3 front end asks of those who know callers: may they, and what is their secret.

use anyrole_domain::{Call, Refusal, Site};

/// Decides about one action on one resource.
pub trait Authorizer: Send + Sync + 'static {
    /// `keys` are the service's condition keys, in lower case, with their values.
    ///
    /// # Errors
    /// The refusal to answer with.
    fn authorize(
        &self,
        call: &Call,
        action: &str,
        resource: &str,
        keys: &[(&str, &str)],
    ) -> Result<(), Refusal>;
}

impl Authorizer for Site {
    fn authorize(
        &self,
        call: &Call,
        action: &str,
        resource: &str,
        keys: &[(&str, &str)],
    ) -> Result<(), Refusal> {
        let target = anyrole_domain::Target::on(resource).with_keys(keys);
        Site::authorize(self, call, action, target)
    }
}

/// Knows the secret of an access key id that our own check has accepted already. It is asked only
/// for bodies in signed chunks, which s3s decodes and checks.
pub trait SecretByAccessKeyId: Send + Sync + 'static {
    /// The secret access key; `None` if there is no such key.
    fn secret(&self, access_key_id: &str) -> Option<String>;
}
