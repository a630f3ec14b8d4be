//! HTTP messages as files: start line, headers, an empty line, the body to the end of the file.

use http::HeaderMap;

/// A request of a file, or an answer of the door.
#[derive(Debug, Clone)]
pub struct Message {
    /// `GET /profiles HTTP/1.1` or `HTTP/1.1 200`.
    pub start: String,
    /// As they stand there.
    pub headers: Vec<(String, String)>,
    /// Without the file's last line end.
    pub body: String,
}

impl Message {
    pub fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
        let mut lines = head.lines();
        let headers = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_owned(), value.to_owned())
        };
        Self {
            start: lines.next().unwrap().to_owned(),
            headers: lines.map(headers).collect(),
            body: body.trim_end().to_owned(),
        }
    }

    /// An answer, with its headers in order of their names.
    pub fn answer(status: u16, headers: &HeaderMap, body: &str) -> Self {
        let mut headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        Self {
            start: format!("HTTP/1.1 {status}"),
            headers,
            body: body.to_owned(),
        }
    }

    pub fn text(&self) -> String {
        let mut text = format!("{}\n", self.start);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\n"));
        }
        text.push('\n');
        text.push_str(&self.body);
        text.push('\n');
        text
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The words of a request's first line: method, path, query.
    pub fn target(&self) -> (&str, &str, &str) {
        let mut words = self.start.split(' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        (method, path, query)
    }

    /// The error type of an answer that refuses.
    pub fn error_type(&self) -> Option<&str> {
        self.header("x-amzn-errortype")
    }
}
