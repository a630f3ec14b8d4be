//! Conditions that say something else than they seem to: operators for another type of value, wildcards that are none,
//! variables that are plain text.

use super::tables::tables;
use super::{Found, Looked, Rule, Severity};
use crate::conditions::{Condition, Family};
use crate::document::Version;
use crate::refusal::Position;

pub(super) fn look(looked: &Looked<'_>, found: &mut Found) {
    let conditions = looked.statement.conditions.iter();
    for (condition, at) in conditions.zip(&looked.places.conditions) {
        wrong_type(condition, *at, looked, found);
        for text in condition.written_texts() {
            literal_wildcard(condition, &text, *at, looked, found);
            plain_variable(&text, *at, looked, found);
        }
        for variable in condition.variables() {
            multivalued(variable, *at, looked, found);
        }
    }
    let resources = looked.statement.resources.iter();
    let patterns = resources.flat_map(|clause| &clause.patterns);
    for (pattern, at) in patterns.zip(&looked.places.resources) {
        plain_variable(&pattern.written, *at, looked, found);
        for variable in pattern.variables() {
            multivalued(variable, *at, looked, found);
        }
    }
}

fn wrong_type(condition: &Condition, at: Position, looked: &Looked<'_>, found: &mut Found) {
    let Some(key) = tables().key(&condition.key) else {
        return;
    };
    let (values, fits): (&str, &[Family]) = match key.kind {
        "bool" | "bools" => ("true or false", &[Family::Bool, Family::String]),
        "date" => ("times", &[Family::Date, Family::Numeric, Family::String]),
        "numeric" => ("numbers", &[Family::Numeric, Family::String]),
        "ip" => ("addresses", &[Family::Ip, Family::String]),
        "arn" | "arns" => ("ARNs", &[Family::Arn, Family::String]),
        // Texts may be anything: a tag may hold a number or a day.
        _ => return,
    };
    if condition.family() == Family::Null || fits.contains(&condition.family()) {
        return;
    }
    let message = format!(
        "`{}` can't compare `{}`, whose values are {values}",
        condition.operator, condition.key
    );
    let cure = "use an operator for values of that type";
    let about = (Severity::Error, Rule::MisleadingCondition);
    found.push(about, at, looked.statement, (message, cure));
}

fn literal_wildcard(
    condition: &Condition,
    text: &str,
    at: Position,
    looked: &Looked<'_>,
    found: &mut Found,
) {
    let plain = text.replace("${*}", "").replace("${?}", "");
    if condition.takes_wildcards() || condition.family() != Family::String || !plain.contains('*') {
        return;
    }
    let message = format!(
        "`{}` compares the `*` of `{text}` as a plain star",
        condition.operator
    );
    let like = condition
        .operator
        .replace("EqualsIgnoreCase", "Like")
        .replace("Equals", "Like");
    let cure = format!("use `{like}` if the star stands for anything");
    let about = (Severity::Warning, Rule::MisleadingCondition);
    found.push(about, at, looked.statement, (message, cure));
}

fn plain_variable(text: &str, at: Position, looked: &Looked<'_>, found: &mut Found) {
    if looked.policy.version == Version::V2012 || !text.contains("${") {
        return;
    }
    let message = format!("the variable in `{text}` is plain text in this version of the language");
    let cure = "write `\"Version\": \"2012-10-17\"` at the top of the policy";
    let about = (Severity::Error, Rule::NeverMatches);
    found.push(about, at, looked.statement, (message, cure));
}

fn multivalued(variable: &str, at: Position, looked: &Looked<'_>, found: &mut Found) {
    let kind = tables().key(variable).map(|key| key.kind);
    if !matches!(kind, Some("strings" | "arns" | "bools")) {
        return;
    }
    let message = format!("the variable `${{{variable}}}` never has a value: the key has several");
    let cure = "compare the key in a condition, with ForAnyValue or ForAllValues";
    let about = (Severity::Error, Rule::NeverMatches);
    found.push(about, at, looked.statement, (message, cure));
}
