//! What IAM's answers have in common: times and tags.

use anyrole_domain::Tag;
use anyrole_wire::aws_query::Xml;
use jiff::Timestamp;

/// As IAM writes times: whole seconds, UTC.
pub fn whole_seconds(at: Timestamp) -> String {
    format!("{at:.0}")
}

/// The element `Tags`.
pub fn tags(xml: &mut Xml, tags: &[Tag]) {
    xml.element("Tags", |xml| {
        for tag in tags {
            xml.element("member", |xml| {
                xml.text("Key", &tag.key).text("Value", &tag.value);
            });
        }
    });
}

/// The element `Tags`, where there are some.
pub fn some_tags(xml: &mut Xml, of: &[Tag]) {
    if !of.is_empty() {
        tags(xml, of);
    }
}
