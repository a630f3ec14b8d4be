//! Keys in files: made by openssl and by other implementations, opened here.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod certificates;
mod encrypted;
mod hostile;
mod ml_dsa;
mod openssl;
mod openssl_keys;
mod pkcs12;
mod refused;
mod written;
