//! Conditions by chance: each operator with the keys of its family, and values near those that the request has.

use crate::choices::Choices;
use crate::document::{Condition, Quantifier};
use crate::elements::{blur, escape};
use crate::operators::{Family, OPERATORS, Operator};
use crate::question::{KeyValue, Question};
use crate::scene::Shape;

/// A context key that requests have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    pub name: &'static str,
    kind: Kind,
    multivalued: bool,
}

impl Key {
    pub fn is_multivalued(&self) -> bool {
        self.multivalued
    }
}

/// What a key's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Date,
    Flag,
    Address,
    Arn,
    Octets,
}

const fn key(name: &'static str, kind: Kind, multivalued: bool) -> Key {
    Key {
        name,
        kind,
        multivalued,
    }
}

const DATES: &[&str] = &[
    "2029-12-31T23:59:59Z",
    "2030-01-01T00:00:00Z",
    "2030-06-01T12:00:00Z",
];
const ADDRESSES: &[&str] = &["203.0.113.7", "10.1.2.3", "2001:db8::1", "192.0.2.1"];
const ARNS: &[&str] = &[
    "arn:aws:iam::000000000000:role/app",
    "arn:aws:s3:::home/ann",
    "arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/a:b",
    "arn:aws:iam::111111111111:user/*",
];
const NUMBERS: &[&str] = &["0", "10", "-1", "1000", "9007199254740993"];
const OCTETS: &[&str] = &["AQ==", "Ag==", "QUJD"];
const FLAGS: &[&str] = &["true", "false"];

/// The keys that a request may have, with the values that they take.
pub(crate) const KEYS: [(Key, &[&str]); 17] = [
    (
        key("aws:PrincipalTag/team", Kind::Text, false),
        &["red", "Red", "blue", "*", "r?d", "", "rouge é"],
    ),
    (
        key("aws:username", Kind::Text, false),
        &["ann", "bob", "*", "a?n", "$", "${aws:username}"],
    ),
    (
        key("s3:prefix", Kind::Text, false),
        &["home/ann/", "home/ann/x", "home/bob/x", "home/*", "red", ""],
    ),
    (
        key("aws:TagKeys", Kind::Text, true),
        &["team", "Team", "env", "*", "cost center"],
    ),
    (key("s3:max-keys", Kind::Number, false), NUMBERS),
    (key("k:Numbers", Kind::Number, true), NUMBERS),
    (key("aws:CurrentTime", Kind::Date, false), DATES),
    (key("k:Dates", Kind::Date, true), DATES),
    (key("aws:SecureTransport", Kind::Flag, false), FLAGS),
    (key("k:Flags", Kind::Flag, true), FLAGS),
    (key("aws:SourceIp", Kind::Address, false), ADDRESSES),
    (key("k:Addresses", Kind::Address, true), ADDRESSES),
    (key("aws:SourceArn", Kind::Arn, false), ARNS),
    (key("k:Arns", Kind::Arn, true), ARNS),
    (key("k:Octet", Kind::Octets, false), OCTETS),
    (key("k:Octets", Kind::Octets, true), OCTETS),
    (key("aws:PrincipalTag/none", Kind::Text, false), &["some"]),
];

/// What policies write of dates, addresses and numbers, beside the values that requests have.
const MORE_DATES: &[&str] = &[
    "2030-01-01",
    "1893456000",
    "2030-01-01T02:00:00+02:00",
    "2031-01-01T00:00:00Z",
];
const MORE_ADDRESSES: &[&str] = &[
    "203.0.113.0/24",
    "203.0.113.9/24",
    "10.0.0.0/8",
    "0.0.0.0/0",
    "2001:db8::/32",
    "::/0",
];
const MORE_NUMBERS: &[&str] = &["9", "11", "10.0", "10.5", "-1.5"];
const MORE_FLAGS: &[&str] = &["True", "FALSE"];

/// Variables that policies write: of keys that requests have and of one that they seldom have.
const VARIABLES: &[&str] = &[
    "${aws:username}",
    "${AWS:UserName}",
    "${aws:PrincipalTag/team}",
    "${aws:PrincipalTag/none}",
    "${aws:PrincipalTag/none, 'red'}",
    "${aws:username, 'ann'}",
    "${*}",
    "${?}",
    "${$}",
];

