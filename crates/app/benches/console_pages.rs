//! The pages of the console where much is stored: 10,000 rows of each kind, 100 private authorities, a trail of 1,000,000 audit records.
//! `cargo bench -p anyrole --bench console_pages`; what the columns mean stands in docs/performance.md.

#![expect(
    clippy::print_stdout,
    reason = "its table is what a benchmark is run for"
)]

mod parts;

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use anyrole_domain::ports::Clock as _;
use anyrole_testkit::{Program, TestServer};

use parts::figures::Series;
use parts::filled::{Filled, fill};
use parts::http::Connection;
use parts::number_after;
use parts::site;

/// Rows of each kind; `-- --rows N` takes another number.
const ROWS: usize = 10_000;
/// Audit records; `-- --records N` takes another number.
const RECORDS: usize = 1_000_000;
/// Requests of each page.
const ROUNDS: usize = 40;
/// What a page may take, in milliseconds by the median, and how large it may be.
const MOST_MILLIS: f64 = 20.0;
const MOST_BYTES: usize = 100_000;
/// Every so manieth record is of a refusal.
const REFUSED: usize = 100;

/// Pages whose paths say all.
const PAGES: [&str; 20] = [
    "",
    "activity",
    "activity?outcome=refused",
    "activity?role=nobody-has-this-one",
    "trust-anchors",
    "trust-anchors/create",
    "profiles",
    "profiles/create",
    "crls",
    "crls/import",
    "subjects",
    "roles",
    "roles/~new",
    "policies",
    "policies/new",
    "simulate",
    "authorities",
    "certificates",
    "join-tokens",
    "connect",
];
/// Lists of which the second page is looked at, too.
const LISTS: [&str; 7] = [
    "activity",
    "trust-anchors",
    "profiles",
    "subjects",
    "roles",
    "policies",
    "join-tokens",
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let (rows, records) = (
        number_after("--rows", ROWS)?,
        number_after("--records", RECORDS)?,
    );
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    // The server makes the account, and the key of root that signs in.
    let mut server = TestServer::builder(env!("CARGO_BIN_EXE_anyrole"))
        .data(&data)
        .start()?;
    server.sigterm()?;
    let filled = fill(&site::open(&data).await?, &data, rows).await?;
    write_trail(&data.join("audit.jsonl"), records)?;
    server.restart()?;
    let cookie = sign_in(&server, folder.path())?;
    println!(
        "{rows} rows of each kind, 100 private authorities, {records} audit records; ms, min / median of {ROUNDS}; \
         to pass, the median is to be at most {MOST_MILLIS} ms, and the page at most {MOST_BYTES} bytes\n"
    );
    println!("| page | ms | bytes | |");
    println!("|--|--|--|--|");
    let mut visitor = Visitor {
        connection: Connection::open(server.address())?,
        head: format!(
            "Host: {0}\r\nOrigin: http://{0}\r\nCookie: {cookie}\r\n",
            server.address()
        ),
        over: 0,
    };
    visitor.look_at_all(&filled, records.saturating_sub(REFUSED))?;
    println!("\n{} pages are over", visitor.over);
    Ok(())
}

/// Root, signed in.
struct Visitor {
    connection: Connection,
    /// Headers of each request.
    head: String,
    /// How many pages don't pass.
    over: usize,
}

impl Visitor {
    fn look_at_all(&mut self, filled: &Filled, refused: usize) -> Result<()> {
        for page in PAGES {
            self.measure(page, page)?;
        }
        let of_authority = format!("certificates?authority={}", filled.authority_id);
        for list in LISTS.into_iter().chain([of_authority.as_str()]) {
            let next = self.next_page(list)?;
            let name = list.split('?').next().unwrap_or(list);
            self.measure(&format!("{name}, its second page"), &next)?;
        }
        let Filled {
            anchor_id,
            profile_id,
            role_name,
            ..
        } = filled;
        for (name, page) in [
            ("a refusal", format!("activity/{}", record_id(refused))),
            ("a trust anchor", format!("trust-anchors/{anchor_id}")),
            ("a profile", format!("profiles/{profile_id}")),
            ("its form", format!("profiles/{profile_id}/edit")),
            ("what connects by it", format!("connect/{profile_id}")),
            ("a subject", format!("subjects/{}", filled.subject_id)),
            ("a role", format!("roles/{role_name}")),
            ("its trust policy", format!("roles/{role_name}/trust")),
            (
                "a policy",
                format!("policies/{}", encoded(&filled.policy_arn)),
            ),
            (
                "an authority",
                format!("authorities/{}", filled.authority_id),
            ),
            ("its certificates", of_authority.clone()),
            (
                "a certificate",
                format!("certificates/{}/{}", filled.authority_id, filled.serial),
            ),
        ] {
            self.measure(name, &page)?;
        }
        for part in ["app", "99", "nobody-has-this-one"] {
            self.measure_search(part)?;
        }
        Ok(())
    }

    fn request(&self, page: &str, form: Option<&str>) -> String {
        let head = &self.head;
        match form {
            None => format!("GET /-/console/{page} HTTP/1.1\r\n{head}\r\n"),
            Some(form) => format!(
                "POST /-/console/{page} HTTP/1.1\r\n{head}Content-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: {}\r\n\r\n{form}",
                form.len()
            ),
        }
    }

    fn measure(&mut self, name: &str, page: &str) -> Result<()> {
        let request = self.request(page, None);
        let (mut times, mut bytes) = (Series::default(), 0);
        for _ in 0..ROUNDS {
            bytes = self.exchange(page, &request, &mut times)?.len();
        }
        self.print_row(name, &times, bytes);
        Ok(())
    }

