//! A question with the policies of each layer, and what `anyrole-policy` decides. The only file here that knows its
//! layers.

use std::fmt;
use std::sync::Arc;

use anyrole_policy::{
    Decision, Explanation, Layers, ParseError, Policies, Policy, PolicyKind, PolicySet, evaluate,
    explain,
};

use crate::choices::Choices;
use crate::document::Document;
use crate::question::{Asker, Question};

/// What may come up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shape {
    /// `ForAllValues` and `ForAnyValue`, on multivalued keys.
    pub quantifiers: bool,
    /// Operators on keys of other types, and multivalued keys without a quantifier.
    pub misfits: bool,
    /// Boundary, session and resource policies beside those of the identity.
    pub layers: bool,
}

/// A question and the policies that decide it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    /// The question.
    pub question: Question,
    /// Of the user or role.
    pub identity: Vec<Document>,
    /// The permissions boundary.
    pub boundary: Option<Document>,
    /// Of the session.
    pub session: Option<Vec<Document>>,
    /// Of the resource.
    pub resource: Option<Document>,
    /// Service control policies, one for each level.
    pub service_control: Vec<Document>,
}

/// The policies of a scene, compiled.
#[derive(Debug)]
struct Compiled {
    identity: Vec<Arc<Policy>>,
    boundary: Option<Arc<Policy>>,
    session: Option<Vec<Arc<Policy>>>,
    resource: Option<Arc<Policy>>,
    service_control: Vec<[Arc<Policy>; 1]>,
}

impl Scene {
    /// A scene by chance.
    pub fn by_chance(choices: &mut Choices<'_>, shape: Shape) -> Self {
        let asker = match choices.below(if shape.layers { 10 } else { 2 }) {
            rare @ 0..7 => Asker::ALL.get(rare).copied().unwrap_or_default(),
            odd if odd % 2 == 1 => Asker::Session,
            _ => Asker::User,
        };
        let mut question = Question::by_chance(choices, asker);
        question.elsewhere = shape.layers && choices.one_in(4);
        let mut document =
            |of_resource| Document::by_chance(choices, &question, shape, of_resource);
        let identity = vec![document(false), document(false)];
        let mut scene = Self {
            identity,
            boundary: None,
            session: None,
            resource: None,
            service_control: Vec::new(),
            question: question.clone(),
        };
        if shape.layers {
            let (boundary, session, resource) = (document(false), document(false), document(true));
            scene.identity.truncate(choices.below(3));
            scene.boundary = choices.one_in(3).then_some(boundary);
            let has_session = asker.is_session() && choices.one_in(2);
            scene.session = has_session.then(|| vec![session]);
            scene.resource = choices.one_in(2).then_some(resource);
            for _ in 0..choices.below(5).saturating_sub(2) {
                let level = Document::by_chance(choices, &question, shape, false);
                scene.service_control.push(level);
            }
        } else {
            scene.identity.truncate(1);
        }
        scene
    }

    /// A scene that the policy of a resource in another account decides: the asker's own policy allows everything.
    pub fn of_resource_policy(choices: &mut Choices<'_>) -> Self {
        let asker = choices.pick(&[Asker::User, Asker::Session, Asker::Service]);
        let mut question = Question::by_chance(choices, asker);
        question.elsewhere = true;
        let shape = Shape::default();
        let resource = Document::by_chance(choices, &question, shape, true);
        Self {
            identity: vec![Document::of_everything()],
            boundary: None,
            session: None,
            resource: Some(resource),
            service_control: Vec::new(),
            question,
        }
    }

    /// What `anyrole-policy` decides.
    ///
    /// # Errors
    /// One of the documents doesn't parse.
    pub fn decide(&self) -> Result<Decision, ParseError> {
        self.decide_as(&compact)
    }

    /// What `anyrole-policy` decides by documents that are written in a way of the caller's.
    ///
    /// # Errors
    /// One of the documents doesn't parse.
    pub fn decide_as(&self, write: &dyn Fn(&Document) -> String) -> Result<Decision, ParseError> {
        let compiled = self.compile(write)?;
        Ok(compiled.with_layers(|layers| evaluate(&self.question.request(), layers)))
    }

