//! Statements as data, so that the IAM text and Cedar's say the same, and the requests that are decided by them.

use std::fmt::Write;
use std::sync::Arc;

use anyrole_policy::{
    AwsPrincipal, Context, ContextValue, Layers, Policies, Policy, PolicyKind, PolicySet,
    Principal, Request, evaluate,
};

pub const ACCOUNT: &str = "000000000000";
const ROLE: &str = "arn:aws:iam::000000000000:role/app";
const ROLE_ID: &str = "AROA0000000000EXAMPLE";
const SESSION: &str = "arn:aws:sts::000000000000:assumed-role/app/host1";

/// When a statement holds.
#[derive(Clone, Copy)]
pub enum When {
    Always,
    Team(&'static str),
    Insecure,
    Prefix(&'static str),
}

/// One statement; no bucket stands for every resource.
#[derive(Clone)]
pub struct Statement {
    pub allow: bool,
    pub actions: Vec<String>,
    pub bucket: Option<String>,
    pub when: When,
}

impl Statement {
    fn new(allow: bool, actions: &[&str], bucket: Option<&str>, when: When) -> Self {
        Self {
            allow,
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
            bucket: bucket.map(str::to_owned),
            when,
        }
    }

    fn iam(&self) -> String {
        let effect = if self.allow { "Allow" } else { "Deny" };
        let resource = match &self.bucket {
            Some(bucket) => format!(r#"["arn:aws:s3:::{bucket}","arn:aws:s3:::{bucket}/*"]"#),
            None => r#""*""#.to_owned(),
        };
        let condition = match self.when {
            When::Always => String::new(),
            When::Team(team) => {
                format!(r#","Condition":{{"StringEquals":{{"aws:PrincipalTag/team":"{team}"}}}}"#)
            }
            When::Insecure => r#","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#.to_owned(),
            When::Prefix(like) => {
                format!(r#","Condition":{{"StringLike":{{"s3:prefix":"{like}"}}}}"#)
            }
        };
        format!(
            r#"{{"Effect":"{effect}","Action":["{}"],"Resource":{resource}{condition}}}"#,
            self.actions.join(r#"",""#)
        )
    }

    /// The same in Cedar.
    #[allow(dead_code, reason = "one of the two benchmarks has no Cedar")]
    pub fn cedar(&self) -> String {
        let effect = if self.allow { "permit" } else { "forbid" };
        let actions: Vec<_> = self
            .actions
            .iter()
            .map(|action| format!("Action::\"{action}\""))
            .collect();
        let resource = match &self.bucket {
            Some(bucket) => format!("resource in Bucket::\"{bucket}\""),
            None => "resource".to_owned(),
        };
        let when = match self.when {
            When::Always => String::new(),
            When::Team(team) => {
                format!("when {{ principal has team && principal.team == \"{team}\" }}")
            }
            When::Insecure => "when { context.secure_transport == false }".to_owned(),
            When::Prefix(like) => {
                format!("when {{ context has prefix && context.prefix like \"{like}\" }}")
            }
        };
        format!(
            "{effect}(principal == Role::\"app\", action in [{}], {resource}) {when};",
            actions.join(", ")
        )
    }
}

/// The text of one policy.
pub fn iam_text(statements: &[Statement]) -> String {
    let mut text = r#"{"Version":"2012-10-17","Statement":["#.to_owned();
    for (index, statement) in statements.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(text, "{comma}{}", statement.iam()).expect("a string takes all");
    }
    text + "]}"
}

/// A role with three policies of ten statements together.
pub fn typical() -> Vec<Vec<Statement>> {
    let read = ["s3:GetObject", "s3:GetObjectVersion"];
    let s = Statement::new;
    vec![
        vec![
            s(true, &read, Some("reports"), When::Team("red")),
            s(
                true,
                &["s3:ListBucket"],
                Some("reports"),
                When::Prefix("2030/*"),
            ),
            s(true, &["s3:PutObject"], Some("uploads"), When::Always),
            s(true, &read, Some("assets"), When::Always),
        ],
        vec![
            s(true, &["s3:ListAllMyBuckets"], None, When::Always),
            s(true, &read, Some("logs"), When::Team("blue")),
            s(true, &["kms:Decrypt"], None, When::Always),
            s(true, &["iam:GetRole", "iam:ListRoles"], None, When::Always),
        ],
        vec![
            s(false, &["s3:DeleteObject"], None, When::Always),
            s(
                false,
                &["s3:GetObject", "s3:PutObject"],
                None,
                When::Insecure,
            ),
        ],
    ]
}

/// Ten managed policies near their size limit: 200 statements, 20 of them with a condition.
pub fn large() -> Vec<Vec<Statement>> {
    let actions = [
        "s3:GetObject",
        "s3:GetObjectVersion",
        "s3:GetObjectTagging",
        "s3:PutObject",
        "s3:PutObjectTagging",
    ];
    let mut policies = vec![typical().concat()];
    let mut left: usize = 190;
    for policy in 0..10 {
        let here = if policy == 0 { 10 } else { 20 };
        let statements = (0..here).map(|statement| {
            left -= 1;
            let bucket = format!("company-data-lake-{policy:02}-{statement:02}-production");
            let when = if left.is_multiple_of(12) {
                When::Team("red")
            } else {
                When::Always
            };
            Statement::new(true, &actions, Some(&bucket), when)
        });
        let statements: Vec<_> = statements.collect();
        match policies.get_mut(policy) {
            Some(first) => first.extend(statements),
            None => policies.push(statements),
        }
    }
    policies
}

/// Ways of not concerning a request for an object of `reports`.
#[derive(Clone, Copy)]
pub enum Elsewhere {
    Bucket,
    Action,
    Service,
}

impl Elsewhere {
    pub const ALL: [(Self, &str); 3] = [
        (Self::Bucket, "other buckets"),
        (Self::Action, "other actions"),
        (Self::Service, "other services"),
    ];
}

/// One policy that allows the request, and others, of one statement each, that don't concern it.
pub fn many(count: usize, elsewhere: Elsewhere) -> Vec<Vec<Statement>> {
    let concerned = Statement::new(true, &["s3:GetObject"], Some("reports"), When::Team("red"));
    let mut policies: Vec<_> = (1..count)
        .map(|n| {
            let (action, bucket) = match elsewhere {
                Elsewhere::Bucket => ("s3:GetObject".to_owned(), Some(format!("bucket-{n}"))),
                Elsewhere::Action => (format!("s3:Operation{n}"), None),
                Elsewhere::Service => (format!("service{n}:Get"), None),
            };
            vec![Statement::new(
                true,
                &[&action],
                bucket.as_deref(),
                When::Always,
            )]
        })
        .collect();
    policies.insert(count / 2, vec![concerned]);
    policies
}

/// An action on an object or bucket, and whether it is allowed.
#[derive(Clone, Copy)]
pub struct Question {
    pub action: &'static str,
    pub bucket: &'static str,
    pub object: Option<&'static str>,
    pub allowed: bool,
}

const fn ask(
    action: &'static str,
    bucket: &'static str,
    object: Option<&'static str>,
    allowed: bool,
) -> Question {
    Question {
        action,
        bucket,
        object,
        allowed,
    }
}

/// What a role with the typical statements asks.
pub const ASKED: [Question; 5] = [
    ask(
        "s3:GetObject",
        "reports",
        Some("2030/01/31/summary.parquet"),
        true,
    ),
    ask(
        "s3:PutObject",
        "uploads",
        Some("2030/01/31/host1.log"),
        true,
    ),
    ask("s3:ListBucket", "reports", None, true),
    ask(
        "s3:DeleteObject",
        "reports",
        Some("2030/01/31/summary.parquet"),
        false,
    ),
    ask("s3:GetObject", "payroll", Some("2030/01.csv"), false),
];

/// What [`many`] is asked.
pub const ASKED_OF_MANY: [Question; 1] = [ask(
    "s3:GetObject",
    "reports",
    Some("2030/01/31/summary.parquet"),
    true,
)];

/// The condition keys of every question.
#[derive(Debug)]
pub struct Keys;

impl Context for Keys {
    fn value(&self, key: &str) -> Option<ContextValue<'_>> {
        Some(ContextValue::One(match key {
            "aws:principaltag/team" => "red",
            "aws:securetransport" => "true",
            "s3:prefix" => "2030/01",
            _ => return None,
        }))
    }
}

/// A role's policies, compiled, and the ARNs that are asked for.
pub struct Ours {
    pub policies: PolicySet,
    /// Whether the policies are asked as a list, one statement after the other.
    pub is_list: bool,
    arns: Vec<(Question, String)>,
}

impl Ours {
    pub fn new(policies: &[Vec<Statement>], questions: &[Question]) -> Self {
        let parsed = policies.iter().map(|policy| {
            Arc::new(
                Policy::parse(&iam_text(policy), PolicyKind::Identity).expect("a policy of ours"),
            )
        });
        let arns = questions.iter().map(|question| {
            let arn = match question.object {
                Some(object) => format!("arn:aws:s3:::{}/{object}", question.bucket),
                None => format!("arn:aws:s3:::{}", question.bucket),
            };
            (*question, arn)
        });
        Self {
            policies: PolicySet::new(parsed.collect()),
            is_list: false,
            arns: arns.collect(),
        }
    }

    /// Decides every question once; the count of right decisions.
    pub fn decide(&self) -> usize {
        let layers = Layers {
            identity: if self.is_list {
                Policies::from(self.policies.policies())
            } else {
                Policies::from(&self.policies)
            },
            ..Layers::default()
        };
        let mut right = 0;
        for (question, arn) in &self.arns {
            let request = Request {
                principal: Principal::Aws(AwsPrincipal::role_session(
                    ACCOUNT, ROLE, ROLE_ID, SESSION,
                )),
                action: question.action,
                resource: arn,
                resource_account: ACCOUNT,
                context: &Keys,
            };
            right += usize::from(evaluate(&request, &layers).is_allowed() == question.allowed);
        }
        right
    }

    pub fn questions(&self) -> usize {
        self.arns.len()
    }
}
