//! Where scratchstack-aspen 0.3.1 differs from AWS's documentation. Each rewriting keeps what the documentation says that
//! a policy means, so that a fault of ours isn't settled by one.

use anyrole_policy_proof::Asker;
use anyrole_policy_proof::{
    Clause, Condition, Family, KeyValue, Keys, Named, Scene, Statement, fill,
};

pub struct Exception {
    /// As in docs/aws-divergences.md.
    pub name: &'static str,
    /// Comes up in resource policies only.
    pub of_principals: bool,
    pub rewrite: fn(&mut Scene),
}

const fn exception(name: &'static str, rewrite: fn(&mut Scene)) -> Exception {
    Exception {
        name,
        of_principals: false,
        rewrite,
    }
}

/// In an order in which they can be taken one after the other.
pub const EXCEPTIONS: [Exception; 16] = [
    exception("a Deny counts wherever it stands", deny_first),
    exception("actions ignore case", lower_case_actions),
    exception("a dollar sign alone is itself", escape_dollars),
    exception("old versions have no variables", escape_in_old_versions),
    exception("variables have defaults", fill_defaults),
    exception("a variable without a value matches nothing", never_match),
    exception("negated operators hold without the key", add_if_exists),
    exception("negated operators let no value match", split_values),
    exception("booleans ignore case", lower_case_booleans),
    exception("numbers have decimals", tenfold),
    exception("a day is a date", whole_dates),
    exception("a star is every ARN", spell_out_star),
    Exception {
        name: "NotPrincipal must name account and session, too",
        of_principals: true,
        rewrite: settle_not_principal,
    },
    Exception {
        name: "an account's root names its sessions, too",
        of_principals: true,
        rewrite: name_account,
    },
    Exception {
        name: "roles and unique ids name principals",
        of_principals: true,
        rewrite: name_by_arn,
    },
    Exception {
        name: "a Deny of all AWS principals includes services",
        of_principals: true,
        rewrite: deny_services,
    },
];

fn statements_mut(scene: &mut Scene) -> impl Iterator<Item = &mut Statement> {
    scene
        .documents_mut()
        .flat_map(|document| &mut document.statements)
}

fn conditions_mut(scene: &mut Scene) -> impl Iterator<Item = &mut Condition> {
    statements_mut(scene).flat_map(|statement| &mut statement.conditions)
}

/// It stops at the first statement that matches.
fn deny_first(scene: &mut Scene) {
    for document in scene.documents_mut() {
        document.statements.sort_by_key(|statement| !statement.deny);
    }
}

fn lower_case_actions(scene: &mut Scene) {
    scene.question.action.make_ascii_lowercase();
    for statement in statements_mut(scene) {
        statement
            .action
            .values
            .iter_mut()
            .for_each(|text| text.make_ascii_lowercase());
    }
}

/// The texts of a document of version 2012-10-17 in which `${` may stand.
fn for_each_text(scene: &mut Scene, of_new_version: bool, mut turn: impl FnMut(&mut String)) {
    for document in scene.documents_mut() {
        if document.has_variables() != of_new_version {
            continue;
        }
        for statement in &mut document.statements {
            statement.resource.values.iter_mut().for_each(&mut turn);
            for condition in &mut statement.conditions {
                if has_texts(condition) {
                    condition.values.iter_mut().for_each(&mut turn);
                }
            }
        }
    }
}

fn has_texts(condition: &Condition) -> bool {
    matches!(
        condition.operator.family,
        Family::String | Family::Like | Family::Arn
    )
}

fn escape_dollars(scene: &mut Scene) {
    for_each_text(scene, true, |text| {
        let mut escaped = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('$') {
            escaped.push_str(before);
            escaped.push_str(if after.starts_with('{') { "$" } else { "${$}" });
            rest = after;
            // What is inside of braces stays.
            if let Some((inside, behind)) = after.strip_prefix('{').and_then(|a| a.split_once('}'))
            {
                escaped.extend(["{", inside, "}"]);
                rest = behind;
            }
        }
        escaped.push_str(rest);
        *text = escaped;
    });
}

