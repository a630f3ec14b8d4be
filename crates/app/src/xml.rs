//! What the walk-through wants to know of an XML answer: the texts of elements by their name.

use quick_xml::Reader;
use quick_xml::events::Event;

/// The text of the first element of this name.
pub fn text(xml: &str, name: &str) -> Option<String> {
    texts(xml, name).into_iter().next()
}

/// The texts of all elements of this name, in order; nothing of what comes after a fault in the XML.
pub fn texts(xml: &str, name: &str) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    let mut found = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) if element.local_name().as_ref() == name.as_bytes() => {
                let Ok(raw) = reader.read_text(element.name()) else {
                    return found;
                };
                let text = std::str::from_utf8(&raw).ok();
                match text.and_then(|text| quick_xml::escape::unescape(text).ok()) {
                    Some(text) => found.push(text.into_owned()),
                    None => return found,
                }
            }
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_name() {
        let xml = "<?xml version=\"1.0\"?><a xmlns=\"u\"><Key>x &amp; y</Key><b><Key>z</Key></b><Keys/></a>";
        assert_eq!(texts(xml, "Key"), ["x & y", "z"]);
        assert_eq!(text(xml, "Code"), None);
        assert_eq!(texts("<a><Key>x</Key><", "Key"), ["x"]);
        assert_eq!(text("{}", "Key"), None);
    }
}
