//! Is it valid at this moment, both ends included? (RFC 5280 section 4.1.2.5.)

use jiff::Timestamp;

use super::{Flaw, Violation};

pub(super) fn check(
    not_before: Timestamp,
    not_after: Timestamp,
    at: Timestamp,
) -> Result<(), Violation> {
    if at < not_before {
        return Err(Violation::new(
            Flaw::NotYetValid,
            format!("is not valid before {not_before}"),
        ));
    }
    // Certificate times have whole seconds: the last second counts to its end.
    if at.as_second() > not_after.as_second() {
        return Err(Violation::new(
            Flaw::Expired,
            format!("expired at {not_after}"),
        ));
    }
    Ok(())
}
