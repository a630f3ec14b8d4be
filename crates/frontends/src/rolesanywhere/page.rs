//! `nextToken` and `pageSize` of the List calls. A token is the base64 of the ARN that the last page ended with.

use anyrole_domain::{PageRequest, Refusal};
use base64_simd::URL_SAFE_NO_PAD;

const DEFAULT_PAGE_SIZE: usize = 100;
const MAX_PAGE_SIZE: usize = 1000;

/// Reads the query of a List call.
pub fn parse(query: &str) -> Result<PageRequest, Refusal> {
    let parameters = anyrole_wire::aws_query::Parameters::parse([query])
        .map_err(|error| Refusal::validation(error.to_string()))?;
    let size = match parameters.text("pageSize") {
        None => DEFAULT_PAGE_SIZE,
        Some(text) => text
            .parse()
            .ok()
            .filter(|size| (1..=MAX_PAGE_SIZE).contains(size))
            .ok_or_else(|| {
                Refusal::validation(format!("`pageSize` must be between 1 and {MAX_PAGE_SIZE}."))
            })?,
    };
    let after = match parameters.text("nextToken") {
        None => String::new(),
        Some(token) => URL_SAFE_NO_PAD
            .decode_to_vec(token)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| Refusal::validation("`nextToken` is not a token of this service."))?,
    };
    Ok(PageRequest { after, size })
}

/// The token that stands for a page's end.
pub fn token(next: Option<&String>) -> Option<String> {
    next.map(|key| URL_SAFE_NO_PAD.encode_to_string(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_as_it_was() {
        let token = token(Some(&"arn:aws:x".to_owned())).unwrap();
        let page = parse(&format!("pageSize=7&nextToken={token}")).unwrap();
        assert_eq!((page.size, page.after.as_str()), (7, "arn:aws:x"));
    }

    #[test]
    fn nonsense_is_refused() {
        for query in [
            "pageSize=0",
            "pageSize=1001",
            "pageSize=x",
            "nextToken=%20",
            "pageSize=1&pageSize=2",
        ] {
            assert!(parse(query).is_err(), "{query}");
        }
    }
}
