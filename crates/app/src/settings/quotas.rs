//! Quotas as they are asked for: `[quotas]` in the configuration file and `--quota NAME=NUMBER`, in one table of names.

use std::collections::BTreeMap;
use std::str::FromStr;

use anyhow::bail;
use anyrole_domain::Quotas;
use anyrole_domain::operations::RateClass;
use serde::Deserialize;

/// No limit, in both places.
const UNLIMITED: &str = "unlimited";

/// A count quota's name and place.
type Count = (&'static str, fn(&mut Quotas) -> &mut Option<usize>);

const COUNTS: &[Count] = &[
    ("trust-anchors", |quotas| &mut quotas.trust_anchors),
    ("profiles", |quotas| &mut quotas.profiles),
    ("roles-per-profile", |quotas| &mut quotas.roles_per_profile),
    ("crls-per-trust-anchor", |quotas| {
        &mut quotas.crls_per_trust_anchor
    }),
    ("certificates-per-trust-anchor", |quotas| {
        &mut quotas.certificates_per_trust_anchor
    }),
    ("roles", |quotas| &mut quotas.roles),
    ("policies", |quotas| &mut quotas.policies),
    ("instance-profiles", |quotas| &mut quotas.instance_profiles),
    ("policies-per-role", |quotas| &mut quotas.policies_per_role),
    ("certificate-authorities", |quotas| {
        &mut quotas.certificate_authorities
    }),
    ("trust-policy-length", |quotas| {
        &mut quotas.trust_policy_length
    }),
    ("role-inline-policies-length", |quotas| {
        &mut quotas.role_inline_policies_length
    }),
    ("managed-policy-length", |quotas| {
        &mut quotas.managed_policy_length
    }),
];

/// Requests a second of each group.
const RATES: &[(&str, RateClass)] = &[
    ("create-session-rate", RateClass::CreateSession),
    ("enrolment-rate", RateClass::Enrolment),
    ("renewal-rate", RateClass::Renewal),
    ("trust-anchor-rate", RateClass::TrustAnchor),
    ("profile-rate", RateClass::Profile),
    ("crl-rate", RateClass::Crl),
    ("subject-rate", RateClass::Subject),
    ("tagging-rate", RateClass::Tagging),
    ("iam-rate", RateClass::Iam),
    ("acme-rate", RateClass::Acme),
    ("certificate-authority-rate", RateClass::Authority),
    ("issuing-rate", RateClass::Issuing),
    ("operator-rate", RateClass::Operator),
];

/// A quota of the configuration file.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum FileQuota {
    Number(u32),
    Word(String),
}

/// A quota of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedQuota {
    name: String,
    most: Option<u32>,
}

impl FromStr for AskedQuota {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let Some((name, most)) = text.split_once('=') else {
            bail!("`{text}` is not NAME=NUMBER");
        };
        Self::read(name, most)
    }
}

impl AskedQuota {
    fn read(name: &str, most: &str) -> anyhow::Result<Self> {
        let most = match (most, most.parse()) {
            (UNLIMITED, _) => None,
            (_, Ok(most)) => Some(most),
            (_, Err(_)) => bail!("`{most}` is neither a number nor `{UNLIMITED}`"),
        };
        Ok(Self {
            name: name.to_owned(),
            most,
        })
    }

    fn of_file(name: &str, quota: FileQuota) -> anyhow::Result<Self> {
        let name = name.replace('_', "-");
        match quota {
            FileQuota::Number(most) => Ok(Self {
                name,
                most: Some(most),
            }),
            FileQuota::Word(word) => Self::read(&name, &word),
        }
    }

    fn set(&self, quotas: &mut Quotas) -> anyhow::Result<()> {
        if let Some((_, place)) = COUNTS.iter().find(|(name, _)| *name == self.name) {
            *place(quotas) = self.most.map(usize::try_from).transpose()?;
        } else if let Some((_, class)) = RATES.iter().find(|(name, _)| *name == self.name) {
            match self.most {
                Some(rate) => quotas.rates.insert(*class, rate),
                None => quotas.rates.remove(class),
            };
        } else {
            let counts = COUNTS.iter().map(|(name, _)| *name);
            let names: Vec<&str> = counts.chain(RATES.iter().map(|(name, _)| *name)).collect();
            bail!(
                "there is no quota `{}`; there are {}",
                self.name,
                names.join(", ")
            );
        }
        Ok(())
    }
}

/// The defaults, then the file, then the flags.
pub(super) fn resolve(
    file: BTreeMap<String, FileQuota>,
    flags: Vec<AskedQuota>,
) -> anyhow::Result<Quotas> {
    let mut quotas = Quotas::default();
    for (name, quota) in file {
        AskedQuota::of_file(&name, quota)?.set(&mut quotas)?;
    }
    for asked in flags {
        asked.set(&mut quotas)?;
    }
    Ok(quotas)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(file: &str, flags: &[&str]) -> Result<Quotas, String> {
        let file = toml::from_str(file).unwrap();
        let flags: Result<Vec<AskedQuota>, _> = flags.iter().map(|text| text.parse()).collect();
        flags
            .and_then(|flags| resolve(file, flags))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_flag_beats_the_file_and_the_file_the_default() {
        let quotas = resolved(
            "trust_anchors = 3\nprofiles = \"unlimited\"\ncrl_rate = 1\ntagging_rate = 5",
            &[
                "trust-anchors=4",
                "tagging-rate=unlimited",
                "create-session-rate=10",
            ],
        )
        .unwrap();
        assert_eq!(
            quotas,
            Quotas {
                trust_anchors: Some(4),
                profiles: None,
                rates: [(RateClass::Crl, 1), (RateClass::CreateSession, 10)].into(),
                ..Quotas::default()
            }
        );
        let defaults = resolved("", &[]).unwrap();
        assert_eq!(
            (defaults.trust_anchors, defaults.profiles),
            (Some(50), Some(250))
        );
    }

    #[test]
    fn what_is_no_quota_is_named() {
        for (file, flags, text) in [
            ("profile = 3", &[][..], "`profile`"),
            ("profiles = \"many\"", &[], "`many`"),
            ("", &["profiles"], "NAME=NUMBER"),
            ("", &["profiles=-1"], "`-1`"),
            ("", &["s3-rate=1"], "create-session-rate"),
        ] {
            let error = resolved(file, flags).unwrap_err();
            assert!(error.contains(text), "{error}");
        }
    }
}
