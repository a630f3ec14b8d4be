//! The trust policy that the editor starts from: fields of a form come in (a trust anchor, names in certificates), the JSON that lets such
//! certificates in by Roles Anywhere leaves. Called by `edit_trust.rs` and `create.rs`.

use anyrole_domain::{Kind, Refusal};
use anyrole_x509::sha256_fingerprint;

use super::trust_document::{Conditions, trust_document};
use crate::Fields;
use crate::choices::Pick;

/// A name in certificates that the trust policy can go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// The form's field.
    pub field: &'static str,
    /// What the form calls it.
    pub label: &'static str,
    /// The condition key (Roles Anywhere user guide, trust model): a session tag that the certificate makes.
    pub key: &'static str,
}

const fn attribute(field: &'static str, label: &'static str, key: &'static str) -> Attribute {
    Attribute { field, label, key }
}

/// Those that the form has.
pub static ATTRIBUTES: [Attribute; 7] = [
    attribute(
        "subject-ou",
        "Organizational unit (OU)",
        "aws:PrincipalTag/x509Subject/OU",
    ),
    attribute(
        "subject-cn",
        "Common name (CN)",
        "aws:PrincipalTag/x509Subject/CN",
    ),
    attribute(
        "subject-o",
        "Organization (O)",
        "aws:PrincipalTag/x509Subject/O",
    ),
    attribute(
        "san-dns",
        "Alternative name: DNS",
        "aws:PrincipalTag/x509SAN/DNS",
    ),
    attribute(
        "san-uri",
        "Alternative name: URI",
        "aws:PrincipalTag/x509SAN/URI",
    ),
    attribute(
        "issuer-cn",
        "Issuer's common name",
        "aws:PrincipalTag/x509Issuer/CN",
    ),
    attribute(
        "issuer-ou",
        "Issuer's organizational unit",
        "aws:PrincipalTag/x509Issuer/OU",
    ),
];

/// What the form's fields say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustFields {
    /// The trust anchor's ARN; empty for any.
    pub anchor: String,
    /// The text of each of [`ATTRIBUTES`], in their order; empty for any.
    pub values: [String; ATTRIBUTES.len()],
}

impl TrustFields {
    /// The fields as a form has sent them.
    pub fn of(form: &Fields) -> Self {
        Self {
            anchor: Pick::read(form, "anchor").arn,
            values: ATTRIBUTES.map(|attribute| form.text(attribute.field).trim().to_owned()),
        }
    }

    /// Each attribute with its text.
    pub fn attributes(&self) -> impl Iterator<Item = (&'static Attribute, &str)> {
        ATTRIBUTES
            .iter()
            .zip(self.values.iter().map(String::as_str))
    }

    /// Tells whether a document was written from these; empty where none is filled in.
    pub fn mark(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        let texts = std::iter::once(&self.anchor).chain(&self.values);
        let lines: String = texts.flat_map(|text| [text, "\n"]).collect();
        let digest = sha256_fingerprint(lines.as_bytes());
        digest.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    /// The trust policy that they say: certificates of the anchor (any, where none is named) whose names fit each field that is filled
    /// in. A field may hold several values between commas, one of which must fit; `*` stands for any characters, `?` for one.
    ///
    /// # Errors
    /// An anchor that is none, and a value that no session tag can have.
    pub fn to_json(&self) -> Result<String, Refusal> {
        let mut condition = Conditions::new();
        if !self.anchor.is_empty() {
            let arn = vec![checked_anchor(&self.anchor)?];
            let of_arns = condition.entry("ArnEquals").or_default();
            of_arns.insert("aws:SourceArn", arn.into());
        }
        for (attribute, text) in self.attributes().filter(|(_, text)| !text.is_empty()) {
            let values = values(attribute, text)?;
            let has_wildcard = values.iter().any(|value| value.contains(['*', '?']));
            let operator = match has_wildcard {
                true => "StringLike",
                false => "StringEquals",
            };
            let of_texts = condition.entry(operator).or_default();
            of_texts.insert(attribute.key, values.into());
        }
        trust_document(condition)
    }
}

fn refused(reason: &'static str, text: String) -> Refusal {
    Refusal::new(Kind::Validation, reason, text)
}

/// The ARN of a trust anchor, without wildcards and variables.
fn checked_anchor(arn: &str) -> Result<String, Refusal> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let is_anchor = matches!(
        parts.as_slice(),
        ["arn", _, "rolesanywhere", _, _, resource] if resource.starts_with("trust-anchor/")
    );
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_:/".contains(c);
    if is_anchor && arn.chars().all(is_plain) {
        return Ok(arn.to_owned());
    }
    let shown = anyrole_domain::printable(arn);
    Err(refused(
        "no-anchor-arn",
        format!("`{shown}` is not the ARN of a trust anchor."),
    ))
}

