//! A record in, its line of JSON out; `group.rs` calls it. What stands in it is what the record's `Serialize` says; here it
//! is written without looking at each character of texts that need no escape, which is most of what a session costs in
//! the trail.

use anyrole_domain::{AuditRecord, CertificateFacts, SessionFacts};
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use serde::Serialize;

/// What comes before a member's value, as one text. The names need no escape.
macro_rules! key {
    ($name:literal) => {
        concat!(",\"", $name, "\":")
    };
}

/// Appends the record's line without its end. On an error `out` may hold a part of it.
pub(super) fn write(record: &AuditRecord<'_>, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    // Each member by name: one that is added is asked for here by the compiler.
    let AuditRecord {
        time,
        request_id,
        event,
        outcome,
        reason,
        message,
        detail,
        step,
        warning,
        policy,
        caller,
        access_key_id,
        resource,
        trust_anchor_arn,
        profile_arn,
        role_arn,
        certificate,
        session,
        notification,
        source_ip,
        user_agent,
    } = record;
    let mut line = Object::begin(out);
    line.time(key!("time"), time)?;
    line.text(key!("request_id"), request_id)?;
    line.text(key!("event"), event)?;
    line.text(key!("outcome"), outcome)?;
    line.text(key!("reason"), reason)?;
    line.optional_text(key!("message"), *message)?;
    line.optional_text(key!("detail"), *detail)?;
    line.optional_value(key!("step"), step.as_ref())?;
    line.optional_text(key!("warning"), warning.as_deref())?;
    line.optional_value(key!("policy"), policy.as_ref())?;
    line.optional_text(key!("caller"), caller.as_deref())?;
    line.optional_text(key!("access_key_id"), *access_key_id)?;
    line.optional_text(key!("resource"), *resource)?;
    line.optional_text(key!("trust_anchor_arn"), *trust_anchor_arn)?;
    line.optional_text(key!("profile_arn"), *profile_arn)?;
    line.optional_text(key!("role_arn"), *role_arn)?;
    if let Some(certificate) = certificate {
        write_certificate(certificate, line.key(key!("certificate")))?;
    }
    if let Some(session) = session {
        write_session(session, line.key(key!("session")))?;
    }
    line.optional_value(key!("notification"), notification.as_ref())?;
    line.optional_value(key!("source_ip"), source_ip.as_ref())?;
    line.optional_text(key!("user_agent"), *user_agent)?;
    line.end();
    Ok(())
}

fn write_certificate(
    facts: &CertificateFacts<'_>,
    out: &mut Vec<u8>,
) -> Result<(), serde_json::Error> {
    let CertificateFacts {
        subject,
        issuer,
        serial,
    } = facts;
    let mut object = Object::begin(out);
    object.text(key!("subject"), subject)?;
    object.text(key!("issuer"), issuer)?;
    object.text(key!("serial"), serial)?;
    object.end();
    Ok(())
}

fn write_session(facts: &SessionFacts<'_>, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let SessionFacts {
        access_key_id,
        arn,
        source_identity,
        subject_arn,
        expires_at,
    } = facts;
    let mut object = Object::begin(out);
    object.text(key!("access_key_id"), access_key_id)?;
    object.text(key!("arn"), arn)?;
    object.text(key!("source_identity"), source_identity)?;
    object.optional_text(key!("subject_arn"), *subject_arn)?;
    object.time(key!("expires_at"), expires_at)?;
    object.end();
    Ok(())
}

/// An object that is being written.
struct Object<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Object<'a> {
    fn begin(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start }
    }

    /// The comma before the first member makes room for the brace.
    fn end(self) {
        if let Some(first) = self.out.get_mut(self.start) {
            *first = b'{';
        }
        self.out.push(b'}');
    }

    /// The member's value is to follow.
    fn key(&mut self, key: &'static str) -> &mut Vec<u8> {
        self.out.extend_from_slice(key.as_bytes());
        self.out
    }

    fn value(
        &mut self,
        key: &'static str,
        value: &impl Serialize,
    ) -> Result<(), serde_json::Error> {
        serde_json::to_writer(self.key(key), value)
    }

    fn optional_value(
        &mut self,
        key: &'static str,
        value: Option<&impl Serialize>,
    ) -> Result<(), serde_json::Error> {
        value.map_or(Ok(()), |value| self.value(key, value))
    }

    /// As `Timestamp` serializes itself, whose text needs no escape.
    fn time(&mut self, key: &'static str, time: &Timestamp) -> Result<(), serde_json::Error> {
        static PRINTER: DateTimePrinter = DateTimePrinter::new();
        let out = self.key(key);
        out.push(b'"');
        PRINTER
            .print_timestamp(time, &mut *out)
            .map_err(serde::ser::Error::custom)?;
        out.push(b'"');
        Ok(())
    }

    fn text(&mut self, key: &'static str, text: &str) -> Result<(), serde_json::Error> {
        let out = self.key(key);
        if needs_escape(text) {
            return serde_json::to_writer(out, text);
        }
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
        Ok(())
    }

    fn optional_text(
        &mut self,
        key: &'static str,
        text: Option<&str>,
    ) -> Result<(), serde_json::Error> {
        text.map_or(Ok(()), |text| self.text(key, text))
    }
}

/// Whether JSON lets any of the text not stand as it is (RFC 8259, section 7). Looks at all of it, many bytes at a time.
fn needs_escape(text: &str) -> bool {
    text.bytes().fold(false, |found, byte| {
        found | (byte < 0x20) | (byte == b'"') | (byte == b'\\')
    })
}

#[cfg(test)]
mod tests {
    use anyrole_domain::{AuditRecord, CertificateFacts, Origin, SessionFacts};

    use super::write;

    fn both(record: &AuditRecord<'_>) -> (String, String) {
        let mut line = Vec::new();
        write(record, &mut line).unwrap();
        let by_serde = serde_json::to_string(record).unwrap();
        (String::from_utf8(line).unwrap(), by_serde)
    }

    #[test]
    fn a_line_is_what_serde_writes() {
        let origin = Origin {
            request_id: "id".into(),
            now: "2026-11-22T00:27:23.5Z".parse().unwrap(),
            source_ip: Some("2001:db8::1".parse().unwrap()),
            secure_transport: true,
            user_agent: Some("a \"quoted\" \\ agent\u{1}\u{7f}ü".into()),
        };
        let mut record = AuditRecord::new("rolesanywhere:CreateSession", &origin);
        let (line, by_serde) = both(&record);
        assert_eq!(line, by_serde);
        record.message = Some("");
        record.detail = Some("line\nbreak");
        record.warning = Some("old".to_owned());
        record.caller = Some("arn:aws:iam::000000000000:root".to_owned());
        record.access_key_id = Some("AKIA");
        record.resource = Some("*");
        record.trust_anchor_arn = Some("anchor");
        record.profile_arn = Some("profile");
        record.role_arn = Some("role");
        record.certificate = Some(CertificateFacts {
            subject: "CN=a\\,b".into(),
            issuer: "CN=Zürich".into(),
            serial: "01".into(),
        });
        record.session = Some(SessionFacts {
            access_key_id: "ASIA",
            arn: "arn",
            source_identity: "CN=a",
            subject_arn: Some("subject"),
            expires_at: origin.now,
        });
        let (line, by_serde) = both(&record);
        assert_eq!(line, by_serde);
        assert!(line.contains(r#""subject":"CN=a\\,b""#), "{line}");
    }
}
