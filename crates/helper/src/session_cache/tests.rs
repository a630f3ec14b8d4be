//! What is kept, what is not handed out, and who may have written it.

use std::cell::Cell;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use tempfile::TempDir;
use zeroize::Zeroizing;

use super::*;

/// A clock that a test sets.
struct Clock(Cell<Timestamp>);

impl Clock {
    fn at(time: &str) -> Self {
        Self(Cell::new(time.parse().unwrap()))
    }

    fn set(&self, time: &str) {
        self.0.set(time.parse().unwrap());
    }
}

impl Surroundings for Clock {
    fn now(&self) -> Timestamp {
        self.0.get()
    }

    fn random(&self) -> [u8; 16] {
        [7; 16]
    }

    fn sleep(&self, _: Duration) {}
}

fn credentials(name: &str, expiration: &str) -> Credentials {
    Credentials {
        access_key_id: name.to_owned(),
        secret_access_key: Zeroizing::new("secret".to_owned()),
        session_token: Zeroizing::new("token".to_owned()),
        expiration: expiration.to_owned(),
    }
}

struct Stage {
    folder: TempDir,
    cache: SessionCache,
    key: SessionKey,
    made: Cell<u32>,
}

impl Stage {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let cache = SessionCache::open(&[folder.path().join("anyrole")]).unwrap();
        Self {
            folder,
            cache,
            key: SessionKey::of(&[b"a", b"b"]),
            made: Cell::new(0),
        }
    }

    /// The number of the session that is handed out: a new one ends at `expiration`.
    fn get(&self, clock: &Clock, expiration: &str) -> String {
        let create = || {
            self.made.set(self.made.get() + 1);
            Ok::<_, ()>(credentials(&self.made.get().to_string(), expiration))
        };
        let got = self
            .cache
            .get_or_create(&self.key, clock, create, || true)
            .unwrap();
        assert_eq!(
            (&**got.secret_access_key, &**got.session_token),
            ("secret", "token")
        );
        got.access_key_id
    }

    fn file(&self) -> PathBuf {
        self.folder
            .path()
            .join("anyrole")
            .join(session_file(&self.key))
    }
}

#[test]
fn sessions_are_handed_out_until_they_are_about_to_end() {
    // When it was asked for, when it ends, when it is asked for again, whether it is handed out again.
    let rows = [
        ("08:00:00", "09:00:00", "08:00:00", true),
        ("08:00:00", "09:00:00", "08:44:59", true),
        ("08:00:00", "09:00:00", "08:45:00", false),
        ("08:00:00", "09:00:00", "09:00:01", false),
        ("08:00:00", "09:00:00", "23:00:00", false),
        // A short one for half of its life.
        ("08:00:00", "08:15:00", "08:07:29", true),
        ("08:00:00", "08:15:00", "08:07:30", false),
        // A clock that went back knows nothing of what is left.
        ("08:00:00", "09:00:00", "07:59:59", false),
        ("08:00:00", "20:00:00", "19:00:00", true),
        // More than any service grants.
        ("08:00:00", "21:00:00", "08:00:00", false),
        ("08:00:00", "07:00:00", "08:00:00", false),
    ];
    for row in rows {
        let (asked, end, again, is_kept) = row;
        let stage = Stage::new();
        let of = |time: &str| format!("2026-11-20T{time}Z");
        let clock = Clock::at(&of(asked));
        assert_eq!(stage.get(&clock, &of(end)), "1");
        clock.set(&of(again));
        let expected = if is_kept { "1" } else { "2" };
        assert_eq!(stage.get(&clock, &of(end)), expected, "{row:?}");
    }
    let stage = Stage::new();
    let clock = Clock::at("2026-11-20T08:00:00Z");
    stage.get(&clock, "soon");
    assert_eq!(stage.get(&clock, "soon"), "2");
}

