//! ARN patterns, of the Resource elements and of the ARN condition operators. The six colon-separated parts are
//! compared one by one, so that a wildcard never reaches over a colon except in the last part.

use crate::conditions::Truth;
use crate::document::Version;
use crate::refusal::Flaw;
use crate::request::Context;
use crate::variables::{Template, Wildcards, split_at_colons};
use crate::wildcard::Pattern;

/// partition, service, region, account and resource follow `arn`.
const PARTS: usize = 6;

/// A compiled ARN pattern with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArnPattern {
    pub written: Box<str>,
    shape: Shape,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    Everything,
    /// No wildcards and no variables.
    Literal,
    /// Literal up to one closing `*`, which is in the last part.
    Prefix(Box<str>),
    Parts(Box<[Template]>),
    /// A text with variables but without wildcards that isn't split: equal or not.
    Whole(Template),
}

/// What an index goes by.
pub(crate) enum ResourceScope {
    Any,
    Whole(Box<str>),
    /// Up to and with a `:` or `/`.
    Start(Box<str>),
}

impl ArnPattern {
    /// What every resource that matches has in common.
    pub fn scope(&self) -> ResourceScope {
        let start = match &self.shape {
            Shape::Everything | Shape::Whole(_) => return ResourceScope::Any,
            Shape::Literal => return ResourceScope::Whole(self.written.clone()),
            Shape::Prefix(prefix) => prefix.to_string(),
            Shape::Parts(templates) => literal_start(templates),
        };
        let cut = start.rfind([':', '/']).map_or(0, |at| at + 1);
        match start.get(..cut) {
            Some(cut) if !cut.is_empty() => ResourceScope::Start(cut.into()),
            _ => ResourceScope::Any,
        }
    }

    /// Compiles an element of Resource or NotResource: `*` or an ARN; variables in its last part only.
    pub fn parse_resource(text: &str, version: Version) -> Result<Self, Flaw> {
        if text == "*" {
            return Ok(Self::everything());
        }
        let parts = split_at_colons(text, version, PARTS);
        let shortened = parts.len() > 2 && parts.len() < PARTS && text.ends_with('*');
        if parts.first() != Some(&"arn") || !(parts.len() == PARTS || shortened) {
            return Err(Flaw::new(
                format!("Resource {text} must be in ARN format or \"*\""),
                "write `arn:partition:service:region:account:resource`",
            ));
        }
        if parts.get(1).is_none_or(|partition| partition.is_empty()) {
            return Err(Flaw::new(
                format!("Partition \"\" is not valid for resource \"{text}\"."),
                "write a partition in the second part of the ARN, `aws`",
            ));
        }
        let service = parts.get(2).copied().unwrap_or_default();
        if service.is_empty() || service.contains(['*', '?']) {
            return Err(Flaw::new(
                format!("vendor `{service}` of resource `{text}` is not valid"),
                "name one service in the third part of the ARN, without wildcards",
            ));
        }
        let templates = templates(&parts, version)?;
        if templates.iter().take(PARTS - 1).any(Template::has_variable) {
            return Err(Flaw::new(
                format!("resource `{text}` has a policy variable before its fifth colon"),
                "use variables in the last part of the ARN only",
            ));
        }
        Ok(Self {
            written: text.into(),
            shape: shape(text, templates),
        })
    }

    /// Compiles a value of an ARN condition: `*`, an ARN, or a text whose variables hold the ARN.
    pub fn parse_condition(text: &str, version: Version) -> Result<Self, Flaw> {
        if text == "*" {
            return Ok(Self::everything());
        }
        let parts = split_at_colons(text, version, PARTS);
        if parts.len() == PARTS
            && (parts.first() == Some(&"arn") || text.starts_with(['*', '?', '$']))
        {
            return Ok(Self {
                written: text.into(),
                shape: shape(text, templates(&parts, version)?),
            });
        }
        let whole = Template::parse(text, version, Wildcards::Allowed)?;
        if whole.has_variable() && !whole.has_wildcard() {
            return Ok(Self {
                written: text.into(),
                shape: Shape::Whole(whole),
            });
        }
        Err(Flaw::new(
            format!("`{text}` is not an ARN"),
            "write all six parts, `arn:partition:service:region:account:resource`, or `*`",
        ))
    }