    /// The form of a new profile, as a search for roles shows it again.
    fn measure_search(&mut self, part: &str) -> Result<()> {
        let page = "profiles/create";
        let mut token = form_token(self.shown(page)?)?;
        let (mut times, mut bytes) = (Series::default(), 0);
        for _ in 0..ROUNDS {
            // A token is good once; the form that comes back has the next one.
            let form = format!("form-token={token}&search={part}&find=yes");
            let request = self.request(page, Some(&form));
            let shown = self.exchange(page, &request, &mut times)?;
            (token, bytes) = (form_token(shown)?, shown.len());
        }
        self.print_row(&format!("{page}, roles with `{part}`"), &times, bytes);
        Ok(())
    }

    /// Asks for a page, and adds how long that took.
    fn exchange(&mut self, page: &str, request: &str, times: &mut Series) -> Result<&str> {
        let started = Instant::now();
        let shown = self.connection.exchange(request.as_bytes());
        times.add(started.elapsed(), 1);
        Ok(std::str::from_utf8(
            shown.with_context(|| page.to_owned())?,
        )?)
    }

    fn print_row(&mut self, name: &str, times: &Series, bytes: usize) {
        let (minimum, median) = (times.minimum() / 1000.0, times.median() / 1000.0);
        let is_over = median > MOST_MILLIS || bytes > MOST_BYTES;
        self.over += usize::from(is_over);
        let verdict = if is_over { "over" } else { "pass" };
        let name = if name.is_empty() { "home" } else { name };
        println!("| {name} | {minimum:.1} / {median:.1} | {bytes} | {verdict} |");
    }

    fn shown(&mut self, page: &str) -> Result<&str> {
        let request = self.request(page, None);
        let shown = self.connection.exchange(request.as_bytes())?;
        Ok(std::str::from_utf8(shown)?)
    }

    /// The path behind a list's button to its next page.
    fn next_page(&mut self, list: &str) -> Result<String> {
        let shown = self.shown(list)?;
        let (before, _) = shown
            .split_once("\" rel=\"next\"")
            .with_context(|| format!("`{list}` has no second page"))?;
        let (_, link) = before.rsplit_once("href=\"").context("a link")?;
        let link = link.replace("&#38;", "&").replace("&amp;", "&");
        let (_, path) = link.split_once("/-/console/").context("a path")?;
        Ok(path.to_owned())
    }
}

/// The token of a page's form.
fn form_token(page: &str) -> Result<String> {
    let (_, token) = page
        .split_once("name=\"form-token\" value=\"")
        .context("a form token")?;
    let (token, _) = token.split_once('"').context("its end")?;
    Ok(token.to_owned())
}

/// The request of a record.
fn record_id(number: usize) -> String {
    format!("{number:08x}-0000-4000-8000-000000000000")
}

/// A value in a path or a form.
fn encoded(text: &str) -> String {
    let mut encoded = text.replace('%', "%25");
    for (mark, code) in [("+", "%2B"), ("/", "%2F"), (":", "%3A")] {
        encoded = encoded.replace(mark, code);
    }
    encoded
}

/// A trail of sessions, every so manieth refused, over the last days.
fn write_trail(path: &Path, records: usize) -> Result<()> {
    let file: File = OpenOptions::new().append(true).open(path)?;
    let mut trail = BufWriter::new(file);
    let now = parts::SystemClock.now();
    for number in 0..records {
        let id = record_id(number);
        let left = i64::try_from(records - number)?;
        let time = now - jiff::SignedDuration::from_millis(left * 500);
        let (outcome, reason) = match number % REFUSED {
            0 => ("refused", "trust-policy"),
            _ => ("granted", "ok"),
        };
        writeln!(
            trail,
            "{{\"time\":\"{time}\",\"request_id\":\"{id}\",\
             \"event\":\"rolesanywhere:CreateSession\",\"outcome\":\"{outcome}\",\"reason\":\"{reason}\",\
             \"caller\":\"CN=host{},OU=Operations,O=Example\",\"source_ip\":\"127.0.0.1\",\
             \"role_arn\":\"arn:aws:iam::000000000000:role/benchmark-{}\",\
             \"certificate\":{{\"serial\":\"{number:032x}\",\"subject\":\"CN=host{},OU=Operations,O=Example\"}}}}",
            number % 10_000,
            number % 20,
            number % 10_000,
        )?;
    }
    Ok(trail.flush()?)
}

/// The cookie of root, by the form.
fn sign_in(server: &TestServer, folder: &Path) -> Result<String> {
    let (jar, fields) = (folder.join("cookies"), folder.join("fields"));
    let url = format!("{}/-/console/sign-in", server.url());
    let curl = |words: &[&str]| -> Result<String> {
        let output = Program::Curl
            .command()?
            .args(["--silent", "--show-error", "--cookie"])
            .arg(&jar)
            .arg("--cookie-jar")
            .arg(&jar)
            .args(["--header", &format!("Origin: {}", server.url())])
            .args(words)
            .arg(&url)
            .output()?;
        Ok(String::from_utf8(output.stdout)?)
    };
    let form = curl(&[])?;
    let token = form_token(&form)?;
    let key = server.root_key()?;
    let (id, secret) = (encoded(&key.id), encoded(&key.secret));
    std::fs::write(
        &fields,
        format!("form-token={token}&access-key-id={id}&secret-access-key={secret}"),
    )?;
    curl(&["--data", &format!("@{}", fields.display())])?;
    let jar = std::fs::read_to_string(&jar)?;
    let cookies = jar.lines().filter_map(|line| {
        let mut words = line.split('\t').skip(5);
        Some(format!("{}={}", words.next()?, words.next()?))
    });
    Ok(cookies.collect::<Vec<_>>().join("; "))
}