/// It fills variables in for StringEquals and its kin whatever the version, and takes `$` for the start of one.
fn escape_in_old_versions(scene: &mut Scene) {
    for document in scene.documents_mut() {
        if document.has_variables() {
            continue;
        }
        for condition in document
            .statements
            .iter_mut()
            .flat_map(|s| &mut s.conditions)
        {
            if condition.operator.family == Family::String {
                for value in &mut condition.values {
                    *value = value.replace('$', "${$}");
                }
            }
        }
    }
}

fn fill_defaults(scene: &mut Scene) {
    let keys = scene.question.keys.clone();
    for_each_text(scene, true, |text| {
        if text.contains(", '")
            && let Some(filled) = fill(text, &keys)
        {
            *text = filled;
        }
    });
}

const NEVER: &str = "no request has this value";
const NEVER_ARN: &str = "arn:aws:never:::never";

fn never_match(scene: &mut Scene) {
    let keys = scene.question.keys.clone();
    for document in scene.documents_mut() {
        if document.has_variables() {
            document
                .statements
                .iter_mut()
                .for_each(|statement| never_match_statement(statement, &keys));
        }
    }
}

fn never_match_statement(statement: &mut Statement, keys: &Keys) {
    let lacks = |text: &String| fill(text, keys).is_none();
    let resource = &mut statement.resource;
    // All but a resource that can't be told: an Allow must not become one of everything.
    if resource.negated && !statement.deny && resource.values.iter().any(lacks) {
        resource.values = vec!["*".to_owned()];
    }
    for value in resource.values.iter_mut().filter(|value| lacks(value)) {
        *value = NEVER_ARN.to_owned();
    }
    for condition in &mut statement.conditions {
        if !has_texts(condition) {
            continue;
        }
        let never = match condition.operator.family {
            Family::Arn => NEVER_ARN,
            _ => NEVER,
        };
        for value in condition.values.iter_mut().filter(|value| lacks(value)) {
            *value = never.to_owned();
        }
    }
}

fn add_if_exists(scene: &mut Scene) {
    let mut aliases = Aliases::of(scene);
    for statement in statements_mut(scene) {
        for condition in &mut statement.conditions {
            if condition.operator.negated && !condition.if_exists {
                condition.if_exists = true;
                // There may be one with the suffix already.
                aliases.rename(condition);
            }
        }
    }
    aliases.give(scene);
}

/// Several values become several conditions, on keys of the same value.
fn split_values(scene: &mut Scene) {
    let mut aliases = Aliases::of(scene);
    for statement in statements_mut(scene) {
        let conditions = std::mem::take(&mut statement.conditions);
        for condition in conditions {
            if !condition.operator.negated || condition.values.len() < 2 {
                statement.conditions.push(condition);
                continue;
            }
            for value in &condition.values {
                let mut one = condition.clone();
                one.values = vec![value.clone()];
                aliases.rename(&mut one);
                statement.conditions.push(one);
            }
        }
    }
    aliases.give(scene);
}

/// Other names for keys, each once: a document has a key once under an operator.
struct Aliases {
    keys: Keys,
    made: Vec<(String, KeyValue)>,
    count: usize,
}

impl Aliases {
    fn of(scene: &Scene) -> Self {
        Self {
            keys: scene.question.keys.clone(),
            made: Vec::new(),
            count: scene.question.keys.0.len(),
        }
    }

    fn rename(&mut self, condition: &mut Condition) {
        self.count += 1;
        let key = condition.key.to_ascii_lowercase();
        condition.key = format!("{key}@{}", self.count);
        if let Some(asked) = self.keys.one(&key) {
            let asked = KeyValue::One(asked.to_owned());
            self.made.push((condition.key.clone(), asked));
        }
    }

    fn give(self, scene: &mut Scene) {
        scene.question.keys.0.extend(self.made);
    }
}

fn lower_case_booleans(scene: &mut Scene) {
    for condition in conditions_mut(scene) {
        if condition.operator.family == Family::Bool {
            condition
                .values
                .iter_mut()
                .for_each(|text| text.make_ascii_lowercase());
        }
    }
}

