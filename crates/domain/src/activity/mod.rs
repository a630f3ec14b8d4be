//! What happened, for the operator: a question about the audit trail comes in, pages of its records go out (`trail`), those
//! that a filter lets through (`filter`); and how often each role's sessions were granted and refused (`role_counts`), which
//! each record is counted into and, at start, the trail's last week (`count_back`).

mod count_back;
mod filter;
mod role_counts;
mod trail;

pub use self::count_back::CountBack;
pub(crate) use self::count_back::count_record;
pub use self::filter::{TrailFilter, TrailOutcome};
pub use self::role_counts::{HOURS, HourCount, RoleCounts, RoleHours};
pub use self::trail::{
    RolesOfTheWeek, TrailCursor, TrailPage, TrailPlace, TrailQuery, TrailRecord, find_audit_record,
    hours_of_role, is_record_of, list_audit_records, record_time, role_hours,
};
