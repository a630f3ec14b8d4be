//! What services have in common whose operations are named in a header or in the path, with members in the body: AWS JSON and RPC v2 with CBOR.
//! A table of operations, each a row with its input and its function; called by `door/rpc.rs`.

use std::future::Future;
use std::pin::Pin;

use anyrole_domain::{Call, Kind, PageRequest, Refusal, Site, printable};
use anyrole_wire::constraints::Member;
use serde_json::{Map, Value};

use crate::given::Given;
use crate::page_token;

/// The members of an answer; `null` where an operation answers none.
pub type Answer = Result<Value, Refusal>;

/// Decodes, calls the domain, encodes.
pub type Handler =
    for<'a> fn(&'a Site, &'a Call, Given) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// One operation.
pub struct Route {
    /// Its name.
    pub operation: &'static str,
    /// Its name in log and audit trail, and its rate class's in `domain/operations.rs`.
    pub event: &'static str,
    /// The members that it takes.
    pub input: &'static [Member],
    /// What it does.
    pub handler: Handler,
    /// Whether the domain records it where it is granted, with more detail than the door.
    pub records_itself: bool,
}

/// `route!("acm-pca", "ListTags", inputs::LIST_OF_ONE, tags::list)`: a row of a service's table. The function is an `async fn` of site, call
/// and `Given`.
macro_rules! route {
    ($service:literal, $operation:literal, $input:expr, $handler:path) => {
        $crate::rpc_route::Route {
            operation: $operation,
            event: concat!($service, ":", $operation),
            input: $input,
            handler: |site, call, given| Box::pin($handler(site, call, given)),
            records_itself: false,
        }
    };
}
pub(crate) use route;

impl Route {
    /// The same, of an operation that the domain records.
    pub const fn recording_itself(mut self) -> Self {
        self.records_itself = true;
        self
    }

    /// Whether nothing is written by it.
    pub fn reads(&self) -> bool {
        ["Get", "List", "Describe"]
            .iter()
            .any(|verb| self.operation.starts_with(verb))
    }

    /// Counts the call against its rate quota, checks its input, does it.
    pub async fn serve(&self, site: &Site, call: &Call, given: Map<String, Value>) -> Answer {
        site.admit(self.event, &call.origin)?;
        // A member of a newer model may restrict: it is refused rather than passed over.
        let known = |name: &str| self.input.iter().any(|member| member.name == name);
        let stranger = given
            .iter()
            .find(|(name, value)| !value.is_null() && !known(name));
        if let Some((name, _)) = stranger {
            return Err(Refusal::new(
                Kind::Validation,
                "parameter-not-served",
                format!(
                    "The member `{}` of {} is not served; leave it out.",
                    printable(name),
                    self.operation
                ),
            ));
        }
        let given = Given::checked(self.input, given)?;
        (self.handler)(site, call, given).await
    }
}

/// The page that `NextToken` and `MaxResults` ask for.
///
/// `list` is the action, which a token is of; `refused` makes the refusal of one that is not of it.
pub fn page(
    site: &Site,
    list: &str,
    given: &Given,
    most: usize,
    refused: impl FnOnce() -> Refusal,
) -> Result<PageRequest, Refusal> {
    let size = given
        .integer("MaxResults")
        .and_then(|size| usize::try_from(size).ok());
    let after = match given.some_text("NextToken") {
        None => String::new(),
        Some(token) => page_token::open(site, list, token).ok_or_else(refused)?,
    };
    Ok(PageRequest {
        after,
        size: size.unwrap_or(most).min(most),
    })
}
