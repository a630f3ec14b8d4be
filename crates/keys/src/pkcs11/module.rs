//! PKCS#11 modules: a path, a name or nothing enters, a loaded and initialised module leaves.

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};

use super::{Pkcs11Error, Pkcs11Uri};

/// The one that hands on to all modules that the machine has configured.
const DEFAULT: &str = "p11-kit-proxy";

#[cfg(target_os = "macos")]
const ENDINGS: [&str; 2] = ["dylib", "so"];
#[cfg(windows)]
const ENDINGS: [&str; 1] = ["dll"];
#[cfg(not(any(target_os = "macos", windows)))]
const ENDINGS: [&str; 1] = ["so"];

/// Loads the module that the flag names, else the URI, else the default.
pub(super) fn load(flag: Option<&Path>, uri: &Pkcs11Uri) -> Result<Pkcs11, Pkcs11Error> {
    if cfg!(all(target_env = "musl", target_feature = "crt-static")) {
        return Err(Pkcs11Error::StaticBuild);
    }
    let path = match flag.or(uri.module_path.as_deref()) {
        Some(path) => path.to_owned(),
        None => find(uri.module_name.as_deref().unwrap_or(DEFAULT))?,
    };
    let module = Pkcs11::new(&path).map_err(|error| Pkcs11Error::Load {
        detail: match &error {
            Error::LibraryLoading(cause) => cause.to_string(),
            other => other.to_string(),
        },
        path,
    })?;
    initialize(&module)?;
    // Loaded for good: unloading it would pull the code from under its own threads, and finalising it would end the
    // sessions of other keys of this process.
    std::mem::forget(module.clone());
    Ok(module)
}

/// Makes the module ready, if nobody of this process has.
pub(super) fn initialize(module: &Pkcs11) -> Result<(), Pkcs11Error> {
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        Err(error) => Err(failed(&error)),
    }
}

/// How often modules were restarted. A module's initialisation is one for the whole process, whoever loaded it; so is this
/// lock: whoever calls a module holds it for reading, whoever restarts one for writing.
static RESTARTING: RwLock<u64> = RwLock::new(0);

/// Nothing restarts a module while this is held. The number changes when sessions of before count no more.
pub(super) fn hold() -> RwLockReadGuard<'static, u64> {
    RESTARTING.read().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the module and begins anew: many find a token that was put in again, or its restarted service, only so. Other keys
/// of this process lose their sessions by it and open new ones.
pub(super) fn restart(module: &Pkcs11) -> Result<(), Pkcs11Error> {
    let mut restarts = RESTARTING.write().unwrap_or_else(PoisonError::into_inner);
    *restarts += 1;
    match module.clone().finalize() {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiNotInitialized, _)) => initialize(module),
        Err(error) => Err(failed(&error)),
    }
}

/// The first file of the usual places.
fn find(name: &str) -> Result<PathBuf, Pkcs11Error> {
    let candidates: Vec<PathBuf> = folders()
        .iter()
        .flat_map(|folder| {
            ENDINGS.iter().flat_map(move |ending| {
                [format!("{name}.{ending}"), format!("lib{name}.{ending}")]
                    .map(|file| folder.join(file))
            })
        })
        .collect();
    candidates
        .iter()
        .find(|candidate| candidate.is_file())
        .cloned()
        .ok_or_else(|| Pkcs11Error::ModuleNotFound {
            name: name.to_owned(),
            tried: candidates
                .iter()
                .map(|candidate| candidate.display().to_string())
                .collect::<Vec<_>>()
                .join(", "),
        })
}

fn folders() -> Vec<PathBuf> {
    if cfg!(windows) {
        return [
            r"C:\Windows\System32",
            r"C:\Program Files\OpenSC Project\OpenSC\pkcs11",
        ]
        .map(PathBuf::from)
        .to_vec();
    }
    let arch = std::env::consts::ARCH;
    let triple = PathBuf::from(format!("/usr/lib/{arch}-linux-gnu"));
    let mut folders = vec![
        triple.join("pkcs11"),
        triple.clone(),
        triple.join("softhsm"),
    ];
    folders.extend(
        [
            "/usr/lib64/pkcs11",
            "/usr/lib64",
            "/usr/lib/pkcs11",
            "/usr/lib",
            "/usr/lib/softhsm",
            "/usr/local/lib/pkcs11",
            "/usr/local/lib",
            "/usr/local/lib/softhsm",
            "/opt/homebrew/lib/pkcs11",
            "/opt/homebrew/lib",
            "/opt/homebrew/lib/softhsm",
            "/Library/OpenSC/lib",
        ]
        .map(PathBuf::from),
    );
    folders
}

/// An error of the module that has no meaning of its own to us.
pub(super) fn failed(error: &Error) -> Pkcs11Error {
    match error {
        Error::Pkcs11(code, function) if is_gone(error) => Pkcs11Error::TokenGone {
            function: format!("{function:?}"),
            code: format!("{code:?}"),
        },
        Error::Pkcs11(code, function) => Pkcs11Error::Module {
            function: format!("C_{function:?}"),
            code: format!("{code:?}"),
        },
        other => Pkcs11Error::Module {
            function: "the library".to_owned(),
            code: other.to_string(),
        },
    }
}

/// Whether what we had of the token counts no more: it was taken out, perhaps put in again, or its service was restarted.
pub(super) fn is_gone(error: &Error) -> bool {
    use RvError::{
        CryptokiNotInitialized, DeviceError, DeviceRemoved, KeyHandleInvalid, ObjectHandleInvalid,
        SessionClosed, SessionHandleInvalid, SlotIdInvalid, TokenNotPresent, TokenNotRecognized,
    };
    matches!(
        error,
        Error::Pkcs11(
            CryptokiNotInitialized
                | DeviceError
                | DeviceRemoved
                | KeyHandleInvalid
                | ObjectHandleInvalid
                | SessionClosed
                | SessionHandleInvalid
                | SlotIdInvalid
                | TokenNotPresent
                | TokenNotRecognized,
            _
        )
    )
}
