//! Configuration files: JSON enters, a signing policy leaves: a default profile and named ones. What a profile asks for and nothing
//! here has (remote signers, transparency logs, zlint) is refused when the profile is used, with the program that has it.

use std::collections::BTreeMap;

use crate::CfsslError;
use crate::error::Fault;
use crate::json::{self, Fields};
use crate::profile::Profile;

/// How certificates are signed.
#[derive(Clone, Debug)]
pub struct SigningPolicy {
    default: Profile,
    profiles: BTreeMap<String, Profile>,
}

impl Default for SigningPolicy {
    /// Without a configuration file: for clients and servers, one year.
    fn default() -> Self {
        Self {
            default: Profile::client_and_server(),
            profiles: BTreeMap::new(),
        }
    }
}

impl SigningPolicy {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// What is wrong with it, under cfssl's number 5200.
    pub fn parse(text: &[u8]) -> Result<Self, CfsslError> {
        let policy = |error: CfsslError| match error {
            CfsslError::Plain(message) => Fault::Policy.because(message),
            coded => coded,
        };
        let value = json::parse(text).map_err(policy)?;
        Self::read(&value).map_err(policy)
    }

    fn read(value: &serde_json::Value) -> Result<Self, CfsslError> {
        let fields = Fields::of("config", value)?;
        let Some(signing) = fields.object("signing", "signing")? else {
            return Err(CfsslError::text("there is no \"signing\" field"));
        };
        let default = match signing.object("default", "signing.default")? {
            Some(default) => Profile::read("signing.default", default)?,
            None => Profile::client_and_server(),
        };
        let mut profiles = BTreeMap::new();
        if let Some(named) = signing.object("profiles", "signing.profiles")? {
            for (name, value) in named.members() {
                let place = format!("signing.profiles.{name}");
                let profile = Profile::read(&place, Fields::of(&place, value)?)?;
                profile.check_usages(&place)?;
                profiles.insert(name.clone(), profile);
            }
        }
        Ok(Self { default, profiles })
    }

    /// The profile of this name; the default one where no name is given.
    ///
    /// # Errors
    /// There is none of this name, or nothing here can do what it asks for.
    pub fn profile(&self, name: &str) -> Result<Profile, CfsslError> {
        let found = match name {
            "" => self.default.clone(),
            name => {
                let found = self.profiles.get(name).cloned();
                found
                    .map(|profile| profile.or(&self.default))
                    .ok_or_else(|| self.unknown(name))?
            }
        };
        found.check_possible(name)?;
        Ok(found)
    }

    fn unknown(&self, name: &str) -> CfsslError {
        let known: Vec<String> = self
            .profiles
            .keys()
            .map(|known| format!("`{known}`"))
            .collect();
        let cure = match known.is_empty() {
            true => "give a file that has it with -config".to_owned(),
            false => format!("there are {}", known.join(", ")),
        };
        Fault::Profile.because(format!("there is no profile `{name}`; {cure}"))
    }
}

#[cfg(test)]
mod tests {
    use super::SigningPolicy;

    fn outcome(text: &str, name: &str) -> String {
        let policy = SigningPolicy::parse(text.as_bytes());
        match policy.and_then(|policy| policy.profile(name)) {
            Ok(_) => "fine".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn files_are_checked_whole_and_profiles_when_used() {
        let with = |profile: &str| {
            format!(
                r#"{{"signing":{{"default":{{"expiry":"1h","usages":["signing"]}},"profiles":{{"a":{{"usages":["client auth"],"expiry":"1h"{profile}}}}}}}}}"#
            )
        };
        let rows = [
            ("{".to_owned(), "", "5200"),
            ("{}".to_owned(), "", "signing"),
            (r#"{"signing":{}}"#.to_owned(), "", "fine"),
            (
                r#"{"signing":{"default":{}}}"#.to_owned(),
                "",
                "empty expiry",
            ),
            (
                r#"{"Signing":{"DEFAULT":{"Expiry":"2h","usages":["signing"]}}}"#.to_owned(),
                "",
                "fine",
            ),
            (with(""), "a", "fine"),
            (with(""), "b", "there are `a`"),
            (with(r#","backdate":"1x""#), "a", "`1x`"),
            (with(r#","name_whitelist":"(""#), "", "name whitelist"),
            (
                with(r#","not_before":"2027-01-01T00:00:00Z","not_after":"2026-01-01T00:00:00Z""#),
                "",
                "ends before",
            ),
            (
                with(r#","policies":[{"ID":"1.2.3","Qualifiers":[{"Type":"other","Value":"x"}]}]"#),
                "",
                "qualifier",
            ),
            (with(r#","lint_error_level":8"#), "", "lint_error_level"),
            (with(r#","lint_error_level":3"#), "", "fine"),
            (with(r#","lint_error_level":3"#), "a", "zlint"),
            (with(r#","lint_error_level":7"#), "a", "fine"),
            (with(r#","remote":"r""#), "a", "remote"),
            (with(r#","auth_remote":{"remote":"r"}"#), "a", "remote"),
            (with(r#","auth_key":"k""#), "a", "auth_key"),
            (with(r#","auth_key":"k""#), "", "fine"),
            (
                with(r#","ct_log_servers":["https://ct.example"]"#),
                "a",
                "ct_log_servers",
            ),
            (with(r#","ClientProvidesSerialNumbers":true"#), "a", "1400"),
        ];
        for (text, name, expected) in rows {
            let outcome = outcome(&text, name);
            assert!(outcome.contains(expected), "{text}: {outcome}");
        }
        let unused = r#"{"signing":{"profiles":{"a":{"expiry":"1h"}}}}"#;
        assert!(
            outcome(unused, "").contains("no usages"),
            "{}",
            outcome(unused, "")
        );
        let foreign =
            r#"{"signing":{"profiles":{"a":{"expiry":"1h","usages":["client auth","sign"]}}}}"#;
        assert!(
            outcome(foreign, "").contains("`sign`"),
            "{}",
            outcome(foreign, "")
        );
        assert!(
            SigningPolicy::default()
                .profile("www")
                .unwrap_err()
                .to_string()
                .contains("-config")
        );
    }
}