/// Numbers here have one decimal at most.
fn tenfold(scene: &mut Scene) {
    let times_ten = |text: &str| match text.split_once('.') {
        Some((whole, tenth)) => format!("{whole}{tenth}"),
        None => format!("{text}0"),
    };
    for condition in conditions_mut(scene) {
        if condition.operator.family == Family::Numeric {
            condition.values = condition
                .values
                .iter()
                .map(|text| times_ten(text))
                .collect();
        }
    }
    for (key, value) in &mut scene.question.keys.0 {
        if let KeyValue::One(text) = value
            && (key.starts_with("s3:max-keys") || key.starts_with("k:numbers"))
        {
            *text = times_ten(text);
        }
    }
}

fn whole_dates(scene: &mut Scene) {
    for condition in conditions_mut(scene) {
        if condition.operator.family == Family::Date {
            for value in &mut condition.values {
                if value.len() == "2030-01-01".len() && value.contains('-') {
                    value.push_str("T00:00:00Z");
                }
            }
        }
    }
}

fn spell_out_star(scene: &mut Scene) {
    for condition in conditions_mut(scene) {
        if condition.operator.family == Family::Arn {
            for value in condition.values.iter_mut().filter(|value| *value == "*") {
                *value = "arn:*:*:*:*:*".to_owned();
            }
        }
    }
}

/// It holds the service in the ARN of a session, which is sts, against that of the root, which is iam.
fn name_account(scene: &mut Scene) {
    for statement in statements_mut(scene) {
        let clauses = statement.principal.iter_mut();
        for named in clauses.flat_map(|clause| &mut clause.values) {
            if *named == Named::Aws(Asker::ROOT.to_owned()) {
                *named = Named::Aws(Asker::ACCOUNT.to_owned());
            }
        }
    }
}

/// It knows a session by the session's own ARN alone, and no unique ids.
fn name_by_arn(scene: &mut Scene) {
    for statement in statements_mut(scene) {
        for named in statement
            .principal
            .iter_mut()
            .flat_map(|clause| &mut clause.values)
        {
            if let Named::Aws(text) = named {
                let arn = match text.as_str() {
                    Asker::ROLE | Asker::ROLE_ID => Asker::SESSION,
                    Asker::USER_ID => Asker::USER,
                    other => other,
                };
                *text = arn.to_owned();
            }
        }
    }
}

fn deny_services(scene: &mut Scene) {
    if scene.question.asker != Asker::Service {
        return;
    }
    for statement in statements_mut(scene).filter(|statement| statement.deny) {
        if let Some(clause) = &mut statement.principal
            && !clause.negated
            && clause.values.contains(&Named::Aws("*".to_owned()))
        {
            clause.values = vec![Named::Everyone];
        }
    }
}

/// A Deny of all but some: for whom account, user or role, and session are named, nobody; for others, everyone.
fn settle_not_principal(scene: &mut Scene) {
    let asker = scene.question.asker;
    for document in scene.documents_mut() {
        document.statements.retain_mut(|statement| {
            let Some(clause) = statement
                .principal
                .as_mut()
                .filter(|c| c.negated && statement.deny)
            else {
                return true;
            };
            let names = |texts: &[&str]| {
                texts
                    .iter()
                    .any(|text| clause.values.contains(&Named::Aws((*text).to_owned())))
            };
            let service = Named::Service(Asker::SERVICE.to_owned());
            let account = [Asker::ACCOUNT, Asker::ROOT];
            let spared = clause.values.contains(&Named::Everyone)
                || match asker {
                    Asker::Service => clause.values.contains(&service),
                    _ if names(&["*"]) => true,
                    Asker::Session => {
                        names(&account)
                            && names(&[Asker::ROLE, Asker::ROLE_ID])
                            && names(&[Asker::SESSION])
                    }
                    _ => names(&account) && names(&[Asker::USER, Asker::USER_ID]),
                };
            *clause = Clause {
                negated: false,
                values: vec![Named::Everyone],
            };
            !spared
        });
    }
}
