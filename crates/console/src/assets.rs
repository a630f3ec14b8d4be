//! Stylesheet, script and icon, inside the binary. Their URLs carry a digest of what they are, so that browsers keep them.

use crate::PREFIX;

/// A file that pages refer to.
#[derive(Debug)]
pub struct Asset {
    stem: &'static str,
    ending: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
    digest: u64,
}

/// The look of all pages.
pub static STYLESHEET: Asset = Asset::new(
    "console",
    "css",
    "text/css; charset=utf-8",
    include_bytes!("../assets/console.css"),
);
/// What a page does beyond links and forms.
pub static SCRIPT: Asset = Asset::new(
    "console",
    "js",
    "text/javascript; charset=utf-8",
    include_bytes!("../assets/console.js"),
);
/// The icon of the browser's tab.
pub static ICON: Asset = Asset::new(
    "icon",
    "svg",
    "image/svg+xml",
    include_bytes!("../assets/icon.svg"),
);

impl Asset {
    const fn new(
        stem: &'static str,
        ending: &'static str,
        media_type: &'static str,
        bytes: &'static [u8],
    ) -> Self {
        Self {
            stem,
            ending,
            media_type,
            bytes,
            digest: digest(bytes),
        }
    }

    fn name(&self) -> String {
        format!("{}-{:016x}.{}", self.stem, self.digest, self.ending)
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("{PREFIX}assets/{}", self.name())
    }
}

/// The file of this name, as the URL says it.
pub fn find(name: &str) -> Option<&'static Asset> {
    [&STYLESHEET, &SCRIPT, &ICON]
        .into_iter()
        .find(|asset| asset.name() == name)
}

/// FNV-1a of 64 bits: tells versions apart, guards nothing.
const fn digest(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut rest = bytes;
    while let [byte, after @ ..] = rest {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0000_0100_0000_01b3);
        rest = after;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_fnv_1a() {
        assert_eq!(digest(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(digest(b"a"), 0xaf63_dc4c_8601_ec8c);
    }

    #[test]
    fn each_is_found_by_its_url_alone() {
        for asset in [&STYLESHEET, &SCRIPT, &ICON] {
            let url = asset.url();
            let name = url.rsplit('/').next().unwrap();
            assert!(std::ptr::eq(find(name).unwrap(), asset));
        }
        assert!(find("console.css").is_none());
    }
}
