//! Names for what is different each time: an answer comes in, its text as it stands in a file goes out.

use super::message::Message;

/// Puts `known` names, and those of what the service makes up, in place of the values.
pub fn named(known: &[(&'static str, String)], answer: &Message) -> String {
    let mut text = answer.text();
    let mut known: Vec<_> = known.iter().collect();
    // An ARN before the id in it, were both known.
    known.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
    for (name, value) in known {
        text = text.replace(value, &format!("{{{{{name}}}}}"));
    }
    if let Some(id) = answer.header("x-amzn-requestid") {
        text = text.replace(id, "{{request-id}}");
    }
    for (member, name) in [
        ("nextToken", "next-token"),
        ("accessKeyId", "access-key-id"),
        ("secretAccessKey", "secret-access-key"),
        ("sessionToken", "session-token"),
        ("assumedRoleId", "assumed-role-id"),
    ] {
        text = member_named(&text, member, name);
    }
    uuids_named(&text)
}

/// Puts a name for a string member's value.
fn member_named(text: &str, member: &str, name: &str) -> String {
    let key = format!("\"{member}\":\"");
    match text.split_once(&key) {
        Some((before, rest)) => {
            let (_, after) = rest.split_once('"').unwrap();
            format!("{before}{key}{{{{{name}}}}}\"{after}")
        }
        None => text.to_owned(),
    }
}

/// Puts a name for the ids that the request has made; what is made by one request has one id.
fn uuids_named(text: &str) -> String {
    let mut named = String::new();
    let mut rest = text;
    let is_uuid = |candidate: &str| {
        candidate.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'),
        })
    };
    while let Some(first) = rest.chars().next() {
        if let Some(candidate) = rest.get(..36).filter(|candidate| is_uuid(candidate)) {
            named.push_str("{{new-id}}");
            rest = rest.get(candidate.len()..).unwrap_or_default();
        } else {
            named.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    named
}
