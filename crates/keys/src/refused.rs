//! PINs and passwords that a device has refused, for the whole process: whoever is about to give one asks here first, since
//! several keys (roles of one configuration) may be on one device, and each wrong try brings it nearer to locking itself.

use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};

use crate::Password;

/// SHA-256 of device and secret. As with the device's own counter, what counts is the process, not who asks.
static REFUSED: Mutex<Vec<[u8; 32]>> = Mutex::new(Vec::new());

/// Whether the device has refused this secret before.
pub(crate) fn was_refused(device: &[u8], secret: &Password) -> bool {
    let refused = REFUSED.lock().unwrap_or_else(PoisonError::into_inner);
    refused.contains(&digest(device, secret))
}

/// Notes that it has.
pub(crate) fn note(device: &[u8], secret: &Password) {
    let mut refused = REFUSED.lock().unwrap_or_else(PoisonError::into_inner);
    let digest = digest(device, secret);
    if !refused.contains(&digest) {
        refused.push(digest);
    }
}

fn digest(device: &[u8], secret: &Password) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(&device.len().to_be_bytes());
    context.update(device);
    context.update(secret.expose());
    let digest = context.finish();
    digest.as_ref().try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{note, was_refused};
    use crate::Password;

    #[test]
    fn each_device_has_its_own() {
        let (wrong, other) = (Password::from("1234"), Password::from("4321"));
        note(b"one", &wrong);
        assert!(was_refused(b"one", &wrong));
        assert!(!was_refused(b"one", &other));
        assert!(!was_refused(b"one1", &Password::from("234")));
        assert!(!was_refused(b"two", &wrong));
    }
}
