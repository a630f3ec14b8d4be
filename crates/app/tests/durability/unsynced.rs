//! A model of what a power cut would take, fed with a trace: files written and directories changed since their last
//! sync. Judges that nothing of what an answer stands for is among it when the answer goes out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::trace::{Call, Edge, Trace};

/// What a trace is judged by.
pub struct Judge<'a> {
    /// The data folder; all else is not looked at.
    pub data: &'a Path,
    /// Whether the audit trail, too, must be synced before an answer.
    pub audit: bool,
}

/// An answer, with the request before it and the syncs between the two.
#[derive(Debug, PartialEq, Eq)]
pub struct Answered {
    /// `PUT /bucket/key`.
    pub request: String,
    /// Lines of the syncs that returned, each with its path.
    pub syncs: Vec<(Vec<usize>, PathBuf)>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Findings {
    pub answered: Vec<Answered>,
    pub violations: Vec<String>,
}

impl Judge<'_> {
    pub fn judge(&self, trace: &str) -> Findings {
        let trace = Trace::parse(trace);
        let mut state = State::new(self);
        for (time, (index, edge)) in trace.edges.iter().enumerate() {
            state.take(&trace.calls[*index], *edge, time);
        }
        state.findings
    }

    /// Whether a power cut may take this: what no answer stands for.
    fn may_be_lost(&self, path: &Path) -> bool {
        let Ok(name) = path.strip_prefix(self.data) else {
            // The data folder's own entry is in the folder above.
            return Some(path) != self.data.parent();
        };
        let index_in_memory = name.as_os_str() == "anyrole.db-shm";
        let audit = name.as_os_str() == "audit.jsonl" && !self.audit;
        // Emptied at each start; what counts is renamed out of it.
        name.starts_with("objects/tmp") || index_in_memory || audit
    }
}

struct State<'a> {
    judge: &'a Judge<'a>,
    /// When each file or directory was last changed without a sync since.
    unsynced: BTreeMap<PathBuf, usize>,
    /// What has been made: opening one with O_CREAT doesn't change its directory.
    known: BTreeSet<PathBuf>,
    /// Syncs under way, by line, and when they began.
    syncing: BTreeMap<usize, usize>,
    request: Option<String>,
    syncs: Vec<(Vec<usize>, PathBuf)>,
    findings: Findings,
}

impl<'a> State<'a> {
    fn new(judge: &'a Judge<'a>) -> Self {
        Self {
            judge,
            unsynced: BTreeMap::new(),
            known: BTreeSet::new(),
            syncing: BTreeMap::new(),
            request: None,
            syncs: Vec::new(),
            findings: Findings::default(),
        }
    }

    fn take(&mut self, call: &Call, edge: Edge, time: usize) {
        if call.is_on_connection() {
            return self.connection(call, edge);
        }
        match call.name.as_str() {
            "fsync" | "fdatasync" => self.sync(call, edge, time),
            // At both edges: a sync that begins meanwhile can't count on the data.
            "write" | "writev" | "pwrite64" | "pwritev" | "pwritev2" | "ftruncate"
            | "fallocate" | "sendfile" => {
                self.written(call.descriptor(0), time);
            }
            "copy_file_range" | "splice" => self.written(call.descriptor(1), time),
            "rename" | "renameat" | "renameat2" => self.rename(call, edge, time),
            "mkdir" | "mkdirat" | "unlink" | "unlinkat" | "rmdir" | "link" | "linkat"
            | "symlink" => {
                self.entries_changed(call, edge, time);
            }
            "openat" | "open" | "creat" => self.opened(call, edge, time),
            _ => {}
        }
    }

