//! What the AWS config file says of the way to the service: a file and a profile's name enter, settings by name leave. Read
//! only; what is not understood is passed over, since the helper is called *by* these files and most of them is not for it.

use std::path::Path;

use super::ReplaceError;
use super::edit::{below, values};
use super::replace::read_content;

/// The service's name in a `services` section.
const SERVICE: &str = "rolesanywhere";

/// The keys that are read. A profile may hold secrets beside them, which are not taken along.
const KEYS: [&str; 8] = [
    "ca_bundle",
    "endpoint_url",
    "ignore_configured_endpoint_urls",
    "max_attempts",
    "retry_mode",
    "services",
    "use_dualstack_endpoint",
    "use_fips_endpoint",
];

/// Settings of one profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigSettings {
    values: Vec<(String, String)>,
    service_endpoint: Option<String>,
}

impl ConfigSettings {
    /// Reads the profile's settings; a file or a profile that is not there has none.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn read(path: &Path, profile: &str) -> Result<Self, ReplaceError> {
        Ok(Self::parse(&read_content(path)?, profile))
    }

    fn parse(content: &[u8], profile: &str) -> Self {
        let of_profile = |title: &[u8]| names(title, b"profile", profile);
        let is_section =
            |title: &[u8]| of_profile(title) || (profile == "default" && title == b"default");
        let values: Vec<(String, String)> = values(content, &is_section)
            .into_iter()
            .filter(|(key, _)| KEYS.contains(&&**key))
            .map(|(key, value)| (key, without_comment(&value).to_owned()))
            .collect();
        let mut settings = Self {
            values,
            service_endpoint: None,
        };
        if let Some(services) = settings.get("services") {
            let of_services = |title: &[u8]| names(title, b"services", services);
            let found = below(content, &of_services, SERVICE);
            settings.service_endpoint = found
                .into_iter()
                .rfind(|(key, value)| key == "endpoint_url" && !value.is_empty())
                .map(|(_, value)| without_comment(&value).to_owned());
        }
        settings
    }

    /// The value of a key of the way to the service, where it is not empty; of several the last one.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        let of_key = |(name, value): &&(String, String)| name == key && !value.is_empty();
        let found = self.values.iter().rfind(of_key);
        found.map(|(_, value)| value.as_str())
    }

    /// `endpoint_url` of this service, from the section that `services` names.
    #[must_use]
    pub fn service_endpoint(&self) -> Option<&str> {
        self.service_endpoint.as_deref()
    }
}

/// Whether a section's title is `kind name`, the name in quotes or not.
pub(super) fn names(title: &[u8], kind: &[u8], name: &str) -> bool {
    let rest = title
        .strip_prefix(kind)
        .filter(|rest| rest.first().is_some_and(u8::is_ascii_whitespace))
        .map(<[u8]>::trim_ascii);
    let bare = rest.map(|rest| {
        [b"\"", b"'"]
            .iter()
            .find_map(|mark| rest.strip_prefix(*mark)?.strip_suffix(*mark))
            .unwrap_or(rest)
    });
    bare == Some(name.as_bytes())
}

/// A comment begins with `#` or `;` behind a space.
fn without_comment(value: &str) -> &str {
    let starts = [" #", " ;", "\t#", "\t;"];
    let end = starts.iter().filter_map(|start| value.find(start)).min();
    value
        .get(..end.unwrap_or(value.len()))
        .unwrap_or_default()
        .trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
half written
[default]
ca_bundle = /etc/ca.pem   # ours
endpoint_url=
max_attempts : 5
aws_secret_access_key = of nobody's business
s3 =
  endpoint_url = http://nested
services = mine
[profile dev]
endpoint_url = http://dev
Use_FIPS_Endpoint = true
[profile \"two words\"]
endpoint_url = http://two
[services mine]
s3 =
  endpoint_url = http://s3
rolesanywhere =
  endpoint_url = http://ra ; local
  max_attempts = 1
sts =
  endpoint_url = http://sts
[profile broken
endpoint_url = http://broken
";

    #[test]
    fn a_profile_has_its_own_settings() {
        let of = |profile| ConfigSettings::parse(FILE.as_bytes(), profile);
        let default = of("default");
        assert_eq!(default.get("ca_bundle"), Some("/etc/ca.pem"));
        assert_eq!(default.get("max_attempts"), Some("5"));
        assert_eq!(default.get("endpoint_url"), None);
        assert!(!format!("{default:?}").contains("business"), "{default:?}");
        assert_eq!(default.service_endpoint(), Some("http://ra"));
        let dev = of("dev");
        assert_eq!(dev.get("endpoint_url"), Some("http://dev"));
        assert_eq!(dev.get("use_fips_endpoint"), Some("true"));
        assert_eq!(dev.get("ca_bundle"), None);
        assert_eq!(dev.service_endpoint(), None);
        assert_eq!(of("two words").get("endpoint_url"), Some("http://two"));
        assert_eq!(of("none"), ConfigSettings::default());
        assert_eq!(of("broken"), ConfigSettings::default());
    }

    #[test]
    fn no_file_has_no_settings() {
        let read = ConfigSettings::read(Path::new("/none/config"), "default");
        assert_eq!(read.unwrap(), ConfigSettings::default());
    }
}
