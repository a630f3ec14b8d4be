//! The canonical request: a request's head and its payload hash enter, the SHA-256 (or, to look at, the text) leaves.
//! Both signers and both verifiers call it. Source: IAM user guide, "Create a signed AWS API request", steps 1 and 2.

use http::HeaderMap;

use crate::sink::{HashSink, Sink};
use crate::{PathStyle, PayloadHash, SignedHeaders};

/// What is signed of a request besides its body. Path and query are raw, as on the wire.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The raw path, without the query.
    pub path: &'a str,
    /// The raw query without `?`; empty if there is none.
    pub query: &'a str,
    /// All headers; with HTTP/2 the caller has put the authority in as `host`.
    pub headers: &'a HeaderMap,
}

/// A request, seen as the signer saw it.
#[derive(Clone, Copy, Debug)]
pub struct CanonicalRequest<'a> {
    /// The request.
    pub head: RequestHead<'a>,
    /// Which headers, in which order.
    pub signed_headers: &'a SignedHeaders<'a>,
    /// What stands for the body.
    pub payload: PayloadHash<'a>,
    /// How the service writes paths.
    pub path_style: PathStyle,
}

impl CanonicalRequest<'_> {
    /// SHA-256 of the canonical request, without building its text.
    pub fn hash(&self) -> [u8; 32] {
        let mut sink = HashSink::new();
        self.write(&mut sink);
        sink.finish()
    }

    /// The text, for those who compare it with another signer's.
    pub fn to_text(&self) -> String {
        let mut text = Vec::with_capacity(512);
        self.write(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    }

    fn write(&self, sink: &mut impl Sink) {
        sink.put(self.head.method.as_bytes());
        sink.put(b"\n");
        self.path_style.write(sink, self.head.path);
        sink.put(b"\n");
        crate::canonical_query::write(sink, self.head.query);
        sink.put(b"\n");
        self.signed_headers.write(sink, self.head.headers);
        sink.put(b"\n");
        sink.put(self.signed_headers.as_str().as_bytes());
        sink.put(b"\n");
        self.payload.write(sink);
    }
}
