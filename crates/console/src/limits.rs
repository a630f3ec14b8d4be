//! The limits of the API's model, kept by forms as by requests: what was typed comes in as the members that the API would be given.

use anyrole_domain::Refusal;
use anyrole_wire::constraints::{Member, check};
use serde_json::Value;

/// Refuses members that the API would refuse, in its words.
///
/// # Errors
/// What breaks a constraint.
pub(crate) fn keep(input: &'static [Member], members: &Value) -> Result<(), Refusal> {
    match members.as_object() {
        Some(members) => {
            check(input, members).map_err(|violations| Refusal::validation(violations.to_string()))
        }
        None => Err(Refusal::internal("the members of a form are no object")),
    }
}
