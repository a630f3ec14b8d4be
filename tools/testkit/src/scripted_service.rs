//! A CreateSession service that fails in each way there is, and heals when it is told to: on loopback, always at the same port.
//! It looks at no signature, only at its date. Called by the tests of the helper and of its commands.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};

/// What the service does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Credentials `ASIA` and the number of the request, of so many seconds.
    Good {
        /// How long they live, from the date of the request on.
        seconds: i64,
    },
    /// The same, but the answer takes a while.
    Late {
        /// How long they live.
        seconds: i64,
        /// How long the answer takes.
        after: Duration,
    },
    /// Nobody listens.
    Refused,
    /// The request is read, and never answered.
    Silent,
    /// The connection is closed before anything is said.
    Closed,
    /// And in the middle of the body.
    Cut,
    /// This status and body.
    Status(u16, &'static str),
    /// A signature whose date is more than 5 minutes from the service's clock is refused, as AWS does it; the others get credentials of
    /// an hour.
    Clock {
        /// The service's clock less the real one, seconds.
        ahead: i64,
    },
    /// Credentials that ended a minute before the date of the request.
    Ended,
    /// Credentials without a secret.
    Empty,
}

/// Faults that a service may have; while one lasts nobody gets credentials.
pub const FAULTS: [(&str, Behaviour); 15] = [
    ("refused connection", Behaviour::Refused),
    ("slow answer", Behaviour::Silent),
    ("closed connection", Behaviour::Closed),
    ("cut answer", Behaviour::Cut),
    ("500", Behaviour::Status(500, "")),
    ("503", Behaviour::Status(503, "<html>no</html>")),
    (
        "throttling",
        Behaviour::Status(
            429,
            r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#,
        ),
    ),
    (
        "throttling, said with 400",
        Behaviour::Status(
            400,
            r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#,
        ),
    ),
    (
        "refusal",
        Behaviour::Status(
            403,
            r#"{"__type":"AccessDeniedException","message":"Untrusted signing certificate"}"#,
        ),
    ),
    ("no credentials", Behaviour::Status(201, "{}")),
    (
        "an empty set",
        Behaviour::Status(201, r#"{"credentialSet":[]}"#),
    ),
    ("not JSON", Behaviour::Status(200, "hello")),
    ("expired credentials", Behaviour::Ended),
    (
        "credentials of a few seconds",
        Behaviour::Good { seconds: 5 },
    ),
    ("empty credentials", Behaviour::Empty),
];

/// The service.
pub struct ScriptedService {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    behaviour: Mutex<Behaviour>,
    requests: AtomicU64,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl ScriptedService {
    /// By the clock of the machine.
    ///
    /// # Errors
    /// No port.
    pub fn start(behaviour: Behaviour) -> Result<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "a program under test goes by the machine's clock, so its service does, too"
        )]
        Self::start_by(behaviour, Timestamp::now)
    }

    /// By this clock.
    ///
    /// # Errors
    /// No port.
    pub fn start_by(
        behaviour: Behaviour,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let service = Self {
            address: listener.local_addr()?,
            shared: Arc::new(Shared {
                behaviour: Mutex::new(behaviour),
                requests: AtomicU64::new(0),
                clock: Box::new(clock),
            }),
            listening: Mutex::default(),
        };
        if behaviour != Behaviour::Refused {
            service.listen(listener);
        }
        Ok(service)
    }

    /// The base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests came in.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// From the next request on.
    ///
    /// # Errors
    /// The port can't be taken again.
    pub fn behave(&self, behaviour: Behaviour) -> Result<()> {
        *locked(&self.shared.behaviour) = behaviour;
        let listens = locked(&self.listening).is_some();
        if behaviour == Behaviour::Refused {
            self.hang_up();
        } else if !listens {
            let listener = TcpListener::bind(self.address).context("taking the port again")?;
            self.listen(listener);
        }
        Ok(())
    }

    fn listen(&self, listener: TcpListener) {
        let shared = self.shared.clone();
        let listening = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if *locked(&shared.behaviour) == Behaviour::Refused {
                    return;
                }
                let shared = shared.clone();
                if let Ok(stream) = stream {
                    // A client that goes away early is one of the tests.
                    std::thread::spawn(move || shared.answer(stream));
                }
            }
        });
        *locked(&self.listening) = Some(listening);
    }

    fn hang_up(&self) {
        if let Some(listening) = locked(&self.listening).take() {
            // It waits for a connection, and looks then.
            let woken = TcpStream::connect(self.address);
            let ended = listening.join();
            drop((woken, ended));
        }
    }
}

impl Drop for ScriptedService {
    fn drop(&mut self) {
        *locked(&self.shared.behaviour) = Behaviour::Refused;
        self.hang_up();
    }
}

impl std::fmt::Debug for ScriptedService {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ScriptedService")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn answer(&self, mut stream: TcpStream) -> Result<()> {
        let signed_at = read_request(&mut stream)?;
        let number = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        let behaviour = *locked(&self.behaviour);
        let mut now = (self.clock)();
        let (status, body) = match behaviour {
            Behaviour::Good { seconds } => credentials(number, signed_at, seconds, "s"),
            Behaviour::Late { seconds, after } => {
                std::thread::sleep(after);
                credentials(number, signed_at, seconds, "s")
            }
            Behaviour::Refused | Behaviour::Closed => return Ok(()),
            Behaviour::Silent => {
                // Until the client gives up.
                stream.read_exact(&mut [0])?;
                return Ok(());
            }
            Behaviour::Cut => (201, r#"{"credentialSet":[{"#.to_owned()),
            Behaviour::Status(status, body) => (status, body.to_owned()),
            Behaviour::Clock { ahead } => {
                now += SignedDuration::from_secs(ahead);
                if signed_at.duration_since(now).abs() > SignedDuration::from_mins(5) {
                    let body =
                        r#"{"__type":"AccessDeniedException","message":"Invalid signature"}"#;
                    (403, body.to_owned())
                } else {
                    credentials(number, now, 3600, "s")
                }
            }
            Behaviour::Ended => credentials(number, signed_at, -60, "s"),
            Behaviour::Empty => credentials(number, signed_at, 3600, ""),
        };
        let missing = if behaviour == Behaviour::Cut { 400 } else { 0 };
        let length = body.len() + missing;
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now)?;
        write!(
            stream,
            "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\ndate: {date}\r\nconnection: close\r\n\r\n{body}"
        )?;
        Ok(())
    }
}

fn credentials(number: u64, from: Timestamp, seconds: i64, secret: &str) -> (u16, String) {
    let end = from + SignedDuration::from_secs(seconds);
    let body = serde_json::json!({"credentialSet": [{"credentials": {
        "accessKeyId": format!("ASIA{number}"), "secretAccessKey": secret, "sessionToken": "t", "expiration": format!("{end:.0}"),
    }}]});
    (201, body.to_string())
}

/// Reads all of it; when it was signed.
fn read_request(stream: &mut TcpStream) -> Result<Timestamp> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.ends_with(b"}") {
        let count = stream.read(&mut buffer)?;
        anyhow::ensure!(count > 0, "the request ends early");
        request.extend_from_slice(buffer.get(..count).unwrap_or_default());
    }
    let text = String::from_utf8_lossy(&request);
    let date = text
        .lines()
        .find_map(|line| line.strip_prefix("x-amz-date: "))
        .context("the request has no x-amz-date")?;
    let parsed = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", date)?;
    Ok(parsed.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
