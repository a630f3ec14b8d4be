//! A browser that keeps cookies as RFC 6265 has it, follows nothing by itself, and runs no script.

use std::collections::BTreeMap;

use anyrole_frontends::TlsVersion;
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::html;
use crate::site::{Answer, Bench};

pub const HOME: &str = "/-/console/";
pub const SIGN_IN: &str = "/-/console/sign-in";
pub const SIGN_OUT: &str = "/-/console/sign-out";
const FORM: &str = "application/x-www-form-urlencoded";

/// A cookie as a browser keeps it.
#[derive(Clone)]
struct Kept {
    value: String,
    path: String,
    is_secure: bool,
    until: Timestamp,
}

pub struct Browser<'a> {
    pub bench: &'a Bench,
    cookies: Mutex<BTreeMap<String, Kept>>,
    /// What a real one sends beside.
    pub headers: Mutex<Vec<(&'static str, String)>>,
}

impl<'a> Browser<'a> {
    pub fn new(bench: &'a Bench) -> Self {
        Self {
            bench,
            cookies: Mutex::default(),
            headers: Mutex::default(),
        }
    }

    /// One with the same cookies.
    pub fn copy(&self) -> Self {
        Self {
            cookies: Mutex::new(self.cookies.lock().clone()),
            ..Self::new(self.bench)
        }
    }

    /// One that root has signed in with.
    pub async fn of_root(bench: &'a Bench) -> Self {
        let browser = Self::new(bench);
        let (id, secret) = &bench.root_key;
        browser.must_sign_in(id, secret, "").await;
        browser
    }

    pub async fn get(&self, target: &str) -> Answer {
        self.send("GET", target, String::new()).await
    }

    /// Posts a form with these fields.
    pub async fn post<T: AsRef<str>>(&self, target: &str, fields: &[(&str, T)]) -> Answer {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value.as_ref())));
        let body = pairs.collect::<Vec<_>>().join("&");
        self.send("POST", target, body).await
    }

    pub async fn send(&self, method: &str, target: &str, body: String) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert("host", "localhost:9910".parse().unwrap());
        if method == "POST" {
            headers.insert("content-type", FORM.parse().unwrap());
        }
        for (name, value) in self.headers.lock().iter() {
            headers.insert(*name, value.parse().unwrap());
        }
        let path = target.split('?').next().unwrap();
        let (tls, now) = (self.is_tls(), self.bench.now());
        let cookies = self.cookies.lock().clone();
        let sent = cookies.iter().filter(|(_, kept)| {
            path.starts_with(&kept.path) && (tls || !kept.is_secure) && now < kept.until
        });
        let sent: Vec<String> = sent
            .map(|(name, kept)| format!("{name}={}", kept.value))
            .collect();
        if !sent.is_empty() {
            headers.insert("cookie", sent.join("; ").parse().unwrap());
        }
        let answer = self.bench.serve(method, target, headers, body).await;
        self.keep(&answer);
        answer
    }

    fn is_tls(&self) -> bool {
        *self.bench.tls.lock() == Some(TlsVersion::V1_3)
    }

    fn keep(&self, answer: &Answer) {
        for cookie in answer.headers.get_all("set-cookie") {
            let mut parts = cookie.to_str().unwrap().split("; ");
            let (name, value) = parts.next().unwrap().split_once('=').unwrap();
            let mut kept = Kept {
                value: value.to_owned(),
                path: "/".to_owned(),
                is_secure: false,
                until: Timestamp::MAX,
            };
            for part in parts {
                match part.split_once('=') {
                    Some(("Path", path)) => path.clone_into(&mut kept.path),
                    Some(("Max-Age", seconds)) => {
                        let life = SignedDuration::from_secs(seconds.parse().unwrap());
                        kept.until = self.bench.now() + life;
                    }
                    _ => kept.is_secure |= part == "Secure",
                }
            }
            self.cookies.lock().insert(name.to_owned(), kept);
        }
    }

    /// The value of a cookie, as long as it lives.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let cookies = self.cookies.lock();
        let kept = cookies.get(name)?;
        (self.bench.now() < kept.until).then(|| kept.value.clone())
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        let kept = Kept {
            value: value.to_owned(),
            path: "/".to_owned(),
            is_secure: false,
            until: Timestamp::MAX,
        };
        self.cookies.lock().insert(name.to_owned(), kept);
    }

    /// The token of a page's forms.
    pub async fn token(&self, target: &str) -> String {
        let page = self.get(target).await;
        assert_eq!(page.status, 200, "{target}: {}", page.body);
        token(&page)
    }

    /// Fills the sign-in form out and sends it.
    pub async fn sign_in(&self, id: &str, secret: &str, session_token: &str) -> Answer {
        let token = self.token(SIGN_IN).await;
        let fields = [
            ("form-token", token.as_str()),
            ("access-key-id", id),
            ("secret-access-key", secret),
            ("session-token", session_token),
        ];
        self.post(SIGN_IN, &fields).await
    }

    pub async fn must_sign_in(&self, id: &str, secret: &str, session_token: &str) {
        let answer = self.sign_in(id, secret, session_token).await;
        assert_eq!(location(&answer), HOME, "{}", answer.body);
        assert_eq!(answer.record["event"], "console:SignIn");
        assert_eq!(answer.record["outcome"], "granted");
    }

    /// Whether the console still knows who this is.
    pub async fn is_in(&self) -> bool {
        let answer = self.get(HOME).await;
        match answer.status {
            200 => true,
            303 => {
                assert!(location(&answer).starts_with(SIGN_IN), "{answer:?}");
                false
            }
            _ => unreachable!("{answer:?}"),
        }
    }
}

/// Where an answer leads to.
pub fn location(answer: &Answer) -> &str {
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.headers["location"].to_str().unwrap()
}

/// The token of a page's forms.
pub fn token(page: &Answer) -> String {
    let parsed = html::parse(&page.body);
    let mut inputs = parsed.elements.iter();
    let field = inputs.find(|element| element.attribute("name") == Some("form-token"));
    field.unwrap().attribute("value").unwrap().to_owned()
}
