//! A metadata service whose roles give numbered credentials of an hour, and the way to ask it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyrole_helper::{
    ContainerToken, HelperError, Keeper, Metadata, MetadataParts, Reach, ServedRole, Step, View,
};
use anyrole_sdk::{CredentialSource, Credentials, ServiceClock, Surroundings};
use http::{HeaderMap, Method, Response};
use jiff::SignedDuration;
use zeroize::Zeroizing;

use crate::clock::Clock;

/// Gives credentials of an hour, numbered, unless it is told to fail.
pub struct Source {
    pub clock: Arc<Clock>,
    pub asked: AtomicU64,
    pub fails: Mutex<bool>,
}

struct Shared(Arc<Source>);

impl CredentialSource for Shared {
    type Error = HelperError;

    fn get(&self) -> Result<Credentials, HelperError> {
        let number = self.0.asked.fetch_add(1, Ordering::SeqCst);
        // As long as a call of the network, so that callers meet.
        std::thread::sleep(Duration::from_millis(50));
        if *self.0.fails.lock().unwrap() {
            return Err(HelperError::NoKey);
        }
        Ok(Credentials {
            access_key_id: format!("ASIA{number}"),
            secret_access_key: Zeroizing::new("secret".to_owned()),
            session_token: Zeroizing::new("token".to_owned()),
            expiration: (self.0.clock.now() + SignedDuration::from_hours(1)).to_string(),
        })
    }
}

/// A role that is served, before anybody asks.
pub fn role(
    source: &Arc<Source>,
    name: &str,
    token: Option<&str>,
    in_metadata: bool,
) -> ServedRole {
    let keeper = Keeper::new(Box::new(Shared(source.clone())), source.clock.clone());
    ServedRole {
        name: name.to_owned(),
        arn: format!("arn:aws:iam::111122223333:role/path/{name}"),
        region: "eu-west-1".to_owned(),
        keeper: Arc::new(keeper),
        clock: ServiceClock::default(),
        container_token: token.map(|token| ContainerToken::Text(Zeroizing::new(token.to_owned()))),
        in_metadata,
    }
}

pub struct Served {
    pub clock: Arc<Clock>,
    pub source: Arc<Source>,
    pub keeper: Arc<Keeper>,
    pub view: View,
}

pub fn served(reach: Reach) -> Served {
    served_with(reach, &[("app", Some("let me in"), true)])
}

pub const LOCAL: Reach = Reach::Loopback(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

pub fn served_with(reach: Reach, roles: &[(&str, Option<&str>, bool)]) -> Served {
    let clock = Clock::at("2030-01-01T00:00:00Z");
    let source = Arc::new(Source {
        clock: clock.clone(),
        asked: AtomicU64::new(0),
        fails: Mutex::new(false),
    });
    let roles: Vec<ServedRole> = roles
        .iter()
        .map(|(name, token, in_metadata)| role(&source, name, *token, *in_metadata))
        .collect();
    let keeper = roles[0].keeper.clone();
    let metadata = Metadata::new(MetadataParts {
        roles,
        surroundings: clock.clone(),
        secret: [3; 32],
    });
    Served {
        clock,
        source,
        keeper,
        view: metadata.view(reach, None),
    }
}

impl Served {
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Response<Vec<u8>> {
        let mut map = HeaderMap::new();
        map.insert("host", "127.0.0.1:9911".parse().unwrap());
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        match self.view.step(&method, &path.parse().unwrap(), &map) {
            Step::Answer(answer) => answer,
            Step::Credentials(wanted) => wanted.wait(),
        }
    }

    pub fn token(&self) -> String {
        body(&self.ask("PUT", "/latest/api/token", &[(TTL, "21600")]))
    }
}

pub const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
pub const TOKEN: &str = "x-aws-ec2-metadata-token";
pub const ROLES: &str = "/latest/meta-data/iam/security-credentials";

pub fn body(answer: &Response<Vec<u8>>) -> String {
    String::from_utf8(answer.body().clone()).unwrap()
}
