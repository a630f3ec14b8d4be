//! How a private CA says what it has revoked: a list, a responder, and the hosts that certificates name for them. Fields of a form come in, the
//! API's configuration leaves; and the page that changes it.

use anyrole_domain::Refusal;
use anyrole_domain::certificate_authorities::{
    CrlConfiguration, OcspConfiguration, RevocationConfiguration, describe_authority,
    update_authority,
};
use anyrole_wire::acm_pca::inputs;
use askama::Template;
use serde_json::json;

use super::change::UPDATE;
use super::{arn_of, layout_of_authority, path_of, whole_number};
use crate::limits::keep;
use crate::reply::Audited as _;
use crate::{Command, Done, Fields, Layout, Outcome, Reply, Visit};

/// How many days a list holds where nothing else is typed.
const DAYS: &str = "7";

/// The fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TypedRevocation {
    pub crl: bool,
    pub crl_days: String,
    pub crl_host: String,
    pub ocsp: bool,
    pub ocsp_host: String,
}

impl TypedRevocation {
    /// Of a new authority: a list, no responder.
    pub fn fresh() -> Self {
        Self {
            crl: true,
            crl_days: DAYS.to_owned(),
            crl_host: String::new(),
            ocsp: false,
            ocsp_host: String::new(),
        }
    }

    /// What was typed.
    pub fn read(form: &Fields) -> Self {
        let text = |field| form.text(field).trim().to_owned();
        Self {
            crl: form.has("crl"),
            crl_days: form.some("crl-days").unwrap_or(DAYS).to_owned(),
            crl_host: text("crl-host"),
            ocsp: form.has("ocsp"),
            ocsp_host: text("ocsp-host"),
        }
    }

    /// What is in force.
    pub fn of(set: &RevocationConfiguration) -> Self {
        let lists = set.crl_configuration.clone().unwrap_or_default();
        let responder = set.ocsp_configuration.clone().unwrap_or_default();
        let days = lists.expiration_in_days.map(|days| days.to_string());
        Self {
            crl: lists.enabled,
            crl_days: days.unwrap_or_else(|| DAYS.to_owned()),
            crl_host: lists.custom_cname.unwrap_or_default(),
            ocsp: responder.enabled,
            ocsp_host: responder.ocsp_custom_cname.unwrap_or_default(),
        }
    }

    /// As the API has it; what no field is for stays as it was `before`.
    ///
    /// # Errors
    /// Days that are no number.
    pub fn configuration(
        &self,
        before: &RevocationConfiguration,
    ) -> Result<RevocationConfiguration, Refusal> {
        let responder = self.ocsp || before.ocsp_configuration.is_some();
        Ok(RevocationConfiguration {
            crl_configuration: self.lists(before.crl_configuration.as_ref())?,
            ocsp_configuration: responder.then(|| OcspConfiguration {
                enabled: self.ocsp,
                ocsp_custom_cname: some(&self.ocsp_host),
            }),
        })
    }

    fn lists(
        &self,
        before: Option<&CrlConfiguration>,
    ) -> Result<Option<CrlConfiguration>, Refusal> {
        if !self.crl && before.is_none() {
            return Ok(None);
        }
        let label = "How many days a list holds";
        let days = u32::try_from(whole_number(label, &self.crl_days)?)
            .map_err(|_| Refusal::validation(format!("{label}: from 1 to 5000.")))?;
        Ok(Some(CrlConfiguration {
            enabled: self.crl,
            expiration_in_days: Some(days),
            custom_cname: some(&self.crl_host),
            ..before.cloned().unwrap_or_default()
        }))
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

#[derive(Template)]
#[template(path = "authorities/revocation.html")]
struct RevocationPage {
    layout: Layout,
    problem: Option<Refusal>,
    revocation: TypedRevocation,
}

pub(super) async fn serve(visit: &Visit<'_>, id: &str) -> Outcome {
    let arn = arn_of(visit, id);
    let entry = describe_authority(visit.site, visit.call, &arn)?;
    let before = &entry.row.revocation;
    let typed = match visit.posted() {
        true => TypedRevocation::read(&visit.form),
        false => TypedRevocation::of(before),
    };
    let wanted = typed.configuration(before);
    let shown = wanted.as_ref().unwrap_or(before);
    let command = Command::aws(visit, "acm-pca", "update-certificate-authority")
        .flag("--certificate-authority-arn", &arn)
        .flag("--revocation-configuration", json!(shown).to_string());
    let page = |problem| RevocationPage {
        layout: layout_of_authority(visit, "Revocation", &entry).same_by(command),
        problem,
        revocation: typed.clone(),
    };
    if !visit.posted() {
        return Reply::page(page(None));
    }
    let work = async {
        let wanted = wanted.clone()?;
        let members = json!({
            "CertificateAuthorityArn": arn,
            "RevocationConfiguration": wanted,
        });
        keep(inputs::UPDATE, &members)?;
        update_authority(visit.site, visit.call, &arn, Some(wanted), None).await
    };
    match visit.admitted(UPDATE, work).await {
        Ok(()) => Reply::see_other(path_of(id), Done::Saved),
        Err(refusal) => Reply::refused_form(page(Some(refusal.clone())), refusal),
    }
    .of(UPDATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(form: &str) -> TypedRevocation {
        TypedRevocation::read(&Fields::parse(form))
    }

    #[test]
    fn what_is_set_is_typed_again() {
        let none = RevocationConfiguration::default();
        for form in [
            "",
            "crl=on",
            "crl=on&crl-days=30&crl-host=crl.example.org",
            "ocsp=on&ocsp-host=ocsp.example.org",
            "crl=on&ocsp=on",
        ] {
            let typed = typed(form);
            let set = typed.configuration(&none).unwrap();
            assert_eq!(TypedRevocation::of(&set), typed, "{form}");
        }
        assert_eq!(typed("").configuration(&none).unwrap(), none);
    }

    #[test]
    fn what_has_no_field_stays() {
        let before = RevocationConfiguration {
            crl_configuration: Some(CrlConfiguration {
                enabled: true,
                expiration_in_days: Some(7),
                s3_bucket_name: Some("kept".to_owned()),
                ..CrlConfiguration::default()
            }),
            ocsp_configuration: Some(OcspConfiguration::default()),
        };
        let off = typed("crl-days=9").configuration(&before).unwrap();
        let lists = off.crl_configuration.unwrap();
        assert_eq!(
            (
                lists.enabled,
                lists.expiration_in_days,
                lists.s3_bucket_name
            ),
            (false, Some(9), Some("kept".to_owned()))
        );
        for days in ["x", "1.5", "-1"] {
            let typed = typed(&format!("crl=on&crl-days={days}"));
            assert!(typed.configuration(&before).is_err(), "{days}");
        }
    }
}
