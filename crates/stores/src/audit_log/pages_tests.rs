//! The law of pages: put together they are the trail, each record once, whatever is appended or rotated in between.

use std::collections::VecDeque;
use std::path::PathBuf;

use anyrole_domain::activity::TrailOutcome;

use super::*;

/// A trail in the making, with what is to be found in it.
struct Making {
    folder: tempfile::TempDir,
    path: PathBuf,
    /// Ids, the oldest first.
    ids: Vec<u64>,
    seed: u64,
}

impl Making {
    fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        Self {
            folder,
            path,
            ids: Vec::new(),
            seed,
        }
    }

    /// Below `most`; a linear congruence is chance enough here.
    fn chance(&mut self, most: u64) -> u64 {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) % most
    }

    fn append(&mut self, text: &str) {
        use std::io::Write as _;
        let mut file = File::options()
            .append(true)
            .create(true)
            .open(&self.path)
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn records(&mut self, count: u64) {
        for _ in 0..count {
            let id = self.ids.len() as u64;
            let filling = usize::try_from(self.chance(3000)).unwrap();
            self.append(&line(id, filling));
            self.ids.push(id);
        }
    }

    /// As logrotate does it: by another name, or by a copy.
    fn rotate(&mut self, copy: bool) {
        let name = |number: u32| self.folder.path().join(format!("audit.jsonl.{number}"));
        for number in (1..8).rev() {
            if name(number).exists() {
                std::fs::rename(name(number), name(number + 1)).unwrap();
            }
        }
        if !self.path.exists() {
            return;
        }
        if copy {
            std::fs::copy(&self.path, name(1)).unwrap();
            File::options()
                .write(true)
                .open(&self.path)
                .unwrap()
                .set_len(0)
                .unwrap();
        } else {
            std::fs::rename(&self.path, name(1)).unwrap();
        }
    }

    fn page(&self, place: TrailPlace, filter: &TrailFilter, limit: usize, bytes: u64) -> TrailPage {
        let query = TrailQuery {
            place,
            filter: filter.clone(),
            limit,
        };
        page_within(&self.path, &query, bytes).unwrap()
    }
}

fn line(id: u64, filling: usize) -> String {
    let outcome = if id.is_multiple_of(5) {
        "refused"
    } else {
        "granted"
    };
    let time = jiff::Timestamp::from_second(1_790_000_000 + i64::try_from(id).unwrap()).unwrap();
    let filling = "x".repeat(filling);
    format!(
        "{{\"time\":\"{time}\",\"request_id\":\"00000000-0000-4000-8000-{id:012}\",\"event\":\"s3:GetObject\",\"outcome\":\"{outcome}\",\"reason\":\"ok\",\"detail\":\"{filling}\"}}\n"
    )
}

fn ids(page: &TrailPage) -> Vec<u64> {
    let id = |record: &TrailRecord| {
        let record: serde_json::Value = serde_json::from_str(&record.line).unwrap();
        let id = record["request_id"].as_str().unwrap();
        id.rsplit_once('-').unwrap().1.parse().unwrap()
    };
    page.records.iter().map(id).collect()
}

#[test]
fn pages_put_together_are_the_trail_whatever_is_appended_or_rotated_between() {
    for seed in 0..60 {
        let mut making = Making::new(seed);
        let count = making.chance(120);
        making.records(count);
        if seed % 3 == 0 {
            making.rotate(seed % 2 == 0);
            let more = making.chance(60);
            making.records(more);
        }
        let filter = TrailFilter {
            outcome: (seed % 4 == 0).then_some(TrailOutcome::Refused),
            ..TrailFilter::default()
        };
        let wanted = |id: &u64| filter.outcome.is_none() || id.is_multiple_of(5);
        let at_first: Vec<u64> = making.ids.iter().rev().copied().filter(wanted).collect();
        let limit = usize::try_from(1 + making.chance(20)).unwrap();
        let bytes = 8 * 1024 + making.chance(600 * 1024);
        let mut page = making.page(TrailPlace::Newest, &filter, limit, bytes);
        let mut newest = page.newest.clone();
        let mut backwards = ids(&page);
        let mut seen_live = VecDeque::new();
        while let Some(older) = page.older.clone() {
            let more = making.chance(5);
            making.records(more);
            if making.chance(12) == 0 {
                let copy = making.chance(2) == 0;
                making.rotate(copy);
            }
            // What is new is seen, too, once each.
            let live = making.page(TrailPlace::Since(newest), &filter, 1000, u64::MAX);
            assert!(!live.lost, "seed {seed}");
            for id in ids(&live).into_iter().rev() {
                seen_live.push_back(id);
            }
            newest = live.newest;
            page = making.page(TrailPlace::Before(older), &filter, limit, bytes);
            assert!(!page.lost && page.records.len() <= limit, "seed {seed}");
            backwards.extend(ids(&page));
        }
        assert_eq!(backwards, at_first, "seed {seed}");
        let later: Vec<u64> = making.ids.iter().copied().filter(wanted).collect();
        let (_, later) = later.split_at(at_first.len());
        assert_eq!(Vec::from(seen_live), later, "seed {seed}");
    }
}

