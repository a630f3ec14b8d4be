//! Names with values: a query or a form, `application/x-www-form-urlencoded`, comes in.

use percent_encoding::percent_decode_str;

/// The fields of a query or of a form, in their order; a name may come more than once.
#[derive(Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `name=value&…` (WHATWG URL, application/x-www-form-urlencoded parsing): `+` is a space, what isn't UTF-8 is replaced.
    /// Line ends come as browsers send them, CRLF, and leave as LF.
    pub fn parse(text: &str) -> Self {
        let fields = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value).replace("\r\n", "\n"))
        });
        Self(fields.collect())
    }

    /// The first value of this name; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// The first value of this name without white space around it, unless nothing is left of it.
    pub fn some(&self, name: &str) -> Option<&str> {
        Some(self.text(name).trim()).filter(|value| !value.is_empty())
    }

    /// All values of this name.
    pub fn all<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s str> {
        let name = name.to_owned();
        self.pairs()
            .filter(move |(other, _)| *other == name)
            .map(|(_, value)| value)
    }

    /// Whether there is a field of this name: a checked box, the button that was pressed.
    pub fn has(&self, name: &str) -> bool {
        self.pairs().any(|(other, _)| other == name)
    }

    /// All fields.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Names only: a form may hold a secret.
impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.pairs().map(|(name, _)| name))
            .finish()
    }
}

fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_browsers_send_them() {
        let fields =
            Fields::parse("name=a+b%26c&role=1&role=2&pem=x%0D%0Ay&on=&blank=++&%C3%BC=%FF");
        assert_eq!(fields.text("name"), "a b&c");
        assert_eq!(fields.all("role").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(fields.text("pem"), "x\ny");
        assert!(fields.has("on") && !fields.has("off"));
        assert_eq!(fields.some("blank"), None);
        assert_eq!(fields.text("ü"), "\u{fffd}");
        assert_eq!(fields.text("none"), "");
    }

    #[test]
    fn values_do_not_reach_a_log() {
        let shown = format!("{:?}", Fields::parse("secret=topsecret"));
        assert!(
            shown.contains("secret") && !shown.contains("topsecret"),
            "{shown}"
        );
    }
}
