//! `nextToken` and `pageSize` of the List calls. A token is the key that the last page ended with, sealed under the master key:
//! nobody can read or make one, it lasts beyond a restart, and it is of one call's list only.

use anyrole_domain::{PageRequest, Refusal, Site};
use anyrole_wire::rolesanywhere::ListRequest;
use base64_simd::URL_SAFE_NO_PAD;

const DEFAULT_PAGE_SIZE: usize = 100;
const MAX_PAGE_SIZE: usize = 1000;

/// The page that a List call asks for.
///
/// `list` is the action, which a token is of.
pub fn request(site: &Site, list: &str, asked: ListRequest) -> Result<PageRequest, Refusal> {
    let size = match asked.page_size {
        None => DEFAULT_PAGE_SIZE,
        Some(size) => usize::try_from(size)
            .ok()
            .filter(|size| (1..=MAX_PAGE_SIZE).contains(size))
            .ok_or_else(|| {
                Refusal::validation(format!("`pageSize` must be between 1 and {MAX_PAGE_SIZE}."))
            })?,
    };
    let after = match asked.next_token {
        None => String::new(),
        Some(token) => open(site, list, &token)
            .ok_or_else(|| Refusal::validation("`nextToken` is not a token of this call."))?,
    };
    Ok(PageRequest { after, size })
}

fn context(list: &str) -> String {
    format!("nextToken of {list}")
}

fn open(site: &Site, list: &str, token: &str) -> Option<String> {
    let sealed = URL_SAFE_NO_PAD.decode_to_vec(token).ok()?;
    let after = site.secrets.open(&context(list), &sealed).ok()?;
    String::from_utf8(after.to_vec()).ok()
}

/// The token that stands for a page's end.
pub fn token(site: &Site, list: &str, next: Option<String>) -> Result<Option<String>, Refusal> {
    let Some(after) = next else { return Ok(None) };
    let sealed = site
        .secrets
        .seal(&context(list), after.as_bytes())
        .map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(Some(URL_SAFE_NO_PAD.encode_to_string(sealed)))
}
