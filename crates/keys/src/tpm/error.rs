//! Why a TPM gave no signature: each message names the cure. No message holds a password.

use std::path::PathBuf;

/// Why a TPM gave no signature.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TpmError {
    /// Not a handle.
    #[error(
        "`{presented}` is not a TPM handle: it is `handle:` and up to 8 hexadecimal digits, such as handle:0x81000101"
    )]
    MalformedHandle {
        /// As given.
        presented: String,
    },
    /// A handle of something else than a key that stays.
    #[error(
        "TPM handle 0x{handle:08x} is not persistent (0x81000000 to 0x81ffffff): make the key persistent with `tpm2_evictcontrol -C o -c KEY.ctx 0x81000101`"
    )]
    NotPersistent {
        /// The handle.
        handle: u32,
    },
    /// There is no device.
    #[error("no TPM found at {tried}: set TPM_DEVICE to its device file or UNIX socket")]
    NoDevice {
        /// Paths, joined by commas.
        tried: String,
    },
    /// The device can't be opened.
    #[error("cannot open the TPM at `{}` ({cause}); members of the group `tss` may use it", path.display())]
    Open {
        /// Device file or socket.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The device can't be spoken to.
    #[error("the TPM at `{}` does not answer: {cause}", path.display())]
    Io {
        /// Device file or socket.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// An answer, or a public area, that can't be read.
    #[error("the TPM's {what} can't be read")]
    Malformed {
        /// What it is.
        what: &'static str,
    },
    /// Nothing lives at the handle.
    #[error(
        "the TPM has no key at handle 0x{handle:08x}; `tpm2_getcap handles-persistent` lists those that it has"
    )]
    NoSuchHandle {
        /// The handle.
        handle: u32,
    },
    /// A key file that is no `TSSPrivKey`.
    #[error("the TPM key file is broken: {detail}")]
    BrokenKeyFile {
        /// What is wrong.
        detail: String,
    },
    /// A key file of a kind that can't sign here.
    #[error("the TPM key file is not usable: {reason}")]
    Unsupported {
        /// Why.
        reason: String,
    },
    /// The key file is of another TPM, or this one was cleared.
    #[error(
        "the TPM does not accept the key file: it was made by another TPM, under another parent, or this TPM was cleared since; make a new key and certificate"
    )]
    OtherTpm,
    /// The parent wants a password.
    #[error(
        "the parent of the TPM key (0x{parent:08x}) has a password, which is not supported: take it away, or make the key persistent and name its handle"
    )]
    ParentPassword {
        /// The parent's handle.
        parent: u32,
    },
    /// The parent is not there.
    #[error("the parent of the TPM key, 0x{parent:08x}, is not in this TPM")]
    NoParent {
        /// The parent's handle.
        parent: u32,
    },
    /// The key wants a password, and nobody gave one.
    #[error(
        "the TPM key may have a password: give --tpm-key-password-file FILE (`-` is standard input) or the environment (ANYROLE_TPM_KEY_PASSWORD), or say --no-tpm-key-password{detail}"
    )]
    PasswordNeeded {
        /// Why it could not be asked for.
        detail: String,
    },
    /// A password for a key that has none.
    #[error(
        "a password is given, but the TPM key file says that its key has none: leave --tpm-key-password out"
    )]
    PasswordNotNeeded,
    /// The TPM refused the password.
    #[error(
        "the password is not that of the TPM key; it was tried once and is not tried again, since a TPM locks itself after a few wrong ones"
    )]
    WrongPassword,
    /// The TPM takes no passwords for a while.
    #[error(
        "the TPM is locked after wrong passwords (dictionary-attack protection): wait for its recovery time, or `tpm2_dictionarylockout --clear-lockout`"
    )]
    Locked,
    /// A command failed in another way.
    #[error(
        "the TPM refused {command}: response code 0x{code:03x} (`tpm2_rc_decode 0x{code:x}` explains it)"
    )]
    Refused {
        /// Such as `TPM2_Sign`.
        command: &'static str,
        /// TPM 2.0 Library, Part 2, section 6.6.
        code: u32,
    },
    /// What the TPM signed does not verify.
    #[error("the TPM's signature does not verify with the key's public half")]
    BadSignature,
}
