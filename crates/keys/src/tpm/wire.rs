//! TPM 2.0 structures (TPM 2.0 Library, Parts 1 to 3): a command's parts enter, its octets leave; an answer's octets
//! enter, its parts leave. Everything is big-endian.

use zeroize::Zeroizing;

use super::TpmError;

/// Password authorisation (TPM_RS_PW).
const PASSWORD_SESSION: u32 = 0x4000_0009;

/// A command without authorisation.
pub(super) fn plain(code: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = 0x8001_u16.to_be_bytes().to_vec();
    bytes.extend(length32(body.len() + 10));
    bytes.extend(code.to_be_bytes());
    bytes.extend(body);
    bytes
}

/// A command on one handle that `password` authorises, in the clear as every TPM takes it; wiped, and made in one piece, so
/// that no copy stays behind.
pub(super) fn authorised(
    code: u32,
    handle: u32,
    password: &[u8],
    parameters: &[u8],
) -> Zeroizing<Vec<u8>> {
    // A handle, a nonce without octets, attributes, and the password with its length.
    let session = 9 + password.len();
    let total = 18 + session + parameters.len();
    let mut bytes = Zeroizing::new(Vec::with_capacity(total));
    bytes.extend(0x8002_u16.to_be_bytes());
    bytes.extend(length32(total));
    bytes.extend(code.to_be_bytes());
    bytes.extend(handle.to_be_bytes());
    bytes.extend(length32(session));
    bytes.extend(PASSWORD_SESSION.to_be_bytes());
    bytes.extend([0, 0, 0]);
    bytes.extend(length16(password.len()));
    bytes.extend(password);
    bytes.extend(parameters);
    bytes
}

/// A `TPM2B`: two octets of length before it. What is longer is cut: no TPM has such.
pub(super) fn sized(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let mut out = length.to_be_bytes().to_vec();
    out.extend(bytes.iter().take(usize::from(length)));
    out
}

fn length32(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

fn length16(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()
}

/// What is left to read of an answer or a public area, and what that is, for the error.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    pub(super) fn new(rest: &'a [u8], what: &'static str) -> Self {
        Self { rest, what }
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], TpmError> {
        let (bytes, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(TpmError::Malformed { what: self.what })?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, TpmError> {
        let bytes = self.bytes(2)?;
        Ok(bytes
            .iter()
            .fold(0, |number, byte| number << 8 | u16::from(*byte)))
    }

    pub(super) fn u32(&mut self) -> Result<u32, TpmError> {
        let bytes = self.bytes(4)?;
        Ok(bytes
            .iter()
            .fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    /// A `TPM2B`.
    pub(super) fn sized(&mut self) -> Result<&'a [u8], TpmError> {
        let length = self.u16()?;
        self.bytes(usize::from(length))
    }

    /// That nothing is left.
    pub(super) fn end(&self) -> Result<(), TpmError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(TpmError::Malformed { what: self.what })
        }
    }
}
