//! Sessions that are kept between calls of `credential-process`: a key and a way to get credentials enter, credentials that
//! last leave, by one request for any number of processes at once. `folder.rs` knows the file system, `entry.rs` what is
//! kept.
//!
//! They stand in files that the user alone can read (0600), in a folder that the user alone can enter (0700), checked each
//! time. They are not encrypted: a key for that would have to stand where the user's other processes can read it, too, as the
//! certificate's own key does; the runtime folder lies in memory and goes when the user logs out.

mod entry;
mod folder;

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyrole_sdk::{Credentials, Surroundings};
use jiff::{SignedDuration, Timestamp};

use self::entry::Entry;
use self::folder::Folder;
pub use self::folder::FolderError;

/// How long another process may take to get what this one wants, too. Then it is asked for without waiting any longer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often is looked whether it has come.
const LOOK: Duration = Duration::from_millis(40);
/// Nothing lives longer (service model: 12 hours), so that what is older is swept away.
const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(13);

/// What a session depends on, as a digest: nothing can be taken for another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionKey(String);

impl SessionKey {
    /// Of all that matters, in a fixed order.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
        for part in parts {
            // With its length, so that no two lists of parts read the same.
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let digest = context.finish();
        Self(hex_simd::encode_to_string(
            digest.as_ref(),
            hex_simd::AsciiCase::Lower,
        ))
    }
}

/// A folder of sessions.
#[derive(Debug)]
pub struct SessionCache {
    folder: Folder,
}

/// Where sessions may be kept, best first: in the user's runtime folder (XDG base directory specification), else in a
/// folder of the user's own in the place for temporary files.
pub fn cache_folders(runtime_folder: Option<OsString>, temporary: &Path) -> Vec<PathBuf> {
    let user = rustix::process::geteuid().as_raw();
    let of_user = PathBuf::from(format!("/run/user/{user}"));
    let runtime = runtime_folder.map(PathBuf::from);
    [runtime, Some(of_user)]
        .into_iter()
        .flatten()
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join("anyrole"))
        .chain([temporary.join(format!("anyrole-{user}"))])
        .collect()
}

/// What waiting for another process came to.
enum Turn {
    /// It has got them.
    Found(Credentials),
    /// It is this one's turn, for as long as the file is held.
    Ours(File),
    /// The other one takes too long, or there is no way to wait.
    Alone,
}

impl SessionCache {
    /// The first folder that is, or can be made, the user's own.
    ///
    /// # Errors
    /// There is none; why the last one isn't.
    pub fn open(folders: &[PathBuf]) -> Result<Self, FolderError> {
        let mut refused = FolderError::none();
        for path in folders {
            match Folder::open(path) {
                Ok(folder) => return Ok(Self { folder }),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// The session that is kept under the key, else what `create` gives, which is kept then if `may_keep`. Of processes that ask at once
    /// one creates, and the others wait for it, but not for ever: one that is killed lets the next one in.
    ///
    /// # Errors
    /// Those of `create`; a cache that fails is passed by.
    pub fn get_or_create<E>(
        &self,
        key: &SessionKey,
        surroundings: &dyn Surroundings,
        create: impl FnOnce() -> Result<Credentials, E>,
        may_keep: impl FnOnce() -> bool,
    ) -> Result<Credentials, E> {
        if let Some(found) = self.find(key, surroundings.now()) {
            return Ok(found);
        }
        let turn = match self.wait(key, surroundings) {
            Turn::Found(found) => return Ok(found),
            turn => turn,
        };
        let asked = surroundings.now();
        let credentials = create()?;
        if may_keep() {
            // Who has waited in vain writes, too: the content is as good as another's.
            let _kept_or_not = self.keep(key, asked, &credentials, surroundings);
        }
        if let Turn::Ours(lock) = turn {
            drop(lock);
        }
        Ok(credentials)
    }

    fn find(&self, key: &SessionKey, now: Timestamp) -> Option<Credentials> {
        let content = self.folder.read(&session_file(key)).ok()??;
        let entry = Entry::parse(&content, &key.0)?;
        entry.is_fresh(now).then(|| entry.into_credentials())
    }

    fn wait(&self, key: &SessionKey, surroundings: &dyn Surroundings) -> Turn {
        let Ok(lock) = self.folder.open_lock(&format!("{}.lock", key.0)) else {
            return Turn::Alone;
        };
        let mut waited = Duration::ZERO;
        loop {
            let state = lock.try_lock();
            // Also with the lock: who had it before may have written since.
            if let Some(found) = self.find(key, surroundings.now()) {
                return Turn::Found(found);
            }
            match state {
                Ok(()) => return Turn::Ours(lock),
                Err(TryLockError::WouldBlock) if waited < PATIENCE => {
                    surroundings.sleep(LOOK);
                    waited += LOOK;
                }
                Err(_) => return Turn::Alone,
            }
        }
    }

    fn keep(
        &self,
        key: &SessionKey,
        asked: Timestamp,
        credentials: &Credentials,
        surroundings: &dyn Surroundings,
    ) -> std::io::Result<()> {
        let content = Entry::render(&key.0, asked, credentials)?;
        let mark = hex_simd::encode_to_string(surroundings.random(), hex_simd::AsciiCase::Lower);
        self.folder.write(&session_file(key), &mark, &content)?;
        let oldest = surroundings.now().checked_sub(LONGEST_LIFE);
        self.folder.sweep(oldest.unwrap_or(Timestamp::MIN))
    }
}

fn session_file(key: &SessionKey) -> String {
    format!("{}.session", key.0)
}

#[cfg(test)]
mod tests;
