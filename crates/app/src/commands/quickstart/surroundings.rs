//! What the person's shell has set that matters to printed commands: where programs are looked for, proxies, colours.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::Path;

/// Variables of which any sends even loopback traffic of the AWS CLI to a proxy.
const PROXIES: [&str; 6] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// Whether `anyrole`, typed in a shell like this one, is the program at `path`.
pub fn is_on_path(path: &Path) -> bool {
    let folders = variable("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .map(|folder| folder.join("anyrole"))
        .find(|candidate| candidate.is_file())
        .and_then(|found| found.canonicalize().ok())
        .is_some_and(|found| path.canonicalize().is_ok_and(|path| path == found))
}

/// Whether a proxy is set.
pub fn is_proxied() -> bool {
    PROXIES
        .iter()
        .any(|name| variable(name).is_some_and(|value| !value.is_empty()))
}

/// Whether standard output shows colours: a terminal that nobody asked to do without (no-color.org).
pub fn shows_colours() -> bool {
    let unwanted = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = variable("TERM").is_none_or(|term| term == "dumb");
    std::io::stdout().is_terminal() && !unwanted && !dumb
}

#[expect(
    clippy::disallowed_methods,
    reason = "no settings of ours: what the shell does with the printed commands depends on them"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
