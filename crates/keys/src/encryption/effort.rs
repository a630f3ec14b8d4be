//! What a file may cost: the work that its key derivation asks for is counted before it is done. The figures are in the file
//! and a stranger may have written it.

use crate::KeyError;

/// Rounds of PBKDF2 and of its elders that one file may ask for, all its parts together: a second or two. OpenSSL writes 2,048, OWASP recommends 600,000.
const MAX_ROUNDS: u64 = 5_000_000;
/// What scrypt may take, bytes (RFC 7914 section 6: 128 times r for each of N and of p). OpenSSL writes 16 MiB.
const MAX_SCRYPT_BYTES: u64 = 256 << 20;
/// What scrypt may write and read again, bytes, all lanes together.
const MAX_SCRYPT_FILLED: u64 = 1 << 30;

/// How much is left for a file.
pub(crate) struct Effort {
    rounds: u64,
}

impl Effort {
    pub(crate) fn of_one_file() -> Self {
        Effort { rounds: MAX_ROUNDS }
    }

    /// Takes `rounds` hashes, or refuses.
    pub(crate) fn spend_rounds(&mut self, rounds: u64) -> Result<(), KeyError> {
        self.rounds = self
            .rounds
            .checked_sub(rounds)
            .ok_or_else(|| KeyError::TooCostly {
                detail: format!("over {MAX_ROUNDS} rounds of key derivation"),
            })?;
        Ok(())
    }

    /// Takes scrypt's memory and time, or refuses.
    pub(crate) fn spend_scrypt(&mut self, n: u64, r: u32, p: u32) -> Result<(), KeyError> {
        // N blocks to fill, and one a lane.
        let bytes = n
            .checked_add(p.into())
            .and_then(|blocks| blocks.checked_mul(128))
            .and_then(|bytes| bytes.checked_mul(r.into()));
        let filled = n
            .checked_mul(128)
            .and_then(|bytes| bytes.checked_mul(r.into()))
            .and_then(|bytes| bytes.checked_mul(p.into()));
        let (Some(bytes), Some(filled)) = (bytes, filled) else {
            return Err(too_costly());
        };
        if bytes > MAX_SCRYPT_BYTES || filled > MAX_SCRYPT_FILLED {
            return Err(too_costly());
        }
        // A round takes about as long as 256 bytes of it, or 32 of what PBKDF2 fills before.
        self.spend_rounds(filled / 256 + bytes / 32)
    }
}

fn too_costly() -> KeyError {
    KeyError::TooCostly {
        detail: format!(
            "scrypt with over {} MiB, or filling over {} MiB",
            MAX_SCRYPT_BYTES >> 20,
            MAX_SCRYPT_FILLED >> 20
        ),
    }
}
