//! What IAM and STS have in common: a table of operations, each a row with its input and its function. `Action` and
//! parameters in, the inside of the result element out; called by `door/query.rs` by way of the services' `routes.rs`.

use std::future::Future;
use std::pin::Pin;

use anyrole_domain::{Call, Kind, PageRequest, Refusal, Site, printable};
use anyrole_wire::aws_query::{Fill, InputError, Parameters, Xml, read_input};
use anyrole_wire::constraints::Member;

use crate::given::Given;
use crate::page_token;

/// Fills the result element of an answer; calls that answer nothing have none.
pub type Answer = Result<Option<Fill>, Refusal>;

/// Decodes, calls the domain, encodes.
pub type Handler =
    for<'a> fn(&'a Site, &'a Call, Given) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// One operation.
pub struct Route {
    /// Its `Action`.
    pub action: &'static str,
    /// Its name in log and audit trail, and its rate class's in `domain/operations.rs`.
    pub event: &'static str,
    /// The members that it takes.
    pub input: &'static [Member],
    /// What it does.
    pub handler: Handler,
}

/// `route!("iam", "GetRole", inputs::ROLE, roles::read)`: a row of a service's table. The function is an `async fn` of
/// site, call and `Given`.
macro_rules! route {
    ($service:literal, $action:literal, $input:expr, $handler:path) => {
        $crate::query_route::Route {
            action: $action,
            event: concat!($service, ":", $action),
            input: $input,
            handler: |site, call, given| Box::pin($handler(site, call, given)),
        }
    };
}
pub(crate) use route;

/// The row of an `Action`.
pub fn find(routes: &'static [Route], action: &str) -> Option<&'static Route> {
    routes.iter().find(|route| route.action == action)
}

impl Route {
    /// Counts the call against its rate quota, reads its input, does it.
    pub async fn serve(&self, site: &Site, call: &Call, parameters: &Parameters) -> Answer {
        site.admit(self.event, &call.origin)?;
        (self.handler)(site, call, self.read(parameters)?).await
    }

    /// The members of a request, checked.
    pub fn read(&self, parameters: &Parameters) -> Result<Given, Refusal> {
        read(self.action, self.input, parameters)
    }
}

/// The members of `action`'s input, checked.
pub fn read(
    action: &str,
    input: &'static [Member],
    parameters: &Parameters,
) -> Result<Given, Refusal> {
    let given = read_input(parameters, input).map_err(|error| match error {
        InputError::Stranger(name) => Refusal::new(
            Kind::Validation,
            "parameter-not-served",
            format!(
                "The parameter `{}` of {action} is not served; leave it out.",
                printable(&name)
            ),
        ),
        InputError::Type(name) => {
            Refusal::validation(format!("The value of `{name}` is of another type."))
        }
    })?;
    Given::checked(input, given)
}

/// The page that `Marker` and `MaxItems` ask for; 100 items where nothing is said.
///
/// `list` is the action, which a marker is of.
pub fn page(site: &Site, list: &str, given: &Given) -> Result<PageRequest, Refusal> {
    let size = given.integer("maxItems").unwrap_or(100);
    let after = match given.some_text("marker") {
        None => String::new(),
        Some(marker) => page_token::open(site, list, marker)
            .ok_or_else(|| Refusal::validation("`Marker` is not a marker of this call."))?,
    };
    Ok(PageRequest {
        after,
        size: usize::try_from(size).unwrap_or(100),
    })
}

/// The answer of a List call: what `rows` writes, then `IsTruncated`, and `Marker` where more follows.
pub fn paged(
    site: &Site,
    list: &str,
    next: Option<String>,
    mut rows: impl FnMut(&mut Xml) + Send + 'static,
) -> Answer {
    let marker = page_token::seal(site, list, next)?;
    filled(move |xml| {
        rows(xml);
        let more = if marker.is_some() { "true" } else { "false" };
        xml.text("IsTruncated", more)
            .optional("Marker", marker.as_deref());
    })
}

/// An answer with a result element.
pub fn filled(fill: impl FnMut(&mut Xml) + Send + 'static) -> Answer {
    Ok(Some(Box::new(fill)))
}
