//! The commands that cure a refusal: the names that were asked for enter, lines for a shell leave, which show what is there
//! or change it. The AWS CLI's words; against another endpoint than AWS's with its URL.

use anyrole_sdk::{Arn, Refusal};

use crate::shell_words::line;

/// The names to fill in.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cures<'a> {
    pub(crate) trust_anchor_arn: &'a str,
    pub(crate) profile_arn: &'a str,
    pub(crate) role_arn: &'a str,
    pub(crate) region: &'a str,
    /// The service's base URL, if it was given.
    pub(crate) endpoint: Option<&'a str>,
    /// In seconds.
    pub(crate) duration: i64,
    pub(crate) certificate: Option<&'a str>,
    pub(crate) intermediates: Option<&'a str>,
}

/// What stands behind the kind in an ARN's resource.
fn id(arn: &str) -> &str {
    let resource = Arn::parse(arn).map(|arn| arn.resource).unwrap_or_default();
    let resource = resource.strip_prefix("alias/").unwrap_or(resource);
    resource.split_once('/').map_or("ID", |(_, id)| id)
}

impl<'a> Cures<'a> {
    /// An endpoint that is not one of AWS's serves IAM, too.
    fn own_endpoint(&self) -> Option<&'a str> {
        self.endpoint
            .filter(|url| !url.contains(".amazonaws.com") && !url.contains(".api.aws"))
    }

    fn aws(&self, words: &[&str]) -> String {
        let region = if words.first() == Some(&"iam") {
            ""
        } else {
            self.region
        };
        let region = [("--region", region)]
            .into_iter()
            .filter(|(_, region)| !region.is_empty());
        let url = self.own_endpoint().map(|url| ("--endpoint-url", url));
        let flags = region.chain(url).flat_map(|(flag, value)| [flag, value]);
        line(
            ["aws"]
                .into_iter()
                .chain(words.iter().copied())
                .chain(flags),
        )
    }

    fn role_name(&self) -> &'a str {
        self.role_arn.rsplit('/').next().unwrap_or(self.role_arn)
    }

    pub(crate) fn anchors(&self) -> Vec<String> {
        vec![self.aws(&["rolesanywhere", "list-trust-anchors"])]
    }

    pub(crate) fn enable_anchor(&self) -> Vec<String> {
        let id = id(self.trust_anchor_arn);
        vec![self.aws(&[
            "rolesanywhere",
            "enable-trust-anchor",
            "--trust-anchor-id",
            id,
        ])]
    }

    /// An operation on the profile.
    fn profile(&self, operation: &str, more: &[&str]) -> String {
        let words = [
            "rolesanywhere",
            operation,
            "--profile-id",
            id(self.profile_arn),
        ];
        self.aws(&[&words, more].concat())
    }

    pub(crate) fn profiles(&self) -> Vec<String> {
        vec![
            self.aws(&["rolesanywhere", "list-profiles"]),
            self.profile("get-profile", &[]),
        ]
    }

    pub(crate) fn enable_profile(&self) -> Vec<String> {
        vec![self.profile("enable-profile", &[])]
    }

    pub(crate) fn list_role(&self) -> Vec<String> {
        let listed = ["--query", "profile.roleArns", "--output", "text"];
        vec![
            self.profile("get-profile", &listed),
            self.profile("update-profile", &["--role-arns", self.role_arn]),
        ]
    }

    pub(crate) fn accept_session_name(&self) -> Vec<String> {
        vec![self.profile("update-profile", &["--accept-role-session-name"])]
    }

    /// Judged here as the service does, with the anchor's own certificates.
    pub(crate) fn compare_with_anchor(&self) -> Vec<String> {
        const QUERY: &str = "trustAnchor.source.sourceData.x509CertificateData";
        let id = id(self.trust_anchor_arn);
        let get = [
            "rolesanywhere",
            "get-trust-anchor",
            "--trust-anchor-id",
            id,
            "--query",
            QUERY,
            "--output",
            "text",
        ];
        let mut lines = vec![format!("{} > anchor.pem", self.aws(&get))];
        if let Some(certificate) = self.certificate {
            let words = [
                "anyrole",
                "certificate",
                "verify",
                certificate,
                "--roots",
                "anchor.pem",
            ];
            let more = self.intermediates.map(|path| ["--intermediates", path]);
            lines.push(line(words.into_iter().chain(more.into_iter().flatten())));
        }
        lines
    }

    pub(crate) fn inspect(&self) -> Vec<String> {
        let show = |path| line(["anyrole", "certificate", "inspect", path]);
        self.certificate.map(show).into_iter().collect()
    }

    pub(crate) fn lists(&self) -> Vec<String> {
        let mut lines = self.inspect();
        lines.push(self.aws(&["rolesanywhere", "list-crls"]));
        lines.push(self.aws(&[
            "rolesanywhere",
            "update-crl",
            "--crl-id",
            "ID",
            "--crl-data",
            "fileb://list.crl",
        ]));
        lines
    }

    pub(crate) fn clock() -> Vec<String> {
        vec![
            line(["date", "-u"]),
            line(["timedatectl", "set-ntp", "true"]),
        ]
    }

    pub(crate) fn raise_duration(&self) -> Vec<String> {
        let (name, duration) = (self.role_name(), self.duration.to_string());
        vec![
            self.aws(&[
                "iam",
                "get-role",
                "--role-name",
                name,
                "--query",
                "Role.MaxSessionDuration",
            ]),
            self.aws(&[
                "iam",
                "update-role",
                "--role-name",
                name,
                "--max-session-duration",
                &duration,
            ]),
        ]
    }

    /// The whole policy that lets this trust anchor in.
    pub(crate) fn trust(&self) -> Vec<String> {
        let name = self.role_name();
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"rolesanywhere.amazonaws.com"}},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],"Condition":{{"ArnEquals":{{"aws:SourceArn":"{}"}}}}}}]}}"#,
            self.trust_anchor_arn
        );
        vec![
            self.aws(&[
                "iam",
                "get-role",
                "--role-name",
                name,
                "--query",
                "Role.AssumeRolePolicyDocument",
            ]),
            self.aws(&[
                "iam",
                "update-assume-role-policy",
                "--role-name",
                name,
                "--policy-document",
                &policy,
            ]),
        ]
    }

    /// One line for each field that the service's text names: `Issuer: [ CN ]; Subject: [  ]; SAN: [ DNS ]`.
    pub(crate) fn unmap(&self, message: &str) -> Vec<String> {
        let mut lines = self.inspect();
        for (name, field) in [
            ("Issuer", "x509Issuer"),
            ("Subject", "x509Subject"),
            ("SAN", "x509SAN"),
        ] {
            let listed = message
                .split_once(&format!("{name}: ["))
                .and_then(|(_, rest)| rest.split_once(']'))
                .map_or("", |(listed, _)| listed);
            let specifiers: Vec<&str> = listed
                .split([' ', ','])
                .filter(|word| !word.is_empty())
                .collect();
            if specifiers.is_empty() {
                continue;
            }
            let words = ["--certificate-field", field, "--specifiers"];
            let words = [&words[..], &specifiers].concat();
            lines.push(self.profile("delete-attribute-mapping", &words));
        }
        lines
    }

    /// `anyrole server` tells its administrator more.
    pub(crate) fn explain(&self, refusal: &Refusal) -> Option<String> {
        let (url, id) = (self.own_endpoint()?, refusal.request_id.as_deref()?);
        Some(line(["anyrole", "explain", id, "--endpoint-url", url]))
    }

    pub(crate) fn reach(&self) -> Vec<String> {
        let show = |url| line(["curl", "-v", url]);
        self.endpoint.map(show).into_iter().collect()
    }
}
