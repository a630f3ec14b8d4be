//! The canonical URI: a raw path as sent on the wire enters, the two styles of AWS leave.
//! Source: IAM user guide, "Create a signed AWS API request", step 1, `CanonicalUri`.

use crate::percent::{Keep, encode_into, normalise};
use crate::sink::Sink;

/// How a service writes the path into the canonical request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathStyle {
    /// S3: every byte encoded once, `/` kept, no dot segments removed, since a key may be called `a//b` or `..`.
    S3,
    /// All other services: empty and dot segments are resolved, then the path as sent is encoded once more.
    EncodedTwice,
}

impl PathStyle {
    /// The style of a service, by its signing name (`s3`, `iam`, …).
    pub fn for_service(service: &str) -> Self {
        match service {
            "s3" | "s3express" | "s3-outposts" | "s3-object-lambda" => Self::S3,
            _ => Self::EncodedTwice,
        }
    }

    pub(crate) fn write(self, sink: &mut impl Sink, raw_path: &str) {
        match self {
            _ if raw_path.is_empty() => sink.put(b"/"),
            Self::S3 => sink.put(&normalise(raw_path, Keep::Slash)),
            Self::EncodedTwice => {
                encode_into(sink, resolve_segments(raw_path).as_bytes(), Keep::Slash)
            }
        }
    }
}

/// RFC 3986 section 5.2.4, and doubled slashes become one, as AWS's published test suite has it.
fn resolve_segments(path: &str) -> std::borrow::Cow<'_, str> {
    if !path.contains("//") && !path.contains("/.") {
        return path.into();
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            name => kept.push(name),
        }
    }
    let ends_in_folder = ["/", "/.", "/.."].iter().any(|end| path.ends_with(end));
    let close = if ends_in_folder && !kept.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{close}", kept.join("/")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(style: PathStyle, path: &str) -> String {
        let mut text = Vec::new();
        style.write(&mut text, path);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn paths_in_both_styles() {
        let cases = [
            ("", "/", "/"),
            ("/", "/", "/"),
            ("//", "//", "/"),
            ("/a//b/../c/./", "/a//b/../c/./", "/a/c/"),
            ("/./example", "/./example", "/example"),
            ("/a/..", "/a/..", "/"),
            ("/a b", "/a%20b", "/a%20b"),
            ("/a%20b", "/a%20b", "/a%2520b"),
            ("/p/arn%3Aaws%2Fx", "/p/arn%3Aaws/x", "/p/arn%253Aaws%252Fx"),
            ("/p/arn:aws", "/p/arn%3Aaws", "/p/arn%3Aaws"),
            (
                "/k!'()*+,;=@$&",
                "/k%21%27%28%29%2A%2B%2C%3B%3D%40%24%26",
                "/k%21%27%28%29%2A%2B%2C%3B%3D%40%24%26",
            ),
        ];
        for (path, s3, twice) in cases {
            assert_eq!(canonical(PathStyle::S3, path), s3, "{path}");
            assert_eq!(canonical(PathStyle::EncodedTwice, path), twice, "{path}");
        }
    }
}
