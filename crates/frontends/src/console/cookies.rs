//! The console's cookies (RFC 6265): who has signed in, and what ties a sign-in form to the browser that asked for it. HttpOnly,
//! SameSite=Strict; over TLS Secure with the prefix `__Host-`, which demands `Path=/`, else for the console's path alone.

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use jiff::SignedDuration;

/// Who has signed in.
const SESSION: &str = "anyrole-console";
/// Ties a sign-in form to its browser.
const FORM: &str = "anyrole-console-sign-in";
/// The longest value in one cookie: browsers take 4096 octets with name and attributes. A session token of 4 KiB needs two.
const PIECE: usize = 3500;
/// How many pieces a value may have.
const PIECES: usize = 3;

/// The cookies of one request.
pub struct Cookies<'a> {
    headers: &'a HeaderMap,
    is_secure: bool,
}

impl<'a> Cookies<'a> {
    /// The cookies of a request that came over TLS, or did not.
    pub fn of(headers: &'a HeaderMap, is_secure: bool) -> Self {
        Self { headers, is_secure }
    }

    /// The sealed session.
    pub fn session(&self) -> Option<String> {
        let pieces = (0..PIECES).map_while(|place| self.value(&piece_name(place)));
        Some(pieces.collect::<String>()).filter(|value| !value.is_empty())
    }

    /// What ties a sign-in form to its browser.
    pub fn form(&self) -> Option<&'a str> {
        self.value(FORM)
    }

    /// Has the browser keep the sealed session for so long.
    pub fn set_session(&self, answer: &mut HeaderMap, sealed: &str, life: SignedDuration) {
        let mut rest = sealed;
        for place in 0..PIECES {
            let (piece, after) = rest.split_at_checked(PIECE).unwrap_or((rest, ""));
            let name = piece_name(place);
            if !piece.is_empty() {
                self.set(answer, &name, piece, life);
            } else if self.value(&name).is_some() {
                self.set(answer, &name, "", SignedDuration::ZERO);
            }
            rest = after;
        }
    }

    /// Has the browser forget the session.
    pub fn clear_session(&self, answer: &mut HeaderMap) {
        self.set(answer, SESSION, "", SignedDuration::ZERO);
        for place in 1..PIECES {
            let name = piece_name(place);
            if self.value(&name).is_some() {
                self.set(answer, &name, "", SignedDuration::ZERO);
            }
        }
    }

    /// Ties sign-in forms to this browser.
    pub fn set_form(&self, answer: &mut HeaderMap, id: &str, life: SignedDuration) {
        self.set(answer, FORM, id, life);
    }

    /// The first cookie of this name.
    fn value(&self, name: &str) -> Option<&'a str> {
        let name = self.prefixed(name);
        let headers = self.headers.get_all(COOKIE).iter();
        headers
            .filter_map(|header| header.to_str().ok())
            .flat_map(|header| header.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(other, _)| *other == name)
            .map(|(_, value)| value)
    }

    fn prefixed(&self, name: &str) -> String {
        let prefix = if self.is_secure { "__Host-" } else { "" };
        format!("{prefix}{name}")
    }

    fn set(&self, answer: &mut HeaderMap, name: &str, value: &str, life: SignedDuration) {
        let scope = if self.is_secure {
            "Path=/; Secure"
        } else {
            "Path=/-/console/"
        };
        let name = self.prefixed(name);
        let seconds = life.as_secs().max(0);
        let cookie =
            format!("{name}={value}; {scope}; HttpOnly; SameSite=Strict; Max-Age={seconds}");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            answer.append(SET_COOKIE, cookie);
        }
    }
}

fn piece_name(place: usize) -> String {
    match place {
        0 => SESSION.to_owned(),
        _ => format!("{SESSION}-{}", place + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a browser would send back.
    fn sent_back(answer: &HeaderMap) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for cookie in answer.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.len() < 4096);
            if !cookie.contains("Max-Age=0") {
                let (pair, _) = cookie.split_once(';').unwrap();
                headers.append(COOKIE, HeaderValue::from_str(pair).unwrap());
            }
        }
        headers
    }

    #[test]
    fn values_of_every_length_come_back() {
        let none = HeaderMap::new();
        let hour = SignedDuration::from_hours(1);
        for is_secure in [false, true] {
            for length in [1, 900, PIECE - 1, PIECE, PIECE + 1, 5600, PIECE * PIECES] {
                let sealed = "x".repeat(length);
                let mut answer = HeaderMap::new();
                Cookies::of(&none, is_secure).set_session(&mut answer, &sealed, hour);
                let headers = sent_back(&answer);
                let back = Cookies::of(&headers, is_secure);
                assert_eq!(back.session(), Some(sealed), "{length}");
                // The cookie of TLS is not that of plain HTTP.
                assert_eq!(Cookies::of(&headers, !is_secure).session(), None);
                let mut answer = HeaderMap::new();
                back.set_session(&mut answer, "short", hour);
                let pieces = length.div_ceil(PIECE);
                assert_eq!(answer.get_all(SET_COOKIE).iter().count(), pieces);
                assert_eq!(
                    Cookies::of(&sent_back(&answer), is_secure).session(),
                    Some("short".to_owned())
                );
                let mut answer = HeaderMap::new();
                back.clear_session(&mut answer);
                assert_eq!(answer.get_all(SET_COOKIE).iter().count(), pieces);
                assert!(sent_back(&answer).is_empty());
            }
        }
    }

    #[test]
    fn others_cookies_are_not_ours() {
        let mut headers = HeaderMap::new();
        headers.append(
            COOKIE,
            HeaderValue::from_static("a=1; xanyrole-console=2; b"),
        );
        headers.append(
            COOKIE,
            HeaderValue::from_static("anyrole-console-sign-in=f;anyrole-console=s=="),
        );
        let cookies = Cookies::of(&headers, false);
        assert_eq!(cookies.session().as_deref(), Some("s=="));
        assert_eq!(cookies.form(), Some("f"));
    }
}