#[test]
fn what_is_not_whole_or_not_ours_alone_is_no_session() {
    let end = "2026-11-20T09:00:00Z";
    let clock = Clock::at("2026-11-20T08:00:00Z");
    type Change<'a> = &'a dyn Fn(&Stage, &Path);
    let rows: [(&str, Change<'_>); 9] = [
        ("empty", &|_, file| fs::write(file, "").unwrap()),
        ("cut", &|_, file| {
            let content = fs::read(file).unwrap();
            fs::write(file, content.get(..content.len() - 1).unwrap()).unwrap();
        }),
        ("another access key", &|_, file| {
            let content = fs::read_to_string(file).unwrap();
            fs::write(file, content.replace("secret\"", "secreT\"")).unwrap();
        }),
        ("another end", &|_, file| {
            let content = fs::read_to_string(file).unwrap();
            fs::write(file, content.replace("09:00", "19:00")).unwrap();
        }),
        ("of another key", &|stage, file| {
            let other = SessionKey::of(&[b"ab", b""]);
            let content = Entry::render(&other.0, clock.now(), &credentials("x", end)).unwrap();
            assert_ne!(other, stage.key);
            fs::write(file, content).unwrap();
        }),
        ("others may read it", &|_, file| {
            fs::set_permissions(file, Permissions::from_mode(0o640)).unwrap();
        }),
        ("a link", &|_, file| {
            let elsewhere = file.with_extension("elsewhere");
            fs::rename(file, &elsewhere).unwrap();
            symlink(elsewhere, file).unwrap();
        }),
        ("a second name", &|_, file| {
            fs::hard_link(file, file.with_extension("second")).unwrap();
        }),
        ("too long", &|_, file| {
            fs::write(file, vec![b'x'; 70_000]).unwrap()
        }),
    ];
    for (name, change) in rows {
        let stage = Stage::new();
        stage.get(&clock, end);
        assert_eq!(stage.get(&clock, end), "1");
        change(&stage, &stage.file());
        assert_eq!(stage.get(&clock, end), "2", "{name}");
        // And what it was replaced by is one.
        assert_eq!(stage.get(&clock, end), "2", "{name}");
        let metadata = fs::symlink_metadata(stage.file()).unwrap();
        assert_eq!(metadata.mode() & 0o777, 0o600, "{name}");
        assert!(metadata.is_file(), "{name}");
    }
}

#[test]
fn a_folder_that_others_may_enter_or_that_is_a_link_is_passed_by() {
    let place = TempDir::new().unwrap();
    let open = place.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, Permissions::from_mode(0o755)).unwrap();
    let own = place.path().join("own");
    SessionCache::open(std::slice::from_ref(&own)).unwrap();
    assert_eq!(fs::metadata(&own).unwrap().mode() & 0o777, 0o700);
    let link = place.path().join("link");
    symlink(&own, &link).unwrap();
    let nowhere = place.path().join("none/below");
    let file = place.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [&open, &link, &nowhere, &file] {
        let refused = SessionCache::open(std::slice::from_ref(path)).unwrap_err();
        assert!(
            refused.to_string().contains(path.to_str().unwrap()),
            "{refused}"
        );
        SessionCache::open(&[path.clone(), own.clone()]).unwrap();
    }
    assert!(SessionCache::open(&[]).is_err());
}

#[test]
fn folders_are_looked_for_in_order() {
    let user = rustix::process::geteuid().as_raw();
    let temporary = Path::new("/tmp");
    let shown = |runtime: Option<&str>| {
        let folders = cache_folders(runtime.map(OsString::from), temporary);
        folders
            .iter()
            .map(|path| path.display().to_string())
            .collect::<Vec<_>>()
    };
    let usual = [
        format!("/run/user/{user}/anyrole"),
        format!("/tmp/anyrole-{user}"),
    ];
    assert_eq!(shown(None), usual);
    // The specification: what isn't absolute doesn't count.
    assert_eq!(shown(Some("run")), usual);
    assert_eq!(shown(Some("")), usual);
    assert_eq!(
        shown(Some("/r")).first().map(String::as_str),
        Some("/r/anyrole")
    );
}

#[test]
fn a_holder_that_never_ends_is_not_waited_for_without_end() {
    let stage = Stage::new();
    let clock = Clock::at("2026-11-20T08:00:00Z");
    let held = stage
        .cache
        .folder
        .open_lock(&format!("{}.lock", stage.key.0))
        .unwrap();
    held.lock().unwrap();
    assert_eq!(stage.get(&clock, "2026-11-20T09:00:00Z"), "1");
    // What it got is there for the others.
    assert_eq!(stage.get(&clock, "2026-11-20T09:00:00Z"), "1");
}

#[test]
fn a_failure_is_the_callers_and_nothing_is_kept() {
    let stage = Stage::new();
    let clock = Clock::at("2026-11-20T08:00:00Z");
    let failed = stage
        .cache
        .get_or_create(&stage.key, &clock, || Err("no"), || true);
    assert_eq!(failed.unwrap_err(), "no");
    assert!(!stage.file().exists());
    assert_eq!(stage.get(&clock, "2026-11-20T09:00:00Z"), "1");
}

#[test]
fn old_sessions_are_swept_away_and_nothing_else() {
    let stage = Stage::new();
    let folder = stage.folder.path().join("anyrole");
    let old = ["old.session", "old.lock", "old.tmp", "other"].map(|name| folder.join(name));
    for path in &old {
        fs::write(path, "").unwrap();
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
    }
    stage.get(&Clock::at("2026-11-20T08:00:00Z"), "2026-11-20T09:00:00Z");
    let left: Vec<bool> = old.iter().map(|path| path.exists()).collect();
    assert_eq!(left, [false, false, false, true]);
}

#[test]
fn nothing_is_kept_where_it_may_not_be() {
    let stage = Stage::new();
    let clock = Clock::at("2026-11-22T08:00:00Z");
    for _ in 0..2 {
        let create = || Ok::<_, ()>(credentials("1", "2026-11-22T09:00:00Z"));
        let cache = &stage.cache;
        cache
            .get_or_create(&stage.key, &clock, create, || false)
            .unwrap();
        assert!(!stage.file().exists());
    }
}
