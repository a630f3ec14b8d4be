//! Questions to one DNS server (RFC 1035): a name comes in, its addresses or texts go out, in bounded time. The server is a
//! resolver, which follows and checks; its answers are read by `message.rs`, by UDP first, by TCP where they are long.

mod message;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

pub use self::message::MessageError;
use self::message::{Answer, Kind, Question};

/// How long one try may take, and how many there are.
const TRY_TIME: Duration = Duration::from_secs(2);
const TRIES: u32 = 3;
/// The longest answer by UDP that is asked for (RFC 9715, 3) and taken.
const UDP_BYTES: usize = 1232;

/// Why a name has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DnsError {
    /// There is no such name.
    #[error("there is no name `{0}` (NXDOMAIN)")]
    NoSuchName(String),
    /// The server refuses or fails.
    #[error("the DNS server answers for `{name}` with code {code}")]
    Code {
        /// The name.
        name: String,
        /// RCODE (RFC 1035, 4.1.1): 2 is a failure, 5 a refusal.
        code: u8,
    },
    /// No answer, or none that can be read.
    #[error("the DNS server gives no answer for `{name}`: {detail}")]
    NoAnswer {
        /// The name.
        name: String,
        /// What went wrong.
        detail: String,
    },
    /// The name can't be asked for.
    #[error("`{0}` is no name that can be asked for")]
    Name(String),
}

/// Fills bytes with random ones: an answer that is not ours is known by the question's number.
pub type Random = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// Asks one server. Cheap to clone.
#[derive(Clone)]
pub struct Resolver {
    server: SocketAddr,
    random: Random,
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resolver({})", self.server)
    }
}

impl Resolver {
    /// A resolver that asks this server.
    pub fn new(server: SocketAddr, random: Random) -> Self {
        Self { server, random }
    }

    /// The texts of a name, each with its strings joined; none where there is no such name.
    ///
    /// # Errors
    /// The server fails or is silent.
    pub async fn texts(&self, name: &str) -> Result<Vec<Vec<u8>>, DnsError> {
        let answers = match self.ask(name, Kind::Txt).await {
            Err(DnsError::NoSuchName(_)) => return Ok(Vec::new()),
            answers => answers?,
        };
        let text = |answer| match answer {
            Answer::Text(text) => Some(text),
            Answer::Address(_) => None,
        };
        Ok(answers.into_iter().filter_map(text).collect())
    }

    /// The addresses of a name, IPv6 first.
    ///
    /// # Errors
    /// The server fails or is silent, or there is no such name.
    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, DnsError> {
        let (six, four) = tokio::join!(self.ask(name, Kind::Aaaa), self.ask(name, Kind::A));
        // One kind that fails is as good as none of it, where the other has an answer.
        let answers = match (six, four) {
            (Ok(six), Ok(four)) => [six, four].concat(),
            (Ok(some), Err(_)) | (Err(_), Ok(some)) if !some.is_empty() => some,
            (Err(error), _) | (_, Err(error)) => return Err(error),
        };
        let address = |answer| match answer {
            Answer::Address(address) => Some(address),
            Answer::Text(_) => None,
        };
        Ok(answers.into_iter().filter_map(address).collect())
    }

    async fn ask(&self, name: &str, kind: Kind) -> Result<Vec<Answer>, DnsError> {
        let mut last = None;
        for _ in 0..TRIES {
            let mut id = [0; 2];
            (self.random)(&mut id);
            let question =
                Question::new(id, name, kind).ok_or_else(|| DnsError::Name(name.to_owned()))?;
            match tokio::time::timeout(TRY_TIME, self.ask_once(&question)).await {
                Ok(Ok(answers)) => return Ok(answers),
                Ok(Err(Fault::Code(3))) => return Err(DnsError::NoSuchName(name.to_owned())),
                Ok(Err(Fault::Code(code))) => {
                    return Err(DnsError::Code {
                        name: name.to_owned(),
                        code,
                    });
                }
                Ok(Err(Fault::Other(detail))) => last = Some(detail),
                Err(_) => last = Some(format!("it was silent for {} s", TRY_TIME.as_secs())),
            }
        }
        Err(DnsError::NoAnswer {
            name: name.to_owned(),
            detail: last.unwrap_or_default(),
        })
    }

    async fn ask_once(&self, question: &Question) -> Result<Vec<Answer>, Fault> {
        let any: IpAddr = match self.server {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        // A port of its own for each question; who is connected hears nobody else.
        let socket = UdpSocket::bind((any, 0)).await?;
        socket.connect(self.server).await?;
        socket.send(question.bytes()).await?;
        let mut buffer = [0; UDP_BYTES];
        loop {
            let length = socket.recv(&mut buffer).await?;
            let message = buffer.get(..length).unwrap_or_default();
            match question.read(message) {
                // Not an answer to this question: the true one may come yet.
                Err(MessageError::Foreign) => {}
                Err(MessageError::Truncated) => return self.ask_by_stream(question).await,
                outcome => return Ok(outcome?),
            }
        }
    }

    /// By TCP, each message with its length before it (RFC 1035, 4.2.2).
    async fn ask_by_stream(&self, question: &Question) -> Result<Vec<Answer>, Fault> {
        let mut stream = TcpStream::connect(self.server).await?;
        let length = u16::try_from(question.bytes().len()).unwrap_or(u16::MAX);
        let sent = [&length.to_be_bytes()[..], question.bytes()].concat();
        stream.write_all(&sent).await?;
        let mut length = [0; 2];
        stream.read_exact(&mut length).await?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut message).await?;
        Ok(question.read(&message)?)
    }
}

enum Fault {
    Code(u8),
    Other(String),
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<MessageError> for Fault {
    fn from(error: MessageError) -> Self {
        match error {
            MessageError::Code(code) => Self::Code(code),
            error => Self::Other(error.to_string()),
        }
    }
}
