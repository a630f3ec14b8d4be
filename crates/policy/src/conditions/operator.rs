//! Operator names: modifiers are taken off, the family is chosen, the policy's values are compiled.
//! A name that isn't in the list is refused.

use super::{Condition, Quantifier, Test, arn, binary, boolean, date, ip, null, numeric, string};
use crate::document::Version;
use crate::refusal::{Flaw, ParseError, Position};

/// One value in a condition, a string or an unquoted number or boolean as written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scalar<'t> {
    pub text: &'t str,
    pub at: Position,
}

/// The operators without modifiers, for the cure of a misspelled one.
const NAMES: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "ArnEquals",
    "ArnNotEquals",
    "ArnLike",
    "ArnNotLike",
    "Bool",
    "Null",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "IpAddress",
    "NotIpAddress",
    "BinaryEquals",
];

/// How an ordered family compares the request's value with the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

impl Comparison {
    pub fn holds<T: Ord>(self, asked: &T, written: &T) -> bool {
        match self {
            Self::Equals => asked == written,
            Self::LessThan => asked < written,
            Self::LessThanEquals => asked <= written,
            Self::GreaterThan => asked > written,
            Self::GreaterThanEquals => asked >= written,
        }
    }

    /// The comparison and whether it is negated, of an operator name without its family.
    fn parse(name: &str) -> Option<(Self, bool)> {
        Some(match name {
            "Equals" => (Self::Equals, false),
            "NotEquals" => (Self::Equals, true),
            "LessThan" => (Self::LessThan, false),
            "LessThanEquals" => (Self::LessThanEquals, false),
            "GreaterThan" => (Self::GreaterThan, false),
            "GreaterThanEquals" => (Self::GreaterThanEquals, false),
            _ => return None,
        })
    }
}

impl Condition {
    /// Compiles the values of one key under one operator.
    pub fn parse(
        (operator, operator_at): (&str, Position),
        (key, key_at): (&str, Position),
        values: &[Scalar<'_>],
        version: Version,
    ) -> Result<Self, ParseError> {
        let (quantifier, if_exists, base) = modifiers(operator);
        check_key(key).map_err(|flaw| flaw.at(key_at))?;
        if base == "Null" && (quantifier.is_some() || if_exists) {
            let message = format!("Invalid Condition type : {operator}");
            return Err(Flaw::new(message, "use `Null` without a modifier").at(operator_at));
        }
        let Some((test, negated)) = test(base, values, version)? else {
            return Err(unknown(operator, base).at(operator_at));
        };
        Ok(Self {
            operator: operator.into(),
            key: key.into(),
            lower_case_key: key.to_ascii_lowercase().into(),
            quantifier,
            if_exists,
            negated,
            test,
        })
    }
}

fn modifiers(operator: &str) -> (Option<Quantifier>, bool, &str) {
    let (quantifier, rest) = match operator.split_once(':') {
        Some(("ForAllValues", rest)) => (Some(Quantifier::ForAllValues), rest),
        Some(("ForAnyValue", rest)) => (Some(Quantifier::ForAnyValue), rest),
        _ => (None, operator),
    };
    match rest.strip_suffix("IfExists") {
        Some(base) => (quantifier, true, base),
        None => (quantifier, false, rest),
    }
}

fn test(
    base: &str,
    values: &[Scalar<'_>],
    version: Version,
) -> Result<Option<(Test, bool)>, ParseError> {
    use string::Comparison::{Equals, EqualsIgnoreCase, Like};
    let string = |comparison| string::Values::parse(values, comparison, version).map(Test::String);
    let arn = || arn::Values::parse(values, version).map(Test::Arn);
    let ip = || ip::Values::parse(values).map(Test::Ip);
    Ok(Some(match base {
        "StringEquals" => (string(Equals)?, false),
        "StringNotEquals" => (string(Equals)?, true),
        "StringEqualsIgnoreCase" => (string(EqualsIgnoreCase)?, false),
        "StringNotEqualsIgnoreCase" => (string(EqualsIgnoreCase)?, true),
        "StringLike" => (string(Like)?, false),
        "StringNotLike" => (string(Like)?, true),
        "ArnEquals" | "ArnLike" => (arn()?, false),
        "ArnNotEquals" | "ArnNotLike" => (arn()?, true),
        "Bool" => (Test::Bool(boolean::Values::parse(values, version)?), false),
        "Null" => (Test::Null(null::Values::parse(values)?), false),
        "BinaryEquals" => (Test::Binary(binary::Values::parse(values)?), false),
        "IpAddress" => (ip()?, false),
        "NotIpAddress" => (ip()?, true),
        _ => return ordered(base, values),
    }))
}

fn ordered(base: &str, values: &[Scalar<'_>]) -> Result<Option<(Test, bool)>, ParseError> {
    if let Some((comparison, negated)) = base.strip_prefix("Numeric").and_then(Comparison::parse) {
        let values = numeric::Values::parse(values, comparison)?;
        return Ok(Some((Test::Numeric(values), negated)));
    }
    if let Some((comparison, negated)) = base.strip_prefix("Date").and_then(Comparison::parse) {
        let values = date::Values::parse(values, comparison)?;
        return Ok(Some((Test::Date(values), negated)));
    }
    Ok(None)
}

fn check_key(key: &str) -> Result<(), Flaw> {
    let has_vendor = key
        .split_once(':')
        .is_some_and(|(vendor, name)| !vendor.is_empty() && !name.is_empty());
    if has_vendor && !key.contains(['$', '*', '?']) {
        return Ok(());
    }
    Err(Flaw::new(
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        format!(
            "write the condition key `{key}` as `service:name`, without wildcards and variables"
        ),
    ))
}

fn unknown(operator: &str, base: &str) -> Flaw {
    let message = format!("Invalid Condition type : {operator}");
    let cure = match NAMES.iter().find(|name| name.eq_ignore_ascii_case(base)) {
        Some(name) => format!("write `{name}`, in this spelling"),
        None => "use one of the condition operators of the IAM user guide".to_owned(),
    };
    Flaw::new(message, cure)
}