/// A variable as policies write it.
pub(crate) fn variable(choices: &mut Choices<'_>) -> &'static str {
    choices.pick(VARIABLES)
}

impl Condition {
    /// A condition by chance; in `has_variables` policies `${…}` isn't plain text.
    pub(crate) fn by_chance(
        choices: &mut Choices<'_>,
        question: &Question,
        shape: Shape,
        has_variables: bool,
    ) -> Self {
        let operator = choices.pick(&OPERATORS);
        let quantifier = match choices.below(if shape.quantifiers { 6 } else { 1 }) {
            4 => Some(Quantifier::All),
            5 => Some(Quantifier::Any),
            _ => None,
        }
        .filter(|_| operator.family != Family::Null);
        let key = choose_key(choices, operator, quantifier, shape);
        let count = 1 + choices.below(3).saturating_sub(choices.below(3));
        let mut values: Vec<String> = (0..count)
            .map(|_| value(choices, operator, key, question, has_variables))
            .collect();
        values.dedup();
        Self {
            quantifier,
            operator,
            if_exists: operator.family != Family::Null && choices.one_in(4),
            key: spell(key.name, choices),
            values,
        }
    }
}

fn choose_key(
    choices: &mut Choices<'_>,
    operator: Operator,
    quantifier: Option<Quantifier>,
    shape: Shape,
) -> Key {
    let wanted = match operator.family {
        Family::String | Family::Like => Some(Kind::Text),
        Family::Arn => Some(Kind::Arn),
        Family::Numeric => Some(Kind::Number),
        Family::Date => Some(Kind::Date),
        Family::Bool => Some(Kind::Flag),
        Family::Ip => Some(Kind::Address),
        Family::Binary => Some(Kind::Octets),
        Family::Null => None,
    };
    let any_kind = wanted.is_none() || (shape.misfits && choices.one_in(8));
    let any_number = operator.family == Family::Null || (shape.misfits && choices.one_in(8));
    let fitting: Vec<_> = KEYS
        .iter()
        .map(|(key, _)| key)
        .filter(|key| any_kind || Some(key.kind) == wanted)
        .filter(|key| any_number || key.multivalued == quantifier.is_some())
        .collect();
    let index = choices.below(fitting.len());
    let first = key("aws:username", Kind::Text, false);
    fitting.get(index).map_or(first, |key| **key)
}

/// Key names ignore case.
fn spell(name: &str, choices: &mut Choices<'_>) -> String {
    if choices.one_in(8) {
        return name.to_ascii_uppercase();
    }
    name.to_owned()
}

fn value(
    choices: &mut Choices<'_>,
    operator: Operator,
    key: Key,
    question: &Question,
    has_variables: bool,
) -> String {
    let near = near(choices, key, question);
    match operator.family {
        Family::Null => choices.pick(FLAGS).to_owned(),
        Family::Bool => choices
            .pick(&[FLAGS, FLAGS, MORE_FLAGS].concat())
            .to_owned(),
        Family::Numeric => choices.pick(&[NUMBERS, MORE_NUMBERS].concat()).to_owned(),
        Family::Date => choices.pick(&[DATES, MORE_DATES].concat()).to_owned(),
        Family::Ip => choices
            .pick(&[ADDRESSES, MORE_ADDRESSES].concat())
            .to_owned(),
        Family::Binary => choices.pick(OCTETS).to_owned(),
        Family::Arn => arn(choices, has_variables),
        Family::String => with_variable(choices, escape_if(&near, has_variables)),
        Family::Like => {
            let text = match choices.below(3) {
                0 => blur(&near, choices, has_variables),
                1 => near,
                _ => escape_if(&near, has_variables),
            };
            with_variable(choices, text.replace("${aws", "aws"))
        }
    }
}

/// A value that the request has under this key, or another that it could have.
fn near(choices: &mut Choices<'_>, key: Key, question: &Question) -> String {
    let asked = question.keys.0.get(&key.name.to_ascii_lowercase());
    match asked {
        Some(KeyValue::One(text)) if !choices.one_in(3) => return text.clone(),
        Some(KeyValue::Many(texts)) if !choices.one_in(3) => {
            if let Some(text) = texts.get(choices.below(texts.len())) {
                return text.clone();
            }
        }
        _ => {}
    }
    let values = KEYS.iter().find(|(other, _)| other.name == key.name);
    values.map_or_else(String::new, |(_, values)| choices.pick(values).to_owned())
}

fn escape_if(text: &str, has_variables: bool) -> String {
    if has_variables {
        return escape(text);
    }
    text.to_owned()
}

fn with_variable(choices: &mut Choices<'_>, text: String) -> String {
    match choices.below(6) {
        0 => variable(choices).to_owned(),
        1 => text + variable(choices),
        2 => text.replace("ann", "${aws:username}"),
        _ => text,
    }
}

fn arn(choices: &mut Choices<'_>, has_variables: bool) -> String {
    if choices.one_in(12) {
        return "*".to_owned();
    }
    let arn = choices.pick(ARNS);
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let last = parts.len().saturating_sub(1);
    let blurred: Vec<_> = parts
        .iter()
        .enumerate()
        .map(|(index, part)| match choices.below(3) {
            0 if index == last && choices.one_in(2) => variable(choices).to_owned(),
            0 if index > 0 => blur(part, choices, has_variables),
            _ => escape_if(part, has_variables),
        })
        .collect();
    blurred.join(":")
}
