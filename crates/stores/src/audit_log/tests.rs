//! The trail under concurrency, failing files and callers that leave.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyrole_domain::ports::AuditTrail as _;
use anyrole_domain::{AuditRecord, Origin};
use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::Value;

use super::file::LogFile;
use super::{JsonLines, MAX_WAITING_BYTES};

fn origin(request_id: &str) -> Origin {
    Origin {
        request_id: request_id.into(),
        now: Timestamp::from_second(1_700_000_000).unwrap(),
        source_ip: None,
        user_agent: Some("line\nbreak \"quoted\"".into()),
        secure_transport: true,
    }
}

async fn append(trail: &JsonLines, request_id: &str) -> Result<(), String> {
    let origin = origin(request_id);
    let record = AuditRecord::new("sts:GetCallerIdentity", &origin);
    trail
        .append(&record)
        .await
        .map_err(|error| error.to_string())
}

fn request_ids(content: &[u8]) -> Vec<String> {
    assert!(content.ends_with(b"\n") || content.is_empty());
    std::str::from_utf8(content)
        .unwrap()
        .lines()
        .map(|line| {
            let record: Value =
                serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
            record["request_id"].as_str().unwrap().to_owned()
        })
        .collect()
}

fn read(path: &Path) -> Vec<String> {
    request_ids(&std::fs::read(path).unwrap())
}

