//! Wildcard patterns: `*` stands for any run of characters, `?` for one. A compiled pattern and a text go in,
//! a yes or no comes out. Iterative, and never more steps than (pattern + 1) × (text + 1).

/// One step of a pattern. Text is bytes of UTF-8; `One` takes a whole character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Byte(u8),
    One,
    Any,
}

/// A pattern without variables, compiled to its cheapest form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pattern {
    Everything,
    Literal(Box<str>),
    /// A text followed by one `*`.
    Prefix(Box<str>),
    Units(Box<[Unit]>),
}

/// Whether ASCII letters of both cases are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Sensitive,
    Ignored,
}

impl Pattern {
    /// Compiles a pattern text in which every `*` and `?` is a wildcard.
    pub fn parse(text: &str) -> Self {
        let Some(first) = text.find(['*', '?']) else {
            return Self::Literal(text.into());
        };
        let (before, wild) = text.split_at(first);
        if wild.bytes().all(|b| b == b'*') {
            return match before {
                "" => Self::Everything,
                prefix => Self::Prefix(prefix.into()),
            };
        }
        let mut units = Vec::with_capacity(text.len());
        for byte in text.bytes() {
            push_unit(
                &mut units,
                match byte {
                    b'*' => Unit::Any,
                    b'?' => Unit::One,
                    other => Unit::Byte(other),
                },
            );
        }
        Self::Units(units.into())
    }

    /// The text before the first wildcard, and whether that is all of it.
    pub fn literal_start(&self) -> (String, bool) {
        match self {
            Self::Everything => (String::new(), false),
            Self::Literal(text) => (text.to_string(), true),
            Self::Prefix(text) => (text.to_string(), false),
            Self::Units(units) => {
                let end = units
                    .iter()
                    .position(|unit| !matches!(unit, Unit::Byte(_)))
                    .unwrap_or(units.len());
                (
                    render(units.get(..end).unwrap_or_default()),
                    end == units.len(),
                )
            }
        }
    }

    /// Whether the whole text matches.
    pub fn matches(&self, text: &str, case: Case) -> bool {
        match self {
            Self::Everything => true,
            Self::Literal(literal) => same(literal.as_bytes(), text.as_bytes(), case),
            Self::Prefix(prefix) => text
                .as_bytes()
                .get(..prefix.len())
                .is_some_and(|start| same(prefix.as_bytes(), start, case)),
            Self::Units(units) => matches_units(units, text, case),
        }
    }
}

/// As a policy would write it.
impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Everything => f.write_str("*"),
            Self::Literal(text) => f.write_str(text),
            Self::Prefix(text) => write!(f, "{text}*"),
            Self::Units(units) => f.write_str(&render(units)),
        }
    }
}

fn render(units: &[Unit]) -> String {
    let bytes = units.iter().map(|unit| match unit {
        Unit::Byte(byte) => *byte,
        Unit::One => b'?',
        Unit::Any => b'*',
    });
    String::from_utf8_lossy(&bytes.collect::<Vec<_>>()).into_owned()
}

/// Appends a unit; a second `*` in a row adds nothing but cost.
pub(crate) fn push_unit(units: &mut Vec<Unit>, unit: Unit) {
    if unit != Unit::Any || units.last() != Some(&Unit::Any) {
        units.push(unit);
    }
}

/// Whether the whole text matches the units.
pub(crate) fn matches_units(units: &[Unit], text: &str, case: Case) -> bool {
    run(&units, text.as_bytes(), case, usize::MAX, || {}).unwrap_or(false)
}

/// A pattern that is read unit by unit, from places that can be come back to.
pub(crate) trait Units {
    /// A place in the pattern.
    type Place: Copy;

    fn start(&self) -> Self::Place;

    /// The unit at a place and the place behind it; `None` at the end.
    fn unit(&self, place: Self::Place) -> Option<(Unit, Self::Place)>;
}

impl Units for &[Unit] {
    type Place = usize;

    fn start(&self) -> usize {
        0
    }

    fn unit(&self, place: usize) -> Option<(Unit, usize)> {
        self.get(place).map(|unit| (*unit, place + 1))
    }
}

fn same(left: &[u8], right: &[u8], case: Case) -> bool {
    match case {
        Case::Sensitive => left == right,
        Case::Ignored => left.eq_ignore_ascii_case(right),
    }
}

/// Greedy with one place to come back to: after a mismatch only the last `*` need take one more byte, since
/// whatever an earlier `*` could take, the last one can as well. `None` where it takes more than `budget` steps.
pub(crate) fn run<U: Units>(
    units: &U,
    text: &[u8],
    case: Case,
    budget: usize,
    mut count_step: impl FnMut(),
) -> Option<bool> {
    let (mut p, mut t) = (units.start(), 0);
    let mut last_any = None;
    for _ in 0..budget {
        count_step();
        match (units.unit(p), text.get(t)) {
            (None, None) => return Some(true),
            (Some((Unit::Any, after)), _) => {
                p = after;
                if units.unit(after).is_none() {
                    return Some(true);
                }
                last_any = Some((after, t));
                continue;
            }
            // With less text left, a later start can't match either.
            (Some(_), None) => return Some(false),
            (Some((Unit::One, after)), Some(&byte)) => {
                if let Some(width) = character_width(byte) {
                    p = after;
                    t += width;
                    continue;
                }
            }
            (Some((Unit::Byte(wanted), after)), Some(byte)) => {
                if same(&[wanted], &[*byte], case) {
                    p = after;
                    t += 1;
                    continue;
                }
            }
            (None, Some(_)) => {}
        }
        let Some((after_any, start)) = last_any else {
            return Some(false);
        };
        last_any = Some((after_any, start + 1));
        (p, t) = (after_any, start + 1);
    }
    None
}

