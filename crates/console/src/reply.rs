//! What a page answers, and what the audit trail is told of it.

use anyrole_domain::Refusal;
use askama::Template;
use http::StatusCode;

use crate::PREFIX;
use crate::refused::status;

/// What a visit comes to; the routes render a refusal as a page of its own.
pub type Outcome = Result<Reply, Refusal>;

/// What leaves.
#[derive(Debug)]
pub struct Reply {
    /// The status of the answer.
    pub status: StatusCode,
    /// What it holds.
    pub content: Content,
    /// The API operation that the form was, `service:Operation`; none for a page that was only read.
    pub event: Option<&'static str>,
    /// Operations that the same form has carried out before.
    pub earlier: Vec<&'static str>,
    /// Why it was refused, if it was.
    pub refusal: Option<Refusal>,
}

/// What an answer holds.
#[derive(Debug)]
pub enum Content {
    /// A page, or a part of one.
    Html(String),
    /// Where to go instead, from the root of the server.
    SeeOther(String),
    /// A file to keep.
    Download {
        /// What it is called: letters, digits, `-`, `_` and `.` only.
        name: String,
        /// Its media type.
        media_type: &'static str,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// The page of the refusal that came with it; the routes render it.
    Refused,
}

/// What a form has done; the page that follows says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Something is new.
    Created,
    /// Something was changed.
    Saved,
    /// Something is gone.
    Deleted,
    /// Something is in force again.
    Enabled,
    /// Something is no longer in force.
    Disabled,
    /// Something was brought in.
    Imported,
    /// A certificate is no longer valid.
    Revoked,
    /// Tags were changed.
    Tagged,
}

impl Done {
    const ALL: [(Self, &'static str, &'static str); 8] = [
        (Self::Created, "created", "Created."),
        (Self::Saved, "saved", "Saved."),
        (Self::Deleted, "deleted", "Deleted."),
        (Self::Enabled, "enabled", "Enabled."),
        (Self::Disabled, "disabled", "Disabled."),
        (Self::Imported, "imported", "Imported."),
        (Self::Revoked, "revoked", "Revoked."),
        (Self::Tagged, "tagged", "Tags saved."),
    ];

    fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(done, ..)| *done == self)
            .map_or("saved", |(_, word, _)| word)
    }

    /// What the page says that `?done=` led to; nothing for words of others.
    pub(crate) fn told(word: &str) -> Option<&'static str> {
        let found = Self::ALL.iter().find(|(_, other, _)| *other == word);
        found.map(|(.., text)| *text)
    }
}

impl Reply {
    fn html(status: StatusCode, template: &impl Template) -> Outcome {
        let html = template
            .render()
            .map_err(|error| Refusal::internal(error.to_string()))?;
        Ok(Self {
            status,
            content: Content::Html(html),
            event: None,
            earlier: Vec::new(),
            refusal: None,
        })
    }

    /// A page.
    ///
    /// # Errors
    /// The template can't be rendered.
    pub fn page(template: impl Template) -> Outcome {
        Self::html(StatusCode::OK, &template)
    }

    /// A piece of a page, for the script.
    ///
    /// # Errors
    /// The template can't be rendered.
    pub fn fragment(template: impl Template) -> Outcome {
        Self::page(template)
    }

    /// The form again, with what was typed and with what was refused.
    ///
    /// # Errors
    /// The template can't be rendered.
    pub fn refused_form(template: impl Template, refusal: Refusal) -> Outcome {
        let mut reply = Self::html(status(refusal.kind), &template)?;
        reply.refusal = Some(refusal);
        Ok(reply)
    }

    /// After a write: go to a page below `/-/console/`, which says what was done.
    ///
    /// # Errors
    /// Never; an `Outcome` as the other answers are.
    pub fn see_other(path: impl Into<String>, done: Done) -> Outcome {
        let path = path.into();
        let mark = if path.contains('?') { '&' } else { '?' };
        Ok(Self {
            status: StatusCode::SEE_OTHER,
            content: Content::SeeOther(format!("{PREFIX}{path}{mark}done={}", done.word())),
            event: None,
            earlier: Vec::new(),
            refusal: None,
        })
    }

    /// A file to keep.
    ///
    /// # Errors
    /// Never; an `Outcome` as the other answers are.
    pub fn download(name: &str, media_type: &'static str, bytes: Vec<u8>) -> Outcome {
        let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        Ok(Self {
            status: StatusCode::OK,
            content: Content::Download {
                name: name.chars().filter(is_plain).collect(),
                media_type,
                bytes,
            },
            event: None,
            earlier: Vec::new(),
            refusal: None,
        })
    }

    /// The API operations that the same form has carried out before the last one.
    #[must_use]
    pub fn after(mut self, earlier: Vec<&'static str>) -> Self {
        self.earlier = earlier;
        self
    }

    /// The API operation that the form was: it leaves a record, granted or refused.
    #[must_use]
    pub fn of(mut self, event: &'static str) -> Self {
        self.event = Some(event);
        self
    }
}

/// Names the API operation of a form's outcome, refused ones included.
pub trait Audited {
    /// The outcome as that operation's.
    ///
    /// # Errors
    /// Never: a refusal becomes a reply that is told apart.
    fn of(self, event: &'static str) -> Outcome;
}

impl Audited for Outcome {
    fn of(self, event: &'static str) -> Outcome {
        Ok(self.unwrap_or_else(Reply::refused).of(event))
    }
}

impl Reply {
    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self {
            status: status(refusal.kind),
            content: Content::Refused,
            event: None,
            earlier: Vec::new(),
            refusal: Some(refusal),
        }
    }
}
