//! Which attributes of a certificate become session tags: a profile's rules by certificate field, put and deleted.
//! `x509/attributes.rs` applies them; called by `frontends/rolesanywhere`.

use std::sync::Arc;

use anyrole_x509::{AttributeMapping, CertificateField};

use crate::call::Call;
use crate::names::{ResourceId, printable};
use crate::profiles::Profile;
use crate::refusal::Refusal;
use crate::resources;
use crate::site::Site;

/// The most specifiers of one field: a session has at most 50 tags (STS API reference, AssumeRole).
const MAX_SPECIFIERS: usize = 50;

/// What CreateSession does with attributes whose values tags can't hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unmappable {
    /// Refuses, and names the attributes: what AWS is seen to do.
    #[default]
    Refuse,
    /// Leaves their tags out: what AWS's user guide says.
    Drop,
}

/// Sets the rules of one field in place of those that it had (API reference, PutAttributeMapping).
pub async fn put_attribute_mapping(
    site: &Site,
    call: &Call,
    id: &ResourceId,
    field: CertificateField,
    specifiers: Vec<String>,
) -> Result<Arc<Profile>, Refusal> {
    let specifiers = normal_specifiers(field, &specifiers)?;
    let action = "rolesanywhere:PutAttributeMapping";
    resources::change(site, call, action, id, move |row: &mut Profile, _| {
        set_rules(&mut row.attribute_mappings, field, specifiers);
        Ok(())
    })
    .await
}

/// Deletes rules of one field, or all that it has (API reference, DeleteAttributeMapping). What is not there is gone already.
pub async fn delete_attribute_mapping(
    site: &Site,
    call: &Call,
    id: &ResourceId,
    field: CertificateField,
    specifiers: Option<Vec<String>>,
) -> Result<Arc<Profile>, Refusal> {
    let action = "rolesanywhere:DeleteAttributeMapping";
    resources::change(site, call, action, id, move |row: &mut Profile, _| {
        let mappings = &mut row.attribute_mappings;
        let mut left = Vec::new();
        if let Some(specifiers) = specifiers {
            let gone: Vec<&str> = specifiers
                .iter()
                .filter_map(|specifier| field.normal_specifier(specifier))
                .collect();
            let had = mappings
                .iter()
                .filter(|mapping| mapping.certificate_field == field);
            left = had
                .flat_map(|mapping| mapping.specifiers.iter())
                .filter(|specifier| !gone.contains(&specifier.as_str()))
                .cloned()
                .collect();
        }
        set_rules(mappings, field, left);
        Ok(())
    })
    .await
}

/// Fields stand in the order in which AWS prints them; one without rules is not shown.
fn set_rules(
    mappings: &mut Vec<AttributeMapping>,
    field: CertificateField,
    specifiers: Vec<String>,
) {
    mappings.retain(|mapping| mapping.certificate_field != field);
    if !specifiers.is_empty() {
        mappings.push(AttributeMapping {
            certificate_field: field,
            specifiers,
        });
    }
    mappings.sort_by_key(|mapping| {
        CertificateField::ALL
            .iter()
            .position(|field| *field == mapping.certificate_field)
    });
}

/// Each specifier once, in the order given. One that could never map anything is refused: it is a slip of the pen.
fn normal_specifiers(
    field: CertificateField,
    specifiers: &[String],
) -> Result<Vec<String>, Refusal> {
    let mut normal: Vec<String> = Vec::with_capacity(specifiers.len());
    for specifier in specifiers {
        let known = field.normal_specifier(specifier).ok_or_else(|| {
            Refusal::validation(format!(
                "`{}` is not a specifier of {}: {}",
                printable(specifier),
                field.as_str(),
                forms(field)
            ))
        })?;
        if !normal.iter().any(|earlier| earlier == known) {
            normal.push(known.to_owned());
        }
    }
    if normal.len() > MAX_SPECIFIERS {
        return Err(Refusal::validation(format!(
            "A certificate field has at most {MAX_SPECIFIERS} mapping rules."
        )));
    }
    Ok(normal)
}

fn forms(field: CertificateField) -> &'static str {
    match field {
        CertificateField::X509Subject | CertificateField::X509Issuer => {
            "expected `*`, the short name of an attribute such as CN, OU or UID, or its dotted OID"
        }
        CertificateField::X509San => {
            "expected `DNS`, `URI`, `Name/*`, or `Name/` with the short name of an attribute or its dotted OID"
        }
    }
}