    /// What `anyrole-policy` decides where each layer stands in a set that is large enough to have an index, by
    /// statements that concern nobody.
    ///
    /// # Errors
    /// One of the documents doesn't parse.
    pub fn decide_with_index(&self) -> Result<Decision, ParseError> {
        let compiled = self.compile(&compact)?;
        let filler = Arc::new(Policy::parse(&filler(), PolicyKind::Identity)?);
        let set = |policies: &[Arc<Policy>]| {
            let filler = std::iter::once(Arc::clone(&filler));
            PolicySet::new(policies.iter().cloned().chain(filler).collect())
        };
        let identity = set(&compiled.identity);
        let session = compiled.session.as_ref().map(|policies| set(policies));
        let levels: Vec<_> = compiled
            .service_control
            .iter()
            .map(|one| set(one))
            .collect();
        let levels: Vec<_> = levels.iter().map(Policies::from).collect();
        Ok(compiled.with_layers(|layers| {
            let layers = Layers {
                identity: (&identity).into(),
                session: session.as_ref().map(Policies::from),
                service_control: &levels,
                ..*layers
            };
            evaluate(&self.question.request(), &layers)
        }))
    }

    /// What `anyrole-policy` decides, and why.
    ///
    /// # Errors
    /// One of the documents doesn't parse.
    pub fn explain(&self) -> Result<Explanation, ParseError> {
        let compiled = self.compile(&compact)?;
        Ok(compiled.with_layers(|layers| explain(&self.question.request(), layers)))
    }

    /// All documents.
    pub fn documents_mut(&mut self) -> impl Iterator<Item = &mut Document> {
        self.identity
            .iter_mut()
            .chain(&mut self.boundary)
            .chain(self.session.iter_mut().flatten())
            .chain(&mut self.resource)
            .chain(&mut self.service_control)
    }

    fn compile(&self, write: &dyn Fn(&Document) -> String) -> Result<Compiled, ParseError> {
        let one = |document: &Document, kind| Policy::parse(&write(document), kind).map(Arc::new);
        let many = |documents: &[Document], kind| {
            let compiled = documents.iter().map(|document| one(document, kind));
            compiled.collect::<Result<Vec<_>, _>>()
        };
        let optional = |document: &Option<Document>, kind| {
            let compiled = document.as_ref().map(|document| one(document, kind));
            compiled.transpose()
        };
        Ok(Compiled {
            identity: many(&self.identity, PolicyKind::Identity)?,
            boundary: optional(&self.boundary, PolicyKind::Identity)?,
            session: self
                .session
                .as_ref()
                .map(|documents| many(documents, PolicyKind::Session))
                .transpose()?,
            resource: optional(&self.resource, PolicyKind::Resource)?,
            service_control: many(&self.service_control, PolicyKind::ServiceControl)?
                .into_iter()
                .map(|policy| [policy])
                .collect(),
        })
    }
}

fn filler() -> String {
    let actions = [
        "n:A*", "n:B", "n:C?", "n:*", "n:D", "n:E", "n:F", "n:G", "n:H",
    ];
    let statements = actions.map(|action| {
        format!(r#"{{"Effect": "Deny", "Action": "{action}", "Resource": "arn:aws:n:::x/*"}}"#)
    });
    format!(r#"{{"Statement": [{}]}}"#, statements.join(","))
}

fn compact(document: &Document) -> String {
    document.to_json().to_string()
}

/// The question, then each document with its layer.
impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}", self.question)?;
        let identity = self.identity.iter().map(|document| ("identity", document));
        let boundary = self.boundary.iter().map(|document| ("boundary", document));
        let session = self
            .session
            .iter()
            .flatten()
            .map(|document| ("session", document));
        let resource = self.resource.iter().map(|document| ("resource", document));
        let control = self
            .service_control
            .iter()
            .map(|document| ("service control", document));
        let all = identity
            .chain(boundary)
            .chain(session)
            .chain(resource)
            .chain(control);
        for (layer, document) in all {
            writeln!(f, "{layer}: {}", document.to_json())?;
        }
        Ok(())
    }
}

impl Compiled {
    fn with_layers<T>(&self, ask: impl FnOnce(&Layers<'_>) -> T) -> T {
        let levels: Vec<_> = self.service_control.iter().map(Policies::from).collect();
        ask(&Layers {
            identity: (&self.identity).into(),
            boundary: self.boundary.as_deref(),
            session: self.session.as_ref().map(Policies::from),
            resource: self.resource.as_deref(),
            service_control: &levels,
            ..Layers::default()
        })
    }
}
