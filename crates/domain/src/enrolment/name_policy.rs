//! What a machine may be called: the operator's subject and alternative names, each exact or with `*`, enter once; what a
//! machine asks for enters at each enrolment, and the names of its certificate leave, or which of them is not allowed.

use anyrole_ca::{AlternativeName, CaError, Subject};
use serde::{Deserialize, Serialize};

use crate::names::printable;
use crate::refusal::{Kind, Refusal};

/// The most names that a policy may list, and a machine may ask for.
const MOST_NAMES: usize = 50;

/// The subject and the alternative names of the certificates that a join token gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamePolicy {
    /// Type and pattern, the most specific first.
    attributes: Vec<(String, String)>,
    /// Patterns of alternative names.
    names: Vec<String>,
}

/// The names of one certificate: what the policy says with what the machine chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedNames {
    /// Type and value, the most specific first.
    pub attributes: Vec<(String, String)>,
    /// Alternative names.
    pub names: Vec<String>,
}

impl NamePolicy {
    /// Reads what the operator gives: a subject (`CN=web-*,OU=ops`), and alternative names (`*.example.org`).
    ///
    /// # Errors
    /// A subject or a name that no certificate can have, whatever stands for `*`.
    pub fn parse(subject: &str, names: Vec<String>) -> Result<Self, Refusal> {
        let refuse = |error: &dyn ToString| Refusal::validation(error.to_string());
        if names.len() > MOST_NAMES {
            return Err(too_many());
        }
        let attributes = Subject::parse_attributes(subject).map_err(|error| refuse(&error))?;
        // Any value will do to see whether the rest is fine; the shortest is never too long.
        let sample: Vec<_> = attributes
            .iter()
            .map(|(kind, pattern)| (kind.clone(), sample(pattern)))
            .collect();
        let sample = DecidedNames {
            attributes: sample,
            names: Vec::new(),
        };
        sample.to_subject().map_err(|error| refuse(&error))?;
        for name in &names {
            AlternativeName::parse(&self::sample(name)).map_err(|error| refuse(&error))?;
        }
        Ok(Self { attributes, names })
    }

    /// The subject as text, for lists.
    pub fn subject(&self) -> String {
        rendered(&self.attributes)
    }

    /// The alternative names, for lists.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The names of a certificate for a machine that asks for these. Attributes and names without `*` are there whether it asks
    /// for them or not; each with `*` takes what it asks for; what is left over is refused, never dropped.
    ///
    /// # Errors
    /// Which name is not allowed, or has to be chosen.
    pub fn decide(
        &self,
        asked_subject: Option<&str>,
        asked_names: &[String],
    ) -> Result<DecidedNames, Refusal> {
        if asked_names.len() > MOST_NAMES {
            return Err(too_many());
        }
        let asked = asked_subject
            .map(Subject::parse_attributes)
            .transpose()
            .map_err(|error| Refusal::validation(error.to_string()))?;
        Ok(DecidedNames {
            attributes: self.decide_attributes(asked.unwrap_or_default())?,
            names: self.decide_names(asked_names)?,
        })
    }

    fn decide_attributes(
        &self,
        mut asked: Vec<(String, String)>,
    ) -> Result<Vec<(String, String)>, Refusal> {
        let mut decided = Vec::new();
        for (kind, pattern) in &self.attributes {
            let fits = |(asked_kind, value): &(String, String)| {
                asked_kind.eq_ignore_ascii_case(kind) && matches(pattern, value)
            };
            let chosen = asked
                .iter()
                .position(fits)
                .map(|place| asked.remove(place).1);
            let value = match chosen {
                Some(value) => value,
                None if is_exact(pattern) => pattern.clone(),
                None if asked
                    .iter()
                    .any(|(other, _)| other.eq_ignore_ascii_case(kind)) =>
                {
                    return Err(not_allowed(&rendered(&asked)));
                }
                None => {
                    return Err(Refusal::new(
                        Kind::Validation,
                        "name-not-chosen",
                        format!(
                            "The join token is for `{}`: ask for a subject that fits it.",
                            self.subject()
                        ),
                    ));
                }
            };
            decided.push((kind.clone(), value));
        }
        match asked.is_empty() {
            true => Ok(decided),
            false => Err(not_allowed(&rendered(&asked))),
        }
    }