    fn everything() -> Self {
        Self {
            written: "*".into(),
            shape: Shape::Everything,
        }
    }

    /// Whether an ARN matches; never where a variable has no value. Unknown where that would take too long.
    pub fn matches(&self, arn: &str, context: &dyn Context) -> Truth {
        match &self.shape {
            Shape::Everything => Truth::Yes,
            Shape::Literal => (*self.written == *arn).into(),
            Shape::Prefix(prefix) => arn.starts_with(&**prefix).into(),
            Shape::Parts(templates) => {
                let mut parts = arn.splitn(templates.len(), ':');
                let mut all = Truth::Yes;
                for template in templates {
                    let part = parts.next();
                    all = all.min(part.map_or(Truth::No, |part| template.matches(part, context)));
                    if all == Truth::No {
                        break;
                    }
                }
                all
            }
            Shape::Whole(template) => template.matches(arn, context),
        }
    }

    /// Whether every variable has a value.
    pub fn has_values(&self, context: &dyn Context) -> bool {
        match &self.shape {
            Shape::Parts(templates) => templates
                .iter()
                .all(|template| template.has_values(context)),
            Shape::Whole(template) => template.has_values(context),
            Shape::Everything | Shape::Literal | Shape::Prefix(_) => true,
        }
    }

    /// For explanations: the pattern with its variables filled in, else as written.
    pub fn filled(&self, context: &dyn Context) -> String {
        let filled = match &self.shape {
            Shape::Parts(templates) => templates
                .iter()
                .map(|t| fill_part(t, context))
                .collect::<Option<Vec<_>>>(),
            Shape::Whole(template) => template.filled(context).map(|text| vec![text]),
            Shape::Everything | Shape::Literal | Shape::Prefix(_) => None,
        };
        match (filled, self.has_variable()) {
            (Some(parts), true) => parts.join(":"),
            _ => self.written.to_string(),
        }
    }

    /// The keys of its variables.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let templates = match &self.shape {
            Shape::Parts(templates) => &**templates,
            Shape::Whole(template) => std::slice::from_ref(template),
            Shape::Everything | Shape::Literal | Shape::Prefix(_) => &[],
        };
        templates.iter().flat_map(Template::variables)
    }

    fn has_variable(&self) -> bool {
        match &self.shape {
            Shape::Parts(templates) => templates.iter().any(Template::has_variable),
            Shape::Whole(_) => true,
            Shape::Everything | Shape::Literal | Shape::Prefix(_) => false,
        }
    }
}

fn literal_start(templates: &[Template]) -> String {
    let mut start = String::new();
    for (index, template) in templates.iter().enumerate() {
        if index > 0 {
            start.push(':');
        }
        let (text, is_whole) = template.literal_start();
        start.push_str(&text);
        if !is_whole {
            break;
        }
    }
    start
}

fn fill_part(template: &Template, context: &dyn Context) -> Option<String> {
    match template {
        Template::Variable(_) => template.filled(context),
        Template::Fixed(pattern) => Some(pattern.to_string()),
    }
}

fn templates(parts: &[&str], version: Version) -> Result<Vec<Template>, Flaw> {
    parts
        .iter()
        .map(|part| Template::parse(part, version, Wildcards::Allowed))
        .collect()
}

fn shape(text: &str, templates: Vec<Template>) -> Shape {
    let is_literal = |t: &Template| matches!(t, Template::Fixed(Pattern::Literal(_)));
    // `${*}` is literal too, yet not what is written.
    if text.contains("${") {
        return Shape::Parts(templates.into());
    }
    let Some((last, before)) = templates.split_last() else {
        return Shape::Parts(templates.into());
    };
    if before.iter().all(is_literal) {
        match last {
            Template::Fixed(Pattern::Literal(_)) => return Shape::Literal,
            Template::Fixed(Pattern::Everything | Pattern::Prefix(_)) => {
                return Shape::Prefix(text.trim_end_matches('*').into());
            }
            _ => {}
        }
    }
    Shape::Parts(templates.into())
}
