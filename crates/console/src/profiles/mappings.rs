//! Attribute mappings of a profile: the rules of one field are put, or some of them deleted.

use anyrole_domain::Refusal;
use anyrole_domain::attribute_mappings::{delete_attribute_mapping, put_attribute_mapping};
use anyrole_domain::profiles::CertificateField;
use anyrole_wire::rolesanywhere::inputs;
use serde_json::{Value, json};

use crate::limits::keep;
use crate::reply::Done;
use crate::resources::{here, id, posted};
use crate::{Fields, Outcome, Reply, Visit};

/// Puts the rules of one field in place of those that it had.
pub(super) async fn put(visit: &Visit<'_>) -> Outcome {
    posted(visit, "rolesanywhere:PutAttributeMapping", async {
        let field = field(&visit.form)?;
        let specifiers = typed(&visit.form)?;
        let rules: Vec<Value> = specifiers
            .iter()
            .map(|specifier| json!({ "specifier": specifier }))
            .collect();
        let members = json!({
            "profileId": visit.segment(1),
            "certificateField": field.as_str(),
            "mappingRules": rules,
        });
        keep(inputs::PUT_ATTRIBUTE_MAPPING, &members)?;
        put_attribute_mapping(visit.site, visit.call, &id(visit), field, specifiers).await?;
        Reply::see_other(here(visit), Done::Saved)
    })
    .await
}

/// Deletes one rule of a field.
pub(super) async fn delete(visit: &Visit<'_>) -> Outcome {
    posted(visit, "rolesanywhere:DeleteAttributeMapping", async {
        let field = field(&visit.form)?;
        let gone = Some(vec![visit.form.text("specifier").to_owned()]);
        delete_attribute_mapping(visit.site, visit.call, &id(visit), field, gone).await?;
        Reply::see_other(here(visit), Done::Saved)
    })
    .await
}

fn field(form: &Fields) -> Result<CertificateField, Refusal> {
    CertificateField::parse(form.text("field"))
        .ok_or_else(|| Refusal::validation("Pick a field of the certificate."))
}

/// Specifiers have neither spaces nor commas. None would take away all that the field has, which nobody asks for by an empty form.
fn typed(form: &Fields) -> Result<Vec<String>, Refusal> {
    let text = form.text("specifiers");
    let words = text.split(|c: char| c.is_whitespace() || c == ',');
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return Err(Refusal::validation(
            "Write which attributes are mapped; Delete takes one away.",
        ));
    }
    Ok(words.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_are_words() {
        let form = Fields::parse("field=x509Subject&specifiers=CN,+OU%0D%0A1.2.3.4+,");
        assert_eq!(field(&form).unwrap(), CertificateField::X509Subject);
        assert_eq!(typed(&form).unwrap(), ["CN", "OU", "1.2.3.4"]);
        let empty = Fields::parse("field=x509Issuer&specifiers=%20,");
        assert!(typed(&empty).is_err());
        assert!(field(&Fields::parse("field=x509Serial")).is_err());
    }
}
