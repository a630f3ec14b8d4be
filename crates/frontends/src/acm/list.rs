//! ListCertificates: filters, order and page (API reference, ListCertificates).

use anyrole_domain::acm::{self, CertificateFilter};
use anyrole_domain::{Call, Kind, PageRequest, Refusal, Site};
use serde::Deserialize;
use serde_json::{Value, json};

use super::describe::summary;
use super::inputs::key_algorithm;
use super::names;
use crate::given::Given;
use crate::page_token;
use crate::rpc_route::Answer;

/// The action, which page tokens are of.
const ACTION: &str = "acm:ListCertificates";
/// How many a page has where nothing is said, and at most.
const MOST: usize = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct List {
    #[serde(default)]
    certificate_statuses: Vec<String>,
    #[serde(default)]
    certificate_key_pair_origins: Vec<String>,
    #[serde(default)]
    includes: Option<Includes>,
    #[serde(default)]
    next_token: Option<String>,
    #[serde(default)]
    max_items: Option<usize>,
    #[serde(default)]
    sort_by: Option<String>,
    #[serde(default)]
    sort_order: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Includes {
    #[serde(default)]
    extended_key_usage: Vec<String>,
    #[serde(default)]
    key_usage: Vec<String>,
    #[serde(default)]
    key_types: Option<Vec<String>>,
    #[serde(default)]
    export_option: Option<String>,
    #[serde(default)]
    managed_by: Option<String>,
}

/// Answers a page.
pub(super) async fn list(site: &Site, call: &Call, given: Given) -> Answer {
    let given: List = given.decode()?;
    let after = match &given.next_token {
        None => String::new(),
        Some(token) => page_token::open(site, ACTION, token)
            .ok_or_else(|| Refusal::validation("The NextToken is not one of this list."))?,
    };
    let size = given.max_items.unwrap_or(MOST).min(MOST);
    let newest_first = order(&given)?;
    let filter = filter(given)?;
    let request = PageRequest { after, size };
    let page = acm::list_certificates(site, call, &filter, newest_first, &request)?;
    let snapshot = site.directory.read();
    let rows: Vec<Value> = page
        .items
        .iter()
        .map(|entry| summary(&snapshot, call, entry))
        .collect();
    let mut answer = json!({"CertificateSummaryList": rows});
    if let Some(token) = page_token::seal(site, ACTION, page.next)?
        && let Some(answer) = answer.as_object_mut()
    {
        answer.insert("NextToken".to_owned(), token.into());
    }
    Ok(answer)
}

/// Whether by time, and then whether the newest come first.
fn order(given: &List) -> Result<Option<bool>, Refusal> {
    let invalid = |public: &'static str| Err(Refusal::new(Kind::InvalidInput, "sort", public));
    match (given.sort_by.as_deref(), given.sort_order.as_deref()) {
        (None, None) => Ok(None),
        (Some("CREATED_AT"), Some("DESCENDING")) => Ok(Some(true)),
        (Some("CREATED_AT"), None | Some("ASCENDING")) => Ok(Some(false)),
        (None, Some(_)) => invalid("SortOrder needs SortBy."),
        _ => invalid("SortBy must be CREATED_AT, and SortOrder ASCENDING or DESCENDING."),
    }
}

fn filter(given: List) -> Result<CertificateFilter, Refusal> {
    let includes = given.includes.unwrap_or_default();
    let key_types = includes.key_types.map(|types| {
        // Which no certificate here has.
        let served = types.iter().filter(|name| *name != "RSA_1024");
        served
            .map(|name| key_algorithm(name))
            .collect::<Result<Vec<_>, _>>()
    });
    let exportable = match includes.export_option.as_deref() {
        None => None,
        Some("ENABLED") => Some(true),
        Some("DISABLED") => Some(false),
        Some(_) => {
            return Err(Refusal::validation(
                "exportOption must be ENABLED or DISABLED.",
            ));
        }
    };
    if includes.managed_by.is_some() {
        return Err(Refusal::validation(
            "No certificate here is managed by another service.",
        ));
    }
    let origins = &given.certificate_key_pair_origins;
    let of_origin = |name: &str| origins.is_empty() || origins.iter().any(|origin| origin == name);
    Ok(CertificateFilter {
        statuses: given.certificate_statuses,
        key_types: key_types.transpose()?,
        key_usages: names::asked_key_usages(&includes.key_usage)?,
        purposes: names::asked_purposes(&includes.extended_key_usage)?,
        exportable,
        private: of_origin("AWS_MANAGED"),
        imported: of_origin("CUSTOMER_PROVIDED"),
    })
}
