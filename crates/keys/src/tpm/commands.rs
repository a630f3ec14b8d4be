//! The commands that a signature, or a new key, takes (TPM 2.0 Library, Part 3). Each is sent to a [`Device`] and its answer read.

use zeroize::Zeroizing;

use super::TpmError;
use super::device::Device;
use super::public_area::{NULL, SHA256};
use super::wire::{Reader, authorised, plain, sized};

const CREATE_PRIMARY: u32 = 0x0131;
const CREATE: u32 = 0x0153;
const LOAD: u32 = 0x0157;
const SIGN: u32 = 0x015d;
const FLUSH_CONTEXT: u32 = 0x0165;
const READ_PUBLIC: u32 = 0x0173;

/// A storage key as draft-bottomley-tpm2-keys says (section 3.1.8): fixedTPM, fixedParent, sensitiveDataOrigin,
/// userWithAuth, noDA, restricted, decrypt.
const STORAGE_ATTRIBUTES: u32 = 0x0003_0472;

/// Codes of Part 2, section 6.6, without the number of handle, session or parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// `TPM_RC_AUTH_FAIL` and `TPM_RC_BAD_AUTH`.
    Password,
    /// `TPM_RC_LOCKOUT`
    Lockout,
    /// `TPM_RC_HANDLE`, `TPM_RC_VALUE` of a handle
    Handle,
    /// `TPM_RC_INTEGRITY`: not a child of this parent.
    Integrity,
    Other(u32),
}

