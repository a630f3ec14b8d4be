//! Where a host is: a URL enters, addresses leave. What is an address already is taken as it is; the HTTP library's own resolver
//! starts a thread for that, too, since a name may take for ever, and a thread is a tenth of what a session takes on one machine.

use std::net::IpAddr;

use http::Uri;
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;
use ureq::unversioned::transport::time::Duration;

/// Names by the system, within the time that is left; addresses at once.
#[derive(Debug, Default)]
pub(crate) struct Addresses(DefaultResolver);

impl Resolver for Addresses {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default();
        let bare = host.trim_matches(['[', ']']);
        let after = match bare.parse::<IpAddr>() {
            Ok(_) => Duration::NotHappening,
            Err(_) => timeout.after,
        };
        self.0
            .resolve(uri, config, NextTimeout { after, ..timeout })
    }
}
