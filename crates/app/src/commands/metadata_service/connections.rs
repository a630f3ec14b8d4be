//! Connections of the metadata service: requests enter, and what `anyrole_helper` answers leaves. Who has to wait for new
//! credentials waits without a thread: one of those who wait asks.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use anyrole_helper::{Answer, Step, View, Wanted};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::say;
use super::sockets::{Listener, Stream};

/// How long a client may take for its request's head.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// How long those who are being answered have when the process is told to stop.
const PARTING_TIME: Duration = Duration::from_secs(5);

/// A listener's view, and who asks next for which role.
struct Shown {
    view: View,
    turns: HashMap<String, Mutex<()>>,
}

/// Answers on all listeners until `stop` ends; then those who are being answered get the rest.
pub async fn serve(listeners: Vec<(Listener, View)>, stop: impl Future<Output = ()>) {
    let graceful = Arc::new(GracefulShutdown::new());
    let mut accepting = JoinSet::new();
    for (listener, view) in listeners {
        accepting.spawn(accept(listener, view, graceful.clone()));
    }
    stop.await;
    accepting.shutdown().await;
    if let Some(graceful) = Arc::into_inner(graceful) {
        let _: Result<(), _> = tokio::time::timeout(PARTING_TIME, graceful.shutdown()).await;
    }
}

async fn accept(listener: Listener, view: View, graceful: Arc<GracefulShutdown>) {
    let names = view.role_names().map(str::to_owned);
    let turns = names.map(|name| (name, Mutex::default())).collect();
    let shown = Arc::new(Shown { view, turns });
    loop {
        match listener.accept().await {
            Ok(Stream::Tcp(stream)) => {
                tokio::spawn(serve_connection(stream, shown.clone(), graceful.watcher()));
            }
            Ok(Stream::Unix(stream)) => {
                tokio::spawn(serve_connection(stream, shown.clone(), graceful.watcher()));
            }
            Err(error) => {
                // Out of file descriptors, most likely: give those in use time to go.
                say(&format!("a connection could not be accepted: {error}"));
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn serve_connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    shown: Arc<Shown>,
    watcher: Watcher,
) {
    let service =
        service_fn(move |request: hyper::Request<Incoming>| answer(request, shown.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .serve_connection(TokioIo::new(stream), service);
    // An error is the client's own.
    let _: Result<(), _> = watcher.watch(connection).await;
}

async fn answer(
    request: hyper::Request<Incoming>,
    shown: Arc<Shown>,
) -> Result<hyper::Response<Full<Bytes>>, Infallible> {
    let (head, _) = request.into_parts();
    let blocks = View::may_block(&head.uri);
    let own = shown.clone();
    let step = move || own.view.step(&head.method, &head.uri, &head.headers);
    let step = if blocks {
        tokio::task::spawn_blocking(step)
            .await
            .unwrap_or_else(|_| Step::Answer(failed()))
    } else {
        step()
    };
    let answer = match step {
        Step::Answer(answer) => answer,
        Step::Credentials(wanted) => credentials(wanted, &shown.turns).await,
    };
    shown.view.count(answer.status());
    Ok(answer.map(|body| Full::new(Bytes::from(body))))
}

async fn credentials(wanted: Wanted, turns: &HashMap<String, Mutex<()>>) -> Answer {
    if let Some(answer) = wanted.at_hand() {
        return answer;
    }
    let turn = turns.get(wanted.role_name());
    let _turn = match turn {
        Some(turn) => Some(turn.lock().await),
        None => None,
    };
    if let Some(answer) = wanted.at_hand() {
        return answer;
    }
    let waited = tokio::task::spawn_blocking(move || wanted.wait()).await;
    waited.unwrap_or_else(|_| failed())
}

fn failed() -> Answer {
    let mut failed = Answer::new(b"internal error\n".to_vec());
    *failed.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
    failed
}