/// Why a command failed.
pub(super) enum Failure {
    Refused(&'static str, Refusal),
    Device(TpmError),
}

impl From<TpmError> for Failure {
    fn from(error: TpmError) -> Self {
        Self::Device(error)
    }
}

impl Failure {
    /// As it is said where it means nothing more.
    pub(super) fn say(self) -> TpmError {
        match self {
            Self::Device(error) => error,
            Self::Refused(_, Refusal::Password) => TpmError::WrongPassword,
            Self::Refused(_, Refusal::Lockout) => TpmError::Locked,
            Self::Refused(_, Refusal::Integrity) => TpmError::OtherTpm,
            Self::Refused(command, Refusal::Handle) => TpmError::Refused {
                command,
                code: 0x8b,
            },
            Self::Refused(command, Refusal::Other(code)) => TpmError::Refused { command, code },
        }
    }
}

fn refusal(code: u32) -> Refusal {
    // Format one: a number, and which handle, session or parameter it is about.
    let number = if code & 0x80 != 0 { code & 0xbf } else { code };
    match number {
        0x8e | 0xa2 => Refusal::Password,
        0x921 => Refusal::Lockout,
        0x8b => Refusal::Handle,
        0x9f => Refusal::Integrity,
        _ => Refusal::Other(code),
    }
}

fn run(device: &mut Device, name: &'static str, command: &[u8]) -> Result<Vec<u8>, Failure> {
    match device.transact(command)? {
        (0, body) => Ok(body),
        (code, _) => Err(Failure::Refused(name, refusal(code))),
    }
}

/// The public area (`TPMT_PUBLIC`) of the key at a handle.
pub(super) fn read_public(device: &mut Device, handle: u32) -> Result<Vec<u8>, Failure> {
    let answer = run(
        device,
        "TPM2_ReadPublic",
        &plain(READ_PUBLIC, &handle.to_be_bytes()),
    )?;
    Ok(Reader::new(&answer, "answer").sized()?.to_vec())
}

/// Makes the storage key of a hierarchy, the same each time; its transient handle.
pub(super) fn create_primary(
    device: &mut Device,
    hierarchy: u32,
    rsa: bool,
) -> Result<u32, Failure> {
    // No sensitive data, no outside information, no PCRs.
    let mut parameters = sized(&[0; 4]);
    parameters.extend(sized(&storage_key(rsa)));
    parameters.extend([0; 6]);
    let command = authorised(CREATE_PRIMARY, hierarchy, &[], &parameters);
    let answer = run(device, "TPM2_CreatePrimary", &command)?;
    Ok(Reader::new(&answer, "answer").u32()?)
}

fn storage_key(rsa: bool) -> Vec<u8> {
    let kind: u16 = if rsa { 0x0001 } else { 0x0023 };
    let mut public = Vec::new();
    public.extend(kind.to_be_bytes());
    public.extend(SHA256.to_be_bytes());
    public.extend(STORAGE_ATTRIBUTES.to_be_bytes());
    public.extend(sized(&[]));
    // AES with 128 bits in CFB mode.
    for number in [0x0006_u16, 128, 0x0043, NULL] {
        public.extend(number.to_be_bytes());
    }
    if rsa {
        public.extend(2048_u16.to_be_bytes());
        public.extend([0; 4]);
        public.extend(sized(&[]));
    } else {
        // P-256 without a key derivation; an empty point.
        public.extend(3_u16.to_be_bytes());
        public.extend(NULL.to_be_bytes());
        public.extend([sized(&[]), sized(&[])].concat());
    }
    public
}

/// What a new key of ours may do: fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, sign.
const SIGNING_ATTRIBUTES: u32 = 0x0004_0072;
/// noDA: wrong passwords of other keys lock no key that has none.
const NO_LOCKOUT: u32 = 0x0000_0400;

/// Makes a signing key under a parent without a password: its private part, which this TPM alone can read, and its public one.
pub(super) fn create(
    device: &mut Device,
    parent: u32,
    password: &[u8],
    kind: NewKey,
) -> Result<(Vec<u8>, Vec<u8>), Failure> {
    // Password and no data: the TPM makes the key.
    let mut sensitive = Zeroizing::new(Vec::with_capacity(password.len() + 4));
    sensitive.extend(
        u16::try_from(password.len())
            .unwrap_or(u16::MAX)
            .to_be_bytes(),
    );
    sensitive.extend(password);
    sensitive.extend([0, 0]);
    let mut parameters = Zeroizing::new(sized(&sensitive));
    parameters.extend(sized(&signing_key(kind, password.is_empty())));
    // No outside information, no PCRs.
    parameters.extend([0; 6]);
    let command = authorised(CREATE, parent, &[], &parameters);
    let answer = run(device, "TPM2_Create", &command)?;
    let mut reader = Reader::new(&answer, "answer");
    let _length = reader.u32()?;
    let private = reader.sized()?.to_vec();
    Ok((private, reader.sized()?.to_vec()))
}

/// The kinds of key that are made.
#[derive(Clone, Copy)]
pub(super) enum NewKey {
    /// RSA with so many bits.
    Rsa(u16),
    /// A curve by the TPM's number.
    Curve(u16),
}

fn signing_key(kind: NewKey, is_open: bool) -> Vec<u8> {
    let (algorithm, number): (u16, u16) = match kind {
        NewKey::Rsa(bits) => (0x0001, bits),
        NewKey::Curve(curve) => (0x0023, curve),
    };
    let no_lockout = if is_open { NO_LOCKOUT } else { 0 };
    let mut public = Vec::new();
    public.extend(algorithm.to_be_bytes());
    public.extend(SHA256.to_be_bytes());
    public.extend((SIGNING_ATTRIBUTES | no_lockout).to_be_bytes());
    public.extend(sized(&[]));
    // Nothing symmetric, and any scheme.
    public.extend([NULL, NULL, number].map(u16::to_be_bytes).concat());
    match kind {
        // The usual exponent; no modulus yet.
        NewKey::Rsa(_) => public.extend([[0; 4].to_vec(), sized(&[])].concat()),
        NewKey::Curve(_) => {
            public.extend(NULL.to_be_bytes());
            public.extend([sized(&[]), sized(&[])].concat());
        }
    }
    public
}

/// Loads a key under a parent without a password; its transient handle.
pub(super) fn load(
    device: &mut Device,
    parent: u32,
    private: &[u8],
    public: &[u8],
) -> Result<u32, Failure> {
    let parameters = [sized(private), sized(public)].concat();
    let answer = run(
        device,
        "TPM2_Load",
        &authorised(LOAD, parent, &[], &parameters),
    )?;
    Ok(Reader::new(&answer, "answer").u32()?)
}

/// Signs a digest: `scheme` is RSASSA or ECDSA. The whole signature of RSA, or both numbers of ECDSA.
pub(super) fn sign(
    device: &mut Device,
    key: u32,
    password: &[u8],
    scheme: (u16, u16),
    digest: &[u8],
) -> Result<Vec<Vec<u8>>, Failure> {
    let mut parameters = sized(digest);
    parameters.extend(scheme.0.to_be_bytes());
    parameters.extend(scheme.1.to_be_bytes());
    // No ticket: the digest is from outside (TPM_ST_HASHCHECK, TPM_RH_NULL, nothing).
    parameters.extend([0x80, 0x24, 0x40, 0x00, 0x00, 0x07, 0x00, 0x00]);
    let answer = run(
        device,
        "TPM2_Sign",
        &authorised(SIGN, key, password, &parameters),
    )?;
    let mut reader = Reader::new(&answer, "signature");
    let _length = reader.u32()?;
    let (_algorithm, _hash) = (reader.u16()?, reader.u16()?);
    let parts = if scheme.0 == super::public_area::ECDSA {
        2
    } else {
        1
    };
    let mut numbers = Vec::new();
    for _ in 0..parts {
        numbers.push(reader.sized()?.to_vec());
    }
    Ok(numbers)
}

/// Takes a transient object out of the TPM. What fails here leaves it to the resource manager.
pub(super) fn flush(device: &mut Device, handle: u32) {
    let _flushed = run(
        device,
        "TPM2_FlushContext",
        &plain(FLUSH_CONTEXT, &handle.to_be_bytes()),
    );
}
