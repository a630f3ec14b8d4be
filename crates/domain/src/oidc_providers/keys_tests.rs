//! When a provider is asked, and for how long its answer counts.

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

const URL: &str = "https://issuer.example";
const HALF_MINUTE: i64 = 30;
const HOUR: i64 = 3600;

/// A provider whose one key changes its id, and that may be away.
#[derive(Default)]
struct Documents {
    asked: AtomicU32,
    key: Mutex<String>,
    away: Mutex<bool>,
    /// Where there is one, answers wait for a permit of it.
    slow: Mutex<Option<Arc<tokio::sync::Semaphore>>>,
    issuer: Mutex<Option<String>>,
}

#[async_trait::async_trait]
impl ProviderDocuments for Documents {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let slow = self.slow.lock().clone();
        if let Some(slow) = slow {
            slow.acquire().await.unwrap().forget();
        }
        if *self.away.lock() {
            return Err("nobody answers".to_owned());
        }
        let issuer = self.issuer.lock().clone().unwrap_or(URL.to_owned());
        Ok(match url {
            "https://issuer.example/.well-known/openid-configuration" => {
                format!(r#"{{"issuer":"{issuer}","jwks_uri":"https://keys.example/set"}}"#)
            }
            "https://keys.example/set" => format!(
                r#"{{"keys":[{{"kty":"RSA","kid":"{}","n":"{}","e":"AQAB"}}]}}"#,
                self.key.lock(),
                "w".repeat(342)
            ),
            other => return Err(format!("`{other}` is not there")),
        }
        .into_bytes())
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn provider(key: &str) -> (Arc<Documents>, ProviderKeys) {
    let documents = Arc::new(Documents::default());
    *documents.key.lock() = key.to_owned();
    let keys = ProviderKeys::new(documents.clone());
    (documents, keys)
}

#[tokio::test]
async fn keys_are_fetched_once_an_hour_and_for_a_key_that_is_not_known() {
    let (documents, keys) = provider("one");
    let asked = || documents.asked.load(Ordering::SeqCst);
    for second in [0, 1, HOUR - 1] {
        assert!(keys.of(URL, Some("one"), at(second)).await.is_ok());
        assert_eq!(asked(), 2, "{second}");
    }
    assert!(keys.of(URL, Some("one"), at(HOUR)).await.is_ok());
    assert_eq!(asked(), 4);
    // A new key is found, but nobody can make us ask without end.
    *documents.key.lock() = "two".to_owned();
    let early = keys.of(URL, Some("two"), at(HOUR + 1)).await.unwrap();
    assert!(!early.knows("two"));
    assert_eq!(asked(), 4);
    let later = keys.of(URL, Some("two"), at(HOUR + HALF_MINUTE)).await;
    assert!(later.unwrap().knows("two"));
    assert_eq!(asked(), 6);
    assert!(keys.of(URL, None, at(HOUR + HALF_MINUTE)).await.is_ok());
    assert_eq!(asked(), 6);
}

#[tokio::test]
async fn old_keys_count_for_a_day_while_the_provider_is_away() {
    let (documents, keys) = provider("one");
    assert!(keys.of(URL, Some("one"), at(0)).await.is_ok());
    *documents.away.lock() = true;
    assert!(keys.of(URL, Some("one"), at(24 * HOUR - 1)).await.is_ok());
    let gone = keys.of(URL, Some("one"), at(24 * HOUR + HALF_MINUTE)).await;
    let away = NoKeys::Unreachable("nobody answers".to_owned());
    assert_eq!(gone.err(), Some(away.clone()));
    // It was asked a moment ago: the same answer, without asking.
    let asked = documents.asked.load(Ordering::SeqCst);
    let again = keys
        .of(URL, Some("one"), at(24 * HOUR + HALF_MINUTE + 1))
        .await;
    assert_eq!(again.err(), Some(away));
    assert_eq!(documents.asked.load(Ordering::SeqCst), asked);
}

#[tokio::test]
async fn documents_of_another_issuer_or_without_keys_are_of_no_use() {
    let (documents, keys) = provider("one");
    *documents.issuer.lock() = Some("https://other.example".to_owned());
    let other = keys.of(URL, None, at(0)).await.err();
    assert!(matches!(other, Some(NoKeys::Unusable(_))), "{other:?}");
    let none = ProviderKeys::default().of(URL, None, at(0)).await.err();
    assert!(matches!(none, Some(NoKeys::Unreachable(_))), "{none:?}");
}

#[tokio::test]
async fn a_slow_provider_holds_nobody_up_whose_key_is_known() {
    let (documents, keys) = provider("one");
    let keys = Arc::new(keys);
    assert!(keys.of(URL, Some("one"), at(0)).await.is_ok());
    let answers = Arc::new(tokio::sync::Semaphore::new(0));
    *documents.slow.lock() = Some(answers.clone());
    *documents.key.lock() = "two".to_owned();
    let later = at(HALF_MINUTE);
    let ask = |id: &'static str| {
        let keys = keys.clone();
        tokio::spawn(async move { keys.of(URL, Some(id), later).await })
    };
    // Whoever had it asked goes away; the others wait along.
    let first = ask("two");
    while documents.asked.load(Ordering::SeqCst) < 3 {
        tokio::task::yield_now().await;
    }
    first.abort();
    let others = [ask("two"), ask("three")];
    tokio::task::yield_now().await;
    for known in [Some("one"), None] {
        let at_once = keys.of(URL, known, later).await.unwrap();
        assert!(at_once.knows("one"));
    }
    // After an hour, too, for as long as the answer takes.
    assert!(keys.of(URL, Some("one"), at(HOUR + 1)).await.is_ok());
    answers.add_permits(2);
    for waiting in others {
        assert!(waiting.await.unwrap().unwrap().knows("two"));
    }
    assert_eq!(documents.asked.load(Ordering::SeqCst), 4);
}
