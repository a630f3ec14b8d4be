//! HTML as a browser's tokenizer reads it (HTML standard, 13.2.5), as far as our pages and what breaks out of them need it: elements
//! with their attributes, in order, and the text between them.
#![expect(clippy::string_slice, reason = "tests")]

#[derive(Debug, Default)]
pub struct Parsed {
    pub elements: Vec<Element>,
    /// All text of the page, titles and text areas included.
    pub text: String,
}

#[derive(Debug, Default, Clone)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// The text up to the next tag.
    pub text: String,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }
}

pub fn parse(page: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        note(&mut parsed, &decoded(&rest[..at]));
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("<!--") {
            rest = after.split_once("-->").unwrap().1;
        } else if let Some(after) = rest.strip_prefix("<!") {
            rest = after.split_once('>').unwrap().1;
        } else if rest.starts_with("</") && rest[2..].starts_with(|c: char| c.is_ascii_alphabetic())
        {
            let after = rest.split_once('>').unwrap().1;
            parsed.elements.push(Element {
                name: format!("/{}", name(&rest[2..])),
                ..Element::default()
            });
            rest = after;
        } else if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            let (element, after) = start_tag(&rest[1..]);
            rest = after;
            let closing = format!("</{}", element.name);
            let is_raw = matches!(
                element.name.as_str(),
                "title" | "textarea" | "script" | "style"
            );
            parsed.elements.push(element);
            if is_raw {
                let at = rest.to_ascii_lowercase().find(&closing).unwrap();
                note(&mut parsed, &decoded(&rest[..at]));
                rest = &rest[at..];
            }
        } else {
            note(&mut parsed, "<");
            rest = &rest[1..];
        }
    }
    note(&mut parsed, &decoded(rest));
    parsed
}

fn note(parsed: &mut Parsed, text: &str) {
    parsed.text.push_str(text);
    if let Some(last) = parsed.elements.last_mut() {
        last.text.push_str(text);
    }
}

fn name(text: &str) -> String {
    let end = text.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'));
    text[..end.unwrap()].to_ascii_lowercase()
}

fn start_tag(text: &str) -> (Element, &str) {
    let mut element = Element {
        name: name(text),
        ..Element::default()
    };
    let mut rest = &text[element.name.len()..];
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (element, after);
        }
        let end = rest[1..].find(|c: char| c.is_ascii_whitespace() || "/>=".contains(c));
        let (attribute, after) = rest.split_at(1 + end.unwrap());
        rest = after.trim_start();
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().unwrap();
            if matches!(quote, '"' | '\'') {
                let (inside, after) = after[1..].split_once(quote).unwrap();
                value = decoded(inside);
                rest = after;
            } else {
                let end = after.find(|c: char| c.is_ascii_whitespace() || c == '>');
                let (inside, after) = after.split_at(end.unwrap());
                value = decoded(inside);
                rest = after;
            }
        }
        element
            .attributes
            .push((attribute.to_ascii_lowercase(), value));
    }
}

/// Character references, those that templates write.
fn decoded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let reference = rest.split_once(';').map(|(reference, _)| &reference[1..]);
        let character = reference.and_then(|reference| match reference {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "nbsp" => Some('\u{a0}'),
            _ => {
                let number = reference.strip_prefix('#')?;
                let number = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                char::from_u32(number.ok()?)
            }
        });
        match (reference, character) {
            (Some(reference), Some(character)) => {
                out.push(character);
                rest = &rest[reference.len() + 2..];
            }
            _ => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[test]
fn markup_is_told_from_text() {
    let parsed = parse(
        "<!doctype html><title>a<b></title><p class=\"x &quot;y\" id=z hidden>1 &lt;i&gt; < 2<br/><textarea>\n</p>&#38;</textarea>",
    );
    let names: Vec<_> = parsed
        .elements
        .iter()
        .map(|element| &element.name)
        .collect();
    assert_eq!(
        names,
        ["title", "/title", "p", "br", "textarea", "/textarea"]
    );
    let p = &parsed.elements[2];
    assert_eq!(p.attribute("class"), Some("x \"y"));
    assert_eq!(p.attribute("id"), Some("z"));
    assert_eq!(p.attribute("hidden"), Some(""));
    assert_eq!(p.text, "1 <i> < 2");
    assert_eq!(parsed.text, "a<b>1 <i> < 2\n</p>&");
}
