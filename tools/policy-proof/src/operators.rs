//! The condition operators of the IAM user guide ("Condition operators"), as data.

/// What an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Family {
    /// Texts, without wildcards.
    #[default]
    String,
    /// Texts, with wildcards.
    Like,
    /// ARNs, part by part.
    Arn,
    /// Decimal numbers.
    Numeric,
    /// Points in time.
    Date,
    /// `true` and `false`.
    Bool,
    /// Addresses and ranges of them.
    Ip,
    /// Octets in base64.
    Binary,
    /// Whether the key is there.
    Null,
}

/// An operator without prefix and suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Operator {
    /// As a policy writes it.
    pub name: &'static str,
    /// What it compares.
    pub family: Family,
    /// True where the request's value doesn't match: `…Not…`.
    pub negated: bool,
}

const fn operator(name: &'static str, family: Family, negated: bool) -> Operator {
    Operator {
        name,
        family,
        negated,
    }
}

/// All operators.
pub const OPERATORS: [Operator; 27] = [
    operator("StringEquals", Family::String, false),
    operator("StringNotEquals", Family::String, true),
    operator("StringEqualsIgnoreCase", Family::String, false),
    operator("StringNotEqualsIgnoreCase", Family::String, true),
    operator("StringLike", Family::Like, false),
    operator("StringNotLike", Family::Like, true),
    operator("ArnEquals", Family::Arn, false),
    operator("ArnNotEquals", Family::Arn, true),
    operator("ArnLike", Family::Arn, false),
    operator("ArnNotLike", Family::Arn, true),
    operator("NumericEquals", Family::Numeric, false),
    operator("NumericNotEquals", Family::Numeric, true),
    operator("NumericLessThan", Family::Numeric, false),
    operator("NumericLessThanEquals", Family::Numeric, false),
    operator("NumericGreaterThan", Family::Numeric, false),
    operator("NumericGreaterThanEquals", Family::Numeric, false),
    operator("DateEquals", Family::Date, false),
    operator("DateNotEquals", Family::Date, true),
    operator("DateLessThan", Family::Date, false),
    operator("DateLessThanEquals", Family::Date, false),
    operator("DateGreaterThan", Family::Date, false),
    operator("DateGreaterThanEquals", Family::Date, false),
    operator("Bool", Family::Bool, false),
    operator("IpAddress", Family::Ip, false),
    operator("NotIpAddress", Family::Ip, true),
    operator("BinaryEquals", Family::Binary, false),
    operator("Null", Family::Null, false),
];