/// The values of one field.
fn values(attribute: &Attribute, text: &str) -> Result<Vec<String>, Refusal> {
    let values = text.split(',').map(str::trim);
    let values: Vec<String> = values
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
        .collect();
    let fits = |value: &String| {
        let without = value.replace(['*', '?'], "");
        anyrole_x509::is_tag_value(&without)
    };
    if let Some(wrong) = values.iter().find(|value| !fits(value)) {
        let shown = anyrole_domain::printable(wrong);
        let label = attribute.label;
        return Err(refused(
            "no-tag-value",
            format!(
                "{label}: `{shown}` is a value that no certificate's session can have: letters, digits, spaces and _.:/=+-@ \
                 only, up to 256 characters. Such names can't be told apart by a trust policy."
            ),
        ));
    }
    if values.is_empty() {
        let label = attribute.label;
        let text = format!("{label}: there is no value between the commas.");
        return Err(refused("no-tag-value", text));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use anyrole_policy::lint::{Rule, Severity, lint};
    use anyrole_policy::{
        Context, ContextValue, Policy, PolicyKind, Principal, Request, evaluate_trust,
    };
    use proptest::prelude::*;

    use super::*;

    const ANCHOR: &str = "arn:aws:rolesanywhere:eu-central-1:000000000000:trust-anchor/6f1a9c1e-0000-4000-8000-000000000001";
    const ROLE: &str = "arn:aws:iam::000000000000:role/app";

    /// What a certificate brings: the anchor that it is of, and a value or none for each attribute.
    struct Certificate<'a> {
        anchor: &'a str,
        values: [Option<String>; ATTRIBUTES.len()],
    }

    impl Context for Certificate<'_> {
        fn value(&self, key: &str) -> Option<ContextValue<'_>> {
            if key == "aws:sourcearn" {
                return Some(ContextValue::One(self.anchor));
            }
            let is_it = |attribute: &Attribute| attribute.key.eq_ignore_ascii_case(key);
            let place = ATTRIBUTES.iter().position(is_it)?;
            self.values[place].as_deref().map(ContextValue::One)
        }
    }

    fn lets_in(json: &str, certificate: &Certificate<'_>) -> bool {
        let policy = Policy::parse(json, PolicyKind::Trust).expect("fields make a policy");
        let asks = |action| {
            let request = Request {
                principal: Principal::Service("rolesanywhere.amazonaws.com"),
                action,
                resource: ROLE,
                resource_account: "000000000000",
                context: certificate,
            };
            evaluate_trust(&request, &policy).is_allowed()
        };
        let answers = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"].map(asks);
        assert!(
            answers.windows(2).all(|pair| pair[0] == pair[1]),
            "{answers:?}"
        );
        answers[0]
    }

    /// What a pattern means, written without the engine.
    fn fits(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) => {
                fits(rest, text) || matches!(text, [_, tail @ ..] if fits(pattern, tail))
            }
            (['?', rest @ ..], [_, tail @ ..]) => fits(rest, tail),
            ([c, rest @ ..], [d, tail @ ..]) => c == d && fits(rest, tail),
            _ => false,
        }
    }

    fn field_means(text: &str, value: Option<&str>) -> bool {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        let one = |pattern: &str| value.is_some_and(|value| fits(&chars(pattern), &chars(value)));
        text.is_empty() || text.split(',').map(str::trim).any(one)
    }

    proptest! {
        #[test]
        fn the_json_means_what_the_fields_say(
            names_anchor in any::<bool>(),
            same_anchor in any::<bool>(),
            texts in prop::array::uniform7("(|[ab?*]{1,3}|[abüł_.]{1,2}, [ab*]{1,2}|o=a:/\\+@-)"),
            values in prop::array::uniform7(prop::option::of("[abüł_.]{1,3}|o=a:/\\+@-")),
        ) {
            let anchor = if names_anchor { ANCHOR.to_owned() } else { String::new() };
            let fields = TrustFields { anchor, values: texts.map(|text| text.trim().to_owned()) };
            let json = fields.to_json().unwrap();
            let other = ANCHOR.replace("0001", "0002");
            let certificate = Certificate {
                anchor: if same_anchor { ANCHOR } else { &other },
                values,
            };
            let means = (!names_anchor || same_anchor)
                && fields.values.iter().zip(&certificate.values)
                    .all(|(text, value)| field_means(text, value.as_deref()));
            prop_assert_eq!(lets_in(&json, &certificate), means, "{}", json);
        }

        #[test]
        fn whatever_is_typed_makes_a_policy_or_a_refusal(
            anchor in ".{0,40}",
            text in ".{0,40}",
            place in 0..ATTRIBUTES.len(),
        ) {
            let mut fields = TrustFields { anchor, ..TrustFields::default() };
            fields.values[place] = text;
            if let Ok(json) = fields.to_json() {
                let policy = Policy::parse(&json, PolicyKind::Trust);
                prop_assert!(policy.is_ok(), "{} {:?}", json, policy.err());
            }
        }
    }

    #[test]
    fn an_anchor_and_a_unit_leave_nothing_to_find() {
        let mut fields = TrustFields {
            anchor: ANCHOR.to_owned(),
            ..TrustFields::default()
        };
        fields.values[0] = "finance, sales".to_owned();
        let json = fields.to_json().unwrap();
        assert_eq!(
            json,
            format!(
                r#"{{
  "Version": "2012-10-17",
  "Statement": [
    {{
      "Effect": "Allow",
      "Principal": {{
        "Service": "rolesanywhere.amazonaws.com"
      }},
      "Action": [
        "sts:AssumeRole",
        "sts:TagSession",
        "sts:SetSourceIdentity"
      ],
      "Condition": {{
        "ArnEquals": {{
          "aws:SourceArn": "{ANCHOR}"
        }},
        "StringEquals": {{
          "aws:PrincipalTag/x509Subject/OU": [
            "finance",
            "sales"
          ]
        }}
      }}
    }}
  ]
}}"#
            )
        );
        assert_eq!(lint(&json, PolicyKind::Trust), []);
    }

    #[test]
    fn other_fields_have_another_mark() {
        let mut fields = TrustFields::default();
        assert_eq!(fields.mark(), "");
        fields.values[0] = "x".to_owned();
        let of_unit = fields.mark();
        fields.values.swap(0, 1);
        let of_name = fields.mark();
        assert!(!of_unit.is_empty() && of_unit != of_name, "{of_unit}");
        assert_eq!(fields.clone().mark(), of_name);
    }

    #[test]
    fn without_a_field_anyone_gets_in_and_the_lint_says_so() {
        let json = TrustFields::default().to_json().unwrap();
        let found = lint(&json, PolicyKind::Trust);
        let found: Vec<_> = found
            .iter()
            .map(|each| (each.severity, each.rule))
            .collect();
        assert_eq!(found, [(Severity::Error, Rule::AnyCertificate)]);
    }

    #[test]
    fn what_no_tag_can_hold_is_refused() {
        for (field, text) in [
            (0, "a&b"),
            (1, "${aws:username}"),
            (2, "(x)"),
            (3, ","),
            (4, "a\"b"),
        ] {
            let mut fields = TrustFields::default();
            fields.values[field] = text.to_owned();
            let refusal = fields.to_json().unwrap_err();
            assert_eq!(refusal.reason, "no-tag-value", "{text}");
            assert!(
                refusal.public.starts_with(ATTRIBUTES[field].label),
                "{refusal}"
            );
        }
        for anchor in [
            "x",
            "arn:aws:iam::000000000000:role/x",
            "arn:aws:rolesanywhere:r:1:trust-anchor/*",
        ] {
            let fields = TrustFields {
                anchor: anchor.to_owned(),
                ..TrustFields::default()
            };
            assert_eq!(fields.to_json().unwrap_err().reason, "no-anchor-arn");
        }
    }
}
