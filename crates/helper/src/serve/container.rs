//! The container credentials endpoint: `/role/NAME`, as ECS's agent has one path for each task, and `/v1/credentials`, as EKS's
//! agent has one for all, where the token tells the role. Both ask for the token, whoever asks.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::hmac;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use zeroize::Zeroizing;

use super::documents::{not_found, text, unavailable};
use super::{Form, Step, View, Wanted};

pub(super) const ROLE: &str = "/role/";
const ANY_ROLE: &str = "/v1/credentials";
/// A file is read so far; what is cut off there is no token.
const MOST: usize = 4096;
/// What is shorter could be guessed.
const LEAST: usize = 16;

/// What a caller must send as `Authorization`.
#[derive(Clone)]
pub enum ContainerToken {
    /// This.
    Text(Zeroizing<String>),
    /// What the file holds at that moment, so that it can be replaced at any time.
    File(PathBuf),
}

/// A token can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ContainerTokenError {
    /// The file.
    #[error("the container token's file `{}` cannot be read: {cause}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// What is in it.
    #[error(
        "the container token's file `{}` must hold one token of at least 16 ASCII characters, without control characters",
        path.display()
    )]
    Unusable {
        /// Which one.
        path: PathBuf,
    },
}

impl ContainerToken {
    /// The token of this moment.
    ///
    /// # Errors
    /// There is none that could be used.
    pub fn read(&self) -> Result<Zeroizing<String>, ContainerTokenError> {
        let path = match self {
            Self::Text(token) => return Ok(token.clone()),
            Self::File(path) => path,
        };
        let text = read_short(path).map_err(|cause| ContainerTokenError::Unreadable {
            path: path.clone(),
            cause,
        })?;
        usable(&text, path)
    }
}

/// Of an ordinary file alone: others may have no end, or none for a long time.
fn read_short(path: &Path) -> std::io::Result<Zeroizing<String>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::new(
            ErrorKind::InvalidInput,
            "it is no ordinary file",
        ));
    }
    let mut text = Zeroizing::new(String::with_capacity(MOST + 1));
    let most = u64::try_from(MOST).unwrap_or(u64::MAX);
    File::open(path)?.take(most).read_to_string(&mut text)?;
    Ok(text)
}

fn usable(text: &str, path: &Path) -> Result<Zeroizing<String>, ContainerTokenError> {
    let token = text.trim();
    let is_visible = |octet: u8| octet.is_ascii_graphic() || octet == b' ';
    if text.len() >= MOST || token.len() < LEAST || !token.bytes().all(is_visible) {
        return Err(ContainerTokenError::Unusable {
            path: path.to_owned(),
        });
    }
    Ok(Zeroizing::new(token.to_owned()))
}

pub(super) fn is_path(path: &str) -> bool {
    path == ANY_ROLE || path.starts_with(ROLE)
}

impl View {
    pub(super) fn container(&self, method: &Method, path: &str, headers: &HeaderMap) -> Step {
        let name = path.strip_prefix(ROLE);
        let asked = self.roles.iter().filter(|role| {
            role.container_token.is_some() && name.is_none_or(|name| name == role.name)
        });
        let asked: Vec<_> = asked.collect();
        if asked.is_empty() {
            return Step::Answer(not_found());
        }
        if method != Method::GET {
            return Step::Answer(text(StatusCode::METHOD_NOT_ALLOWED, ""));
        }
        let presented = headers
            .get(AUTHORIZATION)
            .map_or(&b""[..], HeaderValue::as_bytes);
        let mut failure = None;
        let mut opened = Vec::new();
        for role in asked {
            match role.container_token.as_ref().map(ContainerToken::read) {
                Some(Ok(token)) if is_same(presented, token.as_bytes()) => opened.push(role),
                Some(Ok(_)) | None => {}
                Some(Err(error)) => failure = Some(error),
            }
        }
        match (opened.as_slice(), failure) {
            ([role], _) => Step::Credentials(Wanted {
                role: (*role).clone(),
                form: Form::Container,
            }),
            // The path stays out of it: nothing is known of who asks.
            ([], Some(ContainerTokenError::Unreadable { cause, .. })) => Step::Answer(unavailable(
                &format!("the container token's file cannot be read: {cause}"),
            )),
            ([], Some(ContainerTokenError::Unusable { .. })) => {
                Step::Answer(unavailable("the container token's file holds no token"))
            }
            ([], None) => Step::Answer(text(StatusCode::UNAUTHORIZED, "invalid token provided")),
            _ => Step::Answer(text(
                StatusCode::BAD_REQUEST,
                "this token is that of several roles: ask for one of them by its path, /role/NAME",
            )),
        }
    }
}

/// In constant time, whatever their lengths: codes of both under a key of this call are compared.
fn is_same(presented: &[u8], expected: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, expected);
    let code = hmac::sign(&key, expected);
    hmac::verify(&key, presented, code.as_ref()).is_ok()
}
