//! `nextToken` and `pageSize` of the List calls: the page that they ask for.

use anyrole_domain::{PageRequest, Refusal, Site};
use anyrole_wire::rolesanywhere::ListRequest;

use crate::page_token;

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
        Some(token) => page_token::open(site, list, &token)
            .ok_or_else(|| Refusal::validation("`nextToken` is not a token of this call."))?,
    };
    Ok(PageRequest { after, size })
}
