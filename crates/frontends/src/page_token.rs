//! Tokens of the List calls: the key that the last page ended with, sealed under the master key. Nobody can read or make
//! one, it lasts beyond a restart, and it is of one call's list only.

use anyrole_domain::{Refusal, Site};
use base64_simd::URL_SAFE_NO_PAD;

fn context(list: &str) -> String {
    format!("nextToken of {list}")
}

/// The key in a token of this list; `None` where it is not one.
///
/// `list` is the action, which a token is of.
pub fn open(site: &Site, list: &str, token: &str) -> Option<String> {
    let sealed = URL_SAFE_NO_PAD.decode_to_vec(token).ok()?;
    let after = site.secrets.open(&context(list), &sealed).ok()?;
    String::from_utf8(after.to_vec()).ok()
}

/// The token that stands for a page's end, where more follows.
pub fn seal(site: &Site, list: &str, next: Option<String>) -> Result<Option<String>, Refusal> {
    let Some(after) = next else { return Ok(None) };
    let sealed = site
        .secrets
        .seal(&context(list), after.as_bytes())
        .map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(Some(URL_SAFE_NO_PAD.encode_to_string(sealed)))
}
