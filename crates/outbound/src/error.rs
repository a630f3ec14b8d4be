//! What can go wrong on the way out. Texts name hosts, never whole URLs: a path or query may hold a secret.

use std::time::Duration;

/// An entry of a list of hosts that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{presented}` is not a host: expected HOST, *.DOMAIN, or one of them with :PORT")]
pub struct ListError {
    /// As given.
    pub presented: String,
}

/// An entry of a list of networks that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{presented}` is not a network: expected an address, or one as 10.0.0.0/8 or fd00::/8")]
pub struct NetworkError {
    /// As given.
    pub presented: String,
}

/// Why a request was not made, or got no answer of use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// Not a URL that can be asked.
    #[error(
        "the URL is not of the form http://HOST[:PORT][/PATH] or https://…, or is longer than {longest} characters"
    )]
    MalformedUrl {
        /// The longest that is accepted, in characters.
        longest: usize,
    },
    /// The host is not on the list.
    #[error("`{host}` is not among the hosts that may be asked")]
    HostNotAllowed {
        /// With its port, where that is not the scheme's own.
        host: String,
    },
    /// Plain HTTP where TLS is asked for.
    #[error("`{host}` would be asked without TLS")]
    PlainHttp {
        /// With its port, where that is not the scheme's own.
        host: String,
    },
    /// The answer is longer than accepted.
    #[error("the answer of `{host}` is longer than {limit} bytes")]
    TooLarge {
        /// Who answered.
        host: String,
        /// The limit, in bytes.
        limit: u64,
    },
    /// The answer points elsewhere; that is not followed.
    #[error("`{host}` answered with a redirect (status {status}), which is not followed")]
    Redirect {
        /// Who answered.
        host: String,
        /// The status.
        status: u16,
    },
    /// The answer is no success.
    #[error("`{host}` answered with status {status}")]
    Status {
        /// Who answered.
        host: String,
        /// The status.
        status: u16,
    },
    /// The time is over.
    #[error("`{host}` did not answer within {limit:?}")]
    TimedOut {
        /// Who was asked.
        host: String,
        /// For one attempt.
        limit: Duration,
    },
    /// Connection, TLS or protocol failed.
    #[error("`{host}` could not be asked: {detail}")]
    Transport {
        /// Who was asked.
        host: String,
        /// What failed.
        detail: String,
    },
}

impl OutboundError {
    /// Whether the same request may succeed a moment later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Status { status, .. } => *status >= 500 || *status == 429 || *status == 408,
            Self::TimedOut { .. } | Self::Transport { .. } => true,
            _ => false,
        }
    }
}