/// 16 tasks on 4 threads, 1000 records each.
async fn concurrently(sync: bool, records: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let trail = Arc::new(JsonLines::open(&path, sync).unwrap());
    let tasks: Vec<_> = (0..16)
        .map(|task| {
            let trail = trail.clone();
            let path = path.clone();
            tokio::spawn(async move {
                for record in 0..records {
                    let id = format!("{task}-{record}");
                    append(&trail, &id).await.unwrap();
                    if record % 100 == 0 {
                        let kept = std::fs::read_to_string(&path).unwrap();
                        assert!(
                            kept.contains(&format!("\"{id}\"")),
                            "{id} was answered early"
                        );
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let ids = read(&path);
    assert_eq!(ids.len(), 16 * records);
    let unique: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(unique.len(), 16 * records);
    for task in 0..16 {
        let prefix = format!("{task}-");
        let own: Vec<&String> = ids.iter().filter(|id| id.starts_with(&prefix)).collect();
        let in_order: Vec<String> = (0..records).map(|n| format!("{task}-{n}")).collect();
        assert!(
            own.iter().copied().eq(in_order.iter()),
            "task {task} is out of order"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tasks_lose_nothing() {
    concurrently(false, 1000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tasks_lose_nothing_when_synced() {
    concurrently(true, 100).await;
}

#[tokio::test]
async fn a_record_is_in_the_file_when_it_is_answered() {
    for sync in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let trail = JsonLines::open(&path, sync).unwrap();
        append(&trail, "first").await.unwrap();
        assert_eq!(read(&path), ["first"]);
        drop(trail);
        let trail = JsonLines::open(&path, sync).unwrap();
        append(&trail, "second").await.unwrap();
        assert_eq!(read(&path), ["first", "second"]);
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn half_a_line_is_ended_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    std::fs::write(&path, "{\"request_id\":\"whole\"}\n{\"request_").unwrap();
    let trail = JsonLines::open(&path, false).unwrap();
    append(&trail, "next").await.unwrap();
    let content = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = content.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1], "{\"request_");
    assert!(lines[2].contains("\"next\""));
}

#[tokio::test]
async fn a_full_device_is_an_error() {
    let trail = JsonLines::of_file(
        Box::new(
            std::fs::OpenOptions::new()
                .append(true)
                .open("/dev/full")
                .unwrap(),
        ),
        Path::new(""),
        false,
    );
    for _ in 0..2 {
        let error = append(&trail, "lost").await.unwrap_err();
        assert!(error.contains("os error 28"), "{error}");
    }
}

#[tokio::test]
async fn a_record_beyond_the_bound_is_refused_and_forgets_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let trail = JsonLines::open(&path, false).unwrap();
    let error = append(&trail, &"x".repeat(MAX_WAITING_BYTES))
        .await
        .unwrap_err();
    assert!(error.contains("too many records wait"), "{error}");
    append(&trail, "next").await.unwrap();
    assert_eq!(read(&path), ["next"]);
}

/// What a test tells its file to do, one step for each call of `append`.
#[derive(Clone, Copy)]
enum Step {
    All,
    Half,
    Interrupted,
    Fail,
    Slow,
}

struct Scripted {
    content: Arc<Mutex<Vec<u8>>>,
    steps: Vec<Step>,
    next: usize,
    can_truncate: bool,
    writes: Arc<AtomicUsize>,
}

impl Scripted {
    fn new(steps: &[Step], can_truncate: bool) -> (Self, Arc<Mutex<Vec<u8>>>, Arc<AtomicUsize>) {
        let content = Arc::new(Mutex::new(Vec::new()));
        let writes = Arc::new(AtomicUsize::new(0));
        let file = Self {
            content: content.clone(),
            steps: steps.to_vec(),
            next: 0,
            can_truncate,
            writes: writes.clone(),
        };
        (file, content, writes)
    }
}

impl LogFile for Scripted {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let step = self.steps.get(self.next).copied().unwrap_or(Step::All);
        self.next += 1;
        self.writes.fetch_add(1, Ordering::SeqCst);
        let taken = match step {
            Step::All => bytes.len(),
            Step::Half => bytes.len() / 2,
            Step::Interrupted => return Err(io::ErrorKind::Interrupted.into()),
            Step::Fail => return Err(io::Error::other("broken")),
            Step::Slow => {
                std::thread::sleep(Duration::from_millis(300));
                bytes.len()
            }
        };
        self.content.lock().extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.content.lock().len() as u64)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        if !self.can_truncate {
            return Err(io::Error::other("append only"));
        }
        self.content
            .lock()
            .truncate(usize::try_from(length).unwrap());
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn what_was_half_written_is_cut_off() {
    let steps = [
        Step::All,
        Step::Half,
        Step::Fail,
        Step::Interrupted,
        Step::All,
    ];
    let (file, content, _) = Scripted::new(&steps, true);
    let trail = JsonLines::of_file(Box::new(file), Path::new(""), false);
    append(&trail, "kept").await.unwrap();
    let error = append(&trail, "half").await.unwrap_err();
    assert!(error.contains("bytes could be written"), "{error}");
    append(&trail, "failed").await.unwrap_err();
    append(&trail, "after").await.unwrap();
    assert_eq!(request_ids(&content.lock()), ["kept", "after"]);
}

#[tokio::test]
async fn what_cannot_be_cut_off_stays_on_a_line_of_its_own() {
    let steps = [Step::Half, Step::Fail, Step::All];
    let (file, content, _) = Scripted::new(&steps, false);
    let trail = JsonLines::of_file(Box::new(file), Path::new(""), false);
    append(&trail, "half").await.unwrap_err();
    append(&trail, "failed").await.unwrap_err();
    append(&trail, "after").await.unwrap();
    let content = content.lock();
    let text = std::str::from_utf8(&content).unwrap();
    let (half, whole) = text.split_once('\n').unwrap();
    assert!(half.starts_with("{\"time\""));
    assert_eq!(request_ids(whole.as_bytes()), ["after"]);
}

/// While one write lasts, the records that come wait, and are then written at once; a failure is everybody's.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn records_that_wait_are_one_group() {
    for (second, succeed) in [(Step::All, true), (Step::Fail, false), (Step::Half, false)] {
        let (file, content, writes) = Scripted::new(&[Step::Slow, second], true);
        let trail = Arc::new(JsonLines::of_file(Box::new(file), Path::new(""), false));
        let spawn = |id: String| {
            let trail = trail.clone();
            tokio::spawn(async move { append(&trail, &id).await })
        };
        let first = spawn("first".to_owned());
        tokio::time::sleep(Duration::from_millis(50)).await;
        let waiting: Vec<_> = (0..8).map(|n| spawn(n.to_string())).collect();
        tokio::time::sleep(Duration::from_millis(100)).await;
        // One goes away; its record is written all the same.
        waiting[3].abort();
        first.await.unwrap().unwrap();
        for (n, task) in waiting.into_iter().enumerate() {
            match task.await {
                Ok(outcome) => assert_eq!(outcome.is_ok(), succeed, "{n}"),
                Err(error) => assert!(error.is_cancelled()),
            }
        }
        assert_eq!(writes.load(Ordering::SeqCst), 2);
        assert_eq!(
            request_ids(&content.lock()).len(),
            if succeed { 9 } else { 1 }
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_of_those_who_left_are_written_at_the_end() {
    let (file, content, _) = Scripted::new(&[Step::Slow], true);
    let trail = Arc::new(JsonLines::of_file(Box::new(file), Path::new(""), false));
    let first = tokio::spawn({
        let trail = trail.clone();
        async move { append(&trail, "first").await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let left = tokio::spawn({
        let trail = trail.clone();
        async move { append(&trail, "left").await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    left.abort();
    assert!(left.await.unwrap_err().is_cancelled());
    first.await.unwrap().unwrap();
    drop(trail);
    assert_eq!(request_ids(&content.lock()), ["first", "left"]);
}
