//! The way to a TPM: a device file or a UNIX socket. A command's octets enter, the answer's leave. Opened anew for each
//! signature, so that a TPM that was away is found again and nobody else is kept out.

use std::fs::File;
use std::io::{self, Read, Write};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::TpmError;
use super::wire::Reader;

/// In the order of preference: the first has a resource manager, which gives each user objects of its own.
const DEVICES: [&str; 2] = ["/dev/tpmrm0", "/dev/tpm0"];
/// More than any answer to the commands that we send.
const LONGEST_ANSWER: u32 = 16 * 1024;
/// `TPM_RC_RETRY`, `TPM_RC_YIELDED` and `TPM_RC_TESTING`: the same command later.
const LATER: [u32; 3] = [0x922, 0x908, 0x90a];
const TRIES: u32 = 20;

/// Making a primary RSA key takes a TPM many seconds; a socket that is silent for longer has nobody behind it.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(60);
/// The kernel itself waits for minutes for a chip's slowest command.
const PATIENCE_WITH_A_CHIP: Duration = Duration::from_secs(180);

enum Link {
    #[cfg(unix)]
    Socket(UnixStream),
    File(File),
}

/// An open device.
pub(super) struct Device {
    link: Link,
    path: PathBuf,
}

impl Device {
    /// The named one, else the first of the usual ones that is there.
    pub(super) fn open(named: Option<&Path>) -> Result<Self, TpmError> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => DEVICES
                .iter()
                .map(PathBuf::from)
                .find(|path| path.exists())
                .ok_or_else(|| TpmError::NoDevice {
                    tried: DEVICES.join(", "),
                })?,
        };
        match open(&path) {
            Ok(link) => Ok(Self { link, path }),
            Err(cause) => Err(TpmError::Open { path, cause }),
        }
    }

    /// Sends a command; the code and the octets behind the answer's head come back.
    pub(super) fn transact(&mut self, command: &[u8]) -> Result<(u32, Vec<u8>), TpmError> {
        let mut tries = 0;
        loop {
            let (code, body) = self.exchange(command)?;
            tries += 1;
            if !LATER.contains(&code) || tries == TRIES {
                return Ok((code, body));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn exchange(&mut self, command: &[u8]) -> Result<(u32, Vec<u8>), TpmError> {
        let answer = self.link.exchange(command).map_err(|cause| TpmError::Io {
            path: self.path.clone(),
            cause,
        })?;
        let mut reader = Reader::new(&answer, "answer");
        let (_tag, length, code) = (reader.u16()?, reader.u32()?, reader.u32()?);
        let body = usize::try_from(length)
            .unwrap_or(usize::MAX)
            .saturating_sub(10);
        Ok((code, reader.bytes(body)?.to_vec()))
    }
}

impl Link {
    fn exchange(&self, command: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            #[cfg(unix)]
            Self::Socket(stream) => octets(stream, command),
            // A file has no time limits of its own.
            Self::File(file) => {
                let (file, command) = (file.try_clone()?, Zeroizing::new(command.to_vec()));
                within(PATIENCE_WITH_A_CHIP, move || octets(&file, &command))
            }
        }
    }
}

/// The device file takes and gives one message a call; a socket may give it in pieces.
fn octets(mut stream: impl Read + Write, command: &[u8]) -> io::Result<Vec<u8>> {
    stream.write_all(command)?;
    stream.flush()?;
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let count = stream.read(&mut piece)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        answer.extend(piece.iter().take(count));
        let length = answer.get(2..6).map(|bytes| {
            bytes
                .iter()
                .fold(0, |number: u32, byte| number << 8 | u32::from(*byte))
        });
        match length {
            Some(length) if length > LONGEST_ANSWER => {
                return Err(io::ErrorKind::InvalidData.into());
            }
            Some(length) if answer.len() >= usize::try_from(length).unwrap_or(usize::MAX) => {
                return Ok(answer);
            }
            _ => {}
        }
    }
}

/// What `action` gives, or that it took too long. Then its thread stays behind with what it waits for.
fn within<T: Send + 'static>(
    patience: Duration,
    action: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (tell, told) = mpsc::channel();
    std::thread::Builder::new()
        .name("tpm".to_owned())
        .spawn(move || {
            // Nobody listens any more where it took too long.
            let _told_or_not = tell.send(action());
        })?;
    told.recv_timeout(patience)
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<Link> {
    use std::os::unix::fs::FileTypeExt;

    if std::fs::metadata(path)?.file_type().is_socket() {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        return Ok(Link::Socket(stream));
    }
    device_file(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<Link> {
    device_file(path)
}

fn device_file(path: &Path) -> io::Result<Link> {
    let file: File = File::options().read(true).write(true).open(path)?;
    Ok(Link::File(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chip_that_is_silent_is_not_waited_for_without_an_end() {
        let (never, silence) = mpsc::channel::<()>();
        let answer = within(Duration::from_millis(1), move || Ok(silence.recv()));
        assert_eq!(answer.unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(never);
        let answer = within(Duration::from_secs(60), || Ok(7));
        assert_eq!(answer.unwrap(), 7);
        let gone = || Err::<(), _>(io::ErrorKind::NotFound.into());
        let answer = within(Duration::from_secs(60), gone);
        assert_eq!(answer.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