#[test]
fn a_record_is_what_its_own_cursor_begins_with() {
    let mut making = Making::new(7);
    making.records(40);
    making.rotate(true);
    making.records(3);
    let all = making.page(TrailPlace::Newest, &TrailFilter::default(), 100, MOST_BYTES);
    assert_eq!(all.records.len(), 43);
    for record in &all.records {
        let place = TrailPlace::Before(record.after.clone());
        let again = making.page(place, &TrailFilter::default(), 1, MOST_BYTES);
        assert_eq!(again.records.first(), Some(record));
    }
    assert_eq!(all.older, None);
}

#[test]
fn half_lines_and_what_is_no_record_are_passed_over() {
    let mut making = Making::new(1);
    making.records(2);
    making.append("{\"time\":\"2026\n\n\u{0}\n");
    making.records(1);
    let torn = line(99, 10);
    let (first, rest) = torn.split_at(torn.len() - 20);
    making.append(first);
    let page = making.page(TrailPlace::Newest, &TrailFilter::default(), 10, MOST_BYTES);
    assert_eq!(ids(&page), [2, 1, 0]);
    // The half line is ended: as it was meant to be, and it is new; or on a line of its own.
    making.append(rest);
    let live = making.page(
        TrailPlace::Since(page.newest),
        &TrailFilter::default(),
        10,
        MOST_BYTES,
    );
    assert_eq!(ids(&live), [99]);
}

#[test]
fn a_page_looks_no_further_back_than_its_bound_and_says_so() {
    let mut making = Making::new(3);
    making.append(&line(5, 100));
    for id in 0..500 {
        making.append(&line(id * 5 + 1, 1000));
    }
    let refused = TrailFilter {
        outcome: Some(TrailOutcome::Refused),
        ..TrailFilter::default()
    };
    let mut page = making.page(TrailPlace::Newest, &refused, 10, 64 * 1024);
    let mut pages = 1;
    let mut reached = jiff::Timestamp::MAX;
    while page.records.is_empty() {
        assert!(page.cut_short);
        let looked_back_to = page.looked_back_to.unwrap();
        assert!(looked_back_to < reached);
        reached = looked_back_to;
        let place = TrailPlace::Before(page.older.clone().unwrap());
        page = making.page(place, &refused, 10, 64 * 1024);
        pages += 1;
    }
    assert_eq!(ids(&page), [5]);
    assert!(!page.cut_short && page.older.is_none());
    assert!(pages > 8, "{pages}");
}

#[test]
fn places_that_are_not_there_are_said_to_be_lost() {
    let mut making = Making::new(1);
    let all = TrailFilter::default();
    let empty = making.page(TrailPlace::Newest, &all, 10, MOST_BYTES);
    assert!(empty.records.is_empty() && empty.older.is_none() && !empty.lost);
    making.records(3);
    let since = making.page(
        TrailPlace::Since(empty.newest.clone()),
        &all,
        10,
        MOST_BYTES,
    );
    assert_eq!(ids(&since), [2, 1, 0]);
    let before = making.page(TrailPlace::Before(empty.newest), &all, 10, MOST_BYTES);
    assert!(before.records.is_empty() && !before.lost);
    let known_by = since.newest.as_str().split_once('-').unwrap().0.to_owned();
    for text in [
        "",
        "-",
        "0000000000000000-1",
        "x",
        &format!("{known_by}--1"),
        &format!("{known_by}-99999999"),
        &format!("{known_by}-99999999999999999999999"),
    ] {
        let cursor = TrailCursor::new(text);
        for place in [
            TrailPlace::Before(cursor.clone()),
            TrailPlace::Since(cursor),
        ] {
            assert!(making.page(place, &all, 10, MOST_BYTES).lost, "{text}");
        }
    }
    // Between no two records: nothing of half a record is shown.
    let inside = TrailPlace::Before(TrailCursor::new(format!("{known_by}-150")));
    assert!(making.page(inside, &all, 10, MOST_BYTES).records.is_empty());
}

/// A million records, 1 GB: `cargo test -p anyrole-stores --release --lib million -- --ignored --nocapture`.
#[test]
#[ignore = "a measure: it writes 800 MB"]
fn a_million_records() {
    let folder = tempfile::tempdir_in(std::env::current_dir().unwrap()).unwrap();
    let path = folder.path().join("audit.jsonl");
    let mut file = io::BufWriter::new(File::create(&path).unwrap());
    for id in 0..1_000_000 {
        io::Write::write_all(&mut file, line(id, 600).as_bytes()).unwrap();
    }
    io::Write::flush(&mut file).unwrap();
    let measure = |name: &str, place: TrailPlace, filter: TrailFilter| {
        let query = TrailQuery {
            place,
            filter,
            limit: 50,
        };
        let mut times: Vec<_> = (0..9)
            .map(|_| {
                let begun = std::time::Instant::now();
                let page = page(&path, &query).unwrap();
                (begun.elapsed(), page.records.len(), page.older)
            })
            .collect();
        times.sort_by_key(|(time, ..)| *time);
        let (time, found, older) = times.swap_remove(4);
        eprintln!("{name}: {found} records in {time:?}");
        older
    };
    let refused = TrailFilter {
        outcome: Some(TrailOutcome::Refused),
        ..TrailFilter::default()
    };
    let never = TrailFilter {
        certificate: Some("0123456789abcdef".to_owned()),
        ..TrailFilter::default()
    };
    measure("newest", TrailPlace::Newest, TrailFilter::default());
    measure("refused", TrailPlace::Newest, refused);
    let older = measure(
        "a certificate that is nowhere",
        TrailPlace::Newest,
        never.clone(),
    );
    measure("and further", TrailPlace::Before(older.unwrap()), never);
}
