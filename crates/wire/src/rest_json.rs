//! restJson1: error bodies and timestamps (Smithy, AWS restJson1 protocol).

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

/// The media type of requests and answers.
pub const CONTENT_TYPE: &str = "application/json";
/// The header that names an error's type.
pub const ERROR_TYPE_HEADER: &str = "x-amzn-errortype";
/// The header that carries the request's id.
pub const REQUEST_ID_HEADER: &str = "x-amzn-requestid";

/// The body of an error; its type travels in `x-amzn-errortype`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What the caller is told.
    #[serde(alias = "Message", default)]
    pub message: String,
    /// Some servers name the type here instead of in the header.
    #[serde(alias = "__type", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Writes a timestamp as resources carry it: ISO 8601, UTC, microseconds.
pub fn serialize_timestamp<S: Serializer>(
    at: &Timestamp,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{at:.6}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct At(#[serde(serialize_with = "serialize_timestamp")] Timestamp);

    #[test]
    fn timestamps_have_microseconds() {
        let at: Timestamp = "2022-07-01T18:11:27.380711999Z".parse().unwrap();
        assert_eq!(
            serde_json::to_string(&At(at)).unwrap(),
            "\"2022-07-01T18:11:27.380711Z\""
        );
        let whole: Timestamp = "2022-07-01T18:11:27Z".parse().unwrap();
        assert_eq!(
            serde_json::to_string(&At(whole)).unwrap(),
            "\"2022-07-01T18:11:27.000000Z\""
        );
    }

    #[test]
    fn an_error_body_is_read_in_either_spelling() {
        let body: ErrorBody =
            serde_json::from_str(r#"{"Message":"no","__type":"AccessDeniedException"}"#).unwrap();
        assert_eq!(body.message, "no");
        assert_eq!(body.code.as_deref(), Some("AccessDeniedException"));
    }
}
