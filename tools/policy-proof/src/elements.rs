//! Statements by chance: effects, actions, resources and principals near those of a question.

use crate::choices::Choices;
use crate::conditions::variable;
use crate::document::{Clause, Condition, Document, Named, Statement};
use crate::question::{ACTIONS, Asker, Question, RESOURCES};
use crate::scene::Shape;

impl Document {
    /// A document of one to four statements by chance; with principals where it is of a resource.
    pub fn by_chance(
        choices: &mut Choices<'_>,
        question: &Question,
        shape: Shape,
        of_resource: bool,
    ) -> Self {
        let version = match choices.below(6) {
            0 => None,
            1 => Some("2008-10-17"),
            _ => Some("2012-10-17"),
        };
        let mut document = Self {
            version,
            statements: Vec::new(),
        };
        for _ in 0..=choices.below(4) {
            let has_variables = document.has_variables();
            let mut statement = Statement::by_chance(choices, question, shape, has_variables);
            if of_resource {
                let mut principal = principals(choices);
                // An Allow with NotPrincipal is refused.
                principal.negated &= statement.deny;
                statement.principal = Some(principal);
            }
            document.statements.push(statement);
        }
        document
    }
}

impl Statement {
    /// A statement without principals by chance.
    pub fn by_chance(
        choices: &mut Choices<'_>,
        question: &Question,
        shape: Shape,
        has_variables: bool,
    ) -> Self {
        let mut conditions = Vec::<Condition>::new();
        for _ in 0..choices.below(5).saturating_sub(2) {
            let condition = Condition::by_chance(choices, question, shape, has_variables);
            let is_twin = |other: &Condition| {
                other.operator_name() == condition.operator_name()
                    && other.key.eq_ignore_ascii_case(&condition.key)
            };
            if !conditions.iter().any(is_twin) {
                conditions.push(condition);
            }
        }
        Self {
            deny: choices.one_in(3),
            principal: None,
            action: clause(choices, |choices| action(choices, question)),
            resource: clause(choices, |choices| {
                resource(choices, question, has_variables)
            }),
            conditions,
        }
    }
}

fn clause<T>(choices: &mut Choices<'_>, mut value: impl FnMut(&mut Choices<'_>) -> T) -> Clause<T> {
    let negated = choices.one_in(6);
    let count = 1 + choices.below(3).saturating_sub(choices.below(3));
    let values = (0..count).map(|_| value(choices)).collect();
    Clause { negated, values }
}

fn action(choices: &mut Choices<'_>, question: &Question) -> String {
    let action = match choices.below(3) {
        0 => choices.pick(&ACTIONS),
        _ => &question.action,
    };
    let Some((service, name)) = action.split_once(':') else {
        return "*".to_owned();
    };
    match choices.below(8) {
        0 => "*".to_owned(),
        1 => format!("{service}:*"),
        2 => format!("{}:{}", service.to_uppercase(), name.to_lowercase()),
        3..5 => format!("{service}:{}", blur(name, choices, false)),
        _ => action.to_owned(),
    }
}

fn resource(choices: &mut Choices<'_>, question: &Question, has_variables: bool) -> String {
    let resource = match choices.below(3) {
        0 => choices.pick(&RESOURCES),
        _ => &question.resource,
    };
    let parts: Vec<_> = resource.splitn(6, ':').collect();
    let [arn, partition, service, region, account, last] = parts.as_slice() else {
        return "*".to_owned();
    };
    let literal = |text: &str| match has_variables {
        true => escape(text),
        false => text.to_owned(),
    };
    let last = match choices.below(8) {
        0 => "*".to_owned(),
        1..3 => blur(last, choices, has_variables),
        3 => literal(last) + variable(choices),
        4 => format!("{}*", variable(choices)),
        5 => literal(last).replace("ann", "${aws:username}"),
        _ => literal(last),
    };
    let mut part = |text: &str| match choices.below(6) {
        0 => blur(text, choices, false),
        _ => text.to_owned(),
    };
    let (partition, region, account) = (part(partition), part(region), part(account));
    match choices.below(10) {
        0 => "*".to_owned(),
        _ => format!("{arn}:{partition}:{service}:{region}:{account}:{last}"),
    }
}

fn principals(choices: &mut Choices<'_>) -> Clause<Named> {
    if choices.one_in(4) {
        let negated = choices.one_in(6);
        let values = vec![Named::Everyone];
        return Clause { negated, values };
    }
    clause(choices, |choices| match choices.below(9) {
        0 => Named::Service(Asker::SERVICE.to_owned()),
        1 => Named::Service("ec2.amazonaws.com".to_owned()),
        2 => Named::Federated(Asker::PROVIDER.to_owned()),
        _ => Named::Aws(
            choices
                .pick(&[
                    "*",
                    Asker::ACCOUNT,
                    Asker::ROOT,
                    Asker::USER,
                    Asker::USER_ID,
                    Asker::ROLE,
                    Asker::ROLE_ID,
                    Asker::SESSION,
                    Asker::FEDERATED,
                    "arn:aws:iam::000000000000:user/bob",
                    Asker::OTHER_ACCOUNT,
                ])
                .to_owned(),
        ),
    })
}

/// Replaces a run of characters by `*`, or one by `?`; what is left of stars and dollars is escaped where it can be.
pub(crate) fn blur(text: &str, choices: &mut Choices<'_>, has_variables: bool) -> String {
    let count = text.chars().count();
    let start = choices.below(count + 1);
    let one = choices.one_in(3) && start < count;
    let length = match one {
        true => 1,
        false => choices.below(count - start + 1),
    };
    let before: String = text.chars().take(start).collect();
    let after: String = text.chars().skip(start + length).collect();
    let wildcard = if one { "?" } else { "*" };
    if has_variables {
        return escape(&before) + wildcard + &escape(&after);
    }
    (before + wildcard + &after).replace("${", "$")
}

/// As version 2012-10-17 writes a text that stands for itself.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '*' | '?' | '$' => escaped.extend(['$', '{', c, '}']),
            plain => escaped.push(plain),
        }
    }
    escaped
}
