//! Amazon resource names, as far as a client needs them: text enters, its six fields leave.

/// `arn:partition:service:region:account:resource`, borrowed from its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, …
    pub partition: &'a str,
    /// Such as `rolesanywhere`.
    pub service: &'a str,
    /// Empty for global services.
    pub region: &'a str,
    /// 12 digits, or empty.
    pub account: &'a str,
    /// The rest, such as `profile/…`; may hold colons.
    pub resource: &'a str,
}

/// The text is not an ARN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{presented}` is not an ARN (arn:partition:service:region:account:resource)")]
pub struct ArnError {
    presented: String,
}

impl<'a> Arn<'a> {
    /// Parses the form only: partition, service and resource must not be empty.
    pub fn parse(text: &'a str) -> Result<Self, ArnError> {
        Self::split(text).ok_or_else(|| ArnError {
            presented: text.to_owned(),
        })
    }

    fn split(text: &'a str) -> Option<Self> {
        let mut fields = text.splitn(6, ':');
        if fields.next()? != "arn" {
            return None;
        }
        let arn = Self {
            partition: fields.next()?,
            service: fields.next()?,
            region: fields.next()?,
            account: fields.next()?,
            resource: fields.next()?,
        };
        let complete = ![arn.partition, arn.service, arn.resource].contains(&"");
        let clean = !text
            .bytes()
            .any(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control());
        (complete && clean).then_some(arn)
    }

    /// True if it names a resource of this service and kind: `is("iam", "role")` for `arn:aws:iam::…:role/…`. Alias ARNs
    /// of Roles Anywhere (`alias/profile/…`) are of the kind that they stand for.
    pub fn is(&self, service: &str, kind: &str) -> bool {
        let resource = self
            .resource
            .strip_prefix("alias/")
            .filter(|_| service == "rolesanywhere");
        let (presented, name) = resource
            .unwrap_or(self.resource)
            .split_once('/')
            .unwrap_or_default();
        self.service == service && presented == kind && !name.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_kinds_apart() {
        let role = Arn::parse("arn:aws:iam::000000000000:role/path/name").unwrap();
        assert!(
            role.is("iam", "role") && !role.is("iam", "user") && !role.is("rolesanywhere", "role")
        );
        let alias =
            Arn::parse("arn:aws:rolesanywhere:eu-west-1:000000000000:alias/profile/team/prod")
                .unwrap();
        assert!(alias.is("rolesanywhere", "profile") && alias.region == "eu-west-1");
        for text in [
            "",
            "arn:aws",
            "arn:aws:iam::0:",
            "urn:aws:iam::0:role/x",
            "arn:aws:iam::0:role/x ",
            "arn:aws:iam::0:role/a\nb",
        ] {
            assert!(Arn::parse(text).is_err(), "{text}");
        }
    }
}
