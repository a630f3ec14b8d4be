//! The master key: a 0600 file in the data folder, encrypted by a token's key where one is named, under which every secret in a row is encrypted.
//! The app opens or makes it at start; the domain uses it as its `SecretBox`.

mod on_token;

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyrole_domain::ports::{Entropy, SecretBox, SecretBoxError};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use zeroize::Zeroizing;

pub use self::on_token::TokenKey;

/// Of a key file, in bytes.
const LONGEST: usize = 4096;
const HEADER: &str = "anyrole master key, version 1";
const KEY_LENGTH: usize = 32;
/// The first byte of what `seal` makes.
const SEALED_VERSION: u8 = 1;

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// There is no such file.
    #[error("the master key file `{0}` does not exist")]
    Missing(PathBuf),
    /// There is such a file already; a key is never overwritten.
    #[error("the master key file `{0}` exists already")]
    Exists(PathBuf),
    /// Others than the owner may read or write it.
    #[error(
        "the master key file `{path}` has mode {mode:04o}: others may use it; run `chmod 600 {path}`"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is no master key, or one of a newer version.
    #[error("the file `{0}` is not a master key of this version")]
    Malformed(PathBuf),
    /// The text is no master key, or one of a newer version.
    #[error("this is not what a master key file of this version holds")]
    MalformedText,
    /// It is encrypted by a token's key, and none was named.
    #[error(
        "the master key in {place} is encrypted by the key `{uri}` of a token: name it with --master-key-token"
    )]
    OnToken {
        /// The file, or the environment.
        place: String,
        /// As the file has it.
        uri: String,
    },
    /// A token's key was named, and it is not encrypted.
    #[error(
        "the master key in {0} is not encrypted by a token's key: leave --master-key-token out, or encrypt it with `anyrole master-key create NEW --token-key URI --from OLD`"
    )]
    NotOnToken(String),
    /// The token's key does not encrypt or open it.
    #[error("the master key by the key `{uri}` of a token: {detail}")]
    Token {
        /// The URI that was given.
        uri: String,
        /// What the token said.
        detail: String,
    },
    /// It could not be read or written.
    #[error("the master key file `{path}`: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The cipher could not be set up.
    #[error("the master key can't be used")]
    Cipher,
}

/// Encrypts and decrypts secrets in rows with AES-256-GCM under a subkey of the file's 32 random bytes.
/// A sealed secret is a version byte, a random 96-bit nonce, the ciphertext and its 16-byte tag; the row's kind and id
/// are its associated data. Random nonces bound the number of secrets to 2^32 (NIST SP 800-38D, 8.3), far above ours.
pub struct MasterKey {
    key: LessSafeKey,
    entropy: Arc<dyn Entropy>,
}

impl MasterKey {
    /// Reads the key file; refuses one that its group or others may read or write.
    pub fn open(path: &Path, entropy: Arc<dyn Entropy>) -> Result<Self, MasterKeyError> {
        let secret = read(path, None)?;
        Self::of_secret(&secret, entropy)
    }

