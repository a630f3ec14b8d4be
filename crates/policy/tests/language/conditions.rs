//! Condition operators, modifiers, absent keys: each row of testdata is decided with an Allow and with a Deny.

use crate::keys::{Keys, OBJECT, decide, identity, statement};
use anyrole_policy::{Context, ContextValue, Decision, Effect, Layer};
use serde_json::{Map, Value};

/// A context in JSON: a list is a multivalued key.
struct JsonKeys<'a>(Vec<(&'a str, Vec<&'a str>, bool)>);

impl Context for JsonKeys<'_> {
    fn value(&self, key: &str) -> Option<ContextValue<'_>> {
        let (_, values, is_list) = self.0.iter().find(|(name, ..)| *name == key)?;
        match values.as_slice() {
            [one] if !is_list => Some(ContextValue::One(one)),
            many => Some(ContextValue::Many(many)),
        }
    }
}

fn json_keys<'a>(context: &'a Map<String, Value>) -> JsonKeys<'a> {
    let texts = |value: &'a Value| match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().into_iter().collect(),
    };
    let keys = context
        .iter()
        .map(|(key, value)| (key.as_str(), texts(value), value.is_array()));
    JsonKeys(keys.collect())
}

fn matches(effect: Effect, condition: &str, keys: &dyn Context) -> bool {
    let inside = format!(
        r#""Effect": "{effect:?}", "Action": "*", "Resource": "*", "Condition": {condition}"#
    );
    let decision = decide(&identity(&statement(&inside)), "s3:GetObject", OBJECT, keys);
    let layer = Layer::Identity;
    let yes = match effect {
        Effect::Allow => Decision::Allow,
        Effect::Deny => Decision::ExplicitDeny { layer },
    };
    assert!(
        decision == yes || decision == Decision::ImplicitDeny { layer },
        "{condition}: {decision:?}"
    );
    decision == yes
}

#[test]
fn rows_of_testdata() {
    let rows: Vec<Value> =
        serde_json::from_str(include_str!("../../../../testdata/policy/conditions.json")).unwrap();
    for row in &rows {
        let keys = json_keys(row["context"].as_object().unwrap());
        for effect in [Effect::Allow, Effect::Deny] {
            let matched = matches(effect, &row["condition"].to_string(), &keys);
            assert_eq!(Some(matched), row["matches"].as_bool(), "{effect:?} {row}");
        }
    }
    assert_eq!(rows.len(), 115);
}

/// A value of the request that isn't of the operator's type: an Allow doesn't match, a Deny does.
#[test]
fn unreadable_values_fail_closed() {
    for condition in [
        r#""Bool": {"k:k": "true"}"#,
        r#""NumericEquals": {"k:k": "1"}"#,
        r#""NumericNotEquals": {"k:k": "1"}"#,
        r#""DateLessThan": {"k:k": "2030-01-01"}"#,
        r#""IpAddress": {"k:k": "10.0.0.0/8"}"#,
        r#""NotIpAddress": {"k:k": "10.0.0.0/8"}"#,
        r#""ForAllValues:NumericEquals": {"k:k": "1"}"#,
        r#""BinaryEquals": {"k:k": "QQ=="}"#,
    ] {
        let keys = Keys(&[("k:k", &["what?"])]);
        assert!(
            !matches(Effect::Allow, &format!("{{{condition}}}"), &keys),
            "{condition}"
        );
        assert!(
            matches(Effect::Deny, &format!("{{{condition}}}"), &keys),
            "{condition}"
        );
        // Another condition that surely doesn't hold still settles it.
        let settled = format!(r#"{{{condition}, "Null": {{"k:k": "true"}}}}"#);
        assert!(!matches(Effect::Deny, &settled, &keys), "{condition}");
    }
}

/// A key that holds empty strings alone counts as absent for ForAllValues and ForAnyValue, not for others.
#[test]
fn empty_strings_are_no_set() {
    let empty = Keys(&[("k:k", &[""])]);
    let two = Keys(&[("k:k", &["", ""])]);
    for keys in [&empty, &two] {
        for (condition, expected) in [
            (r#"{"ForAllValues:StringEquals": {"k:k": "a"}}"#, true),
            (r#"{"ForAnyValue:StringLike": {"k:k": "*"}}"#, false),
            (r#"{"ForAnyValue:StringNotEquals": {"k:k": "a"}}"#, false),
            (
                r#"{"ForAnyValue:StringEqualsIfExists": {"k:k": "a"}}"#,
                true,
            ),
            (r#"{"StringEquals": {"k:k": ""}}"#, true),
            (r#"{"Null": {"k:k": "false"}}"#, true),
        ] {
            assert_eq!(
                matches(Effect::Allow, condition, keys),
                expected,
                "{condition}"
            );
        }
    }
}
