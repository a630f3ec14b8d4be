//! The EC2 metadata service, version 2: a token by PUT, then what it opens. Of its tree there is what SDKs ask for: roles and
//! their credentials, and where the instance is.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::SignedDuration;

use super::documents::{TOKEN_TTL, identity, not_found, text, with_ttl};
use super::{Answer, Form, ServedRole, Step, View, Wanted};

const TOKEN: &str = "x-aws-ec2-metadata-token";
const LONGEST: i64 = 21_600;
const ROLES: &str = "/latest/meta-data/iam/security-credentials";
/// The same with the account; newer SDKs ask there first.
const EXTENDED_ROLES: &str = "/latest/meta-data/iam/security-credentials-extended";

/// What a path that has others below it lists.
const FOLDERS: [(&str, &str); 5] = [
    ("/latest", "dynamic\nmeta-data"),
    ("/latest/dynamic", "instance-identity/"),
    ("/latest/dynamic/instance-identity", "document"),
    ("/latest/meta-data", "iam/\nplacement/"),
    ("/latest/meta-data/placement", "availability-zone\nregion"),
];
const IAM: &str = "/latest/meta-data/iam";
const IAM_LIST: &str = "security-credentials-extended/\nsecurity-credentials/";

pub(super) fn is_path(path: &str) -> bool {
    path == "/latest" || path.starts_with("/latest/")
}

impl View {
    pub(super) fn token(&self, method: &Method, headers: &HeaderMap) -> Answer {
        if method != Method::PUT {
            return text(StatusCode::METHOD_NOT_ALLOWED, "");
        }
        if headers.contains_key("x-forwarded-for") {
            return text(
                StatusCode::BAD_REQUEST,
                "unable to process requests with X-Forwarded-For header",
            );
        }
        let Some(seconds) = asked_life(headers) else {
            return text(StatusCode::BAD_REQUEST, "invalid token TTL");
        };
        let surroundings = &self.metadata.surroundings;
        let mut random = [0; 35];
        for part in random.chunks_mut(16) {
            let fresh = surroundings.random();
            part.iter_mut().zip(fresh).for_each(|(to, from)| *to = from);
        }
        let life = SignedDuration::from_secs(seconds);
        let token = self.metadata.tokens.make(surroundings.now(), life, random);
        with_ttl(text(StatusCode::OK, &token), seconds)
    }

    pub(super) fn instance(&self, method: &Method, path: &str, headers: &HeaderMap) -> Step {
        // In the official helper's order.
        if method != Method::GET {
            return Step::Answer(text(StatusCode::METHOD_NOT_ALLOWED, ""));
        }
        let left = match self.check_token(headers) {
            Ok(left) => left,
            Err(why) => return Step::Answer(text(StatusCode::UNAUTHORIZED, why)),
        };
        let forms = [
            (ROLES, Form::Instance { left }),
            (EXTENDED_ROLES, Form::ExtendedInstance { left }),
        ];
        for (roles, form) in forms {
            if let Some(name) = path
                .strip_prefix(roles)
                .and_then(|rest| rest.strip_prefix('/'))
                && let Some(role) = self.offered().find(|role| role.name == name)
            {
                return Step::Credentials(Wanted {
                    role: role.clone(),
                    form,
                });
            }
        }
        Step::Answer(with_ttl(self.document(path), left))
    }

    fn check_token(&self, headers: &HeaderMap) -> Result<i64, &'static str> {
        let presented = headers.get(TOKEN).ok_or("no token provided")?;
        let presented = presented.to_str().unwrap_or_default();
        if presented.is_empty() {
            return Err("no token provided");
        }
        let now = self.metadata.surroundings.now();
        let left = self.metadata.tokens.left(presented, now);
        left.ok_or("invalid token provided")
    }

    /// The roles that any program of this machine may have.
    fn offered(&self) -> impl Iterator<Item = &Arc<ServedRole>> {
        self.roles.iter().filter(|role| role.in_metadata)
    }

    fn document(&self, path: &str) -> Answer {
        let folder = FOLDERS.iter().find(|(folder, _)| *folder == path);
        if let Some((_, list)) = folder {
            return text(StatusCode::OK, list);
        }
        // An instance without a role has none of what follows.
        let Some(first) = self.offered().next() else {
            return not_found();
        };
        // Clients that want the region cut the letter off: there is a zone in each region that is called so.
        let zone = format!("{}a", first.region);
        match path {
            IAM => text(StatusCode::OK, IAM_LIST),
            ROLES | EXTENDED_ROLES => {
                let names: Vec<&str> = self.offered().map(|role| role.name.as_str()).collect();
                text(StatusCode::OK, &names.join("\n"))
            }
            "/latest/meta-data/placement/region" => text(StatusCode::OK, &first.region),
            "/latest/meta-data/placement/availability-zone" => text(StatusCode::OK, &zone),
            "/latest/dynamic/instance-identity/document" => {
                identity(first.account(), &first.region, &zone)
            }
            _ => not_found(),
        }
    }
}

/// The seconds that a token is asked for; `None` for what is no number of them. EC2 wants the header, the official helper doesn't.
fn asked_life(headers: &HeaderMap) -> Option<i64> {
    let asked = headers.get(TOKEN_TTL).map(HeaderValue::to_str);
    match asked {
        None | Some(Ok("")) => Some(LONGEST),
        Some(asked) => {
            let asked = asked.ok()?.trim().parse::<i64>().ok();
            asked.filter(|seconds| (1..=LONGEST).contains(seconds))
        }
    }
}
