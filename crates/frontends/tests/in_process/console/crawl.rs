//! Every page of the console that links lead to, and the forms on them.

use std::collections::{BTreeMap, BTreeSet};

use super::browser::{Browser, HOME};
use super::html::{self, Element};
use crate::site::Answer;

/// A form of a page.
#[derive(Debug, Clone)]
pub struct Form {
    pub action: String,
    pub is_post: bool,
    pub fields: Vec<Field>,
}

#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    pub kind: String,
    pub value: String,
}

pub fn forms(page: &Answer) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut select = None::<String>;
    let text = |element: &Element, name: &str| element.attribute(name).unwrap_or("").to_owned();
    for element in html::parse(&page.body).elements {
        if element.name == "form" {
            forms.push(Form {
                action: text(&element, "action"),
                is_post: text(&element, "method") == "post",
                fields: Vec::new(),
            });
            continue;
        }
        let Some(form) = forms.last_mut() else {
            continue;
        };
        let (name, kind) = (text(&element, "name"), text(&element, "type"));
        match element.name.as_str() {
            "select" => select = Some(name),
            "/select" => select = None,
            "option" => {
                // Of a list of proposals, which is no field.
                let Some(name) = select.clone() else {
                    continue;
                };
                let value = element
                    .attribute("value")
                    .unwrap_or(&element.text)
                    .to_owned();
                let is_new = form.fields.iter().all(|field| field.name != name);
                if is_new && !value.is_empty() {
                    let kind = "select".to_owned();
                    form.fields.push(Field { name, kind, value });
                }
            }
            "input" | "button" if !name.is_empty() => {
                let kind = if kind.is_empty() {
                    "text".to_owned()
                } else {
                    kind
                };
                let value = element.attribute("value").unwrap_or("on").to_owned();
                form.fields.push(Field { name, kind, value });
            }
            "textarea" => form.fields.push(Field {
                name,
                kind: "textarea".to_owned(),
                value: element.text.trim_start_matches('\n').to_owned(),
            }),
            _ => {}
        }
    }
    forms
}

pub fn links(page: &Answer) -> BTreeSet<String> {
    let elements = html::parse(&page.body).elements;
    let found = elements.iter().filter_map(|element| {
        let target = element
            .attribute("href")
            .or(element.attribute("data-live"))?;
        let target = target.split('#').next()?;
        (target.starts_with(HOME) && !target.contains("/assets/")).then(|| target.to_owned())
    });
    found.collect()
}

/// Two pages of one shape are looked at, not hundreds: a path with its identifiers and values blotted out.
fn shape(target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let blotted = |part: &str| {
        let is_word = part
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'~'));
        // AWS's own policies have pages of another kind than an account's.
        let is_of_aws = part.contains("%3Aaws%3Apolicy");
        match (is_word, is_of_aws) {
            (true, _) => part.to_owned(),
            (false, true) => "aws".to_owned(),
            (false, false) => "*".to_owned(),
        }
    };
    let path: Vec<String> = path.split('/').map(blotted).collect();
    let names = query.split('&').map(|pair| pair.split('=').next().unwrap());
    format!("{}?{}", path.join("/"), names.collect::<Vec<_>>().join("&"))
}

/// Every page that links lead to, from the first one; some of each shape.
pub async fn crawl(browser: &Browser<'_>, of_each: usize) -> BTreeMap<String, Answer> {
    let mut waiting = vec![HOME.to_owned()];
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut pages = BTreeMap::new();
    while let Some(target) = waiting.pop() {
        let count = seen.entry(shape(&target)).or_default();
        if pages.contains_key(&target) || *count >= of_each {
            continue;
        }
        *count += 1;
        let answer = browser.get(&target).await;
        if answer.status == 200 {
            waiting.extend(links(&answer));
        }
        // A link that leads to nothing is a fault of the page that has it.
        assert!(
            answer.status < 400,
            "{target}: {} {}",
            answer.status,
            answer.body
        );
        pages.insert(target, answer);
    }
    pages
}
