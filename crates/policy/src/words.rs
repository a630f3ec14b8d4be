//! Decisions and what they rest on as a person reads them; what `anyrole policy` prints and the console shows.

use std::fmt::{self, Display, Formatter};

use crate::explain::Obstacle;
use crate::layers::{Decision, Layer};

impl Display for Layer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "the identity policy",
            Self::Boundary => "the permissions boundary",
            Self::Session => "the session policy",
            Self::Resource => "the resource's policy",
            Self::Trust => "the trust policy",
            Self::ServiceControl => "the service control policy",
            Self::ResourceControl => "the resource control policy",
        })
    }
}

impl Display for Decision {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allow => f.write_str("allowed"),
            Self::ExplicitDeny { layer } => write!(f, "denied by {layer}"),
            Self::ImplicitDeny { layer } => write!(f, "denied, since {layer} does not allow it"),
        }
    }
}

impl Display for Obstacle {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let all_but = |negated: &bool| if *negated { "all but " } else { "" };
        match self {
            Self::Principal {
                named,
                negated,
                asking,
            } => {
                let named = named.join(", ");
                write!(
                    f,
                    "it is about {}{named}, and {asking} asks",
                    all_but(negated)
                )
            }
            Self::Resource {
                patterns,
                negated,
                asked,
            } => {
                let patterns = patterns.join(", ");
                write!(
                    f,
                    "it is about {}{patterns}, and {asked} is asked for",
                    all_but(negated)
                )
            }
            Self::Condition {
                operator,
                key,
                expected,
                actual,
                unreadable,
            } => {
                write!(
                    f,
                    "{operator} on {key} wants [{}], the request ",
                    expected.join(", ")
                )?;
                match actual.as_ref().map(|values| values.join(", ")) {
                    None => f.write_str("does not have the key"),
                    Some(values) if *unreadable => {
                        write!(f, "has [{values}], which the operator can't read")
                    }
                    Some(values) => write!(f, "has [{values}]"),
                }
            }
        }
    }
}
