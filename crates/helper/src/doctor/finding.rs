//! What a check found: plain data, which the app renders as lines or JSON.

/// What a check is about, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Files and who may read them.
    Files,
    /// Certificate, chain and key.
    Certificate,
    /// What is asked for: ARNs, region, duration, name.
    Request,
    /// The way to the service.
    Network,
    /// A session.
    Session,
}

impl Group {
    /// Its name, which is stable.
    pub fn name(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Certificate => "certificate",
            Self::Request => "request",
            Self::Network => "network",
            Self::Session => "session",
        }
    }
}

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// As it should be.
    Ok,
    /// It could not be looked at; the text says why.
    Skipped,
    /// It works, or may; somebody should look at it.
    Warning,
    /// It does not work.
    Failure,
}

impl Status {
    /// Its name, which is stable.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Failure => "failure",
        }
    }
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub group: Group,
    /// The check's name in kebab-case, which is stable.
    pub check: &'static str,
    /// How it stands.
    pub status: Status,
    /// What was seen.
    pub text: String,
    /// What to look at.
    pub look: Option<String>,
    /// Lines for a shell that show more, or cure it.
    pub commands: Vec<String>,
}

impl Finding {
    pub(super) fn new(group: Group, check: &'static str, status: Status, text: String) -> Self {
        Self {
            group,
            check,
            status,
            text,
            look: None,
            commands: Vec::new(),
        }
    }

    pub(super) fn look(mut self, look: impl Into<String>) -> Self {
        self.look = Some(look.into());
        self
    }

    pub(super) fn command<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        self.commands.push(crate::shell_words::line(words));
        self
    }
}

/// Makes the findings of one group.
#[derive(Clone, Copy)]
pub(super) struct Of(pub(super) Group);

impl Of {
    pub(super) fn ok(self, check: &'static str, text: impl Into<String>) -> Finding {
        Finding::new(self.0, check, Status::Ok, text.into())
    }

    pub(super) fn skipped(self, check: &'static str, why: impl Into<String>) -> Finding {
        Finding::new(self.0, check, Status::Skipped, why.into())
    }

    pub(super) fn warning(self, check: &'static str, text: impl Into<String>) -> Finding {
        Finding::new(self.0, check, Status::Warning, text.into())
    }

    pub(super) fn failure(self, check: &'static str, text: impl Into<String>) -> Finding {
        Finding::new(self.0, check, Status::Failure, text.into())
    }
}
