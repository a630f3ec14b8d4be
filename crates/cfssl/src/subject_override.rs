//! The file SUBJECT of `cfssl sign`: JSON enters, a subject that goes before the request's leaves.

use crate::CfsslError;
use crate::json::{self, Fields};
use crate::name::Name;
use crate::request::read_names;

/// A subject in place of the request's; what it leaves out is taken from there.
#[derive(Clone, Debug)]
pub struct SubjectOverride(Name);

impl SubjectOverride {
    /// Reads the file: `{"CN": "…", "names": [{"O": "…"}], "SerialNumber": "…"}`.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &[u8]) -> Result<Self, CfsslError> {
        let value = json::parse(text)?;
        let fields = Fields::of("subject", &value)?;
        let mut name = Name {
            common_name: fields.text("CN")?,
            serial_number: fields.text("SerialNumber")?,
            ..Name::default()
        };
        read_names(&mut name, &fields)?;
        // cfssl passes values by number and mailboxes over here.
        name.others.clear();
        Ok(Self(name))
    }

    pub(crate) fn name(self) -> Name {
        self.0
    }
}
