//! Making a private CA: root or subordinate, its name, its key, how it says what it has revoked. A root may sign itself in the same breath.

use anyrole_domain::Refusal;
use anyrole_domain::certificate_authorities::{
    AuthorityConfiguration, AuthorityKeyAlgorithm, AuthorityKind, AuthoritySigningAlgorithm,
    CreateAuthority, DistinguishedName, RevocationConfiguration, UsageMode, create_authority,
    describe_authority,
};
use anyrole_wire::acm_pca::inputs;
use askama::Template;
use serde_json::json;

use super::revocation::TypedRevocation;
use super::{TypedValidity, install, layout, path_of};
use crate::limits::keep;
use crate::reply::Audited as _;
use crate::tags::{self, CAPITAL};
use crate::{Command, Done, Layout, Outcome, Reply, Visit};

pub(super) const EVENT: &str = "acm-pca:CreateCertificateAuthority";

/// Keys to pick, with how each signs.
static KEYS: [(&str, AuthorityKeyAlgorithm, AuthoritySigningAlgorithm); 8] = {
    use AuthorityKeyAlgorithm as Key;
    use AuthoritySigningAlgorithm as Signing;
    [
        (
            "EC_prime256v1",
            Key::EC_prime256v1,
            Signing::SHA256WITHECDSA,
        ),
        ("EC_secp384r1", Key::EC_secp384r1, Signing::SHA384WITHECDSA),
        ("EC_secp521r1", Key::EC_secp521r1, Signing::SHA512WITHECDSA),
        ("RSA_2048", Key::RSA_2048, Signing::SHA256WITHRSA),
        ("RSA_3072", Key::RSA_3072, Signing::SHA256WITHRSA),
        ("RSA_4096", Key::RSA_4096, Signing::SHA512WITHRSA),
        ("ML_DSA_44", Key::ML_DSA_44, Signing::ML_DSA_44),
        ("ML_DSA_65", Key::ML_DSA_65, Signing::ML_DSA_65),
    ]
};

/// The fields of the name: field, label.
static NAME_FIELDS: [(&str, &str); 6] = [
    ("cn", "Common name (CN)"),
    ("o", "Organization (O)"),
    ("ou", "Organizational unit (OU)"),
    ("l", "Locality (L)"),
    ("st", "State or province (ST)"),
    ("c", "Country, two letters (C)"),
];

#[derive(Template)]
#[template(path = "authorities/create.html")]
struct CreatePage {
    layout: Layout,
    problem: Option<Refusal>,
    typed: Typed,
}

struct Typed {
    is_root: bool,
    names: Vec<(&'static str, &'static str, String)>,
    key: String,
    short_lived: bool,
    revocation: TypedRevocation,
    signs_itself: bool,
    tags: String,
    validity: TypedValidity,
}

impl Typed {
    fn of(visit: &Visit<'_>) -> Self {
        let form = &visit.form;
        let fresh = !visit.posted();
        let key = form.some("key").unwrap_or("EC_prime256v1");
        Self {
            is_root: form.text("kind") != "SUBORDINATE",
            names: NAME_FIELDS
                .iter()
                .map(|(field, label)| (*field, *label, form.text(field).trim().to_owned()))
                .collect(),
            key: key.to_owned(),
            short_lived: form.has("short-lived"),
            revocation: match fresh {
                true => TypedRevocation::fresh(),
                false => TypedRevocation::read(form),
            },
            tags: form.text("tags").to_owned(),
            signs_itself: fresh || form.has("signs-itself"),
            validity: TypedValidity::of(form, ("10", "YEARS")),
        }
    }

    /// The keys to pick, the one that is picked marked.
    fn keys(&self) -> impl Iterator<Item = (&'static str, bool)> {
        KEYS.iter().map(|(name, ..)| (*name, *name == self.key))
    }

    fn subject(&self) -> DistinguishedName {
        let value = |wanted: &str| {
            let found = self.names.iter().find(|(field, ..)| *field == wanted);
            let text = found.map(|(.., text)| text.clone());
            text.filter(|text| !text.is_empty())
        };
        DistinguishedName {
            common_name: value("cn"),
            organization: value("o"),
            organizational_unit: value("ou"),
            locality: value("l"),
            state: value("st"),
            country: value("c"),
            ..DistinguishedName::default()
        }
    }

    fn input(&self) -> Result<CreateAuthority, Refusal> {
        let found = KEYS.iter().find(|(name, ..)| *name == self.key);
        let (_, key_algorithm, signing_algorithm) =
            found.ok_or_else(|| Refusal::validation("Pick a key algorithm of the list."))?;
        let none = RevocationConfiguration::default();
        let input = CreateAuthority {
            configuration: AuthorityConfiguration {
                key_algorithm: *key_algorithm,
                signing_algorithm: *signing_algorithm,
                subject: self.subject(),
                csr_extensions: None,
            },
            kind: match self.is_root {
                true => AuthorityKind::Root,
                false => AuthorityKind::Subordinate,
            },
            revocation: self.revocation.configuration(&none)?,
            idempotency_token: None,
            key_storage_standard: None,
            tags: tags::lines(&self.tags)?,
            usage_mode: match self.short_lived {
                true => UsageMode::ShortLived,
                false => UsageMode::GeneralPurpose,
            },
        };
        let members = json!({
            "CertificateAuthorityConfiguration": input.configuration,
            "RevocationConfiguration": input.revocation,
            "CertificateAuthorityType": input.kind.as_str(),
            "Tags": tags::members(&input.tags, CAPITAL),
            "UsageMode": input.usage_mode.as_str(),
        });
        keep(inputs::CREATE, &members)?;
        Ok(input)
    }

    fn command(&self, visit: &Visit<'_>) -> Command {
        let command = Command::aws(visit, "acm-pca", "create-certificate-authority");
        let Ok(input) = self.input() else {
            return command;
        };
        let command = command
            .flag("--certificate-authority-type", input.kind.as_str())
            .flag(
                "--certificate-authority-configuration",
                json!(input.configuration).to_string(),
            )
            .flag(
                "--revocation-configuration",
                json!(input.revocation).to_string(),
            )
            .flag("--usage-mode", input.usage_mode.as_str());
        tags::with_lines(command, &self.tags, CAPITAL)
    }
}

pub(super) async fn serve(visit: &Visit<'_>) -> Outcome {
    let typed = Typed::of(visit);
    if !visit.posted() {
        return Reply::page(page(visit, typed, None));
    }
    let work = async { create_authority(visit.site, visit.call, typed.input()?).await };
    let arn = match visit.admitted(EVENT, work).await {
        Ok(arn) => arn,
        Err(refusal) => {
            let page = page(visit, typed, Some(refusal.clone()));
            return Reply::refused_form(page, refusal).of(EVENT);
        }
    };
    let id = arn.rsplit('/').next().unwrap_or_default().to_owned();
    if !(typed.is_root && typed.signs_itself) {
        return Reply::see_other(path_of(&id), Done::Created).of(EVENT);
    }
    let Ok(entry) = describe_authority(visit.site, visit.call, &arn) else {
        // It is there, for others to sign.
        return Reply::see_other(path_of(&id), Done::Created).of(EVENT);
    };
    let mut done = vec![EVENT];
    let signed = install::sign(visit, (&entry, &entry), &typed.validity, &mut done).await;
    install::told(visit, &id, Done::Created, (signed, done))
}

fn page(visit: &Visit<'_>, typed: Typed, problem: Option<Refusal>) -> CreatePage {
    CreatePage {
        layout: layout(visit, "Create a CA").same_by(typed.command(visit)),
        problem,
        typed,
    }
}