    fn decide_names(&self, asked: &[String]) -> Result<Vec<String>, Refusal> {
        let exact = self.names.iter().filter(|pattern| is_exact(pattern));
        let mut decided: Vec<String> = exact.cloned().collect();
        for name in asked {
            let kind = AlternativeName::parse(name)
                .map_err(|error| Refusal::validation(error.to_string()))?;
            let fits = |pattern: &String| {
                let of = AlternativeName::parse(&sample(pattern)).ok();
                let is_same_kind = of
                    .is_some_and(|of| std::mem::discriminant(&of) == std::mem::discriminant(&kind));
                // Case counts for nothing in host names (RFC 4343).
                is_same_kind
                    && match kind {
                        AlternativeName::Dns(_) => {
                            matches(&pattern.to_ascii_lowercase(), &name.to_ascii_lowercase())
                        }
                        _ => matches(pattern, name),
                    }
            };
            // A name that stands for many is nobody's to choose.
            if name.contains('*') || !self.names.iter().any(fits) {
                return Err(not_allowed(name));
            }
            if !decided.contains(name) {
                decided.push(name.clone());
            }
        }
        Ok(decided)
    }
}

impl DecidedNames {
    /// The subject as text.
    pub fn subject(&self) -> String {
        rendered(&self.attributes)
    }

    /// The subject as a certificate has it: the most general part first.
    pub(super) fn to_subject(&self) -> Result<Subject, CaError> {
        let attributes = self.attributes.iter().rev();
        Subject::from_attributes(attributes.map(|(kind, value)| (kind.as_str(), value.as_str())))
    }
}

fn too_many() -> Refusal {
    Refusal::validation(format!(
        "At most {MOST_NAMES} alternative names are accepted."
    ))
}

fn not_allowed(what: &str) -> Refusal {
    Refusal::new(
        Kind::AccessDenied,
        "name-not-allowed",
        format!("The join token does not allow `{}`.", printable(what)),
    )
}

fn rendered(attributes: &[(String, String)]) -> String {
    let one = |(kind, value): &(String, String)| {
        let mut text = format!("{kind}=");
        for character in value.chars() {
            if r#"",+;<>\"#.contains(character) {
                text.push('\\');
            }
            text.push(character);
        }
        text
    };
    attributes.iter().map(one).collect::<Vec<_>>().join(",")
}

fn is_exact(pattern: &str) -> bool {
    !pattern.contains('*')
}

/// What the pattern could stand for.
fn sample(pattern: &str) -> String {
    pattern.replace("**", "*").replace('*', "x")
}