/// Bytes of the UTF-8 character that begins with this byte; `None` in the middle of one.
fn character_width(byte: u8) -> Option<usize> {
    match byte {
        0x00..=0x7F => Some(1),
        0x80..=0xBF => None,
        0xC0..=0xDF => Some(2),
        0xE0..=0xEF => Some(3),
        0xF0..=0xFF => Some(4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(pattern: &str) -> Vec<Unit> {
        let mut units = Vec::new();
        for byte in pattern.bytes() {
            push_unit(
                &mut units,
                match byte {
                    b'*' => Unit::Any,
                    b'?' => Unit::One,
                    other => Unit::Byte(other),
                },
            );
        }
        units
    }

    /// The definition, word by word; exponential, for small inputs.
    fn oracle(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), None) => oracle(rest, text),
            (Some(('*', rest)), Some((_, shorter))) => {
                oracle(rest, text) || oracle(pattern, shorter)
            }
            (Some(('?', rest)), Some((_, shorter))) => oracle(rest, shorter),
            (Some((a, rest)), Some((b, shorter))) => a == b && oracle(rest, shorter),
            _ => false,
        }
    }

    /// The `n`th text over an alphabet, shortest first.
    fn nth_text(mut n: usize, alphabet: &[char]) -> String {
        let mut text = String::new();
        while n > 0 {
            n -= 1;
            text.push(alphabet[n % alphabet.len()]);
            n /= alphabet.len();
        }
        text
    }

    #[test]
    fn agrees_with_the_definition_on_all_small_inputs() {
        let mut matched = 0;
        for p in 0..1365 {
            let pattern = nth_text(p, &['a', 'é', '*', '?']);
            let compiled = Pattern::parse(&pattern);
            let pattern_units = units(&pattern);
            let pattern_chars: Vec<char> = pattern.chars().collect();
            for t in 0..127 {
                let text = nth_text(t, &['a', 'é']);
                let expected = oracle(&pattern_chars, &text.chars().collect::<Vec<_>>());
                assert_eq!(
                    compiled.matches(&text, Case::Sensitive),
                    expected,
                    "{pattern} {text}"
                );
                assert_eq!(
                    matches_units(&pattern_units, &text, Case::Sensitive),
                    expected,
                    "{pattern} {text}"
                );
                matched += usize::from(expected);
            }
        }
        assert!(matched > 10_000, "{matched}");
    }

    #[test]
    fn agrees_with_the_definition_on_longer_generated_inputs() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut next = move |bound: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % bound
        };
        for _ in 0..20_000 {
            let pattern: Vec<char> = (0..next(9))
                .map(|_| ['a', 'b', 'é', '*', '?', '*'][next(6) as usize])
                .collect();
            let text: Vec<char> = (0..next(13))
                .map(|_| ['a', 'b', 'é'][next(3) as usize])
                .collect();
            let (p, t) = (
                pattern.iter().collect::<String>(),
                text.iter().collect::<String>(),
            );
            assert_eq!(
                Pattern::parse(&p).matches(&t, Case::Sensitive),
                oracle(&pattern, &text),
                "{p} {t}"
            );
        }
    }

    #[test]
    fn hostile_patterns_stay_within_the_product() {
        let cases = [
            ("a*".repeat(500) + "b", "a".repeat(5_000)),
            ("*a".repeat(500) + "*", "a".repeat(499)),
            ("*".repeat(3_000) + "x", "a".repeat(3_000)),
            ("*?".repeat(500) + "b", "a".repeat(5_000)),
            (
                String::from("*") + &"a".repeat(500) + "b",
                "a".repeat(5_000),
            ),
            (
                String::from("*") + &"?".repeat(500) + "b",
                "é".repeat(2_500),
            ),
        ];
        for (pattern, text) in cases {
            let mut steps = 0_usize;
            let matched = run(
                &units(&pattern).as_slice(),
                text.as_bytes(),
                Case::Sensitive,
                usize::MAX,
                || steps += 1,
            );
            let bound = (pattern.len() + 1) * (text.len() + 1);
            assert!(
                matched == Some(false) && steps <= bound,
                "{steps} of {bound}"
            );
        }
    }

    #[test]
    fn compiled_to_the_cheapest_form() {
        assert_eq!(Pattern::parse("**"), Pattern::Everything);
        assert_eq!(Pattern::parse("s3:get**"), Pattern::Prefix("s3:get".into()));
        assert_eq!(Pattern::parse("plain"), Pattern::Literal("plain".into()));
        assert!(matches!(Pattern::parse("a*b"), Pattern::Units(_)));
    }

    #[test]
    fn case_is_ignored_on_demand() {
        for pattern in ["S3:GetObject", "s3:GET*", "s3:g?tob*t"] {
            let pattern = Pattern::parse(pattern);
            assert!(pattern.matches("s3:getObject", Case::Ignored));
            assert!(!pattern.matches("s3:getObject", Case::Sensitive));
        }
    }
}
