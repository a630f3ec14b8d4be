//! The file of the trail: whole lines go in, or nothing.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// What the trail asks of its file; a test's file fails where it is told to.
pub(super) trait LogFile: Send {
    /// Appends what the system takes in one call.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;
    fn length(&self) -> io::Result<u64>;
    fn truncate(&mut self, length: u64) -> io::Result<()>;
    fn sync(&mut self) -> io::Result<()>;
}

impl LogFile for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write(bytes)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Opens for appending; makes the file (0600, its directory entry on disk) or ends its last line, where it must.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    if ends_in_half_a_line(&mut file)? {
        tracing::warn!(
            path = %path.display(),
            "the audit trail ended in half a line, of a call that was never answered; it is kept on a line of its own"
        );
        file.write_all(b"\n")?;
        file.sync_data()?;
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()?;
    Ok(file)
}

fn ends_in_half_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// A file that holds whole lines.
pub(super) struct Trail {
    file: Box<dyn LogFile>,
    /// A write failed half way and could not be undone: the next one begins with a line break.
    torn: bool,
}

impl Trail {
    pub(super) fn new(file: Box<dyn LogFile>) -> Self {
        Self { file, torn: false }
    }

    /// Appends `lines` in one write. Where the system does not take all of them, what it took is cut off again.
    pub(super) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.torn {
            self.write(b"\n")?;
            self.torn = false;
        }
        self.write(lines)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let taken = loop {
            match self.file.append(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome?,
            }
        };
        if taken >= bytes.len() {
            return Ok(());
        }
        let undone = self.cut(taken);
        self.torn = taken > 0 && undone.is_err();
        Err(io::Error::new(
            io::ErrorKind::WriteZero,
            format!(
                "only {taken} of {} bytes could be written, is the disk full?",
                bytes.len()
            ),
        ))
    }

    /// Cuts the last bytes off: nobody else appends, but a rotation may have moved the end since the last write.
    fn cut(&mut self, taken: usize) -> io::Result<()> {
        let length = self.file.length()?;
        let taken = u64::try_from(taken).map_err(io::Error::other)?;
        let before = length
            .checked_sub(taken)
            .ok_or_else(|| io::Error::other("the file is shorter than what was written"))?;
        self.file.truncate(before)
    }

    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }
}
