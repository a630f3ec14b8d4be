//! What strace wrote (`-f -yy`), call by call: when it began, when it returned, which files it was about.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One end of a system call; a call that nothing came between is both at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    Begins,
    Returns,
}

/// A system call as one line or two of the trace.
#[derive(Debug)]
pub struct Call {
    pub name: String,
    pub arguments: String,
    /// What follows ` = `; empty while the call is under way.
    pub result: String,
    /// The numbers of its lines.
    pub begins: usize,
    pub returns: usize,
}

impl Call {
    pub fn succeeded(&self) -> bool {
        !self.result.starts_with('-') && !self.result.is_empty()
    }

    /// The path or the socket of the `n`th file descriptor: `12</a/b>` or `9<TCP:[…]>`.
    pub fn descriptor(&self, n: usize) -> Option<&str> {
        self.arguments.split('<').nth(n + 1)?.split('>').next()
    }

    /// Whether its first descriptor is a connection.
    pub fn is_on_connection(&self) -> bool {
        self.descriptor(0)
            .is_some_and(|socket| socket.starts_with("TCP:["))
    }

    /// The text in the first pair of quotation marks: data that was sent or received.
    pub fn data(&self) -> &str {
        self.arguments.split('"').nth(1).unwrap_or_default()
    }

    /// The paths that are named by strings, each relative to the folder before it.
    pub fn paths(&self) -> Vec<PathBuf> {
        let parts: Vec<&str> = self.arguments.split('"').collect();
        let named = parts.chunks(2).filter(|pair| pair.len() == 2);
        named
            .map(|pair| {
                let folder = pair[0]
                    .rsplit_once('<')
                    .and_then(|(_, rest)| rest.split('>').next());
                Path::new(folder.unwrap_or_default()).join(pair[1])
            })
            .collect()
    }

    /// The path of the file that an `openat` gave.
    pub fn opened(&self) -> Option<PathBuf> {
        let (_, path) = self.result.split_once('<')?;
        Some(PathBuf::from(path.split('>').next()?))
    }
}

/// The calls of a trace and the order of their edges, as line, index of the call, edge.
pub struct Trace {
    pub calls: Vec<Call>,
    pub edges: Vec<(usize, Edge)>,
}

impl Trace {
    pub fn parse(text: &str) -> Self {
        let mut trace = Self {
            calls: Vec::new(),
            edges: Vec::new(),
        };
        let mut under_way: BTreeMap<&str, usize> = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let Some((thread, rest)) = line.split_once(' ') else {
                continue;
            };
            let rest = rest.trim_start();
            if let Some(resumed) = rest.strip_prefix("<... ") {
                // Without its beginning where that was taken out of a doctored trace.
                if let (Some(index), Some((_, end))) =
                    (under_way.remove(thread), resumed.split_once(" resumed>"))
                {
                    trace.finish(index, end, number);
                }
            } else if let Some((name, arguments)) = rest.split_once('(') {
                let index = trace.calls.len();
                let unfinished = arguments.strip_suffix(" <unfinished ...>");
                trace.calls.push(Call {
                    name: name.to_owned(),
                    arguments: unfinished.unwrap_or_default().to_owned(),
                    result: String::new(),
                    begins: number,
                    returns: number,
                });
                trace.edges.push((index, Edge::Begins));
                match unfinished {
                    Some(_) => drop(under_way.insert(thread, index)),
                    None => trace.finish(index, arguments, number),
                }
            }
        }
        trace
    }

    fn finish(&mut self, index: usize, end: &str, number: usize) {
        let call = &mut self.calls[index];
        let (arguments, result) = end.rsplit_once(" = ").unwrap_or((end, "?"));
        call.arguments
            .push_str(arguments.trim_end().trim_end_matches(')'));
        call.result = result.to_owned();
        call.returns = number;
        self.edges.push((index, Edge::Returns));
    }
}