/// Whether `value` fits: `*` is one or more characters but none of `.`, `/`, `:` and `@`; `**` is one or more of any.
/// Each character of the pattern is looked at once for each of the value: no pattern takes long.
fn matches(pattern: &str, value: &str) -> bool {
    let value: Vec<char> = value.chars().collect();
    // How much of the value can stand for what was read of the pattern.
    let mut reached = vec![true];
    reached.resize(value.len() + 1, false);
    let mut rest = pattern.chars().peekable();
    while let Some(wanted) = rest.next() {
        let crosses = wanted == '*' && rest.next_if_eq(&'*').is_some();
        let mut runs = false;
        let mut next = vec![false];
        for (character, before) in value.iter().zip(&reached) {
            runs = match wanted {
                '*' => (runs || *before) && (crosses || !"./:@".contains(*character)),
                _ => *before && *character == wanted,
            };
            next.push(runs);
        }
        reached = next;
    }
    reached.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_within_its_part() {
        let table = [
            ("web", "web", true),
            ("web", "webs", false),
            ("web-*", "web-7", true),
            ("web-*", "web-", false),
            ("web-*", "web-7.evil", false),
            ("web-**", "web-7.good", true),
            ("*.example.org", "a.example.org", true),
            ("*.example.org", "a.b.example.org", false),
            ("**.example.org", "a.b.example.org", true),
            ("*.example.org", "example.org", false),
            ("*.example.org", "a.example.org.evil", false),
            ("spiffe://td/ns/*/sa/*", "spiffe://td/ns/a/sa/b", true),
            ("spiffe://td/ns/*/sa/*", "spiffe://td/ns/a/x/sa/b", false),
            ("*-*", "a-b-c", true),
            ("*", "ü", true),
            ("*", "", false),
            ("", "", true),
        ];
        for (pattern, value, expected) in table {
            assert_eq!(matches(pattern, value), expected, "{pattern} {value}");
        }
    }

    fn policy() -> NamePolicy {
        let names = ["fixed.example.org", "*.hosts.example.org", "spiffe://td/*"];
        NamePolicy::parse(
            "CN=web-*,OU=ops,O=Example",
            names.map(str::to_owned).to_vec(),
        )
        .unwrap()
    }

    #[test]
    fn what_is_exact_is_there_and_what_is_chosen_fits() {
        let asked = ["a.Hosts.example.org", "spiffe://td/web"].map(str::to_owned);
        let decided = policy().decide(Some("CN=web-7"), &asked).unwrap();
        assert_eq!(decided.subject(), "CN=web-7,OU=ops,O=Example");
        let expected = [
            "fixed.example.org",
            "a.Hosts.example.org",
            "spiffe://td/web",
        ];
        assert_eq!(decided.names, expected);
        let whole = policy().decide(Some("OU=ops,CN=web-7"), &[]).unwrap();
        assert_eq!(whole.subject(), "CN=web-7,OU=ops,O=Example");
        let bare = NamePolicy::parse("db", Vec::new()).unwrap();
        assert_eq!(bare.decide(None, &[]).unwrap().subject(), "CN=db");
    }

    #[test]
    fn nothing_is_given_beyond_the_policy() {
        let table: [(Option<&str>, &[&str], &str); 12] = [
            (None, &[], "name-not-chosen"),
            (Some("CN=root"), &[], "name-not-allowed"),
            (Some("CN=web-7,CN=web-8"), &[], "name-not-allowed"),
            (Some("CN=web-7,OU=admins"), &[], "name-not-allowed"),
            (Some("CN=web-7,C=DE"), &[], "name-not-allowed"),
            (Some("CN=web-7+O=Example"), &[], "validation"),
            (Some("CN=web-7"), &["evil.example.org"], "name-not-allowed"),
            (
                Some("CN=web-7"),
                &["*.hosts.example.org.evil"],
                "name-not-allowed",
            ),
            (Some("CN=web-7"), &["spiffe://td/a/b"], "name-not-allowed"),
            (Some("CN=web-7"), &["10.0.0.1"], "name-not-allowed"),
            (
                Some("CN=web-7"),
                &["*.hosts.example.org"],
                "name-not-allowed",
            ),
            (Some("CN=web-7"), &["two words"], "validation"),
        ];
        for (subject, names, reason) in table {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let refusal = policy().decide(subject, &names).unwrap_err();
            assert_eq!(refusal.reason, reason, "{subject:?} {names:?}");
        }
    }

    #[test]
    fn a_policy_that_no_certificate_can_have_is_refused() {
        for (subject, name) in [
            ("", "a"),
            ("X=a", "a"),
            ("CN=a+O=b", "a"),
            ("C=D**Y", "a"),
            ("CN=a", "two words"),
            ("CN=a", ""),
        ] {
            let names = vec![name.to_owned()];
            assert!(
                NamePolicy::parse(subject, names).is_err(),
                "{subject} {name}"
            );
        }
    }
}
