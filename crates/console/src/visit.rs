//! One visit to a page, as the door hands it over: who, where, and what was typed.

use anyrole_domain::{Call, PageRequest, Refusal, Site};
use http::Method;
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{Fields, PREFIX};

/// A request for a page, by someone who has signed in; a POST's token has been verified.
#[derive(Clone)]
pub struct Visit<'a> {
    /// What the domain's functions work on.
    pub site: &'a Site,
    /// Who asks, when, from where.
    pub call: &'a Call,
    /// GET or POST.
    pub method: Method,
    /// The segments below `/-/console/`, decoded; empty for the first page.
    pub path: Vec<String>,
    /// The query.
    pub query: Fields,
    /// What was posted; empty for a GET.
    pub form: Fields,
    /// What each form of the page must send back, good for one post.
    pub form_token: &'a str,
    /// `http(s)://host:port`, as the reader reached us.
    pub endpoint: String,
}

impl Visit<'_> {
    /// Whether a form was sent.
    pub fn posted(&self) -> bool {
        self.method == Method::POST
    }

    /// The request's instant.
    pub fn now(&self) -> Timestamp {
        self.call.origin.now
    }

    /// Does what a form asks for, if it is within the rate quota of its action, as an API call is.
    ///
    /// # Errors
    /// Too many requests, and what the work refuses.
    pub async fn admitted<T>(
        &self,
        action: &str,
        work: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        self.site.admit(action, &self.call.origin)?;
        work.await
    }

    /// A segment of the path, as [`segment_of`] has written it; empty where there is none. 0 is the area.
    pub fn segment(&self, place: usize) -> &str {
        let segment = self.path.get(place).map_or("", String::as_str);
        match segment.strip_prefix(NO_NAME) {
            Some(dots @ ("." | "..")) => dots,
            _ => segment,
        }
    }

    /// The page that `?after=` asks for.
    pub fn page(&self, size: usize) -> PageRequest {
        PageRequest {
            after: self.query.text("after").to_owned(),
            size,
        }
    }

    /// The links below a list: `next` is what its `?after=` will be.
    pub fn pager(&self, next: Option<&str>) -> Pager {
        let others: String = self
            .query
            .pairs()
            .filter(|(name, _)| !matches!(*name, "after" | "done"))
            .map(|(name, value)| format!("{}={}&", encoded(name), encoded(value)))
            .collect();
        let path = self.path.iter().map(|part| encoded(part));
        let path = path.collect::<Vec<_>>().join("/");
        Pager {
            first: self
                .query
                .has("after")
                .then(|| format!("{PREFIX}{path}?{}", others.trim_end_matches('&'))),
            next: next.map(|next| format!("{PREFIX}{path}?{others}after={}", encoded(next))),
        }
    }
}

/// Where a list goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pager {
    /// Its first page, unless that is shown.
    pub first: Option<String>,
    /// The page that follows, where one does.
    pub next: Option<String>,
}

/// What is written otherwise in URLs: all but letters, digits, `-` and `_`. A segment of dots is a step in the path, however it is meant.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// What no name of IAM begins with (API reference, `[\w+=,.@-]+`), nor any id or ARN: a segment that begins so is one of ours.
pub(crate) const NO_NAME: char = '~';

/// A name as a segment of a path. One of dots stands behind [`NO_NAME`]: by itself, browsers take it as a step, encoded or not.
pub(crate) fn segment_of(name: &str) -> String {
    match name {
        "." | ".." => format!("{NO_NAME}{name}"),
        name => encoded(name),
    }
}

/// A text as a value of a query.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}