    fn connection(&mut self, call: &Call, edge: Edge) {
        let data = call.data();
        match (call.name.as_str(), edge) {
            ("recvfrom" | "read" | "readv" | "recvmsg", Edge::Returns) if call.succeeded() => {
                let line = data.split("\\r\\n").next().unwrap_or_default();
                if let Some(request) = line.strip_suffix(" HTTP/1.1") {
                    self.request = Some(request.to_owned());
                    self.syncs.clear();
                }
            }
            ("sendto" | "write" | "writev" | "sendmsg", Edge::Begins)
                if data.starts_with("HTTP/1.1 ") =>
            {
                self.answer(call.begins);
            }
            _ => {}
        }
    }

    /// An answer goes out now: all must be on disk.
    fn answer(&mut self, line: usize) {
        let request = self.request.take().unwrap_or_else(|| "nothing".to_owned());
        for path in self.unsynced.keys() {
            if !self.judge.may_be_lost(path) {
                let what = format!(
                    "line {line}: `{request}` is answered before a sync of {}",
                    path.display()
                );
                self.findings.violations.push(what);
            }
        }
        let syncs = std::mem::take(&mut self.syncs);
        self.findings.answered.push(Answered { request, syncs });
    }

    fn sync(&mut self, call: &Call, edge: Edge, time: usize) {
        let path = PathBuf::from(call.descriptor(0).unwrap_or_default());
        match edge {
            Edge::Begins => drop(self.syncing.insert(call.begins, time)),
            Edge::Returns => {
                let began = self.syncing.remove(&call.begins).unwrap_or_default();
                if call.succeeded()
                    && self
                        .unsynced
                        .get(&path)
                        .is_some_and(|changed| *changed < began)
                {
                    self.unsynced.remove(&path);
                }
                let mut lines = vec![call.begins, call.returns];
                lines.dedup();
                self.syncs.push((lines, path));
            }
        }
    }

    fn written(&mut self, path: Option<&str>, time: usize) {
        if let Some(path) = path.filter(|path| path.starts_with('/')) {
            self.changed(PathBuf::from(path), time);
        }
    }

    fn changed(&mut self, path: PathBuf, time: usize) {
        let data = self.judge.data;
        if path.starts_with(data) || Some(&*path) == data.parent() {
            self.unsynced.insert(path, time);
        }
    }

    fn directory_changed(&mut self, path: &Path, time: usize) {
        if let Some(parent) = path.parent().filter(|_| path.starts_with(self.judge.data)) {
            self.changed(parent.to_owned(), time);
        }
    }

    fn entries_changed(&mut self, call: &Call, edge: Edge, time: usize) {
        if edge == Edge::Begins || !call.succeeded() {
            return;
        }
        for path in call.paths() {
            self.directory_changed(&path, time);
            if call.name.starts_with("unlink") || call.name == "rmdir" {
                self.known.remove(&path);
                self.unsynced.remove(&path);
            }
        }
    }

    fn opened(&mut self, call: &Call, edge: Edge, time: usize) {
        if edge == Edge::Begins || !call.arguments.contains("O_CREAT") {
            return;
        }
        if let Some(path) = call.opened()
            && self.known.insert(path.clone())
        {
            self.directory_changed(&path, time);
        }
    }

    /// What gets a new name must be on disk before; the entries that change must be after.
    fn rename(&mut self, call: &Call, edge: Edge, time: usize) {
        let paths = call.paths();
        let [from, to] = paths.as_slice() else {
            return;
        };
        let inside: Vec<PathBuf> = self
            .unsynced
            .keys()
            .filter(|path| path.starts_with(from))
            .cloned()
            .collect();
        if edge == Edge::Begins {
            // What goes to `tmp/` is on its way out.
            for path in inside.iter().filter(|_| !self.judge.may_be_lost(to)) {
                let what = format!(
                    "line {}: {} is renamed before its sync",
                    call.begins,
                    path.display()
                );
                self.findings.violations.push(what);
            }
            return;
        }
        if !call.succeeded() {
            return;
        }
        for path in inside {
            self.unsynced.remove(&path);
        }
        self.known.insert(to.clone());
        self.directory_changed(from, time);
        self.directory_changed(to, time);
    }
}
