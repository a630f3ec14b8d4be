//! Certificate policies of a profile (RFC 5280 section 4.2.1.4): the list of a configuration file enters, the extension leaves.

use anyrole_ca::{CustomExtension, Oid};
use der::asn1::{Ia5StringRef, Utf8StringRef};
use der::{Encode, Sequence};

use crate::CfsslError;
use crate::json::Fields;

const CERTIFICATE_POLICIES: Oid = Oid::new_unwrap("2.5.29.32");
const PRACTICE_STATEMENT: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.2.1");
const USER_NOTICE: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.2.2");
/// The longest notice in characters.
const LONGEST_NOTICE: usize = 200;

#[derive(Sequence)]
struct PracticeStatement<'a> {
    kind: Oid,
    url: Ia5StringRef<'a>,
}

#[derive(Sequence)]
struct UserNotice<'a> {
    kind: Oid,
    notice: Notice<'a>,
}

#[derive(Sequence)]
struct Notice<'a> {
    text: Utf8StringRef<'a>,
}

/// The extension, where the profile has policies.
pub(crate) fn read(profile: &Fields<'_>) -> Result<Option<CustomExtension>, CfsslError> {
    let policies = profile.list("policies")?.unwrap_or_default();
    if policies.is_empty() {
        return Ok(None);
    }
    let mut content = Vec::new();
    for policy in policies {
        content.extend(policy_information(Fields::of("policies", policy)?)?);
    }
    Ok(Some(CustomExtension {
        oid: CERTIFICATE_POLICIES,
        critical: false,
        value_der: sequence(&content)?,
    }))
}

fn policy_information(policy: Fields<'_>) -> Result<Vec<u8>, CfsslError> {
    let id = policy.text("ID")?;
    let oid = Oid::new(&id).map_err(|_| {
        CfsslError::text(format!(
            "`policies.ID` is `{id}`, which is no object identifier"
        ))
    })?;
    let mut content = oid.to_der().map_err(refuse)?;
    let qualifiers = policy.list("Qualifiers")?.unwrap_or_default();
    let mut inner = Vec::new();
    for qualifier in qualifiers {
        let qualifier = Fields::of("policies.Qualifiers", qualifier)?;
        let value = qualifier.text("Value")?;
        let der = match qualifier.text("Type")?.as_str() {
            "id-qt-cps" => {
                let url = Ia5StringRef::new(&value).map_err(refuse)?;
                let kind = PRACTICE_STATEMENT;
                PracticeStatement { kind, url }.to_der()
            }
            "id-qt-unotice" if value.chars().count() > LONGEST_NOTICE => {
                return Err(CfsslError::text(format!(
                    "a notice in `policies` is longer than {LONGEST_NOTICE} characters"
                )));
            }
            "id-qt-unotice" => {
                let text = Utf8StringRef::new(&value).map_err(refuse)?;
                let notice = Notice { text };
                let kind = USER_NOTICE;
                UserNotice { kind, notice }.to_der()
            }
            other => {
                return Err(CfsslError::text(format!(
                    "invalid policy qualifier type `{other}`; there are `id-qt-cps` and `id-qt-unotice`"
                )));
            }
        };
        inner.extend(der.map_err(refuse)?);
    }
    if !inner.is_empty() {
        content.extend(sequence(&inner)?);
    }
    sequence(&content)
}

fn refuse(error: der::Error) -> CfsslError {
    CfsslError::text(format!("`policies` can't be encoded: {error}"))
}

fn sequence(content: &[u8]) -> Result<Vec<u8>, CfsslError> {
    der::asn1::AnyRef::new(der::Tag::Sequence, content)
        .and_then(|any| any.to_der())
        .map_err(refuse)
}

#[cfg(test)]
mod tests {
    use x509_cert::der::Decode;
    use x509_cert::ext::pkix::CertificatePolicies;

    use super::read;
    use crate::json::{Fields, parse};

    #[test]
    fn policies_become_an_extension() {
        let value = parse(
            br#"{"Policies":[{"ID":"1.2.3.4"},{"ID":"2.23.140.1.2.1","Qualifiers":[
                {"Type":"id-qt-cps","Value":"https://example.net/cps"},{"Type":"id-qt-unotice","Value":"mind"}]}]}"#,
        );
        let value = value.unwrap();
        let extension = read(&Fields::of("profile", &value).unwrap())
            .unwrap()
            .unwrap();
        let policies = CertificatePolicies::from_der(&extension.value_der).unwrap();
        assert_eq!(policies.0.len(), 2);
        assert_eq!(policies.0[1].policy_qualifiers.as_ref().unwrap().len(), 2);
        let none = parse(b"{}").unwrap();
        assert_eq!(read(&Fields::of("profile", &none).unwrap()).unwrap(), None);
    }
}