    /// Reads a key file that a token's key has encrypted.
    pub fn open_by(
        path: &Path,
        token_key: &dyn TokenKey,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, MasterKeyError> {
        let secret = read(path, Some(token_key))?;
        Self::of_secret(&secret, entropy)
    }

    /// Reads a key from what its file would hold; with a token's key, what that has encrypted.
    pub fn of_text(
        text: &str,
        token_key: Option<&dyn TokenKey>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, MasterKeyError> {
        let malformed = || MasterKeyError::MalformedText;
        let secret = parse_with(text, token_key, "the environment", malformed)?;
        Self::of_secret(&secret, entropy)
    }

    /// Makes a new key and its file as [`Self::create`], encrypted by a token's key.
    pub fn create_by(
        path: &Path,
        token_key: &dyn TokenKey,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, MasterKeyError> {
        let mut secret = Zeroizing::new([0; KEY_LENGTH]);
        entropy.fill(secret.as_mut_slice());
        let text = on_token::render(&secret, token_key, entropy.as_ref())?;
        create_file(path, &text)?;
        Self::of_secret(&secret, entropy)
    }

    /// Writes the key of a file that is not encrypted into a new file, encrypted by a token's key.
    pub fn move_to_token(
        from: &Path,
        to: &Path,
        token_key: &dyn TokenKey,
        entropy: &dyn Entropy,
    ) -> Result<(), MasterKeyError> {
        let secret = read(from, None)?;
        create_file(to, &on_token::render(&secret, token_key, entropy)?)
    }

    /// Makes a new key and its file, mode 0600, on disk before this returns; an existing file is not touched.
    pub fn create(path: &Path, entropy: Arc<dyn Entropy>) -> Result<Self, MasterKeyError> {
        let mut secret = Zeroizing::new([0; KEY_LENGTH]);
        entropy.fill(secret.as_mut_slice());
        create_file(path, &render(&secret))?;
        Self::of_secret(&secret, entropy)
    }

    /// Opens the key file, or makes it where there is none. Only for a first start: with a database but no key file,
    /// a new key would open none of its secrets, so call `open` there.
    pub fn open_or_create(path: &Path, entropy: Arc<dyn Entropy>) -> Result<Self, MasterKeyError> {
        match Self::open(path, entropy.clone()) {
            Err(MasterKeyError::Missing(_)) => Self::create(path, entropy),
            outcome => outcome,
        }
    }

    fn of_secret(
        secret: &[u8; KEY_LENGTH],
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, MasterKeyError> {
        // A subkey, so that the file's secret can serve other purposes later without a shared key.
        let key = Salt::new(HKDF_SHA256, b"anyrole master key")
            .extract(secret)
            .expand(&[b"secret box, version 1"], &AES_256_GCM)
            .map(UnboundKey::from)
            .map_err(|_| MasterKeyError::Cipher)?;
        Ok(Self {
            key: LessSafeKey::new(key),
            entropy,
        })
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

impl SecretBox for MasterKey {
    fn seal(&self, context: &str, secret: &[u8]) -> Result<Vec<u8>, SecretBoxError> {
        let mut nonce = [0; NONCE_LEN];
        self.entropy.fill(&mut nonce);
        // Room for all, so that no half-written copy of the secret is left behind by a growing buffer.
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + secret.len() + AES_256_GCM.tag_len());
        sealed.push(SEALED_VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(secret);
        let (_, text) = sealed
            .split_at_mut_checked(1 + NONCE_LEN)
            .ok_or(SecretBoxError)?;
        let tag = self
            .key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context.as_bytes()),
                text,
            )
            .map_err(|_| SecretBoxError)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    fn open(&self, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SecretBoxError> {
        let (version, rest) = sealed.split_first().ok_or(SecretBoxError)?;
        if *version != SEALED_VERSION {
            return Err(SecretBoxError);
        }
        let (nonce, text) = rest
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(SecretBoxError)?;
        let mut secret = Zeroizing::new(text.to_vec());
        let length = self
            .key
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(context.as_bytes()),
                &mut secret,
            )
            .map_err(|_| SecretBoxError)?
            .len();
        secret.truncate(length);
        Ok(secret)
    }
}

fn at(path: &Path, source: io::Error) -> MasterKeyError {
    MasterKeyError::File {
        path: path.to_owned(),
        source,
    }
}

/// The secret of a key file.
fn read(
    path: &Path,
    token_key: Option<&dyn TokenKey>,
) -> Result<Zeroizing<[u8; KEY_LENGTH]>, MasterKeyError> {
    let failed = |source| at(path, source);
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(MasterKeyError::Missing(path.to_owned()));
        }
        opened => opened.map_err(failed)?,
    };
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(MasterKeyError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = Zeroizing::new(String::with_capacity(LONGEST));
    (&mut file)
        .take(LONGEST as u64)
        .read_to_string(&mut text)
        .map_err(failed)?;
    let place = format!("`{}`", path.display());
    parse_with(&text, token_key, &place, || {
        MasterKeyError::Malformed(path.to_owned())
    })
}

fn parse_with(
    text: &str,
    token_key: Option<&dyn TokenKey>,
    place: &str,
    malformed: impl Fn() -> MasterKeyError,
) -> Result<Zeroizing<[u8; KEY_LENGTH]>, MasterKeyError> {
    match (on_token::Wrapped::parse(text), token_key) {
        (Some(wrapped), Some(token_key)) => wrapped.open(token_key),
        (Some(wrapped), None) => Err(MasterKeyError::OnToken {
            place: place.to_owned(),
            uri: wrapped.uri,
        }),
        (None, None) => parse(text).ok_or_else(malformed),
        (None, Some(_)) => Err(match parse(text) {
            Some(_) => MasterKeyError::NotOnToken(place.to_owned()),
            None => malformed(),
        }),
    }
}

fn create_file(path: &Path, text: &str) -> Result<(), MasterKeyError> {
    write_new(path, text.as_bytes()).map_err(|source| {
        if source.kind() == io::ErrorKind::AlreadyExists {
            MasterKeyError::Exists(path.to_owned())
        } else {
            at(path, source)
        }
    })
}

fn render(secret: &[u8; KEY_LENGTH]) -> Zeroizing<String> {
    let text = Zeroizing::new(base64_simd::STANDARD.encode_to_string(secret));
    Zeroizing::new(format!("{HEADER}\n{}\n", text.as_str()))
}

fn parse(text: &str) -> Option<Zeroizing<[u8; KEY_LENGTH]>> {
    let (header, rest) = text.split_once('\n')?;
    if header.trim_end() != HEADER {
        return None;
    }
    let bytes = Zeroizing::new(base64_simd::STANDARD.decode_to_vec(rest.trim_end()).ok()?);
    let mut secret = Zeroizing::new([0; KEY_LENGTH]);
    if bytes.len() != KEY_LENGTH {
        return None;
    }
    secret.copy_from_slice(&bytes);
    Some(secret)
}

/// Writes a new file whole or not at all: temporary file (0600 from the start), sync, rename, sync of the folder.
fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut temporary = tempfile::Builder::new()
        .prefix(".master-key-")
        .permissions(fs::Permissions::from_mode(0o600))
        .tempfile_in(folder)?;
    temporary.write_all(content)?;
    temporary.as_file().sync_all()?;
    temporary
        .persist_noclobber(path)
        .map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}
